/* network_data.c - what clif-bench network tells a program: JSON and CSV. Keys are documented in
 * bench/README.md; new ones may come, those that are there stay. */
#include <stdio.h>

#include "data.h"
#include "network.h"

static void json_settings(const network_options *o) {
  printf("  \"settings\": {\"layers\": [");
  for (size_t i = 0; i < o->n_widths; i++) printf(i ? ", %zu" : "%zu", o->widths[i]);
  printf("], \"steps\": %zu, \"batch\": %zu, ", o->steps, o->batch);
  put_number("\"density\": ", o->density);
  printf(", \"repeat\": %zu, \"seed\": %zu, \"chunk_steps\": %zu, \"dense_by\": \"%s\"},\n",
         o->repeat, o->seed, o->chunk, dense_name(o->dense));
}

static void json_layers(const network_bench *bench) {
  printf("  \"layers\": [\n");
  for (size_t i = 0; i < bench->options->n_widths; i++) {
    char name[NAME_SIZE];
    printf("%s    {\"name\": \"%s\", \"width\": %zu, \"spikes\": %llu, ", i ? ",\n" : "",
           network_lif_name(i, name), bench->options->widths[i],
           (unsigned long long)bench->spikes[i]);
    put_number("\"rate\": ", network_rate(bench, i));
    putchar('}');
  }
  printf("\n  ],\n");
}

static void json_way(const network_measured *m, const network_work *work) {
  printf("\"compared\": %s,\n      ", m->not_compared ? "false" : "true");
  printf("\"plan\": {\"tile_steps\": %zu, \"tile_batch\": %zu, \"commands_per_tile\": %zu, "
         "\"device_bytes\": %llu},\n      ",
         m->plan.tile_steps, m->plan.tile_batch, m->plan.commands_per_tile,
         (unsigned long long)m->plan.device_bytes);
  put_number("\"prepare_first_seconds\": ", m->prepare_first);
  put_number(", \"prepare_second_seconds\": ", m->prepare_second);
  printf(",\n      ");
  json_summary("seconds", &m->seconds[CUT_WHOLE]);
  printf(",\n      ");
  json_summary("seconds_in_chunks", &m->seconds[CUT_CHUNKS]);
  printf(",\n      ");
  json_summary("ratio_chunks_whole", &m->ratio_streaming);
  const double median = m->seconds[CUT_WHOLE].median;
  put_number(",\n      \"ns_per_neuron_update\": ", 1e9 * median / work->updates);
  put_number(", \"synapses_per_second_dense\": ", work->dense / median);
  put_number(", \"synapses_per_second_events\": ", work->events / median);
}

static void json_ways(const network_bench *bench, const network_work *work) {
  const char *separator = "";
  printf("  \"ways\": {\n");
  for (linear_way way = 0; way < N_WAYS; way++) {
    if (!bench->options->ways[way]) continue;
    printf("%s    \"%s\": {\n      ", separator, way_names[way]);
    json_way(&bench->ways[way], work);
    if (bench->profiles[way]) json_text(",\n      \"profile\": ", bench->profiles[way]);
    printf("\n    }");
    separator = ",\n";
  }
  printf("\n  },\n");
}

static void json_ratio(const char *key, const summary *ratio, bool measured) {
  if (measured)
    json_summary(key, ratio);
  else
    printf("\"%s\": null", key);
}

void network_json(const network_bench *bench) {
  const network_work work = network_count_work(bench);
  json_begin("network", clif_context_device(bench->context));
  json_settings(bench->options);
  json_layers(bench);
  put_number("  \"work\": {\"neuron_updates\": ", work.updates);
  put_number(", \"synapses_dense\": ", work.dense);
  put_number(", \"synapses_events\": ", work.events);
  printf("},\n  \"same_spikes\": %s,\n", bench->reference == N_WAYS ? "null" : "true");
  json_ways(bench, &work);
  printf("  ");
  json_ratio("ratio_auto_better", &bench->ratio_auto_better, network_has_all(bench->options));
  printf(",\n  ");
  json_ratio("ratio_events_dense", &bench->ratio_events_dense, network_has_forced(bench->options));
  printf(",\n  ");
  json_ratio("limit_weights_per_second", &bench->limit_rate, bench->limit);
  printf(",\n  ");
  json_ratio("ratio_events_limit", &bench->ratio_events_limit, bench->limit);
  printf("\n}\n");
}

/* ---- CSV ---- */

static void csv_settings(const network_bench *bench) {
  const network_options *o = bench->options;
  csv_text(clif_context_device(bench->context)->name);
  printf(",\"");
  for (size_t i = 0; i < o->n_widths; i++) printf(i ? ",%zu" : "%zu", o->widths[i]);
  printf("\",%zu,%zu", o->steps, o->batch);
  put_number(",", o->density);
  printf(",%zu,%zu,%zu,%s", o->repeat, o->seed, o->chunk, dense_name(o->dense));
}

static void csv_ratio(const summary *ratio, bool measured) {
  if (measured)
    csv_summary(ratio);
  else
    printf(",,,");
}

static void csv_way(const network_bench *bench, linear_way way, const network_work *work) {
  const network_measured *m = &bench->ways[way];
  const double median = m->seconds[CUT_WHOLE].median;
  printf("%s,", way_names[way]);
  csv_settings(bench);
  printf(",%d,%zu,%zu,%zu,%llu", !m->not_compared, m->plan.tile_steps, m->plan.tile_batch,
         m->plan.commands_per_tile, (unsigned long long)m->plan.device_bytes);
  put_number(",", m->prepare_first);
  put_number(",", m->prepare_second);
  csv_summary(&m->seconds[CUT_WHOLE]);
  csv_summary(&m->seconds[CUT_CHUNKS]);
  csv_summary(&m->ratio_streaming);
  csv_ratio(&bench->ratio_auto_better, way == WAY_AUTO && network_has_all(bench->options));
  csv_ratio(&bench->ratio_events_dense, way == WAY_EVENTS && network_has_forced(bench->options));
  put_number(",", 1e9 * median / work->updates);
  put_number(",", work->dense / median);
  put_number(",", work->events / median);
  csv_ratio(&bench->limit_rate, way == WAY_EVENTS);
  csv_ratio(&bench->ratio_events_limit, way == WAY_EVENTS);
  putchar('\n');
}

void network_csv(const network_bench *bench) {
  const network_work work = network_count_work(bench);
  puts("way,device,layers,steps,batch,density,repeat,seed,chunk_steps,dense_by,compared,"
       "tile_steps,tile_batch,commands_per_tile,device_bytes,prepare_first_seconds,"
       "prepare_second_seconds,"
       "seconds_min,seconds_median,seconds_max,"
       "seconds_in_chunks_min,seconds_in_chunks_median,seconds_in_chunks_max,"
       "ratio_chunks_whole_min,ratio_chunks_whole_median,ratio_chunks_whole_max,"
       "ratio_auto_better_min,ratio_auto_better_median,ratio_auto_better_max,"
       "ratio_events_dense_min,ratio_events_dense_median,ratio_events_dense_max,"
       "ns_per_neuron_update,synapses_per_second_dense,synapses_per_second_events,"
       "limit_weights_per_second_min,limit_weights_per_second_median,limit_weights_per_second_max,"
       "ratio_events_limit_min,ratio_events_limit_median,ratio_events_limit_max");
  for (linear_way way = 0; way < N_WAYS; way++)
    if (bench->options->ways[way]) csv_way(bench, way, &work);
}
