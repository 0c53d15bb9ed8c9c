/* statistics.h - is this what chance would give?
 *
 * Every check turns what it counts into z, a number that is standard normal where all is well, and
 * fails beyond Z_LIMIT. A good generator passes one check but for a chance of 3.8e-8, and so, by
 * Bonferroni's inequality, the MOST_CHECKS of a program but for 1 in 1000 of the seeds. As the
 * seeds are fixed and the numbers are the same on every device, a test that passes once always
 * does. */
#ifndef CLIF_TEST_STATISTICS_H
#define CLIF_TEST_STATISTICS_H

#include <math.h>

#include "support.h"

#define Z_LIMIT 5.5
enum { MOST_CHECKS = 26000 };

static size_t z_checks;
static double z_largest;

/* Fails unless z is what chance would give. */
static inline void check_z(const char *what, double z) {
  z_checks++;
  z_largest = fmax(z_largest, fabs(z));
  if (!(fabs(z) < Z_LIMIT)) fail_msg("%s: %.1f standard deviations off", what, z);
}

/* Says what was checked; not 0 where it was more than the limit is good for. */
static inline int end_checks(void) {
  print_message("%zu checks, the largest |z| is %.2f, the limit %.2f\n", z_checks, z_largest,
                Z_LIMIT);
  return z_checks > MOST_CHECKS;
}

/* `name` and more, as printf. The last 16 results may be used at once. */
static inline const char *label(const char *name, const char *format, ...)
    CMOCKA_PRINTF_ATTRIBUTE(2, 3);
static inline const char *label(const char *name, const char *format, ...) {
  static char texts[16][192];
  static unsigned next;
  char *text = texts[next++ % 16];
  int length = snprintf(text, sizeof texts[0], "%.90s, ", name);
  va_list values;
  va_start(values, format);
  vsnprintf(text + length, sizeof texts[0] - (size_t)length, format, values);
  va_end(values);
  return text;
}

static inline double normal_cdf(double x) {
  return 0.5 * erfc(-x * sqrt(0.5));
}

/* A count out of n, each with probability p. */
static inline double z_of_count(double count, double n, double p) {
  return (count - n * p) / sqrt(n * p * (1.0 - p));
}

/* A chi-square of k degrees of freedom: E. Wilson, M. Hilferty, "The distribution of chi-square",
 * 1931. */
static inline double z_of_chi_square(double chi2, double k) {
  return (cbrt(chi2 / k) - (1.0 - 2.0 / (9.0 * k))) / sqrt(2.0 / (9.0 * k));
}

/* ---- one number of many ---- */

typedef struct moments {
  double n, sum[4]; /* of powers 1 to 4 */
} moments;

static inline void moments_add(moments *m, double x) {
  m->n += 1.0;
  m->sum[0] += x;
  m->sum[1] += x * x;
  m->sum[2] += x * x * x;
  m->sum[3] += x * x * x * x;
}

/* `expected`: of x^2, x^4, x^6 and x^8, where odd powers have mean 0: 1, 3, 15, 105 if normal. */
static inline void check_moments(const char *name, const moments *m, const double expected[4]) {
  static const char *const names[] = {"mean", "variance", "skewness", "kurtosis"};
  for (int i = 0; i < 4; i++) {
    double mean = i % 2 ? expected[i / 2] : 0.0;
    double variance = expected[i] - mean * mean;
    check_z(label(name, "%s", names[i]), (m->sum[i] / m->n - mean) / sqrt(variance / m->n));
  }
}

static const double normal_powers[4] = {1.0, 3.0, 15.0, 105.0};
/* Uniform between the square roots of 3: its variance is 1. */
static const double uniform_powers[4] = {1.0, 9.0 / 5.0, 27.0 / 7.0, 9.0};

/* ---- bins ---- */

enum { BINS = 4096 };

/* Counts of BINS equally likely bins, of which each `merge` are taken together. */
static inline void check_chi_square(const char *name, const size_t *bins, size_t merge, double n) {
  double chi2 = 0.0, expected = n * (double)merge / BINS;
  for (size_t i = 0; i < BINS; i += merge) {
    double count = 0.0;
    for (size_t k = 0; k < merge; k++) count += (double)bins[i + k];
    chi2 += (count - expected) * (count - expected) / expected;
  }
  double freedom = BINS / (double)merge - 1.0;
  check_z(label(name, "chi-square over %d bins", BINS / (int)merge),
          z_of_chi_square(chi2, freedom));
}

/* Kolmogorov and Smirnov's distance, looked for at the borders of the bins. For numbers without
 * bins, chance exceeds 2.95 with probability 2 exp(-2 * 2.95^2) = 5.5e-8; bins make it smaller. */
static inline void check_distance(const char *name, const size_t *bins, double n) {
  double below = 0.0, largest = 0.0;
  for (size_t i = 0; i < BINS; i++) {
    below += (double)bins[i];
    largest = fmax(largest, fabs(below / n - (double)(i + 1) / BINS));
  }
  if (!(largest * sqrt(n) < 2.95))
    fail_msg("%s: Kolmogorov-Smirnov distance times sqrt(n) is %.2f", name, largest * sqrt(n));
}

#endif
