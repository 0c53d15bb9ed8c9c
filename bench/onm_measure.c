/* onm_measure.c - runs the whole network, its linear layer alone and one product in turns. */
#include <stdlib.h>
#include <string.h>

#include "onm.h"
#include "onm_gemm.h"

const char *const onm_part_names[ONM_PARTS] = {"whole", "alone", "gemm"};

static int complain_library(const onm_bench *bench) {
  return complain("%s", clif_context_error(bench->context));
}

/* ---- preparing ---- */

static int prepare_network(onm_bench *bench, onm_part part) {
  const onm_options *o = bench->options;
  clif_network **network = &bench->networks[part];
  const clif_status built = part == ONM_WHOLE ? onm_build(bench->context, o, network)
                                              : onm_build_alone(bench->context, o, network);
  const uint64_t memory = clif_context_device(bench->context)->memory_bytes;
  const clif_prepare_options wanted = {
      .size = sizeof wanted,
      .batch = o->batch,
      .steps = o->steps,
      .max_device_bytes = memory / 8 * 3, /* half of the usual: there are two */
      .linear = part == ONM_WHOLE ? way_to_library(o->way) : CLIF_LINEAR_DENSE,
      .dense = o->dense};
  if (built != CLIF_OK || clif_network_prepare(*network, &wanted) != CLIF_OK)
    return complain_library(bench);
  bench->parts[part].plan = clif_network_plan(*network);
  return TOOL_OK;
}

static int prepare_gemm(onm_bench *bench) {
  const onm_options *o = bench->options;
  const size_t shape[] = {o->steps, o->batch, o->n};
  if (onm_weights(bench->context, o, &bench->weight) != CLIF_OK ||
      clif_array_create(bench->context, CLIF_F32, 3, shape, &bench->sums) != CLIF_OK)
    return complain_library(bench);
  return TOOL_OK;
}

static int prepare(onm_bench *bench, onm_part part) {
  if (!bench->has[part]) return TOOL_OK;
  const double started = seconds_now();
  const int code = part == ONM_GEMM ? prepare_gemm(bench) : prepare_network(bench, part);
  if (code == TOOL_OK)
    progress_log("prepared %s in %.3g s", onm_part_names[part], seconds_now() - started);
  progress_add(1, 1);
  return code;
}

/* ---- running ---- */

static int run_network(const onm_bench *bench, onm_part part) {
  const clif_binding in = {ONM_INPUT, CLIF_OUTPUT, bench->input};
  const clif_binding out = {ONM_NEURONS, CLIF_OUTPUT, bench->spikes};
  const clif_run what = {.size = sizeof what,
                         .inputs = &in,
                         .n_inputs = 1,
                         .outputs = &out,
                         .n_outputs = part == ONM_WHOLE ? 1 : 0};
  if (clif_network_reset(bench->networks[part]) != CLIF_OK ||
      clif_network_run(bench->networks[part], &what) != CLIF_OK)
    return complain_library(bench);
  return TOOL_OK;
}

static int run_gemm(const onm_bench *bench) {
  const onm_options *o = bench->options;
  if (onm_gemm(bench->input.data, bench->weight.data, bench->sums.data, o->steps * o->batch, o->n))
    return TOOL_OK;
  return complain("%zu steps of %zu samples are more rows than CBLAS can count", o->steps,
                  o->batch);
}

/* The reset is part of what the benchmark times. Returns with all of it done. */
static int run_timed(const onm_bench *bench, onm_part part, double *seconds) {
  if (!bench->has[part]) return TOOL_OK;
  const double started = seconds_now();
  const int code = part == ONM_GEMM ? run_gemm(bench) : run_network(bench, part);
  *seconds = seconds_now() - started;
  progress_add(1, 1);
  return code;
}

static double *round_seconds(const onm_bench *bench, onm_part part) {
  return bench->seconds + (size_t)part * bench->options->repeat;
}

/* One after the other, each round beginning with another. */
static int run_rounds(onm_bench *bench) {
  int code = TOOL_OK;
  for (size_t round = 0; round < bench->options->repeat; round++)
    for (size_t i = 0; i < ONM_PARTS && code == TOOL_OK; i++) {
      const onm_part part = (onm_part)((i + round) % ONM_PARTS);
      code = run_timed(bench, part, round_seconds(bench, part) + round);
    }
  return code;
}

/* ---- looking ---- */

/* What the plan says of the product, from "dense" on; a line that is not gone by begins with '-'.
 */
static void copy_product(char *plan, char *out) {
  for (char *line = strtok(plan, "\n"); line; line = strtok(NULL, "\n")) {
    const char *found = strstr(line, "product  ");
    if (!found || line[0] == '-') continue;
    const char *text = strstr(found, "dense: ");
    if (text) strncat(out, text, ONM_PRODUCT_SIZE - 1);
    return;
  }
}

static int find_product(onm_bench *bench, onm_part part) {
  const size_t length = clif_network_explain(bench->networks[part], NULL, 0);
  char *plan = malloc(length + 1);
  if (!plan) return complain("no memory; close other programs and try again");
  clif_network_explain(bench->networks[part], plan, length + 1);
  copy_product(plan, bench->parts[part].product);
  free(plan);
  return TOOL_OK;
}

static int look(onm_bench *bench) {
  bench->reproducible = 1;
  const clif_network *network = bench->networks[ONM_WHOLE];
  for (size_t i = 0; i < clif_network_layer_count(network); i++) {
    clif_layer_info layer;
    if (clif_network_layer(network, i, &layer) != CLIF_OK) return complain_library(bench);
    if (strcmp(layer.kind, "linear") == 0) bench->reproducible = layer.reproducible;
    if (strcmp(layer.kind, "lif") == 0) {
      bench->n_spikes = layer.spikes;
      bench->n_updates = layer.updates;
    }
  }
  const int code = find_product(bench, ONM_WHOLE);
  return code == TOOL_OK ? find_product(bench, ONM_ALONE) : code;
}

/* ---- all together ---- */

static int take_memory(onm_bench *bench) {
  const onm_options *o = bench->options;
  const size_t shape[] = {o->steps, o->batch, o->n};
  bench->seconds = calloc(o->repeat, (ONM_PARTS + 1) * sizeof *bench->seconds);
  if (!bench->seconds) return complain("no memory; ask for fewer repeats");
  if (onm_input(bench->context, o, &bench->input) != CLIF_OK ||
      clif_array_create(bench->context, CLIF_U8, 3, shape, &bench->spikes) != CLIF_OK)
    return complain_library(bench);
  memset(bench->spikes.data, 0xFF, clif_array_count(&bench->spikes)); /* its pages are there now */
  return TOOL_OK;
}

/* The first run of each warms up. */
static int prepare_and_warm_up(onm_bench *bench) {
  double not_used;
  bench->looks[BEFORE_BUILDING] = resident_look();
  int code = prepare(bench, ONM_WHOLE);
  bench->looks[PREPARED] = resident_look();
  if (code == TOOL_OK) code = run_timed(bench, ONM_WHOLE, &not_used);
  bench->looks[RUN_ONCE] = resident_look();
  for (onm_part part = ONM_ALONE; part < ONM_PARTS && code == TOOL_OK; part++) {
    code = prepare(bench, part);
    if (code == TOOL_OK) code = run_timed(bench, part, &not_used);
  }
  return code;
}

static int run_and_look(onm_bench *bench) {
  bench->looks[BEFORE_ROUNDS] = resident_look();
  const int code = run_rounds(bench);
  bench->looks[AFTER_ROUNDS] = resident_look();
  return code == TOOL_OK ? look(bench) : code;
}

/* Shares first: summing up sorts, and then the rounds are no longer side by side. */
static void sum_up(onm_bench *bench) {
  const size_t n = bench->options->repeat;
  const double *whole = round_seconds(bench, ONM_WHOLE);
  double *share = bench->seconds + ONM_PARTS * n;
  for (onm_part part = 0; part < ONM_PARTS; part++) {
    for (size_t i = 0; i < n; i++) share[i] = round_seconds(bench, part)[i] / whole[i];
    bench->share[part] = summarise(share, n);
  }
  for (onm_part part = 0; part < ONM_PARTS; part++) {
    summary *seconds = &bench->parts[part].seconds;
    *seconds = summarise(round_seconds(bench, part), n);
    if (bench->has[part])
      progress_log("ran %s: %.3g s, median of %zu rounds", onm_part_names[part], seconds->median,
                   n);
  }
}

/* On other devices than CPUs a product by CBLAS would be another machine's. */
static size_t choose_parts(onm_bench *bench) {
  const bool cpu = clif_context_device(bench->context)->type == CLIF_DEVICE_CPU;
  bench->has[ONM_WHOLE] = bench->has[ONM_ALONE] = true;
  bench->has[ONM_GEMM] = cpu && onm_gemm_available();
  return bench->has[ONM_GEMM] ? ONM_PARTS : ONM_GEMM;
}

int onm_measure(onm_bench *bench) {
  const size_t parts = choose_parts(bench);
  progress_start((double)(parts * (2 + bench->options->repeat)), "runs");
  int code = take_memory(bench);
  if (code == TOOL_OK) code = prepare_and_warm_up(bench);
  if (code == TOOL_OK) code = run_and_look(bench);
  progress_end();
  if (code == TOOL_OK) sum_up(bench);
  return code;
}
