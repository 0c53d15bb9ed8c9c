/* neurons_report.c - what clif-bench neurons tells a reader. */
#include <math.h>
#include <stdio.h>

#include "neurons.h"
#include "size.h"

double neurons_updates(const neurons_bench *bench, const neurons_point *point) {
  return (double)point->neurons * (double)bench->options->batch * (double)bench->options->steps;
}

double neurons_rate(const neurons_bench *bench, const neurons_point *point) {
  return (double)point->spikes / neurons_updates(bench, point);
}

uint64_t neurons_device_bytes(const neurons_point *point) {
  return point->group_bytes + point->input_bytes;
}

size_t neurons_measured(const neurons_bench *bench) {
  size_t measured = 0;
  for (size_t i = 0; i < bench->n_points; i++) measured += !bench->points[i].skipped[0];
  return measured;
}

static void report_what(const neurons_bench *bench) {
  const neurons_options *o = bench->options;
  const clif_device_info *device = clif_context_device(bench->context);
  char bytes[BYTES_TEXT_SIZE];
  printf("device   %s (%u compute units), %s\n", device->name, device->compute_units,
         device->platform);
  printf("cache    %s, the last before the memory\n",
         bench->cache ? format_bytes(bench->cache, bytes) : "of unknown size");
  printf("memory   %s of the device may be used\n", format_bytes(bench->memory, bytes));
  printf("run      steps %zu, batch %zu, currents uniform from %g to %g, seed %zu, %zu rounds\n\n",
         o->steps, o->batch, o->low, o->high, o->seed, o->repeat);
}

static void report_head(void) {
  printf("%-18s %10s %-6s %-8s %7s %-29s %10s %7s %-22s %13s %14s\n", "mode", "neurons", "record",
         "way", "rate", "ns/update (min to max)", "updates/s", "GB/s", "share (min to max)",
         "device bytes", "by the formula");
}

static void report_point(const neurons_bench *bench, const neurons_point *p) {
  char time[64], share[64];
  printf("%-18s %10zu %-6s %-8s ", neurons_mode_names[p->mode], p->neurons,
         neurons_record_names[p->record], neurons_way_names[p->way]);
  if (p->skipped[0]) {
    printf("skipped: %s\n", p->skipped);
    return;
  }
  const double updates = neurons_updates(bench, p), ns = 1e9 / updates;
  const summary *s = &p->seconds;
  snprintf(time, sizeof time, "%.3f (%.3f to %.3f)", ns * s->median, ns * s->min, ns * s->max);
  snprintf(share, sizeof share, "%.3f (%.3f to %.3f)", p->share.median, p->share.min, p->share.max);
  printf("%7.4f %-29s %10.3e %7.2f %-22s %13llu %14llu\n", neurons_rate(bench, p), time,
         updates / s->median, 1e-9 * p->bytes_moved / s->median, share,
         (unsigned long long)neurons_device_bytes(p), (unsigned long long)p->model_bytes);
}

/* Sizes one below the other, so that a column shows the growth. */
static void report_points(const neurons_bench *bench) {
  for (size_t series = 0; series < bench->n_series; series++)
    for (size_t i = series; i < bench->n_points; i += bench->n_series)
      report_point(bench, &bench->points[i]);
}

static void report_series(const neurons_series *s) {
  printf("growth   %-18s %-6s %-8s ", neurons_mode_names[s->mode], neurons_record_names[s->record],
         neurons_way_names[s->way]);
  if (s->fitted < 2 || !isfinite(s->exponent))
    printf("not fitted: fewer than two sizes\n");
  else
    printf("time as neurons^%.3f, over %zu sizes from %zu to %zu, %zu of them beyond the cache\n",
           s->exponent, s->fitted, s->from, s->to, s->beyond);
}

static void report_input(const neurons_bench *bench) {
  for (size_t i = 0; i < bench->n_points; i += bench->n_series) {
    size_t steps = 0; /* points that were skipped do not know */
    for (size_t k = i; k < i + bench->n_series && !steps; k++) steps = bench->points[k].input_steps;
    if (steps && steps < bench->options->steps)
      printf("note     %zu neurons: %zu different steps of input, which come again and again\n",
             bench->points[i].neurons, steps);
  }
}

/* A mode that never fires takes none of the branches that cost time. */
static void report_silence(const neurons_bench *bench) {
  for (neurons_mode mode = 0; mode < N_MODES; mode++) {
    bool silent = false;
    for (size_t i = 0; i < bench->n_points; i++) {
      const neurons_point *p = &bench->points[i];
      silent |= p->mode == mode && !p->skipped[0] && p->spikes == 0;
    }
    if (silent)
      printf("note     %s: no neuron fired at some sizes; compare times at equal rates only\n",
             neurons_mode_names[mode]);
  }
}

void neurons_report(const neurons_bench *bench) {
  report_what(bench);
  report_head();
  report_points(bench);
  printf("\n");
  for (size_t i = 0; i < bench->n_series; i++) report_series(&bench->series[i]);
  report_input(bench);
  report_silence(bench);
  if (neurons_measured(bench) > 0)
    printf("spikes   the same in all ways of a mode and size\n"
           "memory   as the formula in group.h says\n");
  else
    printf("note     everything was skipped: nothing was measured or compared\n");
}
