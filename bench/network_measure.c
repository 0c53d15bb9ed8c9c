/* network_measure.c - prepares the networks, runs them in turns and sums up. */
#include <stdlib.h>

#include "network.h"

bool network_has_forced(const network_options *options) {
  return options->ways[WAY_DENSE] && options->ways[WAY_EVENTS];
}

bool network_has_all(const network_options *options) {
  return network_has_forced(options) && options->ways[WAY_AUTO];
}

static size_t count_cuts(bool quick) {
  return quick ? 1 : N_CUTS;
}

size_t network_progress_steps(const network_options *options, bool quick) {
  enum { PREPARED = 2, PROFILED = 2 };
  const size_t each = (quick ? 1 : PREPARED) + count_cuts(quick) * (1 + options->repeat) +
                      (options->profile ? PROFILED : 0);
  size_t steps = 0;
  for (linear_way way = 0; way < N_WAYS; way++) steps += options->ways[way] ? each : 0;
  return steps;
}

/* ---- preparing ---- */

static int prepare_each(network_bench *bench, bool second) {
  int code = TOOL_OK;
  for (linear_way way = 0; way < N_WAYS && code == TOOL_OK; way++) {
    network_measured *m = &bench->ways[way];
    if (!bench->options->ways[way]) continue;
    double *seconds = second ? &m->prepare_second : &m->prepare_first;
    code = network_prepare_way(bench, way, false, seconds);
    if (code == TOOL_OK && !bench->quick)
      progress_log("prepared %s%s in %.3g s", way_names[way], second ? " again" : "", *seconds);
    progress_add(1, 1);
  }
  return code;
}

/* The first network of each way goes away again before the second comes. */
static int prepare_all(network_bench *bench) {
  const int code = prepare_each(bench, false);
  return code == TOOL_OK && !bench->quick ? prepare_each(bench, true) : code;
}

/* ---- running ---- */

static double *round_seconds(const network_bench *bench, linear_way way, network_cut cut) {
  return bench->seconds + ((size_t)way * N_CUTS + (size_t)cut) * bench->options->repeat;
}

/* One way after the other, so that what disturbs the machine disturbs all of a round; each round
 * begins with another, so that none is always behind the same. The limit is measured right behind
 * what is compared with it. */
static int run_round(network_bench *bench, size_t round) {
  int code = TOOL_OK;
  for (size_t cut = 0; cut < count_cuts(bench->quick); cut++)
    for (size_t i = 0; i < N_WAYS && code == TOOL_OK; i++) {
      const linear_way way = (linear_way)((i + round) % N_WAYS);
      double *seconds = round_seconds(bench, way, (network_cut)cut) + round;
      if (bench->options->ways[way])
        code = network_run_compared(bench, way, (network_cut)cut, seconds);
      if (code == TOOL_OK && bench->limit && way == WAY_EVENTS && cut == CUT_WHOLE)
        code = network_limit_measure(bench, round);
    }
  return code;
}

/* Rounds of a sweep's point whose first one took this long. */
static size_t choose_rounds(const network_bench *bench, double warm_up) {
  enum { FEW = 3 };
  static const double LONG = 2; /* seconds */
  const size_t all = bench->options->repeat;
  return bench->quick && warm_up > LONG && all > FEW ? FEW : all;
}

/* The first round warms up: a driver may compile another time for another size. It is overwritten
 * by the next. */
static int run_rounds(network_bench *bench) {
  const double started = seconds_now();
  int code = run_round(bench, 0);
  bench->rounds = choose_rounds(bench, seconds_now() - started);
  if (code == TOOL_OK && bench->options->ways[WAY_EVENTS] && !bench->quick)
    code = network_limit_make(bench, *round_seconds(bench, WAY_EVENTS, CUT_WHOLE));
  for (size_t round = 0; round < bench->rounds && code == TOOL_OK; round++)
    code = run_round(bench, round);
  return code;
}

/* ---- summing up ---- */

static double least(double a, double b) {
  return a < b ? a : b;
}

/* Room for the numbers of all rounds. */
static double *spare_row(const network_bench *bench) {
  return bench->seconds + (size_t)N_WAYS * N_CUTS * bench->options->repeat;
}

static summary sum_ratios(const network_bench *bench, const double *over, const double *under,
                          const double *or_under) {
  double *ratio = spare_row(bench);
  for (size_t i = 0; i < bench->rounds; i++) ratio[i] = over[i] / least(under[i], or_under[i]);
  return summarise(ratio, bench->rounds);
}

/* Before times are summed up: that sorts them, and then rounds are no longer side by side. */
static void sum_up_ratios(network_bench *bench) {
  const double *dense = round_seconds(bench, WAY_DENSE, CUT_WHOLE);
  const double *events = round_seconds(bench, WAY_EVENTS, CUT_WHOLE);
  const double *chosen = round_seconds(bench, WAY_AUTO, CUT_WHOLE);
  if (network_has_all(bench->options))
    bench->ratio_auto_better = sum_ratios(bench, chosen, dense, events);
  if (network_has_forced(bench->options))
    bench->ratio_events_dense = sum_ratios(bench, events, dense, dense);
  if (bench->limit) network_limit_sum_up(bench, events, spare_row(bench));
  for (linear_way way = 0; way < N_WAYS && !bench->quick; way++) {
    const double *whole = round_seconds(bench, way, CUT_WHOLE);
    if (bench->options->ways[way])
      bench->ways[way].ratio_streaming =
          sum_ratios(bench, round_seconds(bench, way, CUT_CHUNKS), whole, whole);
  }
}

static void sum_up(network_bench *bench) {
  sum_up_ratios(bench);
  for (linear_way way = 0; way < N_WAYS; way++)
    for (size_t cut = 0; cut < count_cuts(bench->quick) && bench->options->ways[way]; cut++) {
      summary *seconds = &bench->ways[way].seconds[cut];
      *seconds = summarise(round_seconds(bench, way, (network_cut)cut), bench->rounds);
      if (!bench->quick)
        progress_log("ran %s %s: %.3f ms, median of %zu rounds", way_names[way],
                     cut == CUT_WHOLE ? "whole" : "in chunks", 1e3 * seconds->median,
                     bench->rounds);
    }
}

/* ---- all together ---- */

static int take_memory(network_bench *bench) {
  const network_options *o = bench->options;
  const size_t shape[] = {o->steps, o->batch, o->widths[o->n_widths - 1]};
  bench->spikes = calloc(o->n_widths, 2 * sizeof *bench->spikes);
  bench->seconds = calloc(o->repeat, (N_WAYS * N_CUTS + 1) * sizeof *bench->seconds);
  if (!bench->spikes || !bench->seconds)
    return complain("no memory; ask for fewer layers or repeats");
  if (network_input(bench->context, o, &bench->input) != CLIF_OK ||
      clif_array_create(bench->context, CLIF_U8, 3, shape, &bench->expected) != CLIF_OK ||
      clif_array_create(bench->context, CLIF_U8, 3, shape, &bench->got) != CLIF_OK)
    return network_complain(bench);
  return TOOL_OK;
}

int network_measure(network_bench *bench) {
  bench->reference = N_WAYS;
  int code = take_memory(bench);
  if (code == TOOL_OK) code = prepare_all(bench);
  if (code == TOOL_OK) code = run_rounds(bench);
  if (code == TOOL_OK) sum_up(bench);
  return code;
}

void network_release(network_bench *bench) {
  for (linear_way way = 0; way < N_WAYS; way++) {
    clif_network_destroy(bench->networks[way]);
    free(bench->profiles[way]);
  }
  adding_destroy(bench->limit);
  if (bench->context) {
    clif_array_free(bench->context, &bench->input);
    clif_array_free(bench->context, &bench->expected);
    clif_array_free(bench->context, &bench->got);
  }
  free(bench->limit_rates);
  free(bench->seconds);
  free(bench->spikes);
}
