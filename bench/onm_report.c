/* onm_report.c - what clif-bench onm tells a reader. */
#include <math.h>
#include <stdio.h>

#include "onm.h"
#include "onm_gemm.h"
#include "size.h"

static double grown(const onm_bench *bench, onm_look from, onm_look to) {
  const double before = (double)bench->looks[from].now, after = (double)bench->looks[to].now;
  return before > 0 && after > 0 ? after - before : (double)NAN;
}

onm_figures onm_count(const onm_bench *bench) {
  const onm_options *o = bench->options;
  const double n = (double)o->n, weight_bytes = n * n * sizeof(float);
  return (onm_figures){.flops = 2 * n * n * (double)o->steps * (double)o->batch,
                       .rate = (double)bench->n_spikes / (double)bench->n_updates,
                       .weight_bytes = weight_bytes,
                       .memory_ratio =
                           (double)bench->parts[ONM_WHOLE].plan.device_bytes / weight_bytes,
                       .grown_preparing = grown(bench, BEFORE_BUILDING, PREPARED),
                       .grown_first_run = grown(bench, PREPARED, RUN_ONCE),
                       .grown_rounds = grown(bench, BEFORE_ROUNDS, AFTER_ROUNDS)};
}

static void report_what(const onm_bench *bench, const onm_figures *figures) {
  const onm_options *o = bench->options;
  const clif_device_info *device = clif_context_device(bench->context);
  const char *product = bench->parts[ONM_WHOLE].product;
  printf("device   %s (%u compute units), %s\n", device->name, device->compute_units,
         device->platform);
  printf(
      "work     linear %zu -> %zu and as many LIF neurons, %zu steps, %zu samples, normal input\n",
      o->n, o->n, o->steps, o->batch);
  printf("way      %s, dense by %s: the linear layer went %s\n", way_names[o->way],
         dense_name(o->dense), *product ? product : "by events");
  printf("alone    the linear layer, %s\n", bench->parts[ONM_ALONE].product);
  if (bench->has[ONM_GEMM])
    printf("gemm     one product of all rows by OpenBLAS, called directly; core %s\n",
           onm_gemm_core());
  printf("rate     %.4f spikes per neuron, step and sample\n", figures->rate);
}

static void report_plan(const char *name, const clif_plan_info *plan) {
  char bytes[BYTES_TEXT_SIZE];
  printf("plan     %-8s tile of %zu steps x %zu samples, %zu commands per tile, %s\n", name,
         plan->tile_steps, plan->tile_batch, plan->commands_per_tile,
         format_bytes(plan->device_bytes, bytes));
}

static void report_times(const onm_bench *bench, const onm_figures *figures) {
  for (onm_part part = 0; part < ONM_PARTS; part++) {
    const summary *s = &bench->parts[part].seconds;
    if (bench->has[part])
      printf("time     %-8s %9.4f s (%.4f to %.4f), %8.2f GFLOP/s in the product\n",
             onm_part_names[part], s->median, s->min, s->max, 1e-9 * figures->flops / s->median);
  }
  for (onm_part part = ONM_ALONE; part < ONM_PARTS; part++)
    if (bench->has[part])
      printf("share    %-8s %9.3f (%.3f to %.3f) of the whole's time\n", onm_part_names[part],
             bench->share[part].median, bench->share[part].min, bench->share[part].max);
  printf("         medians of %zu rounds (smallest to largest)\n", bench->options->repeat);
}

static void report_memory(const onm_figures *figures) {
  static const double MIB = 1024 * 1024;
  printf("memory   planned on the device / bytes of the weights: %.3f  asked for: below %.1f\n",
         figures->memory_ratio, ONM_MOST_MEMORY);
  if (isnan(figures->grown_preparing))
    printf("resident not known: the operating system does not say\n");
  else
    printf("resident grew by %.1f MiB in preparing, %.1f MiB in the first run, %.1f MiB in the "
           "rounds\n",
           figures->grown_preparing / MIB, figures->grown_first_run / MIB,
           figures->grown_rounds / MIB);
}

void onm_report(const onm_bench *bench) {
  const onm_figures figures = onm_count(bench);
  report_what(bench, &figures);
  report_plan("whole", &bench->parts[ONM_WHOLE].plan);
  report_plan("alone", &bench->parts[ONM_ALONE].plan);
  report_times(bench, &figures);
  report_memory(&figures);
}
