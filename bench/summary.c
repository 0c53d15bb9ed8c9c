/* summary.c - many measurements in three numbers. */
#include "summary.h"

#include <stdlib.h>

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

summary summarise(double *values, size_t n) {
  qsort(values, n, sizeof *values, compare);
  const double low = values[(n - 1) / 2], high = values[n / 2];
  return (summary){values[0], low + (high - low) / 2, values[n - 1]};
}
