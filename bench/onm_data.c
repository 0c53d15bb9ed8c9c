/* onm_data.c - what clif-bench onm tells a program: JSON and CSV. Keys are documented in
 * bench/README.md; new ones may come, those that are there stay. */
#include <stdio.h>

#include "data.h"
#include "onm.h"

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
  json_part("product_alone", &bench->parts[ONM_PRODUCT], figures.flops);
  json_summary("share_product_whole", &bench->share);
  printf(",\n  \"reproducible\": %s, ", bench->reproducible ? "true" : "false");
  put_number("\"rate\": ", figures.rate);
  printf(",\n");
  json_memory(bench, &figures);
}

void onm_csv(const onm_bench *bench) {
  const onm_options *o = bench->options;
  const onm_figures figures = onm_count(bench);
  const onm_measured *whole = &bench->parts[ONM_WHOLE], *alone = &bench->parts[ONM_PRODUCT];
  puts("device,n,steps,batch,linear,dense_by,repeat,"
       "seconds_min,seconds_median,seconds_max,flops_per_second,"
       "alone_seconds_min,alone_seconds_median,alone_seconds_max,"
       "share_product_whole_min,share_product_whole_median,share_product_whole_max,"
       "device_bytes,weight_bytes,ratio_planned_weights,grown_preparing_bytes,"
       "grown_first_run_bytes,grown_rounds_bytes,peak_bytes,rate");
  csv_text(clif_context_device(bench->context)->name);
  printf(",%zu,%zu,%zu,%s,%s,%zu", o->n, o->steps, o->batch, way_names[o->way],
         dense_name(o->dense), o->repeat);
  csv_summary(&whole->seconds);
  put_number(",", figures.flops / whole->seconds.median);
  csv_summary(&alone->seconds);
  csv_summary(&bench->share);
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
