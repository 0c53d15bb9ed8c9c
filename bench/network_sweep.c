/* network_sweep.c - clif-bench network --sweep: the ways over many widths, batches and densities.
 */
#include <stdio.h>
#include <stdlib.h>

#include "network.h"

/* ---- one point ---- */

static void keep(const network_bench *bench, network_point *point) {
  point->input_rate = network_rate(bench, 0);
  point->rate = network_rate(bench, 1);
  point->rounds = bench->rounds;
  point->ratio_auto_better = bench->ratio_auto_better;
  for (linear_way way = 0; way < N_WAYS; way++) {
    point->seconds[way] = bench->ways[way].seconds[CUT_WHOLE];
    point->not_compared[way] = bench->ways[way].not_compared;
  }
}

/* Rounds that a slow point leaves out count as done. */
static void pass_over(const network_bench *bench) {
  for (linear_way way = 0; way < N_WAYS; way++)
    if (bench->options->ways[way])
      progress_add((double)(bench->options->repeat - bench->rounds), 0);
}

static void log_point(const network_options *options, const network_point *point) {
  char times[128];
  int used = 0;
  if (!progress_logs()) return;
  for (linear_way way = 0; way < N_WAYS; way++)
    if (options->ways[way])
      used += snprintf(times + used, sizeof times - (size_t)used, "%s %s %.3f ms", used ? "," : ":",
                       way_names[way], 1e3 * point->seconds[way].median);
  progress_log("width %zu, batch %zu, density %g%s", point->width, point->batch, point->density,
               times);
}

/* All memory is given back before the next point. */
static int measure_point(const network_sweep *sweep, network_point *point) {
  network_options options = *sweep->options;
  size_t widths[] = {point->width, point->width};
  options.widths = widths;
  options.n_widths = sizeof widths / sizeof *widths;
  options.batch = point->batch;
  options.density = point->density;
  network_bench bench = {.options = &options, .context = sweep->context, .quick = true};
  const int code = network_measure(&bench);
  if (code == TOOL_OK) {
    keep(&bench, point);
    pass_over(&bench);
    log_point(&options, point);
  }
  network_release(&bench);
  return code;
}

/* ---- all points ---- */

static int make_points(network_sweep *sweep) {
  const network_options *o = sweep->options;
  size_t n = 0;
  sweep->n_points = o->n_sweep_widths * o->n_sweep_batches * o->n_sweep_densities;
  sweep->points = calloc(sweep->n_points, sizeof *sweep->points);
  if (!sweep->points) return complain("no memory; ask for fewer widths, batches or densities");
  for (size_t w = 0; w < o->n_sweep_widths; w++)
    for (size_t b = 0; b < o->n_sweep_batches; b++)
      for (size_t d = 0; d < o->n_sweep_densities; d++)
        sweep->points[n++] = (network_point){.width = o->sweep_widths[w],
                                             .batch = o->sweep_batches[b],
                                             .density = o->sweep_densities[d]};
  return TOOL_OK;
}

static void find_worst(network_sweep *sweep) {
  for (size_t i = 0; i < sweep->n_points; i++) {
    const double ratio = sweep->points[i].ratio_auto_better.median;
    if (ratio > sweep->points[sweep->worst].ratio_auto_better.median) sweep->worst = i;
    sweep->above += ratio > NETWORK_MOST_AUTO;
  }
}

static int measure_points(network_sweep *sweep) {
  int code = make_points(sweep);
  progress_start((double)(sweep->n_points * network_progress_steps(sweep->options, true)), "runs");
  for (size_t i = 0; i < sweep->n_points && code == TOOL_OK; i++)
    code = measure_point(sweep, &sweep->points[i]);
  progress_end();
  if (code == TOOL_OK) find_worst(sweep);
  return code;
}

static void print_results(const network_sweep *sweep) {
  if (sweep->options->json)
    network_sweep_json(sweep);
  else if (sweep->options->csv)
    network_sweep_csv(sweep);
  else
    network_sweep_report(sweep);
}

int network_sweep_command(const network_options *options) {
  network_sweep sweep = {.options = options};
  int code = picture_check(&options->plot);
  if (code == TOOL_OK) code = open_device(options->device, &sweep.context);
  if (code == TOOL_OK) code = measure_points(&sweep);
  if (code == TOOL_OK) print_results(&sweep);
  if (code == TOOL_OK && options->plot.out) code = network_sweep_plot(&sweep);
  free(sweep.points);
  clif_context_destroy(sweep.context);
  return code;
}
