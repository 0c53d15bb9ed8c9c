/* gradient.c - the step taken back, operation by operation what cl/gradient.cl does to the float.
 * Change both together; the tests compare them bit for bit. */
#include <math.h>
#include <stdio.h>

#include "neuron/neuron.h"
#include "neuron/random.h"

static const struct {
  const char *name;
  double slope;
} surrogates[] = {
    [CLIF_SURROGATE_ATAN] = {"atan", 2.0},
    [CLIF_SURROGATE_FAST_SIGMOID] = {"fast_sigmoid", 25.0},
    [CLIF_SURROGATE_SIGMOID] = {"sigmoid", 4.0},
    [CLIF_SURROGATE_TRIANGULAR] = {"triangular", 1.0},
    [CLIF_SURROGATE_GAUSSIAN] = {"gaussian", 1.0},
    [CLIF_SURROGATE_BOXCAR] = {"boxcar", 1.0},
    [CLIF_SURROGATE_STRAIGHT_THROUGH] = {"straight_through", 1.0},
};
enum { SURROGATES = sizeof surrogates / sizeof *surrogates };

const char *clif_surrogate_name(clif_surrogate surrogate) {
  return (unsigned)surrogate < SURROGATES ? surrogates[surrogate].name : NULL;
}

clif_gradient_options clif_gradient_defaults(clif_surrogate surrogate) {
  double slope = (unsigned)surrogate < SURROGATES ? surrogates[surrogate].slope : 1.0;
  return (clif_gradient_options){
      .size = sizeof(clif_gradient_options), .surrogate = surrogate, .slope = slope, .input = 1};
}

clif_status clif__gradient_check(clif_context *ctx, const clif_gradient_options *o) {
  static const double steepest = 1e6; /* its square, and that of v by it, are far from infinity */
  CLIF_TRY(clif__check_size(ctx, o->size, sizeof *o, "clif_gradient_options"));
  if ((unsigned)o->surrogate >= SURROGATES)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "surrogate is %d, which is no clif_surrogate",
                      (int)o->surrogate);
  if (!(o->slope >= 1.0 / steepest && o->slope <= steepest))
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                      "the surrogate's slope is %g; it must be from %g to %g", o->slope,
                      1.0 / steepest, steepest);
  return CLIF_OK;
}

void clif__gradient_defines(const clif__neuron *n, const clif_gradient_options *o, bool bias,
                            char *out, size_t capacity) {
  snprintf(out, capacity, "-DCLIF_SURROGATE=%d%s%s%s%s%s%s", (int)o->surrogate,
           o->attach_reset ? " -DCLIF_ATTACH_RESET" : "",
           n->rest_at_threshold && n->form != CLIF_FORM_SEED ? " -DCLIF_REST_AT_THRESHOLD" : "",
           o->v ? " -DCLIF_GRADIENT_V" : "", bias ? " -DCLIF_GRADIENT_BIAS" : "",
           o->tau ? " -DCLIF_GRADIENT_TAU" : "", o->threshold ? " -DCLIF_GRADIENT_THRESHOLD" : "");
}

/* What is summed up is dL/dv k d, where v' = v + k d. So dL/dtau is k'/k of it, and in the seed
 * form k is dt/tau, too. */
double clif__tau_factor(const clif__neuron *n, size_t i) {
  double tau = clif__neuron_value(n, CLIF__P_TAU, i), step = n->dt / tau;
  if (n->form == CLIF_FORM_SEED || n->integration == CLIF_EULER) return -1.0 / tau;
  return -step / tau / expm1(step);
}

/* ---- the step ---- */

/* One neuron. g_v and g_th are of the state, g_s of the spike. */
typedef struct cell {
  const clif__neuron *neuron;
  const clif_gradient_options *options;
  float k[CLIF__COEFFICIENTS];
  float v, th, v_pre, x, eps;
  bool fired, waits, noisy;
  float g_v, g_th, g_s;
  float bias, tau, threshold;
} cell;

static float logistic(float a, float x) {
  float e = clif__exp(-fabsf(a * x)), q = e + 1.0f;
  return a * (e / (q * q));
}

static float least(float a, float b) {
  return a < b ? a : b;
}

static float surrogate(const cell *c, float x) {
  float a = (float)c->options->slope, y;
  if (c->neuron->stochastic) return logistic(c->k[CLIF__SLOPE], x);
  switch (c->options->surrogate) {
  case CLIF_SURROGATE_ATAN:
    y = x * (1.57079633f * a);
    return (a * 0.5f) / (least(y * y, 1e30f) + 1.0f);
  case CLIF_SURROGATE_FAST_SIGMOID:
    y = fabsf(a * x) + 1.0f;
    return 1.0f / least(y * y, 1e30f);
  case CLIF_SURROGATE_SIGMOID:
    return logistic(a, x);
  case CLIF_SURROGATE_TRIANGULAR:
    y = 1.0f - fabsf(a * x);
    return a * (y > 0.0f ? y : 0.0f);
  case CLIF_SURROGATE_GAUSSIAN:
    y = a * x;
    return (a * 0.398942280f) * clif__exp((y * y) * -0.5f);
  case CLIF_SURROGATE_BOXCAR:
    return fabsf(a * x) < 0.5f ? a : 0.0f;
  case CLIF_SURROGATE_STRAIGHT_THROUGH:
    break;
  }
  return 1.0f;
}

static void back_adapt(cell *c) {
  float eta = c->k[CLIF__ETA], moved = c->th;
  if (!clif__neuron_clamps(c->neuron)) return;
  if (c->neuron->adaptive)
    moved = c->fired ? c->th + eta : c->th - eta * (c->th - c->k[CLIF__TH_REST]);
  if (!(moved >= c->k[CLIF__TH_MIN] && moved <= c->k[CLIF__TH_MAX])) c->g_th = 0.0f;
  if (!c->neuron->adaptive) return;
  float decay = eta * c->g_th;
  c->g_s = c->g_s + decay * (1.0f + (c->th - c->k[CLIF__TH_REST]));
  bool by_rest = c->neuron->rest_at_threshold && c->neuron->form != CLIF_FORM_SEED;
  if (by_rest) c->threshold = c->threshold + (c->fired ? 0.0f : decay);
  if (!c->fired) c->g_th = c->g_th - decay;
}

static void back_reset(cell *c) {
  bool attach = c->options->attach_reset != 0;
  switch (c->neuron->reset) {
  case CLIF_RESET_VALUE:
    if (attach) c->g_s = c->g_s + c->g_v * (c->k[CLIF__V_RESET] - c->v_pre);
    if (c->fired) c->g_v = 0.0f;
    break;
  case CLIF_RESET_SUBTRACT:
    if (attach) c->g_s = c->g_s - c->g_v * c->th;
    c->g_th = c->g_th - (c->fired ? c->g_v : 0.0f);
    break;
  case CLIF_RESET_NONE:
    break;
  }
}

static float back_integrate(cell *c) {
  float g = c->g_v, tau = c->k[CLIF__A], dt = c->k[CLIF__B];
  if (c->neuron->form == CLIF_FORM_SEED) {
    float g_x = (g / tau) * dt;
    if (c->noisy) c->g_th = c->g_th - g * (((c->k[CLIF__NOISE_STD] * c->eps) / c->th) / c->th);
    c->tau = c->tau + g * (((c->x - c->v) / tau) * dt);
    c->g_v = g - g_x;
    return g_x;
  }
  c->tau = c->tau + g * ((c->k[CLIF__B] * c->x + c->k[CLIF__C]) - c->k[CLIF__K] * c->v);
  c->g_v = c->k[CLIF__A] * g;
  return c->k[CLIF__B] * g;
}

/* Takes the cell to before its step and returns dL/dx. */
static float back(cell *c) {
  back_adapt(c);
  back_reset(c);
  float g_x = 0.0f, g = c->waits ? 0.0f : c->g_s * surrogate(c, c->v_pre - c->th);
  c->g_v = c->g_v + g;
  c->g_th = c->g_th - g;
  if (!c->waits) g_x = back_integrate(c);
  if (!clif__neuron_clamps(c->neuron)) c->threshold = c->threshold + c->g_th;
  c->bias = c->bias + g_x;
  return g_x;
}

static cell load(const clif__neuron *neuron, const clif__coefficients *coefficients, size_t i,
                 const clif__twin_back *io) {
  cell c = {.neuron = neuron, .noisy = clif__neuron_noisy(neuron), .v = io->v[i], .x = io->x[i]};
  for (int which = 0; which < CLIF__COEFFICIENTS; which++)
    c.k[which] = clif__coefficient(coefficients, which, i);
  c.th = io->th ? io->th[i] : c.k[CLIF__THRESHOLD];
  c.v_pre = io->v_pre[i];
  c.fired = io->s[i] != 0.0f;
  c.waits = io->wait && io->wait[i] > 0.0f;
  c.g_v = io->g_v[i];
  c.g_s = io->g_s[i];
  if (io->eps) c.eps = io->eps[i];
  if (io->g_th) c.g_th = io->g_th[i];
  if (io->bias) c.bias = io->bias[i];
  if (io->tau) c.tau = io->tau[i];
  if (io->threshold) c.threshold = io->threshold[i];
  return c;
}

void clif__twin_back_step(const clif__neuron *neuron, const clif__coefficients *coefficients,
                          const clif_gradient_options *options, size_t n,
                          const clif__twin_back *io) {
  for (size_t i = 0; i < n; i++) {
    cell c = load(neuron, coefficients, i, io);
    c.options = options;
    io->g_x[i] = back(&c);
    io->g_v[i] = c.g_v;
    if (io->g_th) io->g_th[i] = c.g_th;
    if (io->bias) io->bias[i] = c.bias;
    if (io->tau) io->tau[i] = c.tau;
    if (io->threshold) io->threshold[i] = c.threshold;
  }
}
