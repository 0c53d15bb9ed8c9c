/* dev_coding.c - input coding on the device: against the definitions, at any cut of the work. */
#include <math.h>

#include "nets.h"
#include "neuron/random.h"

enum { N = 70, BATCH = 5, STEPS = 23, MOST = STEPS * BATCH * N };

/* How a run is made. `still`: one image for all steps. */
typedef struct cut {
  size_t chunk, group; /* steps and samples at a time */
  uint64_t cap;
  int bytes, still;
  unsigned lanes;
} cut;

static float expected_out[MOST], got[MOST];
static float values[MOST];
static uint8_t byte_values[MOST];

static clif_network *input_network(clif_context *ctx, const clif_coding_params *coding,
                                   const cut *c, uint64_t seed) {
  clif_network *net = new_network(ctx);
  clif_prepare_options o = {.size = sizeof o,
                            .batch = c->group,
                            .steps = c->chunk,
                            .max_device_bytes = c->cap,
                            .seed = seed};
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {N}}));
  assert_ok(ctx, clif_network_set_coding(net, "in", coding));
  assert_ok(ctx, clif_network_add_output(net, "out"));
  assert_ok(ctx, clif_network_connect(net, "in", "out", 0));
  assert_ok(ctx, clif_network_set_id(net, "in", 9));
  assert_ok(ctx, clif_network_record(net, "out", CLIF_OUTPUT));
  assert_ok(ctx, clif_network_prepare(net, &o));
  return net;
}

/* Samples b .. b + n - 1, steps t .. t + m - 1 of an array of the whole. */
static clif_array part(void *data, clif_dtype dtype, const cut *c, int input, size_t t, size_t m,
                       size_t b, size_t n) {
  clif_array all = view3(data, dtype, STEPS, BATCH, N);
  if (input && c->still) all.strides[0] = 0;
  all = clif_array_slice(&all, 0, t, m);
  return clif_array_slice(&all, 1, b, n);
}

/* Runs the whole in parts and fills `got`; returns the network's own count of spikes. */
static uint64_t run_cut(const clif_coding_params *coding, const cut *c, uint64_t seed) {
  clif_context *ctx =
      open_context(&(clif_context_options){sizeof(clif_context_options), .lanes = c->lanes});
  clif_network *net = input_network(ctx, coding, c, seed);
  static uint8_t spikes[MOST];
  clif_layer_info info;
  uint64_t count = 0;
  assert_ok(ctx, clif_network_layer(net, 1, &info));
  for (size_t b = 0; b < BATCH; b += c->group) {
    size_t n = BATCH - b < c->group ? BATCH - b : c->group;
    assert_ok(ctx, clif_network_reset_at(net, 0, b));
    for (size_t t = 0; t < STEPS; t += c->chunk) {
      size_t m = STEPS - t < c->chunk ? STEPS - t : c->chunk;
      clif_binding in = bind("in", CLIF_OUTPUT,
                             c->bytes ? part(byte_values, CLIF_U8, c, 1, t, m, b, n)
                                      : part(values, CLIF_F32, c, 1, t, m, b, n));
      clif_binding out = bind("out", CLIF_OUTPUT,
                              info.spiking ? part(spikes, CLIF_U8, c, 0, t, m, b, n)
                                           : part(got, CLIF_F32, c, 0, t, m, b, n));
      assert_ok(ctx, run(net, &in, 1, &out, 1));
    }
    clif_layer_info in_info;
    assert_ok(ctx, clif_network_layer(net, 0, &in_info));
    count += in_info.spikes;
  }
  for (size_t i = 0; info.spiking && i < MOST; i++) got[i] = spikes[i];
  clif_network_destroy(net);
  clif_context_destroy(ctx);
  return count;
}

/* ---- the definitions ---- */

static float coded(const clif_coding_params *p, uint64_t seed, float x, float before, size_t t,
                   size_t b, size_t i) {
  volatile float c = x * (float)p->gain;
  switch (p->coding) {
  case CLIF_CODING_RATE:
    return clif__random_uniform(seed, 9, CLIF__CODING, (uint32_t)i, (uint32_t)b, t) < c;
  case CLIF_CODING_LATENCY: {
    /* Ties would hang on the last bit; the data below has none. */
    double at = (1.0 - fmin((double)c, 1.0)) * ((double)p->window - 1.0) / (1.0 - p->threshold);
    return c > (float)p->threshold && t == (size_t)floor(at + 0.5);
  }
  case CLIF_CODING_DELTA: {
    volatile float change = c - before * (float)p->gain;
    if (p->negative && change <= -(float)p->threshold) return -1.0f;
    return change >= (float)p->threshold;
  }
  case CLIF_CODING_NONE:
    break;
  }
  return c;
}

/* Fills expected_out; returns how many are not 0. */
static uint64_t expect(const clif_coding_params *p, const cut *c, uint64_t seed) {
  uint64_t count = 0;
  for (size_t t = 0; t < STEPS; t++)
    for (size_t b = 0; b < BATCH; b++)
      for (size_t i = 0; i < N; i++) {
        size_t at = (t * BATCH + b) * N + i, row = BATCH * N;
        size_t now = c->still ? at - t * row : at;
        float x = c->bytes ? (float)byte_values[now] : values[now];
        float before = t == 0     ? 0.0f
                       : c->bytes ? (float)byte_values[c->still ? now : now - row]
                                  : values[c->still ? now : now - row];
        expected_out[at] = coded(p, seed, x, before, t, b, i);
        count += expected_out[at] != 0.0f;
      }
  return count;
}

static void make_values(void) {
  uint32_t seed = 77;
  for (size_t i = 0; i < MOST; i++) {
    values[i] = (float)between(&seed, -0.1, 1.1);
    byte_values[i] = (uint8_t)between(&seed, 0, 256);
  }
}

static void compare(const char *name, const clif_coding_params *p, const cut *cuts, size_t n) {
  make_values();
  for (size_t i = 0; i < n; i++) {
    char what[64];
    if (is_slow_device() && i % 3 != 0) continue;
    if (test_lanes() && cuts[i].lanes != test_lanes()) continue;
    clif_coding_params coding = *p;
    if (cuts[i].bytes) coding.gain = p->gain / 255.0;
    uint64_t expected = expect(&coding, &cuts[i], 12345), counted;
    counted = run_cut(&coding, &cuts[i], 12345);
    snprintf(what, sizeof what, "%s, cut %zu", name, i);
    assert_same_bits(what, got, expected_out, MOST);
    assert_int_equal(counted, expected);
    assert_true(expected > 0 && expected < MOST);
  }
}

static const cut cuts[] = {
    {STEPS, BATCH, 0, 0, 0, 16}, {1, BATCH, 0, 0, 0, 16},
    {7, 2, 0, 0, 0, 1},          {STEPS, BATCH, 0, 1, 0, 16},
    {5, 3, 0, 1, 0, 1},          {STEPS, BATCH, 0, 0, 1, 16},
    {6, 1, 0, 1, 1, 1},          {STEPS, BATCH, 4000, 0, 0, 16},
    {3, BATCH, 0, 0, 1, 1},
};
enum { N_CUTS = sizeof cuts / sizeof *cuts };

static void rate_is_a_spike_where_the_promised_number_is_below_x(void **state) {
  (void)state;
  clif_coding_params p = clif_coding_defaults(CLIF_CODING_RATE);
  compare("rate", &p, cuts, N_CUTS);
  p.gain = 0.5;
  compare("rate, gain 0.5", &p, cuts, 1);
}

static void latency_is_one_spike_the_earlier_the_larger_x(void **state) {
  (void)state;
  clif_coding_params p = clif_coding_defaults(CLIF_CODING_LATENCY);
  p.window = 20;
  compare("latency", &p, cuts, N_CUTS);
  p.threshold = 0.5;
  compare("latency from 0.5", &p, cuts, 1);
}

static void delta_is_a_spike_where_x_grows(void **state) {
  (void)state;
  clif_coding_params p = clif_coding_defaults(CLIF_CODING_DELTA);
  compare("delta", &p, cuts, N_CUTS);
  p.negative = 1;
  p.threshold = 0.3;
  compare("delta, both ways", &p, cuts, N_CUTS);
}

/* Worked by hand: window 5, threshold 0.2, so 1 -> 0, 0.8 -> 1, 0.6 -> 2, 0.2 and less -> never. */
static void latency_of_a_few_values(void **state) {
  (void)state;
  float x[] = {1.0f, 0.8f, 0.6f, 0.21f, 0.2f, 0.0f, -1.0f, 7.0f};
  static const int at[] = {0, 1, 2, 4, -1, -1, -1, 0};
  uint8_t out[6 * 8];
  clif_context *ctx = open_context(NULL);
  clif_network *net = new_network(ctx);
  clif_coding_params p = clif_coding_defaults(CLIF_CODING_LATENCY);
  p.window = 5;
  p.threshold = 0.2;
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {8}}));
  assert_ok(ctx, clif_network_set_coding(net, "in", &p));
  assert_ok(ctx, clif_network_record(net, "in", CLIF_OUTPUT));
  assert_ok(ctx, clif_network_prepare(net, NULL));
  clif_array image = view3(x, CLIF_F32, 6, 1, 8);
  image.strides[0] = 0;
  clif_binding in = bind("in", CLIF_OUTPUT, image);
  clif_binding result = bind("in", CLIF_OUTPUT, view3(out, CLIF_U8, 6, 1, 8));
  assert_ok(ctx, run(net, &in, 1, &result, 1));
  for (int t = 0; t < 6; t++)
    for (int i = 0; i < 8; i++) assert_int_equal(out[t * 8 + i], t == at[i]);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

/* Runs one image row per step, of one sample; `result` is uint8, or float32 with negative. */
static void run_few(const clif_coding_params *p, float *x, size_t steps, size_t n, void *result,
                    clif_dtype dtype) {
  clif_context *ctx = open_context(NULL);
  clif_network *net = new_network(ctx);
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {n}}));
  assert_ok(ctx, clif_network_set_coding(net, "in", p));
  assert_ok(ctx, clif_network_record(net, "in", CLIF_OUTPUT));
  assert_ok(ctx, clif_network_prepare(net, NULL));
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, steps, 1, n));
  clif_binding out = bind("in", CLIF_OUTPUT, view3(result, dtype, steps, 1, n));
  assert_ok(ctx, run(net, &in, 1, &out, 1));
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

/* Steps of .5 between two whole ones go up, not to the even one: all numbers are exact. */
static void latency_halves_are_rounded_up(void **state) {
  (void)state;
  enum { STEPS_ = 6, VALUES = 4 };
  static const float values_[VALUES] = {0.875f, 0.625f, 0.375f, 0.125f}; /* 0.5, 1.5, 2.5, 3.5 */
  float x[STEPS_ * VALUES];
  uint8_t out[STEPS_ * VALUES];
  clif_coding_params p = clif_coding_defaults(CLIF_CODING_LATENCY);
  p.window = 5;
  p.threshold = 0.0;
  for (int i = 0; i < STEPS_ * VALUES; i++) x[i] = values_[i % VALUES];
  run_few(&p, x, STEPS_, VALUES, out, CLIF_U8);
  for (int t = 0; t < STEPS_; t++)
    for (int i = 0; i < VALUES; i++) assert_int_equal(out[t * VALUES + i], t == i + 1);
}

/* Changes of exactly the threshold count, both ways; half of it does not. */
static void delta_of_exactly_the_threshold_counts(void **state) {
  (void)state;
  enum { STEPS_ = 7 };
  float x[STEPS_] = {0.25f, 0.5f, 0.25f, 0.0f, 0.125f, 0.0f, -0.25f}, both[STEPS_];
  static const int expected[STEPS_] = {1, 1, -1, -1, 0, 0, -1};
  uint8_t up[STEPS_];
  clif_coding_params p = clif_coding_defaults(CLIF_CODING_DELTA);
  p.threshold = 0.25;
  run_few(&p, x, STEPS_, 1, up, CLIF_U8);
  p.negative = 1;
  run_few(&p, x, STEPS_, 1, both, CLIF_F32);
  for (int t = 0; t < STEPS_; t++) {
    assert_int_equal(up[t], expected[t] > 0);
    assert_true(both[t] == (float)expected[t]);
  }
}

/* Each value's chance is 1/2: are as many of both the same as of two coins? */
static void assert_independent(size_t same, size_t n) {
  double z = ((double)same - (double)n / 2.0) / sqrt((double)n / 4.0);
  assert_true(fabs(z) < 5.0);
}

static void two_inputs_draw_the_numbers_of_their_ids(void **state) {
  (void)state;
  static uint8_t out[2][MOST];
  static const char *const names[] = {"a", "b"};
  static const uint32_t ids[] = {0, 10};
  clif_context *ctx = open_context(NULL);
  clif_network *net = new_network(ctx);
  clif_coding_params p = clif_coding_defaults(CLIF_CODING_RATE);
  clif_prepare_options o = {.size = sizeof o, .batch = BATCH, .steps = STEPS, .seed = 12345};
  clif_binding in[2], outs[2];
  for (size_t i = 0; i < MOST; i++) values[i] = 0.5f;
  for (int k = 0; k < 2; k++) {
    assert_ok(ctx, clif_network_add_input(net, names[k], &(clif_shape){1, {N}}));
    assert_ok(ctx, clif_network_set_coding(net, names[k], &p));
    assert_ok(ctx, clif_network_record(net, names[k], CLIF_OUTPUT));
    in[k] = bind(names[k], CLIF_OUTPUT, view3(values, CLIF_F32, STEPS, BATCH, N));
    outs[k] = bind(names[k], CLIF_OUTPUT, view3(out[k], CLIF_U8, STEPS, BATCH, N));
  }
  assert_ok(ctx, clif_network_set_id(net, "b", ids[1])); /* a has its place's */
  assert_ok(ctx, clif_network_prepare(net, &o));
  assert_ok(ctx, run(net, in, 2, outs, 2));
  size_t same = 0;
  for (size_t at = 0; at < MOST; at++) {
    uint32_t i = (uint32_t)(at % N), b = (uint32_t)(at / N % BATCH);
    for (int k = 0; k < 2; k++)
      assert_int_equal(out[k][at], clif__random_uniform(12345, ids[k], CLIF__CODING, i, b,
                                                        at / N / BATCH) < 0.5f);
    same += out[0][at] == out[1][at];
  }
  assert_independent(same, MOST);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

static void two_seeds_draw_other_numbers(void **state) {
  (void)state;
  const cut whole = {STEPS, BATCH, 0, 0, 0, test_lanes()};
  clif_coding_params p = clif_coding_defaults(CLIF_CODING_RATE);
  static float first[MOST];
  for (size_t i = 0; i < MOST; i++) values[i] = 0.5f;
  run_cut(&p, &whole, 1);
  memcpy(first, got, sizeof first);
  run_cut(&p, &whole, 2);
  size_t same = 0;
  for (size_t i = 0; i < MOST; i++) same += first[i] == got[i];
  assert_independent(same, MOST);
}

static void what_cannot_be_coded_is_refused(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  clif_network *net = new_network(ctx);
  clif_coding_params p = clif_coding_defaults(CLIF_CODING_RATE);
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {3}}));
  assert_ok(ctx, clif_network_add_relu(net, "relu"));
  assert_refused(ctx, CLIF_SHAPE, "only input layers", clif_network_set_coding(net, "relu", &p));
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "NULL", clif_network_set_coding(net, "in", NULL));
  p.gain = (double)NAN;
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "gain", clif_network_set_coding(net, "in", &p));
  p = clif_coding_defaults((clif_coding)7);
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "no clif_coding",
                 clif_network_set_coding(net, "in", &p));
  p = clif_coding_defaults(CLIF_CODING_LATENCY);
  p.window = 0;
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "window", clif_network_set_coding(net, "in", &p));
  p.window = 5;
  p.threshold = 1.0;
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "threshold", clif_network_set_coding(net, "in", &p));
  p = clif_coding_defaults(CLIF_CODING_DELTA);
  p.threshold = 0.0;
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "threshold", clif_network_set_coding(net, "in", &p));
  p.size = 3;
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "clif_coding_params",
                 clif_network_set_coding(net, "in", &p));
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

static void nan_in_what_is_coded_is_found(void **state) {
  (void)state;
  float x[2 * 3 * 3] = {0};
  clif_context *ctx = open_context(NULL);
  clif_network *net = new_network(ctx);
  clif_coding_params p = clif_coding_defaults(CLIF_CODING_RATE);
  clif_prepare_options o = {.size = sizeof o, .batch = 3};
  x[3 * 3 + 1 * 3 + 2] = NAN;
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {3}}));
  assert_ok(ctx, clif_network_set_coding(net, "in", &p));
  assert_ok(ctx, clif_network_prepare(net, &o));
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, 2, 3, 3));
  assert_refused(ctx, CLIF_NOT_FINITE, "step 1, sample 1, element 2", run(net, &in, 1, NULL, 0));
  assert_refused(ctx, CLIF_STATE, "reset", run(net, &in, 1, NULL, 0));
  x[3 * 3 + 1 * 3 + 2] = 0.0f;
  assert_ok(ctx, clif_network_reset(net));
  assert_ok(ctx, run(net, &in, 1, NULL, 0));
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rate_is_a_spike_where_the_promised_number_is_below_x),
      cmocka_unit_test(latency_is_one_spike_the_earlier_the_larger_x),
      cmocka_unit_test(delta_is_a_spike_where_x_grows),
      cmocka_unit_test(latency_of_a_few_values),
      cmocka_unit_test(latency_halves_are_rounded_up),
      cmocka_unit_test(delta_of_exactly_the_threshold_counts),
      cmocka_unit_test(two_inputs_draw_the_numbers_of_their_ids),
      cmocka_unit_test(two_seeds_draw_other_numbers),
      cmocka_unit_test(what_cannot_be_coded_is_refused),
      cmocka_unit_test(nan_in_what_is_coded_is_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
