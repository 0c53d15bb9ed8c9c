/* neurons_data.c - what clif-bench neurons tells a program: JSON and CSV. Keys are documented in
 * bench/README.md; new ones may come, those that are there stay. */
#include <math.h>
#include <stdio.h>

#include "data.h"
#include "neurons.h"

static void json_settings(const neurons_bench *bench) {
  const neurons_options *o = bench->options;
  printf("  \"settings\": {\"protocol\": \"%s\", \"sizes\": [", o->protocol);
  for (size_t i = 0; i < o->n_sizes; i++) printf(i ? ", %zu" : "%zu", o->sizes[i]);
  printf("], \"steps\": %zu, \"batch\": %zu, ", o->steps, o->batch);
  put_number("\"low\": ", o->low);
  put_number(", \"high\": ", o->high);
  printf(", \"repeat\": %zu, \"seed\": %zu, \"fit_from\": ", o->repeat, o->seed);
  printf(o->fit_from ? "%zu" : "null", o->fit_from);
  printf(", \"max_memory_bytes\": %llu},\n", (unsigned long long)bench->memory);
}

static void json_measured(const neurons_bench *bench, const neurons_point *p) {
  const double median = p->seconds.median, updates = neurons_updates(bench, p);
  printf(",\n     \"input_steps\": %zu, \"tile_steps\": %zu, \"tile_batch\": %zu, \"passes\": %zu, "
         "\"updates\": %.0f, \"spikes\": %llu",
         p->input_steps, p->tile_steps, p->tile_batch, p->passes, updates,
         (unsigned long long)p->spikes);
  put_number(", \"rate\": ", neurons_rate(bench, p));
  printf(",\n     ");
  json_summary("seconds", &p->seconds);
  put_number(",\n     \"ns_per_update\": ", 1e9 * median / updates);
  put_number(", \"updates_per_second\": ", updates / median);
  printf(", \"bytes_moved\": %.0f", p->bytes_moved);
  put_number(", \"bytes_per_second\": ", p->bytes_moved / median);
  json_text(",\n     \"limit_style\": ", p->limit_style);
  printf(", ");
  json_summary("limit_seconds", &p->limit_seconds);
  printf(",\n     ");
  json_summary("share_of_limit", &p->share);
  printf(",\n     \"device_bytes\": %llu, \"group_bytes\": %llu, \"input_bytes\": %llu, "
         "\"formula_bytes\": %llu",
         (unsigned long long)neurons_device_bytes(p), (unsigned long long)p->group_bytes,
         (unsigned long long)p->input_bytes, (unsigned long long)p->model_bytes);
}

static void json_point(const neurons_bench *bench, const neurons_point *p) {
  printf("    {\"mode\": \"%s\", \"neurons\": %zu, \"record\": \"%s\", \"way\": \"%s\", ",
         neurons_mode_names[p->mode], p->neurons, neurons_record_names[p->record],
         neurons_way_names[p->way]);
  if (p->skipped[0]) {
    json_text("\"skipped\": ", p->skipped);
  } else {
    printf("\"skipped\": null");
    json_measured(bench, p);
  }
  putchar('}');
}

static void json_series(const neurons_series *s) {
  printf("    {\"mode\": \"%s\", \"record\": \"%s\", \"way\": \"%s\", \"sizes_fitted\": %zu, "
         "\"from\": %zu, \"to\": %zu, \"sizes_beyond_cache\": %zu",
         neurons_mode_names[s->mode], neurons_record_names[s->record], neurons_way_names[s->way],
         s->fitted, s->from, s->to, s->beyond);
  put_number(", \"exponent\": ", s->fitted < 2 ? (double)NAN : s->exponent);
  putchar('}');
}

void neurons_json(const neurons_bench *bench) {
  json_begin("neurons", clif_context_device(bench->context));
  json_settings(bench);
  printf("  \"last_level_cache_bytes\": %llu,\n  \"same_spikes\": %s,\n  \"points\": [\n",
         (unsigned long long)bench->cache, neurons_measured(bench) > 0 ? "true" : "null");
  for (size_t i = 0; i < bench->n_points; i++) {
    json_point(bench, &bench->points[i]);
    puts(i + 1 < bench->n_points ? "," : "");
  }
  printf("  ],\n  \"growth\": [\n");
  for (size_t i = 0; i < bench->n_series; i++) {
    json_series(&bench->series[i]);
    puts(i + 1 < bench->n_series ? "," : "");
  }
  printf("  ]\n}\n");
}

/* ---- CSV ---- */

static void csv_measured(const neurons_bench *bench, const neurons_point *p) {
  const double median = p->seconds.median, updates = neurons_updates(bench, p);
  printf(",%zu,%zu,%zu,%zu,%.0f,%llu", p->input_steps, p->tile_steps, p->tile_batch, p->passes,
         updates, (unsigned long long)p->spikes);
  put_number(",", neurons_rate(bench, p));
  csv_summary(&p->seconds);
  put_number(",", 1e9 * median / updates);
  put_number(",", updates / median);
  printf(",%.0f", p->bytes_moved);
  put_number(",", p->bytes_moved / median);
  printf(",%s", p->limit_style);
  csv_summary(&p->limit_seconds);
  csv_summary(&p->share);
  printf(",%llu,%llu,%llu,%llu\n", (unsigned long long)neurons_device_bytes(p),
         (unsigned long long)p->group_bytes, (unsigned long long)p->input_bytes,
         (unsigned long long)p->model_bytes);
}

static void csv_point(const neurons_bench *bench, const neurons_point *p) {
  const neurons_options *o = bench->options;
  printf("%s,%zu,\"%s\",%s,", neurons_mode_names[p->mode], p->neurons,
         neurons_record_names[p->record], neurons_way_names[p->way]);
  csv_text(p->skipped);
  putchar(',');
  csv_text(clif_context_device(bench->context)->name);
  printf(",%s,%zu,%zu", o->protocol, o->steps, o->batch);
  put_number(",", o->low);
  put_number(",", o->high);
  printf(",%zu,%zu", o->repeat, o->seed);
  if (p->skipped[0])
    puts(",,,,,,,,,,,,,,,,,,,,,,,,,"); /* as many as csv_measured() writes */
  else
    csv_measured(bench, p);
}

void neurons_csv(const neurons_bench *bench) {
  puts("mode,neurons,record,way,skipped,device,protocol,steps,batch,low,high,repeat,seed,"
       "input_steps,tile_steps,tile_batch,passes,updates,spikes,rate,"
       "seconds_min,seconds_median,seconds_max,ns_per_update,updates_per_second,"
       "bytes_moved,bytes_per_second,limit_style,"
       "limit_seconds_min,limit_seconds_median,limit_seconds_max,"
       "share_of_limit_min,share_of_limit_median,share_of_limit_max,"
       "device_bytes,group_bytes,input_bytes,formula_bytes");
  for (size_t i = 0; i < bench->n_points; i++) csv_point(bench, &bench->points[i]);
}
