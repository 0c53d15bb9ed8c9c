/* dev_events.c - a linear layer with neurons behind it, by events, by a product, or as is chosen:
 * spikes, membranes, thresholds and the final state have the bits of the host twins, whatever comes
 * in, in whatever sizes and pieces. */
#include "covering.h"
#include "currents.h"
#include "groups.h"

/* ---- cases ---- */

enum factor {
  INPUTS,
  OUTPUTS,
  BATCH,
  CUT,
  INPUT,   /* what comes in */
  DENSITY, /* how much of it is not 0 */
  BIAS,
  WAY,
  LANES,   /* 16, 1 */
  JOIN,    /* who takes the sums */
  FLATTEN, /* a flatten layer before the linear one */
  RECORD,
  MODEL,
  RESET,
  COMPARE,
  NOISE,
  STOCHASTIC,
  ADAPTIVE,
  REFRACTORY,
  PER_NEURON,
  FACTORS
};

/* One tile; tiles of 3 steps; tiles of 5 and runs of 7; a run for each step. */
enum { ONE_TILE, SHORT_TILES, CHUNKS, STEP_BY_STEP };
enum { BYTES, SPIKES, MIXED, LARGE_BYTES, FLOATS, REAL, STILL, RATE, DELTA };
enum { EVENTS, DENSE, AUTO };
enum { INSIDE, RECORDED, SHARED }; /* SHARED: an output layer takes them, too */
enum { LIF, IF, LI, SEED };

/* The last ones are not in covering arrays. */
static const size_t inputs[] = {65, 530, 1, 16, 63, 64, 130, 1100, 4096, 16384, 70000};
static const size_t outputs[] = {17, 144, 1, 10, 16, 100, 129, 300, 40};
static const size_t batches[] = {3, 1, 5};
static const double densities[] = {0.3, 1.0, 0.0, 0.02};

/* What is recorded of the neurons, as far as they have it. */
static const struct {
  clif_quantity quantity;
  clif_dtype dtype;
  bool of_readout; /* a readout has it, too, as float32 */
  int records;     /* the levels of RECORD that record it, as bits */
} quantities[] = {{CLIF_SPIKE_BITS, CLIF_U32, false, 1 << 0 | 1 << 3},
                  {CLIF_V_PRE, CLIF_F32, true, 1 << 0},
                  {CLIF_OUTPUT, CLIF_U8, true, 1 << 2},
                  {CLIF_V, CLIF_F32, true, 1 << 2},
                  {CLIF_TH, CLIF_F32, false, 1 << 2},
                  {CLIF_SPIKE_F32, CLIF_F32, false, 1 << 3}};
enum { QUANTITIES = sizeof quantities / sizeof *quantities, RECORDS = 4 };

typedef struct events_case {
  int level[FACTORS];
} events_case;

/* Levels of each factor: all sizes, inputs and cuts with one kind of neurons, and all kinds of
 * neurons with few of those. Interpreted fewer, and no product: CLBlast's kernels take minutes. */
static const struct {
  int shapes, neurons, shapes_slowly, neurons_slowly;
} levels[FACTORS] = {
    [INPUTS] = {8, 1, 2, 1},     [OUTPUTS] = {8, 2, 2, 1},    [BATCH] = {3, 2, 2, 1},
    [CUT] = {4, 4, 2, 2},        [INPUT] = {9, 3, 9, 3},      [DENSITY] = {4, 1, 3, 1},
    [BIAS] = {2, 2, 2, 2},       [WAY] = {3, 2, 1, 1},        [LANES] = {2, 2, 2, 2},
    [JOIN] = {3, 1, 3, 1},       [FLATTEN] = {2, 1, 2, 1},    [RECORD] = {1, RECORDS, 1, RECORDS},
    [MODEL] = {1, 4, 1, 4},      [RESET] = {1, 3, 1, 3},      [COMPARE] = {1, 2, 1, 2},
    [NOISE] = {1, 2, 1, 2},      [STOCHASTIC] = {1, 2, 1, 2}, [ADAPTIVE] = {1, 2, 1, 2},
    [REFRACTORY] = {1, 2, 1, 2}, [PER_NEURON] = {1, 2, 1, 2}};

static int shapes(int factor) {
  return is_slow_device() ? levels[factor].shapes_slowly : levels[factor].shapes;
}

static int neurons(int factor) {
  return is_slow_device() ? levels[factor].neurons_slowly : levels[factor].neurons;
}

/* Other than zeros and ones? */
static bool is_real(int input) {
  return input == MIXED || input == LARGE_BYTES || input == REAL || input == DELTA;
}

/* Real input has promised bits only by events. */
static void normalise(int *level) {
  if (is_real(level[INPUT])) level[WAY] = EVENTS;
  if (level[INPUT] == REAL) level[DENSITY] = 0;
  if (level[MODEL] == LI) level[RESET] = level[COMPARE] = level[STOCHASTIC] = level[ADAPTIVE] = 0;
  if (level[MODEL] == LI) level[REFRACTORY] = 0;
  if (level[MODEL] == SEED) level[RESET] = level[COMPARE] = level[NOISE] = level[STOCHASTIC] = 0;
  if (level[MODEL] == SEED) level[ADAPTIVE] = level[REFRACTORY] = 0;
  if (level[STOCHASTIC]) level[COMPARE] = 0;
}

static const char *describe(const events_case *c) {
  static const char *const names[FACTORS] = {
      "in",      "out",   "batch",      "cut",      "input",      "density",   "bias",
      "way",     "lanes", "join",       "flatten",  "record",     "model",     "reset",
      "compare", "noise", "stochastic", "adaptive", "refractory", "per_neuron"};
  static char text[512];
  int at = 0;
  for (int f = 0; f < FACTORS; f++)
    at += snprintf(text + at, sizeof text - (size_t)at, "%s%s %d", f ? ", " : "", names[f],
                   c->level[f]);
  return text;
}

/* ---- numbers ---- */

enum { IN_ID = 0x1234567, CELL_ID = 0xabcdef1 };
static const uint64_t SEED_OF_ALL = ((uint64_t)5 << 32) + 77;

typedef struct numbers {
  size_t in, out, batch, steps;
  clif_dtype dtype;
  bool still;     /* the same in every step, given once */
  void *given;    /* (steps, batch, in), or (1, batch, in) where still */
  float *x;       /* what the linear layer takes, (steps, batch, in) */
  float *weight;  /* [out][in] */
  float *bias;    /* NULL for none */
  float *current; /* (steps, batch, out), with bias */
} numbers;

/* A value that is not 0. */
static float make_value(int input, uint32_t *seed) {
  double r = next_number(seed);
  if (input == LARGE_BYTES) return r < 1.0 / 64 ? 255.0f : floorf(4.0f * (float)r) + 1.0f;
  if (input == MIXED || input == REAL) return (float)between(seed, -2.0, 2.0);
  if (input == DELTA) return r < 0.5 ? -1.0f : 1.0f;
  return 1.0f;
}

/* Drawn as docs/model.md promises for rate coding. */
static float draw_spike(const numbers *d, size_t at, double probability) {
  size_t i = at % d->in, row = at / d->in;
  float u = clif__random_uniform(SEED_OF_ALL, IN_ID, CLIF__CODING, (uint32_t)i,
                                 (uint32_t)(row % d->batch), row / d->batch);
  return u < (float)probability ? 1.0f : 0.0f;
}

/* What reaches the linear layer. */
static void make_x(numbers *d, int input, double density) {
  size_t row = d->batch * d->in;
  uint32_t seed = (uint32_t)(d->in * 7 + d->batch);
  if (input == REAL) density = 1.0;
  d->x = make_floats(d->steps * row);
  for (size_t i = 0; i < d->steps * row; i++) {
    if (input == RATE)
      d->x[i] = draw_spike(d, i, density);
    else if (d->still && i >= row)
      d->x[i] = d->x[i - row];
    else if (next_number(&seed) < density)
      d->x[i] = make_value(input, &seed);
  }
}

/* What is given to the runs for that to happen. */
static void make_given(numbers *d, int input, double density) {
  size_t row = d->batch * d->in, count = (d->still ? 1 : d->steps) * row;
  float *given = make_floats(count);
  for (size_t i = 0; i < count; i++) {
    given[i] = input == RATE ? (float)density : d->x[i];
    if (input == DELTA && i >= row) given[i] += given[i - row];
  }
  d->given = given;
  if (d->dtype == CLIF_F32) return;
  d->given = malloc(count);
  assert_non_null(d->given);
  for (size_t i = 0; i < count; i++) ((uint8_t *)d->given)[i] = (uint8_t)given[i];
  free(given);
}

static numbers make_numbers(const events_case *c) {
  const int *level = c->level;
  int input = level[INPUT];
  double density = densities[level[DENSITY]];
  numbers d = {.in = inputs[level[INPUTS]],
               .out = outputs[level[OUTPUTS]],
               .batch = batches[level[BATCH]],
               .steps = is_slow_device() ? 6 : 13,
               .dtype = CLIF_F32,
               .still = input == STILL || input == RATE};
  if (input == BYTES || input == LARGE_BYTES || input == STILL || input == SPIKES)
    d.dtype = CLIF_U8;
  make_x(&d, input, density);
  make_given(&d, input, density);
  double spread = input == LARGE_BYTES ? 0.3 : 1.0;
  d.weight = make_weights(d.in, d.out, (double)d.in * (input == REAL ? 1.0 : density), spread, 5);
  if (level[BIAS]) d.bias = make_bias(d.out, 6);
  d.current = make_currents(d.x, d.steps * d.batch, d.in, d.out, d.weight, d.bias);
  return d;
}

static void free_numbers(numbers *d) {
  free(d->given), free(d->x), free(d->weight), free(d->bias), free(d->current);
}

/* ---- neurons ---- */

enum { MOST_OUTPUTS = 300, PARAMETERS = 6 };

typedef struct parameters {
  double values[PARAMETERS][MOST_OUTPUTS];
  clif_lif_params lif;
  clif_if_params integrate;
  clif_li_params li;
} parameters;

/* Multiples of `grid`. */
static clif_param pick(const events_case *c, double *values, double low, double high, double grid) {
  size_t n = outputs[c->level[OUTPUTS]];
  uint32_t seed = (uint32_t)(1000.0 * high);
  for (size_t i = 0; i < n; i++) values[i] = floor(between(&seed, low, high) / grid) * grid;
  return c->level[PER_NEURON] ? clif_per_neuron(values, n) : clif_scalar(low);
}

static clif_neuron_options make_options(const events_case *c, parameters *p) {
  clif_neuron_options o = clif_neuron_options_defaults();
  if (c->level[REFRACTORY]) o.refractory = pick(c, p->values[2], 1.0, 4.0, 1.0);
  if (c->level[NOISE]) o.noise_std = pick(c, p->values[3], 0.25, 0.5, 1.0 / 32);
  o.stochastic = c->level[STOCHASTIC];
  o.slope = clif_scalar(3.0);
  o.adaptive = c->level[ADAPTIVE];
  o.eta = pick(c, p->values[4], 0.125, 0.25, 1.0 / 64);
  return o;
}

/* A tau of 2 keeps membranes on a grid for some steps. */
static void make_parameters(const events_case *c, parameters *p) {
  clif_param threshold = pick(c, p->values[0], 0.75, 1.25, 1.0 / 8);
  clif_param v_reset = pick(c, p->values[1], -0.25, 0.25, 1.0 / 8);
  p->lif = c->level[MODEL] == SEED ? clif_seed_defaults() : clif_lif_defaults();
  p->lif.tau = clif_scalar(2.0);
  p->lif.threshold = threshold, p->lif.v_reset = v_reset;
  if (c->level[MODEL] != SEED) p->lif.options = make_options(c, p), p->lif.r = clif_scalar(2.0);
  p->lif.reset = (clif_reset)c->level[RESET], p->lif.compare = (clif_compare)c->level[COMPARE];
  p->integrate = clif_if_defaults();
  p->integrate.threshold = threshold, p->integrate.v_reset = v_reset;
  p->integrate.reset = p->lif.reset, p->integrate.compare = p->lif.compare;
  p->integrate.options = p->lif.options;
  p->li = clif_li_defaults();
  p->li.tau = pick(c, p->values[5], 2.0, 5.0, 1.0);
  if (c->level[NOISE]) p->li.noise_std = p->lif.options.noise_std;
}

static void make_neuron(clif_context *ctx, const events_case *c, const parameters *p,
                        clif__neuron *out) {
  if (c->level[MODEL] == IF)
    assert_ok(ctx, clif__neuron_from_if(ctx, &p->integrate, out));
  else if (c->level[MODEL] == LI)
    assert_ok(ctx, clif__neuron_from_li(ctx, &p->li, out));
  else
    assert_ok(ctx, clif__neuron_from_lif(ctx, &p->lif, out));
}

/* ---- the network ---- */

enum { MOST_RECORDED = 8 };

typedef struct subject {
  clif_context *ctx;
  const events_case *c;
  numbers d;
  clif__neuron neuron;
  trace expected;
  clif_network *net;
  clif_binding recorded[MOST_RECORDED];
  size_t n_recorded;
} subject;

/* in (-> before, which fires where 1 comes in) (-> flat) -> fc; the layer before fc. */
static const char *add_inputs(subject *s) {
  const int *level = s->c->level;
  const char *last = "in";
  clif_lif_params at_once = clif_lif_defaults();
  clif_shape shape = {1, {s->d.in}};
  at_once.tau = clif_scalar(1.0);
  if (level[FLATTEN]) shape = (clif_shape){3, {1, s->d.in, 1}};
  assert_ok(s->ctx, clif_network_add_input(s->net, "in", &shape));
  assert_ok(s->ctx, clif_network_set_id(s->net, "in", IN_ID));
  if (level[INPUT] == SPIKES) {
    assert_ok(s->ctx, clif_network_add_lif(s->net, "before", &at_once));
    assert_ok(s->ctx, clif_network_connect(s->net, last, "before", 0));
    last = "before";
  }
  if (level[FLATTEN]) {
    assert_ok(s->ctx, clif_network_add_flatten(s->net, "flat", 0, -1));
    assert_ok(s->ctx, clif_network_connect(s->net, last, "flat", 0));
    last = "flat";
  }
  return last;
}

static void set_coding(subject *s) {
  int input = s->c->level[INPUT];
  clif_coding_params p = clif_coding_defaults(input == RATE ? CLIF_CODING_RATE : CLIF_CODING_DELTA);
  p.negative = input == DELTA;
  if (input == DELTA) p.threshold = 0.5;
  if (input == RATE || input == DELTA) assert_ok(s->ctx, clif_network_set_coding(s->net, "in", &p));
}

static void add_layers(subject *s, const parameters *p) {
  const numbers *d = &s->d;
  const char *last = add_inputs(s);
  set_coding(s);
  assert_ok(s->ctx, clif_network_add_linear(s->net, "fc", d->in, d->out, d->weight, d->bias));
  assert_ok(s->ctx, clif_network_connect(s->net, last, "fc", 0));
  switch (s->c->level[MODEL]) {
  case IF:
    assert_ok(s->ctx, clif_network_add_if(s->net, "cell", &p->integrate));
    break;
  case LI:
    assert_ok(s->ctx, clif_network_add_li(s->net, "cell", &p->li));
    break;
  default:
    assert_ok(s->ctx, clif_network_add_lif(s->net, "cell", &p->lif));
  }
  assert_ok(s->ctx, clif_network_set_id(s->net, "cell", CELL_ID));
  assert_ok(s->ctx, clif_network_connect(s->net, "fc", "cell", 0));
  if (s->c->level[JOIN] == SHARED) {
    assert_ok(s->ctx, clif_network_add_output(s->net, "also"));
    assert_ok(s->ctx, clif_network_connect(s->net, "fc", "also", 0));
  }
}

/* Asks for a quantity, and makes memory for it, all ones before. */
static void record(subject *s, const char *layer, clif_quantity quantity, clif_dtype dtype) {
  size_t n = quantity == CLIF_SPIKE_BITS ? clif_spike_words(s->d.out) : s->d.out;
  size_t bytes = s->d.steps * s->d.batch * n * clif_dtype_size(dtype);
  void *data = malloc(bytes);
  assert_non_null(data);
  memset(data, 0xff, bytes);
  assert_true(s->n_recorded < MOST_RECORDED);
  s->recorded[s->n_recorded++] =
      bind(layer, quantity, view3(data, dtype, s->d.steps, s->d.batch, n));
  assert_ok(s->ctx, clif_network_record(s->net, layer, quantity));
}

static void record_all(subject *s) {
  const int *level = s->c->level;
  bool readout = level[MODEL] == LI;
  for (int i = 0; i < QUANTITIES; i++)
    if (quantities[i].records & 1 << level[RECORD] && (quantities[i].of_readout || !readout))
      record(s, "cell", quantities[i].quantity, readout ? CLIF_F32 : quantities[i].dtype);
  if (level[JOIN] == RECORDED) record(s, "fc", CLIF_OUTPUT, CLIF_F32);
  if (level[JOIN] == SHARED) record(s, "also", CLIF_OUTPUT, CLIF_F32);
}

static void prepare_network(subject *s) {
  static const clif_linear_way ways[] = {CLIF_LINEAR_EVENTS, CLIF_LINEAR_DENSE, CLIF_LINEAR_AUTO};
  static const size_t tiles[] = {0, 3, 5, 0};
  const int *level = s->c->level;
  const clif_prepare_options o = {.size = sizeof o,
                                  .batch = s->d.batch,
                                  .steps = tiles[level[CUT]],
                                  .linear = ways[level[WAY]],
                                  .dense =
                                      level[WAY] == DENSE ? CLIF_DENSE_CLBLAST : CLIF_DENSE_AUTO,
                                  .seed = SEED_OF_ALL};
  assert_ok(s->ctx, clif_network_prepare(s->net, &o));
  assert_int_equal(clif_context_memory(s->ctx).device_bytes,
                   clif_network_plan(s->net).device_bytes);
}

static void run_steps(subject *s, size_t t, size_t steps) {
  clif_array given = view3(s->d.given, s->d.dtype, s->d.steps, s->d.batch, s->d.in);
  clif_binding in, out[MOST_RECORDED];
  if (s->d.still) given.strides[0] = 0;
  in = bind("in", CLIF_OUTPUT, clif_array_slice(&given, 0, t, steps));
  for (size_t i = 0; i < s->n_recorded; i++) {
    out[i] = s->recorded[i];
    out[i].array = clif_array_slice(&s->recorded[i].array, 0, t, steps);
  }
  assert_ok(s->ctx, run(s->net, &in, 1, out, s->n_recorded));
}

static void run_all(subject *s) {
  size_t all = s->d.steps, chunk = all;
  if (s->c->level[CUT] == CHUNKS) chunk = 7;
  if (s->c->level[CUT] == STEP_BY_STEP) chunk = 1;
  for (size_t t = 0; t < all; t += chunk) run_steps(s, t, t + chunk < all ? chunk : all - t);
}

/* ---- comparing ---- */

static const float *expected_of(const subject *s, const clif_binding *b) {
  if (strcmp(b->layer, "cell") != 0) return s->d.current;
  switch (b->quantity) {
  case CLIF_V:
    return s->expected.v;
  case CLIF_V_PRE:
    return s->expected.v_pre;
  case CLIF_TH:
    return s->expected.th;
  default:
    return s->expected.s;
  }
}

/* What was recorded, as floats. */
static float *floats_of(const subject *s, const clif_binding *b) {
  size_t count = trace_count(&s->expected);
  float *got = make_floats(count);
  if (b->array.dtype == CLIF_U32)
    unpack_bits(b->array.data, s->d.steps * s->d.batch, s->d.out, got);
  if (b->array.dtype == CLIF_F32) memcpy(got, b->array.data, count * sizeof *got);
  for (size_t i = 0; b->array.dtype == CLIF_U8 && i < count; i++)
    got[i] = ((const uint8_t *)b->array.data)[i];
  return got;
}

static void compare_recorded(const subject *s, const clif_binding *b) {
  char what[640];
  float *got = floats_of(s, b);
  snprintf(what, sizeof what, "quantity %d of %s (%s)", (int)b->quantity, b->layer, describe(s->c));
  assert_same_bits(what, got, expected_of(s, b), trace_count(&s->expected));
  free(got);
}

static void compare_state(const subject *s) {
  size_t count = s->d.out * s->d.batch;
  float *values = make_floats(count);
  const clif_array view = clif_array_view(values, CLIF_F32, 2, (size_t[]){s->d.batch, s->d.out});
  for (int i = 0; i < CLIF__STATES; i++) {
    if (!clif__neuron_has_state(&s->neuron, i)) continue;
    assert_ok(s->ctx, clif_network_get_state(s->net, "cell", clif__state_names[i], &view));
    assert_same_bits(describe(s->c), values, s->expected.end[i], count);
  }
  free(values);
}

static uint64_t count_nonzero(const float *x, size_t n) {
  uint64_t count = 0;
  for (size_t i = 0; i < n; i++) count += x[i] != 0.0f;
  return count;
}

static void compare_counts(const subject *s) {
  const numbers *d = &s->d;
  const trace *t = &s->expected;
  uint64_t in = count_nonzero(d->x, d->steps * d->batch * d->in);
  clif_layer_info cell = info_of(s->ctx, s->net, "cell");
  assert_int_equal(info_of(s->ctx, s->net, "in").spikes, in);
  if (s->c->level[INPUT] == SPIKES) assert_int_equal(info_of(s->ctx, s->net, "before").spikes, in);
  assert_int_equal(cell.spikes, s->c->level[MODEL] == LI ? 0 : count_nonzero(t->s, trace_count(t)));
  assert_int_equal(cell.updates, trace_count(t));
  assert_int_equal(info_of(s->ctx, s->net, "fc").reproducible, 1);
}

/* Neither silent nor saturated, or the comparison says little. */
static void check_busy(const subject *s) {
  double rate = trace_rate(&s->expected);
  const int *level = s->c->level;
  if (level[MODEL] == LI || level[DENSITY] > 1 || s->d.in < 16 || s->d.out < 16) return;
  if (!(rate > 0.01 && rate < 0.95)) fail_msg("%s: %g spikes per update", describe(s->c), rate);
}

/* Updates whose membrane was just the threshold. */
static size_t count_exact(const trace *t) {
  size_t n = 0;
  for (size_t i = 0; i < trace_count(t); i++) n += t->v_pre[i] == t->th[i];
  return n;
}

/* What is to come, and what came. */
static subject run_case(clif_context *const contexts[2], const events_case *c) {
  static parameters p;
  int lanes = c->level[LANES];
  subject s = {
      .ctx = contexts[lanes] ? contexts[lanes] : contexts[!lanes], .c = c, .d = make_numbers(c)};
  const source in = {.x = s.d.current, .seed = SEED_OF_ALL, .id = CELL_ID};
  make_parameters(c, &p);
  make_neuron(s.ctx, c, &p, &s.neuron);
  s.expected = twin_trace(s.ctx, &s.neuron, s.d.out, s.d.batch, s.d.steps, &in);
  s.net = new_network(s.ctx);
  add_layers(&s, &p);
  record_all(&s);
  prepare_network(&s);
  run_all(&s);
  return s;
}

static void end_case(subject *s) {
  for (size_t i = 0; i < s->n_recorded; i++) free(s->recorded[i].array.data);
  clif_network_destroy(s->net);
  clif__neuron_release(s->ctx, &s->neuron);
  free_trace(&s->expected);
  free_numbers(&s->d);
}

/* Returns how many membranes were just at the threshold. */
static size_t compare_case(clif_context *const contexts[2], const events_case *c) {
  subject s = run_case(contexts, c);
  for (size_t i = 0; i < s.n_recorded; i++) compare_recorded(&s, &s.recorded[i]);
  compare_state(&s);
  compare_counts(&s);
  check_busy(&s);
  size_t exact = count_exact(&s.expected);
  end_case(&s);
  return exact;
}

/* ---- each two levels together ---- */

/* One of them is NULL where CLIF_TEST_LANES says so. */
static void open_both(clif_context *contexts[2]) {
  contexts[0] = open_with_lanes(16);
  contexts[1] = open_with_lanes(1);
}

static void close_both(clif_context *contexts[2]) {
  for (int i = 0; i < 2; i++) {
    if (contexts[i]) assert_int_equal(clif_context_memory(contexts[i]).device_bytes, 0);
    clif_context_destroy(contexts[i]);
  }
}

static void compare_array(int (*levels_of)(int), int impossible) {
  static covering array;
  clif_context *contexts[2];
  events_case c;
  int cases = 0;
  size_t exact = 0;
  open_both(contexts);
  covering_begin(&array, FACTORS, levels_of, normalise);
  for (; covering_next(&array, c.level); cases++) exact += compare_case(contexts, &c);
  close_both(contexts);
  print_message("%d cases; %d pairs cannot be; %zu membranes were just at the threshold\n", cases,
                covering_impossible(&array), exact);
  assert_true(exact >= (is_slow_device() ? 1 : 10));
  assert_int_equal(covering_impossible(&array), impossible);
}

/* Four inputs have no promised bits by a product, one of them has one density only. */
static void sums_of_any_shape_equal_the_host_twin(void **state) {
  (void)state;
  compare_array(shapes, is_slow_device() ? 2 : 4 * 2 + 3);
}

/* Readouts have 6 levels less, the seed form 7; chance has no strict comparison, and one of the
 * inputs no promised bits by a product. */
static void all_neurons_take_sums_in_as_the_host_twin(void **state) {
  (void)state;
  compare_array(neurons, 6 + 7 + 1 + (is_slow_device() ? 0 : 1));
}

/* ---- large layers ---- */

/* Are the kernels that sum by events built with this option? */
static void check_option(const subject *s, const char *option) {
  static char text[1 << 16];
  assert_in_range(clif_network_explain(s->net, text, sizeof text), 1, sizeof text - 1);
  if (!strstr(text, option)) fail_msg("%s: no %s in:\n%s", describe(s->c), option, text);
}

/* More inputs than 16 bits number, and as many as leave room for fewer outputs in the cache. */
static void large_layers_equal_the_host_twin(void **state) {
  (void)state;
  static const struct {
    int in, out, input, lanes;
    const char *option;
  } cases[] = {{8, 5, BYTES, 0, "-DCLIF_UNIT=4"}, {9, 8, MIXED, 0, "-DCLIF_UNIT=2"},
               {10, 3, BYTES, 0, "-DCLIF_WIDE"},  {10, 3, MIXED, 0, "-DCLIF_WIDE -DCLIF_BIAS"},
               {10, 0, MIXED, 1, "-DCLIF_BIAS"},  {9, 8, SPIKES, 1, "-DCLIF_BIAS"}};
  if (is_slow_device()) skip();
  clif_context *contexts[2];
  open_both(contexts);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const events_case c = {.level = {[INPUTS] = cases[i].in,
                                     [OUTPUTS] = cases[i].out,
                                     [CUT] = SHORT_TILES,
                                     [INPUT] = cases[i].input,
                                     [DENSITY] = 3,
                                     [BIAS] = 1,
                                     [LANES] = cases[i].lanes}};
    subject s = run_case(contexts, &c);
    if (contexts[c.level[LANES]]) check_option(&s, cases[i].option);
    for (size_t r = 0; r < s.n_recorded; r++) compare_recorded(&s, &s.recorded[r]);
    compare_state(&s);
    compare_counts(&s);
    end_case(&s);
  }
  close_both(contexts);
}

/* ---- real input by the way that was chosen ---- */

/* No bits are promised, but how near they are: readouts, which do not turn a little into much. */
static void real_input_as_is_chosen_is_accurate(void **state) {
  (void)state;
  if (is_slow_device()) skip();
  clif_context *contexts[2];
  open_both(contexts);
  for (int i = 0; i < 8; i++) {
    const events_case c = {.level = {[INPUTS] = 7,
                                     [OUTPUTS] = 7,
                                     [CUT] = i / 4 ? ONE_TILE : CHUNKS,
                                     [INPUT] = i / 2 % 2 ? REAL : MIXED,
                                     [BIAS] = 1,
                                     [WAY] = AUTO,
                                     [LANES] = i % 2,
                                     [RECORD] = 2,
                                     [MODEL] = LI}};
    subject s = run_case(contexts, &c);
    float *v = floats_of(&s, &s.recorded[0]);
    for (size_t at = 0; at < trace_count(&s.expected); at++)
      if (fabsf(v[at] - s.expected.v[at]) > 1e-5f)
        fail_msg("%s: element %zu is %.9g, expected about %.9g", describe(&c), at, (double)v[at],
                 (double)s.expected.v[at]);
    free(v);
    end_case(&s);
  }
  close_both(contexts);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sums_of_any_shape_equal_the_host_twin),
      cmocka_unit_test(all_neurons_take_sums_in_as_the_host_twin),
      cmocka_unit_test(large_layers_equal_the_host_twin),
      cmocka_unit_test(real_input_as_is_chosen_is_accurate),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
