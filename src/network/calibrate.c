/* calibrate.c - what linear layers cost on this device, measured once with two small networks.
 *
 * One linear layer and its neurons, narrow and wide, by events at two densities and dense by
 * whoever there is. The difference between the densities is what events cost; what is left without
 * them, everything else of a step, is common to all ways and taken off the dense ones. */
#include <string.h>

#include "network/network.h"
#include "network/schedule.h"

enum { NARROW = 256, WIDE = 1024, STEPS = 32, SAMPLES = 16, ROUNDS = 5 };

/* A way to measure. */
typedef struct setting {
  size_t width;
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
  const size_t width = s->width, weights = width * width;
  float *w = clif__calloc(net->ctx, weights, sizeof *w);
  if (!w) return CLIF_OUT_OF_MEMORY;
  for (size_t i = 0; i < weights; i++) w[i] = (float)next(&seed) * 0x1p-30f;
  CLIF_TRY_OR_FAIL(clif_network_add_input(net, "in", &(clif_shape){1, {width}}));
  CLIF_TRY_OR_FAIL(clif_network_add_linear(net, "fc", width, width, w, NULL));
  CLIF_TRY_OR_FAIL(clif_network_add_lif(net, "lif", &lif));
  CLIF_TRY_OR_FAIL(clif_network_connect(net, "in", "fc", 0));
  CLIF_TRY_OR_FAIL(clif_network_connect(net, "fc", "lif", 0));
  CLIF_TRY_OR_FAIL(clif_network_prepare(net, &o));
fail:
  clif__free(net->ctx, w);
  return status;
}

/* The shortest of some runs, for one row; the first one compiles and is not counted. */
static clif_status time_runs(clif_network *net, uint8_t *x, size_t width, double *seconds) {
  const size_t shape[] = {STEPS, SAMPLES, width};
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
  const size_t n = (size_t)STEPS * SAMPLES * s->width;
  uint8_t *x = clif__calloc(ctx, n, 1);
  if (!x) return CLIF_OUT_OF_MEMORY;
  for (size_t i = 0; i < n; i++) x[i] = (double)next(&seed) < s->density * 0x1p24;
  CLIF_TRY_OR_FAIL(clif_network_create(ctx, &net));
  CLIF_TRY_OR_FAIL(build(net, s));
  CLIF_TRY_OR_FAIL(time_runs(net, x, s->width, seconds));
fail:
  clif_network_destroy(net);
  clif__free(ctx, x);
  return status;
}

/* Where a clock shows no difference the least that counts is taken. */
static double at_least(double x, double least) {
  return x > least ? x : least;
}

/* Both by events and by products of one width. */
static clif_status measure_width(clif_context *ctx, size_t width, double *event,
                                 double product[2]) {
  static const double sparse = 0.02, busy = 0.5, least = 1e-15;
  static const clif_dense_by by[] = {
      [CLIF__BY_CLBLAST] = CLIF_DENSE_CLBLAST, [CLIF__BY_CBLAS] = CLIF_DENSE_CBLAS};
  const double weights = (double)width * (double)width;
  double few, many, dense;
  CLIF_TRY(measure(ctx, &(setting){width, CLIF_LINEAR_EVENTS, CLIF_DENSE_AUTO, sparse}, &few));
  CLIF_TRY(measure(ctx, &(setting){width, CLIF_LINEAR_EVENTS, CLIF_DENSE_AUTO, busy}, &many));
  *event = at_least((many - few) / (weights * (busy - sparse)), least);
  const double rest = few - sparse * weights * *event;
  for (int i = CLIF__BY_CLBLAST; i <= CLIF__BY_CBLAS; i++) {
    product[i] = product[CLIF__BY_CLBLAST];
    if (!clif__gemm_available(ctx, (clif__gemm_by)i)) continue;
    CLIF_TRY(measure(ctx, &(setting){width, CLIF_LINEAR_DENSE, by[i], busy}, &dense));
    product[i] = at_least((dense - rest) / weights, least);
  }
  return CLIF_OK;
}

clif_status clif__calibrate(clif_context *ctx) {
  double narrow; /* its events are few, and so the less certain */
  clif__costs costs = {.measured = true};
  if (ctx->costs.measured) return CLIF_OK;
  CLIF_TRY(measure_width(ctx, NARROW, &narrow, costs.product));
  CLIF_TRY(measure_width(ctx, WIDE, &costs.event, costs.large));
  clif__costs_keep(ctx, &costs);
  return CLIF_OK;
}
