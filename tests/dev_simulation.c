/* dev_simulation.c - neurons with several options at once have the rates, membranes and thresholds
 * of a simulation in double precision, with random numbers of another kind. */
#include "draws.h"

static clif_context *ctx;

static int open_device(void **state) {
  (void)state;
  if (!is_slow_device()) ctx = open_context(NULL);
  return 0;
}

static int close_device(void **state) {
  (void)state;
  clif_context_destroy(ctx);
  return end_checks();
}

/* ---- in double precision ---- */

/* splitmix64: S. Vigna's, of the public domain. */
static uint64_t mix(uint64_t *state) {
  uint64_t z = (*state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/* In (0, 1). */
static double any_uniform(uint64_t *state) {
  return ((double)(mix(state) >> 12) + 0.5) * 0x1p-52;
}

static double any_normal(uint64_t *state) {
  double radius = sqrt(-2.0 * log(any_uniform(state)));
  return radius * cos(2.0 * acos(-1.0) * any_uniform(state));
}

typedef struct cell {
  double v, th, wait;
} cell;

/* One step of a neuron of the standard form with value or subtract reset; 1 if it fires. */
static int simulate(const clif_lif_params *p, double current, cell *c, uint64_t *random) {
  const clif_neuron_options *o = &p->options;
  int fires = 0;
  if (c->wait > 0.0) {
    c->wait -= 1.0;
  } else {
    c->v += p->dt / p->tau.value * (p->v_leak.value - c->v + p->r.value * current);
    if (o->noise_std.value > 0.0) c->v += o->noise_std.value * any_normal(random);
    double p_fire = 1.0 / (1.0 + exp(-o->slope.value * (c->v - c->th)));
    fires = o->stochastic ? any_uniform(random) < p_fire : c->v >= c->th;
    if (fires) c->v = p->reset == CLIF_RESET_VALUE ? p->v_reset.value : c->v - c->th;
    if (fires) c->wait = ceil(o->refractory.value / p->dt);
  }
  if (o->adaptive) {
    c->th += fires ? o->eta.value : o->eta.value * (p->threshold.value - c->th);
    c->th = fmin(fmax(c->th, o->th_min.value), o->th_max.value);
  }
  return fires;
}

/* What is compared, of each neuron of each sample: spikes, early ones, their squares (which tell
 * the spread), and where membrane and threshold end. */
enum { EARLY = 12, MEASURES = 6 };

static const char *const measures[MEASURES] = {"spikes",        "early spikes", "squares of spikes",
                                               "last membrane", "its square",   "last threshold"};

typedef struct outcome {
  double n, sum[MEASURES], squares[MEASURES];
} outcome;

static void outcome_add(outcome *o, double spikes, double early, double v, double th) {
  const double x[MEASURES] = {spikes, early, spikes * spikes, v, v * v, th};
  o->n += 1.0;
  for (int i = 0; i < MEASURES; i++) {
    o->sum[i] += x[i];
    o->squares[i] += x[i] * x[i];
  }
}

static outcome simulate_all(const clif_lif_params *p, double current) {
  outcome result = {0};
  uint64_t random = 1;
  for (size_t i = 0; i < SAMPLES * NEURONS; i++) {
    cell c = {p->v_reset.value, p->threshold.value, 0.0};
    double spikes = 0.0, early = 0.0;
    for (int t = 0; t < STEPS; t++) {
      int fired = simulate(p, current, &c, &random);
      spikes += fired;
      early += t < EARLY ? fired : 0;
    }
    outcome_add(&result, spikes, early, c.v, c.th);
  }
  return result;
}

static outcome run_all(const clif_lif_params *p, double current) {
  enum { ROW = SAMPLES * NEURONS };
  static float v[ROW], th[ROW];
  outcome result = {0};
  float *input = constant_input((float)current);
  uint8_t *spikes = make_numbers(sizeof *spikes);
  const size_t shape[] = {SAMPLES, NEURONS};
  const clif_array view_v = clif_array_view(v, CLIF_F32, 2, shape);
  const clif_array view_th = clif_array_view(th, CLIF_F32, 2, shape);
  clif_group *group = new_group(ctx, p, 8, 0, CLIF_SPIKES_U8, 0);
  run_in_two(ctx, group, input, spikes, NULL);
  memset(th, 0, sizeof th);
  assert_ok(ctx, clif_group_get_state(group, "v", &view_v));
  if (p->options.adaptive) assert_ok(ctx, clif_group_get_state(group, "th", &view_th));
  for (size_t i = 0; i < ROW; i++) {
    double sum = 0.0, early = 0.0;
    for (size_t t = 0; t < STEPS; t++) {
      sum += spikes[t * ROW + i];
      early += t < EARLY ? spikes[t * ROW + i] : 0;
    }
    outcome_add(&result, sum, early, (double)v[i],
                p->options.adaptive ? (double)th[i] : p->threshold.value);
  }
  clif_group_destroy(group);
  free(input);
  free(spikes);
  return result;
}

/* The means differ by no more than chance; where nothing varies they must be the same. */
static void check_alike(const char *name, const outcome *a, const outcome *b) {
  for (int i = 0; i < MEASURES; i++) {
    double mean_a = a->sum[i] / a->n, mean_b = b->sum[i] / b->n;
    double variance_a = a->squares[i] / a->n - mean_a * mean_a;
    double variance_b = b->squares[i] / b->n - mean_b * mean_b;
    double error = sqrt((fmax(variance_a, 0.0) + fmax(variance_b, 0.0)) / a->n);
    check_z(label(name, "%s: %g, simulated %g", measures[i], mean_a, mean_b),
            (mean_a - mean_b) / (error + 1e-6 * (1.0 + fabs(mean_b))));
  }
}

static void check_neurons(const char *name, const clif_lif_params *lif) {
  static const double currents[] = {0.2, 0.8, 1.5, 3.0};
  for (size_t i = 0; i < sizeof currents / sizeof *currents; i++) {
    outcome device = run_all(lif, currents[i]), host = simulate_all(lif, currents[i]);
    check_alike(label(name, "current %g", currents[i]), &device, &host);
  }
}

static clif_lif_params by_chance(double tau, double slope) {
  clif_lif_params lif = clif_lif_defaults();
  lif.tau = clif_scalar(tau);
  lif.options.stochastic = 1;
  lif.options.slope = clif_scalar(slope);
  return lif;
}

static void neurons_that_adapt_and_fire_by_chance_have_the_simulated_rates(void **state) {
  (void)state;
  skip_where_slow();
  clif_lif_params lif = by_chance(5.0, 4.0);
  check_neurons("by chance", &lif);
  lif.options.adaptive = 1;
  check_neurons("by chance and adaptive", &lif);
  lif.options.eta = clif_scalar(0.3);
  lif.options.th_max = clif_scalar(1.5);
  lif.reset = CLIF_RESET_SUBTRACT;
  check_neurons("by chance, adaptive, subtracting", &lif);
}

static void neurons_with_noise_have_the_simulated_rates(void **state) {
  (void)state;
  skip_where_slow();
  clif_lif_params lif = clif_lif_defaults();
  lif.tau = clif_scalar(5.0);
  lif.options.noise_std = clif_scalar(0.2);
  check_neurons("noisy", &lif);
  lif.options.adaptive = 1;
  lif.options.refractory = clif_scalar(2.5);
  check_neurons("noisy, adaptive, refractory", &lif);
  lif.options.stochastic = 1;
  lif.options.slope = clif_scalar(8.0);
  check_neurons("noisy, adaptive, refractory, by chance", &lif);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(neurons_that_adapt_and_fire_by_chance_have_the_simulated_rates),
      cmocka_unit_test(neurons_with_noise_have_the_simulated_rates),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
