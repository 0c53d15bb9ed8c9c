/* layer_gradient.c - forward and backward passes under the loader layer: what they enqueue, copy
 * and wait for, and every OpenCL call and every allocation made to fail. */
#include "cl_layer.h"
#include "clif/gradient.h"
#include "core/core.h"
#include "nets.h"
#include "scarce.h"

enum { BATCH = 2, STEPS = 9, TILE = 3, TILES = 3, STATES = 3, MOST = 32, MOST_IN = 48 };

/* Whole lane blocks can be shared where the device works in the host's memory; others cannot. */
typedef struct sizes {
  size_t n, in;
  int products; /* gradients of the input, and input that is not zeros and ones */
  clif_dense_by by;
} sizes;

static const sizes odd = {.n = 20, .in = 37}, whole = {.n = 32, .in = 48};
static const sizes by_clblast = {20, 37, 1, CLIF_DENSE_CLBLAST};
static const sizes by_cblas = {32, 48, 1, CLIF_DENSE_CBLAS};

/* Of two passes: spikes, and all gradients. */
typedef struct results {
  float s[2][STEPS * BATCH * MOST], v[STEPS * BATCH * MOST];
  float input[2][STEPS * BATCH * MOST_IN], weight[2][MOST * MOST_IN];
  float bias[2][MOST], tau[2][MOST], threshold[2][MOST];
  float start_v[2][BATCH * MOST], start_th[2][BATCH * MOST];
} results;

/* Everything that is made, so that it can be given back wherever things fail. */
typedef struct made {
  const sizes *kind;
  clif_group *group;
  clif_pass *pass[2];
  enum { CREATE, SET_WEIGHTS, FORWARD, BACK } last; /* what was done last, or failed */
} made;

static void drop_passes(made *m) {
  for (int i = 0; i < 2; i++) clif_pass_destroy(m->pass[i]);
  m->pass[0] = m->pass[1] = NULL;
}

static void drop(made *m) {
  drop_passes(m);
  clif_group_destroy(m->group);
  m->group = NULL;
}

/* Where numbers that are only read come from; aligned, so that they may be shared. */
static float *numbers(size_t n, double low, double high, uint32_t seed) {
  enum { LINE = 64 };
  float *plain = random_floats(n, low, high, seed);
  float *aligned = aligned_alloc(LINE, (n * sizeof *plain + LINE - 1) / LINE * LINE);
  assert_non_null(aligned);
  memcpy(aligned, plain, n * sizeof *plain);
  free(plain);
  return aligned;
}

/* All options, one of them per neuron, so that coefficients are rows. */
static clif_status create(clif_context *ctx, made *m) {
  static const float nothing[MOST * MOST_IN];
  double tau[MOST];
  clif_lif_params p = clif_lif_defaults();
  clif_gradient_options g = clif_gradient_defaults(CLIF_SURROGATE_SIGMOID);
  g.attach_reset = g.threshold = g.tau = g.v = 1;
  g.input = m->kind->products;
  g.checkpoint = TILE + 1; /* 9 steps in even parts of at most 4 */
  const clif_group_options o = {.size = sizeof o,
                                .neurons = m->kind->n,
                                .batch = BATCH,
                                .steps = STEPS,
                                .seed = 5,
                                .spikes = CLIF_SPIKES_F32,
                                .record = CLIF_RECORD_V,
                                .inputs = m->kind->in,
                                .weight = nothing,
                                .bias = nothing,
                                .linear = CLIF_LINEAR_EVENTS,
                                .dense = m->kind->by,
                                .gradient = &g};
  for (size_t i = 0; i < MOST; i++) tau[i] = 3.0 + 0.25 * (double)i;
  p.tau = clif_per_neuron(tau, m->kind->n);
  p.options.noise_std = clif_scalar(0.2);
  p.options.stochastic = p.options.adaptive = 1;
  p.options.slope = clif_scalar(4.0);
  p.options.refractory = clif_scalar(2.0);
  return clif_group_create(ctx, &p, &o, &m->group);
}

static clif_status set_weights(made *m) {
  static float *w, *b;
  m->last = SET_WEIGHTS;
  if (!w) w = numbers(MOST * MOST_IN, -0.2, 0.5, 1), b = numbers(MOST, -0.1, 0.3, 2);
  const size_t n = m->kind->n;
  const clif_array weight = clif_array_view(w, CLIF_F32, 2, (size_t[]){n, m->kind->in});
  const clif_array bias = clif_array_view(b, CLIF_F32, 1, &n);
  return clif_group_set_weights(m->group, &weight, &bias);
}

static clif_group_io make_io(const made *m, results *r, int which) {
  static float *spikes, *x;
  const size_t count = STEPS * BATCH * MOST_IN, in = m->kind->in, n = m->kind->n;
  if (!spikes) {
    x = numbers(count, -0.5, 2.0, 3), spikes = numbers(count, 0.0, 1.0, 3);
    for (size_t i = 0; i < count; i++) spikes[i] = spikes[i] < 0.3f;
  }
  return (clif_group_io){.size = sizeof(clif_group_io),
                         .input = view3(m->kind->products ? x : spikes, CLIF_F32, STEPS, BATCH, in),
                         .spikes = view3(r->s[which], CLIF_F32, STEPS, BATCH, n),
                         .v = view3(r->v, CLIF_F32, STEPS, BATCH, n)};
}

static clif_status forward(made *m, results *r, int which) {
  const clif_group_io io = make_io(m, r, which);
  m->last = FORWARD;
  return clif_group_forward(m->group, &io, &m->pass[which]);
}

static clif_status back(made *m, results *r, int which) {
  static float *g_s, *g_v, *states;
  const size_t n = m->kind->n, in = m->kind->in, rows[] = {BATCH, n};
  const size_t count = STEPS * BATCH * MOST;
  const clif_group_io io = make_io(m, r, which);
  m->last = BACK;
  if (!g_s) {
    g_s = numbers(count, -1.0, 1.0, 4), g_v = numbers(count, -1.0, 1.0, 5);
    states = numbers(2 * BATCH * MOST, -1.0, 1.0, 6);
  }
  clif_group_gradients g = {.size = sizeof g,
                            .spikes = view3(g_s, CLIF_F32, STEPS, BATCH, n),
                            .v = view3(g_v, CLIF_F32, STEPS, BATCH, n),
                            .state_v = clif_array_view(states, CLIF_F32, 2, rows),
                            .state_th = clif_array_view(states + BATCH * MOST, CLIF_F32, 2, rows),
                            .weight =
                                clif_array_view(r->weight[which], CLIF_F32, 2, (size_t[]){n, in}),
                            .bias = clif_array_view(r->bias[which], CLIF_F32, 1, &n),
                            .threshold = clif_array_view(r->threshold[which], CLIF_F32, 1, &n),
                            .tau = clif_array_view(r->tau[which], CLIF_F32, 1, &n),
                            .start_v = clif_array_view(r->start_v[which], CLIF_F32, 2, rows),
                            .start_th = clif_array_view(r->start_th[which], CLIF_F32, 2, rows)};
  if (m->kind->products) g.input = view3(r->input[which], CLIF_F32, STEPS, BATCH, in);
  return clif_group_backward(m->group, m->pass[which], &io, &g);
}

/* A forward pass, another, the first taken back, which has to be computed again, and the second. */
static clif_status play(made *m, results *r) {
  clif_status s;
  if ((s = forward(m, r, 0)) || (s = forward(m, r, 1)) || (s = back(m, r, 0))) return s;
  return back(m, r, 1);
}

static results *new_results(void) {
  enum { LINE = 64 };
  results *r = aligned_alloc(LINE, (sizeof *r + LINE - 1) / LINE * LINE);
  assert_non_null(r);
  memset(r, 9, sizeof *r);
  return r;
}

static void check_results(const results *got, const results *right, const char *what) {
  assert_same_bits(what, (const float *)(const void *)got, (const float *)(const void *)right,
                   sizeof *got / sizeof(float));
}

/* Creates, plays, and destroys; other contexts are as good. */
static void play_well(clif_context *ctx, const sizes *kind, results *r) {
  made m = {.kind = kind};
  memset(r, 9, sizeof *r);
  assert_ok(ctx, create(ctx, &m));
  assert_ok(ctx, set_weights(&m));
  assert_ok(ctx, play(&m, r));
  drop(&m);
  assert_int_equal(clif_context_memory(ctx).device_bytes, 0);
}

static results *expected(const sizes *kind) {
  results *r = new_results();
  clif_context *ctx = open_context(NULL);
  play_well(ctx, kind, r);
  size_t spikes = 0;
  for (size_t i = 0; i < STEPS * BATCH * kind->n; i++) spikes += r->s[0][i] != 0.0f;
  assert_in_range(spikes, 20, STEPS * BATCH * kind->n - 20);
  clif_context_destroy(ctx);
  return r;
}

/* ---- census ---- */

typedef struct census {
  long launches, waits, buffers, maps;
  uint64_t written, read, allocations, held;
} census;

static void begin_census(clif_context *ctx, census *c) {
  *c = (census){.allocations = clif_context_counters(ctx).host_allocations,
                .held = clif_context_memory(ctx).device_bytes};
  cl_layer_reset();
}

static void end_census(clif_context *ctx, census *c) {
  c->launches = cl_layer_count("clEnqueueNDRangeKernel");
  c->waits = cl_layer_blocking();
  c->buffers = cl_layer_count("clCreateBuffer");
  c->maps = cl_layer_count("clEnqueueMapBuffer");
  c->written = cl_layer_bytes_written();
  c->read = cl_layer_bytes_read();
  c->allocations = clif_context_counters(ctx).host_allocations - c->allocations;
  c->held = clif_context_memory(ctx).device_bytes - c->held;
}

static void assert_census(const char *what, const census *got, const census *expected) {
  if (memcmp(got, expected, sizeof *got) == 0) return;
  fail_msg("%s: launches %ld, waits %ld, buffers %ld, maps %ld, written %llu, read %llu, "
           "allocations %llu, held %llu; expected %ld, %ld, %ld, %ld, %llu, %llu, %llu, %llu",
           what, got->launches, got->waits, got->buffers, got->maps,
           (unsigned long long)got->written, (unsigned long long)got->read,
           (unsigned long long)got->allocations, (unsigned long long)got->held, expected->launches,
           expected->waits, expected->buffers, expected->maps,
           (unsigned long long)expected->written, (unsigned long long)expected->read,
           (unsigned long long)expected->allocations, (unsigned long long)expected->held);
}

/* Of one tile: launches forward and back; bytes of input, of an array of neurons, of statistics. */
typedef struct tile {
  long forward, back;
  uint64_t x, rows, stats;
  bool shares;
} tile;

static tile tile_of(const clif_context *ctx, const sizes *kind) {
  const size_t rows = TILE * BATCH * sizeof(float);
  /* With 16 lanes events become lists. */
  const bool lists = ctx->lanes == 16;
  return (tile){.forward = lists ? 4 : 3, /* input to bits, lists, sums, neurons */
                .back = lists ? 4 : 3,    /* neurons, bits turned over, lists, sums */
                .x = rows * kind->in,
                .rows = rows * kind->n,
                .stats = 4 * (4 + 1),
                .shares = ctx->shares_memory && kind->n % 16 == 0};
}

/* Spikes and v come back; the pass keeps all states, which the first one also sets up. */
static census forward_census(const tile *t, const sizes *kind, bool first) {
  const size_t padded = (kind->n + 15) / 16 * 16;
  census c = {.launches = TILES * t->forward + (first ? STATES : 0),
              .waits = TILES,
              .buffers = STATES,
              .written = TILES * t->x,
              .read = TILES * (t->stats + 2 * t->rows),
              .allocations = 2,
              .held = 4 * BATCH * padded * STATES};
  if (t->shares) {
    c.buffers += TILES * 3, c.maps = TILES * 2;
    c.written = 0, c.read = TILES * t->stats;
  }
  return c;
}

/* `again` tiles are computed again, and with `held` the input of one more is brought. */
static census back_census(const tile *t, const sizes *kind, long again, long held) {
  const size_t states = BATCH * kind->n * sizeof(float), padded = (kind->n + 15) / 16 * 16;
  census c = {.launches = again * t->forward + TILES * t->back,
              .waits = 1,
              .written = (uint64_t)(again + held) * t->x + TILES * 2 * t->rows + 2 * states,
              /* weight; bias, tau, threshold and th by samples; start_v and start_th */
              .read = sizeof(float) * (kind->n * kind->in + 4 * BATCH * padded) + 2 * states};
  if (t->shares) {
    c.buffers = again + held + TILES * 2;
    c.written = 2 * states;
  }
  return c;
}

static void count_passes(const sizes *kind) {
  census c;
  results *r = new_results(), *again = new_results();
  /* Programs that are kept take memory when they are first run. */
  const clif_context_options o = {.size = sizeof o, .cache_dir = "off"};
  clif_context *ctx = open_context(&o);
  const tile t = tile_of(ctx, kind);
  made m = {.kind = kind};
  assert_ok(ctx, create(ctx, &m));
  assert_ok(ctx, set_weights(&m));
  for (int i = 0; i < 2; i++) {
    const census right = forward_census(&t, kind, i == 0);
    begin_census(ctx, &c);
    assert_ok(ctx, forward(&m, r, i));
    end_census(ctx, &c);
    assert_census("forward", &c, &right);
  }
  /* The second pass's last tile is still there; nothing of the first; then its first tile. */
  static const struct {
    int pass;
    long again, held;
  } backs[] = {{1, 2, 1}, {0, 5, 1}, {0, 3, 0}, {0, 3, 0}, {1, 5, 1}};
  for (size_t i = 0; i < sizeof backs / sizeof *backs; i++) {
    const census right = back_census(&t, kind, backs[i].again, backs[i].held);
    begin_census(ctx, &c);
    assert_ok(ctx, back(&m, i < 2 ? r : again, backs[i].pass));
    end_census(ctx, &c);
    assert_census("backward", &c, &right);
  }
  memcpy(again->s, r->s, sizeof r->s), memcpy(again->v, r->v, sizeof r->v);
  check_results(again, r, "taken back once more");
  drop(&m);
  clif_context_destroy(ctx);
  assert_int_equal(cl_layer_live(NULL), 0);
  free(r), free(again);
}

static void a_backward_pass_waits_once(void **state) {
  (void)state;
  if (!cl_layer_active()) skip();
  count_passes(&odd);
  count_passes(&whole);
}

/* Products, by CLBlast or CBLAS, are enqueued like kernels: what they take is held from the start.
 */
static void products_neither_wait_nor_take_memory(void **state) {
  (void)state;
  if (!cl_layer_active()) skip();
  census first, second;
  results *r = new_results();
  clif_context *ctx = open_context(NULL);
  made m = {.kind = &by_clblast};
  assert_ok(ctx, create(ctx, &m));
  assert_ok(ctx, set_weights(&m));
  assert_ok(ctx, forward(&m, r, 0));
  assert_ok(ctx, back(&m, r, 0)); /* CLBlast compiles */
  begin_census(ctx, &first);
  assert_ok(ctx, back(&m, r, 0));
  end_census(ctx, &first);
  begin_census(ctx, &second);
  assert_ok(ctx, back(&m, r, 0));
  end_census(ctx, &second);
  assert_census("backward", &second, &first);
  assert_true(first.waits == 1 && first.buffers == 0 && first.allocations == 0 && first.held == 0);
  drop(&m);
  clif_context_destroy(ctx);
  assert_int_equal(cl_layer_live(NULL), 0);
  free(r);
}

/* ---- faults ---- */

/* What failed on the device is not to be trusted; where nothing has begun nothing has changed,
 * unless the group says so. */
static void check_state(made *m, results *r, const results *right, const char *what) {
  const bool begun = m->pass[0] != NULL, lost = m->last == SET_WEIGHTS || m->last == BACK;
  drop_passes(m);
  if (begun && !lost) return;
  clif_status status = lost ? forward(m, r, 0) : play(m, r);
  drop_passes(m);
  if (status == CLIF_OK && lost) fail_msg("%s: failed, but the group goes on", what);
  if (status == CLIF_OK) check_results(r, right, what);
  if (status != CLIF_OK) assert_int_equal(status, CLIF_STATE);
}

/* After a failure everything is to be had by a reset. */
static void mend(clif_context *ctx, made *m, results *r, const results *right, const char *what) {
  if (!m->group) return;
  memset(r, 9, sizeof *r);
  check_state(m, r, right, what);
  memset(r, 9, sizeof *r);
  assert_ok(ctx, clif_group_reset(m->group));
  assert_ok(ctx, set_weights(m));
  assert_ok(ctx, play(m, r));
  check_results(r, right, what);
}

static clif_status make_and_play(clif_context *ctx, made *m, results *r) {
  clif_status s;
  memset(r, 9, sizeof *r);
  if ((s = create(ctx, m)) || (s = set_weights(m))) return s;
  return play(m, r);
}

/* CLBlast's programs stay until the last context goes. */
static long live_objects(void) {
  return cl_layer_live(NULL) - cl_layer_live("program");
}

static void check_failure(clif_context *ctx, clif_status status, const char *failed) {
  if (!failed) fail_msg("no call failed, but: %s", clif_context_error(ctx));
  if (!*clif_context_error(ctx)) fail_msg("%s: no sentence", failed);
  assert_int_not_equal(status, CLIF_INVALID_ARGUMENT);
  assert_int_not_equal(status, CLIF_SHAPE);
}

/* In one context that is there; or in a new one each time, as far as the group is created. */
static void fail_calls(const sizes *kind, bool anew, int persistent, const results *right) {
  const char *failed = "";
  results *r = new_results();
  clif_context *ctx = open_context(NULL);
  if (!anew) play_well(ctx, kind, r);
  const long live = live_objects();
  for (long k = 1; failed; k++) {
    made m = {.kind = kind};
    clif_context *mine = anew ? open_context(NULL) : ctx;
    cl_layer_fail_at(k, persistent);
    clif_status status = make_and_play(mine, &m, r);
    failed = cl_layer_failed();
    cl_layer_fail_at(0, 0);
    if (status == CLIF_OK) check_results(r, right, failed ? failed : "nothing failed");
    if (status != CLIF_OK) check_failure(mine, status, failed);
    /* Products have many calls, which are much alike. */
    if (status != CLIF_OK && (!kind->products || k % 8 == 1)) mend(mine, &m, r, right, failed);
    drop(&m);
    assert_int_equal(clif_context_memory(mine).device_bytes, 0);
    if (anew) clif_context_destroy(mine);
    if (live_objects() != live) {
      cl_layer_print();
      fail_msg("call %ld, %s, made to fail: %ld objects, expected %ld", k, failed, live_objects(),
               live);
    }
    if (!failed) assert_true(k > 200);
    if (anew && m.last >= FORWARD) break; /* all has been compiled */
  }
  clif_context_destroy(ctx);
  assert_int_equal(cl_layer_live(NULL), 0);
  free(r);
}

static bool has_cblas(void) {
  clif_context *ctx = open_context(NULL);
  const bool there = clif__gemm_available(ctx, CLIF__BY_CBLAS);
  clif_context_destroy(ctx);
  return there;
}

static void any_opencl_call_may_fail(void **state) {
  (void)state;
  if (!cl_layer_active()) skip();
  const sizes *const kinds[] = {&odd, &by_clblast, &by_cblas};
  for (int i = 0; i < (has_cblas() ? 3 : 2); i++) {
    results *right = expected(kinds[i]);
    for (int persistent = 0; persistent < 2; persistent++)
      fail_calls(kinds[i], false, persistent, right);
    free(right);
  }
}

/* Compiling, too. */
static void any_opencl_call_may_fail_in_a_new_context(void **state) {
  (void)state;
  if (!cl_layer_active()) skip();
  results *right = expected(&whole);
  fail_calls(&whole, true, 0, right);
  free(right);
}

/* One of fewer samples than the next. */
static void a_failed_pass_leaves_the_other_samples_alone(void **state) {
  (void)state;
  if (!cl_layer_active()) skip();
  results *right = expected(&odd), *r = new_results();
  clif_context *ctx = open_context(NULL);
  play_well(ctx, &odd, r);
  clif_pass *pass = NULL;
  for (long k = 1; !pass; k++) {
    made m = {.kind = &odd};
    assert_ok(ctx, create(ctx, &m));
    assert_ok(ctx, set_weights(&m));
    assert_ok(ctx, forward(&m, r, 0)); /* so that other states are there than those of a reset */
    drop_passes(&m);
    assert_ok(ctx, clif_group_reset(m.group));
    clif_group_io io = make_io(&m, r, 0);
    io.input = clif_array_slice(&io.input, 1, 0, 1);
    io.spikes.ndim = io.v.ndim = 0;
    cl_layer_fail_at(k, 0);
    const clif_status status = clif_group_forward(m.group, &io, &pass);
    cl_layer_fail_at(0, 0);
    memset(r, 9, sizeof *r);
    if (status != CLIF_OK) check_state(&m, r, right, "after one sample");
    drop(&m);
  }
  clif_pass_destroy(pass);
  clif_context_destroy(ctx);
  assert_int_equal(cl_layer_live(NULL), 0);
  free(right), free(r);
}

/* One that fails before the device has been asked for anything changes nothing: the same call
 * again, without a reset. */
static clif_status play_on(made *m, results *r, scarce *s) {
  clif_status status = CLIF_OK;
  for (int i = 0; i < 4; i++) {
    const int which = i % 2;
    status = i < 2 ? forward(m, r, which) : back(m, r, which);
    if (status != CLIF_OUT_OF_MEMORY) continue;
    assert_true(s->refused);
    s->left = -1;
    status = i < 2 ? forward(m, r, which) : back(m, r, which);
    if (status != CLIF_OK) return status;
  }
  return status;
}

static void any_allocation_may_fail(void **state) {
  (void)state;
  results *right = expected(&odd), *r = new_results();
  scarce s = {.left = -1};
  clif_context_options o = {.size = sizeof o, .alloc = scarce_alloc, .alloc_user = &s};
  clif_context *ctx = open_context(&o);
  play_well(ctx, &odd, r);
  long k = 0;
  do {
    made m = {.kind = &odd};
    const size_t held = s.held;
    s = (scarce){.left = k++, .held = held};
    clif_status status = create(ctx, &m);
    if (status == CLIF_OK) status = set_weights(&m);
    memset(r, 9, sizeof *r);
    if (status == CLIF_OK) status = play_on(&m, r, &s);
    s.left = -1;
    if (status == CLIF_OK) check_results(r, right, "after an allocation that failed");
    if (status != CLIF_OK && status != CLIF_OUT_OF_MEMORY)
      fail_msg("allocation %ld: %s: %s", k, clif_status_name(status), clif_context_error(ctx));
    drop(&m);
    assert_int_equal(s.held, held);
  } while (s.refused);
  assert_true(k > 30);
  clif_context_destroy(ctx);
  assert_int_equal(s.held, 0);
  free(right), free(r);
}

/* The loader takes the layer in with the first OpenCL call. */
static int first_call(void **state) {
  (void)state;
  size_t n;
  return clif_device_list(NULL, 0, &n) != CLIF_OK;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_backward_pass_waits_once),
      cmocka_unit_test(products_neither_wait_nor_take_memory),
      cmocka_unit_test(any_opencl_call_may_fail),
      cmocka_unit_test(any_opencl_call_may_fail_in_a_new_context),
      cmocka_unit_test(a_failed_pass_leaves_the_other_samples_alone),
      cmocka_unit_test(any_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, first_call, NULL);
}
