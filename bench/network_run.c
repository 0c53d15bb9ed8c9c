/* network_run.c - one run of clif-bench network, and whether its spikes are those of the others. */
#include <math.h>
#include <string.h>

#include "network.h"

int network_complain(const network_bench *bench) {
  return complain("%s", clif_context_error(bench->context));
}

/* ---- running ---- */

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
  const size_t all = bench->options->steps, most = cut == CUT_WHOLE ? all : bench->options->chunk;
  clif_status status = CLIF_OK;
  for (size_t first = 0; first < all && status == CLIF_OK; first += most) {
    const size_t left = all - first;
    status = run_steps(bench, network, first, left < most ? left : most);
    if (left <= most) break; /* a chunk may be so long that `first` would overflow */
  }
  return status;
}

int network_run_timed(network_bench *bench, linear_way way, network_cut cut, double *seconds) {
  clif_network *network = bench->networks[way];
  /* No run may live on what the one before left behind; and its pages are there when time counts.
   */
  memset(bench->got.data, 0xFF, clif_array_count(&bench->got));
  if (clif_network_reset(network) != CLIF_OK) return network_complain(bench);
  const double started = seconds_now();
  const clif_status status = run_cut(bench, network, cut);
  *seconds = seconds_now() - started;
  if (status != CLIF_OK) return network_complain(bench);
  progress_add(1, 1);
  return TOOL_OK;
}

/* ---- comparing ---- */

/* Spikes of the input and of the neuron layers since the reset, as the network is a chain, and
 * whether the library stands for them. CLIF_OK, or what it says instead. */
static clif_status look(const clif_network *network, uint64_t *spikes, bool *reproducible) {
  const size_t n = clif_network_layer_count(network);
  *reproducible = true;
  for (size_t i = 0; i < n; i++) {
    clif_layer_info layer;
    const clif_status status = clif_network_layer(network, i, &layer);
    if (status != CLIF_OK) return status;
    if (strcmp(layer.kind, "linear") != 0)
      *spikes++ = layer.spikes;
    else
      *reproducible = *reproducible && layer.reproducible;
  }
  return CLIF_OK;
}

static int compare_output(const network_bench *bench, linear_way way) {
  const uint8_t *expected = bench->expected.data, *got = bench->got.data;
  const size_t count = clif_array_count(&bench->got);
  if (memcmp(expected, got, count) == 0) return TOOL_OK;
  const size_t width = bench->got.shape[2], batch = bench->got.shape[1];
  size_t i = 0;
  while (expected[i] == got[i]) i++;
  return complain("%s gives other output spikes than the first run of %s, first at step %zu, "
                  "sample %zu, neuron %zu; this is a fault, please report it",
                  way_names[way], way_names[bench->reference], i / width / batch, i / width % batch,
                  i % width);
}

static int complain_counts(const network_bench *bench, linear_way way, size_t layer) {
  const uint64_t *expected = bench->spikes, *got = bench->spikes + bench->options->n_widths;
  return complain(
      "%s gives %llu spikes in layer %zu where the first run of %s gave %llu; this is a "
      "fault, please report it",
      way_names[way], (unsigned long long)got[layer], layer, way_names[bench->reference],
      (unsigned long long)expected[layer]);
}

/* Where the output hardly fires the hidden layers' spikes say more; they are only counted, as
 * recording them would cost time that is not the network's. */
static int compare_exactly(const network_bench *bench, linear_way way) {
  const size_t n = bench->options->n_widths;
  const uint64_t *expected = bench->spikes, *got = bench->spikes + n;
  const int code = compare_output(bench, way);
  for (size_t i = 0; i < n && code == TOOL_OK; i++)
    if (got[i] != expected[i]) return complain_counts(bench, way, i);
  return code;
}

/* Another order of sums moves a spike here and there, and no more. */
static int compare_roughly(const network_bench *bench, linear_way way) {
  static const double SHARE = 0.02, SOME = 10;
  const size_t n = bench->options->n_widths;
  const uint64_t *expected = bench->spikes, *got = bench->spikes + n;
  for (size_t i = 0; i < n; i++)
    if (fabs((double)got[i] - (double)expected[i]) > SHARE * (double)expected[i] + SOME)
      return complain_counts(bench, way, i);
  return TOOL_OK;
}

/* The first run that the library stands for is what all others are compared with. Before it there
 * may be some by CBLAS, whose spikes are then told of. */
static int compare(network_bench *bench, linear_way way, bool reproducible) {
  const size_t n = bench->options->n_widths;
  const bool exact = reproducible || bench->options->dense != CLIF_DENSE_CBLAS;
  if (!exact) bench->ways[way].not_compared = true;
  if (bench->reference != N_WAYS)
    return exact ? compare_exactly(bench, way) : compare_roughly(bench, way);
  memcpy(bench->spikes, bench->spikes + n, n * sizeof *bench->spikes);
  if (!exact) return TOOL_OK;
  bench->reference = way;
  memcpy(bench->expected.data, bench->got.data, clif_array_count(&bench->got));
  return TOOL_OK;
}

int network_run_compared(network_bench *bench, linear_way way, network_cut cut, double *seconds) {
  bool reproducible;
  const int code = network_run_timed(bench, way, cut, seconds);
  if (code != TOOL_OK) return code;
  uint64_t *spikes = bench->spikes + bench->options->n_widths;
  if (look(bench->networks[way], spikes, &reproducible) != CLIF_OK) return network_complain(bench);
  return compare(bench, way, reproducible);
}
