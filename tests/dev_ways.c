/* dev_ways.c - which way a linear layer goes, dense or by events, and what either costs: a choice
 * that nobody can see in spikes, kept for input whose sums it could change. */
#include "currents.h"
#include "groups.h"

enum { IN = 200, OUT = 120, BATCH = 2 };

/* Interpreted, CLBlast's kernels take minutes. */
static bool has_products(void) {
  return !is_slow_device();
}

/* ---- a network: in (-> before) -> fc -> cell ---- */

/* SPIKES: of a layer that fires where 1 comes in. DELTA: of changes up and down. */
enum input { BYTES, FLOATS, RATE, SPIKES, REAL, DELTA };

static const float *weights(void) {
  static float *w;
  if (!w) w = make_weights(IN, OUT, 8.0, 2.0, 3);
  return w;
}

static clif_lif_params cells(void) {
  clif_lif_params p = clif_lif_defaults();
  p.tau = p.r = clif_scalar(2.0);
  return p;
}

static clif_network *build(clif_context *ctx, enum input input) {
  clif_lif_params cell = cells(), at_once = clif_lif_defaults();
  clif_coding_params coding =
      clif_coding_defaults(input == DELTA ? CLIF_CODING_DELTA : CLIF_CODING_RATE);
  clif_network *net = new_network(ctx);
  at_once.tau = clif_scalar(1.0);
  coding.negative = input == DELTA;
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {IN}}));
  if (input == RATE || input == DELTA) assert_ok(ctx, clif_network_set_coding(net, "in", &coding));
  assert_ok(ctx, clif_network_add_linear(net, "fc", IN, OUT, weights(), NULL));
  assert_ok(ctx, clif_network_add_lif(net, "cell", &cell));
  if (input == SPIKES) {
    assert_ok(ctx, clif_network_add_lif(net, "before", &at_once));
    assert_ok(ctx, clif_network_connect(net, "in", "before", 0));
  }
  assert_ok(ctx, clif_network_connect(net, input == SPIKES ? "before" : "in", "fc", 0));
  assert_ok(ctx, clif_network_connect(net, "fc", "cell", 0));
  return net;
}

static clif_prepare_options options(clif_linear_way way, size_t tile) {
  return (clif_prepare_options){
      .size = sizeof(clif_prepare_options), .batch = BATCH, .steps = tile, .linear = way};
}

/* Spikes and v_pre recorded. */
static clif_network *prepared(clif_context *ctx, enum input input, clif_prepare_options o) {
  clif_network *net = build(ctx, input);
  assert_ok(ctx, clif_network_record(net, "cell", CLIF_OUTPUT));
  assert_ok(ctx, clif_network_record(net, "cell", CLIF_V_PRE));
  assert_ok(ctx, clif_network_prepare(net, &o));
  return net;
}

/* ---- which way it goes ---- */

/* 'D' or 'E', from the plan's text; fails unless just the commands of the other way are marked as
 * left out. */
static char way_of(const clif_network *net) {
  static char text[1 << 16];
  char mark[2] = {0, 0}; /* of dense and of events */
  assert_in_range(clif_network_explain(net, text, sizeof text), 1, sizeof text - 1);
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
    int way = strstr(line, " dense: ") ? 0 : strstr(line, " events: ") ? 1 : -1;
    if (way < 0 && line[0] == '-') fail_msg("a command of no way is left out: %s", line);
    if (way < 0) continue;
    if (mark[way] && mark[way] != line[0]) fail_msg("marked unlike others of its way: %s", line);
    mark[way] = line[0];
  }
  assert_true(mark[0] != mark[1]);
  return mark[0] == ' ' ? 'D' : 'E';
}

/* The ways of the tiles of runs, in a row. */
typedef struct ways {
  const clif_network *net;
  char seen[64];
  size_t n;
} ways;

static int note_way(void *user, uint64_t done, uint64_t total) {
  ways *w = user;
  (void)done, (void)total;
  assert_true(w->n + 1 < sizeof w->seen);
  w->seen[w->n++] = way_of(w->net);
  return 0;
}

/* ---- runs ---- */

typedef struct result {
  size_t steps;
  uint8_t *s;
  float *v_pre;
} result;

static result new_result(size_t steps) {
  size_t count = steps * BATCH * OUT;
  return (result){.steps = steps, .s = calloc(count, 1), .v_pre = make_floats(count)};
}

static void free_result(result *r) {
  free(r->s), free(r->v_pre);
}

/* Steps from .. to - 1 of the input; ways may be NULL. */
static void run_steps(clif_context *ctx, clif_network *net, const clif_array *x, size_t from,
                      size_t to, result *r, ways *w) {
  const clif_array s = view3(r->s, CLIF_U8, r->steps, x->shape[1], OUT);
  const clif_array v_pre = view3(r->v_pre, CLIF_F32, r->steps, x->shape[1], OUT);
  const clif_binding in = bind("in", CLIF_OUTPUT, clif_array_slice(x, 0, from, to - from));
  const clif_binding out[] = {
      bind("cell", CLIF_OUTPUT, clif_array_slice(&s, 0, from, to - from)),
      bind("cell", CLIF_V_PRE, clif_array_slice(&v_pre, 0, from, to - from))};
  if (w) w->net = net;
  const clif_run run = {.size = sizeof run,
                        .inputs = &in,
                        .n_inputs = 1,
                        .outputs = out,
                        .n_outputs = 2,
                        .progress = w ? note_way : NULL,
                        .progress_user = w};
  assert_ok(ctx, clif_network_run(net, &run));
}

static void assert_same_result(const char *what, const result *a, const result *b) {
  assert_same_bits(what, a->v_pre, b->v_pre, a->steps * BATCH * OUT);
  assert_memory_equal(a->s, b->s, a->steps * BATCH * OUT);
}

/* A whole run by one way. */
static result run_forced(clif_context *ctx, clif_linear_way way, const clif_array *x) {
  result r = new_result(x->shape[0]);
  clif_network *net = prepared(ctx, BYTES, options(way, 0));
  run_steps(ctx, net, x, 0, r.steps, &r, NULL);
  clif_network_destroy(net);
  return r;
}

/* The host twins of fc and cell on zeros and ones. */
static void compare_with_twin(clif_context *ctx, const clif_array *x, const result *r) {
  size_t rows = r->steps * BATCH;
  clif_lif_params p = cells();
  clif__neuron neuron;
  float *values = make_floats(rows * IN);
  for (size_t i = 0; i < rows * IN; i++) values[i] = ((const uint8_t *)x->data)[i];
  const source in = {.x = make_currents(values, rows, IN, OUT, weights(), NULL)};
  assert_ok(ctx, clif__neuron_from_lif(ctx, &p, &neuron));
  trace t = twin_trace(ctx, &neuron, OUT, BATCH, r->steps, &in);
  assert_same_bits("v_pre and the host twin's", r->v_pre, t.v_pre, rows * OUT);
  for (size_t i = 0; i < rows * OUT; i++) assert_int_equal(r->s[i], (int)t.s[i]);
  assert_true(trace_rate(&t) > 0.01); /* there is something to compare */
  free_trace(&t);
  clif__neuron_release(ctx, &neuron);
  free((void *)in.x), free(values);
}

/* ---- zeros and ones ---- */

/* Steps with so much of the input 1, `length` of each density. */
static uint8_t *bytes_of(const double *densities, size_t n, size_t length) {
  size_t part = length * BATCH * IN;
  uint8_t *x = calloc(n, part);
  assert_non_null(x);
  uint32_t seed = 11;
  for (size_t i = 0; i < n * part; i++) x[i] = next_number(&seed) < densities[i / part];
  return x;
}

/* The densities are of quarters of the run, two tiles each. `expected`: the ways of all tiles;
 * NULL: whatever they are. */
static void check_choice(unsigned lanes, const double densities[4], const char *expected) {
  enum { TILE = 4, T = 32 };
  clif_context *ctx = open_with_lanes(lanes);
  if (!ctx) return;
  uint8_t *x = bytes_of(densities, 4, T / 4);
  const clif_array input = view3(x, CLIF_U8, T, BATCH, IN);
  clif_network *net = prepared(ctx, BYTES, options(CLIF_LINEAR_AUTO, TILE));
  result r = new_result(T), events = run_forced(ctx, CLIF_LINEAR_EVENTS, &input);
  ways w = {.n = 0};
  run_steps(ctx, net, &input, 0, T, &r, &w);
  if (expected) assert_string_equal(w.seen, expected);
  assert_same_result("as chosen and by events", &r, &events);
  compare_with_twin(ctx, &input, &r);
  assert_int_equal(info_of(ctx, net, "fc").reproducible, 1);
  free_result(&r), free_result(&events), free(x);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

/* With one lane, as on GPUs, a product pays as soon as some of the input is 1; with 16 it is not
 * said which way is the better one. */
static void little_goes_by_events(void **state) {
  (void)state;
  if (!has_products()) skip();
  check_choice(1, (const double[4]){0.02, 0.02, 0.02, 0.02}, "EEEEEEEE");
  check_choice(16, (const double[4]){0.02, 0.02, 0.02, 0.02}, "EEEEEEEE");
}

static void much_goes_by_a_product_where_it_pays(void **state) {
  (void)state;
  if (!has_products()) skip();
  check_choice(1, (const double[4]){1.0, 1.0, 1.0, 1.0}, "DDDDDDDD");
  check_choice(16, (const double[4]){1.0, 1.0, 1.0, 1.0}, NULL);
}

/* A tile goes by what the one before it had, the first by a look at its first step. */
static void the_way_follows_the_input_within_a_run(void **state) {
  (void)state;
  if (!has_products()) skip();
  check_choice(1, (const double[4]){0.0, 1.0, 0.0, 1.0}, "EEEDDEED");
  check_choice(1, (const double[4]){1.0, 0.0, 0.02, 1.0}, "DDDEEEED");
  check_choice(16, (const double[4]){0.0, 1.0, 0.0, 1.0}, NULL);
}

/* ---- other numbers ---- */

enum { REAL_T = 32, REAL_TILE = 8 };

/* The densities are of quarters of the run. */
static float *reals_of(const double densities[4]) {
  size_t part = REAL_T / 4 * BATCH * IN;
  float *x = make_floats(4 * part);
  uint32_t seed = 5;
  for (size_t i = 0; i < 4 * part; i++)
    if (next_number(&seed) < densities[i / part]) x[i] = (float)between(&seed, -1.0, 1.5);
  return x;
}

/* From a reset on, in runs of `chunk` steps. *way: that of all tiles. */
static result run_chunks(clif_context *ctx, clif_network *net, const clif_array *x, size_t chunk,
                         char *way) {
  ways w = {.n = 0};
  result r = new_result(x->shape[0]);
  assert_ok(ctx, clif_network_reset(net));
  for (size_t t = 0; t < r.steps; t += chunk)
    run_steps(ctx, net, x, t, t + chunk < r.steps ? t + chunk : r.steps, &r, &w);
  for (size_t i = 1; i < w.n; i++) assert_int_equal(w.seen[i], w.seen[0]);
  *way = w.seen[0];
  return r;
}

/* One way from reset to reset, and the same bits however the run is cut; of CBLAS, whose order
 * depends on how many rows there are, only where tiles stay the same. `expected` 0: any way. */
static void check_kept(unsigned lanes, const double densities[4], clif_dense_by dense,
                       char expected) {
  static const size_t chunks[] = {REAL_TILE, 1, 5};
  clif_context *ctx = open_with_lanes(lanes);
  if (!ctx) return;
  float *x = reals_of(densities);
  char way, again;
  const clif_array input = view3(x, CLIF_F32, REAL_T, BATCH, IN);
  clif_prepare_options o = options(CLIF_LINEAR_AUTO, REAL_TILE);
  o.dense = dense;
  clif_network *net = prepared(ctx, REAL, o);
  result whole = run_chunks(ctx, net, &input, REAL_T, &way);
  if (expected) assert_int_equal(way, expected);
  assert_int_equal(info_of(ctx, net, "fc").reproducible, way == 'E');
  bool any_cut = way == 'E' || dense == CLIF_DENSE_CLBLAST;
  for (size_t i = 0; i < (any_cut ? 3 : 1); i++) {
    result r = run_chunks(ctx, net, &input, chunks[i], &again);
    assert_int_equal(again, way);
    assert_same_result("a run and its parts", &r, &whole);
    free_result(&r);
  }
  free_result(&whole), free(x);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

static void real_input_keeps_its_way(void **state) {
  (void)state;
  if (!has_products()) skip();
  static const double sparse_first[4] = {0.02, 1.0, 0.02, 1.0},
                      dense_first[4] = {1.0, 0, 0.02, 1.0}, late[4] = {0.0, 1.0, 1.0, 1.0};
  for (int dense = CLIF_DENSE_AUTO; dense <= CLIF_DENSE_CLBLAST; dense++) {
    check_kept(1, sparse_first, (clif_dense_by)dense, 'E');
    check_kept(1, dense_first, (clif_dense_by)dense, 'D');
    check_kept(1, late, (clif_dense_by)dense, 'E'); /* the way of the tile that it begins in */
    check_kept(16, sparse_first, (clif_dense_by)dense, 'E');
    check_kept(16, dense_first, (clif_dense_by)dense, 0);
  }
}

/* Whatever came before a reset, after it nothing is known. */
/* Ones for ten steps, numbers from then on. */
static float *late_reals(void) {
  float *x = reals_of((const double[4]){1.0, 1.0, 1.0, 1.0});
  for (size_t i = 0; i < 10 * BATCH * IN; i++) x[i] = 1.0f;
  return x;
}

/* Dense as long as there are only ones: products have no promised bits for the rest. */
static void input_that_becomes_real_goes_by_events(void **state) {
  (void)state;
  static const struct {
    size_t chunk;
    const char *ways;
  } cuts[] = {{REAL_T, "DEEE"}, {REAL_TILE, "DEEE"}, {5, "DDEEEEE"}, {16, "DEEE"}};
  if (!has_products()) skip();
  clif_context *ctx = open_with_lanes(1);
  if (!ctx) skip();
  char way;
  float *x = late_reals();
  const clif_array input = view3(x, CLIF_F32, REAL_T, BATCH, IN);
  clif_network *events = prepared(ctx, REAL, options(CLIF_LINEAR_EVENTS, REAL_TILE));
  clif_network *net = prepared(ctx, REAL, options(CLIF_LINEAR_AUTO, REAL_TILE));
  result right = run_chunks(ctx, events, &input, REAL_T, &way);
  for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
    ways w = {.n = 0};
    result r = new_result(REAL_T);
    assert_ok(ctx, clif_network_reset(net));
    for (size_t t = 0; t < REAL_T; t += cuts[i].chunk)
      run_steps(ctx, net, &input, t, t + cuts[i].chunk < REAL_T ? t + cuts[i].chunk : REAL_T, &r,
                &w);
    assert_string_equal(w.seen, cuts[i].ways);
    assert_same_result("numbers that come late, and by events", &r, &right);
    assert_int_equal(info_of(ctx, net, "fc").reproducible, 1);
    free_result(&r);
  }
  free_result(&right), free(x);
  clif_network_destroy(net), clif_network_destroy(events);
  clif_context_destroy(ctx);
}

/* A snapshot keeps the way of numbers: what comes behind it would have chosen the other. */
static void a_restored_network_goes_on_its_way(void **state) {
  (void)state;
  enum { SAVED = 12 };
  if (!has_products()) skip();
  clif_context *ctx = open_with_lanes(1);
  if (!ctx) skip();
  float *x = reals_of((const double[4]){1.0, 0.02, 0.02, 0.02});
  const clif_array input = view3(x, CLIF_F32, REAL_T, BATCH, IN);
  clif_prepare_options o = options(CLIF_LINEAR_AUTO, REAL_TILE);
  o.dense = CLIF_DENSE_CLBLAST;
  clif_network *net = prepared(ctx, REAL, o);
  clif_network *other = prepared(ctx, REAL, o);
  clif_network *by_events = prepared(ctx, REAL, options(CLIF_LINEAR_EVENTS, REAL_TILE));
  result whole = new_result(REAL_T), r = new_result(REAL_T);
  clif_snapshot *snapshot = NULL;
  run_steps(ctx, net, &input, 0, SAVED, &whole, NULL);
  assert_ok(ctx, clif_network_save(net, &snapshot));
  run_steps(ctx, net, &input, SAVED, REAL_T, &whole, NULL);
  memcpy(r.s, whole.s, SAVED * BATCH * OUT);
  memcpy(r.v_pre, whole.v_pre, SAVED * BATCH * OUT * sizeof *r.v_pre);
  clif_network *const goes_on[] = {net, other};
  for (int i = 0; i < 2; i++) {
    ways w = {.n = 0};
    assert_ok(ctx, clif_network_reset(goes_on[i]));
    assert_ok(ctx, clif_network_restore(goes_on[i], snapshot));
    run_steps(ctx, goes_on[i], &input, SAVED, REAL_T, &r, &w);
    assert_string_equal(w.seen, "DDD");
    assert_same_result("restored, and without a break", &r, &whole);
    assert_int_equal(info_of(ctx, goes_on[i], "fc").reproducible, 0);
  }
  assert_ok(ctx, clif_network_restore(by_events, snapshot)); /* has no such way */
  memset(r.s, 0, REAL_T * BATCH * OUT);
  run_steps(ctx, by_events, &input, SAVED, REAL_T, &r, NULL);
  assert_non_null(memchr(r.s, 1, REAL_T * BATCH * OUT)); /* it went its own */
  clif_snapshot_destroy(snapshot);
  free_result(&whole), free_result(&r), free(x);
  clif_network_destroy(net), clif_network_destroy(other), clif_network_destroy(by_events);
  clif_context_destroy(ctx);
}

static void a_reset_lets_choose_again(void **state) {
  (void)state;
  if (!has_products()) skip();
  static const struct {
    double density;
    bool real;
    char expected;
  } runs[] = {{0.02, true, 'E'},
              {1.0, true, 'D'},
              {0.02, true, 'E'},
              {1.0, false, 'D'},
              {0.02, false, 'E'}};
  clif_context *ctx = open_with_lanes(1);
  if (!ctx) skip();
  clif_network *net = prepared(ctx, REAL, options(CLIF_LINEAR_AUTO, REAL_TILE));
  for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
    const double densities[4] = {runs[i].density, runs[i].density, runs[i].density,
                                 runs[i].density};
    char way;
    float *x = reals_of(densities);
    for (size_t at = 0; !runs[i].real && at < REAL_T * BATCH * IN; at++) x[at] = x[at] != 0.0f;
    const clif_array input = view3(x, CLIF_F32, REAL_T, BATCH, IN);
    result r = run_chunks(ctx, net, &input, REAL_T, &way);
    assert_int_equal(way, runs[i].expected);
    assert_int_equal(info_of(ctx, net, "fc").reproducible, way == 'E' || !runs[i].real);
    free_result(&r), free(x);
  }
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

/* Also where the layer before puts out other than zeros and ones by nature, so that there is
 * nothing to look at: what was learned in the run before must not count. */
static void a_run_after_a_reset_repeats_the_first_one(void **state) {
  (void)state;
  if (!has_products()) skip();
  clif_context *ctx = open_with_lanes(1);
  if (!ctx) skip();
  char way, again;
  float *x = reals_of((const double[4]){1.0, 0.0, 0.0, 0.0});
  const clif_array input = view3(x, CLIF_F32, REAL_T, BATCH, IN);
  clif_prepare_options o = options(CLIF_LINEAR_AUTO, REAL_TILE);
  o.dense = CLIF_DENSE_CLBLAST;
  clif_network *net = prepared(ctx, DELTA, o);
  result first = run_chunks(ctx, net, &input, REAL_T, &way);
  result second = run_chunks(ctx, net, &input, REAL_T, &again);
  assert_int_equal(way, 'D'); /* as if all of it were not 0 */
  assert_int_equal(again, way);
  assert_same_result("before and after a reset", &second, &first);
  free_result(&first), free_result(&second), free(x);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

/* ---- what it costs ---- */

/* Two tiles, of which the second is counted: the plan's figures are those of the context. */
static void check_costs(clif_context *ctx, enum input input, clif_linear_way way, double density) {
  enum { TILE = 4, T = 2 * TILE };
  const double densities[4] = {density, density, density, density};
  uint8_t *bytes = bytes_of(densities, 1, T);
  float *floats = make_floats(T * BATCH * IN);
  for (size_t i = 0; i < T * BATCH * IN; i++)
    floats[i] = (float)bytes[i] * (input == REAL ? 0.5f : 1.0f);
  const clif_array x = input == BYTES || input == SPIKES ? view3(bytes, CLIF_U8, T, BATCH, IN)
                                                         : view3(floats, CLIF_F32, T, BATCH, IN);
  clif_memory_use empty = clif_context_memory(ctx);
  clif_network *net = prepared(ctx, input, options(way, TILE));
  result r = new_result(T);
  assert_int_equal(clif_context_memory(ctx).device_bytes - empty.device_bytes,
                   clif_network_plan(net).device_bytes);
  run_steps(ctx, net, &x, 0, TILE, &r, NULL);
  clif_counters before = clif_context_counters(ctx);
  run_steps(ctx, net, &x, TILE, T, &r, NULL);
  clif_counters after = clif_context_counters(ctx);
  if (after.commands - before.commands != clif_network_plan(net).commands_per_tile)
    fail_msg("input %d, way %d, density %g: %llu commands, %zu planned", (int)input, (int)way,
             density, (unsigned long long)(after.commands - before.commands),
             clif_network_plan(net).commands_per_tile);
  assert_int_equal(after.blocking_calls - before.blocking_calls, 1);
  assert_int_equal(after.host_allocations, before.host_allocations);
  assert_int_equal(after.programs_compiled, before.programs_compiled);
  free_result(&r), free(bytes), free(floats);
  clif_network_destroy(net);
}

static void plans_tell_commands_and_bytes_of_every_way(void **state) {
  (void)state;
  for (unsigned lanes = 1; lanes <= 16; lanes += 15) {
    clif_context *ctx = open_with_lanes(lanes);
    if (!ctx) continue;
    for (int input = BYTES; input <= REAL; input++)
      for (int way = CLIF_LINEAR_AUTO; way <= CLIF_LINEAR_EVENTS; way++) {
        if (way != CLIF_LINEAR_EVENTS && !has_products()) continue;
        check_costs(ctx, (enum input)input, (clif_linear_way)way, 0.02);
        if (way == CLIF_LINEAR_AUTO) check_costs(ctx, (enum input)input, (clif_linear_way)way, 1.0);
      }
    clif_context_destroy(ctx);
  }
}

static void memory_does_not_depend_on_how_long_a_run_is(void **state) {
  (void)state;
  static const clif_linear_way ways_of_both[] = {CLIF_LINEAR_EVENTS, CLIF_LINEAR_AUTO};
  uint8_t *x = random_spikes(BATCH * IN, 0.02, 3);
  for (int i = 0; i < (has_products() ? 2 : 1); i++) {
    clif_context *ctx = open_context(NULL);
    clif_network *net = build(ctx, BYTES);
    clif_prepare_options o = options(ways_of_both[i], 0);
    clif_memory_use use[2];
    assert_ok(ctx, clif_network_prepare(net, &o));
    for (int turn = 0; turn < 2; turn++) {
      clif_array still = view3(x, CLIF_U8,
                               turn == 0          ? 10
                               : is_slow_device() ? 40
                                                  : 10000,
                               BATCH, IN);
      still.strides[0] = 0;
      const clif_binding in = bind("in", CLIF_OUTPUT, still);
      assert_ok(ctx, run(net, &in, 1, NULL, 0));
      use[turn] = clif_context_memory(ctx);
    }
    assert_int_equal(use[0].device_bytes, clif_network_plan(net).device_bytes);
    assert_int_equal(use[1].device_peak, use[0].device_peak);
    assert_int_equal(use[1].host_peak, use[0].host_peak);
    clif_network_destroy(net);
    clif_context_destroy(ctx);
  }
  free(x);
}

/* The plan's text of `net` has these words? */
static bool tells(const clif_network *net, const char *words) {
  static char text[1 << 16];
  assert_in_range(clif_network_explain(net, text, sizeof text), 1, sizeof text - 1);
  return strstr(text, words) != NULL;
}

/* How long each kind of memory lives is part of the plan. */
static void the_plan_tells_how_long_memory_lives(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  clif_network *net = prepared(ctx, BYTES, options(CLIF_LINEAR_EVENTS, 1));
  static const char *const lives[] = {" tile ", " state ", " constant ",
                                      " statistics       statistics "};
  for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) assert_true(tells(net, lives[i]));
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

/* Just as much as events need for a step of a sample: less than both ways do. */
static void memory_too_short_for_both_ways_is_enough_for_events(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  uint8_t *x = random_spikes(3 * IN, 0.2, 3);
  const clif_array input = view3(x, CLIF_U8, 3, 1, IN);
  clif_prepare_options o = options(CLIF_LINEAR_EVENTS, 1);
  o.batch = 1;
  clif_network *events = prepared(ctx, BYTES, o);
  o.linear = CLIF_LINEAR_AUTO;
  o.max_device_bytes = clif_network_plan(events).device_bytes;
  clif_network *net = prepared(ctx, BYTES, o), *one_less = build(ctx, BYTES);
  assert_true(tells(net, " events: ") && !tells(net, " dense: "));
  assert_true(clif_network_plan(net).device_bytes <= o.max_device_bytes);
  result expected = new_result(3), r = new_result(3);
  run_steps(ctx, events, &input, 0, 3, &expected, NULL);
  run_steps(ctx, net, &input, 0, 3, &r, NULL);
  assert_same_result("under the cap", &r, &expected);
  o.max_device_bytes = 100;
  assert_refused(ctx, CLIF_OUT_OF_DEVICE_MEMORY, "above the cap",
                 clif_network_prepare(one_less, &o));
  if (has_products()) {
    o.max_device_bytes = 0;
    clif_network *both = prepared(ctx, BYTES, o);
    assert_true(tells(both, " events: ") && tells(both, " dense: "));
    assert_true(clif_network_plan(both).device_bytes > clif_network_plan(events).device_bytes);
    clif_network_destroy(both);
  }
  free_result(&expected), free_result(&r), free(x);
  clif_network_destroy(events), clif_network_destroy(net), clif_network_destroy(one_less);
  clif_context_destroy(ctx);
}

static void check_profile(clif_context *ctx, clif_linear_way way) {
  enum { TILE = 4, T = 2 * TILE };
  uint8_t *x = random_spikes(T * BATCH * IN, 0.2, 3);
  const clif_array input = view3(x, CLIF_U8, T, BATCH, IN);
  uint64_t waits[2];
  result results[2];
  for (int profile = 0; profile <= 1; profile++) {
    clif_prepare_options o = options(way, TILE);
    o.profile = profile;
    clif_network *net = prepared(ctx, BYTES, o);
    results[profile] = new_result(T);
    waits[profile] = clif_context_counters(ctx).blocking_calls;
    run_steps(ctx, net, &input, 0, T, &results[profile], NULL);
    waits[profile] = clif_context_counters(ctx).blocking_calls - waits[profile];
    assert_int_equal(tells(net, " ms each of 2 tiles"), profile);
    assert_int_equal(tells(net, " G synapses/s"), profile);
    clif_network_destroy(net);
  }
  assert_int_equal(waits[0], 2);
  assert_true(waits[1] > 6 * waits[0]);
  assert_same_result("with a profile", &results[1], &results[0]);
  free_result(&results[0]), free_result(&results[1]), free(x);
}

static void a_profile_waits_more_and_changes_nothing(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  check_profile(ctx, CLIF_LINEAR_EVENTS);
  if (has_products()) check_profile(ctx, CLIF_LINEAR_DENSE);
  clif_context_destroy(ctx);
}

/* Where it is, it goes by it. */
static void cblas_is_refused_where_there_is_none(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  clif_network *net = build(ctx, BYTES);
  clif_prepare_options o = options(CLIF_LINEAR_DENSE, 1);
  o.dense = CLIF_DENSE_CBLAS;
  if (clif__gemm_available(ctx, CLIF__BY_CBLAS)) {
    assert_ok(ctx, clif_network_prepare(net, &o));
    assert_true(tells(net, "by CBLAS; not reproducible"));
  } else {
    assert_refused(ctx, CLIF_UNSUPPORTED, "CBLAS", clif_network_prepare(net, &o));
  }
  if (strstr(clif_context_device(ctx)->platform, "rusticl"))
    assert_false(clif__gemm_available(ctx, CLIF__BY_CBLAS));
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(little_goes_by_events),
      cmocka_unit_test(much_goes_by_a_product_where_it_pays),
      cmocka_unit_test(the_way_follows_the_input_within_a_run),
      cmocka_unit_test(real_input_keeps_its_way),
      cmocka_unit_test(input_that_becomes_real_goes_by_events),
      cmocka_unit_test(a_restored_network_goes_on_its_way),
      cmocka_unit_test(a_reset_lets_choose_again),
      cmocka_unit_test(a_run_after_a_reset_repeats_the_first_one),
      cmocka_unit_test(plans_tell_commands_and_bytes_of_every_way),
      cmocka_unit_test(memory_does_not_depend_on_how_long_a_run_is),
      cmocka_unit_test(the_plan_tells_how_long_memory_lives),
      cmocka_unit_test(memory_too_short_for_both_ways_is_enough_for_events),
      cmocka_unit_test(a_profile_waits_more_and_changes_nothing),
      cmocka_unit_test(cblas_is_refused_where_there_is_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
