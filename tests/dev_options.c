/* dev_options.c - every option of the neurons, alone and in combinations that bring each two of
 * them together: spikes, membranes, thresholds and the final state have the host twin's bits. */
#include <math.h>

#include "covering.h"
#include "groups.h"

/* ---- cases ---- */

enum factor {
  MODEL, /* lif, if, li */
  FORM,
  RESET,
  COMPARE,
  INTEGRATION,
  TIME, /* dt 1 and taus that are powers of 2, or neither */
  NOISE,
  STOCHASTIC,
  ADAPTIVE,   /* no, rest at the threshold, rest as given */
  REFRACTORY, /* none, 1.5 steps, 7 steps */
  PER_NEURON,
  RECORD_V,
  RECORD_V_PRE,
  RECORD_TH,
  SPIKES, /* a clif_spikes */
  LANES,  /* 16, 1 */
  CUT,    /* one tile, tiles of 7 steps, step by step */
  SIZE,
  BATCH,
  START, /* of steps and samples */
  FACTORS
};

enum { LIF, IF, LI };
enum { ONE_TILE, SHORT_TILES, STEP_BY_STEP };

typedef struct neuron_case {
  int level[FACTORS];
} neuron_case;

static const size_t sizes[] = {65, 1, 15, 16, 17, 63, 64, 511, 512, 513, 1000, 20000};
static const size_t batches[] = {3, 1};
static const uint64_t first_steps[] = {0, 5, ((uint64_t)1 << 32) + 6};
static const uint64_t first_samples[] = {0, 7, ((uint64_t)1 << 31) + 1};

static int levels_of(int factor) {
  static const int levels[FACTORS] = {3, 2, 3, 2, 2, 2, 2, 2, 3, 3, 2, 2, 2, 2, 4, 2, 3, 11, 2, 3};
  return factor == SIZE && is_slow_device() ? 2 : levels[factor];
}

static size_t steps_of(void) {
  return is_slow_device() ? 9 : 23;
}

static void clear(int *level, int first, int last) {
  for (int f = first; f <= last; f++) level[f] = 0;
}

/* Factors that mean nothing beside others are set to 0. */
static void normalise(int *level) {
  if (level[MODEL] != LIF) level[FORM] = 0;
  if (level[MODEL] == IF) clear(level, INTEGRATION, TIME);
  if (level[FORM] == CLIF_FORM_SEED) {
    clear(level, RESET, INTEGRATION);
    level[REFRACTORY] = 0;
    if (level[ADAPTIVE] == 2) level[ADAPTIVE] = 1;
  }
  if (level[MODEL] == LI) {
    clear(level, RESET, COMPARE);
    clear(level, STOCHASTIC, REFRACTORY);
    clear(level, RECORD_TH, SPIKES);
  }
  if (level[STOCHASTIC]) level[COMPARE] = 0;
}

static const char *describe(const neuron_case *c) {
  static const char *const names[FACTORS] = {
      "model",      "form",     "reset",      "compare",    "exact",    "time",       "noise",
      "stochastic", "adaptive", "refractory", "per_neuron", "record_v", "record_pre", "record_th",
      "spikes",     "lanes",    "cut",        "size",       "batch",    "start"};
  static char text[512];
  int at = 0;
  for (int f = 0; f < FACTORS; f++)
    at += snprintf(text + at, sizeof text - (size_t)at, "%s%s %d", f ? ", " : "", names[f],
                   c->level[f]);
  return text;
}

/* ---- parameters ---- */

enum { MOST = 20000, PARAMETERS = 12 };

typedef struct parameters {
  double values[PARAMETERS][MOST];
  clif_lif_params lif;
  clif_if_params integrate;
  clif_li_params li;
} parameters;

/* On a grid, so that sums meet thresholds exactly now and then. */
static clif_param pick(const neuron_case *c, double *values, double low, double high, double grid,
                       uint32_t *seed) {
  size_t n = sizes[c->level[SIZE]];
  for (size_t i = 0; i < n; i++) values[i] = floor(between(seed, low, high) / grid) * grid;
  return c->level[PER_NEURON] ? clif_per_neuron(values, n) : clif_scalar(values[0]);
}

static clif_neuron_options make_options(const neuron_case *c, parameters *p, uint32_t *seed) {
  static const double refractory[] = {0.0, 1.5, 7.0};
  clif_neuron_options o = clif_neuron_options_defaults();
  double wait = refractory[c->level[REFRACTORY]];
  bool form = c->level[FORM] == CLIF_FORM_SEED;
  if (wait > 0.0) o.refractory = pick(c, p->values[5], wait - 1.0, wait + 0.75, 0.5, seed);
  if (c->level[PER_NEURON] == 0) o.refractory = clif_scalar(wait);
  if (c->level[NOISE]) o.noise_std = pick(c, p->values[6], 0.1, 0.5, 1e-3, seed);
  o.stochastic = c->level[STOCHASTIC];
  if (o.stochastic && !form) o.slope = pick(c, p->values[7], 1.0, 8.0, 1e-3, seed);
  o.adaptive = c->level[ADAPTIVE] != 0;
  o.rest_at_threshold = c->level[ADAPTIVE] != 2;
  o.eta = pick(c, p->values[8], 0.05, 0.3, 1.0 / 64, seed);
  o.th_rest = pick(c, p->values[9], 0.75, 1.5, 1e-3, seed);
  o.th_min = pick(c, p->values[10], 0.5, 0.75, 1.0 / 64, seed);
  o.th_max = pick(c, p->values[11], 1.5, 2.0, 1.0 / 64, seed);
  return o;
}

static void make_parameters(const neuron_case *c, parameters *p) {
  uint32_t seed = (uint32_t)(c->level[SIZE] * 31 + c->level[MODEL] * 7 + 5);
  bool form = c->level[FORM] == CLIF_FORM_SEED;
  /* Taus 2, 4, 8 keep membranes on a grid for a few steps. */
  clif_param tau = pick(c, p->values[0], 1.0, 4.0, 1.0, &seed);
  for (size_t i = 0; i < sizes[c->level[SIZE]]; i++) p->values[0][i] = exp2(p->values[0][i]);
  for (size_t i = 0; c->level[TIME] && i < sizes[c->level[SIZE]]; i++) p->values[0][i] += 0.3;
  if (!c->level[PER_NEURON]) tau.value = c->level[TIME] ? 4.3 : 4.0;
  double dt = c->level[TIME] ? 0.7 : 1.0;
  double gain = c->level[MODEL] == IF ? 0.25 : 1.0;
  clif_param r = pick(c, p->values[1], gain, 4.0 * gain, gain, &seed);
  clif_param v_leak = pick(c, p->values[2], -0.25, 0.25, 1.0 / 16, &seed);
  clif_param v_reset = pick(c, p->values[3], -0.5, 0.25, 1.0 / 16, &seed);
  clif_param threshold = pick(c, p->values[4], 0.75, 1.25, 1.0 / 8, &seed);
  clif_neuron_options options = make_options(c, p, &seed);
  p->lif = clif_lif_defaults();
  p->lif.dt = dt, p->lif.tau = tau, p->lif.v_reset = v_reset, p->lif.threshold = threshold;
  if (!form) p->lif.r = r, p->lif.v_leak = v_leak;
  p->lif.reset = (clif_reset)c->level[RESET], p->lif.compare = (clif_compare)c->level[COMPARE];
  p->lif.integration = (clif_integration)c->level[INTEGRATION];
  p->lif.form = (clif_form)c->level[FORM], p->lif.options = options;
  p->integrate = clif_if_defaults();
  p->integrate.r = r, p->integrate.v_reset = v_reset, p->integrate.threshold = threshold;
  p->integrate.reset = p->lif.reset, p->integrate.compare = p->lif.compare;
  p->integrate.options = options;
  p->li = clif_li_defaults();
  p->li.dt = dt, p->li.tau = tau, p->li.r = r, p->li.v_leak = v_leak;
  p->li.integration = p->lif.integration, p->li.noise_std = options.noise_std;
}

static void make_neuron(clif_context *ctx, const neuron_case *c, const parameters *p,
                        clif__neuron *out) {
  if (c->level[MODEL] == LIF) assert_ok(ctx, clif__neuron_from_lif(ctx, &p->lif, out));
  if (c->level[MODEL] == IF) assert_ok(ctx, clif__neuron_from_if(ctx, &p->integrate, out));
  if (c->level[MODEL] == LI) assert_ok(ctx, clif__neuron_from_li(ctx, &p->li, out));
}

/* ---- on the device: a lif as a group, the others as a layer of a network ---- */

enum { CELL_ID = 0xabcdef1, SEED_HIGH = 7 };
static const uint64_t SEED = ((uint64_t)SEED_HIGH << 32) + 99;

typedef struct subject {
  clif_context *ctx;
  const neuron_case *c;
  clif_group *group;
  clif_network *net;
  clif_array input, spikes, v, v_pre, th; /* (steps, batch, n); ndim 0 where not recorded */
} subject;

static clif_quantity spike_quantity(const neuron_case *c) {
  static const clif_quantity quantities[] = {CLIF_SPIKE_BITS, CLIF_OUTPUT, CLIF_SPIKE_F32,
                                             CLIF_OUTPUT /* not recorded */};
  return c->level[MODEL] == LI ? CLIF_OUTPUT : quantities[c->level[SPIKES]];
}

static void make_group(subject *s, const parameters *p) {
  const int *level = s->c->level;
  clif_group_options o = {.size = sizeof o,
                          .neurons = sizes[level[SIZE]],
                          .batch = batches[level[BATCH]],
                          .steps = level[CUT] == SHORT_TILES ? 7 : 0,
                          .seed = SEED,
                          .id = CELL_ID,
                          .spikes = (clif_spikes)level[SPIKES]};
  if (level[RECORD_V]) o.record |= CLIF_RECORD_V;
  if (level[RECORD_V_PRE]) o.record |= CLIF_RECORD_V_PRE;
  if (level[RECORD_TH]) o.record |= CLIF_RECORD_TH;
  assert_ok(s->ctx, clif_group_create(s->ctx, &p->lif, &o, &s->group));
  assert_ok(s->ctx,
            clif_group_reset_at(s->group, first_steps[level[START]], first_samples[level[START]]));
}

static void make_network(subject *s, const parameters *p) {
  const int *level = s->c->level;
  clif_prepare_options o = {.size = sizeof o,
                            .batch = batches[level[BATCH]],
                            .steps = level[CUT] == SHORT_TILES ? 7 : 0,
                            .seed = SEED};
  s->net = new_network(s->ctx);
  assert_ok(s->ctx, clif_network_add_input(s->net, "in", &(clif_shape){1, {sizes[level[SIZE]]}}));
  assert_ok(s->ctx, level[MODEL] == IF ? clif_network_add_if(s->net, "cell", &p->integrate)
                                       : clif_network_add_li(s->net, "cell", &p->li));
  assert_ok(s->ctx, clif_network_set_id(s->net, "cell", CELL_ID));
  assert_ok(s->ctx, clif_network_connect(s->net, "in", "cell", 0));
  if (level[SPIKES] != CLIF_SPIKES_NONE)
    assert_ok(s->ctx, clif_network_record(s->net, "cell", spike_quantity(s->c)));
  if (level[RECORD_V]) assert_ok(s->ctx, clif_network_record(s->net, "cell", CLIF_V));
  if (level[RECORD_V_PRE]) assert_ok(s->ctx, clif_network_record(s->net, "cell", CLIF_V_PRE));
  if (level[RECORD_TH]) assert_ok(s->ctx, clif_network_record(s->net, "cell", CLIF_TH));
  assert_ok(s->ctx, clif_network_prepare(s->net, &o));
  assert_ok(s->ctx,
            clif_network_reset_at(s->net, first_steps[level[START]], first_samples[level[START]]));
}

/* `steps` steps of an array; as (batch, n) where `step`. */
static clif_array part(const clif_array *a, size_t t, size_t steps, bool step) {
  if (a->ndim == 0) return *a;
  clif_array some = clif_array_slice(a, 0, t, steps);
  if (!step) return some;
  return clif_array_view(some.data, some.dtype, 2, some.shape + 1);
}

static void run_group(subject *s, size_t t, size_t steps, bool step) {
  clif_group_io io = {.size = sizeof io,
                      .input = part(&s->input, t, steps, step),
                      .spikes = part(&s->spikes, t, steps, step),
                      .v = part(&s->v, t, steps, step),
                      .v_pre = part(&s->v_pre, t, steps, step),
                      .th = part(&s->th, t, steps, step)};
  assert_ok(s->ctx, step ? clif_group_step(s->group, &io) : clif_group_run(s->group, &io));
}

static void run_network(subject *s, size_t t, size_t steps) {
  const clif_array *arrays[] = {&s->spikes, &s->v, &s->v_pre, &s->th};
  const clif_quantity quantities[] = {spike_quantity(s->c), CLIF_V, CLIF_V_PRE, CLIF_TH};
  clif_binding in = bind("in", CLIF_OUTPUT, part(&s->input, t, steps, false)), out[4];
  size_t n = 0;
  for (int i = 0; i < 4; i++)
    if (arrays[i]->ndim) out[n++] = bind("cell", quantities[i], part(arrays[i], t, steps, false));
  assert_ok(s->ctx, run(s->net, &in, 1, out, n));
}

static void run_subject(subject *s) {
  bool step = s->c->level[CUT] == STEP_BY_STEP;
  size_t steps = s->input.shape[0];
  for (size_t t = 0; t < steps; t += step ? 1 : steps) {
    if (s->group)
      run_group(s, t, step ? 1 : steps, step);
    else
      run_network(s, t, step ? 1 : steps);
  }
}

/* ---- comparing ---- */

static void compare_spikes(const char *what, const clif_array *got, const trace *expected) {
  size_t count = trace_count(expected), rows = expected->steps * expected->batch;
  float *s = make_floats(count);
  if (got->dtype == CLIF_U32) unpack_bits(got->data, rows, expected->n, s);
  if (got->dtype == CLIF_F32) memcpy(s, got->data, count * sizeof *s);
  for (size_t i = 0; got->dtype == CLIF_U8 && i < count; i++) s[i] = ((uint8_t *)got->data)[i];
  assert_same_bits(what, s, expected->s, count);
  free(s);
}

static void compare_state(subject *s, const clif__neuron *neuron, const trace *expected) {
  size_t n = expected->n, batch = expected->batch, index = 0;
  float *values = make_floats(n * batch);
  const clif_array view = clif_array_view(values, CLIF_F32, 2, (size_t[]){batch, n});
  for (int i = 0; i < CLIF__STATES; i++) {
    if (!clif__neuron_has_state(neuron, i)) continue;
    const char *name = clif__state_names[i];
    assert_string_equal(name, s->group ? clif_group_state_name(s->group, index)
                                       : clif_network_state_name(s->net, "cell", index));
    index++;
    assert_ok(s->ctx, s->group ? clif_group_get_state(s->group, name, &view)
                               : clif_network_get_state(s->net, "cell", name, &view));
    assert_same_bits(describe(s->c), values, expected->end[i], n * batch);
  }
  assert_null(s->group ? clif_group_state_name(s->group, index)
                       : clif_network_state_name(s->net, "cell", index));
  free(values);
}

static void compare_count(const subject *s, const trace *expected) {
  double spikes = trace_rate(expected) * (double)trace_count(expected);
  clif_layer_info info = {.spikes = 0};
  if (s->c->level[MODEL] == LI) return;
  if (s->net) assert_ok(s->ctx, clif_network_layer(s->net, 1, &info));
  assert_int_equal(s->group ? clif_group_look(s->group).spikes : info.spikes, llround(spikes));
}

/* Memory for what is received, all ones before. */
static clif_array room(bool wanted, clif_dtype dtype, size_t steps, size_t batch, size_t n) {
  size_t bytes = steps * batch * n * clif_dtype_size(dtype);
  if (!wanted) return (clif_array){.data = NULL};
  void *data = malloc(bytes);
  assert_non_null(data);
  memset(data, 0xff, bytes);
  return view3(data, dtype, steps, batch, n);
}

/* Returns the spikes per update. */
static double compare_case(clif_context *const contexts[2], const neuron_case *c) {
  static parameters p;
  static const clif_dtype dtypes[] = {CLIF_U32, CLIF_U8, CLIF_F32, CLIF_F32};
  const int *level = c->level;
  size_t n = sizes[level[SIZE]], batch = batches[level[BATCH]], steps = steps_of();
  bool li = level[MODEL] == LI, bits = !li && level[SPIKES] == CLIF_SPIKES_BITS;
  clif_context *ctx = contexts[level[LANES]] ? contexts[level[LANES]] : contexts[!level[LANES]];
  float *x = random_floats(n * batch * steps, -0.5, 2.0, 99);
  for (size_t i = 0; i < n * batch * steps; i++) x[i] = floorf(x[i] * 16.0f) / 16.0f;
  subject s = {.ctx = ctx, .c = c, .input = view3(x, CLIF_F32, steps, batch, n)};
  s.spikes = room(level[SPIKES] != CLIF_SPIKES_NONE, li ? CLIF_F32 : dtypes[level[SPIKES]], steps,
                  batch, bits ? clif_spike_words(n) : n);
  s.v = room(level[RECORD_V], CLIF_F32, steps, batch, n);
  s.v_pre = room(level[RECORD_V_PRE], CLIF_F32, steps, batch, n);
  s.th = room(level[RECORD_TH], CLIF_F32, steps, batch, n);
  clif__neuron neuron;
  make_parameters(c, &p);
  make_neuron(ctx, c, &p, &neuron);
  const source in = {.x = x,
                     .seed = SEED,
                     .id = CELL_ID,
                     .first_step = first_steps[level[START]],
                     .first_sample = first_samples[level[START]]};
  trace expected = twin_trace(ctx, &neuron, n, batch, steps, &in);
  if (level[MODEL] == LIF)
    make_group(&s, &p);
  else
    make_network(&s, &p);
  run_subject(&s);

  const char *what = describe(c);
  size_t count = trace_count(&expected);
  if (s.spikes.ndim) compare_spikes(what, &s.spikes, &expected);
  if (s.v.ndim) assert_same_bits(what, s.v.data, expected.v, count);
  if (s.v_pre.ndim) assert_same_bits(what, s.v_pre.data, expected.v_pre, count);
  if (s.th.ndim) assert_same_bits(what, s.th.data, expected.th, count);
  compare_state(&s, &neuron, &expected);
  compare_count(&s, &expected);
  double rate = trace_rate(&expected);
  clif_group_destroy(s.group);
  clif_network_destroy(s.net);
  clif__neuron_release(ctx, &neuron);
  free_trace(&expected);
  free(x), free(s.spikes.data), free(s.v.data), free(s.v_pre.data), free(s.th.data);
  return rate;
}

/* Neither silent nor saturated, else the comparison would say little. */
static void compare_busy_case(clif_context *const contexts[2], const neuron_case *c) {
  double rate = compare_case(contexts, c);
  if (c->level[MODEL] != LI && sizes[c->level[SIZE]] >= 15 && !(rate > 0.01 && rate < 0.95))
    fail_msg("%s: %g spikes per update", describe(c), rate);
}

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

static void each_option_alone_equals_the_host_twin(void **state) {
  (void)state;
  clif_context *contexts[2];
  int cases = 0;
  open_both(contexts);
  for (int f = FORM; f <= PER_NEURON; f++)
    for (int level = 1; level < levels_of(f); level++) {
      neuron_case c = {.level = {[RECORD_V] = 1, [RECORD_V_PRE] = 1, [RECORD_TH] = 1}};
      c.level[f] = level;
      c.level[LANES] = cases++ % 2;
      /* Two lane types each where kernels compile quickly. */
      for (int i = 0; i < (is_slow_device() ? 1 : 2); i++) {
        compare_busy_case(contexts, &c);
        c.level[LANES] = !c.level[LANES];
      }
    }
  assert_int_equal(cases, 13);
  close_both(contexts);
}

static void the_whole_seed_form_equals_the_host_twin(void **state) {
  (void)state;
  clif_context *contexts[2];
  open_both(contexts);
  for (int i = 0; i < 4; i++) {
    neuron_case c = {.level = {[FORM] = CLIF_FORM_SEED,
                               [STOCHASTIC] = 1,
                               [ADAPTIVE] = 1,
                               [NOISE] = 1,
                               [TIME] = 1,
                               [RECORD_V] = 1,
                               [RECORD_TH] = 1}};
    c.level[LANES] = i % 2;
    c.level[PER_NEURON] = i / 2;
    compare_busy_case(contexts, &c);
  }
  close_both(contexts);
}

/* ---- each two levels together ---- */

static void every_two_options_together_equal_the_host_twin(void **state) {
  (void)state;
  static covering array;
  clif_context *contexts[2];
  neuron_case c;
  int cases = 0;
  open_both(contexts);
  covering_begin(&array, FACTORS, levels_of, normalise);
  for (; covering_next(&array, c.level); cases++) compare_busy_case(contexts, &c);
  print_message("%d cases; %d pairs cannot be\n", cases, covering_impossible(&array));
  assert_true(cases >= 12);
  /* The seed form and 9 levels it does not have, the readout and 12, if and exact integration or
   * time, chance and a strict comparison. */
  assert_int_equal(covering_impossible(&array), 9 + 12 + 2 + 1);
  close_both(contexts);
}

/* ---- many neurons: several work-items to a row ---- */

static void many_neurons_equal_the_host_twin(void **state) {
  (void)state;
  if (is_slow_device()) skip();
  clif_context *contexts[2];
  open_both(contexts);
  for (int i = 0; i < 4; i++) {
    neuron_case c = {.level = {[RECORD_V] = 1, [SIZE] = 11, [START] = 1, [NOISE] = 1}};
    c.level[LANES] = i % 2;
    c.level[STOCHASTIC] = c.level[PER_NEURON] = i / 2;
    c.level[ADAPTIVE] = 2 * (i / 2);
    c.level[REFRACTORY] = c.level[BATCH] = i < 2;
    compare_busy_case(contexts, &c);
  }
  close_both(contexts);
}

/* ---- what the kernels are given, and what comes out, from the definitions ---- */

/* Refractory periods in steps; one is 3 steps and not 4, though 2.1 / 0.7 is above 3. */
static void refractory_periods_are_rounded_up_to_steps(void **state) {
  (void)state;
  static const struct {
    double refractory, dt;
    float steps;
  } cases[] = {{0.25, 1.0, 1.0f}, {1.0, 1.0, 1.0f}, {1.5, 1.0, 2.0f},
               {7.0, 2.0, 4.0f},  {2.1, 0.7, 3.0f}, {16777216.0, 1.0, 16777216.0f}};
  clif_context *ctx = open_context(NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    clif_lif_params p = clif_lif_defaults();
    clif__neuron neuron;
    clif__coefficients k;
    p.dt = cases[i].dt;
    p.options.refractory = clif_scalar(cases[i].refractory);
    assert_ok(ctx, clif__neuron_from_lif(ctx, &p, &neuron));
    assert_ok(ctx, clif__coefficients_make(ctx, &neuron, 1, 16, &k));
    assert_true(k.value[CLIF__WAIT] == cases[i].steps);
    clif__neuron_release(ctx, &neuron);
  }
  clif_context_destroy(ctx);
}

static void each_option_parameter_may_vary_alone(void **state) {
  (void)state;
  static const double values[3] = {0.75, 0.5, 0.625};
  static const int rows[] = {CLIF__WAIT,    CLIF__NOISE_STD, CLIF__SLOPE, CLIF__ETA,
                             CLIF__TH_REST, CLIF__TH_MIN,    CLIF__TH_MAX};
  clif_context *ctx = open_context(NULL);
  for (int which = 0; which < 7; which++) {
    clif_lif_params p = clif_lif_defaults();
    clif_neuron_options *o = &p.options;
    clif_param *const fields[7] = {&o->refractory, &o->noise_std, &o->slope, &o->eta,
                                   &o->th_rest,    &o->th_min,    &o->th_max};
    clif__neuron neuron;
    clif__coefficients k;
    p.dt = 0.25;
    p.threshold = clif_scalar(which == 6 ? 0.5 : 0.75);
    o->stochastic = o->adaptive = 1;
    o->rest_at_threshold = which != 4;
    *fields[which] = clif_per_neuron(values, 3);
    assert_ok(ctx, clif__neuron_from_lif(ctx, &p, &neuron));
    assert_ok(ctx, clif__coefficients_make(ctx, &neuron, 3, 16, &k));
    assert_non_null(k.rows);
    for (size_t i = 0; i < 3; i++) {
      double expected = which == 0 ? ceil(values[i] / 0.25) : values[i];
      assert_true(clif__coefficient(&k, rows[which], i) == (float)expected);
      if (which != 4)
        assert_true(clif__coefficient(&k, CLIF__TH_REST, i) == (float)p.threshold.value);
    }
    clif__coefficients_release(ctx, &k);
    clif__neuron_release(ctx, &neuron);
  }
  clif_context_destroy(ctx);
}

/* One sample of `n` lif neurons, the same current everywhere; s, v, v_pre, th recorded. */
static trace constant_current(const clif_lif_params *p, float current, size_t n, size_t steps) {
  clif_context *ctx = open_context(NULL);
  clif_group *group;
  trace t = new_trace(n, 1, steps);
  float *x = make_floats(n);
  for (size_t i = 0; i < n; i++) x[i] = current;
  clif_group_options o = {.size = sizeof o,
                          .neurons = n,
                          .spikes = CLIF_SPIKES_F32,
                          .record = CLIF_RECORD_V | CLIF_RECORD_V_PRE | CLIF_RECORD_TH};
  assert_ok(ctx, clif_group_create(ctx, p, &o, &group));
  clif_group_io io = {.size = sizeof io,
                      .input = view3(x, CLIF_F32, steps, 1, n),
                      .spikes = view3(t.s, CLIF_F32, steps, 1, n),
                      .v = view3(t.v, CLIF_F32, steps, 1, n),
                      .v_pre = view3(t.v_pre, CLIF_F32, steps, 1, n),
                      .th = view3(t.th, CLIF_F32, steps, 1, n)};
  io.input.strides[0] = 0;
  assert_ok(ctx, clif_group_run(group, &io));
  clif_group_destroy(group);
  clif_context_destroy(ctx);
  free(x);
  return t;
}

static void a_refractory_neuron_rests_and_keeps_its_membrane(void **state) {
  (void)state;
  clif_lif_params p = clif_lif_defaults();
  p.v_reset = clif_scalar(-0.25);
  p.options.refractory = clif_scalar(1.5);
  trace t = constant_current(&p, 100.0f, 1, 12);
  for (size_t i = 0; i < 12; i++) {
    /* Fires at once, waits two steps. */
    assert_true(t.s[i] == (i % 3 == 0 ? 1.0f : 0.0f));
    assert_true(t.v[i] == -0.25f);
    if (i % 3) assert_true(t.v_pre[i] == -0.25f);
  }
  free_trace(&t);
}

static void a_threshold_rises_with_spikes_and_sinks_without(void **state) {
  (void)state;
  clif_lif_params p = clif_lif_defaults();
  p.options.adaptive = 1;
  p.options.eta = clif_scalar(0.25);
  trace t = constant_current(&p, 1000.0f, 1, 6);
  static const float rising[] = {1.25f, 1.5f, 1.75f, 2.0f, 2.0f, 2.0f};
  for (size_t i = 0; i < 6; i++) assert_true(t.th[i] == rising[i]);
  free_trace(&t);
  p.options.rest_at_threshold = 0;
  p.options.th_rest = clif_scalar(1.75);
  t = constant_current(&p, 0.0f, 1, 20);
  for (size_t i = 0; i < 20; i++)
    assert_true(fabs((double)t.th[i] - (1.75 - 0.75 * pow(0.75, (double)i + 1))) < 1e-6);
  free_trace(&t);
  p.options.rest_at_threshold = 1;
  p.threshold = clif_scalar(1.5);
  t = constant_current(&p, 0.0f, 1, 6);
  for (size_t i = 0; i < 6; i++) assert_true(t.th[i] == 1.5f);
  free_trace(&t);
}

static void firing_by_chance_follows_the_logistic_curve(void **state) {
  (void)state;
  const size_t n = is_slow_device() ? 100 : 2000, steps = is_slow_device() ? 8 : 50;
  static const double slopes[] = {1.0, 4.0};
  for (int i = 0; i < 2; i++) {
    clif_lif_params p = clif_lif_defaults();
    p.options.stochastic = 1;
    p.options.slope = clif_scalar(slopes[i]);
    p.v_leak = p.v_reset = clif_scalar(0.5);
    trace t = constant_current(&p, 0.0f, n, steps); /* v stays 0.5 below the threshold */
    double expected = 1.0 / (1.0 + exp(slopes[i] * 0.5)), updates = (double)(n * steps);
    double sigma = sqrt(expected * (1.0 - expected) / updates);
    assert_true(fabs(trace_rate(&t) - expected) < 5.0 * sigma);
    free_trace(&t);
  }
}

static void noise_is_added_before_neurons_fire(void **state) {
  (void)state;
  clif_lif_params p = clif_lif_defaults();
  p.options.noise_std = clif_scalar(2.0);
  const size_t n = 65;
  trace t = constant_current(&p, 0.0f, n, 9);
  for (size_t i = 0; i < n; i++) {
    float eps = clif__random_normal(0, 0, CLIF__NOISE, (uint32_t)i, 0, 0);
    assert_true(t.v_pre[i] == 2.0f * eps);
  }
  for (size_t i = 0; i < trace_count(&t); i++)
    assert_true(t.s[i] == (t.v_pre[i] >= 1.0f ? 1.0f : 0.0f));
  assert_true(trace_rate(&t) > 0.1);
  free_trace(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_option_alone_equals_the_host_twin),
      cmocka_unit_test(the_whole_seed_form_equals_the_host_twin),
      cmocka_unit_test(every_two_options_together_equal_the_host_twin),
      cmocka_unit_test(many_neurons_equal_the_host_twin),
      cmocka_unit_test(refractory_periods_are_rounded_up_to_steps),
      cmocka_unit_test(each_option_parameter_may_vary_alone),
      cmocka_unit_test(a_refractory_neuron_rests_and_keeps_its_membrane),
      cmocka_unit_test(a_threshold_rises_with_spikes_and_sinks_without),
      cmocka_unit_test(firing_by_chance_follows_the_logistic_curve),
      cmocka_unit_test(noise_is_added_before_neurons_fire),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
