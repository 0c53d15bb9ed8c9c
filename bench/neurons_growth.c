/* neurons_growth.c - how the time grows with the number of neurons.
 *
 * In and out of caches the cost of an update changes by itself, so the fit is over the sizes beyond
 * the last-level cache, or from --fit-from on. Where that leaves fewer than two, it is over the two
 * largest there are. */
#include "fit.h"
#include "neurons.h"

#include <stdlib.h>

static bool in_series(const neurons_point *p, const neurons_series *s) {
  return p->mode == s->mode && p->record == s->record && p->way == s->way && !p->skipped[0];
}

static bool beyond_cache(const neurons_bench *bench, const neurons_point *p) {
  return bench->cache > 0 && neurons_device_bytes(p) > bench->cache;
}

static bool wanted(const neurons_bench *bench, const neurons_point *p) {
  const size_t from = bench->options->fit_from;
  return from ? p->neurons >= from : beyond_cache(bench, p);
}

/* The largest sizes come last: from the end on, take those that are wanted, and two in any case
 * unless the user has set the limit. */
static void fit_series(const neurons_bench *bench, neurons_series *s, double *x, double *y) {
  const size_t least = bench->options->fit_from ? 0 : 2;
  for (const neurons_point *p = bench->points + bench->n_points; p-- > bench->points;) {
    if (!in_series(p, s) || (!wanted(bench, p) && s->fitted >= least)) continue;
    x[s->fitted] = (double)p->neurons;
    y[s->fitted] = p->seconds.median;
    if (s->fitted++ == 0) s->to = p->neurons;
    s->from = p->neurons;
    s->beyond += beyond_cache(bench, p);
  }
  s->exponent = fit_exponent(x, y, s->fitted);
}

void neurons_growth(neurons_bench *bench) {
  const size_t n = bench->options->n_sizes;
  double *x = calloc(n, 2 * sizeof *x);
  for (size_t i = 0; i < bench->n_series; i++) {
    neurons_series *s = &bench->series[i];
    const neurons_point *p = &bench->points[i]; /* of the first size, in the same order */
    *s = (neurons_series){.mode = p->mode, .record = p->record, .way = p->way};
    if (x) fit_series(bench, s, x, x + n);
  }
  free(x);
}
