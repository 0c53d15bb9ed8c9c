/* network_report.c - what clif-bench network tells a reader: a line begins with what it is about.
 */
#include <stdio.h>
#include <string.h>

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

/* ---- what was run ---- */

static void report_what(const network_bench *bench) {
  const network_options *o = bench->options;
  const clif_device_info *device = clif_context_device(bench->context);
  printf("device   %s (%u compute units), %s\n", device->name, device->compute_units,
         device->platform);
  printf("network  %zu", o->widths[0]);
  for (size_t i = 1; i < o->n_widths; i++) printf(" -> %zu", o->widths[i]);
  printf(", %zu steps, %zu samples, density %g, seed %zu, dense by %s\n", o->steps, o->batch,
         o->density, o->seed, dense_name(o->dense));
  for (size_t i = 0; i < o->n_widths; i++) {
    char name[NAME_SIZE];
    printf("layer    %-8s %6zu wide  spikes %12llu  rate %.4f\n", network_lif_name(i, name),
           o->widths[i], (unsigned long long)bench->spikes[i], network_rate(bench, i));
  }
}

static void report_plans(const network_bench *bench) {
  for (linear_way way = 0; way < N_WAYS; way++) {
    const clif_plan_info *plan = &bench->ways[way].plan;
    char bytes[BYTES_TEXT_SIZE];
    if (bench->options->ways[way])
      printf("plan     %-8s tile of %zu steps x %zu samples, %zu commands per tile, %s\n",
             way_names[way], plan->tile_steps, plan->tile_batch, plan->commands_per_tile,
             format_bytes(plan->device_bytes, bytes));
  }
}

static void report_spikes(const network_bench *bench) {
  bool all = true;
  for (linear_way way = 0; way < N_WAYS; way++) {
    if (!bench->ways[way].not_compared) continue;
    all = false;
    printf("spikes   of %s not compared: CBLAS sums in no promised order\n", way_names[way]);
  }
  if (bench->reference != N_WAYS) printf("spikes   the same in all %sruns\n", all ? "" : "other ");
}

/* ---- what was measured ---- */

static void report_times(const network_bench *bench, const network_work *work) {
  printf("\n%-8s %-9s %10s %10s %10s %10s %13s %13s\n", "way", "run", "min ms", "median ms",
         "max ms", "ns/update", "Gsyn/s dense", "Gsyn/s events");
  for (network_cut cut = 0; cut < N_CUTS; cut++)
    for (linear_way way = 0; way < N_WAYS; way++) {
      const summary *s = &bench->ways[way].seconds[cut];
      if (!bench->options->ways[way]) continue;
      printf("%-8s %-9s %10.3f %10.3f %10.3f %10.3f %13.3f %13.3f\n", way_names[way],
             cut == CUT_WHOLE ? "whole" : "in chunks", 1e3 * s->min, 1e3 * s->median, 1e3 * s->max,
             1e9 * s->median / work->updates, 1e-9 * work->dense / s->median,
             1e-9 * work->events / s->median);
    }
  printf("\n");
}

static void report_ratio(const char *about, const char *way, const summary *ratio,
                         const char *asked) {
  printf("ratio    %s%-*s %7.3f  (%.3f to %.3f)%s\n", about, (int)(28 - strlen(about)), way,
         ratio->median, ratio->min, ratio->max, asked);
}

static void report_ratios(const network_bench *bench) {
  const network_options *o = bench->options;
  if (network_has_all(o))
    report_ratio("auto / the better of both", "", &bench->ratio_auto_better,
                 "  asked for: at most 1.15");
  if (network_has_forced(o)) report_ratio("events / dense", "", &bench->ratio_events_dense, "");
  for (linear_way way = 0; way < N_WAYS; way++)
    if (o->ways[way])
      report_ratio("chunks / whole, ", way_names[way], &bench->ways[way].ratio_streaming,
                   o->chunk >= 32 ? "  asked for: at most 1.10" : "");
  printf("         medians of %zu rounds (smallest to largest); a chunk is %zu steps\n",
         bench->rounds, o->chunk);
}

static void report_limit(const network_bench *bench) {
  const summary *rate = &bench->limit_rate, *ratio = &bench->ratio_events_limit;
  if (!bench->limit) return;
  printf("limit    adding weights from cache    %7.3f  (%.3f to %.3f) G weights/s; ",
         1e-9 * rate->median, 1e-9 * rate->min, 1e-9 * rate->max);
  printf("events reached %.3f of it (%.3f to %.3f)\n", ratio->median, ratio->min, ratio->max);
}

static void report_prepare(const network_bench *bench) {
  for (linear_way way = 0; way < N_WAYS; way++)
    if (bench->options->ways[way])
      printf("prepare  %-8s first %.4f s (caches may be cold), second in the same process %.4f s\n",
             way_names[way], bench->ways[way].prepare_first, bench->ways[way].prepare_second);
}

static void report_profiles(const network_bench *bench) {
  for (linear_way way = 0; way < N_WAYS; way++)
    if (bench->profiles[way])
      printf("\nprofile  %s, every command waited for\n%s", way_names[way], bench->profiles[way]);
}

void network_report(const network_bench *bench) {
  const network_work work = network_count_work(bench);
  report_what(bench);
  printf("work     %.3e neuron updates, %.3e synapses dense, %.3e by events\n", work.updates,
         work.dense, work.events);
  report_plans(bench);
  report_spikes(bench);
  report_times(bench, &work);
  report_ratios(bench);
  report_limit(bench);
  report_prepare(bench);
  report_profiles(bench);
}
