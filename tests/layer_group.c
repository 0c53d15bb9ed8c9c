/* layer_group.c - a group under the loader layer: what steps and runs enqueue and wait for, and
 * every OpenCL call and every allocation made to fail, those of device arrays and snapshots too. */
#include "cl_layer.h"
#include "nets.h"
#include "scarce.h"

enum { N = 70, BATCH = 3, STEPS = 9, TILE = 4, COUNT = STEPS * BATCH * N, WORDS = 4 };

typedef struct results {
  uint32_t bits[STEPS * BATCH * WORDS];
  float v[COUNT], th[BATCH * N];
} results;

/* Everything that is made, so that it can be given back wherever things fail. */
typedef struct made {
  clif_group *group;
  clif_array x;
  clif_snapshot *snapshot;
} made;

static void drop(clif_context *ctx, made *m) {
  clif_snapshot_destroy(m->snapshot);
  clif_group_destroy(m->group);
  if (m->x.ndim) clif_array_free(ctx, &m->x);
  *m = (made){0};
}

/* All options, one of them per neuron, so that coefficients are rows. */
static clif_status create(clif_context *ctx, made *m) {
  double tau[N];
  clif_lif_params p = clif_lif_defaults();
  const clif_group_options o = {.size = sizeof o,
                                .neurons = N,
                                .batch = BATCH,
                                .steps = TILE,
                                .seed = 5,
                                .record = CLIF_RECORD_V,
                                .device_input = 1};
  for (size_t i = 0; i < N; i++) tau[i] = 4.0 + 0.25 * (double)i;
  p.tau = clif_per_neuron(tau, N);
  p.options.noise_std = clif_scalar(0.2);
  p.options.stochastic = p.options.adaptive = 1;
  p.options.slope = clif_scalar(4.0);
  p.options.refractory = clif_scalar(2.0);
  return clif_group_create(ctx, &p, &o, &m->group);
}

static clif_status put_input(clif_context *ctx, made *m) {
  static float *x;
  clif_status status;
  if (!x) x = random_floats(COUNT, -0.5, 3.0, 8);
  const clif_array host = view3(x, CLIF_F32, STEPS, BATCH, N);
  status = clif_array_create_device(ctx, CLIF_F32, 3, host.shape, &m->x);
  return status == CLIF_OK ? clif_array_copy(ctx, &host, &m->x) : status;
}

static clif_status run_group(made *m, results *r) {
  const clif_group_io io = {.size = sizeof io,
                            .input = m->x,
                            .spikes = view3(r->bits, CLIF_U32, STEPS, BATCH, WORDS),
                            .v = view3(r->v, CLIF_F32, STEPS, BATCH, N)};
  return clif_group_run(m->group, &io);
}

/* A run, and from its snapshot another one twice: *r is the last. */
static clif_status play(clif_context *ctx, made *m, results *r) {
  clif_status s;
  const clif_array th = clif_array_view(r->th, CLIF_F32, 2, (size_t[]){BATCH, N});
  if ((s = create(ctx, m)) || (s = put_input(ctx, m)) || (s = run_group(m, r)) ||
      (s = clif_group_save(m->group, &m->snapshot)) || (s = run_group(m, r)) ||
      (s = clif_group_restore(m->group, m->snapshot)) || (s = run_group(m, r)) ||
      (s = clif_group_get_state(m->group, "th", &th)))
    return s;
  return clif_group_set_state(m->group, "th", &th);
}

static void assert_same_results(const results *a, const results *b) {
  assert_memory_equal(a->bits, b->bits, sizeof a->bits);
  assert_same_bits("v", a->v, b->v, COUNT);
  assert_same_bits("th", a->th, b->th, (size_t)BATCH * N);
}

static void play_well(clif_context *ctx, results *r) {
  made m = {0};
  memset(r, 9, sizeof *r);
  assert_ok(ctx, play(ctx, &m, r));
  drop(ctx, &m);
  assert_int_equal(clif_context_memory(ctx).device_bytes, 0);
}

static const results *expected(void) {
  static results r;
  clif_context *ctx = open_context(NULL);
  play_well(ctx, &r);
  clif_context_destroy(ctx);
  return &r;
}

/* ---- census ---- */

static void a_step_is_one_launch_and_one_wait(void **state) {
  (void)state;
  if (!cl_layer_active()) skip();
  static results r;
  made m = {0};
  clif_context *ctx = open_context(NULL);
  assert_ok(ctx, create(ctx, &m));
  assert_ok(ctx, put_input(ctx, &m));
  assert_ok(ctx, run_group(&m, &r));
  clif_array one = clif_array_slice(&m.x, 0, 3, 1);
  one.ndim = 2; /* (1, B, n) as (B, n) */
  for (unsigned d = 0; d < 2; d++)
    one.shape[d] = one.shape[d + 1], one.strides[d] = one.strides[d + 1];
  const clif_group_io io = {.size = sizeof io, .input = one};
  for (int i = 0; i < 3; i++) {
    clif_counters before = clif_context_counters(ctx);
    cl_layer_reset();
    assert_ok(ctx, clif_group_step(m.group, &io));
    assert_int_equal(cl_layer_count("clEnqueueNDRangeKernel"), 1);
    assert_int_equal(cl_layer_blocking(), 1);
    assert_int_equal(cl_layer_bytes_written(), 0);
    assert_int_equal(cl_layer_bytes_read(), 2 * 4); /* the statistics */
    assert_int_equal(cl_layer_count("clCreateBuffer"), 0);
    assert_int_equal(clif_context_counters(ctx).host_allocations, before.host_allocations);
  }
  cl_layer_reset();
  assert_ok(ctx, run_group(&m, &r)); /* 9 steps in tiles of 4 */
  assert_int_equal(cl_layer_count("clEnqueueNDRangeKernel"), 3);
  assert_int_equal(cl_layer_blocking(), 3);
  drop(ctx, &m);
  clif_context_destroy(ctx);
  assert_int_equal(cl_layer_live(NULL), 0);
}

/* ---- faults ---- */

static void fail_calls(int persistent, const results *right) {
  const char *failed = "";
  for (long k = 1; failed; k++) {
    static results r;
    made m = {0};
    clif_context *ctx = open_context(NULL);
    cl_layer_fail_at(k, persistent);
    clif_status status = play(ctx, &m, &r);
    failed = cl_layer_failed();
    cl_layer_fail_at(0, 0);
    if (status == CLIF_OK) assert_same_results(&r, right);
    if (status != CLIF_OK && !failed) fail_msg("no call failed, but: %s", clif_context_error(ctx));
    if (status != CLIF_OK && !*clif_context_error(ctx)) fail_msg("%s: no sentence", failed);
    drop(ctx, &m);
    if (status != CLIF_OK && k % 4 == 1) {
      play_well(ctx, &r);
      assert_same_results(&r, right);
    }
    clif_context_destroy(ctx);
    if (cl_layer_live(NULL) != 0) {
      cl_layer_print();
      fail_msg("call %ld, %s, made to fail: objects leaked", k, failed);
    }
    if (!failed) assert_true(k > 60);
  }
}

static void any_opencl_call_may_fail(void **state) {
  (void)state;
  if (!cl_layer_active()) skip();
  const results *right = expected();
  fail_calls(0, right);
  fail_calls(1, right);
}

static void any_allocation_may_fail(void **state) {
  (void)state;
  const results *right = expected();
  scarce s = {.left = -1};
  clif_context_options o = {.size = sizeof o, .alloc = scarce_alloc, .alloc_user = &s};
  clif_context *ctx = open_context(&o);
  long k = 0;
  do {
    static results r;
    made m = {0};
    s = (scarce){.left = k++, .held = s.held};
    clif_status status = play(ctx, &m, &r);
    s.left = -1;
    if (status == CLIF_OK) assert_same_results(&r, right);
    if (status != CLIF_OK && status != CLIF_OUT_OF_MEMORY)
      fail_msg("allocation %ld: %s: %s", k, clif_status_name(status), clif_context_error(ctx));
    drop(ctx, &m);
  } while (s.refused);
  assert_true(k > 30);
  clif_context_destroy(ctx);
  assert_int_equal(s.held, 0);
}

/* The loader takes the layer in with the first OpenCL call. */
static int first_call(void **state) {
  (void)state;
  size_t n;
  return clif_device_list(NULL, 0, &n) != CLIF_OK;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_step_is_one_launch_and_one_wait),
      cmocka_unit_test(any_opencl_call_may_fail),
      cmocka_unit_test(any_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, first_call, NULL);
}
