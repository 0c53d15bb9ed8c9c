/* network_measure.c - prepares the networks, runs them in turns, compares and sums up. */
#include <stdlib.h>
#include <string.h>

#include "network.h"

const char *const network_way_names[N_WAYS] = {"clblast", "plain"};

static const clif_linear_way linear_ways[N_WAYS] = {CLIF_LINEAR_DENSE, CLIF_LINEAR_EVENTS};

static int complain_library(const network_bench *bench) {
  return complain("%s", clif_context_error(bench->context));
}

/* ---- preparing ---- */

static int prepare_one(network_bench *bench, network_way way, double *seconds) {
  clif_network **network = &bench->networks[way];
  clif_network_destroy(*network);
  *network = NULL;
  if (network_build(bench->context, bench->options, network) != CLIF_OK)
    return complain_library(bench);
  const clif_prepare_options wanted = {
      .size = sizeof wanted,
      .batch = bench->options->batch,
      .steps = bench->options->steps,
      /* Two networks share the device: half of the usual three quarters for each. */
      .max_device_bytes = clif_context_device(bench->context)->memory_bytes / 8 * 3,
      .linear = linear_ways[way]};
  const double started = seconds_now();
  if (clif_network_prepare(*network, &wanted) != CLIF_OK) return complain_library(bench);
  *seconds = seconds_now() - started;
  progress_step();
  return TOOL_OK;
}

/* The first network of each way goes away again before the second comes. */
static int prepare_all(network_bench *bench) {
  int code = TOOL_OK;
  for (network_way way = 0; way < N_WAYS && code == TOOL_OK; way++)
    code = prepare_one(bench, way, &bench->ways[way].prepare_first);
  for (network_way way = 0; way < N_WAYS && code == TOOL_OK; way++) {
    code = prepare_one(bench, way, &bench->ways[way].prepare_second);
    if (code == TOOL_OK) bench->ways[way].plan = clif_network_plan(bench->networks[way]);
  }
  return code;
}

/* ---- one run ---- */

static clif_status run_steps(const network_bench *bench, clif_network *network, size_t first,
                             size_t steps) {
  char last[NAME_SIZE];
  network_lif_name(bench->options->n_widths - 1, last);
  const clif_binding in = {NETWORK_INPUT_NAME, CLIF_OUTPUT,
                           clif_array_slice(&bench->input, 0, first, steps)};
  const clif_binding out = {last, CLIF_OUTPUT, clif_array_slice(&bench->got, 0, first, steps)};
  const clif_run run = {
      .size = sizeof run, .inputs = &in, .n_inputs = 1, .outputs = &out, .n_outputs = 1};
  return clif_network_run(network, &run);
}

/* What is timed. */
static clif_status run_cut(const network_bench *bench, clif_network *network, network_cut cut) {
  const size_t all = bench->options->steps, most = cut == CUT_WHOLE ? all : CHUNK_STEPS;
  clif_status status = CLIF_OK;
  for (size_t first = 0; first < all && status == CLIF_OK; first += most)
    status = run_steps(bench, network, first, all - first < most ? all - first : most);
  return status;
}

static int run_timed(network_bench *bench, network_way way, network_cut cut, double *seconds) {
  clif_network *network = bench->networks[way];
  /* No run may live on what the one before left behind; and its pages are there when time counts.
   */
  memset(bench->got.data, 0xFF, clif_array_count(&bench->got));
  if (clif_network_reset(network) != CLIF_OK) return complain_library(bench);
  const double started = seconds_now();
  const clif_status status = run_cut(bench, network, cut);
  *seconds = seconds_now() - started;
  if (status != CLIF_OK) return complain_library(bench);
  progress_step();
  return TOOL_OK;
}

/* ---- the same spikes in every run ---- */

/* Spikes of the input and of the neuron layers since the reset; the network is a chain, so the
 * order of computing is the order here. False where the library will not say. */
static bool count_spikes(const clif_network *network, uint64_t *spikes) {
  const size_t n = clif_network_layer_count(network);
  for (size_t i = 0; i < n; i++) {
    clif_layer_info layer;
    if (clif_network_layer(network, i, &layer) != CLIF_OK) return false;
    if (strcmp(layer.kind, "linear") != 0) *spikes++ = layer.spikes;
  }
  return true;
}

static int complain_spike(const network_bench *bench, network_way way, size_t index) {
  const size_t width = bench->got.shape[2], batch = bench->got.shape[1];
  return complain("%s gives other output spikes than the first run with clblast, first at step "
                  "%zu, sample %zu, neuron %zu; this is a fault, please report it",
                  network_way_names[way], index / width / batch, index / width % batch,
                  index % width);
}

static int compare_output(const network_bench *bench, network_way way) {
  const uint8_t *expected = bench->expected.data, *got = bench->got.data;
  const size_t count = clif_array_count(&bench->got);
  if (memcmp(expected, got, count) == 0) return TOOL_OK;
  size_t i = 0;
  while (expected[i] == got[i]) i++;
  return complain_spike(bench, way, i);
}

/* Where the output hardly fires the hidden layers' spikes say more; they are only counted, as
 * recording them would cost time that is not the network's. */
static int compare_counts(const network_bench *bench, network_way way) {
  const size_t n = bench->options->n_widths;
  uint64_t *spikes = bench->spikes + n;
  if (!count_spikes(bench->networks[way], spikes)) return complain_library(bench);
  for (size_t i = 0; i < n; i++)
    if (spikes[i] != bench->spikes[i])
      return complain("%s gives %llu spikes in layer %zu where the first run with clblast gave "
                      "%llu; this is a fault, please report it",
                      network_way_names[way], (unsigned long long)spikes[i], i,
                      (unsigned long long)bench->spikes[i]);
  return TOOL_OK;
}

static int run_compared(network_bench *bench, network_way way, network_cut cut, double *seconds) {
  int code = run_timed(bench, way, cut, seconds);
  if (code == TOOL_OK) code = compare_output(bench, way);
  if (code == TOOL_OK) code = compare_counts(bench, way);
  return code;
}

/* ---- all runs ---- */

static double *round_seconds(const network_bench *bench, network_way way, network_cut cut) {
  return bench->seconds + ((size_t)way * N_CUTS + (size_t)cut) * bench->options->repeat;
}

/* The very first run is what all others are compared with. */
static int run_first(network_bench *bench) {
  double not_used;
  const int code = run_timed(bench, WAY_CLBLAST, CUT_WHOLE, &not_used);
  if (code != TOOL_OK) return code;
  memcpy(bench->expected.data, bench->got.data, clif_array_count(&bench->got));
  return count_spikes(bench->networks[WAY_CLBLAST], bench->spikes) ? TOOL_OK
                                                                   : complain_library(bench);
}

/* Every kind of run once: a driver may compile another time for another size. */
static int warm_up(network_bench *bench) {
  int code = run_first(bench);
  for (network_cut cut = 0; cut < N_CUTS; cut++)
    for (network_way way = 0; way < N_WAYS && code == TOOL_OK; way++) {
      double not_used;
      if (cut != CUT_WHOLE || way != WAY_CLBLAST) code = run_compared(bench, way, cut, &not_used);
    }
  return code;
}

/* One after the other, so that what disturbs the machine disturbs both of a pair. */
static int run_rounds(network_bench *bench) {
  int code = TOOL_OK;
  for (size_t round = 0; round < bench->options->repeat; round++)
    for (network_cut cut = 0; cut < N_CUTS; cut++)
      for (network_way way = 0; way < N_WAYS && code == TOOL_OK; way++)
        code = run_compared(bench, way, cut, round_seconds(bench, way, cut) + round);
  return code;
}

/* ---- summing up ---- */

static summary compare_pairs(const network_bench *bench, const double *over, const double *under) {
  const size_t n = bench->options->repeat;
  double *ratio = bench->seconds + (size_t)N_WAYS * N_CUTS * n;
  for (size_t i = 0; i < n; i++) ratio[i] = over[i] / under[i];
  return summarise(ratio, n);
}

/* Ratios first: summing up sorts, and then the rounds are no longer side by side. */
static void sum_up(network_bench *bench) {
  bench->ratio_plain_clblast = compare_pairs(bench, round_seconds(bench, WAY_PLAIN, CUT_WHOLE),
                                             round_seconds(bench, WAY_CLBLAST, CUT_WHOLE));
  for (network_way way = 0; way < N_WAYS; way++)
    bench->ways[way].ratio_streaming = compare_pairs(bench, round_seconds(bench, way, CUT_CHUNKS),
                                                     round_seconds(bench, way, CUT_WHOLE));
  for (network_way way = 0; way < N_WAYS; way++)
    for (network_cut cut = 0; cut < N_CUTS; cut++)
      bench->ways[way].seconds[cut] =
          summarise(round_seconds(bench, way, cut), bench->options->repeat);
}

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
    return complain_library(bench);
  return TOOL_OK;
}

int network_measure(network_bench *bench) {
  int code = take_memory(bench);
  progress_start((size_t)N_WAYS * (2 + N_CUTS * (1 + bench->options->repeat)),
                 "networks prepared and runs done");
  if (code == TOOL_OK) code = prepare_all(bench);
  if (code == TOOL_OK) code = warm_up(bench);
  if (code == TOOL_OK) code = run_rounds(bench);
  progress_end();
  if (code == TOOL_OK) sum_up(bench);
  return code;
}
