/* dev_group.c - groups: results do not depend on how the work is cut, on what is recorded or on
 * where the input comes from; state can be taken, kept and put back; costs are as documented. */
#include <math.h>

#include "core/core.h"
#include "groups.h"

enum { N = 65, B = 3, T = 22, COUNT = N * B * T, ID = 5 };
static const uint64_t SEED = 0x123456789abcdef0u;

/* A context, busy neurons with everything switched on, input, and what the host twin makes of it.
 */
typedef struct fixture {
  clif_context *ctx;
  clif_lif_params p;
  double thresholds[N];
  uint8_t *bytes; /* (T, B, N), 0 to 3 */
  float *x;       /* the same numbers */
  clif__neuron neuron;
  source in;
  trace expected;
  uint64_t device_bytes; /* before the test */
} fixture;

static void expect(fixture *f, uint64_t first_step, uint64_t first_sample) {
  if (f->expected.s) free_trace(&f->expected);
  f->in = (source){
      .x = f->x, .seed = SEED, .id = ID, .first_step = first_step, .first_sample = first_sample};
  f->expected = twin_trace(f->ctx, &f->neuron, N, B, T, &f->in);
}

/* One for all tests, so that each kernel is compiled once. */
static clif_context *context;

static int open_shared(void **state) {
  (void)state;
  context = open_context(NULL);
  return 0;
}

static int close_shared(void **state) {
  (void)state;
  clif_context_destroy(context);
  return 0;
}

static int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  uint32_t seed = 3;
  f->ctx = context;
  f->device_bytes = clif_context_memory(context).device_bytes;
  f->p = clif_lif_defaults();
  for (size_t i = 0; i < N; i++) f->thresholds[i] = between(&seed, 0.75, 1.25);
  f->p.tau = clif_scalar(4.0);
  f->p.threshold = clif_per_neuron(f->thresholds, N);
  f->p.options.refractory = clif_scalar(2.0);
  f->p.options.noise_std = clif_scalar(0.25);
  f->p.options.stochastic = f->p.options.adaptive = 1;
  f->p.options.slope = clif_scalar(4.0);
  f->bytes = calloc(COUNT, 1);
  f->x = make_floats(COUNT);
  for (size_t i = 0; i < COUNT; i++) f->x[i] = f->bytes[i] = (uint8_t)(next_number(&seed) * 3.999);
  assert_ok(f->ctx, clif__neuron_from_lif(f->ctx, &f->p, &f->neuron));
  expect(f, 0, 0);
  assert_true(trace_rate(&f->expected) > 0.05 && trace_rate(&f->expected) < 0.5);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  fixture *f = *state;
  clif__neuron_release(f->ctx, &f->neuron);
  assert_int_equal(clif_context_memory(f->ctx).device_bytes, f->device_bytes);
  free_trace(&f->expected);
  free(f->bytes), free(f->x), free(f);
  return 0;
}

#define done(call) assert_ok(f->ctx, call)

static clif_group_options usual(void) {
  return (clif_group_options){.size = sizeof(clif_group_options),
                              .neurons = N,
                              .batch = B,
                              .seed = SEED,
                              .id = ID,
                              .spikes = CLIF_SPIKES_F32,
                              .record = CLIF_RECORD_V | CLIF_RECORD_TH};
}

static clif_group *make(const fixture *f, const clif_group_options *o) {
  clif_group *group;
  done(clif_group_create(f->ctx, &f->p, o, &group));
  return group;
}

/* A part of what has shape (T, B, N), or of nothing. */
static clif_array part(void *data, clif_dtype dtype, size_t t, size_t steps) {
  if (!data) return (clif_array){.data = NULL};
  clif_array all = view3(data, dtype, T, B, N);
  return clif_array_slice(&all, 0, t, steps);
}

static clif_group_io io_of(const fixture *f, trace *got, size_t t, size_t steps) {
  return (clif_group_io){.size = sizeof(clif_group_io),
                         .input = part(f->x, CLIF_F32, t, steps),
                         .spikes = part(got->s, CLIF_F32, t, steps),
                         .v = part(got->v, CLIF_F32, t, steps),
                         .th = part(got->th, CLIF_F32, t, steps)};
}

static void run_part(const fixture *f, clif_group *group, trace *got, size_t t, size_t steps) {
  clif_group_io io = io_of(f, got, t, steps);
  done(clif_group_run(group, &io));
}

/* The steps from `first` on are as expected. */
static void compare(const char *what, const fixture *f, const trace *got, size_t first) {
  size_t at = first * B * N, n = COUNT - at;
  assert_same_bits(what, got->s + at, f->expected.s + at, n);
  assert_same_bits(what, got->v + at, f->expected.v + at, n);
  assert_same_bits(what, got->th + at, f->expected.th + at, n);
}

/* All steps of a group, and away with it. */
static void check_group(const char *what, const fixture *f, clif_group *group) {
  trace got = new_trace(N, B, T);
  run_part(f, group, &got, 0, T);
  compare(what, f, &got, 0);
  clif_group_destroy(group);
  free_trace(&got);
}

/* ---- cut in time, in samples, in tiles ---- */

static void runs_of_any_length_are_one_run(void **state) {
  fixture *f = *state;
  static const size_t lengths[] = {T, 1, 3, 5, 4};
  clif_group_options o = usual();
  clif_group *group = make(f, &o);
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    trace got = new_trace(N, B, T);
    done(clif_group_reset(group));
    for (size_t t = 0; t < T; t += lengths[i])
      run_part(f, group, &got, t, t + lengths[i] < T ? lengths[i] : T - t);
    compare("in runs", f, &got, 0);
    free_trace(&got);
  }
  clif_group_destroy(group);
}

static void single_steps_are_one_run(void **state) {
  fixture *f = *state;
  clif_group_options o = usual();
  trace got = new_trace(N, B, T);
  clif_group *group = make(f, &o);
  for (size_t t = 0; t < T; t++) {
    const size_t shape[] = {B, N}, at = t * B * N;
    clif_group_io io = {.size = sizeof io,
                        .input = clif_array_view(f->x + at, CLIF_F32, 2, shape),
                        .spikes = clif_array_view(got.s + at, CLIF_F32, 2, shape),
                        .v = clif_array_view(got.v + at, CLIF_F32, 2, shape),
                        .th = clif_array_view(got.th + at, CLIF_F32, 2, shape)};
    assert_int_equal(clif_group_look(group).step, t);
    done(clif_group_step(group, &io));
  }
  compare("step by step", f, &got, 0);
  clif_group_destroy(group);
  free_trace(&got);
}

static void samples_may_be_run_in_parts(void **state) {
  fixture *f = *state;
  static const size_t order[] = {2, 0, 1};
  clif_group_options o = usual();
  trace got = new_trace(N, B, T);
  o.batch = 1;
  clif_group *group = make(f, &o);
  for (size_t i = 0; i < B; i++) {
    clif_group_io io = io_of(f, &got, 0, T);
    clif_array *arrays[] = {&io.input, &io.spikes, &io.v, &io.th};
    for (int a = 0; a < 4; a++) *arrays[a] = clif_array_slice(arrays[a], 1, order[i], 1);
    done(clif_group_reset_at(group, 0, order[i]));
    done(clif_group_run(group, &io));
  }
  compare("sample by sample", f, &got, 0);
  clif_group_destroy(group);
  free_trace(&got);
}

/* Fewer samples than the group was made for. */
static void a_run_may_have_fewer_samples(void **state) {
  fixture *f = *state;
  clif_group_options o = usual();
  o.batch = 2 * B + 1;
  clif_group *group = make(f, &o);
  check_group("in a larger group", f, group);
}

static void work_begins_at_any_step_and_sample(void **state) {
  fixture *f = *state;
  static const uint64_t starts[][2] = {
      {1, 0}, {2, 5}, {((uint64_t)1 << 32) + 5, 0}, {((uint64_t)1 << 34) - T, 0xfffffffdu}};
  clif_group_options o = usual();
  for (size_t i = 0; i < 4; i++) {
    clif_group *group = make(f, &o);
    expect(f, starts[i][0], starts[i][1]);
    done(clif_group_reset_at(group, starts[i][0], starts[i][1]));
    assert_int_equal(clif_group_look(group).step, starts[i][0]);
    check_group("from another step", f, group);
  }
}

/* As documented in group.h. */
static uint64_t bytes_of(const clif_group_options *o, bool per_neuron, uint64_t states,
                         uint64_t steps, uint64_t samples) {
  uint64_t p = (o->neurons + 15) / 16 * 16, w = (o->neurons + 63) / 64 * 2;
  uint64_t batch = o->batch ? o->batch : 1, rows = steps * samples, records = 0;
  for (unsigned bits = o->record; bits; bits >>= 1) records += bits & 1;
  uint64_t all_samples = (batch + samples - 1) / samples * samples;
  uint64_t bytes = 4 * all_samples * p * states;
  bytes += 4 * (13 + states) * (per_neuron ? p : 1);
  if (o->spikes == CLIF_SPIKES_BITS) bytes += 4 * rows * w;
  if (o->spikes == CLIF_SPIKES_U8) bytes += rows * p;
  if (o->spikes == CLIF_SPIKES_F32) bytes += 4 * rows * p;
  bytes += 4 * rows * p * records;
  if (!o->device_input) bytes += 8 * rows * p;
  if (o->inject) bytes += 2 * 4 * rows * p;
  return bytes + (o->device_input ? 8 : 20);
}

static void tiles_are_cut_to_fit_a_cap(void **state) {
  fixture *f = *state;
  static const size_t tiles[][2] = {{22, 3}, {6, 3}, {3, 3}, {1, 3}, {1, 2}, {1, 1}};
  for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++) {
    clif_group_options o = usual();
    o.steps = T;
    o.max_device_bytes = bytes_of(&o, true, 3, tiles[i][0], tiles[i][1]);
    clif_group *group = make(f, &o);
    clif_group_info look = clif_group_look(group);
    assert_int_equal(look.tile_steps, tiles[i][0]);
    assert_int_equal(look.tile_batch, tiles[i][1]);
    assert_int_equal(look.device_bytes, o.max_device_bytes);
    check_group("in small tiles", f, group);
    if (i != 5) continue;
    o.max_device_bytes--;
    assert_refused(f->ctx, CLIF_OUT_OF_DEVICE_MEMORY, "one step of one sample",
                   clif_group_create(f->ctx, &f->p, &o, &group));
    assert_null(group);
  }
}

/* ---- device memory ---- */

static void device_memory_is_as_documented(void **state) {
  fixture *f = *state;
  const unsigned all = CLIF_RECORD_V | CLIF_RECORD_V_PRE | CLIF_RECORD_TH;
  const clif_group_options sets[] = {
      {.neurons = 1, .steps = 1},
      {.neurons = 300, .batch = 16, .steps = 100, .record = all},
      {.neurons = 65, .batch = 3, .steps = 7, .spikes = CLIF_SPIKES_U8, .device_input = 1},
      {.neurons = 129, .batch = 2, .steps = 9, .spikes = CLIF_SPIKES_NONE, .record = CLIF_RECORD_V},
      {.neurons = 64, .steps = 5, .spikes = CLIF_SPIKES_F32, .inject = 1}};
  for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
    for (int with = 0; with < 3; with++) {
      /* 0: v alone; 1: v and th; 2: v, th, wait. Injected numbers need something to use them. */
      clif_lif_params p = clif_lif_defaults();
      clif_group_options o = sets[i];
      clif_group *group;
      o.size = sizeof o;
      p.options.adaptive = with > 0;
      if (with > 1) p.options.refractory = clif_scalar(3.0);
      if (o.inject) p.options.noise_std = clif_scalar(1.0), p.options.stochastic = 1;
      done(clif_group_create(f->ctx, &p, &o, &group));
      clif_group_info look = clif_group_look(group);
      assert_int_equal(look.tile_steps, o.steps);
      assert_int_equal(look.tile_batch, o.batch ? o.batch : 1);
      assert_int_equal(look.device_bytes,
                       bytes_of(&o, false, (uint64_t)with + 1, o.steps, look.tile_batch));
      assert_int_equal(clif_context_memory(f->ctx).device_bytes - f->device_bytes,
                       look.device_bytes);
      clif_group_destroy(group);
    }
}

/* ---- what is recorded, what comes in ---- */

static void recording_changes_nothing(void **state) {
  fixture *f = *state;
  for (unsigned record = 0; record < 8; record++) {
    clif_group_options o = usual();
    trace got = new_trace(N, B, T);
    o.record = record;
    if (record == 0) o.spikes = CLIF_SPIKES_NONE;
    clif_group *group = make(f, &o);
    clif_group_io io = io_of(f, &got, 0, T);
    if (o.spikes == CLIF_SPIKES_NONE) io.spikes.ndim = 0;
    if (!(record & CLIF_RECORD_V)) io.v.ndim = 0;
    if (!(record & CLIF_RECORD_TH)) io.th.ndim = 0;
    if (record & CLIF_RECORD_V_PRE) io.v_pre = part(got.v_pre, CLIF_F32, 0, T);
    done(clif_group_run(group, &io));
    if (record) assert_same_bits("s", got.s, f->expected.s, COUNT);
    if (record & CLIF_RECORD_V) assert_same_bits("v", got.v, f->expected.v, COUNT);
    if (record & CLIF_RECORD_V_PRE) assert_same_bits("v_pre", got.v_pre, f->expected.v_pre, COUNT);
    if (record & CLIF_RECORD_TH) assert_same_bits("th", got.th, f->expected.th, COUNT);
    assert_int_equal(clif_group_look(group).spikes, llround(trace_rate(&f->expected) * COUNT));
    clif_group_destroy(group);
    free_trace(&got);
  }
}

static void what_is_recorded_need_not_be_taken(void **state) {
  fixture *f = *state;
  clif_group_options o = usual();
  trace got = new_trace(N, B, T);
  clif_group *group = make(f, &o);
  clif_group_io io = io_of(f, &got, 0, 9);
  io.spikes.ndim = io.v.ndim = io.th.ndim = 0;
  done(clif_group_run(group, &io));
  run_part(f, group, &got, 9, T - 9);
  compare("after a run without", f, &got, 9);
  clif_group_destroy(group);
  free_trace(&got);
}

static void bytes_are_the_same_as_floats(void **state) {
  fixture *f = *state;
  clif_group_options o = usual();
  trace got = new_trace(N, B, T);
  o.steps = 7;
  clif_group *group = make(f, &o);
  clif_group_io io = io_of(f, &got, 0, T);
  io.input = part(f->bytes, CLIF_U8, 0, T);
  done(clif_group_run(group, &io));
  compare("bytes", f, &got, 0);
  clif_group_destroy(group);
  free_trace(&got);
}

/* Of stride 0 in time, from the host (as bytes and floats) and from the device. */
static void one_row_may_be_the_input_of_all_steps(void **state) {
  fixture *f = *state;
  const size_t shape[] = {1, B, N};
  clif_array device;
  for (size_t t = 1; t < T; t++) memcpy(f->x + t * B * N, f->x, B * N * sizeof *f->x);
  expect(f, 0, 0);
  done(clif_array_create_device(f->ctx, CLIF_F32, 3, shape, &device));
  const clif_array row = clif_array_view(f->x, CLIF_F32, 3, shape);
  done(clif_array_copy(f->ctx, &row, &device));
  const clif_array inputs[] = {row, clif_array_view(f->bytes, CLIF_U8, 3, shape), device};
  for (int i = 0; i < 3; i++) {
    clif_group_options o = usual();
    trace got = new_trace(N, B, T);
    o.device_input = i == 2;
    o.steps = 7;
    clif_group *group = make(f, &o);
    clif_group_io io = io_of(f, &got, 0, T);
    io.input = inputs[i];
    io.input.shape[0] = T;
    io.input.strides[0] = 0;
    done(clif_group_run(group, &io));
    compare("one row", f, &got, 0);
    clif_group_destroy(group);
    free_trace(&got);
  }
  clif_array_free(f->ctx, &device);
}

/* The input is all of a device array, or the middle of a larger one with another order of
 * dimensions' strides. */
static void input_may_lie_on_the_device(void **state) {
  fixture *f = *state;
  const clif_array host = view3(f->x, CLIF_F32, T, B, N);
  static const size_t shapes[][3] = {{T, B, N}, {T + 5, B + 2, N}, {T + 1, B, 100}};
  static const size_t firsts[][3] = {{0, 0, 0}, {3, 1, 0}, {1, 0, 16}};
  for (int i = 0; i < 3; i++) {
    clif_array whole, some;
    clif_group_options o = usual();
    trace got = new_trace(N, B, T);
    done(clif_array_create_device(f->ctx, CLIF_F32, 3, shapes[i], &whole));
    some = clif_array_slice(&whole, 0, firsts[i][0], T);
    some = clif_array_slice(&some, 1, firsts[i][1], B);
    some = clif_array_slice(&some, 2, firsts[i][2], N);
    assert_int_equal(some.ndim, 3);
    done(clif_array_copy(f->ctx, &host, &some));
    o.device_input = 1;
    o.steps = 7;
    clif_group *group = make(f, &o);
    clif_group_io io = io_of(f, &got, 0, T);
    io.input = some;
    done(clif_group_run(group, &io));
    compare("on the device", f, &got, 0);
    clif_group_destroy(group);
    clif_array_free(f->ctx, &whole);
    free_trace(&got);
  }
}

static void steps_may_take_rows_of_a_device_array(void **state) {
  fixture *f = *state;
  const clif_array host = view3(f->x, CLIF_F32, T, B, N);
  clif_array whole;
  clif_group_options o = usual();
  trace got = new_trace(N, B, T);
  done(clif_array_create_device(f->ctx, CLIF_F32, 3, host.shape, &whole));
  done(clif_array_copy(f->ctx, &host, &whole));
  o.device_input = 1;
  clif_group *group = make(f, &o);
  for (size_t t = 0; t < T; t++) {
    const size_t shape[] = {B, N}, at = t * B * N;
    clif_group_io io = {.size = sizeof io,
                        .input = whole,
                        .spikes = clif_array_view(got.s + at, CLIF_F32, 2, shape),
                        .v = clif_array_view(got.v + at, CLIF_F32, 2, shape),
                        .th = clif_array_view(got.th + at, CLIF_F32, 2, shape)};
    io.input.ndim = 2;
    io.input.offset = t * whole.strides[0];
    for (unsigned d = 0; d < 2; d++) {
      io.input.shape[d] = whole.shape[d + 1];
      io.input.strides[d] = whole.strides[d + 1];
    }
    done(clif_group_step(group, &io));
  }
  compare("rows of a device array", f, &got, 0);
  clif_group_destroy(group);
  clif_array_free(f->ctx, &whole);
  free_trace(&got);
}

static void both_numbers_of_lanes_give_the_same(void **state) {
  fixture *f = *state;
  clif_context *own = f->ctx;
  clif_group_options o = usual();
  for (unsigned lanes = 1; lanes <= 16; lanes += 15) {
    f->ctx = open_with_lanes(lanes);
    if (f->ctx) {
      assert_int_equal(f->ctx->lanes, lanes);
      check_group("lanes", f, make(f, &o));
    }
    clif_context_destroy(f->ctx);
  }
  f->ctx = own;
}

/* Random numbers that runs bring, of stride 0 in time too. */
static void random_numbers_may_be_given(void **state) {
  fixture *f = *state;
  float *eps = random_floats(COUNT, -2.0, 2.0, 8), *u = random_floats(COUNT, 0.0, 1.0, 9);
  clif_group_options o = usual();
  o.inject = 1;
  o.steps = 7;
  for (int same = 0; same < 2; same++) {
    trace got = new_trace(N, B, T);
    for (size_t t = 1; same && t < T; t++) {
      memcpy(eps + t * B * N, eps, B * N * sizeof *eps);
      memcpy(u + t * B * N, u, B * N * sizeof *u);
    }
    free_trace(&f->expected);
    f->in = (source){.x = f->x, .eps = eps, .u = u};
    f->expected = twin_trace(f->ctx, &f->neuron, N, B, T, &f->in);
    clif_group *group = make(f, &o);
    clif_group_io io = io_of(f, &got, 0, T);
    io.eps = part(eps, CLIF_F32, 0, T);
    io.u = part(u, CLIF_F32, 0, T);
    if (same) io.eps.strides[0] = io.u.strides[0] = 0;
    done(clif_group_run(group, &io));
    compare("given", f, &got, 0);
    clif_group_destroy(group);
    free_trace(&got);
  }
  free(eps), free(u);
}

/* ---- seeds and ids ---- */

/* v after one step from 0 without input: noise alone. */
static void draw(const fixture *f, uint64_t seed, uint32_t id, float v[B * N]) {
  clif_lif_params p = clif_lif_defaults();
  clif_group_options o = usual();
  clif_group *group;
  float *x = make_floats(B * N);
  const size_t shape[] = {B, N};
  p.threshold = clif_scalar(100.0);
  p.options.noise_std = clif_scalar(1.0);
  o.seed = seed, o.id = id;
  done(clif_group_create(f->ctx, &p, &o, &group));
  clif_group_io io = {.size = sizeof io,
                      .input = clif_array_view(x, CLIF_F32, 2, shape),
                      .v = clif_array_view(v, CLIF_F32, 2, shape)};
  done(clif_group_step(group, &io));
  clif_group_destroy(group);
  free(x);
}

/* How many numbers of one draw are anywhere in the other. */
static size_t shared(const float *a, const float *b) {
  size_t n = 0;
  for (size_t i = 0; i < B * N; i++)
    for (size_t j = 0; j < B * N; j++) n += a[i] == b[j];
  return n;
}

static void other_ids_and_seeds_draw_other_numbers(void **state) {
  fixture *f = *state;
  float first[B * N], other[B * N];
  draw(f, SEED, ID, first);
  draw(f, SEED, ID, other);
  assert_memory_equal(first, other, sizeof first);
  draw(f, SEED, ID + 1, other);
  assert_int_equal(shared(first, other), 0);
  draw(f, SEED, (1u << 28) - 1, other);
  assert_int_equal(shared(first, other), 0);
  draw(f, SEED + 1, ID, other);
  assert_int_equal(shared(first, other), 0);
  draw(f, SEED + ((uint64_t)1 << 32), ID, other);
  assert_int_equal(shared(first, other), 0);
}

/* Another seed from step 9, the middle of a quad of steps, on. */
static void a_seed_may_be_changed_between_runs(void **state) {
  fixture *f = *state;
  enum { CHANGE = 9 };
  clif_group_options o = usual();
  trace got = new_trace(N, B, T);
  clif_group *group = make(f, &o);
  run_part(f, group, &got, 0, CHANGE);
  done(clif_group_set_seed(group, 1234567));
  run_part(f, group, &got, CHANGE, T - CHANGE);
  trace before = twin_trace(f->ctx, &f->neuron, N, B, CHANGE, &f->in);
  source in = f->in;
  in.x += CHANGE * B * N, in.seed = 1234567, in.first_step = CHANGE;
  trace after = twin_trace_from(f->ctx, &f->neuron, N, B, T - CHANGE, &in, &before);
  assert_same_bits("before", got.v, before.v, CHANGE * B * N);
  assert_same_bits("after", got.v + CHANGE * B * N, after.v, (T - CHANGE) * B * N);
  assert_same_bits("after", got.s + CHANGE * B * N, after.s, (T - CHANGE) * B * N);
  clif_group_destroy(group);
  free_trace(&got), free_trace(&before), free_trace(&after);
}

/* tau, thresholds and all, from step 9 on; the state goes on. */
static void parameters_may_be_changed_between_runs(void **state) {
  fixture *f = *state;
  enum { CHANGE = 9 };
  double thresholds[N];
  clif_group_options o = usual();
  trace got = new_trace(N, B, T);
  clif_group *group = make(f, &o);
  clif_lif_params other = f->p;
  clif__neuron neuron;
  for (size_t i = 0; i < N; i++) thresholds[i] = f->thresholds[N - 1 - i];
  other.tau = clif_scalar(2.5);
  other.threshold = clif_per_neuron(thresholds, N);
  other.options.refractory = clif_scalar(3.0);
  other.options.slope = clif_scalar(5.0);
  other.integration = CLIF_EXACT;
  done(clif__neuron_from_lif(f->ctx, &other, &neuron));
  run_part(f, group, &got, 0, CHANGE);
  done(clif_group_set_params(group, &other));
  run_part(f, group, &got, CHANGE, T - CHANGE);
  trace before = twin_trace(f->ctx, &f->neuron, N, B, CHANGE, &f->in);
  source in = f->in;
  in.x += CHANGE * B * N, in.first_step = CHANGE;
  trace after = twin_trace_from(f->ctx, &neuron, N, B, T - CHANGE, &in, &before);
  assert_same_bits("before", got.v, before.v, CHANGE * B * N);
  assert_same_bits("after", got.v + CHANGE * B * N, after.v, (T - CHANGE) * B * N);
  assert_same_bits("after", got.th + CHANGE * B * N, after.th, (T - CHANGE) * B * N);
  /* And from the start, which has other thresholds, too. */
  trace again = twin_trace(f->ctx, &neuron, N, B, T, &f->in);
  done(clif_group_reset(group));
  run_part(f, group, &got, 0, T);
  assert_same_bits("again", got.v, again.v, COUNT);
  assert_same_bits("again", got.th, again.th, COUNT);
  clif_group_destroy(group);
  clif__neuron_release(f->ctx, &neuron);
  free_trace(&got), free_trace(&before), free_trace(&after), free_trace(&again);
}

/* Neurons that were different may be alike for a time; those that were alike stay so. */
static void parameters_that_need_other_kernels_are_refused(void **state) {
  fixture *f = *state;
  clif_group_options o = usual();
  trace got = new_trace(N, B, T);
  clif_group *group = make(f, &o);
  clif_lif_params other = f->p, alike = f->p, wrong = f->p, few = f->p;
  other.options.stochastic = 0;
  wrong.tau = clif_scalar(-1.0);
  few.threshold = clif_per_neuron(f->thresholds, N - 1);
  assert_int_equal(clif_group_set_params(group, &other), CLIF_STATE);
  assert_int_equal(clif_group_set_params(group, &wrong), CLIF_INVALID_ARGUMENT);
  assert_int_equal(clif_group_set_params(group, &few), CLIF_SHAPE);
  assert_int_equal(clif_group_set_params(group, NULL), CLIF_INVALID_ARGUMENT);
  assert_int_equal(clif_group_set_params(NULL, &f->p), CLIF_INVALID_ARGUMENT);
  alike.threshold = clif_scalar(1.0);
  done(clif_group_set_params(group, &alike));
  done(clif_group_set_params(group, &f->p));
  run_part(f, group, &got, 0, T);
  assert_same_bits("nothing changed", got.v, f->expected.v, COUNT);
  clif_group_destroy(group);
  done(clif_group_create(f->ctx, &alike, &o, &group));
  assert_int_equal(clif_group_set_params(group, &f->p), CLIF_STATE);
  clif_group_destroy(group);
  free_trace(&got);
}

static void a_layer_with_its_id_gives_the_same_spikes(void **state) {
  fixture *f = *state;
  trace got = new_trace(N, B, T);
  clif_network *net = new_network(f->ctx);
  clif_prepare_options o = {.size = sizeof o, .batch = B, .steps = 7, .seed = SEED};
  done(clif_network_add_input(net, "in", &(clif_shape){1, {N}}));
  done(clif_network_add_relu(net, "relu"));
  done(clif_network_add_lif(net, "cell", &f->p));
  done(clif_network_connect(net, "in", "relu", 0));
  done(clif_network_connect(net, "relu", "cell", 0));
  done(clif_network_set_id(net, "cell", ID));
  done(clif_network_record(net, "cell", CLIF_SPIKE_F32));
  done(clif_network_prepare(net, &o));
  clif_binding in = bind("in", CLIF_OUTPUT, part(f->x, CLIF_F32, 0, T));
  clif_binding out = bind("cell", CLIF_SPIKE_F32, part(got.s, CLIF_F32, 0, T));
  done(run(net, &in, 1, &out, 1));
  assert_same_bits("layer", got.s, f->expected.s, COUNT);
  clif_network_destroy(net);
  free_trace(&got);
}

/* ---- state ---- */

enum { MIDDLE = 9 };

static void reset_begins_again(void **state) {
  fixture *f = *state;
  clif_group_options o = usual();
  trace got = new_trace(N, B, T);
  clif_group *group = make(f, &o);
  for (int i = 0; i < 2; i++) {
    run_part(f, group, &got, 0, T);
    compare("after a reset", f, &got, 0);
    memset(got.v, 0, COUNT * sizeof *got.v);
    done(clif_group_reset(group));
    clif_group_info look = clif_group_look(group);
    assert_true(look.step == 0 && look.spikes == 0 && look.updates == 0);
  }
  clif_group_destroy(group);
  free_trace(&got);
}

static void a_group_tells_what_it_has_done(void **state) {
  fixture *f = *state;
  clif_group_options o = usual();
  trace got = new_trace(N, B, T);
  clif_group *group = make(f, &o);
  double spikes = 0.0;
  done(clif_group_reset_at(group, 4, 0));
  expect(f, 4, 0);
  run_part(f, group, &got, 0, MIDDLE);
  for (size_t i = 0; i < MIDDLE * B * N; i++) spikes += (double)f->expected.s[i];
  clif_group_info look = clif_group_look(group);
  assert_int_equal(look.neurons, N);
  assert_int_equal(look.batch, B);
  assert_int_equal(look.step, 4 + MIDDLE);
  assert_int_equal(look.updates, MIDDLE * B * N);
  assert_int_equal(look.spikes, llround(spikes));
  assert_string_equal(clif_group_state_name(group, 0), "v");
  assert_string_equal(clif_group_state_name(group, 1), "th");
  assert_string_equal(clif_group_state_name(group, 2), "wait");
  assert_null(clif_group_state_name(group, 3));
  clif_group_destroy(group);
  free_trace(&got);
}

static void a_saved_state_goes_on_as_it_would_have(void **state) {
  fixture *f = *state;
  clif_group_options o = usual();
  clif_snapshot *saved;
  trace got = new_trace(N, B, T);
  clif_group *group = make(f, &o);
  run_part(f, group, &got, 0, MIDDLE);
  clif_group_info before = clif_group_look(group);
  done(clif_group_save(group, &saved));
  for (int i = 0; i < 3; i++) {
    run_part(f, group, &got, MIDDLE, T - MIDDLE);
    compare("saved", f, &got, 0);
    assert_int_equal(clif_group_look(group).updates, COUNT);
    /* Whatever is done in between. */
    if (i == 1) done(clif_group_reset_at(group, 77, 5));
    memset(got.v + MIDDLE * B * N, 0, (T - MIDDLE) * B * N * sizeof *got.v);
    done(clif_group_restore(group, saved));
    clif_group_info look = clif_group_look(group);
    assert_true(look.step == MIDDLE && look.spikes == before.spikes &&
                look.updates == before.updates);
  }
  clif_group_destroy(group);
  /* The snapshot outlives its group; others take it, with other tiles and more samples. */
  o.batch = B + 2;
  o.record |= CLIF_RECORD_V_PRE;
  o.max_device_bytes = bytes_of(&o, true, 3, 1, 2);
  o.steps = T;
  group = make(f, &o);
  assert_int_equal(clif_group_look(group).tile_batch, 2);
  done(clif_group_restore(group, saved));
  run_part(f, group, &got, MIDDLE, T - MIDDLE);
  compare("in another group", f, &got, 0);
  clif_snapshot_destroy(saved);
  clif_group_destroy(group);
  free_trace(&got);
}

static void a_snapshot_mends_a_failed_run(void **state) {
  fixture *f = *state;
  clif_group_options o = usual();
  clif_snapshot *saved, *none;
  trace got = new_trace(N, B, T);
  const size_t shape[] = {B, N};
  clif_array v = clif_array_view(got.v, CLIF_F32, 2, shape);
  clif_group *group = make(f, &o);
  run_part(f, group, &got, 0, MIDDLE);
  done(clif_group_save(group, &saved));
  float kept = f->x[MIDDLE * B * N];
  f->x[MIDDLE * B * N] = NAN;
  clif_group_io io = io_of(f, &got, MIDDLE, T - MIDDLE);
  assert_refused(f->ctx, CLIF_NOT_FINITE, "NaN", clif_group_run(group, &io));
  f->x[MIDDLE * B * N] = kept;
  assert_refused(f->ctx, CLIF_STATE, "earlier run failed", clif_group_run(group, &io));
  assert_refused(f->ctx, CLIF_STATE, "earlier run failed", clif_group_save(group, &none));
  assert_refused(f->ctx, CLIF_STATE, "earlier run failed", clif_group_get_state(group, "v", &v));
  assert_refused(f->ctx, CLIF_STATE, "earlier run failed", clif_group_set_state(group, "v", &v));
  assert_null(none);
  done(clif_group_restore(group, saved));
  run_part(f, group, &got, MIDDLE, T - MIDDLE);
  compare("mended", f, &got, MIDDLE);
  clif_snapshot_destroy(saved);
  clif_group_destroy(group);
  free_trace(&got);
}

/* Before the first run the state is that of all samples the group was made for. */
static void a_state_may_be_saved_before_the_first_run(void **state) {
  fixture *f = *state;
  clif_group_options o = usual();
  clif_snapshot *saved;
  clif_group *group = make(f, &o);
  done(clif_group_reset_at(group, 3, 1));
  done(clif_group_save(group, &saved));
  clif_group_destroy(group);
  expect(f, 3, 1);
  group = make(f, &o);
  done(clif_group_restore(group, saved));
  check_group("from the start", f, group);
  /* Into a larger group: the other samples have no state. */
  o.batch = B + 2;
  group = make(f, &o);
  done(clif_group_restore(group, saved));
  float *x = make_floats((B + 2) * N);
  clif_group_io io = {.size = sizeof io, .input = view3(x, CLIF_F32, 1, B + 2, N)};
  assert_refused(f->ctx, CLIF_STATE, "samples", clif_group_run(group, &io));
  free(x);
  check_group("from the start, with room for more", f, group);
  clif_snapshot_destroy(saved);
}

static void a_snapshot_of_other_neurons_is_refused(void **state) {
  fixture *f = *state;
  clif_lif_params plain = clif_lif_defaults(), moving = plain;
  clif_group_options o = {.size = sizeof o, .neurons = 200};
  clif_group *of_200, *of_100;
  clif_snapshot *saved;
  done(clif_group_create(f->ctx, &plain, &o, &of_200));
  done(clif_group_save(of_200, &saved));
  o.neurons = 100; /* as many numbers, but not the same ones */
  moving.options.adaptive = 1;
  done(clif_group_create(f->ctx, &moving, &o, &of_100));
  assert_refused(f->ctx, CLIF_SHAPE, "snapshot", clif_group_restore(of_100, saved));
  assert_refused(f->ctx, CLIF_INVALID_ARGUMENT, "NULL", clif_group_restore(of_100, NULL));
  assert_refused(f->ctx, CLIF_INVALID_ARGUMENT, "NULL", clif_group_save(of_100, NULL));
  clif_group_destroy(of_100);
  /* As many of the same width, but one is another. */
  clif_group *waiting;
  moving.options = plain.options;
  moving.options.refractory = clif_scalar(2.0);
  done(clif_group_create(f->ctx, &moving, &o, &waiting));
  moving.options.adaptive = 1;
  moving.options.refractory = clif_scalar(0.0);
  done(clif_group_create(f->ctx, &moving, &o, &of_100));
  clif_snapshot *of_th;
  done(clif_group_save(of_100, &of_th));
  assert_refused(f->ctx, CLIF_SHAPE, "snapshot", clif_group_restore(waiting, of_th));
  clif_snapshot_destroy(of_th);
  clif_group_destroy(waiting), clif_group_destroy(of_100);
  o.neurons = 200;
  o.batch = 2;
  clif_group *of_2;
  clif_snapshot *of_both;
  done(clif_group_create(f->ctx, &plain, &o, &of_2));
  done(clif_group_save(of_2, &of_both));
  assert_refused(f->ctx, CLIF_SHAPE, "snapshot", clif_group_restore(of_200, of_both));
  clif_snapshot_destroy(saved), clif_snapshot_destroy(of_both);
  clif_group_destroy(of_200), clif_group_destroy(of_2);
}

/* Each tensor is the twin's, and another group goes on with them; rows lie apart in the host's
 * array. */
static void each_tensor_can_be_taken_and_put(void **state) {
  fixture *f = *state;
  enum { GAP = 7 };
  clif_group_options o = usual();
  trace got = new_trace(N, B, T);
  clif_group *group = make(f, &o);
  trace half = twin_trace(f->ctx, &f->neuron, N, B, MIDDLE, &f->in);
  run_part(f, group, &got, 0, MIDDLE);
  o.max_device_bytes = bytes_of(&o, true, 3, 1, 1);
  clif_group *other = make(f, &o);
  assert_int_equal(clif_group_look(other).tile_batch, 1);
  done(clif_group_reset_at(other, MIDDLE, 0));
  for (int i = 0; i < CLIF__STATES; i++) {
    float *values = make_floats(B * (N + GAP));
    clif_array a = clif_array_view(values, CLIF_F32, 2, (size_t[]){B, N + GAP});
    a = clif_array_slice(&a, 1, 0, N);
    done(clif_group_get_state(group, clif__state_names[i], &a));
    for (size_t b = 0; b < B; b++)
      assert_same_bits(clif__state_names[i], values + b * (N + GAP), half.end[i] + b * N, N);
    done(clif_group_set_state(other, clif__state_names[i], &a));
    free(values);
  }
  run_part(f, other, &got, MIDDLE, T - MIDDLE);
  compare("with another's state", f, &got, 0);
  clif_group_destroy(group), clif_group_destroy(other);
  free_trace(&got), free_trace(&half);
}

static void states_that_do_not_fit_are_refused(void **state) {
  fixture *f = *state;
  clif_group_options o = usual();
  clif_group *group = make(f, &o);
  float values[B * N];
  double doubles[B * N] = {0};
  for (size_t i = 0; i < (size_t)B * N; i++) values[i] = 1.0f; /* in every state's range */
  clif_array a = clif_array_view(values, CLIF_F32, 2, (size_t[]){B, N});
  clif_array wide = clif_array_view(values, CLIF_F32, 2, (size_t[]){N, B});
  clif_array real = clif_array_view(doubles, CLIF_F64, 2, (size_t[]){B, N});
  assert_refused(f->ctx, CLIF_INVALID_ARGUMENT, "'w'", clif_group_get_state(group, "w", &a));
  assert_refused(f->ctx, CLIF_INVALID_ARGUMENT, "'w'", clif_group_set_state(group, "w", &a));
  assert_refused(f->ctx, CLIF_INVALID_ARGUMENT, "NULL", clif_group_set_state(group, NULL, &a));
  assert_refused(f->ctx, CLIF_INVALID_ARGUMENT, "'v'", clif_group_set_state(group, "v", NULL));
  assert_refused(f->ctx, CLIF_SHAPE, "3 samples", clif_group_set_state(group, "v", &wide));
  assert_refused(f->ctx, CLIF_SHAPE, "float32", clif_group_get_state(group, "v", &real));
  values[N + 2] = 0.25f;
  assert_refused(f->ctx, CLIF_INVALID_ARGUMENT, "th of sample 1, neuron 2 is 0.25",
                 clif_group_set_state(group, "th", &a));
  values[N + 2] = 1.5f;
  assert_refused(f->ctx, CLIF_INVALID_ARGUMENT, "wait of sample 1, neuron 2 is 1.5",
                 clif_group_set_state(group, "wait", &a));
  values[N + 2] = -INFINITY;
  assert_refused(f->ctx, CLIF_NOT_FINITE, "th of sample 1, neuron 2 is -inf",
                 clif_group_set_state(group, "th", &a));
  values[N + 2] = NAN;
  assert_refused(f->ctx, CLIF_NOT_FINITE, "v of sample 1, neuron 2",
                 clif_group_set_state(group, "v", &a));
  check_group("after refusals", f, group);
}

/* ---- costs ---- */

/* What one run of T steps adds to the counters, in tiles of 7 steps. */
static clif_counters cost(const fixture *f, clif_group *group, const clif_group_io *io) {
  clif_counters before = clif_context_counters(f->ctx);
  done(clif_group_run(group, io));
  clif_counters after = clif_context_counters(f->ctx);
  assert_int_equal(after.host_allocations, before.host_allocations);
  assert_int_equal(after.programs_compiled, before.programs_compiled);
  after.commands -= before.commands;
  after.blocking_calls -= before.blocking_calls;
  after.bytes_uploaded -= before.bytes_uploaded;
  after.bytes_downloaded -= before.bytes_downloaded;
  return after;
}

static void a_tile_costs_one_launch_and_one_wait(void **state) {
  fixture *f = *state;
  enum { TILES = (T + 6) / 7 };
  const clif_array host = view3(f->x, CLIF_F32, T, B, N);
  clif_array device;
  done(clif_array_create_device(f->ctx, CLIF_F32, 3, host.shape, &device));
  done(clif_array_copy(f->ctx, &host, &device));
  clif_group_options o = usual();
  o.spikes = CLIF_SPIKES_NONE;
  o.record = 0;
  o.steps = 7;
  o.device_input = 1;
  clif_group_io io = {.size = sizeof io, .input = device};
  clif_group *group = make(f, &o);
  done(clif_group_run(group, &io)); /* the state's start is launched, too */
  /* A tile: the statistics cleared, the step's kernel, the statistics read. */
  clif_counters c = cost(f, group, &io);
  assert_int_equal(c.commands, 3 * TILES);
  assert_int_equal(c.blocking_calls, TILES);
  assert_int_equal(c.bytes_uploaded, 0);
  assert_int_equal(c.bytes_downloaded, 8 * TILES);
  clif_group_destroy(group);
  clif_array_free(f->ctx, &device);
}

static void input_and_output_cost_one_copy_each(void **state) {
  fixture *f = *state;
  enum { TILES = (T + 6) / 7 };
  uint32_t *bits = calloc(T * B * 4, sizeof *bits);
  clif_group_options o = usual();
  o.spikes = CLIF_SPIKES_BITS;
  o.record = 0;
  o.steps = 7;
  clif_group_io io = {.size = sizeof io,
                      .input = view3(f->bytes, CLIF_U8, T, B, N),
                      .spikes = view3(bits, CLIF_U32, T, B, 4)};
  clif_group *group = make(f, &o);
  done(clif_group_run(group, &io));
  float *s = make_floats(COUNT);
  unpack_bits(bits, T * B, N, s);
  assert_same_bits("bits", s, f->expected.s, COUNT);
  /* Also an upload, a kernel that takes it in, a download; with one lane bits are cleared. */
  clif_counters c = cost(f, group, &io);
  assert_int_equal(c.commands, (f->ctx->lanes == 1 ? 7 : 6) * TILES);
  assert_int_equal(c.blocking_calls, TILES);
  assert_int_equal(c.bytes_uploaded, COUNT);
  assert_int_equal(c.bytes_downloaded, 20 * TILES + T * B * 4 * sizeof *bits);
  clif_group_destroy(group);
  free(bits), free(s);
}

#define with_fixture(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      with_fixture(runs_of_any_length_are_one_run),
      with_fixture(single_steps_are_one_run),
      with_fixture(samples_may_be_run_in_parts),
      with_fixture(a_run_may_have_fewer_samples),
      with_fixture(work_begins_at_any_step_and_sample),
      with_fixture(tiles_are_cut_to_fit_a_cap),
      with_fixture(device_memory_is_as_documented),
      with_fixture(recording_changes_nothing),
      with_fixture(what_is_recorded_need_not_be_taken),
      with_fixture(bytes_are_the_same_as_floats),
      with_fixture(one_row_may_be_the_input_of_all_steps),
      with_fixture(input_may_lie_on_the_device),
      with_fixture(steps_may_take_rows_of_a_device_array),
      with_fixture(both_numbers_of_lanes_give_the_same),
      with_fixture(random_numbers_may_be_given),
      with_fixture(other_ids_and_seeds_draw_other_numbers),
      with_fixture(a_seed_may_be_changed_between_runs),
      with_fixture(parameters_may_be_changed_between_runs),
      with_fixture(parameters_that_need_other_kernels_are_refused),
      with_fixture(a_layer_with_its_id_gives_the_same_spikes),
      with_fixture(reset_begins_again),
      with_fixture(a_group_tells_what_it_has_done),
      with_fixture(a_saved_state_goes_on_as_it_would_have),
      with_fixture(a_snapshot_mends_a_failed_run),
      with_fixture(a_state_may_be_saved_before_the_first_run),
      with_fixture(a_snapshot_of_other_neurons_is_refused),
      with_fixture(each_tensor_can_be_taken_and_put),
      with_fixture(states_that_do_not_fit_are_refused),
      with_fixture(a_tile_costs_one_launch_and_one_wait),
      with_fixture(input_and_output_cost_one_copy_each),
  };
  return cmocka_run_group_tests(tests, open_shared, close_shared);
}
