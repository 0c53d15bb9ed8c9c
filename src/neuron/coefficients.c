/* coefficients.c - what the kernels compute with: numbers, state rows and -D options of a neuron.
 */
#include <math.h>
#include <stdio.h>

#include "neuron/neuron.h"

static double value(const clif__neuron *n, clif__parameter which, size_t i) {
  return clif__neuron_value(n, which, i);
}

/* v <- (a*v + b*I) + c, with a = 1 - k. */
static void derive_leak(const clif__neuron *n, size_t i, float out[CLIF__COEFFICIENTS]) {
  double r = value(n, CLIF__P_R, i), a = 1.0, b = r, c = 0.0, k = 0.0;
  if (n->form == CLIF_FORM_SEED) {
    a = value(n, CLIF__P_TAU, i);
    b = n->dt;
  } else if (n->model != CLIF__IF) {
    double step = n->dt / value(n, CLIF__P_TAU, i);
    /* expm1 keeps the digits that 1 - exp(-x) loses for small x. */
    k = n->integration == CLIF_EXACT ? -expm1(-step) : step;
    a = 1.0 - k;
    b = k * r;
    c = k * value(n, CLIF__P_V_LEAK, i);
  }
  out[CLIF__A] = (float)a;
  out[CLIF__B] = (float)b;
  out[CLIF__C] = (float)c;
  out[CLIF__K] = (float)k;
}

/* The steps that a neuron waits; the small number forgives a quotient that came out just above a
 * whole number. */
static double steps_of(double refractory, double dt) {
  return fmax(ceil(refractory / dt - 1e-6), 0.0);
}

/* Everything derived is computed in double and rounded to float once. */
static void derive(const clif__neuron *n, size_t i, float out[CLIF__COEFFICIENTS]) {
  derive_leak(n, i, out);
  double threshold = value(n, CLIF__P_THRESHOLD, i);
  out[CLIF__THRESHOLD] = (float)threshold;
  out[CLIF__V_RESET] = (float)value(n, CLIF__P_V_RESET, i);
  out[CLIF__NOISE_STD] = (float)value(n, CLIF__P_NOISE_STD, i);
  out[CLIF__SLOPE] = (float)value(n, CLIF__P_SLOPE, i);
  out[CLIF__ETA] = (float)value(n, CLIF__P_ETA, i);
  out[CLIF__TH_REST] = (float)(n->rest_at_threshold ? threshold : value(n, CLIF__P_TH_REST, i));
  out[CLIF__TH_MIN] = (float)value(n, CLIF__P_TH_MIN, i);
  out[CLIF__TH_MAX] = (float)value(n, CLIF__P_TH_MAX, i);
  out[CLIF__WAIT] = (float)steps_of(value(n, CLIF__P_REFRACTORY, i), n->dt);
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

/* ---- which parts of the step ---- */

static bool any_above_0(const clif__neuron *n, clif__parameter which) {
  size_t count = n->values[which].values ? n->values[which].count : 1;
  for (size_t i = 0; i < count; i++)
    if (value(n, which, i) > 0.0) return true;
  return false;
}

bool clif__neuron_noisy(const clif__neuron *n) {
  return any_above_0(n, CLIF__P_NOISE_STD);
}

bool clif__neuron_refractory(const clif__neuron *n) {
  return any_above_0(n, CLIF__P_REFRACTORY);
}

bool clif__neuron_clamps(const clif__neuron *n) {
  return n->adaptive || n->form == CLIF_FORM_SEED;
}

/* ---- state ---- */

const char *const clif__state_names[CLIF__STATES] = {"v", "th", "wait"};

bool clif__neuron_has_state(const clif__neuron *n, int which) {
  switch (which) {
  case CLIF__STATE_TH:
    return clif__neuron_clamps(n);
  case CLIF__STATE_WAIT:
    return clif__neuron_refractory(n);
  default:
    return which == CLIF__STATE_V;
  }
}

float clif__neuron_start(const clif__neuron *n, const clif__coefficients *c, int which, size_t i) {
  if (which == CLIF__STATE_TH) return clif__coefficient(c, CLIF__THRESHOLD, i);
  if (which == CLIF__STATE_WAIT || n->model == CLIF__LI || n->form == CLIF_FORM_SEED) return 0.0f;
  return clif__coefficient(c, CLIF__V_RESET, i);
}

bool clif__neuron_state_fits(const clif__coefficients *c, int which, size_t i, float value) {
  const float longest = 1 << 24;
  if (which == CLIF__STATE_TH)
    return value >= clif__coefficient(c, CLIF__TH_MIN, i) &&
           value <= clif__coefficient(c, CLIF__TH_MAX, i);
  return which != CLIF__STATE_WAIT || (value >= 0.0f && value <= longest && floorf(value) == value);
}

/* ---- kernel options ---- */

void clif__neuron_defines(const clif__neuron *n, const clif__coefficients *c, char *out,
                          size_t capacity) {
  char fires[128] = "-DCLIF_READOUT";
  if (n->model != CLIF__LI)
    snprintf(fires, sizeof fires, "-DCLIF_RESET=%d%s%s%s%s%s%s", (int)n->reset,
             n->compare == CLIF_FIRE_ABOVE_THRESHOLD ? " -DCLIF_STRICT" : "",
             n->stochastic ? " -DCLIF_STOCHASTIC" : "", n->adaptive ? " -DCLIF_ADAPTIVE" : "",
             clif__neuron_clamps(n) ? " -DCLIF_CLAMP" : "",
             clif__neuron_refractory(n) ? " -DCLIF_REFRACTORY" : "",
             n->form == CLIF_FORM_SEED ? " -DCLIF_SEED" : "");
  snprintf(out, capacity, "%s%s%s", fires, clif__neuron_noisy(n) ? " -DCLIF_NOISE" : "",
           c->rows ? " -DCLIF_PER_NEURON" : "");
}
