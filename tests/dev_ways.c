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

enum input { BYTES, FLOATS, RATE, SPIKES, INPUTS }; /* SPIKES: of a layer that fires where 1 comes */

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
  clif_coding_params rate = clif_coding_defaults(CLIF_CODING_RATE);
  clif_network *net = new_network(ctx);
  at_once.tau = clif_scalar(1.0);
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {IN}}));
  if (input == RATE) assert_ok(ctx, clif_network_set_coding(net, "in", &rate));
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
  const clif_array s = view3(r->s, CLIF_U8, r->steps, BATCH, OUT);
  const clif_array v_pre = view3(r->v_pre, CLIF_F32, r->steps, BATCH, OUT);
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

/* The densities are of quarters of the run, two tiles each. */
static void check_choice(const double densities[4], const char *expected) {
  enum { TILE = 4, T = 32 };
  uint8_t *x = bytes_of(densities, 4, T / 4);
  const clif_array input = view3(x, CLIF_U8, T, BATCH, IN);
  clif_context *ctx = open_context(NULL);
  clif_network *net = prepared(ctx, BYTES, options(CLIF_LINEAR_AUTO, TILE));
  result r = new_result(T), events = run_forced(ctx, CLIF_LINEAR_EVENTS, &input);
  ways w = {.n = 0};
  run_steps(ctx, net, &input, 0, T, &r, &w);
  assert_string_equal(w.seen, expected);
  assert_same_result("as chosen and by events", &r, &events);
  compare_with_twin(ctx, &input, &r);
  free_result(&r), free_result(&events), free(x);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

static void little_goes_by_events(void **state) {
  (void)state;
  if (!has_products()) skip();
  check_choice((const double[4]){0.02, 0.02, 0.02, 0.02}, "EEEEEEEE");
}

static void much_goes_by_a_product(void **state) {
  (void)state;
  if (!has_products()) skip();
  check_choice((const double[4]){1.0, 1.0, 1.0, 1.0}, "DDDDDDDD");
}

/* A tile goes by what the one before it had, the first by a look at its first step. */
static void the_way_follows_the_input_within_a_run(void **state) {
  (void)state;
  if (!has_products()) skip();
  check_choice((const double[4]){0.0, 1.0, 0.0, 1.0}, "EEEDDEED");
  check_choice((const double[4]){1.0, 0.0, 0.02, 1.0}, "DDDEEEED");
}

/* ---- other numbers ---- */

/* Of step t so much is not 0. */
static float *reals_of(const double *densities, size_t n, size_t length, uint32_t seed) {
  size_t part = length * BATCH * IN;
  float *x = make_floats(n * part);
  for (size_t i = 0; i < n * part; i++)
    if (next_number(&seed) < densities[i / part]) x[i] = (float)between(&seed, -1.0, 1.5);
  return x;
}

enum { REAL_T = 32, REAL_TILE = 8 };

/* In runs of `chunk` steps; the ways of all tiles. */
static result run_chunks(clif_context *ctx, clif_network *net, const clif_array *x, size_t chunk,
                         ways *w) {
  result r = new_result(x->shape[0]);
  for (size_t t = 0; t < r.steps; t += chunk)
    run_steps(ctx, net, x, t, t + chunk < r.steps ? t + chunk : r.steps, &r, w);
  return r;
}

static void check_kept(const double densities[4], clif_dense_by dense, char expected) {
  float *x = reals_of(densities, 4, REAL_T / 4, 5);
  const clif_array input = view3(x, CLIF_F32, REAL_T, BATCH, IN);
  clif_context *ctx = open_context(NULL);
  clif_prepare_options o = options(CLIF_LINEAR_AUTO, REAL_TILE);
  o.dense = dense;
  clif_network *net = prepared(ctx, FLOATS, o);
  static const size_t chunks[] = {REAL_T, 1, 5, REAL_TILE};
  result whole = {.steps = 0};
  for (size_t i = 0; i < 4; i++) {
    ways w = {.n = 0};
    assert_ok(ctx, clif_network_reset(net));
    result r = run_chunks(ctx, net, &input, chunks[i], &w);
    for (size_t tile = 0; tile < w.n; tile++) assert_int_equal(w.seen[tile], expected);
    assert_int_equal(info_of(ctx, net, "fc").reproducible, expected == 'E');
    if (i == 0)
      whole = r;
    else {
      size_t bad=0; for(size_t k=0;k<(size_t)REAL_T*BATCH*OUT;k++) bad+= r.v_pre[k]!=whole.v_pre[k];
      printf("dense %d way %c chunk %d: %d differ\n",(int)dense,expected,(int)chunks[i],(int)bad);
      free_result(&r);
    }
  }
  free_result(&whole), free(x);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

static void real_input_keeps_its_way(void **state) {
  (void)state;
  if (!has_products()) skip();
  check_kept((const double[4]){0.02, 1.0, 0.02, 1.0}, CLIF_DENSE_AUTO, 'E');
  check_kept((const double[4]){1.0, 0.0, 0.02, 1.0}, CLIF_DENSE_CLBLAST, 'D');
  check_kept((const double[4]){1.0, 0.0, 0.02, 1.0}, CLIF_DENSE_AUTO, 'D');
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(little_goes_by_events),
      cmocka_unit_test(much_goes_by_a_product),
      cmocka_unit_test(the_way_follows_the_input_within_a_run),
      cmocka_unit_test(real_input_keeps_its_way),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
