/* unit_gradient.c - are the host twin's gradients right?
 *
 * The twin goes from the loss back to what it depends on. Here the other way: a disturbance of
 * everything at once (inputs, tau, threshold, state) is followed from step to step, in double, by
 * the derivative of the step as docs/model.md has it, with dv - dth times the surrogate for ds. How
 * much the loss changes must be the sum of all gradients times what was disturbed. */
#include <math.h>

#include "clif/gradient.h"
#include "groups.h"

enum { N = 40, T = 30 };

/* A number and how much it changes. */
typedef struct dual {
  double v, d;
} dual;

static dual constant(double v) {
  return (dual){v, 0.0};
}
static dual add(dual a, dual b) {
  return (dual){a.v + b.v, a.d + b.d};
}
static dual sub(dual a, dual b) {
  return (dual){a.v - b.v, a.d - b.d};
}
static dual mul(dual a, dual b) {
  return (dual){a.v * b.v, a.d * b.v + a.v * b.d};
}
static dual over(dual a, dual b) {
  return (dual){a.v / b.v, (a.d * b.v - a.v * b.d) / (b.v * b.v)};
}
static dual minus_exp(dual a) { /* exp(-a) */
  return (dual){exp(-a.v), -exp(-a.v) * a.d};
}

/* What a case is made of. */
typedef struct model {
  clif_lif_params lif;
  clif_gradient_options gradient;
  bool carried; /* does not begin at a reset */
} model;

/* Of one neuron. */
typedef struct cell {
  dual tau, threshold, v, th;
  double wait;
} cell;

/* h(x), from gradient.h. */
static double slope_at(const model *m, double x) {
  const double pi = 3.14159265358979323846;
  double a = m->gradient.slope;
  if (m->lif.options.stochastic) {
    double p = 1.0 / (1.0 + exp(-m->lif.options.slope.value * x));
    return m->lif.options.slope.value * p * (1.0 - p);
  }
  switch (m->gradient.surrogate) {
  case CLIF_SURROGATE_ATAN:
    return a / 2.0 / (1.0 + pow(pi / 2.0 * a * x, 2.0));
  case CLIF_SURROGATE_FAST_SIGMOID:
    return pow(1.0 + a * fabs(x), -2.0);
  case CLIF_SURROGATE_SIGMOID:
    return a / (2.0 + exp(a * x) + exp(-a * x));
  case CLIF_SURROGATE_TRIANGULAR:
    return a * fmax(0.0, 1.0 - a * fabs(x));
  case CLIF_SURROGATE_GAUSSIAN:
    return a / sqrt(2.0 * pi) * exp(-a * a * x * x / 2.0);
  case CLIF_SURROGATE_BOXCAR:
    return fabs(x) < 0.5 / a ? a : 0.0;
  case CLIF_SURROGATE_STRAIGHT_THROUGH:
    break;
  }
  return 1.0;
}

static dual integrate(const model *m, const cell *c, dual x, double eps) {
  const clif_lif_params *p = &m->lif;
  dual dt = constant(p->dt), noise = constant(p->options.noise_std.value * eps);
  if (p->form == CLIF_FORM_SEED)
    return add(c->v, add(mul(over(sub(x, c->v), c->tau), dt), over(noise, c->th)));
  dual k = over(dt, c->tau);
  if (p->integration == CLIF_EXACT) k = sub(constant(1.0), minus_exp(k));
  dual drive = add(mul(constant(p->r.value), x), constant(p->v_leak.value));
  return add(add(c->v, mul(k, sub(drive, c->v))), noise);
}

/* th behind the step; s, with its change, multiplies what a spike does. */
static dual adapt(const model *m, const cell *c, dual s) {
  const clif_neuron_options *o = &m->lif.options;
  bool seed = m->lif.form == CLIF_FORM_SEED;
  dual th = c->th, one = constant(1.0), eta = constant(o->eta.value);
  if (!o->adaptive && !seed) return th;
  dual rest = seed ? one : o->rest_at_threshold ? c->threshold : constant(o->th_rest.value);
  if (o->adaptive) th = add(th, sub(mul(s, eta), mul(sub(one, s), mul(eta, sub(th, rest)))));
  if (th.v < o->th_min.value) return constant(o->th_min.value);
  if (th.v > o->th_max.value) return constant(o->th_max.value);
  return th;
}

/* One step; `fired` is what the twin's neuron did. Returns the spike's change. */
static double step(const model *m, cell *c, dual x, double eps, bool fired) {
  dual s = constant(fired);
  if (c->wait > 0.0) {
    c->th = adapt(m, c, constant(0.0));
    c->wait -= 1.0;
    return 0.0;
  }
  dual v = integrate(m, c, x, eps);
  s.d = slope_at(m, v.v - c->th.v) * (v.d - c->th.d);
  dual in_reset = m->gradient.attach_reset ? s : constant(s.v);
  dual th = adapt(m, c, s);
  if (m->lif.reset == CLIF_RESET_VALUE)
    v = add(v, mul(in_reset, sub(constant(m->lif.v_reset.value), v)));
  if (m->lif.reset == CLIF_RESET_SUBTRACT) v = sub(v, mul(in_reset, c->th));
  c->v = v;
  c->th = th;
  if (fired) c->wait = ceil(m->lif.options.refractory.value / m->lif.dt - 1e-6);
  return s.d;
}

/* ---- the twin ---- */

typedef struct film {
  float x[T][N], v[T + 1][N], th[T + 1][N], wait[T + 1][N], s[T][N], v_pre[T][N], eps[T][N];
} film;

typedef struct result {
  float x[T][N], v[N], th[N], tau[N], threshold[N];
} result;

static bool moves(const model *m) {
  return m->lif.options.adaptive || m->lif.form == CLIF_FORM_SEED;
}

static void go_forward(const model *m, const clif__neuron *neuron, const clif__coefficients *c,
                       film *f) {
  float u[N];
  uint32_t seed = 5;
  for (size_t t = 0; t < T; t++) {
    memcpy(f->v[t + 1], f->v[t], sizeof f->v[t]);
    memcpy(f->th[t + 1], f->th[t], sizeof f->th[t]);
    memcpy(f->wait[t + 1], f->wait[t], sizeof f->wait[t]);
    for (size_t i = 0; i < N; i++) {
      f->eps[t][i] = (float)between(&seed, -1.5, 1.5);
      u[i] = (float)next_number(&seed);
    }
    clif__twin io = {.x = f->x[t],
                     .eps = f->eps[t],
                     .u = u,
                     .v = f->v[t + 1],
                     .th = moves(m) ? f->th[t + 1] : NULL,
                     .wait = clif__neuron_refractory(neuron) ? f->wait[t + 1] : NULL,
                     .s = f->s[t],
                     .v_pre = f->v_pre[t]};
    clif__twin_step(neuron, c, N, &io);
  }
}

static void go_back(const model *m, const clif__neuron *neuron, const clif__coefficients *c,
                    const film *f, const float g_s[T][N], result *r) {
  for (size_t t = T; t-- > 0;) {
    const clif__twin_back io = {.v = f->v[t],
                                .th = moves(m) ? f->th[t] : NULL,
                                .wait = clif__neuron_refractory(neuron) ? f->wait[t] : NULL,
                                .x = f->x[t],
                                .eps = f->eps[t],
                                .s = f->s[t],
                                .v_pre = f->v_pre[t],
                                .g_s = g_s[t],
                                .g_v = r->v,
                                .g_th = moves(m) ? r->th : NULL,
                                .g_x = r->x[t],
                                .tau = r->tau,
                                .threshold = r->threshold};
    clif__twin_back_step(neuron, c, &m->gradient, N, &io);
  }
}

/* ---- both together ---- */

/* Of one neuron: how much the loss changes, and what the gradients say. */
static void compare_neuron(const model *m, const clif__neuron *neuron, const film *f,
                           const float g_s[T][N], const result *r, size_t i, const char *what) {
  uint32_t seed = (uint32_t)i + 1;
  double change = 0.0, said = 0.0, size = 1e-6, factor = clif__tau_factor(neuron, 0);
  dual threshold = {m->lif.threshold.value, between(&seed, -1.0, 1.0)};
  dual tau = {m->lif.tau.value, between(&seed, -1.0, 1.0)};
  cell c = {tau, threshold, {(double)f->v[0][i], between(&seed, -1.0, 1.0)}, threshold, 0.0};
  c.wait = (double)f->wait[0][i];
  if (m->carried) c.th = (dual){(double)f->th[0][i], moves(m) ? between(&seed, -1.0, 1.0) : 0.0};
  if (!moves(m)) c.th = threshold;
  said = (double)r->v[i] * c.v.d + (double)r->tau[i] * factor * tau.d +
         (double)r->threshold[i] * threshold.d + (moves(m) ? (double)r->th[i] * c.th.d : 0.0);
  for (size_t t = 0; t < T; t++) {
    dual x = {(double)f->x[t][i], between(&seed, -1.0, 1.0)};
    double term = (double)g_s[t][i] * step(m, &c, x, (double)f->eps[t][i], f->s[t][i] != 0.0f);
    change += term;
    size += fabs(term) + fabs((double)r->x[t][i] * x.d);
    said += (double)r->x[t][i] * x.d;
    if (fabs(c.v.v - (double)f->v[t + 1][i]) > 1e-4)
      fail_msg("%s: the membrane of neuron %zu is another one at step %zu", what, i, t);
  }
  if (!(fabs(change - said) <= 1e-5 * size))
    fail_msg("%s: neuron %zu: the loss changes by %.9g, the gradients say %.9g", what, i, change,
             said);
}

static void compare(const model *m, const char *what) {
  static film f;
  static float g_s[T][N];
  static result r;
  clif__neuron neuron;
  clif__coefficients c;
  clif_context *ctx = open_context(NULL);
  uint32_t seed = 3;
  double spikes = 0.0;
  memset(&f, 0, sizeof f);
  memset(&r, 0, sizeof r);
  assert_ok(ctx, clif__neuron_from_lif(ctx, &m->lif, &neuron));
  assert_ok(ctx, clif__coefficients_make(ctx, &neuron, N, N, &c));
  for (size_t i = 0; i < N; i++) {
    f.v[0][i] =
        m->carried ? (float)between(&seed, -0.2, 0.6) : clif__neuron_start(&neuron, &c, 0, i);
    f.th[0][i] = m->carried ? (float)between(&seed, 0.9, 1.2) : (float)m->lif.threshold.value;
    f.wait[0][i] = m->carried && clif__neuron_refractory(&neuron) ? (float)(i % 3) : 0.0f;
  }
  for (size_t t = 0; t < T; t++)
    for (size_t i = 0; i < N; i++) {
      f.x[t][i] = (float)between(&seed, -0.5, 2.5);
      g_s[t][i] = (float)between(&seed, -1.0, 1.0);
    }
  go_forward(m, &neuron, &c, &f);
  for (size_t i = 0; i < T * N; i++) spikes += (double)f.s[i / N][i % N];
  if (spikes < 20.0) fail_msg("%s: only %g spikes", what, spikes);
  go_back(m, &neuron, &c, &f, (const float(*)[N])g_s, &r);
  for (size_t i = 0; i < N; i++)
    compare_neuron(m, &neuron, &f, (const float(*)[N])g_s, &r, i, what);
  clif__coefficients_release(ctx, &c);
  clif__neuron_release(ctx, &neuron);
  clif_context_destroy(ctx);
}

static model usual(void) {
  model m = {.lif = clif_lif_defaults(), .gradient = clif_gradient_defaults(CLIF_SURROGATE_ATAN)};
  m.lif.tau = clif_scalar(4.0);
  m.lif.dt = 0.8;
  m.lif.r = clif_scalar(1.5);
  m.lif.v_leak = clif_scalar(0.1);
  m.lif.v_reset = clif_scalar(-0.1);
  m.gradient.tau = m.gradient.threshold = 1;
  return m;
}

static model adaptive(model m) {
  m.lif.options.adaptive = 1;
  m.lif.options.th_min = clif_scalar(0.8);
  m.lif.options.th_max = clif_scalar(1.25);
  return m;
}

static void surrogates(void **state) {
  (void)state;
  for (int i = CLIF_SURROGATE_ATAN; i <= CLIF_SURROGATE_STRAIGHT_THROUGH; i++) {
    model m = usual();
    m.gradient = clif_gradient_defaults((clif_surrogate)i);
    m.gradient.attach_reset = 1;
    compare(&m, clif_surrogate_name((clif_surrogate)i));
    m.gradient.slope = 0.7;
    compare(&m, clif_surrogate_name((clif_surrogate)i));
  }
  assert_null(clif_surrogate_name((clif_surrogate)7));
}

static void resets(void **state) {
  (void)state;
  static const char *const names[] = {"value", "subtract", "none"};
  for (int reset = 0; reset < 3; reset++)
    for (int attach = 0; attach < 2; attach++)
      for (int exact = 0; exact < 2; exact++) {
        model m = usual();
        m.lif.reset = (clif_reset)reset;
        m.lif.integration = (clif_integration)exact;
        m.gradient.attach_reset = attach;
        compare(&m, names[reset]);
        m.carried = true;
        compare(&m, names[reset]);
        m = adaptive(m);
        compare(&m, names[reset]);
      }
}

static void options(void **state) {
  (void)state;
  model m = adaptive(usual());
  compare(&m, "rest at the threshold");
  m.lif.options.rest_at_threshold = 0;
  m.lif.options.th_rest = clif_scalar(0.9);
  compare(&m, "rest as given");
  m.lif.options.refractory = clif_scalar(1.6);
  compare(&m, "refractory");
  m.carried = true;
  compare(&m, "refractory from the start");
  m.lif.options.noise_std = clif_scalar(0.2);
  compare(&m, "noise");
  m.lif.options.stochastic = 1;
  m.lif.options.slope = clif_scalar(3.0);
  compare(&m, "stochastic");
}

static void the_seed_form(void **state) {
  (void)state;
  for (int adapts = 0; adapts < 2; adapts++)
    for (int stochastic = 0; stochastic < 2; stochastic++) {
      model m = {.lif = clif_seed_defaults(), .gradient = clif_gradient_defaults(0)};
      m.lif.tau = clif_scalar(4.0);
      m.lif.options.stochastic = stochastic;
      m.lif.options.adaptive = adapts;
      if (!stochastic) m.lif.options.noise_std = clif_scalar(0.0);
      m.gradient.tau = m.gradient.threshold = 1;
      compare(&m, "seed");
      m.gradient.attach_reset = 1;
      m.carried = true;
      compare(&m, "seed");
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(surrogates),
      cmocka_unit_test(resets),
      cmocka_unit_test(options),
      cmocka_unit_test(the_seed_form),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
