/* dev_gradient_memory.c - what groups with gradients hold: as many bytes as were planned, less with
 * checkpoints and under a cap, the same gradients all the same, and no more with every pass. */
#include <math.h>

#include "clif/gradient.h"
#include "core/core.h"
#include "nets.h"

enum { N = 50, IN = 37, BATCH = 3, STEPS = 36 };

typedef struct setting {
  size_t inputs; /* 0: no linear layer */
  clif_linear_way linear;
  bool adaptive, refractory, input;
  size_t checkpoint;
  uint64_t cap;
} setting;

/* What depends on sums over a tile is last. */
typedef struct answer {
  float s[STEPS * BATCH * N], start_v[BATCH * N], tau[N], threshold[N], bias[N];
  float input[STEPS * BATCH * N], weight[N * IN];
} answer;

static clif_group *create(clif_context *ctx, const setting *how) {
  clif_group *group = NULL;
  float *weight = random_floats(N * IN, -0.2, 0.5, 1), *bias = random_floats(N, -0.1, 0.3, 2);
  clif_lif_params p = clif_lif_defaults();
  clif_gradient_options g = clif_gradient_defaults(CLIF_SURROGATE_ATAN);
  p.tau = clif_scalar(4.0);
  p.options.adaptive = how->adaptive;
  p.options.noise_std = clif_scalar(0.1);
  if (how->refractory) p.options.refractory = clif_scalar(2.0);
  g.tau = g.threshold = 1;
  g.input = how->input;
  g.checkpoint = how->checkpoint;
  clif_group_options o = {.size = sizeof o,
                          .neurons = N,
                          .batch = BATCH,
                          .steps = STEPS,
                          .max_device_bytes = how->cap,
                          .seed = 9,
                          .spikes = CLIF_SPIKES_F32,
                          .inputs = how->inputs,
                          .linear = how->linear,
                          .gradient = &g};
  if (how->inputs) o.weight = weight, o.bias = bias;
  const clif_status status = clif_group_create(ctx, &p, &o, &group);
  if (status != CLIF_OUT_OF_DEVICE_MEMORY || !how->cap) assert_ok(ctx, status);
  free(weight), free(bias);
  return group;
}

static size_t width_of(const setting *how) {
  return how->inputs ? how->inputs : N;
}

/* Currents, or zeros and ones. */
static float *make_input(const setting *how) {
  const size_t count = STEPS * BATCH * width_of(how);
  float *x = random_floats(count, -1.0, 3.0, 3);
  for (size_t i = 0; how->inputs && i < count; i++) x[i] = x[i] > 1.5f;
  return x;
}

static clif_pass *forward(clif_context *ctx, clif_group *group, const setting *how, float *x,
                          answer *a) {
  clif_pass *pass;
  const clif_group_io io = {.size = sizeof io,
                            .input = view3(x, CLIF_F32, STEPS, BATCH, width_of(how)),
                            .spikes = view3(a->s, CLIF_F32, STEPS, BATCH, N)};
  assert_ok(ctx, clif_group_forward(group, &io, &pass));
  return pass;
}

static void back(clif_context *ctx, clif_group *group, const setting *how, const clif_pass *pass,
                 float *x, answer *a) {
  static float *g_s;
  const size_t n = N, width = width_of(how);
  if (!g_s) g_s = random_floats(STEPS * BATCH * N, -1.0, 1.0, 4);
  const clif_group_io io = {.size = sizeof io, .input = view3(x, CLIF_F32, STEPS, BATCH, width)};
  clif_group_gradients g = {.size = sizeof g,
                            .spikes = view3(g_s, CLIF_F32, STEPS, BATCH, N),
                            .tau = clif_array_view(a->tau, CLIF_F32, 1, &n),
                            .threshold = clif_array_view(a->threshold, CLIF_F32, 1, &n),
                            .start_v =
                                clif_array_view(a->start_v, CLIF_F32, 2, (size_t[]){BATCH, N})};
  if (how->input) g.input = view3(a->input, CLIF_F32, STEPS, BATCH, width);
  if (how->inputs) {
    g.weight = clif_array_view(a->weight, CLIF_F32, 2, (size_t[]){N, IN});
    g.bias = clif_array_view(a->bias, CLIF_F32, 1, &n);
  }
  assert_ok(ctx, clif_group_backward(group, pass, &io, &g));
}

static uint64_t held(const clif_context *ctx) {
  return clif_context_memory(ctx).device_bytes;
}

/* Both passes; gives the steps of a tile and the group's bytes. */
static clif_group_info play(clif_context *ctx, const setting *how, answer *a) {
  float *x = make_input(how);
  memset(a, 0, sizeof *a);
  clif_group *group = create(ctx, how);
  clif_pass *pass = forward(ctx, group, how, x, a);
  back(ctx, group, how, pass, x, a);
  const clif_group_info info = clif_group_look(group);
  clif_pass_destroy(pass);
  clif_group_destroy(group);
  free(x);
  return info;
}

/* ---- bytes ---- */

static const setting settings[] = {
    {0, CLIF_LINEAR_AUTO, false, false, false, 0, 0},
    {0, CLIF_LINEAR_AUTO, true, true, true, 0, 0},
    {0, CLIF_LINEAR_AUTO, true, false, true, 6, 0},
    {0, CLIF_LINEAR_AUTO, false, true, true, 1, 0},
    {IN, CLIF_LINEAR_EVENTS, false, false, false, 0, 0},
    {IN, CLIF_LINEAR_EVENTS, true, true, true, 7, 0},
    {IN, CLIF_LINEAR_DENSE, true, false, false, 0, 0},
    {IN, CLIF_LINEAR_DENSE, false, true, true, 5, 0},
    {IN, CLIF_LINEAR_AUTO, true, true, true, STEPS, 0},
};

/* As documented in group.h and docs/gradients.md, without a linear layer. */
static uint64_t bytes_of_neurons(const setting *how, uint64_t steps) {
  const uint64_t p = 64, w = 2, rows = steps * BATCH;
  const uint64_t states = (how->adaptive ? 2u : 1u) + (how->refractory ? 1u : 0u);
  const uint64_t sums = (how->adaptive ? 2u : 1u) + 2; /* of the state, tau and threshold */
  const uint64_t group = 4 * BATCH * p * states + 4 * (13 + states) + 4 * rows * p /* spikes */
                         + 8 * rows * p /* input */ + 20;
  const uint64_t checkpoints = (STEPS + steps - 1) / steps + 1;
  return group + 4 * rows * p * states + 4 * rows * w + 4 * BATCH * p * states * checkpoints +
         4 * rows * p /* gradients of spikes */ + 4 * rows * p /* and currents */ +
         4 * BATCH * p * sums;
}

/* What a linear layer by events has in place of the neurons' own input, and what gradients by its
 * weights and bias take; where no product wants scratch memory. */
static uint64_t bytes_of_linear(const clif_context *ctx, const setting *how, uint64_t steps) {
  const uint64_t k = IN, q = 48, w = 2, p = 64, rows = steps * BATCH; /* 64 neurons are one unit */
  uint64_t bytes = 4 * k * p + 4 * p + 4 * rows * q + 4 * rows * w + 4 * rows * q;
  if (ctx->lanes > 1) bytes += 4 * rows;
  bytes += 4 * rows * p /* currents, for tau */ + 4 * BATCH * p /* bias */ + 4 * k * p;
  bytes += (rows + 64) * ((k + 7) / 8);
  if (ctx->lanes > 1) bytes += 4 * k * (rows + 32) + 4 * k;
  if (how->input) bytes += 4 * rows * q;
  return bytes - 8 * rows * p; /* no input of the neurons themselves */
}

static void bytes_are_as_documented(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  const bool no_scratch = clif__gemm_available(ctx, CLIF__BY_CBLAS);
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
    const setting *how = &settings[i];
    if (how->inputs && (how->linear != CLIF_LINEAR_EVENTS || !no_scratch)) continue;
    clif_group *group = create(ctx, how);
    const clif_group_info info = clif_group_look(group);
    uint64_t expected = bytes_of_neurons(how, info.tile_steps);
    if (how->inputs) expected += bytes_of_linear(ctx, how, info.tile_steps);
    if (info.device_bytes != expected)
      fail_msg("setting %zu takes %llu bytes, documented are %llu", i,
               (unsigned long long)info.device_bytes, (unsigned long long)expected);
    clif_group_destroy(group);
  }
  clif_context_destroy(ctx);
}

static void planned_is_what_is_held(void **state) {
  (void)state;
  static answer a;
  clif_context *ctx = open_context(NULL);
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
    const setting *how = &settings[i];
    const size_t states = (how->adaptive ? 2u : 1u) + (how->refractory ? 1u : 0u), padded = 64;
    float *x = make_input(how);
    clif_group *group = create(ctx, how);
    const clif_group_info info = clif_group_look(group);
    assert_int_equal(info.device_bytes, held(ctx));
    assert_int_equal(info.tile_batch, BATCH);
    assert_true(how->checkpoint == 0 ? info.tile_steps == STEPS
                                     : info.tile_steps <= how->checkpoint);
    clif_pass *pass = forward(ctx, group, how, x, &a);
    assert_int_equal(held(ctx), info.device_bytes + 4 * BATCH * padded * states);
    clif_pass *another = forward(ctx, group, how, x, &a);
    back(ctx, group, how, pass, x, &a);
    assert_int_equal(held(ctx), info.device_bytes + 2 * 4 * BATCH * padded * states);
    clif_pass_destroy(pass), clif_pass_destroy(another);
    assert_int_equal(held(ctx), info.device_bytes);
    clif_group_destroy(group);
    assert_int_equal(held(ctx), 0);
    free(x);
  }
  clif_context_destroy(ctx);
}

/* About the square root of the steps is least. */
static void checkpoints_take_less_memory(void **state) {
  (void)state;
  static const size_t lengths[] = {0, 18, 6, 2};
  for (int linear = 0; linear < 2; linear++) {
    uint64_t bytes[4];
    clif_context *ctx = open_context(NULL);
    for (int i = 0; i < 4; i++) {
      const setting how = {linear ? IN : 0, CLIF_LINEAR_EVENTS, true, true, true, lengths[i], 0};
      clif_group *group = create(ctx, &how);
      bytes[i] = clif_group_look(group).device_bytes;
      clif_group_destroy(group);
    }
    print_message("%s: %llu bytes without checkpoints, %llu, %llu and %llu with one every 18, 6 "
                  "and 2 steps\n",
                  linear ? "linear" : "neurons", (unsigned long long)bytes[0],
                  (unsigned long long)bytes[1], (unsigned long long)bytes[2],
                  (unsigned long long)bytes[3]);
    assert_true(bytes[1] < bytes[0] && bytes[2] < bytes[1]);
    assert_true(linear || bytes[2] < bytes[3]); /* behind a linear layer a step keeps more */
    clif_context_destroy(ctx);
  }
}

/* ---- the same gradients ---- */

static void assert_near(const char *what, const float *got, const float *expected, size_t n) {
  double largest = 1e-30;
  for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs((double)expected[i]));
  for (size_t i = 0; i < n; i++)
    if (!(fabs((double)got[i] - (double)expected[i]) <= 2e-6 * largest))
      fail_msg("%s: element %zu of %zu is %.9g, expected %.9g", what, i, n, (double)got[i],
               (double)expected[i]);
}

/* Of the weights sums of tiles are added up: in another order, if there are other tiles. Gradients
 * of the input behind a linear layer are products of fewer rows. */
static void compare(const setting *how, const answer *got, const answer *expected) {
  if (memcmp(got, expected, offsetof(answer, input)) != 0)
    fail_msg("checkpoint %zu, at most %llu bytes: other gradients", how->checkpoint,
             (unsigned long long)how->cap);
  assert_near("weight", got->weight, expected->weight, N * IN);
  if (how->inputs)
    assert_near("input", got->input, expected->input, STEPS * BATCH * N);
  else
    assert_same_bits("input", got->input, expected->input, STEPS * BATCH * N);
}

static void gradients_are_the_same_with_less_memory(void **state) {
  (void)state;
  static const size_t lengths[] = {1, 5, 6, 35};
  static answer expected, got;
  clif_context *ctx = open_context(NULL);
  for (int linear = 0; linear < 2; linear++) {
    setting how = {linear ? IN : 0, CLIF_LINEAR_EVENTS, true, true, true, 0, 0};
    const uint64_t all = play(ctx, &how, &expected).device_bytes;
    for (int i = 0; i < 4; i++) {
      how.checkpoint = lengths[i];
      assert_in_range(play(ctx, &how, &got).tile_steps, 1, lengths[i]);
      compare(&how, &got, &expected);
    }
    how.checkpoint = 0;
    size_t longest = STEPS;
    for (how.cap = all; how.cap > 64; how.cap -= all / 8) {
      clif_group *group = create(ctx, &how);
      if (!group) break;
      clif_group_destroy(group);
      const clif_group_info info = play(ctx, &how, &got);
      assert_true(info.device_bytes <= how.cap && info.tile_steps <= longest);
      assert_int_equal(info.tile_batch, BATCH);
      longest = info.tile_steps;
      compare(&how, &got, &expected);
    }
    assert_true(longest < STEPS / 2);
    assert_non_null(strstr(clif_context_error(ctx), "raise the cap"));
  }
  clif_context_destroy(ctx);
}

/* ---- from pass to pass ---- */

static void memory_does_not_grow(void **state) {
  (void)state;
  static answer a;
  const int pairs = is_slow_device() ? 5 : 1000;
  for (int linear = 0; linear < 2; linear++) {
    const setting how = {linear ? IN : 0, CLIF_LINEAR_EVENTS, true, true, true, 18, 0};
    clif_context *ctx = open_context(NULL);
    float *x = make_input(&how);
    clif_group *group = create(ctx, &how);
    clif_memory_use before = {0};
    for (int i = 0; i < pairs; i++) {
      clif_pass *pass = forward(ctx, group, &how, x, &a);
      back(ctx, group, &how, pass, x, &a);
      clif_pass_destroy(pass);
      if (i == 1) before = clif_context_memory(ctx); /* programs have been saved */
    }
    const clif_memory_use after = clif_context_memory(ctx);
    assert_int_equal(after.host_bytes, before.host_bytes);
    assert_int_equal(after.host_peak, before.host_peak);
    assert_int_equal(after.device_bytes, before.device_bytes);
    assert_int_equal(after.device_peak, before.device_peak);
    clif_group_destroy(group);
    assert_int_equal(held(ctx), 0);
    free(x);
    clif_context_destroy(ctx);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bytes_are_as_documented),
      cmocka_unit_test(planned_is_what_is_held),
      cmocka_unit_test(checkpoints_take_less_memory),
      cmocka_unit_test(gradients_are_the_same_with_less_memory),
      cmocka_unit_test(memory_does_not_grow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
