/* network_report.c - what clif-bench network tells a reader: a line begins with what it is about.
 */
#include <stdio.h>

#include "network.h"
#include "size.h"

network_work network_count_work(const network_bench *bench) {
  const network_options *o = bench->options;
  const double rows = (double)o->steps * (double)o->batch;
  network_work work = {0, 0, 0};
  for (size_t i = 1; i < o->n_widths; i++) {
    const double in = (double)o->widths[i - 1], out = (double)o->widths[i];
    work.updates += out * rows;
    work.dense += in * out * rows;
    work.events += (double)bench->spikes[i - 1] * out;
  }
  return work;
}

double network_rate(const network_bench *bench, size_t layer) {
  const network_options *o = bench->options;
  return (double)bench->spikes[layer] /
         ((double)o->widths[layer] * (double)o->steps * (double)o->batch);
}

static void report_what(const network_bench *bench) {
  const network_options *o = bench->options;
  const clif_device_info *device = clif_context_device(bench->context);
  printf("device   %s (%u compute units), %s\n", device->name, device->compute_units,
         device->platform);
  printf("network  %zu", o->widths[0]);
  for (size_t i = 1; i < o->n_widths; i++) printf(" -> %zu", o->widths[i]);
  printf(", %zu steps, %zu samples, density %g, seed %zu\n", o->steps, o->batch, o->density,
         o->seed);
  for (size_t i = 0; i < o->n_widths; i++) {
    char name[NAME_SIZE];
    printf("layer    %-8s %6zu wide  spikes %12llu  rate %.4f\n", network_lif_name(i, name),
           o->widths[i], (unsigned long long)bench->spikes[i], network_rate(bench, i));
  }
}

static void report_plans(const network_bench *bench) {
  for (network_way way = 0; way < N_WAYS; way++) {
    const clif_plan_info *plan = &bench->ways[way].plan;
    char bytes[BYTES_TEXT_SIZE];
    printf("plan     %-8s tile of %zu steps x %zu samples, %zu commands per tile, %s\n",
           network_way_names[way], plan->tile_steps, plan->tile_batch, plan->commands_per_tile,
           format_bytes(plan->device_bytes, bytes));
  }
}

static void report_times(const network_bench *bench, const network_work *work) {
  printf("\n%-8s %-9s %11s %11s %11s %10s %14s %14s\n", "way", "run", "min s", "median s", "max s",
         "ns/update", "syn/s dense", "syn/s events");
  for (network_cut cut = 0; cut < N_CUTS; cut++)
    for (network_way way = 0; way < N_WAYS; way++) {
      const summary *s = &bench->ways[way].seconds[cut];
      printf("%-8s %-9s %11.6f %11.6f %11.6f %10.3f %14.3e %14.3e\n", network_way_names[way],
             cut == CUT_WHOLE ? "whole" : "in chunks", s->min, s->median, s->max,
             1e9 * s->median / work->updates, work->dense / s->median, work->events / s->median);
    }
  printf("\n");
}

static void report_ratio(const char *about, const summary *ratio) {
  printf("ratio    %-28s %7.3f  (%.3f to %.3f)\n", about, ratio->median, ratio->min, ratio->max);
}

void network_report(const network_bench *bench) {
  const network_work work = network_count_work(bench);
  report_what(bench);
  printf("work     %.3e neuron updates, %.3e synapses dense, %.3e by events\n", work.updates,
         work.dense, work.events);
  report_plans(bench);
  printf("spikes   the same in all runs\n");
  report_times(bench, &work);
  report_ratio("plain / clblast, whole", &bench->ratio_plain_clblast);
  report_ratio("chunks / whole, clblast", &bench->ways[WAY_CLBLAST].ratio_streaming);
  report_ratio("chunks / whole, plain", &bench->ways[WAY_PLAIN].ratio_streaming);
  printf("         medians of %zu rounds (smallest to largest); a chunk is %d steps\n",
         bench->options->repeat, CHUNK_STEPS);
  for (network_way way = 0; way < N_WAYS; way++)
    printf("prepare  %-8s first %.4f s (caches may be cold), second in the same process %.4f s\n",
           network_way_names[way], bench->ways[way].prepare_first, bench->ways[way].prepare_second);
}
