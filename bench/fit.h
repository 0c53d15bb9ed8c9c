/* fit.h - how fast one thing grows with another. */
#ifndef CLIF_BENCH_FIT_H
#define CLIF_BENCH_FIT_H

#include <stddef.h>

/* The exponent e of y = c * x^e that fits best: the slope of log y over log x by least squares. Not
 * finite where fewer than two different x are there, or where one number is not above 0. */
double fit_exponent(const double *x, const double *y, size_t n);

#endif
