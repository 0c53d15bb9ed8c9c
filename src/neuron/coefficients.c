/* coefficients.c - what the kernels compute with: numbers, state rows and -D options of a neuron.
 */
#include <math.h>
#include <stdio.h>

#include "neuron/neuron.h"

/* Everything derived is computed in double and rounded to float once. */
static void derive(const clif__neuron *n, size_t i, float out[CLIF__COEFFICIENTS]) {
  double r = clif__values_at(&n->r, i);
  double a = 1.0, b = r, c = 0.0;
  if (n->model != CLIF__IF) {
    double step = n->dt / clif__values_at(&n->tau, i);
    /* expm1 keeps the digits that 1 - exp(-x) loses for small x. */
    double k = n->integration == CLIF_EXACT ? -expm1(-step) : step;
    a = 1.0 - k;
    b = k * r;
    c = k * clif__values_at(&n->v_leak, i);
  }
  out[CLIF__A] = (float)a;
  out[CLIF__B] = (float)b;
  out[CLIF__C] = (float)c;
  out[CLIF__THRESHOLD] = (float)clif__values_at(&n->threshold, i);
  out[CLIF__V_RESET] = (float)clif__values_at(&n->v_reset, i);
}

clif_status clif__coefficients_check(clif_context *ctx, const clif__neuron *neuron) {
  size_t count = clif__neuron_count(neuron);
  for (size_t i = 0; i < (count ? count : 1); i++) {
    float c[CLIF__COEFFICIENTS];
    derive(neuron, i, c);
    for (int which = 0; which < CLIF__COEFFICIENTS; which++)
      if (!isfinite(c[which]))
        return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                          "the parameters of neuron %zu give numbers beyond float32's range; scale "
                          "them down",
                          i);
  }
  return CLIF_OK;
}

clif_status clif__coefficients_make(clif_context *ctx, const clif__neuron *neuron, size_t n,
                                    size_t pitch, clif__coefficients *out) {
  *out = (clif__coefficients){.n = n, .pitch = pitch};
  derive(neuron, 0, out->value);
  bool uniform = true;
  for (size_t i = 1; i < clif__neuron_count(neuron) && uniform; i++) {
    float c[CLIF__COEFFICIENTS];
    derive(neuron, i, c);
    for (int which = 0; which < CLIF__COEFFICIENTS; which++)
      uniform = uniform && c[which] == out->value[which];
  }
  if (uniform) return CLIF_OK;

  out->rows = clif__calloc(ctx, CLIF__COEFFICIENTS * pitch, sizeof *out->rows);
  if (!out->rows) return CLIF_OUT_OF_MEMORY;
  for (size_t i = 0; i < n; i++) {
    float c[CLIF__COEFFICIENTS];
    derive(neuron, i, c);
    for (size_t which = 0; which < CLIF__COEFFICIENTS; which++)
      out->rows[which * pitch + i] = c[which];
  }
  return CLIF_OK;
}

void clif__coefficients_release(clif_context *ctx, clif__coefficients *c) {
  clif__free(ctx, c->rows);
  c->rows = NULL;
}

float clif__coefficient(const clif__coefficients *c, int which, size_t i) {
  return c->rows ? c->rows[(size_t)which * c->pitch + i] : c->value[which];
}

/* ---- state ---- */

static float start_at_reset(const clif__neuron *neuron, const clif__coefficients *c, size_t i) {
  return neuron->model == CLIF__LI ? 0.0f : clif__coefficient(c, CLIF__V_RESET, i);
}

const clif__state *clif__neuron_states(const clif__neuron *neuron, size_t *count) {
  static const clif__state states[] = {{"v", start_at_reset}};
  (void)neuron; /* all models have the same one so far */
  *count = sizeof states / sizeof *states;
  return states;
}

/* ---- kernel options ---- */

void clif__neuron_defines(const clif__neuron *neuron, const clif__coefficients *c, char *out,
                          size_t capacity) {
  const char *rows = c->rows ? " -DCLIF_PER_NEURON" : "";
  if (neuron->model == CLIF__LI)
    snprintf(out, capacity, "-DCLIF_READOUT%s", rows);
  else
    snprintf(out, capacity, "-DCLIF_RESET=%d%s%s", (int)neuron->reset,
             neuron->compare == CLIF_FIRE_ABOVE_THRESHOLD ? " -DCLIF_STRICT" : "", rows);
}
