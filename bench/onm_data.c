/* onm_data.c - what clif-bench onm tells a program: JSON and CSV. Keys are documented in
 * bench/README.md; new ones may come, those that are there stay. */
#include <stdio.h>

#include "data.h"
#include "onm.h"
#include "onm_gemm.h"

static void json_part(const char *key, const onm_measured *m, double flops) {
  json_text("", key);
  json_text(": {\"product\": ", m->product);
  printf(", \"plan\": {\"tile_steps\": %zu, \"tile_batch\": %zu, \"commands_per_tile\": %zu, "
         "\"device_bytes\": %llu},\n    ",
         m->plan.tile_steps, m->plan.tile_batch, m->plan.commands_per_tile,
         (unsigned long long)m->plan.device_bytes);
  json_summary("seconds", &m->seconds);
  put_number(", \"flops_per_second\": ", flops / m->seconds.median);
  printf("},\n  ");
}

static void json_gemm(const onm_bench *bench, double flops) {
  const summary *s = &bench->parts[ONM_GEMM].seconds;
  if (!bench->has[ONM_GEMM]) {
    printf("\"gemm\": null, \"share_gemm_whole\": null");
    return;
  }
  json_text("\"gemm\": {\"core\": ", onm_gemm_core());
  printf(", ");
  json_summary("seconds", s);
  put_number(", \"flops_per_second\": ", flops / s->median);
  printf("},\n  ");
  json_summary("share_gemm_whole", &bench->share[ONM_GEMM]);
}

static void json_settings(const onm_options *o) {
  printf("  \"settings\": {\"n\": %zu, \"steps\": %zu, \"batch\": %zu, \"linear\": \"%s\", "
         "\"dense_by\": \"%s\", \"repeat\": %zu},\n  ",
         o->n, o->steps, o->batch, way_names[o->way], dense_name(o->dense), o->repeat);
}

static void json_memory(const onm_bench *bench, const onm_figures *figures) {
  put_number("  \"weight_bytes\": ", figures->weight_bytes);
  put_number(", \"ratio_planned_weights\": ", figures->memory_ratio);
  put_number(",\n  \"resident\": {\"grown_preparing_bytes\": ", figures->grown_preparing);
  put_number(", \"grown_first_run_bytes\": ", figures->grown_first_run);
  put_number(", \"grown_rounds_bytes\": ", figures->grown_rounds);
  printf(", \"peak_bytes\": %llu}\n}\n", (unsigned long long)bench->looks[AFTER_ROUNDS].peak);
}

void onm_json(const onm_bench *bench) {
  const onm_figures figures = onm_count(bench);
  json_begin("onm", clif_context_device(bench->context));
  json_settings(bench->options);
  json_part("whole", &bench->parts[ONM_WHOLE], figures.flops);
  json_part("alone", &bench->parts[ONM_ALONE], figures.flops);
  json_summary("share_alone_whole", &bench->share[ONM_ALONE]);
  printf(",\n  ");
  json_gemm(bench, figures.flops);
  printf(",\n  \"reproducible\": %s, ", bench->reproducible ? "true" : "false");
  put_number("\"rate\": ", figures.rate);
  printf(",\n");
  json_memory(bench, &figures);
}

void onm_csv(const onm_bench *bench) {
  const onm_options *o = bench->options;
  const onm_figures figures = onm_count(bench);
  const onm_measured *whole = &bench->parts[ONM_WHOLE], *alone = &bench->parts[ONM_ALONE];
  puts("device,n,steps,batch,linear,dense_by,repeat,"
       "seconds_min,seconds_median,seconds_max,flops_per_second,"
       "alone_seconds_min,alone_seconds_median,alone_seconds_max,"
       "share_alone_whole_min,share_alone_whole_median,share_alone_whole_max,"
       "gemm_seconds_min,gemm_seconds_median,gemm_seconds_max,"
       "share_gemm_whole_min,share_gemm_whole_median,share_gemm_whole_max,"
       "device_bytes,weight_bytes,ratio_planned_weights,grown_preparing_bytes,"
       "grown_first_run_bytes,grown_rounds_bytes,peak_bytes,rate");
  csv_text(clif_context_device(bench->context)->name);
  printf(",%zu,%zu,%zu,%s,%s,%zu", o->n, o->steps, o->batch, way_names[o->way],
         dense_name(o->dense), o->repeat);
  csv_summary(&whole->seconds);
  put_number(",", figures.flops / whole->seconds.median);
  csv_summary(&alone->seconds);
  csv_summary(&bench->share[ONM_ALONE]);
  if (bench->has[ONM_GEMM]) {
    csv_summary(&bench->parts[ONM_GEMM].seconds);
    csv_summary(&bench->share[ONM_GEMM]);
  } else {
    printf(",,,,,,");
  }
  printf(",%llu", (unsigned long long)whole->plan.device_bytes);
  put_number(",", figures.weight_bytes);
  put_number(",", figures.memory_ratio);
  put_number(",", figures.grown_preparing);
  put_number(",", figures.grown_first_run);
  put_number(",", figures.grown_rounds);
  printf(",%llu", (unsigned long long)bench->looks[AFTER_ROUNDS].peak);
  put_number(",", figures.rate);
  putchar('\n');
}
