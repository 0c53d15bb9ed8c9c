/* dev_rates.c - what neurons make of chance: the probability of firing, the noise of each, and the
 * spread of a leaking membrane with noise, compared with closed forms. */
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

/* ---- firing by chance ---- */

enum { CLASSES = 32 };

/* From 1 % to 99 %, neighbours far from each other. */
static double probability_of(size_t neuron) {
  return 0.01 + 0.98 * ((double)(neuron * 389 % NEURONS) + 0.5) / NEURONS;
}

static void make_probabilities(double *threshold, double *slope) {
  for (size_t i = 0; i < NEURONS; i++) {
    double p = probability_of(i);
    slope[i] = ldexp(1.0, (int)(i % 5) - 2); /* 1/4 to 4 */
    threshold[i] = 20.0 - log(p / (1.0 - p)) / slope[i];
  }
}

static void check_probabilities(const uint8_t *spikes) {
  double count[CLASSES] = {0}, mean[CLASSES] = {0}, variance[CLASSES] = {0};
  double total = 0.0, expected = 0.0, spread = 0.0;
  for (size_t i = 0; i < NUMBERS; i++) {
    double p = probability_of(i % NEURONS);
    size_t class = (size_t)(p * CLASSES);
    count[class] += spikes[i];
    mean[class] += p;
    variance[class] += p * (1.0 - p);
  }
  for (size_t i = 0; i < CLASSES; i++) {
    check_z(label("firing", "p near %g", ((double)i + 0.5) / CLASSES),
            (count[i] - mean[i]) / sqrt(variance[i]));
    total += count[i];
    expected += mean[i];
    spread += variance[i];
  }
  check_z("firing, all", (total - expected) / sqrt(spread));
}

/* Per neuron, sum over its trials. */
static void check_each_neuron(const uint8_t *spikes) {
  enum { TRIALS = NUMBERS / NEURONS };
  double chi2 = 0.0;
  for (size_t i = 0; i < NEURONS; i++) {
    double count = 0.0;
    for (size_t k = i; k < NUMBERS; k += NEURONS) count += spikes[k];
    double z = z_of_count(count, TRIALS, probability_of(i));
    chi2 += z * z;
  }
  check_z("firing, chi-square over neurons", z_of_chi_square(chi2, NEURONS));
}

static void neurons_fire_with_the_probability_of_their_threshold_and_slope(void **state) {
  (void)state;
  skip_where_slow();
  double threshold[NEURONS], slope[NEURONS];
  uint8_t *spikes = make_numbers(sizeof *spikes);
  float *input = constant_input(20.0f);
  clif_lif_params lif = forgetful_lif();
  make_probabilities(threshold, slope);
  lif.threshold = clif_per_neuron(threshold, NEURONS);
  lif.options.stochastic = 1;
  lif.options.slope = clif_per_neuron(slope, NEURONS);
  clif_group *group = new_group(ctx, &lif, 5, 0, CLIF_SPIKES_U8, 0);
  run_in_two(ctx, group, input, spikes, NULL);
  check_probabilities(spikes);
  check_each_neuron(spikes);
  clif_group_destroy(group);
  free(spikes);
  free(input);
}

/* Far above the threshold every neuron fires; far below none does but where u is 0, which of 2^20
 * numbers more than three are with probability 6e-7. */
static void far_from_the_threshold_there_is_no_chance(void **state) {
  (void)state;
  skip_where_slow();
  clif_lif_params lif = forgetful_lif();
  lif.options.stochastic = 1;
  clif_group *group = new_group(ctx, &lif, 5, 0, CLIF_SPIKES_NONE, 0);
  float *input = constant_input(200.0f);
  run_in_two(ctx, group, input, NULL, NULL);
  assert_int_equal(clif_group_look(group).spikes, NUMBERS);
  for (size_t i = 0; i < NUMBERS; i++) input[i] = -200.0f;
  run_in_two(ctx, group, input, NULL, NULL);
  assert_in_range(clif_group_look(group).spikes, 0, 3);
  clif_group_destroy(group);
  free(input);
}

/* ---- noise ---- */

static void each_neuron_has_its_noise(void **state) {
  (void)state;
  skip_where_slow();
  static const double stds[] = {0.01, 0.1, 0.5, 1.0, 3.0, 10.0, 100.0, 0.0};
  enum { STDS = sizeof stds / sizeof *stds };
  double noise_std[NEURONS];
  moments m[STDS] = {0};
  float *v_pre = make_numbers(sizeof *v_pre);
  clif_lif_params lif = forgetful_lif();
  for (size_t i = 0; i < NEURONS; i++) noise_std[i] = stds[i % STDS];
  lif.threshold = clif_scalar(1e6);
  lif.options.noise_std = clif_per_neuron(noise_std, NEURONS);
  clif_group *group = new_group(ctx, &lif, 6, 0, CLIF_SPIKES_NONE, CLIF_RECORD_V_PRE);
  run_in_two(ctx, group, NULL, NULL, v_pre);
  for (size_t i = 0; i < NUMBERS; i++) {
    double std = noise_std[i % NEURONS];
    if (std > 0.0)
      moments_add(&m[i % STDS], (double)v_pre[i] / std);
    else
      assert_true(v_pre[i] == 0.0f);
  }
  for (size_t k = 0; k + 1 < STDS; k++)
    check_moments(label("noise", "std %g", stds[k]), &m[k], normal_powers);
  clif_group_destroy(group);
  free(v_pre);
}

/* With a = 1 - dt/tau and without firing, v is an autoregressive process of order 1: after t steps
 * from 0 its variance is std^2 (1 - a^2t) / (1 - a^2), and its correlation over k steps a^k, so
 * that v_t - a^k v_(t-k) has the variance of k steps and knows nothing of v_(t-k). */
static void a_leaking_membrane_gathers_noise_as_an_autoregressive_process(void **state) {
  (void)state;
  skip_where_slow();
  enum { ROW = SAMPLES * NEURONS, LAG = 7 };
  const double tau = 12.0, a = 1.0 - 1.0 / tau, std = 0.3, keeps = pow(a, LAG);
  float *v_pre = make_numbers(sizeof *v_pre);
  clif_lif_params lif = clif_lif_defaults();
  lif.tau = clif_scalar(tau);
  lif.threshold = clif_scalar(1e6);
  lif.options.noise_std = clif_scalar(std);
  clif_group *group = new_group(ctx, &lif, 7, 0, CLIF_SPIKES_NONE, CLIF_RECORD_V_PRE);
  run_in_two(ctx, group, NULL, NULL, v_pre);
  for (size_t t = 0; t < STEPS; t++) {
    moments m = {0}, rest = {0};
    double product = 0.0, steps = (double)(t + 1), once = std * std / (1.0 - a * a);
    double sigma = sqrt(once * (1.0 - pow(a, 2.0 * steps)));
    double sigma_rest = sqrt(once * (1.0 - keeps * keeps));
    for (size_t i = t * ROW; i < (t + 1) * ROW; i++) {
      moments_add(&m, (double)v_pre[i] / sigma);
      if (t < LAG) continue;
      double before = (double)v_pre[i - LAG * ROW], left = (double)v_pre[i] - keeps * before;
      moments_add(&rest, left / sigma_rest);
      product += left * before / sigma_rest;
    }
    check_moments(label("membrane", "step %zu", t), &m, normal_powers);
    if (t < LAG) continue;
    double sigma_before = sqrt(once * (1.0 - pow(a, 2.0 * (steps - LAG))));
    check_moments(label("what came in", "step %zu", t), &rest, normal_powers);
    check_z(label("past and what came in", "step %zu", t), product / sigma_before / sqrt(ROW));
  }
  clif_group_destroy(group);
  free(v_pre);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(neurons_fire_with_the_probability_of_their_threshold_and_slope),
      cmocka_unit_test(far_from_the_threshold_there_is_no_chance),
      cmocka_unit_test(each_neuron_has_its_noise),
      cmocka_unit_test(a_leaking_membrane_gathers_noise_as_an_autoregressive_process),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
