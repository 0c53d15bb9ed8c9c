/* gemm_report.c - what clif-bench gemm tells: a table, JSON, CSV. Keys are documented in
 * bench/README.md; new ones may come, those that are there stay. */
#include <stdio.h>
#include <string.h>

#include "data.h"
#include "gemm.h"
#include "size.h"

static const clif_device_info *device_of(const gemm_bench *bench) {
  return &bench->rows[ROW_CLBLAST_OWN].device;
}

/* ---- for a reader ---- */

static void report_rows(const gemm_bench *bench) {
  const clif_device_info *device = device_of(bench);
  printf("device   %s (%u compute units), %s\n", device->name, device->compute_units,
         device->platform);
  if (bench->rows[ROW_OPENBLAS].there) printf("openblas %s\n", bench->rows[ROW_OPENBLAS].about);
  for (gemm_row row = 0; row < N_ROWS; row++)
    if (!bench->rows[row].there)
      printf("note     no row %s: %s\n", gemm_row_names[row], bench->rows[row].about);
  if (strncmp(bench->rows[ROW_OPENBLAS].about, "core Prescott", 13) == 0)
    puts("note     OpenBLAS takes this processor for an old one (Prescott), so the yardstick is "
         "short; see --core");
}

static void report_row(const gemm_bench *bench, size_t size, gemm_row row) {
  const gemm_size *s = &bench->options->sizes[size];
  const gemm_measured *m = &bench->measured[size][row];
  char text[64], bytes[BYTES_TEXT_SIZE];
  snprintf(text, sizeof text, "%zux%zux%zu", s->m, s->n, s->k);
  printf("%-16s %-16s %8.1f  %7.2f (%.2f to %.2f)", text, gemm_row_names[row], m->gflops.median,
         m->ratio_own.median, m->ratio_own.min, m->ratio_own.max);
  if (bench->rows[ROW_OPENBLAS].there)
    printf("  %7.3f (%.3f to %.3f)", m->ratio_openblas.median, m->ratio_openblas.min,
           m->ratio_openblas.max);
  printf("  %s  %s\n", m->ascending ? "ascending" : "other    ", format_bytes(m->scratch, bytes));
}

void gemm_report(const gemm_bench *bench) {
  report_rows(bench);
  printf("\n%-16s %-16s %8s  %s%s  %s  %s\n", "size", "row", "GFLOP/s", "/ clblast-own",
         bench->rows[ROW_OPENBLAS].there ? "  / openblas" : "", "sums", "scratch");
  for (size_t size = 0; size < bench->options->n_sizes; size++)
    for (gemm_row row = 0; row < N_ROWS; row++)
      if (bench->rows[row].there) report_row(bench, size, row);
  printf(
      "\n         medians of %zu rounds; ratios of the same round, median (smallest to largest)\n",
      bench->options->repeat);
}

/* ---- for a program ---- */

static void json_rows(const gemm_bench *bench) {
  printf("  \"rows\": {");
  for (gemm_row row = 0; row < N_ROWS; row++) {
    printf("%s\n    \"%s\": {\"there\": %s", row ? "," : "", gemm_row_names[row],
           bench->rows[row].there ? "true" : "false");
    json_text(", \"about\": ", bench->rows[row].about);
    putchar('}');
  }
  printf("\n  },\n");
}

static void json_measured(const gemm_bench *bench, size_t size, gemm_row row) {
  const gemm_size *s = &bench->options->sizes[size];
  const gemm_measured *m = &bench->measured[size][row];
  printf("    {\"m\": %zu, \"n\": %zu, \"k\": %zu, \"row\": \"%s\", \"ascending\": %s, "
         "\"scratch_bytes\": %zu,\n     ",
         s->m, s->n, s->k, gemm_row_names[row], m->ascending ? "true" : "false", m->scratch);
  json_summary("seconds", &m->seconds);
  printf(",\n     ");
  json_summary("gflops", &m->gflops);
  printf(",\n     ");
  json_summary("ratio_clblast_own", &m->ratio_own);
  printf(",\n     ");
  if (bench->rows[ROW_OPENBLAS].there)
    json_summary("ratio_openblas", &m->ratio_openblas);
  else
    printf("\"ratio_openblas\": null");
  putchar('}');
}

void gemm_json(const gemm_bench *bench) {
  const char *between = "";
  json_begin("gemm", device_of(bench));
  printf("  \"settings\": {\"repeat\": %zu", bench->options->repeat);
  if (bench->options->core)
    json_text(", \"core\": ", bench->options->core);
  else
    printf(", \"core\": null");
  printf("},\n");
  json_rows(bench);
  printf("  \"products\": [\n");
  for (size_t size = 0; size < bench->options->n_sizes; size++)
    for (gemm_row row = 0; row < N_ROWS; row++) {
      if (!bench->rows[row].there) continue;
      fputs(between, stdout);
      json_measured(bench, size, row);
      between = ",\n";
    }
  printf("\n  ]\n}\n");
}

void gemm_csv(const gemm_bench *bench) {
  puts("row,device,about,m,n,k,repeat,ascending,scratch_bytes,seconds_min,seconds_median,"
       "seconds_max,gflops_min,gflops_median,gflops_max,ratio_clblast_own_min,"
       "ratio_clblast_own_median,ratio_clblast_own_max,ratio_openblas_min,ratio_openblas_median,"
       "ratio_openblas_max");
  for (size_t size = 0; size < bench->options->n_sizes; size++)
    for (gemm_row row = 0; row < N_ROWS; row++) {
      const gemm_size *s = &bench->options->sizes[size];
      const gemm_measured *m = &bench->measured[size][row];
      if (!bench->rows[row].there) continue;
      printf("%s,", gemm_row_names[row]);
      csv_text(device_of(bench)->name);
      putchar(',');
      csv_text(bench->rows[row].about);
      printf(",%zu,%zu,%zu,%zu,%d,%zu", s->m, s->n, s->k, bench->options->repeat, m->ascending,
             m->scratch);
      csv_summary(&m->seconds);
      csv_summary(&m->gflops);
      csv_summary(&m->ratio_own);
      if (bench->rows[ROW_OPENBLAS].there)
        csv_summary(&m->ratio_openblas);
      else
        printf(",,,");
      putchar('\n');
    }
}
