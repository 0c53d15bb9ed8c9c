/* neurons_measure.c - all points of clif-bench neurons, and what they must have in common. */
#include <stdio.h>
#include <stdlib.h>

#include "cache.h"
#include "neurons.h"
#include "traffic.h"

/* ---- which points there are ---- */

static size_t count_chosen(const bool *chosen, size_t n) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) count += chosen[i];
  return count;
}

/* In the order they are measured: all of a size together, as they share the input. */
static void list_points(neurons_bench *bench) {
  const neurons_options *o = bench->options;
  neurons_point *p = bench->points;
  for (size_t size = 0; size < o->n_sizes; size++)
    for (neurons_mode mode = 0; mode < N_MODES; mode++)
      for (neurons_record record = 0; record < N_RECORDS; record++)
        for (neurons_way way = 0; way < N_WAYS; way++)
          if (o->modes[mode] && o->records[record])
            *p++ = (neurons_point){
                .neurons = o->sizes[size], .mode = mode, .record = record, .way = way};
}

static int take_memory(neurons_bench *bench) {
  const neurons_options *o = bench->options;
  bench->n_series = count_chosen(o->modes, N_MODES) * count_chosen(o->records, N_RECORDS) * N_WAYS;
  bench->n_points = bench->n_series * o->n_sizes;
  bench->series = calloc(bench->n_series, sizeof *bench->series);
  bench->points = calloc(bench->n_points, sizeof *bench->points);
  /* A row for the group, one for each style of the limit, and one to spare. */
  bench->seconds = calloc(o->repeat, (2 + TRAFFIC_STYLES) * sizeof *bench->seconds);
  if (bench->series && bench->points && bench->seconds) return TOOL_OK;
  return complain("no memory; ask for fewer sizes or repeats");
}

/* ---- the same spikes in every way ---- */

/* Points of one size and mode differ in nothing that may change a spike. */
static int compare_spikes(const neurons_point *first, const neurons_point *p) {
  if (p->skipped[0] || p->spikes == first->spikes) return TOOL_OK;
  return complain("%zu %s neurons give %llu spikes %s (recording %s) and %llu %s (recording %s); "
                  "this is a fault, please report it",
                  p->neurons, neurons_mode_names[p->mode], (unsigned long long)first->spikes,
                  neurons_way_names[first->way], neurons_record_names[first->record],
                  (unsigned long long)p->spikes, neurons_way_names[p->way],
                  neurons_record_names[p->record]);
}

static int compare_with_others(const neurons_bench *bench, const neurons_point *p) {
  for (const neurons_point *q = bench->points; q < p; q++)
    if (q->neurons == p->neurons && q->mode == p->mode && !q->skipped[0])
      return compare_spikes(q, p);
  return TOOL_OK;
}

/* ---- all of them ---- */

static void copy_reason(neurons_point *points, size_t n, const char *reason) {
  for (size_t i = 0; i < n; i++)
    for (size_t at = 0; at < REASON_SIZE; at++) points[i].skipped[at] = reason[at];
}

/* Work that was skipped counts as done. */
static void tell_point(const neurons_bench *bench, const neurons_point *p) {
  char figures[REASON_SIZE + 16];
  if (p->skipped[0]) {
    progress_add(neurons_work(bench, p), 0);
    snprintf(figures, sizeof figures, "skipped: %s", p->skipped);
  } else {
    snprintf(figures, sizeof figures, "%.3f ns/update, %.3f of the limit",
             1e9 * p->seconds.median / neurons_updates(bench, p), p->share.median);
  }
  progress_log("%zu neurons, %s, recording %s, %s: %s", p->neurons, neurons_mode_names[p->mode],
               neurons_record_names[p->record], neurons_way_names[p->way], figures);
}

static double all_work(const neurons_bench *bench) {
  double work = 0;
  for (size_t i = 0; i < bench->n_points; i++) work += neurons_work(bench, &bench->points[i]);
  return work;
}

/* Points of one size. */
static int measure_size(neurons_bench *bench, neurons_point *points, size_t n) {
  char skipped[REASON_SIZE] = "";
  int code = neurons_input(bench, points->neurons, skipped);
  if (!bench->input.ndim) copy_reason(points, n, skipped);
  for (size_t i = 0; i < n && code == TOOL_OK; i++) {
    if (bench->input.ndim) code = neurons_measure_point(bench, &points[i]);
    if (code == TOOL_OK) code = compare_with_others(bench, &points[i]);
    if (code == TOOL_OK) tell_point(bench, &points[i]);
  }
  if (!bench->cache)
    bench->cache = last_level_cache(clif_context_device(bench->context), bench->input.device);
  if (bench->input.ndim) clif_array_free(bench->context, &bench->input);
  return code;
}

int neurons_measure(neurons_bench *bench) {
  const neurons_options *o = bench->options;
  const uint64_t memory = clif_context_device(bench->context)->memory_bytes;
  /* As much as the library itself would take. */
  bench->memory = o->max_memory ? o->max_memory : memory / 4 * 3;
  int code = take_memory(bench);
  if (code != TOOL_OK) return code;
  list_points(bench);
  progress_start(all_work(bench), "rounds");
  for (size_t i = 0; i < o->n_sizes && code == TOOL_OK; i++)
    code = measure_size(bench, bench->points + i * bench->n_series, bench->n_series);
  progress_end();
  if (code == TOOL_OK) neurons_growth(bench);
  return code;
}
