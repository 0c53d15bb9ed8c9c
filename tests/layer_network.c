/* layer_network.c - a network under the loader layer: what a run really enqueues and waits for, and
 * every OpenCL call and every allocation made to fail. */
#include "cl_layer.h"
#include "nets.h"
#include "scarce.h"

enum { IN = 40, OUT = 20, STEPS = 11, BATCH = 3, TILE = 4 };

typedef struct spikes {
  uint8_t s[STEPS * BATCH * OUT];
  float v[STEPS * BATCH * OUT];
} spikes;

/* in -> fc -> cell (lif), recorded. NULL and *status when something failed. */
static clif_network *build(clif_context *ctx, clif_linear_way way, clif_overlap overlap,
                           clif_status *status) {
  float w[IN * OUT], bias[OUT];
  double tau[OUT];
  uint32_t seed = 9;
  for (size_t i = 0; i < IN * OUT; i++) w[i] = (float)between(&seed, -0.5, 1.0);
  for (size_t i = 0; i < OUT; i++) bias[i] = (float)between(&seed, -0.2, 0.2);
  for (size_t i = 0; i < OUT; i++) tau[i] = between(&seed, 2, 9);
  clif_lif_params lif = clif_lif_defaults();
  lif.tau = clif_per_neuron(tau, OUT);
  clif_prepare_options o = {
      .size = sizeof o, .batch = BATCH, .steps = TILE, .linear = way, .overlap = overlap};
  clif_network *net = NULL;
  if ((*status = clif_network_create(ctx, &net)) ||
      (*status = clif_network_add_input(net, "in", &(clif_shape){1, {IN}})) ||
      (*status = clif_network_add_linear(net, "fc", IN, OUT, w, bias)) ||
      (*status = clif_network_add_lif(net, "cell", &lif)) ||
      (*status = clif_network_connect(net, "in", "fc", 0)) ||
      (*status = clif_network_connect(net, "fc", "cell", 0)) ||
      (*status = clif_network_record(net, "cell", CLIF_OUTPUT)) ||
      (*status = clif_network_record(net, "cell", CLIF_V)) ||
      (*status = clif_network_prepare(net, &o))) {
    clif_network_destroy(net);
    return NULL;
  }
  return net;
}

static clif_status run_steps(clif_network *net, size_t steps, spikes *out) {
  static uint8_t *x;
  if (!x) x = random_spikes(STEPS * BATCH * IN, 0.2, 4);
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_U8, steps, BATCH, IN));
  clif_binding outs[] = {bind("cell", CLIF_OUTPUT, view3(out->s, CLIF_U8, steps, BATCH, OUT)),
                         bind("cell", CLIF_V, view3(out->v, CLIF_F32, steps, BATCH, OUT))};
  return run(net, &in, 1, outs, 2);
}

static spikes expected(clif_linear_way way) {
  static spikes s;
  clif_status status;
  clif_context *ctx = open_context(NULL);
  clif_network *net = build(ctx, way, CLIF_OVERLAP_OFF, &status);
  assert_ok(ctx, status);
  assert_ok(ctx, run_steps(net, STEPS, &s));
  clif_network_destroy(net);
  clif_context_destroy(ctx);
  size_t count = 0;
  for (size_t i = 0; i < sizeof s.s; i++) count += s.s[i];
  assert_true(count > 30);
  return s;
}

/* ---- census ---- */

static long enqueued(void) {
  static const char *const functions[] = {"clEnqueueNDRangeKernel",   "clEnqueueReadBuffer",
                                          "clEnqueueWriteBuffer",     "clEnqueueReadBufferRect",
                                          "clEnqueueWriteBufferRect", "clEnqueueFillBuffer",
                                          "clEnqueueCopyBuffer"};
  long n = 0;
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    assert_true(cl_layer_count(functions[i]) >= 0);
    n += cl_layer_count(functions[i]);
  }
  return n;
}

/* While copies overlap there is a wait more: for the last of what comes back. */
static void count_run(clif_overlap overlap) {
  static const struct {
    size_t steps;
    long tiles;
  } runs[] = {{1, 1}, {4, 1}, {5, 2}, {11, 3}};
  static spikes out;
  clif_status status;
  clif_context *ctx = open_context(NULL);
  clif_network *net = build(ctx, CLIF_LINEAR_EVENTS, overlap, &status);
  assert_ok(ctx, status);
  assert_ok(ctx, run_steps(net, 1, &out)); /* sets up the states, saves programs */
  for (size_t i = 0; i < 4; i++) {
    clif_counters before = clif_context_counters(ctx);
    cl_layer_reset();
    assert_ok(ctx, run_steps(net, runs[i].steps, &out));
    clif_counters after = clif_context_counters(ctx);
    assert_int_equal(cl_layer_blocking(), runs[i].tiles + (overlap == CLIF_OVERLAP_ON));
    assert_int_equal(enqueued(), runs[i].tiles * (long)clif_network_plan(net).commands_per_tile);
    assert_int_equal(enqueued(), after.commands - before.commands);
    assert_int_equal(cl_layer_bytes_written(), after.bytes_uploaded - before.bytes_uploaded);
    assert_int_equal(cl_layer_bytes_written(), runs[i].steps * BATCH * IN);
    assert_int_equal(cl_layer_bytes_read(), after.bytes_downloaded - before.bytes_downloaded);
    assert_int_equal(cl_layer_count("clCreateBuffer"), 0);
    assert_int_equal(cl_layer_count("clCreateKernel"), 0);
    assert_int_equal(after.host_allocations, before.host_allocations);
  }
  clif_network_destroy(net);
  clif_context_destroy(ctx);
  assert_int_equal(cl_layer_live(NULL), 0);
}

static void a_run_enqueues_by_tiles_and_waits_once_for_each(void **state) {
  (void)state;
  if (!cl_layer_active()) skip();
  count_run(CLIF_OVERLAP_OFF);
  count_run(CLIF_OVERLAP_ON);
}

static void clblasts_calls_are_by_tiles_too(void **state) {
  (void)state;
  if (!cl_layer_active()) skip();
  static spikes out;
  clif_status status;
  clif_context *ctx = open_context(NULL);
  clif_network *net = build(ctx, CLIF_LINEAR_DENSE, CLIF_OVERLAP_OFF, &status);
  assert_ok(ctx, status);
  assert_ok(ctx, run_steps(net, TILE, &out));
  cl_layer_reset();
  assert_ok(ctx, run_steps(net, TILE, &out));
  long one = cl_layer_count("clEnqueueNDRangeKernel");
  cl_layer_reset();
  assert_ok(ctx, run_steps(net, 2 * TILE, &out));
  assert_int_equal(cl_layer_count("clEnqueueNDRangeKernel"), 2 * one);
  assert_int_equal(cl_layer_blocking(), 2);
  assert_int_equal(cl_layer_count("clCreateBuffer"), 0); /* the scratch is ours */
  clif_network_destroy(net);
  clif_context_destroy(ctx);
  assert_int_equal(cl_layer_live(NULL), 0);
}

/* ---- faults ---- */

/* After a failure, on the same context: everything works and gives the right bits. */
static void check_usable(clif_context *ctx, clif_linear_way way, const spikes *right) {
  static spikes out;
  clif_status status;
  clif_network *net = build(ctx, way, CLIF_OVERLAP_OFF, &status);
  assert_ok(ctx, status);
  memset(&out, 9, sizeof out);
  assert_ok(ctx, run_steps(net, STEPS, &out));
  assert_memory_equal(out.s, right->s, sizeof out.s);
  assert_memory_equal(out.v, right->v, sizeof out.v);
  clif_network_destroy(net);
  assert_int_equal(clif_context_memory(ctx).device_bytes, 0);
}

/* Calls that can fail before the first run, on a context that is open. */
static long calls_of_building(clif_linear_way way, clif_overlap overlap) {
  clif_status status;
  clif_context *ctx = open_context(NULL);
  cl_layer_reset();
  clif_network *net = build(ctx, way, overlap, &status);
  assert_ok(ctx, status);
  long n = cl_layer_fallible();
  clif_network_destroy(net);
  clif_context_destroy(ctx);
  return n;
}

/* The k-th fallible OpenCL call of building, preparing and running fails, for every k from `first`
 * on. */
static void fail_calls(clif_linear_way way, clif_overlap overlap, long first, int persistent,
                       const spikes *right) {
  const char *failed = "";
  for (long k = first; failed; k++) {
    static spikes out;
    clif_status status;
    clif_context *ctx = open_context(NULL);
    cl_layer_fail_at(k, persistent);
    clif_network *net = build(ctx, way, overlap, &status);
    if (net) status = run_steps(net, STEPS, &out);
    failed = cl_layer_failed();
    cl_layer_fail_at(0, 0);
    if (status == CLIF_OK) {
      /* Either nothing failed, or what failed is only a saving: the result must be right. */
      assert_memory_equal(out.s, right->s, sizeof out.s);
    } else {
      if (!failed) fail_msg("no call failed, but: %s", clif_context_error(ctx));
      if (!*clif_context_error(ctx)) fail_msg("call %ld, %s: no sentence", k, failed);
      if (net) {
        assert_int_equal(run_steps(net, STEPS, &out), CLIF_STATE);
        assert_ok(ctx, clif_network_reset(net));
        assert_ok(ctx, run_steps(net, STEPS, &out));
        assert_memory_equal(out.s, right->s, sizeof out.s);
      }
    }
    clif_network_destroy(net);
    if (status != CLIF_OK && k % 4 == 1) check_usable(ctx, way, right);
    clif_context_destroy(ctx);
    if (cl_layer_live(NULL) != 0) {
      cl_layer_print();
      fail_msg("call %ld, %s, made to fail: objects leaked", k, failed);
    }
    if (!failed) assert_true(k - first > 20);
  }
}

static void any_opencl_call_may_fail(void **state) {
  (void)state;
  if (!cl_layer_active()) skip();
  spikes right = expected(CLIF_LINEAR_EVENTS);
  fail_calls(CLIF_LINEAR_EVENTS, CLIF_OVERLAP_OFF, 1, 0, &right);
  fail_calls(CLIF_LINEAR_EVENTS, CLIF_OVERLAP_OFF, 1, 1, &right);
}

static void any_opencl_call_of_an_overlapping_run_may_fail(void **state) {
  (void)state;
  if (!cl_layer_active()) skip();
  spikes right = expected(CLIF_LINEAR_EVENTS);
  long building = calls_of_building(CLIF_LINEAR_EVENTS, CLIF_OVERLAP_ON);
  fail_calls(CLIF_LINEAR_EVENTS, CLIF_OVERLAP_ON, building + 1, 0, &right);
  fail_calls(CLIF_LINEAR_EVENTS, CLIF_OVERLAP_ON, building + 1, 1, &right);
}

static void any_opencl_call_of_clblast_may_fail(void **state) {
  (void)state;
  if (!cl_layer_active()) skip();
  spikes right = expected(CLIF_LINEAR_DENSE);
  fail_calls(CLIF_LINEAR_DENSE, CLIF_OVERLAP_OFF, 1, 0, &right);
}

/* ---- allocations ---- */

static void any_allocation_may_fail(void **state) {
  (void)state;
  spikes right = expected(CLIF_LINEAR_EVENTS);
  for (int persistent = 0; persistent <= 1; persistent++) {
    scarce s = {.left = -1};
    clif_context_options o = {.size = sizeof o, .alloc = scarce_alloc, .alloc_user = &s};
    clif_context *ctx = open_context(&o);
    size_t before = s.held;
    long k = 0;
    do {
      static spikes out;
      clif_status status;
      s = (scarce){.left = k++, .persistent = persistent, .held = s.held};
      clif_network *net = build(ctx, CLIF_LINEAR_EVENTS, CLIF_OVERLAP_OFF, &status);
      if (net) status = run_steps(net, STEPS, &out);
      s.left = -1;
      if (status == CLIF_OK) assert_memory_equal(out.s, right.s, sizeof out.s);
      if (status != CLIF_OK && status != CLIF_OUT_OF_MEMORY)
        fail_msg("allocation %ld: %s: %s", k, clif_status_name(status), clif_context_error(ctx));
      if (status != CLIF_OK) assert_true(s.refused && *clif_context_error(ctx));
      clif_network_destroy(net);
    } while (s.refused);
    assert_true(k > 30);
    check_usable(ctx, CLIF_LINEAR_EVENTS, &right);
    assert_true(s.held - before < 4096); /* programs that were built stay with the context */
    clif_context_destroy(ctx);
    assert_int_equal(s.held, 0);
  }
}

/* The loader takes the layer in with the first OpenCL call. */
static int first_call(void **state) {
  (void)state;
  size_t n;
  return clif_device_list(NULL, 0, &n) != CLIF_OK;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_run_enqueues_by_tiles_and_waits_once_for_each),
      cmocka_unit_test(clblasts_calls_are_by_tiles_too),
      cmocka_unit_test(any_opencl_call_may_fail),
      cmocka_unit_test(any_opencl_call_of_an_overlapping_run_may_fail),
      cmocka_unit_test(any_opencl_call_of_clblast_may_fail),
      cmocka_unit_test(any_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, first_call, NULL);
}
