/* draws.h - the random numbers of a group, read through what its neurons do.
 *
 * A membrane with tau = dt keeps nothing: it is the current plus the noise. So a neuron without
 * current that never fires shows its normal number as v_pre; and one without noise that fires by
 * chance says, for any p that its current is made for, whether its uniform number is below p.
 * Asking twelve times, each time in the middle of what is left, gives the number's twelve upper
 * bits. */
#ifndef CLIF_TEST_DRAWS_H
#define CLIF_TEST_DRAWS_H

#include "clif/group.h"
#include "statistics.h"

enum { STEPS = 64, SAMPLES = 8, NEURONS = 2048, NUMBERS = STEPS * SAMPLES * NEURONS };

/* First in every test: Oclgrind would take hours for these numbers. */
static inline void skip_where_slow(void) {
  if (!is_slow_device()) return;
  print_message("too many numbers for this device; dev_random and dev_neuron compare the bits\n");
  skip();
}

/* One stream's numbers x, (STEPS, SAMPLES, NEURONS), of mean 0 and variance 1; their squares,
 * shifted and scaled to the same; and in which of BINS equally likely bins each number is. */
typedef struct series {
  const char *name;
  float *x, *x2;
  uint16_t *bin;
} series;

static inline void *make_numbers(size_t element) {
  void *memory = calloc(NUMBERS, element);
  assert_non_null(memory);
  return memory;
}

static inline void free_series(series *s) {
  free(s->x);
  free(s->x2);
  free(s->bin);
}

static inline clif_array view_of(void *data, clif_dtype dtype, size_t first, size_t count) {
  const size_t shape[] = {STEPS, SAMPLES, NEURONS};
  const clif_array all = clif_array_view(data, dtype, 3, shape);
  return clif_array_slice(&all, 0, first, count);
}

/* STEPS steps, in two runs that part in the middle of a quad. `input` may be NULL: no current. */
static inline void run_in_two(clif_context *ctx, clif_group *group, float *input, uint8_t *spikes,
                              float *v_pre) {
  static float nothing[SAMPLES][NEURONS];
  static const size_t first[] = {0, 30}, count[] = {30, STEPS - 30};
  assert_ok(ctx, clif_group_reset(group));
  for (int part = 0; part < 2; part++) {
    clif_group_io io = {.size = sizeof io};
    const size_t shape[] = {count[part], SAMPLES, NEURONS};
    io.input = clif_array_view(nothing, CLIF_F32, 3, shape);
    io.input.strides[0] = 0;
    if (input) io.input = view_of(input, CLIF_F32, first[part], count[part]);
    if (spikes) io.spikes = view_of(spikes, CLIF_U8, first[part], count[part]);
    if (v_pre) io.v_pre = view_of(v_pre, CLIF_F32, first[part], count[part]);
    assert_ok(ctx, clif_group_run(group, &io));
  }
}

static inline float *constant_input(float current) {
  float *input = make_numbers(sizeof *input);
  for (size_t i = 0; i < NUMBERS; i++) input[i] = current;
  return input;
}

static inline clif_group *new_group(clif_context *ctx, const clif_lif_params *lif, uint64_t seed,
                                    uint32_t id, clif_spikes spikes, unsigned record) {
  clif_group *group = NULL;
  clif_group_options options = {.size = sizeof options,
                                .neurons = NEURONS,
                                .batch = SAMPLES,
                                .seed = seed,
                                .id = id,
                                .spikes = spikes,
                                .record = record};
  assert_ok(ctx, clif_group_create(ctx, lif, &options, &group));
  return group;
}

/* Neurons that keep nothing. */
static inline clif_lif_params forgetful_lif(void) {
  clif_lif_params lif = clif_lif_defaults();
  lif.tau = clif_scalar(lif.dt);
  lif.reset = CLIF_RESET_NONE;
  return lif;
}

/* The normal numbers; noise_std is a power of two, so that scaling it is exact. */
static inline series draw_noise(clif_context *ctx, const char *name, uint64_t seed, uint32_t id) {
  series s = {name, make_numbers(sizeof *s.x), make_numbers(sizeof *s.x2),
              make_numbers(sizeof *s.bin)};
  clif_lif_params lif = forgetful_lif();
  lif.threshold = clif_scalar(1e6);
  lif.options.noise_std = clif_scalar(0.25);
  clif_group *group = new_group(ctx, &lif, seed, id, CLIF_SPIKES_NONE, CLIF_RECORD_V_PRE);
  run_in_two(ctx, group, NULL, NULL, s.x);
  for (size_t i = 0; i < NUMBERS; i++) {
    double x = (double)(s.x[i] *= 4.0f);
    s.x2[i] = (float)((x * x - 1.0) / sqrt(2.0));
    s.bin[i] = (uint16_t)fmin(BINS * normal_cdf(x), BINS - 1);
  }
  clif_group_destroy(group);
  return s;
}

/* The current with which a neuron of threshold 1 and slope 1 fires with probability p. */
static inline float current_for(double p) {
  return (float)(1.0 - log((1.0 - p) / p));
}

static inline void bisect(clif_context *ctx, clif_group *group, uint16_t *bin) {
  float *input = make_numbers(sizeof *input);
  uint8_t *spikes = make_numbers(sizeof *spikes);
  static float currents[BINS];
  for (size_t k = 1; k < BINS; k++) currents[k] = current_for((double)k / BINS);
  for (unsigned half = BINS / 2; half > 0; half /= 2) {
    for (size_t i = 0; i < NUMBERS; i++) input[i] = currents[bin[i] + half];
    run_in_two(ctx, group, input, spikes, NULL);
    for (size_t i = 0; i < NUMBERS; i++)
      if (!spikes[i]) bin[i] = (uint16_t)(bin[i] + half);
  }
  free(input);
  free(spikes);
}

/* The uniform numbers. */
static inline series draw_firing(clif_context *ctx, const char *name, uint64_t seed, uint32_t id) {
  series s = {name, make_numbers(sizeof *s.x), make_numbers(sizeof *s.x2),
              make_numbers(sizeof *s.bin)};
  clif_lif_params lif = forgetful_lif();
  lif.options.stochastic = 1;
  clif_group *group = new_group(ctx, &lif, seed, id, CLIF_SPIKES_U8, 0);
  bisect(ctx, group, s.bin);
  for (size_t i = 0; i < NUMBERS; i++) {
    double x = ((s.bin[i] + 0.5) / BINS - 0.5) * sqrt(12.0);
    s.x[i] = (float)x;
    s.x2[i] = (float)((x * x - 1.0) / sqrt(0.8));
  }
  clif_group_destroy(group);
  return s;
}

/* ---- do two series hang together? ---- */

typedef struct shift {
  size_t steps, samples;
  int neurons;
} shift;

/* The products of numbers and squares of a row of a and one of b. */
static inline void add_products(const series *a, size_t at, const series *b, size_t bt, size_t n,
                                double sum[4]) {
  for (size_t i = 0; i < n; i++) {
    double x = (double)a->x[at + i], x2 = (double)a->x2[at + i];
    double y = (double)b->x[bt + i], y2 = (double)b->x2[bt + i];
    sum[0] += x * y;
    sum[1] += x2 * y2;
    sum[2] += x * y2;
    sum[3] += x2 * y;
  }
}

/* Numbers of a and those of b that are so far away; of a, `width` neurons and the steps `first`,
 * first + stride, ... Without a connection each product has mean 0 and variance 1. */
static inline void check_apart(const series *a, const series *b, shift d, size_t first,
                               size_t stride, size_t width) {
  static const char *const what[] = {"numbers", "squares", "numbers and squares",
                                     "squares and numbers"};
  double sum[4] = {0}, n = 0.0;
  size_t begin = d.neurons < 0 ? (size_t)-d.neurons : 0;
  if (d.neurons > 0 && width > NEURONS - (size_t)d.neurons) width = NEURONS - (size_t)d.neurons;
  for (size_t t = first; t + d.steps < STEPS; t += stride) {
    for (size_t sample = 0; sample + d.samples < SAMPLES; sample++) {
      size_t at = (t * SAMPLES + sample) * NEURONS + begin;
      size_t bt = at + (d.steps * SAMPLES + d.samples) * NEURONS;
      add_products(a, at, b, d.neurons < 0 ? bt - begin : bt + (size_t)d.neurons, width - begin,
                   sum);
      n += (double)(width - begin);
    }
  }
  for (int i = 0; i < 4; i++)
    check_z(label(a->name, "with %s %zu steps, %zu samples, %d neurons on: %s, from step %zu",
                  b->name, d.steps, d.samples, d.neurons, what[i], first),
            sum[i] / sqrt(n));
}

#endif
