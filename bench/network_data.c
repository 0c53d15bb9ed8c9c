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
  printf(", \"repeat\": %zu, \"seed\": %zu, \"chunk_steps\": %d},\n", o->repeat, o->seed,
         CHUNK_STEPS);
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

void network_json(const network_bench *bench) {
  const network_work work = network_count_work(bench);
  json_begin("network", clif_context_device(bench->context));
  json_settings(bench->options);
  json_layers(bench);
  put_number("  \"work\": {\"neuron_updates\": ", work.updates);
  put_number(", \"synapses_dense\": ", work.dense);
  put_number(", \"synapses_events\": ", work.events);
  printf("},\n  \"same_spikes\": true,\n  \"ways\": {\n");
  for (network_way way = 0; way < N_WAYS; way++) {
    printf("    \"%s\": {\n      ", network_way_names[way]);
    json_way(&bench->ways[way], &work);
    printf("\n    }%s\n", way + 1 < N_WAYS ? "," : "");
  }
  printf("  },\n  ");
  json_summary("ratio_plain_clblast", &bench->ratio_plain_clblast);
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
  printf(",%zu,%zu,%d", o->repeat, o->seed, CHUNK_STEPS);
}

static void csv_way(const network_bench *bench, network_way way, const network_work *work) {
  const network_measured *m = &bench->ways[way];
  const summary one = {1, 1, 1};
  const double median = m->seconds[CUT_WHOLE].median;
  printf("%s,", network_way_names[way]);
  csv_settings(bench);
  printf(",%zu,%zu,%zu,%llu", m->plan.tile_steps, m->plan.tile_batch, m->plan.commands_per_tile,
         (unsigned long long)m->plan.device_bytes);
  put_number(",", m->prepare_first);
  put_number(",", m->prepare_second);
  csv_summary(&m->seconds[CUT_WHOLE]);
  csv_summary(&m->seconds[CUT_CHUNKS]);
  csv_summary(&m->ratio_streaming);
  csv_summary(way == WAY_CLBLAST ? &one : &bench->ratio_plain_clblast);
  put_number(",", 1e9 * median / work->updates);
  put_number(",", work->dense / median);
  put_number(",", work->events / median);
  putchar('\n');
}

void network_csv(const network_bench *bench) {
  const network_work work = network_count_work(bench);
  puts("way,device,layers,steps,batch,density,repeat,seed,chunk_steps,tile_steps,tile_batch,"
       "commands_per_tile,device_bytes,prepare_first_seconds,prepare_second_seconds,"
       "seconds_min,seconds_median,seconds_max,"
       "seconds_in_chunks_min,seconds_in_chunks_median,seconds_in_chunks_max,"
       "ratio_chunks_whole_min,ratio_chunks_whole_median,ratio_chunks_whole_max,"
       "ratio_to_clblast_min,ratio_to_clblast_median,ratio_to_clblast_max,"
       "ns_per_neuron_update,synapses_per_second_dense,synapses_per_second_events");
  for (network_way way = 0; way < N_WAYS; way++) csv_way(bench, way, &work);
}
