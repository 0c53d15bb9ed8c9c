/* fit.c - how fast one thing grows with another. */
#include "fit.h"

#include <math.h>

double fit_exponent(const double *x, const double *y, size_t n) {
  double mean_x = 0, mean_y = 0, above = 0, below = 0;
  for (size_t i = 0; i < n; i++) {
    mean_x += log(x[i]) / (double)n;
    mean_y += log(y[i]) / (double)n;
  }
  for (size_t i = 0; i < n; i++) {
    const double dx = log(x[i]) - mean_x;
    above += dx * (log(y[i]) - mean_y);
    below += dx * dx;
  }
  return above / below;
}
