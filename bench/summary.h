/* summary.h - many measurements in three numbers. */
#ifndef CLIF_BENCH_SUMMARY_H
#define CLIF_BENCH_SUMMARY_H

#include <stddef.h>

typedef struct summary {
  double min, median, max;
} summary;

/* Of n >= 1 values, which it sorts. The median of an even number is the mean of the middle two. */
summary summarise(double *values, size_t n);

#endif
