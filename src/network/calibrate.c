/* calibrate.c - what linear layers cost on this device, measured once with a small network.
 *
 * One linear layer and its neurons, by events at two densities and dense by whoever there is. The
 * difference between the densities is what events cost; what is left without them, everything else
 * of a step, is common to all ways and taken off the dense ones. */
#include <string.h>

#include "network/network.h"
#include "network/schedule.h"

enum { WIDTH = 1024, STEPS = 32, SAMPLES = 16, ROUNDS = 3 };

/* A way to measure. */
typedef struct setting {
  clif_linear_way linear;
  clif_dense_by dense;
  double density;
} setting;

/* Numbers in no pattern; which ones does not matter. */
static uint32_t next(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 8;
}

static clif_status build(clif_network *net, const setting *s) {
  clif_status status;
  uint32_t seed = 1;
  const clif_prepare_options o = {
      .size = sizeof o, .batch = SAMPLES, .steps = STEPS, .linear = s->linear, .dense = s->dense};
  const clif_lif_params lif = clif_lif_defaults();
  float *w = clif__calloc(net->ctx, (size_t)WIDTH * WIDTH, sizeof *w);
  if (!w) return CLIF_OUT_OF_MEMORY;
  for (size_t i = 0; i < (size_t)WIDTH * WIDTH; i++) w[i] = (float)next(&seed) * 0x1p-30f;
  CLIF_TRY_OR_FAIL(clif_network_add_input(net, "in", &(clif_shape){1, {WIDTH}}));
  CLIF_TRY_OR_FAIL(clif_network_add_linear(net, "fc", WIDTH, WIDTH, w, NULL));
  CLIF_TRY_OR_FAIL(clif_network_add_lif(net, "lif", &lif));
  CLIF_TRY_OR_FAIL(clif_network_connect(net, "in", "fc", 0));
  CLIF_TRY_OR_FAIL(clif_network_connect(net, "fc", "lif", 0));
  CLIF_TRY_OR_FAIL(clif_network_prepare(net, &o));
fail:
  clif__free(net->ctx, w);
  return status;
}

/* The shortest of some runs, for one row; the first one compiles and is not counted. */
static clif_status time_runs(clif_network *net, uint8_t *x, double *seconds) {
  const size_t shape[] = {STEPS, SAMPLES, WIDTH};
  const clif_binding in = {"in", CLIF_OUTPUT, clif_array_view(x, CLIF_U8, 3, shape)};
  const clif_run run = {.size = sizeof run, .inputs = &in, .n_inputs = 1};
  double best = 0.0;
  for (int round = 0; round <= ROUNDS; round++) {
    double start = clif__seconds();
    CLIF_TRY(clif_network_run(net, &run));
    double took = clif__seconds() - start;
    if (round == 1 || (round > 1 && took < best)) best = took;
  }
  *seconds = best / (STEPS * SAMPLES);
  return CLIF_OK;
}

static clif_status measure(clif_context *ctx, const setting *s, double *seconds) {
  clif_status status = CLIF_OUT_OF_MEMORY;
  clif_network *net = NULL;
  uint32_t seed = 2;
  const size_t n = (size_t)STEPS * SAMPLES * WIDTH;
  uint8_t *x = clif__calloc(ctx, n, 1);
  if (!x) return CLIF_OUT_OF_MEMORY;
  for (size_t i = 0; i < n; i++) x[i] = (double)next(&seed) < s->density * 0x1p24;
  CLIF_TRY_OR_FAIL(clif_network_create(ctx, &net));
  CLIF_TRY_OR_FAIL(build(net, s));
  CLIF_TRY_OR_FAIL(time_runs(net, x, seconds));
fail:
  clif_network_destroy(net);
  clif__free(ctx, x);
  return status;
}

/* Where a clock shows no difference the least that counts is taken. */
static double at_least(double x, double least) {
  return x > least ? x : least;
}

clif_status clif__calibrate(clif_context *ctx) {
  static const double sparse = 0.02, busy = 0.5, weights = (double)WIDTH * WIDTH, least = 1e-15;
  double few, many, dense;
  if (ctx->costs.measured) return CLIF_OK;
  CLIF_TRY(measure(ctx, &(setting){CLIF_LINEAR_EVENTS, CLIF_DENSE_AUTO, sparse}, &few));
  CLIF_TRY(measure(ctx, &(setting){CLIF_LINEAR_EVENTS, CLIF_DENSE_AUTO, busy}, &many));
  clif__costs costs = {.measured = true,
                       .event = at_least((many - few) / (weights * (busy - sparse)), least)};
  double rest = few - sparse * weights * costs.event;
  CLIF_TRY(measure(ctx, &(setting){CLIF_LINEAR_DENSE, CLIF_DENSE_CLBLAST, busy}, &dense));
  costs.product[CLIF__BY_CLBLAST] = at_least((dense - rest) / weights, least);
  costs.product[CLIF__BY_CBLAS] = costs.product[CLIF__BY_CLBLAST];
  if (clif__gemm_available(ctx, CLIF__BY_CBLAS)) {
    CLIF_TRY(measure(ctx, &(setting){CLIF_LINEAR_DENSE, CLIF_DENSE_CBLAS, busy}, &dense));
    costs.product[CLIF__BY_CBLAS] = at_least((dense - rest) / weights, least);
  }
  clif__costs_keep(ctx, &costs);
  return CLIF_OK;
}
