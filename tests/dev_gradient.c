/* dev_gradient.c - backward passes: every option, alone and in combinations that bring each two of
 * them together, has the host twin's bits; only where products sum as they like there is a
 * tolerance. That the host twin's gradients are right is for unit_gradient.c to say. */
#include <math.h>

#include "clif/gradient.h"
#include "covering.h"
#include "groups.h"

/* ---- cases ---- */

enum factor {
  FORM,
  RESET,
  ATTACH,
  INTEGRATION,
  NOISE,
  STOCHASTIC,
  ADAPTIVE,   /* no, rest at the threshold, rest as given */
  REFRACTORY, /* none, 3 steps */
  PER_NEURON,
  SURROGATE,
  BY_TAU,
  BY_THRESHOLD,
  BY_V,
  STATE,  /* dL/dstate comes in */
  INPUT,  /* current, spikes as bytes by events, spikes as floats dense, numbers by events, dense */
  TURNED, /* weights and their gradients are [in][out] in memory */
  CUT,    /* one tile, checkpoints every 5 steps */
  PASSES, /* back at once, after another pass, after another pass and once more */
  START,  /* a reset, a run before */
  LANES,  /* 16, 1 */
  SIZE,
  BATCH,
  FACTORS
};

enum { CURRENT, BYTES, FLOATS_DENSE, NUMBERS, NUMBERS_DENSE };
enum { AT_ONCE, AFTER_ANOTHER, TWICE };
enum { MOST = 300, INPUTS = 70 };

typedef int case_levels[COVERING_FACTORS];

static const size_t sizes[] = {17, 1, 16, 130, 300};
static const size_t batches[] = {3, 1};
/* By size. Of bits there are whole pairs of words, with 9 and 70 the last of them padding. */
static const size_t widths[] = {37, 9, INPUTS, 37, 9};

static int levels_of(int factor) {
  static const int levels[FACTORS] = {2, 3, 2, 2, 2, 2, 3, 2, 2, 7, 2,
                                      2, 2, 2, 5, 2, 2, 3, 2, 2, 5, 2};
  return factor == SIZE && is_slow_device() ? 2 : levels[factor];
}

static void normalise(int *level) {
  if (level[FORM] == CLIF_FORM_SEED) {
    level[RESET] = level[INTEGRATION] = level[REFRACTORY] = 0;
    if (level[ADAPTIVE] == 2) level[ADAPTIVE] = 1;
  }
  if (level[RESET] == CLIF_RESET_NONE) level[ATTACH] = 0;
  if (level[STOCHASTIC]) level[SURROGATE] = 0;
  if (level[INPUT] == CURRENT) level[TURNED] = 0;
}

static const char *describe(const int *level) {
  static const char *const names[FACTORS] = {
      "form", "reset",  "attach", "exact", "noise", "stochastic", "adaptive", "refractory",
      "per",  "surr",   "tau",    "th",    "v",     "state",      "input",    "turned",
      "cut",  "passes", "start",  "lanes", "size",  "batch"};
  static char text[512];
  int at = 0;
  for (int f = 0; f < FACTORS; f++)
    at +=
        snprintf(text + at, sizeof text - (size_t)at, "%s%s %d", f ? ", " : "", names[f], level[f]);
  return text;
}

static size_t steps_of(void) {
  return is_slow_device() ? 7 : 14;
}

static clif_param pick(const int *level, double *values, double low, double high, uint32_t *seed) {
  size_t n = sizes[level[SIZE]];
  for (size_t i = 0; i < n; i++) values[i] = between(seed, low, high);
  return level[PER_NEURON] ? clif_per_neuron(values, n) : clif_scalar(values[0]);
}

static clif_lif_params make_lif(const int *level) {
  static double values[12][MOST];
  uint32_t seed = (uint32_t)level[SIZE] + 11;
  bool form = level[FORM] == CLIF_FORM_SEED;
  clif_lif_params p = clif_lif_defaults();
  p.form = (clif_form)level[FORM];
  p.dt = 0.9;
  p.tau = pick(level, values[0], 2.0, 6.0, &seed);
  p.v_reset = pick(level, values[1], -0.3, 0.2, &seed);
  p.threshold = pick(level, values[2], 0.7, 1.3, &seed);
  if (!form) p.r = pick(level, values[3], 1.0, 3.0, &seed);
  if (!form) p.v_leak = pick(level, values[4], -0.2, 0.2, &seed);
  p.reset = (clif_reset)level[RESET];
  p.integration = (clif_integration)level[INTEGRATION];
  if (level[REFRACTORY]) p.options.refractory = pick(level, values[5], 1.5, 2.5, &seed);
  if (level[NOISE]) p.options.noise_std = pick(level, values[6], 0.1, 0.3, &seed);
  p.options.stochastic = level[STOCHASTIC];
  if (!form && level[STOCHASTIC]) p.options.slope = pick(level, values[7], 1.0, 8.0, &seed);
  p.options.adaptive = level[ADAPTIVE] != 0;
  p.options.rest_at_threshold = level[ADAPTIVE] != 2;
  p.options.eta = pick(level, values[8], 0.05, 0.3, &seed);
  p.options.th_rest = pick(level, values[9], 0.75, 1.4, &seed);
  p.options.th_min = clif_scalar(0.65);
  p.options.th_max = clif_scalar(1.45);
  return p;
}

static clif_gradient_options make_gradient(const int *level) {
  clif_gradient_options g = clif_gradient_defaults((clif_surrogate)level[SURROGATE]);
  if (level[SURROGATE] != CLIF_SURROGATE_ATAN) g.slope = 1.7;
  g.attach_reset = level[ATTACH];
  g.tau = level[BY_TAU], g.threshold = level[BY_THRESHOLD], g.v = level[BY_V];
  g.checkpoint = level[CUT] ? 5 : 0;
  return g;
}

/* ---- what there is ---- */

/* All arrays of a case: what comes in and what is expected and got. */
typedef struct subject {
  clif_context *ctx;
  const int *level;
  size_t n, batch, steps, inputs; /* inputs: of a row of x */
  clif_lif_params lif;
  clif_gradient_options gradient;
  clif_group *group;
  float *x;                      /* (steps, batch, inputs) */
  uint8_t *x8;                   /* the same as bytes; or NULL */
  float *weight, *turned, *bias; /* (n, inputs), (inputs, n), (n); or NULL */
  float *g_s, *g_v, *g_state_v, *g_state_th;
} subject;

/* Gradients: as expected, or as got. */
typedef struct gradients {
  float *input, *weight, *bias, *tau, *threshold, *start_v, *start_th;
} gradients;

static gradients new_gradients(const subject *s) {
  return (gradients){make_floats(s->steps * s->batch * s->inputs),
                     make_floats(s->n * s->inputs),
                     make_floats(s->n),
                     make_floats(s->n),
                     make_floats(s->n),
                     make_floats(s->n * s->batch),
                     make_floats(s->n * s->batch)};
}

static void free_gradients(gradients *g) {
  free(g->input), free(g->weight), free(g->bias), free(g->tau), free(g->threshold);
  free(g->start_v), free(g->start_th);
}

static bool has_linear(const subject *s) {
  return s->level[INPUT] != CURRENT;
}

static bool has_th(const subject *s) {
  return s->level[ADAPTIVE] || s->level[FORM] == CLIF_FORM_SEED;
}

static float *make_input(const subject *s) {
  size_t count = s->steps * s->batch * s->inputs;
  float *x = random_floats(count, -0.5, 2.0, 5);
  for (size_t i = 0; i < count; i++) {
    if (s->level[INPUT] == BYTES || s->level[INPUT] == FLOATS_DENSE) x[i] = x[i] > 1.4f;
    if (s->level[INPUT] == NUMBERS && x[i] < 1.0f) x[i] = 0.0f;
  }
  return x;
}

static subject new_subject(clif_context *ctx, const int *level) {
  subject s = {.ctx = ctx,
               .level = level,
               .n = sizes[level[SIZE]],
               .batch = batches[level[BATCH]],
               .steps = steps_of(),
               .lif = make_lif(level),
               .gradient = make_gradient(level)};
  s.inputs = level[INPUT] == CURRENT ? s.n : widths[level[SIZE]];
  s.x = make_input(&s);
  size_t count = s.steps * s.batch;
  if (level[INPUT] == BYTES) {
    s.x8 = calloc(count, s.inputs);
    assert_non_null(s.x8);
    for (size_t i = 0; i < count * s.inputs; i++) s.x8[i] = (uint8_t)s.x[i];
  }
  if (has_linear(&s)) {
    s.weight = random_floats(s.n * s.inputs, -0.2, 0.4, 6);
    s.turned = make_floats(s.n * s.inputs);
    for (size_t i = 0; i < s.n * s.inputs; i++)
      s.turned[i % s.inputs * s.n + i / s.inputs] = s.weight[i];
    s.bias = random_floats(s.n, -0.1, 0.3, 7);
  }
  s.g_s = random_floats(count * s.n, -1.0, 1.0, 8);
  s.g_v = random_floats(count * s.n, -1.0, 1.0, 9);
  s.g_state_v = random_floats(s.batch * s.n, -1.0, 1.0, 10);
  s.g_state_th = random_floats(s.batch * s.n, -1.0, 1.0, 11);
  return s;
}

static void free_subject(subject *s) {
  clif_group_destroy(s->group);
  free(s->x), free(s->x8), free(s->weight), free(s->turned), free(s->bias);
  free(s->g_s), free(s->g_v), free(s->g_state_v), free(s->g_state_th);
}

/* ---- on the host ---- */

enum { SEED = 77, ID = 4 };

/* The currents of all rows. */
static float *make_currents(const subject *s) {
  float *current = make_floats(s->steps * s->batch * s->n);
  for (size_t row = 0; row < s->steps * s->batch; row++)
    for (size_t j = 0; j < s->n; j++) {
      float *sum = &current[row * s->n + j];
      if (!has_linear(s)) *sum = s->x[row * s->n + j];
      for (size_t k = 0; has_linear(s) && k < s->inputs; k++)
        *sum = *sum + s->x[row * s->inputs + k] * s->weight[j * s->inputs + k];
      if (has_linear(s)) *sum = *sum + s->bias[j];
    }
  return current;
}

/* Everything before and in each step: (steps, batch, n). */
typedef struct film {
  float *x, *v, *th, *wait, *s, *v_pre, *eps;
} film;

static void free_film(film *f) {
  free(f->x), free(f->v), free(f->th), free(f->wait), free(f->s), free(f->v_pre), free(f->eps);
}

static film make_film(const subject *s, const clif__neuron *neuron, const clif__coefficients *c) {
  size_t size = s->batch * s->n, count = s->steps * size;
  uint64_t first = s->level[START] ? s->steps : 0;
  film f = {make_currents(s),   make_floats(count), make_floats(count), make_floats(count),
            make_floats(count), make_floats(count), make_floats(count)};
  float *state[CLIF__STATES], *u = make_floats(s->n);
  for (int i = 0; i < CLIF__STATES; i++) {
    state[i] = make_floats(size);
    for (size_t j = 0; j < size; j++) state[i][j] = clif__neuron_start(neuron, c, i, j % s->n);
  }
  for (size_t t = 0; t < first + s->steps; t++)
    for (size_t b = 0; b < s->batch; b++) {
      size_t row = b * s->n, at = t % s->steps * size + row;
      source in = {.seed = SEED, .id = ID, .first_step = first ? t - t % s->steps : 0};
      memcpy(f.v + at, state[CLIF__STATE_V] + row, s->n * sizeof(float));
      memcpy(f.th + at, state[CLIF__STATE_TH] + row, s->n * sizeof(float));
      memcpy(f.wait + at, state[CLIF__STATE_WAIT] + row, s->n * sizeof(float));
      clif__twin io = {
          .x = f.x + at, .v = state[CLIF__STATE_V] + row, .s = f.s + at, .v_pre = f.v_pre + at};
      if (has_th(s)) io.th = state[CLIF__STATE_TH] + row;
      if (s->level[REFRACTORY]) io.wait = state[CLIF__STATE_WAIT] + row;
      if (clif__neuron_noisy(neuron))
        io.eps = random_row(&in, NULL, CLIF__NOISE, s->n, s->batch, t % s->steps, b, f.eps + at);
      if (neuron->stochastic)
        io.u = random_row(&in, NULL, CLIF__FIRE, s->n, s->batch, t % s->steps, b, u);
      clif__twin_step(neuron, c, s->n, &io);
    }
  for (int i = 0; i < CLIF__STATES; i++) free(state[i]);
  free(u);
  return f;
}

/* Of the weights: rows of a tile ascending, tiles last to first; and of the inputs. */
static void expect_linear(const subject *s, const float *g_x, gradients *out) {
  size_t rows = s->steps * s->batch, tile = rows;
  if (s->level[CUT]) tile = (s->steps + 2) / 3 * s->batch; /* even parts, none above 5 steps */
  if (s->level[CUT] && s->steps == 7) tile = 4 * s->batch;
  if (tile == 0) return; /* there is a step and a sample, always */
  for (size_t k = 0; k < s->inputs; k++)
    for (size_t j = 0; j < s->n; j++)
      for (size_t first = (rows - 1) / tile * tile; first < rows; first -= tile) {
        float sum = 0.0f;
        for (size_t row = first; row < rows && row < first + tile; row++)
          sum = sum + s->x[row * s->inputs + k] * g_x[row * s->n + j];
        out->weight[j * s->inputs + k] = out->weight[j * s->inputs + k] + sum;
      }
  for (size_t row = 0; row < rows; row++)
    for (size_t k = 0; k < s->inputs; k++) {
      double sum = 0.0;
      for (size_t j = 0; j < s->n; j++)
        sum += (double)g_x[row * s->n + j] * (double)s->weight[j * s->inputs + k];
      out->input[row * s->inputs + k] = (float)sum;
    }
}

static void expect_sums(const subject *s, const clif__neuron *neuron, const float *bias,
                        const float *tau, const float *threshold, const float *th, gradients *out) {
  for (size_t j = 0; j < s->n; j++) {
    double sums[4] = {0};
    for (size_t b = 0; b < s->batch; b++) {
      sums[0] += (double)bias[b * s->n + j];
      sums[1] += (double)tau[b * s->n + j];
      sums[2] += (double)threshold[b * s->n + j];
      sums[3] += (double)th[b * s->n + j];
    }
    out->bias[j] = (float)sums[0];
    out->tau[j] = (float)(sums[1] * clif__tau_factor(neuron, j));
    out->threshold[j] = (float)(sums[2] + (s->level[START] || !has_th(s) ? 0.0 : sums[3]));
  }
}

static void expect(const subject *s, gradients *out) {
  clif__neuron neuron;
  clif__coefficients c;
  size_t size = s->batch * s->n;
  float *g_x = make_floats(s->steps * size), *sums = make_floats(3 * size);
  assert_ok(s->ctx, clif__neuron_from_lif(s->ctx, &s->lif, &neuron));
  assert_ok(s->ctx, clif__coefficients_make(s->ctx, &neuron, s->n, s->n, &c));
  film f = make_film(s, &neuron, &c);
  if (s->level[STATE]) memcpy(out->start_v, s->g_state_v, size * sizeof(float));
  if (s->level[STATE] && has_th(s)) memcpy(out->start_th, s->g_state_th, size * sizeof(float));
  for (size_t t = s->steps; t-- > 0;)
    for (size_t b = 0; b < s->batch; b++) {
      size_t row = b * s->n, at = t * size + row;
      for (size_t j = 0; s->level[BY_V] && j < s->n; j++)
        out->start_v[row + j] = out->start_v[row + j] + s->g_v[at + j];
      const clif__twin_back io = {.v = f.v + at,
                                  .th = has_th(s) ? f.th + at : NULL,
                                  .wait = s->level[REFRACTORY] ? f.wait + at : NULL,
                                  .x = f.x + at,
                                  .eps = clif__neuron_noisy(&neuron) ? f.eps + at : NULL,
                                  .s = f.s + at,
                                  .v_pre = f.v_pre + at,
                                  .g_s = s->g_s + at,
                                  .g_v = out->start_v + row,
                                  .g_th = has_th(s) ? out->start_th + row : NULL,
                                  .g_x = g_x + at,
                                  .bias = sums + row,
                                  .tau = sums + size + row,
                                  .threshold = sums + 2 * size + row};
      clif__twin_back_step(&neuron, &c, &s->gradient, s->n, &io);
    }
  expect_sums(s, &neuron, sums, sums + size, sums + 2 * size, out->start_th, out);
  if (has_linear(s))
    expect_linear(s, g_x, out);
  else
    memcpy(out->input, g_x, s->steps * size * sizeof(float));
  free_film(&f);
  free(sums), free(g_x);
  clif__coefficients_release(s->ctx, &c);
  clif__neuron_release(s->ctx, &neuron);
}

/* ---- on the device ---- */

static clif_array weight_view(const subject *s, float *plain, float *turned) {
  clif_array view = clif_array_view(plain, CLIF_F32, 2, (size_t[]){s->n, s->inputs});
  if (!s->level[TURNED]) return view;
  view.data = turned;
  view.strides[0] = sizeof(float);
  view.strides[1] = s->n * sizeof(float);
  return view;
}

static void create(subject *s) {
  static float nothing[MOST * INPUTS];
  bool dense = s->level[INPUT] == FLOATS_DENSE || s->level[INPUT] == NUMBERS_DENSE;
  clif_group_options o = {.size = sizeof o,
                          .neurons = s->n,
                          .batch = s->batch,
                          .steps = s->steps,
                          .seed = SEED,
                          .id = ID,
                          .spikes = CLIF_SPIKES_F32,
                          .record = s->level[BY_V] ? CLIF_RECORD_V : 0,
                          .linear = dense ? CLIF_LINEAR_DENSE : CLIF_LINEAR_EVENTS,
                          .gradient = &s->gradient};
  if (has_linear(s)) o.inputs = s->inputs, o.weight = nothing, o.bias = s->bias;
  assert_ok(s->ctx, clif_group_create(s->ctx, &s->lif, &o, &s->group));
  if (!has_linear(s)) return;
  const clif_array weight = weight_view(s, s->weight, s->turned);
  const clif_array bias = clif_array_view(s->bias, CLIF_F32, 1, &s->n);
  assert_ok(s->ctx, clif_group_set_weights(s->group, &weight, &bias));
}

static clif_group_io make_io(const subject *s, float *spikes) {
  clif_group_io io = {.size = sizeof io,
                      .input = view3(s->x, CLIF_F32, s->steps, s->batch, s->inputs)};
  if (s->x8) io.input = view3(s->x8, CLIF_U8, s->steps, s->batch, s->inputs);
  io.spikes = view3(spikes, CLIF_F32, s->steps, s->batch, s->n);
  return io;
}

static void go_back(const subject *s, const clif_pass *pass, const clif_group_io *io,
                    gradients *out) {
  const size_t rows[] = {s->batch, s->n};
  float *weight = make_floats(s->n * s->inputs);
  clif_group_gradients g = {.size = sizeof g,
                            .spikes = view3(s->g_s, CLIF_F32, s->steps, s->batch, s->n),
                            .input = view3(out->input, CLIF_F32, s->steps, s->batch, s->inputs),
                            .start_v = clif_array_view(out->start_v, CLIF_F32, 2, rows)};
  if (s->level[BY_V]) g.v = view3(s->g_v, CLIF_F32, s->steps, s->batch, s->n);
  if (s->level[STATE]) g.state_v = clif_array_view(s->g_state_v, CLIF_F32, 2, rows);
  if (s->level[STATE] && has_th(s)) g.state_th = clif_array_view(s->g_state_th, CLIF_F32, 2, rows);
  if (has_th(s)) g.start_th = clif_array_view(out->start_th, CLIF_F32, 2, rows);
  if (s->level[BY_TAU]) g.tau = clif_array_view(out->tau, CLIF_F32, 1, &s->n);
  if (s->level[BY_THRESHOLD]) g.threshold = clif_array_view(out->threshold, CLIF_F32, 1, &s->n);
  if (has_linear(s)) {
    g.weight = weight_view(s, out->weight, weight);
    g.bias = clif_array_view(out->bias, CLIF_F32, 1, &s->n);
  }
  assert_ok(s->ctx, clif_group_backward(s->group, pass, io, &g));
  for (size_t i = 0; s->level[TURNED] && i < s->n * s->inputs; i++)
    out->weight[i] = weight[i % s->inputs * s->n + i / s->inputs];
  free(weight);
}

/* Another pass, on the same input from where the group is, that is forgotten. */
static void pass_between(const subject *s, const clif_group_io *io) {
  clif_pass *other = NULL;
  assert_ok(s->ctx, clif_group_forward(s->group, io, &other));
  clif_pass_destroy(other);
}

static gradients get(subject *s) {
  gradients out = new_gradients(s);
  float *spikes = make_floats(s->steps * s->batch * s->n), *before = make_floats(s->batch * s->n);
  float *after = make_floats(s->batch * s->n);
  const clif_array state[] = {clif_array_view(before, CLIF_F32, 2, (size_t[]){s->batch, s->n}),
                              clif_array_view(after, CLIF_F32, 2, (size_t[]){s->batch, s->n})};
  const clif_group_io io = make_io(s, spikes);
  clif_pass *pass = NULL;
  create(s);
  if (s->level[START]) assert_ok(s->ctx, clif_group_run(s->group, &io));
  assert_ok(s->ctx, clif_group_forward(s->group, &io, &pass));
  if (s->level[PASSES] != AT_ONCE) pass_between(s, &io);
  assert_ok(s->ctx, clif_group_get_state(s->group, "v", &state[0]));
  clif_group_info info = clif_group_look(s->group);
  if (s->level[PASSES] == TWICE) go_back(s, pass, &io, &out);
  go_back(s, pass, &io, &out);
  assert_ok(s->ctx, clif_group_get_state(s->group, "v", &state[1]));
  assert_same_bits("the group's own state", after, before, s->batch * s->n);
  assert_true(info.step == clif_group_look(s->group).step);
  assert_true(info.spikes == clif_group_look(s->group).spikes);
  clif_pass_destroy(pass);
  free(spikes), free(before), free(after);
  return out;
}

/* ---- comparing ---- */

static const char *label(const int *level, const char *what) {
  static char text[600];
  snprintf(text, sizeof text, "%s: %s", what, describe(level));
  return text;
}

static void assert_near(const char *what, const float *got, const float *expected, size_t n) {
  double largest = 1e-30;
  for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs((double)expected[i]));
  for (size_t i = 0; i < n; i++)
    if (!(fabs((double)got[i] - (double)expected[i]) <= 2e-6 * largest))
      fail_msg("%s: element %zu of %zu is %.9g, expected %.9g", what, i, n, (double)got[i],
               (double)expected[i]);
}

static void compare_case(clif_context *const contexts[2], const int *level) {
  clif_context *ctx = contexts[level[LANES]] ? contexts[level[LANES]] : contexts[!level[LANES]];
  subject s = new_subject(ctx, level);
  gradients expected = new_gradients(&s), got = get(&s);
  expect(&s, &expected);
  /* Numbers that a product has summed up are not the same to the bit, nor is what follows. */
  bool exact = level[INPUT] != NUMBERS_DENSE;
  size_t states = s.batch * s.n, in_all = s.steps * s.batch * s.inputs;
  if (exact) {
    assert_same_bits(label(level, "v"), got.start_v, expected.start_v, states);
    if (has_th(&s)) assert_same_bits(label(level, "th"), got.start_th, expected.start_th, states);
    if (level[BY_TAU]) assert_same_bits(label(level, "tau"), got.tau, expected.tau, s.n);
    if (level[BY_THRESHOLD])
      assert_same_bits(label(level, "threshold"), got.threshold, expected.threshold, s.n);
    if (has_linear(&s)) assert_same_bits(label(level, "bias"), got.bias, expected.bias, s.n);
  }
  if (level[INPUT] == CURRENT)
    assert_same_bits(label(level, "input"), got.input, expected.input, in_all);
  else if (exact)
    assert_near(label(level, "input"), got.input, expected.input, in_all);
  if (level[INPUT] == BYTES || level[INPUT] == FLOATS_DENSE)
    assert_same_bits(label(level, "weight"), got.weight, expected.weight, s.n * s.inputs);
  if (level[INPUT] == NUMBERS)
    assert_near(label(level, "weight"), got.weight, expected.weight, s.n * s.inputs);
  free_gradients(&expected);
  free_gradients(&got);
  free_subject(&s);
}

static void test_every_option(void **state) {
  (void)state;
  static covering all;
  int level[COVERING_FACTORS], n = 0;
  clif_context *contexts[] = {open_with_lanes(16), open_with_lanes(1)};
  covering_begin(&all, FACTORS, levels_of, normalise);
  for (; covering_next(&all, level); n++) compare_case(contexts, level);
  print_message("%d cases\n", n);
  for (int i = 0; i < 2; i++) clif_context_destroy(contexts[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_option),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
