/* dev_linear.c - linear layers: the order of additions, the bias last, accuracy. */
#include <math.h>

#include "nets.h"

typedef struct linear_case {
  size_t in, out, steps, batch;
  clif_linear_way way;
  clif_dense_by by;
  int spikes, bias;
} linear_case;

/* Are the bits promised? */
static int exact(const linear_case *c) {
  return c->way == CLIF_LINEAR_EVENTS || (c->spikes && c->by != CLIF_DENSE_CBLAS);
}

/* The plain sum over ascending k, multiply then add, the bias last. */
static void expected_rows(const linear_case *c, const float *x, const float *w, const float *bias,
                          float *y, double *sum_of, double *size) {
  for (size_t row = 0; row < c->steps * c->batch; row++)
    for (size_t j = 0; j < c->out; j++) {
      volatile float sum = 0.0f;
      double d = 0.0, s = 0.0;
      for (size_t k = 0; k < c->in; k++) {
        volatile float product = x[row * c->in + k] * w[j * c->in + k];
        sum = sum + product;
        d += (double)x[row * c->in + k] * (double)w[j * c->in + k];
        s += fabs((double)x[row * c->in + k] * (double)w[j * c->in + k]);
      }
      if (bias) sum = sum + bias[j];
      y[row * c->out + j] = sum;
      sum_of[row * c->out + j] = d + (bias ? (double)bias[j] : 0.0);
      size[row * c->out + j] = s + 1.0;
    }
}

static void device_rows(clif_context *ctx, const linear_case *c, void *x, clif_dtype dtype,
                        const float *w, const float *bias, float *y) {
  clif_network *net = new_network(ctx);
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {c->in}}));
  assert_ok(ctx, clif_network_add_linear(net, "fc", c->in, c->out, w, bias));
  assert_ok(ctx, clif_network_connect(net, "in", "fc", 0));
  assert_ok(ctx, clif_network_record(net, "fc", CLIF_OUTPUT));
  const clif_prepare_options o = {
      .size = sizeof o, .batch = c->batch, .steps = c->steps, .linear = c->way, .dense = c->by};
  assert_ok(ctx, clif_network_prepare(net, &o));
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, dtype, c->steps, c->batch, c->in));
  clif_binding out = bind("fc", CLIF_OUTPUT, view3(y, CLIF_F32, c->steps, c->batch, c->out));
  assert_ok(ctx, run(net, &in, 1, &out, 1));
  clif_network_destroy(net);
}

static void check_case(clif_context *ctx, const linear_case *c) {
  size_t rows = c->steps * c->batch;
  float *w = random_floats(c->in * c->out, -1.0, 1.0, 5);
  float *bias = c->bias ? random_floats(c->out, -100.0, 100.0, 6) : NULL;
  uint8_t *bytes = random_spikes(rows * c->in, 0.3, 7);
  float *x = random_floats(rows * c->in, -2.0, 2.0, 8);
  for (size_t i = 0; c->spikes && i < rows * c->in; i++) x[i] = bytes[i];
  float *y = make_floats(rows * c->out), *expected = make_floats(rows * c->out);
  double *sums = calloc(rows * c->out, sizeof *sums), *size = calloc(rows * c->out, sizeof *size);
  expected_rows(c, x, w, bias, expected, sums, size);
  char what[96];
  snprintf(what, sizeof what, "%zu to %zu, %zu rows, way %d", c->in, c->out, rows, (int)c->way);
  if (c->spikes && exact(c)) {
    device_rows(ctx, c, bytes, CLIF_U8, w, bias, y);
    assert_same_bits(what, y, expected, rows * c->out);
  }
  device_rows(ctx, c, x, CLIF_F32, w, bias, y);
  if (exact(c)) assert_same_bits(what, y, expected, rows * c->out);
  for (size_t i = 0; i < rows * c->out; i++)
    if (fabs((double)y[i] - sums[i]) > 1e-6 * (size[i] + 100.0))
      fail_msg("%s: element %zu is %.9g, exactly %.9g", what, i, (double)y[i], sums[i]);
  free(w), free(bias), free(bytes), free(x), free(y), free(expected), free(sums), free(size);
}

static void check_way(clif_linear_way way, clif_dense_by by, int spikes) {
  static const linear_case cases[] = {{.in = 1, .out = 1, .steps = 1, .batch = 1},
                                      {.in = 5, .out = 3, .steps = 2, .batch = 3},
                                      {.in = 64, .out = 10, .steps = 5, .batch = 16},
                                      {.in = 63, .out = 65, .steps = 1, .batch = 1},
                                      {.in = 65, .out = 64, .steps = 3, .batch = 3},
                                      {.in = 1000, .out = 130, .steps = 7, .batch = 16},
                                      {.in = 300, .out = 1000, .steps = 2, .batch = 3}};
  clif_context *ctx = open_context(NULL);
  for (size_t i = 0; i < (is_slow_device() ? 2 : sizeof cases / sizeof *cases); i++) {
    linear_case c = cases[i];
    c.way = way;
    c.by = by;
    c.spikes = spikes;
    c.bias = i % 2 == 1;
    check_case(ctx, &c);
  }
  clif_context_destroy(ctx);
}

static void clblast_gives_the_ascending_sum_on_zeros_and_ones(void **state) {
  (void)state;
  check_way(CLIF_LINEAR_DENSE, CLIF_DENSE_CLBLAST, 1);
}

static void events_give_the_ascending_sum_on_zeros_and_ones(void **state) {
  (void)state;
  check_way(CLIF_LINEAR_EVENTS, CLIF_DENSE_AUTO, 1);
}

static void clblast_is_accurate_on_real_input(void **state) {
  (void)state;
  check_way(CLIF_LINEAR_DENSE, CLIF_DENSE_CLBLAST, 0);
}

static void cblas_is_accurate_where_it_is_available(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  clif_network *net = new_network(ctx);
  const clif_prepare_options o = {.size = sizeof o, .dense = CLIF_DENSE_CBLAS};
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {1}}));
  clif_status status = clif_network_prepare(net, &o);
  if (status != CLIF_OK) assert_refused(ctx, CLIF_UNSUPPORTED, "CBLAS", status);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
  if (status != CLIF_OK) skip();
  check_way(CLIF_LINEAR_DENSE, CLIF_DENSE_CBLAS, 0);
  check_way(CLIF_LINEAR_DENSE, CLIF_DENSE_CBLAS, 1);
  check_way(CLIF_LINEAR_DENSE, CLIF_DENSE_AUTO, 0);
}

static void events_give_the_ascending_sum_on_real_input(void **state) {
  (void)state;
  check_way(CLIF_LINEAR_EVENTS, CLIF_DENSE_AUTO, 0);
}

/* Weights that show any other order: (2^24 + 1) - 2^24 is 0, and 1 in every other order; a bias
 * added first would swallow the 1 of the second output. */
static void the_order_is_ascending_and_the_bias_comes_last(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  static const float w[2][3] = {{0x1p24f, 1.0f, -0x1p24f}, {1.0f, 0x1p24f, -0x1p24f}};
  static const float bias[2] = {1.0f, 0x1p25f};
  for (int way = CLIF_LINEAR_AUTO; way <= CLIF_LINEAR_EVENTS; way++) {
    linear_case c = {.in = 3, .out = 2, .steps = 1, .batch = 1, .way = (clif_linear_way)way};
    uint8_t ones[3] = {1, 1, 1};
    float y[2];
    device_rows(ctx, &c, ones, CLIF_U8, &w[0][0], bias, y);
    assert_true(y[0] == 1.0f);
    assert_true(y[1] == 0x1p25f); /* ((1 + 2^24) - 2^24) is 0 */
  }
  clif_context_destroy(ctx);
}

/* Mesa's llvmpipe ends the loops of a work-item after 65535 iterations: many rows, wide layers and
 * many inputs must still be summed to their ends. */
static void large_products_are_whole(void **state) {
  (void)state;
  static const linear_case cases[] = {{.in = 64, .out = 128, .steps = 25, .batch = 360},
                                      {.in = 20000, .out = 65, .steps = 3, .batch = 2},
                                      {.in = 16, .out = 20000, .steps = 2, .batch = 3}};
  if (is_slow_device()) skip();
  clif_context *ctx = open_context(NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    linear_case c = cases[i];
    c.way = CLIF_LINEAR_EVENTS;
    c.spikes = 1;
    check_case(ctx, &c);
  }
  clif_context_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(clblast_gives_the_ascending_sum_on_zeros_and_ones),
      cmocka_unit_test(events_give_the_ascending_sum_on_zeros_and_ones),
      cmocka_unit_test(clblast_is_accurate_on_real_input),
      cmocka_unit_test(cblas_is_accurate_where_it_is_available),
      cmocka_unit_test(events_give_the_ascending_sum_on_real_input),
      cmocka_unit_test(large_products_are_whole),
      cmocka_unit_test(the_order_is_ascending_and_the_bias_comes_last),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
