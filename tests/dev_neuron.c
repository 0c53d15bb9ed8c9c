/* dev_neuron.c - the neuron kernels against the host twin, closed forms, and cases that tell the
 * orders of operations and comparisons apart. */
#include <math.h>

#include "nets.h"
#include "neuron/neuron.h"

enum { MODEL_LIF, MODEL_IF, MODEL_LI };

typedef struct neuron_case {
  int model;
  clif_reset reset;
  clif_compare compare;
  clif_integration integration;
  int per_neuron;
  size_t n, batch, steps;
} neuron_case;

/* Parameters of one case, with room for per-neuron values. */
typedef struct parameters {
  double tau[1000], r[1000], v_leak[1000], v_reset[1000], threshold[1000];
  clif_lif_params lif;
  clif_if_params integrate;
  clif_li_params li;
} parameters;

static clif_param pick(const neuron_case *c, double *values, double low, double high,
                       uint32_t *seed) {
  /* On a grid of 1/64, so that sums meet thresholds exactly now and then. */
  for (size_t i = 0; i < c->n; i++) values[i] = floor(between(seed, low, high) * 64.0) / 64.0;
  return c->per_neuron ? clif_per_neuron(values, c->n) : clif_scalar(values[0]);
}

static void make_parameters(const neuron_case *c, parameters *p) {
  uint32_t seed = (uint32_t)(c->n * 31 + c->batch * 7 + (size_t)c->model);
  clif_param tau = pick(c, p->tau, 2.0, 30.0, &seed), r = pick(c, p->r, 0.5, 4.0, &seed);
  clif_param v_leak = pick(c, p->v_leak, -0.25, 0.25, &seed);
  clif_param v_reset = pick(c, p->v_reset, -0.5, 0.25, &seed);
  clif_param threshold = pick(c, p->threshold, 0.5, 1.5, &seed);
  p->lif = clif_lif_defaults();
  p->lif.tau = tau, p->lif.r = r, p->lif.v_leak = v_leak, p->lif.v_reset = v_reset;
  p->lif.threshold = threshold;
  p->lif.reset = c->reset, p->lif.compare = c->compare, p->lif.integration = c->integration;
  p->integrate = clif_if_defaults();
  p->integrate.r = r, p->integrate.v_reset = v_reset, p->integrate.threshold = threshold;
  p->integrate.reset = c->reset, p->integrate.compare = c->compare;
  p->li = clif_li_defaults();
  p->li.tau = tau, p->li.r = r, p->li.v_leak = v_leak, p->li.integration = c->integration;
}

static clif_status add_neurons(clif_network *net, const neuron_case *c, const parameters *p) {
  if (c->model == MODEL_LIF) return clif_network_add_lif(net, "cell", &p->lif);
  if (c->model == MODEL_IF) return clif_network_add_if(net, "cell", &p->integrate);
  return clif_network_add_li(net, "cell", &p->li);
}

static void run_twin(clif_context *ctx, const neuron_case *c, const parameters *p, const float *x,
                     float *s, float *v, float *v_pre) {
  clif__neuron neuron;
  clif__coefficients k;
  if (c->model == MODEL_LIF) assert_ok(ctx, clif__neuron_from_lif(ctx, &p->lif, &neuron));
  if (c->model == MODEL_IF) assert_ok(ctx, clif__neuron_from_if(ctx, &p->integrate, &neuron));
  if (c->model == MODEL_LI) assert_ok(ctx, clif__neuron_from_li(ctx, &p->li, &neuron));
  assert_ok(ctx, clif__coefficients_make(ctx, &neuron, c->n, c->n, &k));
  size_t row = c->batch * c->n;
  for (size_t t = 0; t < c->steps; t++)
    for (size_t b = 0; b < c->batch; b++) {
      size_t at = t * row + b * c->n;
      for (size_t i = 0; i < c->n; i++)
        v[at + i] = t > 0 ? v[at - row + i] : clif__neuron_start(&neuron, &k, CLIF__STATE_V, i);
      const clif__twin io = {.x = x + at, .v = v + at, .s = s + at, .v_pre = v_pre + at};
      clif__twin_step(&neuron, &k, c->n, &io);
    }
  clif__coefficients_release(ctx, &k);
  clif__neuron_release(ctx, &neuron);
}

/* On the device, tile after tile of 7 steps, so that state crosses tiles too. */
static void run_device(clif_context *ctx, const neuron_case *c, const parameters *p, float *x,
                       float *s, float *v, float *v_pre) {
  size_t count = c->steps * c->batch * c->n;
  int spiking = c->model != MODEL_LI;
  uint8_t *bytes = calloc(count, 1);
  clif_network *net = new_network(ctx);
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {c->n}}));
  assert_ok(ctx, add_neurons(net, c, p));
  assert_ok(ctx, clif_network_connect(net, "in", "cell", 0));
  for (int q = CLIF_OUTPUT; q <= CLIF_V_PRE; q++)
    assert_ok(ctx, clif_network_record(net, "cell", (clif_quantity)q));
  assert_ok(ctx, prepare(net, c->batch, 7, 0, CLIF_LINEAR_AUTO));
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, c->steps, c->batch, c->n));
  clif_binding out[] = {bind("cell", CLIF_OUTPUT,
                             spiking ? view3(bytes, CLIF_U8, c->steps, c->batch, c->n)
                                     : view3(s, CLIF_F32, c->steps, c->batch, c->n)),
                        bind("cell", CLIF_V, view3(v, CLIF_F32, c->steps, c->batch, c->n)),
                        bind("cell", CLIF_V_PRE, view3(v_pre, CLIF_F32, c->steps, c->batch, c->n))};
  assert_ok(ctx, run(net, &in, 1, out, 3));
  clif_layer_info info;
  assert_ok(ctx, clif_network_layer(net, 1, &info));
  uint64_t spikes = 0;
  for (size_t i = 0; spiking && i < count; i++) {
    s[i] = bytes[i];
    spikes += bytes[i];
  }
  assert_int_equal(info.spikes, spikes);
  assert_int_equal(info.updates, count);
  clif_network_destroy(net);
  free(bytes);
}

static double compare_case(clif_context *ctx, const neuron_case *c) {
  static parameters p;
  size_t count = c->steps * c->batch * c->n;
  float *x = random_floats(count, -0.5, 2.0, 99), *s = make_floats(count), *v = make_floats(count),
        *v_pre = make_floats(count), *s2 = make_floats(count), *v2 = make_floats(count),
        *v_pre2 = make_floats(count);
  for (size_t i = 0; i < count; i++) x[i] = floorf(x[i] * 16.0f) / 16.0f;
  make_parameters(c, &p);
  run_twin(ctx, c, &p, x, s, v, v_pre);
  run_device(ctx, c, &p, x, s2, v2, v_pre2);
  char what[128];
  snprintf(what, sizeof what, "model %d reset %d compare %d exact %d per-neuron %d n %zu batch %zu",
           c->model, (int)c->reset, (int)c->compare, (int)c->integration, c->per_neuron, c->n,
           c->batch);
  assert_same_bits(what, s2, s, count);
  assert_same_bits(what, v2, v, count);
  assert_same_bits(what, v_pre2, v_pre, count);
  double spikes = 0.0;
  for (size_t i = 0; i < count; i++) spikes += (double)s[i];
  free(x), free(s), free(v), free(v_pre), free(s2), free(v2), free(v_pre2);
  return spikes / (double)count;
}

/* All options at sizes around the lane blocks; on a slow device a covering few. */
static void compare_all(unsigned lanes) {
  if (test_lanes() != 0 && test_lanes() != lanes) skip();
  static const size_t sizes[] = {1, 63, 64, 65, 1000}, batches[] = {1, 3, 16};
  clif_context *ctx =
      open_context(&(clif_context_options){sizeof(clif_context_options), .lanes = lanes});
  int slow = is_slow_device(), cases = 0;
  double least = 1.0, most = 0.0;
  for (size_t i = 0; i < 5; i++)
    for (size_t j = 0; j < 3; j++)
      for (int option = 0; option < 24; option++) {
        neuron_case c = {.reset = (clif_reset)(option % 3),
                         .compare = (clif_compare)(option / 3 % 2),
                         .per_neuron = option / 6 % 2,
                         .integration = (clif_integration)(option / 12),
                         .n = sizes[i],
                         .batch = batches[j],
                         .steps = slow ? 9 : 24};
        if (slow && ((c.n != 1 && c.n != 65) || c.batch > 3 || (option + (int)i + (int)j) % 5 != 0))
          continue;
        double rate = compare_case(ctx, &c);
        if (c.n == 65) least = fmin(least, rate), most = fmax(most, rate);
        if (c.integration == CLIF_EULER) {
          c.model = MODEL_IF;
          compare_case(ctx, &c);
        }
        if (c.reset == CLIF_RESET_VALUE && c.compare == CLIF_FIRE_AT_THRESHOLD) {
          c.model = MODEL_LI;
          compare_case(ctx, &c);
        }
        cases++;
      }
  assert_true(cases >= (slow ? 8 : 360));
  /* Neither silent nor saturated: then the comparison would say little. */
  assert_true(most > 0.05 && least < 0.9);
  clif_context_destroy(ctx);
}

static void kernels_equal_the_host_twin_with_16_lanes(void **state) {
  (void)state;
  compare_all(16);
}

static void kernels_equal_the_host_twin_with_1_lane(void **state) {
  (void)state;
  compare_all(1);
}

/* One varying parameter is enough to make a layer per-neuron, whichever it is. */
static void each_parameter_may_vary_alone(void **state) {
  (void)state;
  static const double taus[3] = {2, 4, 8}, gains[3] = {1, 2, 0.5}, leaks[3] = {0, 0.25, -0.25};
  static const double resets[3] = {0, -0.5, 0.25}, thresholds[3] = {0.5, 1, 1.5};
  const clif_param vary[5] = {clif_per_neuron(taus, 3), clif_per_neuron(gains, 3),
                              clif_per_neuron(leaks, 3), clif_per_neuron(resets, 3),
                              clif_per_neuron(thresholds, 3)};
  clif_context *ctx = open_context(NULL);
  for (int which = 0; which < 5; which++) {
    clif_lif_params p = clif_lif_defaults();
    clif_param *const fields[5] = {&p.tau, &p.r, &p.v_leak, &p.v_reset, &p.threshold};
    *fields[which] = vary[which];
    if (which < 3) p.v_leak = which == 2 ? vary[2] : clif_scalar(0.5);
    clif__neuron neuron;
    clif__coefficients k;
    assert_ok(ctx, clif__neuron_from_lif(ctx, &p, &neuron));
    assert_ok(ctx, clif__coefficients_make(ctx, &neuron, 3, 16, &k));
    assert_non_null(k.rows);
    for (size_t i = 0; i < 3; i++) {
      double step = 1 / (which == 0 ? taus[i] : 20), r = which == 1 ? gains[i] : 1;
      double leak = which == 2 ? leaks[i] : which < 2 ? 0.5 : 0;
      assert_true(clif__coefficient(&k, CLIF__A, i) == (float)(1 - step));
      assert_true(clif__coefficient(&k, CLIF__B, i) == (float)(step * r));
      assert_true(clif__coefficient(&k, CLIF__C, i) == (float)(step * leak));
      assert_true(clif__coefficient(&k, CLIF__V_RESET, i) == (float)(which == 3 ? resets[i] : 0));
      assert_true(clif__coefficient(&k, CLIF__THRESHOLD, i) ==
                  (float)(which == 4 ? thresholds[i] : 1));
    }
    clif__coefficients_release(ctx, &k);
    clif__neuron_release(ctx, &neuron);
  }
  clif_context_destroy(ctx);
}

static void the_exact_leak_keeps_its_digits_for_small_steps(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  clif_lif_params p = clif_lif_defaults();
  clif__neuron neuron;
  clif__coefficients k;
  p.integration = CLIF_EXACT;
  p.dt = 1e-12; /* 1 - exp(-x) = x - x^2/2 + ...: written so it has 4 digits left here */
  p.tau = clif_scalar(1);
  assert_ok(ctx, clif__neuron_from_lif(ctx, &p, &neuron));
  assert_ok(ctx, clif__coefficients_make(ctx, &neuron, 1, 16, &k));
  assert_true(k.value[CLIF__B] == (float)(1e-12 - 0.5e-24));
  clif__neuron_release(ctx, &neuron);
  clif_context_destroy(ctx);
}

/* ---- one neuron ---- */

typedef struct trace {
  uint8_t s[200];
  float v[200], v_pre[200];
} trace;

/* `steps` steps of one neuron with a constant current. */
static trace one_neuron(const clif_lif_params *lif, const clif_if_params *integrate, float current,
                        size_t steps) {
  static trace t;
  float x[200];
  clif_context *ctx = open_context(NULL);
  clif_network *net = new_network(ctx);
  memset(&t, 0, sizeof t);
  for (size_t i = 0; i < steps; i++) x[i] = current;
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {1}}));
  assert_ok(ctx, lif ? clif_network_add_lif(net, "cell", lif)
                     : clif_network_add_if(net, "cell", integrate));
  assert_ok(ctx, clif_network_connect(net, "in", "cell", 0));
  for (int q = CLIF_OUTPUT; q <= CLIF_V_PRE; q++)
    assert_ok(ctx, clif_network_record(net, "cell", (clif_quantity)q));
  assert_ok(ctx, clif_network_prepare(net, NULL));
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, steps, 1, 1));
  clif_binding out[] = {bind("cell", CLIF_OUTPUT, view3(t.s, CLIF_U8, steps, 1, 1)),
                        bind("cell", CLIF_V, view3(t.v, CLIF_F32, steps, 1, 1)),
                        bind("cell", CLIF_V_PRE, view3(t.v_pre, CLIF_F32, steps, 1, 1))};
  assert_ok(ctx, run(net, &in, 1, out, 3));
  clif_network_destroy(net);
  clif_context_destroy(ctx);
  return t;
}

static size_t first_spike(const trace *t, size_t steps) {
  size_t i = 0;
  while (i < steps && !t->s[i]) i++;
  return i;
}

static void constant_1_5_spikes_at_21_43_65_87(void **state) {
  (void)state;
  clif_lif_params lif = clif_lif_defaults();
  trace t = one_neuron(&lif, NULL, 1.5f, 100);
  for (size_t i = 0; i < 100; i++)
    assert_int_equal(t.s[i], i == 21 || i == 43 || i == 65 || i == 87);
  assert_true(t.v_pre[21] >= 1.0f && t.v[21] == 0.0f);
}

static void first_spike_is_where_the_closed_form_says(void **state) {
  (void)state;
  static const double currents[] = {1.1, 1.5, 2.0, 4.0, 9.0}, taus[] = {3.0, 10.0, 20.0};
  for (size_t i = 0; i < (is_slow_device() ? 2 : 5); i++)
    for (size_t j = 0; j < (is_slow_device() ? 1 : 3); j++) {
      clif_lif_params lif = clif_lif_defaults();
      lif.tau = clif_scalar(taus[j]);
      trace t = one_neuron(&lif, NULL, (float)currents[i], 200);
      double k = ceil(log((currents[i] - 1.0) / currents[i]) / log(1.0 - 1.0 / taus[j]));
      assert_int_equal(first_spike(&t, 200) + 1, (size_t)k);
    }
}

static void a_silent_membrane_follows_the_closed_form(void **state) {
  (void)state;
  clif_lif_params lif = clif_lif_defaults();
  trace t = one_neuron(&lif, NULL, 0.75f, 100);
  for (size_t n = 1; n <= 100; n++) {
    double expected = 0.75 * (1.0 - pow(1.0 - 1.0 / 20.0, (double)n));
    assert_true(fabs((double)t.v[n - 1] - expected) < 1e-6);
  }
}

static void at_the_threshold_fires_and_strictly_above_does_not(void **state) {
  (void)state;
  clif_if_params p = clif_if_defaults();
  trace t = one_neuron(NULL, &p, 0.5f, 8); /* 0.5, 1.0: exact */
  assert_int_equal(first_spike(&t, 8), 1);
  p.compare = CLIF_FIRE_ABOVE_THRESHOLD;
  t = one_neuron(NULL, &p, 0.5f, 8);
  assert_int_equal(first_spike(&t, 8), 2);
}

static void each_reset_does_what_it_says(void **state) {
  (void)state;
  clif_if_params p = clif_if_defaults();
  p.v_reset = clif_scalar(-0.25);
  trace t = one_neuron(NULL, &p, 0.75f, 4); /* -0.25 + 0.75, + 0.75: 1.25 fires */
  assert_int_equal(first_spike(&t, 4), 1);
  assert_true(t.v_pre[1] == 1.25f && t.v[1] == -0.25f);
  p.reset = CLIF_RESET_SUBTRACT;
  t = one_neuron(NULL, &p, 0.75f, 4);
  assert_true(t.v_pre[1] == 1.25f && t.v[1] == 0.25f);
  p.reset = CLIF_RESET_NONE;
  t = one_neuron(NULL, &p, 0.75f, 4);
  assert_true(t.v[1] == 1.25f && t.v[2] == 2.0f && t.s[1] && t.s[2] && t.s[3]);
}

static void the_leak_term_is_added_last(void **state) {
  (void)state;
  /* a*v = 1, b*I = c = 2^-24: (1 + 2^-24) + 2^-24 is 1, 1 + (2^-24 + 2^-24) would not be. */
  clif_lif_params lif = clif_lif_defaults();
  lif.tau = clif_scalar(2.0);
  lif.threshold = clif_scalar(100.0);
  lif.v_reset = clif_scalar(2.0);
  lif.v_leak = clif_scalar(0x1p-23);
  trace t = one_neuron(&lif, NULL, 0x1p-23f, 1);
  assert_true(t.v[0] == 1.0f);
}

static void products_are_rounded_before_they_are_added(void **state) {
  (void)state;
  /* v = 1/3: a*v = 2/9 rounded. I = -(that) makes v exactly 0; a fused step keeps the rest. */
  clif_lif_params lif = clif_lif_defaults();
  volatile float v = (float)(1.0 / 3.0), a = (float)(1.0 - 1.0 / 3.0), b = (float)(1.0 / 3.0);
  volatile float av = a * v;
  lif.tau = clif_scalar(3.0);
  lif.v_reset = clif_scalar(1.0 / 3.0);
  volatile float current = -av / b;
  volatile float bi = b * current;
  volatile float expected = av + bi;
  trace t = one_neuron(&lif, NULL, current, 1);
  assert_true(t.v[0] == expected);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kernels_equal_the_host_twin_with_16_lanes),
      cmocka_unit_test(kernels_equal_the_host_twin_with_1_lane),
      cmocka_unit_test(each_parameter_may_vary_alone),
      cmocka_unit_test(the_exact_leak_keeps_its_digits_for_small_steps),
      cmocka_unit_test(constant_1_5_spikes_at_21_43_65_87),
      cmocka_unit_test(first_spike_is_where_the_closed_form_says),
      cmocka_unit_test(a_silent_membrane_follows_the_closed_form),
      cmocka_unit_test(at_the_threshold_fires_and_strictly_above_does_not),
      cmocka_unit_test(each_reset_does_what_it_says),
      cmocka_unit_test(the_leak_term_is_added_last),
      cmocka_unit_test(products_are_rounded_before_they_are_added),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
