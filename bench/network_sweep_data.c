/* network_sweep_data.c - what clif-bench network --sweep tells a program: JSON and CSV. */
#include <stdio.h>

#include "data.h"
#include "network.h"

/* ---- JSON ---- */

static void json_counts(const char *key, const size_t *values, size_t n) {
  printf("\"%s\": [", key);
  for (size_t i = 0; i < n; i++) printf(i ? ", %zu" : "%zu", values[i]);
  printf("], ");
}

static void json_settings(const network_options *o) {
  printf("  \"settings\": {");
  json_counts("widths", o->sweep_widths, o->n_sweep_widths);
  json_counts("batches", o->sweep_batches, o->n_sweep_batches);
  printf("\"densities\": [");
  for (size_t i = 0; i < o->n_sweep_densities; i++)
    put_number(i ? ", " : "", o->sweep_densities[i]);
  printf("], \"steps\": %zu, \"repeat\": %zu, \"seed\": %zu, \"dense_by\": \"%s\"},\n", o->steps,
         o->repeat, o->seed, dense_name(o->dense));
}

static void json_way(const network_point *point, linear_way way) {
  printf(",\n     \"%s\": {\"compared\": %s, ", way_names[way],
         point->not_compared[way] ? "false" : "true");
  json_summary("seconds", &point->seconds[way]);
  putchar('}');
}

static void json_point(const network_options *o, const network_point *point) {
  printf("    {\"width\": %zu, \"batch\": %zu, ", point->width, point->batch);
  put_number("\"density\": ", point->density);
  put_number(", \"input_rate\": ", point->input_rate);
  put_number(", \"rate\": ", point->rate);
  printf(", \"rounds\": %zu", point->rounds);
  for (linear_way way = 0; way < N_WAYS; way++)
    if (o->ways[way]) json_way(point, way);
  printf(",\n     ");
  if (network_has_all(o))
    json_summary("ratio_auto_better", &point->ratio_auto_better);
  else
    printf("\"ratio_auto_better\": null");
  putchar('}');
}

static void json_worst(const network_sweep *sweep) {
  const network_point *worst = &sweep->points[sweep->worst];
  if (!network_has_all(sweep->options)) {
    printf("  \"worst\": null\n}\n");
    return;
  }
  put_number("  \"worst\": {\"ratio_auto_better\": ", worst->ratio_auto_better.median);
  printf(", \"width\": %zu, \"batch\": %zu, ", worst->width, worst->batch);
  put_number("\"density\": ", worst->density);
  printf(", \"points_above\": %zu}\n}\n", sweep->above);
}

void network_sweep_json(const network_sweep *sweep) {
  json_begin("network-sweep", clif_context_device(sweep->context));
  json_settings(sweep->options);
  printf("  \"points\": [\n");
  for (size_t i = 0; i < sweep->n_points; i++) {
    json_point(sweep->options, &sweep->points[i]);
    printf(i + 1 < sweep->n_points ? ",\n" : "\n  ],\n");
  }
  json_worst(sweep);
}

/* ---- CSV ---- */

static void csv_point(const network_sweep *sweep, const network_point *point) {
  const network_options *o = sweep->options;
  csv_text(clif_context_device(sweep->context)->name);
  printf(",%zu,%zu,%zu", point->width, point->batch, o->steps);
  put_number(",", point->density);
  put_number(",", point->input_rate);
  put_number(",", point->rate);
  printf(",%zu,%zu,%s", point->rounds, o->seed, dense_name(o->dense));
  for (linear_way way = 0; way < N_WAYS; way++)
    if (o->ways[way])
      csv_summary(&point->seconds[way]);
    else
      printf(",,,");
  if (network_has_all(o))
    csv_summary(&point->ratio_auto_better);
  else
    printf(",,,");
  putchar('\n');
}

void network_sweep_csv(const network_sweep *sweep) {
  printf("device,width,batch,steps,density,input_rate,rate,rounds,seed,dense_by,");
  for (linear_way way = 0; way < N_WAYS; way++)
    printf("%s_seconds_min,%s_seconds_median,%s_seconds_max,", way_names[way], way_names[way],
           way_names[way]);
  printf("ratio_auto_better_min,ratio_auto_better_median,ratio_auto_better_max\n");
  for (size_t i = 0; i < sweep->n_points; i++) csv_point(sweep, &sweep->points[i]);
}
