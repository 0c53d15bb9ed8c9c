/* dev_overlap.c - copies that go on while another tile is computed change no bit, and do go on. */
#include <pthread.h>
#include <time.h>

#include "core/core.h"
#include "nets.h"

enum { IN = 70, OUT = 37, STEPS = 23, BATCH = 5 };

typedef struct result {
  uint8_t s[STEPS * BATCH * OUT];
  float v[STEPS * BATCH * OUT], image[STEPS * BATCH * IN];
} result;

/* How a run is cut and what it is asked. */
typedef struct how {
  clif_overlap overlap;
  unsigned lanes;
  size_t tile; /* steps */
  uint64_t cap;
  clif_linear_way linear;
} how;

/* in -> fc -> cell, and a still image -> scale: rows that go up anew each step, the same rows each
 * step, spikes, membranes and numbers that come down, and one of these that kernels read, too. */
static clif_network *build(clif_context *ctx, const how *h) {
  float *w = random_floats(IN * OUT, -0.5, 2.0, 3), *scale = random_floats(IN, -1.0, 2.0, 4);
  const clif_lif_params lif = clif_lif_defaults();
  const clif_shape width = {1, {IN}};
  clif_network *net = new_network(ctx);
  assert_ok(ctx, clif_network_add_input(net, "in", &width));
  assert_ok(ctx, clif_network_add_linear(net, "fc", IN, OUT, w, NULL));
  assert_ok(ctx, clif_network_add_lif(net, "cell", &lif));
  assert_ok(ctx, clif_network_add_input(net, "image", &width));
  assert_ok(ctx, clif_network_add_scale(net, "scale", &width, scale));
  assert_ok(ctx, clif_network_add_linear(net, "more", IN, OUT, w, NULL));
  assert_ok(ctx, clif_network_connect(net, "in", "fc", 0));
  assert_ok(ctx, clif_network_connect(net, "fc", "cell", 0));
  assert_ok(ctx, clif_network_connect(net, "image", "scale", 0));
  assert_ok(ctx, clif_network_connect(net, "scale", "more", 0));
  assert_ok(ctx, clif_network_connect(net, "more", "cell", 0));
  assert_ok(ctx, clif_network_record(net, "cell", CLIF_OUTPUT));
  assert_ok(ctx, clif_network_record(net, "cell", CLIF_V));
  assert_ok(ctx, clif_network_record(net, "scale", CLIF_OUTPUT));
  const clif_prepare_options o = {.size = sizeof o,
                                  .batch = BATCH,
                                  .steps = h->tile,
                                  .max_device_bytes = h->cap,
                                  .linear = h->linear,
                                  .overlap = h->overlap};
  assert_ok(ctx, clif_network_prepare(net, &o));
  free(w);
  free(scale);
  return net;
}

static clif_context *open_lanes(unsigned lanes) {
  return open_context(
      &(clif_context_options){.size = sizeof(clif_context_options), .lanes = lanes});
}

/* One run of all steps. `progress` may be NULL. */
static clif_status run_all(clif_network *net, const uint8_t *x, result *r,
                           clif_progress_fn progress, void *user) {
  float *image = random_floats(BATCH * IN, 0.0, 0.2, 8);
  clif_array still = view3(image, CLIF_F32, STEPS, BATCH, IN);
  still.strides[0] = 0;
  const clif_binding in[] = {bind("in", CLIF_OUTPUT, view3((void *)x, CLIF_U8, STEPS, BATCH, IN)),
                             bind("image", CLIF_OUTPUT, still)};
  const clif_binding out[] = {
      bind("cell", CLIF_OUTPUT, view3(r->s, CLIF_U8, STEPS, BATCH, OUT)),
      bind("cell", CLIF_V, view3(r->v, CLIF_F32, STEPS, BATCH, OUT)),
      bind("scale", CLIF_OUTPUT, view3(r->image, CLIF_F32, STEPS, BATCH, IN))};
  memset(r, 7, sizeof *r);
  const clif_run all = {.size = sizeof all,
                        .inputs = in,
                        .n_inputs = 2,
                        .outputs = out,
                        .n_outputs = 3,
                        .progress = progress,
                        .progress_user = user};
  const clif_status status = clif_network_run(net, &all);
  free(image);
  return status;
}

static void assert_same(const result *a, const result *b) {
  assert_memory_equal(a->s, b->s, sizeof a->s);
  assert_same_bits("v", a->v, b->v, STEPS * BATCH * OUT);
  assert_same_bits("scaled", a->image, b->image, STEPS * BATCH * IN);
}

static const result *expected(unsigned lanes) {
  static result r;
  uint8_t *x = random_spikes(STEPS * BATCH * IN, 0.1, 5);
  clif_context *ctx = open_lanes(lanes);
  clif_network *net = build(ctx, &(how){CLIF_OVERLAP_OFF, lanes, 0, 0, CLIF_LINEAR_EVENTS});
  assert_ok(ctx, run_all(net, x, &r, NULL, NULL));
  size_t spikes = 0;
  for (size_t i = 0; i < sizeof r.s; i++) spikes += r.s[i];
  assert_in_range(spikes, 100, sizeof r.s - 100);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
  free(x);
  return &r;
}

static void any_cut_gives_the_same_bits(void **state) {
  (void)state;
  static const how cuts[] = {{CLIF_OVERLAP_ON, 0, 1, 0, CLIF_LINEAR_EVENTS},
                             {CLIF_OVERLAP_ON, 0, 5, 0, CLIF_LINEAR_EVENTS},
                             {CLIF_OVERLAP_ON, 0, 4, 60000, CLIF_LINEAR_EVENTS},
                             {CLIF_OVERLAP_ON, 0, 6, 0, CLIF_LINEAR_DENSE},
                             {CLIF_OVERLAP_ON, 1, 3, 0, CLIF_LINEAR_EVENTS}};
  static result r;
  const result *right = expected(test_lanes());
  uint8_t *x = random_spikes(STEPS * BATCH * IN, 0.1, 5);
  for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
    if (is_slow_device() && i != 1) continue;
    clif_context *ctx = open_lanes(cuts[i].lanes);
    clif_network *net = build(ctx, &cuts[i]);
    for (int again = 0; again < (is_slow_device() ? 1 : 3); again++) {
      assert_ok(ctx, clif_network_reset(net));
      assert_ok(ctx, run_all(net, x, &r, NULL, NULL));
      if (cuts[i].linear == CLIF_LINEAR_EVENTS)
        assert_same(&r, right); /* the image's products are summed in an order of their own */
      else
        assert_same_bits("scaled", r.image, right->image, STEPS * BATCH * IN);
    }
    clif_network_destroy(net);
    clif_context_destroy(ctx);
  }
  free(x);
}

/* ---- they do go on ---- */

typedef struct seen {
  clif_context *ctx;
  uint64_t up[STEPS], down[STEPS]; /* bytes under way or over when a tile was done */
  size_t tiles;
  clif_counters before;
} seen;

static int note_bytes(void *user, uint64_t done, uint64_t total) {
  seen *s = user;
  const clif_counters now = clif_context_counters(s->ctx);
  (void)done, (void)total;
  s->up[s->tiles] = now.bytes_uploaded - s->before.bytes_uploaded;
  s->down[s->tiles++] = now.bytes_downloaded - s->before.bytes_downloaded;
  return 0;
}

/* When the host has waited for a tile, the next one's input is on its way. */
static void input_goes_up_before_the_tile_before_is_waited_for(void **state) {
  (void)state;
  enum { TILE = 5, TILES = 5, IMAGE = BATCH * IN * 4, ROW = BATCH * IN };
  static result r;
  uint8_t *x = random_spikes(STEPS * BATCH * IN, 0.1, 5);
  for (clif_overlap overlap = CLIF_OVERLAP_ON; overlap <= CLIF_OVERLAP_OFF; overlap++) {
    if (is_slow_device() && overlap == CLIF_OVERLAP_OFF) continue;
    clif_context *ctx = open_context(NULL);
    clif_network *net = build(ctx, &(how){overlap, 0, TILE, 0, CLIF_LINEAR_EVENTS});
    const bool ahead = overlap == CLIF_OVERLAP_ON;
    seen s = {.ctx = ctx, .before = clif_context_counters(ctx)};
    assert_ok(ctx, run_all(net, x, &r, note_bytes, &s));
    assert_int_equal(s.tiles, TILES);
    for (size_t i = 0; i < TILES; i++) {
      size_t sent = i + 1 + (ahead && i + 1 < TILES), steps = sent * TILE;
      if (steps > STEPS) steps = STEPS;
      assert_int_equal(s.up[i], steps * ROW + sent * IMAGE);
    }
    /* A wait for each tile, and at the end one for what comes down. */
    assert_int_equal(clif_context_counters(ctx).blocking_calls - s.before.blocking_calls,
                     TILES + ahead);
    clif_network_destroy(net);
    clif_context_destroy(ctx);
  }
  free(x);
}

/* ---- late copies ---- */

static void pass(cl_event event) {
  clSetUserEventStatus(event, CL_COMPLETE);
  clReleaseEvent(event);
}

typedef struct hold {
  cl_event event;
  pthread_t thread;
  long milliseconds;
} hold;

static void *let_pass_later(void *user) {
  const hold *h = user;
  const struct timespec wait = {.tv_nsec = h->milliseconds * 1000000};
  nanosleep(&wait, NULL);
  pass(h->event);
  return NULL;
}

typedef struct late {
  clif_context *ctx;
  hold holds[2 * STEPS];
  size_t n;
} late;

/* What comes into the queue from now on waits a while. */
static void hold_up(late *l, cl_command_queue queue, long milliseconds) {
  cl_int code;
  hold *h = &l->holds[l->n++];
  cl_event event = clCreateUserEvent(l->ctx->cl, &code);
  *h = (hold){.event = event, .milliseconds = milliseconds};
  assert_int_equal(code, CL_SUCCESS);
  assert_int_equal(clEnqueueBarrierWithWaitList(queue, 1, &event, NULL), CL_SUCCESS);
  assert_int_equal(clFlush(queue), CL_SUCCESS);
  assert_int_equal(pthread_create(&h->thread, NULL, let_pass_later, h), 0);
}

static int hold_both_up(void *user, uint64_t done, uint64_t total) {
  late *l = user;
  if (done == total) return 0;
  hold_up(l, l->ctx->up, 5);
  hold_up(l, l->ctx->down, 60); /* longer than it takes the next two tiles to get going */
  return 0;
}

static void late_copies_are_waited_for(void **state) {
  (void)state;
  static result r;
  /* Oclgrind runs one command after the other in any case; PoCL's basic driver says it has finished
   * what still waits for a user's event. */
  const char *pocl = getenv("POCL_DEVICES");
  if (is_slow_device() || (pocl && strcmp(pocl, "basic") == 0)) skip();
  const result *right = expected(test_lanes());
  uint8_t *x = random_spikes(STEPS * BATCH * IN, 0.1, 5);
  clif_context *ctx = open_context(NULL);
  clif_network *net = build(ctx, &(how){CLIF_OVERLAP_ON, 0, 2, 0, CLIF_LINEAR_EVENTS});
  late l = {.ctx = ctx};
  hold_up(&l, ctx->up, 20);
  assert_ok(ctx, run_all(net, x, &r, hold_both_up, &l));
  assert_same(&r, right);
  for (size_t i = 0; i < l.n; i++) pthread_join(l.holds[i].thread, NULL);
  assert_int_equal(l.n, 1 + 2 * (STEPS / 2)); /* of 12 tiles all but the last */
  clif_network_destroy(net);
  clif_context_destroy(ctx);
  free(x);
}

/* ---- the plan ---- */

static bool plan_says(const clif_network *net, const char *words) {
  char plan[16384];
  assert_in_range(clif_network_explain(net, plan, sizeof plan), 1, sizeof plan - 1);
  return strstr(plan, words) != NULL;
}

static void what_is_copied_has_two_buffers_and_nothing_else(void **state) {
  (void)state;
  enum { TILE = 4, PADDED_IN = 80, PADDED_OUT = 48, ROWS = TILE * BATCH };
  /* two inputs and scale's numbers as float32, membranes as float32, spikes as bytes */
  const uint64_t copied = ROWS * (3 * PADDED_IN * 4 + PADDED_OUT * 4 + PADDED_OUT);
  uint64_t bytes[2];
  clif_context *ctx = open_context(NULL);
  const uint64_t empty = clif_context_memory(ctx).device_bytes;
  for (int on = 0; on < 2; on++) {
    clif_network *net =
        build(ctx, &(how){on ? CLIF_OVERLAP_ON : CLIF_OVERLAP_OFF, 0, TILE, 0, CLIF_LINEAR_EVENTS});
    bytes[on] = clif_network_plan(net).device_bytes;
    assert_int_equal(clif_context_memory(ctx).device_bytes - empty, bytes[on]);
    assert_int_equal(plan_says(net, "copies: while another tile is computed"), on);
    assert_int_equal(plan_says(net, "copies: in turn with kernels"), !on);
    clif_network_destroy(net);
    assert_int_equal(clif_context_memory(ctx).device_bytes, empty);
  }
  assert_int_equal(bytes[1] - bytes[0], copied);
  clif_context_destroy(ctx);
}

static bool chosen(clif_context *ctx, size_t steps, uint64_t cap) {
  clif_network *net = build(ctx, &(how){CLIF_OVERLAP_AUTO, 0, steps, cap, CLIF_LINEAR_EVENTS});
  const bool on = plan_says(net, "copies: while another tile is computed");
  clif_network_destroy(net);
  return on;
}

static void auto_is_on_where_memories_differ_and_tiles_are_several(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  ctx->info.unified_memory = 1;
  assert_false(chosen(ctx, 0, 0));
  ctx->info.unified_memory = 0;
  assert_true(chosen(ctx, 0, 0));         /* runs of any length */
  assert_false(chosen(ctx, STEPS, 0));    /* one tile is enough */
  assert_true(chosen(ctx, STEPS, 60000)); /* it does not fit */
  clif_context_destroy(ctx);
}

static void a_profile_needs_one_thing_after_the_other(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  clif_network *net = new_network(ctx);
  const clif_prepare_options o = {.size = sizeof o, .profile = 1, .overlap = CLIF_OVERLAP_ON};
  clif_prepare_options wrong = {.size = sizeof wrong, .overlap = (clif_overlap)3};
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {4}}));
  assert_ok(ctx, clif_network_add_relu(net, "relu"));
  assert_ok(ctx, clif_network_connect(net, "in", "relu", 0));
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "overlap is 3", clif_network_prepare(net, &wrong));
  assert_ok(ctx, clif_network_prepare(net, &o));
  assert_true(plan_says(net, "copies: in turn with kernels"));
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

/* ---- failures ---- */

static int stop_at_once(void *user, uint64_t done, uint64_t total) {
  (void)user, (void)done, (void)total;
  return 1;
}

static void a_stopped_run_leaves_nothing_under_way(void **state) {
  (void)state;
  static result r;
  if (is_slow_device()) skip();
  const result *right = expected(test_lanes());
  uint8_t *x = random_spikes(STEPS * BATCH * IN, 0.1, 5);
  clif_context *ctx = open_context(NULL);
  clif_network *net = build(ctx, &(how){CLIF_OVERLAP_ON, 0, 5, 0, CLIF_LINEAR_EVENTS});
  for (int i = 0; i < 2; i++) {
    assert_int_equal(run_all(net, x, &r, stop_at_once, NULL), CLIF_CANCELLED);
    assert_memory_equal(r.s, right->s, 5 * BATCH * OUT); /* the first tile is there */
    assert_int_equal(r.s[5 * BATCH * OUT], 7);
    assert_int_equal(run_all(net, x, &r, NULL, NULL), CLIF_STATE);
    assert_ok(ctx, clif_network_reset(net));
    assert_ok(ctx, run_all(net, x, &r, NULL, NULL));
    assert_same(&r, right);
    assert_ok(ctx, clif_network_reset(net));
  }
  clif_network_destroy(net);
  clif_context_destroy(ctx);
  free(x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(any_cut_gives_the_same_bits),
      cmocka_unit_test(input_goes_up_before_the_tile_before_is_waited_for),
      cmocka_unit_test(late_copies_are_waited_for),
      cmocka_unit_test(what_is_copied_has_two_buffers_and_nothing_else),
      cmocka_unit_test(auto_is_on_where_memories_differ_and_tiles_are_several),
      cmocka_unit_test(a_profile_needs_one_thing_after_the_other),
      cmocka_unit_test(a_stopped_run_leaves_nothing_under_way),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
