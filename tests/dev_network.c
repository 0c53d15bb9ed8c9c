/* dev_network.c - a network gives the same bits however its run is cut, and says what it costs. */
#include <math.h>

#include "nets.h"

enum { IN = 65, HIDDEN = 33, OUT = 7, STEPS = 23, BATCH = 5 };

typedef struct result {
  uint8_t hidden[STEPS * BATCH * HIDDEN], out[STEPS * BATCH * OUT];
  float v[STEPS * BATCH * HIDDEN], readout[STEPS * BATCH * OUT];
  uint64_t spikes;
} result;

/* Interpreted, CLBlast's kernels take minutes here; dev_linear runs them there at a small size. */
static clif_linear_way linear_way(void) {
  return is_slow_device() ? CLIF_LINEAR_EVENTS : CLIF_LINEAR_AUTO;
}

/* in -> fc1 -> hidden (lif) -> fc2 -> out (lif, subtract) and readout (li) */
static clif_network *two_layers(clif_context *ctx) {
  static float w1[HIDDEN * IN], w2[OUT * HIDDEN], b1[HIDDEN];
  uint32_t seed = 3;
  for (size_t i = 0; i < HIDDEN * IN; i++) w1[i] = (float)between(&seed, -0.4, 0.6);
  for (size_t i = 0; i < OUT * HIDDEN; i++) w2[i] = (float)between(&seed, -0.6, 1.0);
  for (size_t i = 0; i < HIDDEN; i++) b1[i] = (float)between(&seed, -0.5, 0.5);
  clif_lif_params hidden = clif_lif_defaults(), out = clif_lif_defaults();
  clif_li_params readout = clif_li_defaults();
  hidden.tau = clif_scalar(4.0);
  out.tau = clif_scalar(3.0);
  out.reset = CLIF_RESET_SUBTRACT;
  clif_network *net = new_network(ctx);
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {IN}}));
  assert_ok(ctx, clif_network_add_linear(net, "fc1", IN, HIDDEN, w1, b1));
  assert_ok(ctx, clif_network_add_lif(net, "hidden", &hidden));
  assert_ok(ctx, clif_network_add_linear(net, "fc2", HIDDEN, OUT, w2, NULL));
  assert_ok(ctx, clif_network_add_lif(net, "out", &out));
  assert_ok(ctx, clif_network_add_li(net, "readout", &readout));
  assert_ok(ctx, clif_network_connect(net, "in", "fc1", 0));
  assert_ok(ctx, clif_network_connect(net, "fc1", "hidden", 0));
  assert_ok(ctx, clif_network_connect(net, "hidden", "fc2", 0));
  assert_ok(ctx, clif_network_connect(net, "fc2", "out", 0));
  assert_ok(ctx, clif_network_connect(net, "fc2", "readout", 0));
  return net;
}

static void record_all(clif_context *ctx, clif_network *net) {
  assert_ok(ctx, clif_network_record(net, "hidden", CLIF_OUTPUT));
  assert_ok(ctx, clif_network_record(net, "hidden", CLIF_V));
  assert_ok(ctx, clif_network_record(net, "out", CLIF_OUTPUT));
  assert_ok(ctx, clif_network_record(net, "readout", CLIF_OUTPUT));
}

static clif_array part(void *data, clif_dtype dtype, size_t n, size_t t0, size_t t, size_t b0,
                       size_t b) {
  clif_array whole = view3(data, dtype, STEPS, BATCH, n);
  clif_array steps = clif_array_slice(&whole, 0, t0, t);
  return clif_array_slice(&steps, 1, b0, b);
}

/* Steps t0.. and samples b0.. of the whole, through slices of the whole arrays. */
static clif_status run_part(clif_network *net, uint8_t *x, result *r, size_t t0, size_t t,
                            size_t b0, size_t b) {
  clif_binding in = bind("in", CLIF_OUTPUT, part(x, CLIF_U8, IN, t0, t, b0, b));
  clif_binding out[] = {
      bind("hidden", CLIF_OUTPUT, part(r->hidden, CLIF_U8, HIDDEN, t0, t, b0, b)),
      bind("hidden", CLIF_V, part(r->v, CLIF_F32, HIDDEN, t0, t, b0, b)),
      bind("out", CLIF_OUTPUT, part(r->out, CLIF_U8, OUT, t0, t, b0, b)),
      bind("readout", CLIF_OUTPUT, part(r->readout, CLIF_F32, OUT, t0, t, b0, b))};
  return run(net, &in, 1, out, 4);
}

static uint64_t spikes_of(clif_context *ctx, clif_network *net, const char *name) {
  clif_layer_info info;
  for (size_t i = 0; i < clif_network_layer_count(net); i++) {
    assert_ok(ctx, clif_network_layer(net, i, &info));
    if (strcmp(info.name, name) == 0) return info.spikes;
  }
  fail_msg("no layer %s", name);
  return 0;
}

/* The whole run, cut into pieces of `chunk` steps and `group` samples, in tiles of at most `steps`
 * steps, under a cap of `cap` bytes. */
static result run_cut(unsigned lanes, size_t chunk, size_t group, size_t steps, uint64_t cap) {
  static result r;
  memset(&r, 0, sizeof r);
  clif_context *ctx =
      open_context(&(clif_context_options){sizeof(clif_context_options), .lanes = lanes});
  clif_network *net = two_layers(ctx);
  uint8_t *x = random_spikes(STEPS * BATCH * IN, 0.2, 11);
  record_all(ctx, net);
  assert_ok(ctx, prepare(net, group, steps, cap, linear_way()));
  if (cap) assert_true(clif_network_plan(net).device_bytes <= cap);
  for (size_t b = 0; b < BATCH; b += group) {
    size_t samples = b + group <= BATCH ? group : BATCH - b;
    assert_ok(ctx, clif_network_reset(net));
    for (size_t t = 0; t < STEPS; t += chunk)
      assert_ok(ctx, run_part(net, x, &r, t, t + chunk <= STEPS ? chunk : STEPS - t, b, samples));
    r.spikes += spikes_of(ctx, net, "hidden");
  }
  free(x);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
  return r;
}

static void assert_same_result(const result *a, const result *b) {
  assert_memory_equal(a->hidden, b->hidden, sizeof a->hidden);
  assert_memory_equal(a->out, b->out, sizeof a->out);
  assert_same_bits("v", a->v, b->v, STEPS * BATCH * HIDDEN);
  assert_same_bits("readout", a->readout, b->readout, STEPS * BATCH * OUT);
  assert_int_equal(a->spikes, b->spikes);
}

static void any_cut_gives_the_same_bits(void **state) {
  (void)state;
  unsigned lanes = test_lanes() == 1 ? 1 : 16;
  result whole = run_cut(lanes, STEPS, BATCH, 0, 0), other;
  uint64_t hidden = 0, out = 0;
  for (size_t i = 0; i < sizeof whole.hidden; i++) hidden += whole.hidden[i];
  for (size_t i = 0; i < sizeof whole.out; i++) out += whole.out[i];
  assert_int_equal(hidden, whole.spikes);
  assert_true(hidden > 200 && out > 50); /* there is something to compare */
  other = run_cut(lanes, 1, BATCH, 0, 0);
  assert_same_result(&whole, &other);
  other = run_cut(lanes, 4, 2, 3, 0); /* chunks, groups and tiles that do not divide each other */
  assert_same_result(&whole, &other);
  if (is_slow_device()) return;
  other = run_cut(1, 7, 3, 0, 0); /* one neuron per work-item, as on GPUs */
  assert_same_result(&whole, &other);
  other = run_cut(lanes, STEPS, BATCH, 5, 0);
  assert_same_result(&whole, &other);
  other =
      run_cut(lanes, 5, BATCH, 0, 24000); /* hardly more than the weights: tiles of samples too */
  assert_same_result(&whole, &other);
}

static void a_second_network_and_a_reset_repeat_the_run(void **state) {
  (void)state;
  if (is_slow_device()) skip(); /* minutes, and nothing that the others do not run there */
  static result first, second;
  clif_context *ctx = open_context(NULL);
  clif_network *net = two_layers(ctx), *another = two_layers(ctx);
  uint8_t *x = random_spikes(STEPS * BATCH * IN, 0.2, 11);
  record_all(ctx, net);
  record_all(ctx, another);
  assert_ok(ctx, prepare(net, BATCH, 0, 0, linear_way()));
  assert_ok(ctx, prepare(another, BATCH, 0, 0, linear_way()));
  assert_ok(ctx, run_part(net, x, &first, 0, STEPS, 0, BATCH));
  assert_ok(ctx, clif_network_reset(net));
  assert_ok(ctx, run_part(net, x, &second, 0, STEPS, 0, BATCH));
  assert_same_result(&first, &second);
  assert_ok(ctx, run_part(another, x, &second, 0, STEPS, 0, BATCH));
  assert_same_result(&first, &second);
  assert_ok(ctx, run_part(another, x, &second, 0, STEPS, 0, BATCH));
  assert_memory_not_equal(first.v, second.v, sizeof first.v); /* without a reset state goes on */
  free(x);
  /* In the order that would be wrong if nothing were held. */
  clif_context_destroy(ctx);
  clif_network_destroy(net);
  clif_network_destroy(another);
}

/* ---- what a run costs ---- */

static void commands_depend_on_tiles_and_not_on_steps(void **state) {
  (void)state;
  static result r;
  clif_context *ctx = open_context(NULL);
  clif_network *net = two_layers(ctx);
  uint8_t *x = random_spikes(STEPS * BATCH * IN, 0.2, 11);
  record_all(ctx, net);
  assert_ok(ctx, prepare(net, BATCH, 8, 0, linear_way()));
  clif_plan_info plan = clif_network_plan(net);
  assert_int_equal(plan.tile_steps, 8);
  assert_ok(ctx, run_part(net, x, &r, 0, 1, 0, BATCH)); /* the states are set up here */
  static const struct { size_t steps, tiles; } runs[] = {{1, 1}, {8, 1}, {9, 2}, {22, 3}};
  for (size_t i = 0; i < 4; i++) {
    clif_counters before = clif_context_counters(ctx);
    assert_ok(ctx, run_part(net, x, &r, 1, runs[i].steps, 0, BATCH));
    clif_counters after = clif_context_counters(ctx);
    assert_int_equal(after.commands - before.commands, runs[i].tiles * plan.commands_per_tile);
    assert_int_equal(after.blocking_calls - before.blocking_calls, runs[i].tiles);
    assert_int_equal(after.host_allocations, before.host_allocations);
    assert_int_equal(after.programs_compiled, before.programs_compiled);
    assert_int_equal(after.bytes_uploaded - before.bytes_uploaded, runs[i].steps * BATCH * IN);
  }
  free(x);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

static void planned_bytes_are_allocated_bytes_and_come_back(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  clif_memory_use empty = clif_context_memory(ctx);
  static const uint64_t caps[] = {0, 400000, 24000};
  for (size_t i = 0; i < 3; i++) {
    clif_network *net = two_layers(ctx);
    record_all(ctx, net);
    assert_ok(ctx, prepare(net, BATCH, STEPS, caps[i], CLIF_LINEAR_EVENTS));
    uint64_t held = clif_context_memory(ctx).device_bytes - empty.device_bytes;
    assert_int_equal(held, clif_network_plan(net).device_bytes);
    if (caps[i]) assert_true(held <= caps[i]);
    clif_network_destroy(net);
    assert_int_equal(clif_context_memory(ctx).device_bytes, empty.device_bytes);
  }
  clif_context_destroy(ctx);
}

static void a_cap_too_small_is_refused_with_figures(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  clif_network *net = two_layers(ctx);
  assert_refused(ctx, CLIF_OUT_OF_DEVICE_MEMORY, "above the cap of 9000",
                 prepare(net, 1000, 0, 9000, CLIF_LINEAR_EVENTS));
  assert_ok(ctx, prepare(net, 1, 0, 0, CLIF_LINEAR_EVENTS));
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

/* ---- layers ---- */

static void layers_compute_what_they_say(void **state) {
  (void)state;
  /* a (2x3) and b (2x3) -> scale -> relu, then flattened */
  float a[] = {1, -2, 3, -4, 5, -6}, b[] = {0.5f, 0.5f, -4, 8, 0, 1};
  float scale[] = {2, 2, 2, -1, -1, 0.5f}, relu[6], flat[6], sum[6];
  clif_shape shape = {2, {2, 3}};
  clif_context *ctx = open_context(NULL);
  clif_network *net = new_network(ctx);
  assert_ok(ctx, clif_network_add_output(net, "end")); /* added first, computed last */
  assert_ok(ctx, clif_network_add_input(net, "a", &shape));
  assert_ok(ctx, clif_network_add_input(net, "b", &shape));
  assert_ok(ctx, clif_network_add_scale(net, "scale", &shape, scale));
  assert_ok(ctx, clif_network_add_relu(net, "relu"));
  assert_ok(ctx, clif_network_add_flatten(net, "flat", 0, -1));
  assert_ok(ctx, clif_network_connect(net, "b", "scale", 0));
  assert_ok(ctx, clif_network_connect(net, "a", "scale", 0));
  assert_ok(ctx, clif_network_connect(net, "a", "scale", 0)); /* counts once */
  assert_ok(ctx, clif_network_connect(net, "scale", "relu", 0));
  assert_ok(ctx, clif_network_connect(net, "relu", "flat", 0));
  assert_ok(ctx, clif_network_connect(net, "flat", "end", 0));
  assert_ok(ctx, clif_network_record(net, "scale", CLIF_OUTPUT));
  assert_ok(ctx, clif_network_record(net, "relu", CLIF_OUTPUT));
  assert_ok(ctx, clif_network_record(net, "end", CLIF_OUTPUT));
  assert_ok(ctx, clif_network_prepare(net, NULL));
  size_t full[] = {1, 1, 2, 3};
  clif_binding in[] = {bind("a", CLIF_OUTPUT, clif_array_view(a, CLIF_F32, 4, full)),
                       bind("b", CLIF_OUTPUT, view3(b, CLIF_F32, 1, 1, 6))}; /* either will do */
  clif_binding out[] = {bind("scale", CLIF_OUTPUT, clif_array_view(sum, CLIF_F32, 4, full)),
                        bind("relu", CLIF_OUTPUT, clif_array_view(relu, CLIF_F32, 4, full)),
                        bind("end", CLIF_OUTPUT, view3(flat, CLIF_F32, 1, 1, 6))};
  assert_ok(ctx, run(net, in, 2, out, 3));
  for (size_t i = 0; i < 6; i++) {
    float expected = scale[i] * (b[i] + a[i]);
    assert_true(sum[i] == expected);
    assert_true(relu[i] == (expected > 0 ? expected : 0));
    assert_true(flat[i] == relu[i]);
  }
  clif_layer_info info;
  assert_ok(ctx, clif_network_layer(net, clif_network_layer_count(net) - 1, &info));
  assert_string_equal(info.name, "end");
  assert_true(info.shape.ndim == 1 && info.shape.dim[0] == 6);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

static void large_tiles_are_worked_on_to_their_ends(void **state) {
  (void)state;
  enum { N = 1024, SAMPLES = 3000 };
  if (is_slow_device()) skip();
  for (unsigned lanes = 1; lanes <= 16; lanes += 15) {
    clif_context *ctx =
        open_context(&(clif_context_options){sizeof(clif_context_options), .lanes = lanes});
    clif_network *net = new_network(ctx);
    float *x = random_floats((size_t)N * SAMPLES, -1, 1, 5), *y = make_floats((size_t)N * SAMPLES);
    assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {N}}));
    assert_ok(ctx, clif_network_add_relu(net, "relu"));
    assert_ok(ctx, clif_network_connect(net, "in", "relu", 0));
    assert_ok(ctx, clif_network_record(net, "relu", CLIF_OUTPUT));
    assert_ok(ctx, prepare(net, SAMPLES, 1, 0, CLIF_LINEAR_AUTO));
    assert_int_equal(clif_network_plan(net).tile_batch, SAMPLES);
    clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, 1, SAMPLES, N));
    clif_binding out = bind("relu", CLIF_OUTPUT, view3(y, CLIF_F32, 1, SAMPLES, N));
    assert_ok(ctx, run(net, &in, 1, &out, 1));
    uint64_t nonzero = 0;
    for (size_t i = 0; i < (size_t)N * SAMPLES; i++) {
      nonzero += x[i] != 0;
      x[i] = x[i] > 0 ? x[i] : 0;
    }
    assert_same_bits("relu", y, x, (size_t)N * SAMPLES);
    assert_int_equal(spikes_of(ctx, net, "in"), nonzero);
    clif_network_destroy(net);
    clif_context_destroy(ctx);
    free(x);
    free(y);
  }
}

static void several_edges_are_added_in_declared_order(void **state) {
  (void)state;
  /* (2^24 + 1) - 2^24 is 0; in any other order it is 1. */
  static const float values[3] = {0x1p24f, 1.0f, -0x1p24f};
  static const char *const names[3] = {"big", "one", "minus"};
  clif_context *ctx = open_context(NULL);
  clif_network *net = new_network(ctx);
  clif_binding in[3];
  float data[3], y;
  for (size_t i = 0; i < 3; i++) {
    data[i] = values[i];
    in[i] = bind(names[i], CLIF_OUTPUT, view3(&data[i], CLIF_F32, 1, 1, 1));
    assert_ok(ctx, clif_network_add_input(net, names[i], &(clif_shape){1, {1}}));
  }
  assert_ok(ctx, clif_network_add_output(net, "out"));
  for (size_t i = 0; i < 3; i++) assert_ok(ctx, clif_network_connect(net, names[i], "out", 0));
  assert_ok(ctx, clif_network_record(net, "out", CLIF_OUTPUT));
  assert_ok(ctx, clif_network_prepare(net, NULL));
  clif_binding out = bind("out", CLIF_OUTPUT, view3(&y, CLIF_F32, 1, 1, 1));
  assert_ok(ctx, run(net, in, 3, &out, 1));
  assert_true(y == 0.0f);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

static void statistics_count_what_is_not_zero(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  clif_network *net = new_network(ctx);
  clif_layer_info info;
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {5}}));
  assert_ok(ctx, clif_network_prepare(net, NULL));
  uint8_t bytes[10] = {0, 1, 1, 0, 0, 1, 1, 1, 0, 0};
  float reals[10] = {0, -1, 0.5f, 0, 0, 1, 2, 3, 0, 0};
  clif_binding in = bind("in", CLIF_OUTPUT, view3(bytes, CLIF_U8, 2, 1, 5));
  assert_ok(ctx, run(net, &in, 1, NULL, 0));
  assert_ok(ctx, clif_network_layer(net, 0, &info));
  assert_true(info.spikes == 5 && info.updates == 10 && !info.spiking);
  in = bind("in", CLIF_OUTPUT, view3(reals, CLIF_F32, 2, 1, 5));
  assert_ok(ctx, run(net, &in, 1, NULL, 0));
  assert_ok(ctx, clif_network_layer(net, 0, &info));
  assert_true(info.spikes == 10 && info.updates == 20 && !info.spiking);
  assert_ok(ctx, clif_network_reset(net));
  assert_ok(ctx, clif_network_layer(net, 0, &info));
  assert_true(info.spikes == 0 && info.updates == 0);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

/* lif -> relu -> flatten -> output: the same spikes and the same counts; scale ends that. */
static void layers_that_keep_spikes_keep_their_count(void **state) {
  (void)state;
  enum { N = 6, T = 30 };
  static const char *const names[] = {"cell", "relu", "flat", "out", "scale"};
  float ones[N] = {1, 1, 1, 1, 1, 1}, x[T * N], scaled[T * N];
  uint8_t seen[4][T * N];
  clif_if_params p = clif_if_defaults();
  clif_context *ctx = open_context(NULL);
  clif_network *net = new_network(ctx);
  for (size_t i = 0; i < T * N; i++) x[i] = (float)(i % 5) * 0.125f;
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){2, {2, 3}}));
  assert_ok(ctx, clif_network_add_if(net, "cell", &p));
  assert_ok(ctx, clif_network_add_relu(net, "relu"));
  assert_ok(ctx, clif_network_add_flatten(net, "flat", 0, 1));
  assert_ok(ctx, clif_network_add_output(net, "out"));
  assert_ok(ctx, clif_network_add_scale(net, "scale", &(clif_shape){1, {N}}, ones));
  assert_ok(ctx, clif_network_connect(net, "in", "cell", 0));
  assert_ok(ctx, clif_network_connect(net, "cell", "relu", 0));
  assert_ok(ctx, clif_network_connect(net, "relu", "flat", 0));
  assert_ok(ctx, clif_network_connect(net, "flat", "out", 0));
  assert_ok(ctx, clif_network_connect(net, "flat", "scale", 0));
  for (size_t i = 0; i < 5; i++) assert_ok(ctx, clif_network_record(net, names[i], CLIF_OUTPUT));
  assert_ok(ctx, prepare(net, 1, 7, 0, CLIF_LINEAR_AUTO));
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, T, 1, N)), out[5];
  for (size_t i = 0; i < 4; i++)
    out[i] = bind(names[i], CLIF_OUTPUT, view3(seen[i], CLIF_U8, T, 1, N));
  out[4] = bind("scale", CLIF_OUTPUT, view3(scaled, CLIF_F32, T, 1, N));
  assert_ok(ctx, run(net, &in, 1, out, 5));
  assert_true(spikes_of(ctx, net, "cell") > 20);
  for (size_t i = 0; i < 4; i++) {
    assert_memory_equal(seen[i], seen[0], sizeof seen[0]);
    assert_int_equal(spikes_of(ctx, net, names[i]), spikes_of(ctx, net, "cell"));
  }
  for (size_t i = 0; i < T * N; i++) assert_true(scaled[i] == (float)seen[0][i]);
  assert_int_equal(spikes_of(ctx, net, "scale"), 0); /* real-valued: no spikes to count */
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

/* Two spiking layers added up are no spikes any more: 0, 1 and 2. */
static void a_sum_of_spikes_is_real_valued(void **state) {
  (void)state;
  static const float w[4] = {1, 0, 0, 1};
  uint8_t x[2] = {1, 1};
  float sum[2], y[2];
  clif_if_params p = clif_if_defaults();
  clif_context *ctx = open_context(NULL);
  clif_network *net = new_network(ctx);
  clif_layer_info info;
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {2}}));
  assert_ok(ctx, clif_network_add_if(net, "a", &p));
  assert_ok(ctx, clif_network_add_if(net, "b", &p));
  assert_ok(ctx, clif_network_add_output(net, "sum"));
  assert_ok(ctx, clif_network_add_linear(net, "fc", 2, 2, w, NULL));
  assert_ok(ctx, clif_network_connect(net, "in", "a", 0));
  assert_ok(ctx, clif_network_connect(net, "in", "b", 0));
  assert_ok(ctx, clif_network_connect(net, "a", "sum", 0));
  assert_ok(ctx, clif_network_connect(net, "b", "sum", 0));
  assert_ok(ctx, clif_network_connect(net, "a", "fc", 0));
  assert_ok(ctx, clif_network_connect(net, "b", "fc", 0));
  assert_ok(ctx, clif_network_record(net, "sum", CLIF_OUTPUT));
  assert_ok(ctx, clif_network_record(net, "fc", CLIF_OUTPUT));
  assert_ok(ctx, prepare(net, 1, 1, 0, CLIF_LINEAR_DENSE));
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_U8, 1, 1, 2));
  clif_binding out[] = {bind("sum", CLIF_OUTPUT, view3(sum, CLIF_F32, 1, 1, 2)),
                        bind("fc", CLIF_OUTPUT, view3(y, CLIF_F32, 1, 1, 2))};
  assert_ok(ctx, run(net, &in, 1, out, 2));
  assert_true(sum[0] == 2.0f && sum[1] == 2.0f && y[0] == 2.0f && y[1] == 2.0f);
  for (size_t i = 0; i < clif_network_layer_count(net); i++) {
    assert_ok(ctx, clif_network_layer(net, i, &info));
    if (strcmp(info.name, "fc") == 0) assert_int_equal(info.reproducible, 0);
    if (strcmp(info.name, "sum") == 0) assert_int_equal(info.spiking, 0);
  }
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

/* Bytes, then reals, then bytes again through the same buffers; a tile with fewer samples last. */
static void inputs_may_change_their_type_between_runs(void **state) {
  (void)state;
  enum { N = 5 };
  uint8_t bytes[N] = {1, 0, 2, 0, 255};
  float reals[N] = {-1.5f, 0, 3, 1e30f, 7}, y[N];
  clif_context *ctx = open_context(NULL);
  clif_network *net = new_network(ctx);
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {N}}));
  assert_ok(ctx, clif_network_record(net, "in", CLIF_OUTPUT));
  assert_ok(ctx, clif_network_prepare(net, NULL));
  clif_binding out = bind("in", CLIF_OUTPUT, view3(y, CLIF_F32, 1, 1, N));
  for (int turn = 0; turn < 4; turn++) {
    clif_binding in = turn % 2 ? bind("in", CLIF_OUTPUT, view3(reals, CLIF_F32, 1, 1, N))
                               : bind("in", CLIF_OUTPUT, view3(bytes, CLIF_U8, 1, 1, N));
    in.array.strides[1] = 12345; /* of a single sample: means nothing */
    assert_ok(ctx, run(net, &in, 1, &out, 1));
    for (size_t i = 0; i < N; i++) assert_true(y[i] == (turn % 2 ? reals[i] : (float)bytes[i]));
  }
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

static void only_real_input_through_clblast_is_reported_as_not_reproducible(void **state) {
  (void)state;
  static const float w[2] = {0.5f, 0.25f};
  uint8_t bytes[2] = {0, 1}, large[2] = {0, 2};
  float reals[2] = {0.5f, 1};
  const struct {
    clif_linear_way way;
    void *data;
    clif_dtype dtype;
    int expected;
  } cases[] = {{CLIF_LINEAR_DENSE, bytes, CLIF_U8, 1},
               {CLIF_LINEAR_DENSE, large, CLIF_U8, 0},
               {CLIF_LINEAR_DENSE, reals, CLIF_F32, 0},
               {CLIF_LINEAR_EVENTS, reals, CLIF_F32, 1}};
  clif_context *ctx = open_context(NULL);
  for (size_t i = 0; i < 4; i++) {
    clif_network *net = new_network(ctx);
    clif_layer_info info;
    assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){2, {1, 2}}));
    assert_ok(ctx, clif_network_add_flatten(net, "flat", 0, -1));
    assert_ok(ctx, clif_network_add_linear(net, "fc", 2, 1, w, NULL));
    assert_ok(ctx, clif_network_connect(net, "in", "flat", 0));
    assert_ok(ctx, clif_network_connect(net, "flat", "fc", 0));
    assert_ok(ctx, prepare(net, 1, 1, 0, cases[i].way));
    assert_ok(ctx, clif_network_layer(net, 2, &info));
    assert_int_equal(info.reproducible, 1); /* nothing has been summed yet */
    clif_binding in = bind("in", CLIF_OUTPUT, view3(cases[i].data, cases[i].dtype, 1, 1, 2));
    assert_ok(ctx, run(net, &in, 1, NULL, 0));
    assert_ok(ctx, clif_network_layer(net, 2, &info));
    assert_int_equal(info.reproducible, cases[i].expected);
    assert_ok(ctx, clif_network_reset(net));
    assert_ok(ctx, clif_network_layer(net, 2, &info));
    assert_int_equal(info.reproducible, 1);
    clif_network_destroy(net);
  }
  clif_context_destroy(ctx);
}

/* ---- progress ---- */

typedef struct progress_seen {
  int calls, stop_at;
  uint64_t done, total;
} progress_seen;

static int watch(void *user, uint64_t done, uint64_t total) {
  progress_seen *p = user;
  assert_true(done > p->done && done <= total);
  p->done = done;
  p->total = total;
  return ++p->calls == p->stop_at;
}

static void a_run_reports_progress_and_can_be_cancelled(void **state) {
  (void)state;
  if (is_slow_device()) skip();
  static result whole, again;
  clif_context *ctx = open_context(NULL);
  clif_network *net = two_layers(ctx);
  uint8_t *x = random_spikes(STEPS * BATCH * IN, 0.2, 11);
  record_all(ctx, net);
  assert_ok(ctx, prepare(net, BATCH, 4, 0, linear_way()));
  assert_ok(ctx, run_part(net, x, &whole, 0, STEPS, 0, BATCH));
  assert_ok(ctx, clif_network_reset(net));
  progress_seen p = {0};
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_U8, STEPS, BATCH, IN));
  clif_run r = {
      .size = sizeof r, .inputs = &in, .n_inputs = 1, .progress = watch, .progress_user = &p};
  assert_ok(ctx, clif_network_run(net, &r));
  assert_int_equal(p.calls, 6); /* tiles of 4 steps */
  assert_int_equal(p.done, STEPS * BATCH);
  assert_int_equal(p.total, STEPS * BATCH);
  assert_ok(ctx, clif_network_reset(net));
  p = (progress_seen){.stop_at = 6}; /* with the last tile: there is nothing left to stop */
  assert_ok(ctx, clif_network_run(net, &r));
  assert_ok(ctx, clif_network_reset(net));
  p = (progress_seen){.stop_at = 2};
  assert_refused(ctx, CLIF_CANCELLED, "cancelled", clif_network_run(net, &r));
  assert_int_equal(p.calls, 2);
  assert_refused(ctx, CLIF_STATE, "reset", clif_network_run(net, &r));
  assert_ok(ctx, clif_network_reset(net));
  assert_ok(ctx, run_part(net, x, &again, 0, STEPS, 0, BATCH));
  assert_same_result(&whole, &again);
  free(x);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

/* ---- options of all layers ---- */

enum { ALL_T = 30, ALL_N = 20 };

/* A standard and a seed-form layer behind one input; `options`, if any, for all layers. */
static void run_both_forms(const clif_neuron_options *options, uint8_t *standard, uint8_t *seed) {
  float x[ALL_T * ALL_N];
  clif_context *ctx = open_context(NULL);
  clif_network *net = new_network(ctx);
  clif_lif_params p = clif_lif_defaults(), of_seed = clif_seed_defaults();
  for (int i = 0; i < ALL_T * ALL_N; i++) x[i] = 4.0f;
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {ALL_N}}));
  assert_ok(ctx, clif_network_add_lif(net, "standard", &p));
  assert_ok(ctx, clif_network_add_lif(net, "seed", &of_seed));
  assert_ok(ctx, clif_network_connect(net, "in", "standard", 0));
  assert_ok(ctx, clif_network_connect(net, "in", "seed", 0));
  assert_ok(ctx, clif_network_record(net, "standard", CLIF_OUTPUT));
  assert_ok(ctx, clif_network_record(net, "seed", CLIF_OUTPUT));
  if (options) assert_ok(ctx, clif_network_set_options(net, NULL, options));
  assert_ok(ctx, clif_network_prepare(net, NULL));
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, ALL_T, 1, ALL_N));
  clif_binding out[] = {bind("standard", CLIF_OUTPUT, view3(standard, CLIF_U8, ALL_T, 1, ALL_N)),
                        bind("seed", CLIF_OUTPUT, view3(seed, CLIF_U8, ALL_T, 1, ALL_N))};
  assert_ok(ctx, run(net, &in, 1, out, 2));
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

static void options_for_all_leave_the_seed_form_alone(void **state) {
  (void)state;
  uint8_t standard[2][ALL_T * ALL_N], seed[2][ALL_T * ALL_N];
  clif_neuron_options o = clif_neuron_options_defaults();
  o.refractory = clif_scalar(12.0);
  run_both_forms(NULL, standard[0], seed[0]);
  run_both_forms(&o, standard[1], seed[1]);
  assert_memory_not_equal(standard[0], standard[1], sizeof *standard);
  assert_memory_equal(seed[0], seed[1], sizeof *seed);
  assert_non_null(memchr(seed[0], 1, sizeof *seed));
}

static void options_for_all_need_a_layer_that_takes_them(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  clif_network *net = new_network(ctx);
  clif_neuron_options o = clif_neuron_options_defaults();
  clif_li_params li = clif_li_defaults();
  clif_lif_params seed = clif_seed_defaults();
  clif_if_params integrate = clif_if_defaults();
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {3}}));
  assert_ok(ctx, clif_network_add_li(net, "li", &li));
  assert_refused(ctx, CLIF_SHAPE, "no lif or if layer", clif_network_set_options(net, NULL, &o));
  assert_ok(ctx, clif_network_add_lif(net, "seed", &seed));
  assert_refused(ctx, CLIF_SHAPE, "no lif or if layer", clif_network_set_options(net, NULL, &o));
  assert_ok(ctx, clif_network_add_if(net, "if", &integrate));
  assert_ok(ctx, clif_network_set_options(net, NULL, &o));
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

/* ---- state ---- */

enum { STATE_B = 4, STATE_N = 5, STATE_T = 3 };

static clif_network *state_network(clif_context *ctx, size_t batch) {
  clif_network *net = new_network(ctx);
  clif_lif_params p = clif_lif_defaults();
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {STATE_N}}));
  assert_ok(ctx, clif_network_add_lif(net, "cell", &p));
  assert_ok(ctx, clif_network_connect(net, "in", "cell", 0));
  assert_ok(ctx, prepare(net, batch, 2, 0, CLIF_LINEAR_AUTO));
  return net;
}

static clif_status run_samples(clif_network *net, size_t samples) {
  float x[STATE_T * (STATE_B + 2) * STATE_N] = {0};
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, STATE_T, samples, STATE_N));
  return run(net, &in, 1, NULL, 0);
}

static void states_whose_rows_overlap_are_refused(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  clif_network *net = state_network(ctx, STATE_B);
  float v[STATE_B * STATE_N] = {0};
  const clif_array whole = clif_array_view(v, CLIF_F32, 2, (size_t[]){STATE_B, STATE_N});
  static const size_t strides[] = {0, sizeof *v, (STATE_N - 1) * sizeof *v};
  for (int i = 0; i < 3; i++) {
    clif_array a = whole;
    a.strides[0] = strides[i];
    assert_refused(ctx, CLIF_SHAPE, "'v'", clif_network_get_state(net, "cell", "v", &a));
    assert_refused(ctx, CLIF_SHAPE, "'v'", clif_network_set_state(net, "cell", "v", &a));
  }
  assert_ok(ctx, clif_network_get_state(net, "cell", "v", &whole));
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

/* A snapshot from before the first run leaves open how many samples the runs have; one from after
 * it does not, nor one of a network for fewer samples. */
static void a_snapshot_keeps_how_many_samples_may_run(void **state) {
  (void)state;
  clif_snapshot *before, *after;
  clif_context *ctx = open_context(NULL);
  clif_network *net = state_network(ctx, STATE_B), *larger = state_network(ctx, STATE_B + 2);
  assert_ok(ctx, clif_network_save(net, &before));
  assert_ok(ctx, run_samples(net, STATE_B));
  assert_refused(ctx, CLIF_STATE, "the run before had 4", run_samples(net, STATE_B - 1));
  assert_ok(ctx, clif_network_restore(net, before));
  assert_ok(ctx, run_samples(net, STATE_B - 1));
  assert_ok(ctx, clif_network_save(net, &after));
  assert_ok(ctx, clif_network_restore(net, before));
  assert_ok(ctx, run_samples(net, STATE_B));
  assert_ok(ctx, clif_network_restore(net, after));
  assert_refused(ctx, CLIF_STATE, "the run before had 3", run_samples(net, STATE_B));
  assert_ok(ctx, run_samples(net, STATE_B - 1));
  assert_ok(ctx, clif_network_restore(larger, before));
  assert_refused(ctx, CLIF_STATE, "the run before had 4", run_samples(larger, STATE_B + 2));
  assert_ok(ctx, run_samples(larger, STATE_B));
  clif_snapshot_destroy(before), clif_snapshot_destroy(after);
  clif_network_destroy(net), clif_network_destroy(larger);
  clif_context_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(any_cut_gives_the_same_bits),
      cmocka_unit_test(a_second_network_and_a_reset_repeat_the_run),
      cmocka_unit_test(commands_depend_on_tiles_and_not_on_steps),
      cmocka_unit_test(planned_bytes_are_allocated_bytes_and_come_back),
      cmocka_unit_test(a_cap_too_small_is_refused_with_figures),
      cmocka_unit_test(layers_compute_what_they_say),
      cmocka_unit_test(large_tiles_are_worked_on_to_their_ends),
      cmocka_unit_test(several_edges_are_added_in_declared_order),
      cmocka_unit_test(statistics_count_what_is_not_zero),
      cmocka_unit_test(layers_that_keep_spikes_keep_their_count),
      cmocka_unit_test(a_sum_of_spikes_is_real_valued),
      cmocka_unit_test(inputs_may_change_their_type_between_runs),
      cmocka_unit_test(only_real_input_through_clblast_is_reported_as_not_reproducible),
      cmocka_unit_test(a_run_reports_progress_and_can_be_cancelled),
      cmocka_unit_test(options_for_all_leave_the_seed_form_alone),
      cmocka_unit_test(options_for_all_need_a_layer_that_takes_them),
      cmocka_unit_test(states_whose_rows_overlap_are_refused),
      cmocka_unit_test(a_snapshot_keeps_how_many_samples_may_run),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
