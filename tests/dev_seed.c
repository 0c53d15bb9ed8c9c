/* dev_seed.c - the seed form against the project it is named after: recordings of Extended LIF
 * Neurons (PyTorch), bit for bit, and its firing rates.
 *
 * data/seed_golden/: 60 steps of 2 samples of 4 neurons. The first line has the parameters that are
 * not the original's defaults, as Python wrote them; eps is already multiplied by noise_std. */
#include <math.h>

#include "core/core.h"
#include "groups.h"

enum { T = 60, B = 2, N = 4, COUNT = T * B * N };

typedef struct recording {
  clif_lif_params p;
  float x[COUNT], eps[COUNT], u[COUNT], v[COUNT], th[COUNT], s[COUNT];
} recording;

static const char *const names[] = {"det_adaptive", "det_clamp", "det_fixed", "sto_adaptive",
                                    "sto_fixed"};
enum { RECORDINGS = sizeof names / sizeof *names };

/* The number behind 'key': in the header, 1 for True, 0 for False; `otherwise` where it is not
 * there. */
static double header_value(const char *header, const char *key, double otherwise) {
  char quoted[64];
  snprintf(quoted, sizeof quoted, "'%s': ", key);
  const char *at = strstr(header, quoted);
  if (!at) return otherwise;
  at += strlen(quoted);
  if (strncmp(at, "True", 4) == 0) return 1.0;
  if (strncmp(at, "False", 5) == 0) return 0.0;
  return strtod(at, NULL);
}

static clif_lif_params parse_header(const char *header) {
  clif_lif_params p = clif_seed_defaults();
  p.dt = header_value(header, "dt", 1.0);
  p.tau = clif_scalar(header_value(header, "tau", 20.0));
  p.threshold = clif_scalar(header_value(header, "V_th", 1.0));
  p.v_reset = clif_scalar(header_value(header, "V_reset", 0.0));
  p.options.eta = clif_scalar(header_value(header, "eta", 0.1));
  p.options.th_min = clif_scalar(header_value(header, "min_threshold", 0.5));
  p.options.th_max = clif_scalar(header_value(header, "max_threshold", 2.0));
  p.options.stochastic = header_value(header, "stochastic", 1.0) != 0.0;
  p.options.adaptive = header_value(header, "use_adaptive_threshold", 1.0) != 0.0;
  p.options.noise_std = clif_scalar(1.0); /* it is in eps */
  return p;
}

static recording *read_recording(const char *name) {
  char path[128], line[512];
  recording *r = calloc(1, sizeof *r);
  snprintf(path, sizeof path, "tests/data/seed_golden/golden_%s.csv", name);
  FILE *file = fopen(source_file(path), "r");
  assert_non_null(r);
  if (!file) fail_msg("no file %s", path);
  assert_non_null(fgets(line, sizeof line, file));
  assert_non_null(strstr(line, "B=2 N=4 T=60"));
  r->p = parse_header(line);
  assert_non_null(fgets(line, sizeof line, file));
  assert_string_equal(line, "t,b,n,I,eps,u,V,V_th,spike\n");
  for (size_t i = 0; i < COUNT; i++) {
    size_t t, b, n;
    assert_non_null(fgets(line, sizeof line, file));
    assert_int_equal(sscanf(line, "%zu,%zu,%zu,%f,%f,%f,%f,%f,%f", &t, &b, &n, &r->x[i], &r->eps[i],
                            &r->u[i], &r->v[i], &r->th[i], &r->s[i]),
                     9);
    assert_int_equal((t * B + b) * N + n, i);
  }
  assert_null(fgets(line, sizeof line, file));
  fclose(file);
  return r;
}

/* ---- bit for bit ---- */

typedef struct result {
  float v[COUNT], th[COUNT], s[COUNT];
} result;

/* In tiles of `tile` steps, or step by step. */
static void replay(clif_context *ctx, recording *r, size_t tile, bool stepwise, result *out) {
  clif_group *group;
  clif_group_options o = {.size = sizeof o,
                          .neurons = N,
                          .batch = B,
                          .steps = tile,
                          .spikes = CLIF_SPIKES_F32,
                          .record = CLIF_RECORD_V | CLIF_RECORD_TH,
                          .inject = 1};
  assert_ok(ctx, clif_group_create(ctx, &r->p, &o, &group));
  for (size_t t = 0; t < T; t += stepwise ? 1 : T) {
    size_t steps = stepwise ? 1 : T, at = t * B * N;
    clif_group_io io = {.size = sizeof io,
                        .input = view3(r->x + at, CLIF_F32, steps, B, N),
                        .eps = view3(r->eps + at, CLIF_F32, steps, B, N),
                        .u = view3(r->u + at, CLIF_F32, steps, B, N),
                        .spikes = view3(out->s + at, CLIF_F32, steps, B, N),
                        .v = view3(out->v + at, CLIF_F32, steps, B, N),
                        .th = view3(out->th + at, CLIF_F32, steps, B, N)};
    if (!r->p.options.stochastic) io.eps.ndim = io.u.ndim = 0;
    assert_ok(ctx, clif_group_run(group, &io));
  }
  clif_group_destroy(group);
}

/* Every bit, but for numbers that a device may flush to 0. */
static void compare(const char *name, const recording *r, const result *got) {
  char what[64];
  snprintf(what, sizeof what, "%s, v", name);
  assert_same_bits(what, got->v, r->v, COUNT);
  snprintf(what, sizeof what, "%s, threshold", name);
  assert_same_bits(what, got->th, r->th, COUNT);
  snprintf(what, sizeof what, "%s, spikes", name);
  assert_same_bits(what, got->s, r->s, COUNT);
}

static void compare_all(unsigned lanes, bool soft_division) {
  clif_context *ctx = open_with_lanes(lanes);
  size_t spikes = 0;
  if (!ctx) {
    skip();
    return;
  }
  if (soft_division) {
    ctx->correct_division = false;
    assert_string_equal(clif__division_option(ctx), "-DCLIF_SOFT_DIVIDE");
  }
  for (int i = 0; i < RECORDINGS; i++) {
    recording *r = read_recording(names[i]);
    result got;
    replay(ctx, r, T, false, &got);
    compare(names[i], r, &got);
    replay(ctx, r, 7, false, &got);
    compare(names[i], r, &got);
    replay(ctx, r, 1, true, &got);
    compare(names[i], r, &got);
    for (size_t k = 0; k < COUNT; k++) spikes += r->s[k] > 0.0f;
    free(r);
  }
  assert_true(spikes > 300);
  clif_context_destroy(ctx);
}

static void recordings_are_met_with_16_lanes(void **state) {
  (void)state;
  compare_all(16, false);
}

static void recordings_are_met_with_1_lane(void **state) {
  (void)state;
  compare_all(1, false);
}

static void recordings_are_met_by_division_in_software(void **state) {
  (void)state;
  compare_all(test_lanes() ? test_lanes() : 16, true);
}

static void recordings_are_met_by_division_in_software_with_1_lane(void **state) {
  (void)state;
  compare_all(1, true);
}

/* Else the comparisons above would say little. */
static void the_standard_form_is_another_step(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  recording *r = read_recording("sto_adaptive");
  result got;
  r->p.form = CLIF_FORM_STANDARD;
  replay(ctx, r, T, false, &got);
  assert_memory_not_equal(got.v, r->v, sizeof got.v);
  free(r);
  clif_context_destroy(ctx);
}

/* ---- firing rates ---- */

enum { NEURONS = 1000, STEPS = 100, SAMPLES = 10, RATE_COUNT = NEURONS * STEPS * SAMPLES };

typedef enum input_kind { CONSTANT, UNIFORM, NORMAL } input_kind;

static void fill_input(float *x, input_kind kind, double size) {
  for (uint32_t t = 0; t < STEPS; t++)
    for (uint32_t b = 0; b < SAMPLES; b++)
      for (uint32_t i = 0; i < NEURONS; i++) {
        double number = kind == CONSTANT ? 1.0
                        : kind == UNIFORM
                            ? (double)clif__random_uniform(9, 77, CLIF__CODING, i, b, t)
                            : (double)clif__random_normal(9, 77, CLIF__CODING, i, b, t);
        *x++ = (float)(size * number);
      }
}

typedef struct means {
  double rate, v, th;
} means;

static means measure(clif_context *ctx, const clif_lif_params *p, float *x) {
  clif_group *group;
  means m = {0};
  float *v = make_floats(RATE_COUNT), *th = make_floats(RATE_COUNT);
  clif_group_options o = {.size = sizeof o,
                          .neurons = NEURONS,
                          .batch = SAMPLES,
                          .seed = 2025,
                          .spikes = CLIF_SPIKES_NONE,
                          .record = CLIF_RECORD_V | CLIF_RECORD_TH};
  assert_ok(ctx, clif_group_create(ctx, p, &o, &group));
  clif_group_io io = {.size = sizeof io,
                      .input = view3(x, CLIF_F32, STEPS, SAMPLES, NEURONS),
                      .v = view3(v, CLIF_F32, STEPS, SAMPLES, NEURONS),
                      .th = view3(th, CLIF_F32, STEPS, SAMPLES, NEURONS)};
  assert_ok(ctx, clif_group_run(group, &io));
  m.rate = (double)clif_group_look(group).spikes / RATE_COUNT;
  /* The second half of the steps, where they have settled. */
  enum { HALF = RATE_COUNT / 2 };
  for (size_t i = HALF; i < RATE_COUNT; i++) m.v += (double)v[i], m.th += (double)th[i];
  m.v /= HALF;
  m.th /= HALF;
  clif_group_destroy(group);
  free(v), free(th);
  return m;
}

/* The original's, measured once with 1000 neurons over 100 steps: the rate's standard error is
 * 0.0014. Of v and the threshold the means that they settle at, as they were noted. */
static const struct {
  input_kind kind;
  double size, rate, v, th, deterministic;
} originals[] = {
    {CONSTANT, 0.0, 0.2245, -0.01, 1.277, 0.0},  {CONSTANT, 0.5, 0.2347, 0.06, 1.294, 0.0},
    {UNIFORM, 1.0, 0.2342, 0.06, 1.291, 0.0},    {CONSTANT, 1.0, 0.2463, 0.11, 1.314, 0.0},
    {UNIFORM, 2.0, 0.2468, 0.11, 1.314, 0.0116}, {NORMAL, 1.0, 0.2243, -0.01, 1.268, 0.0},
    {CONSTANT, 1.5, 0.2578, 0.16, 1.340, 0.04},
};

static void assert_near(const char *what, double found, double expected, double most) {
  if (!(fabs(found - expected) <= most))
    fail_msg("%s: %.5f, expected %.5f within %.5f", what, found, expected, most);
}

static void firing_rates_are_the_originals(void **state) {
  (void)state;
  if (is_slow_device()) skip();
  clif_context *ctx = open_context(NULL);
  float *x = make_floats(RATE_COUNT);
  const double five = 5.0 * 0.0014 * sqrt(1.0 + 1.0 / SAMPLES);
  for (size_t i = 0; i < sizeof originals / sizeof *originals; i++) {
    clif_lif_params p = clif_seed_defaults();
    fill_input(x, originals[i].kind, originals[i].size);
    means m = measure(ctx, &p, x);
    assert_near("rate", m.rate, originals[i].rate, five);
    assert_near("mean v", m.v, originals[i].v, 0.015);
    assert_near("mean threshold", m.th, originals[i].th, 0.01);
    p.options.stochastic = 0;
    m = measure(ctx, &p, x);
    double rate = originals[i].deterministic, sigma = sqrt(rate * (1.0 - rate) / (NEURONS * STEPS));
    /* Without chance all neurons of a constant input do the same. */
    assert_near("rate without chance", m.rate, rate,
                originals[i].kind == CONSTANT ? 1e-9 : 5.0 * sigma + 5e-5);
  }
  clif_lif_params fixed = clif_seed_defaults();
  fixed.options.adaptive = 0;
  fill_input(x, UNIFORM, 2.0);
  assert_near("rate at a fixed threshold", measure(ctx, &fixed, x).rate, 0.295, five + 5e-4);
  clif_context_destroy(ctx);
  free(x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(recordings_are_met_with_16_lanes),
      cmocka_unit_test(recordings_are_met_with_1_lane),
      cmocka_unit_test(recordings_are_met_by_division_in_software),
      cmocka_unit_test(recordings_are_met_by_division_in_software_with_1_lane),
      cmocka_unit_test(the_standard_form_is_another_step),
      cmocka_unit_test(firing_rates_are_the_originals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
