/* nir_dt.c - the time step: no NIR file holds it, but what r and tau are tells what it was. */
#include <math.h>
#include <stdio.h>

#include "io/nir.h"

void clif__nir_suggest(clif__nir_suggestion *s, double dt) {
  if (!(dt > 0.0) || !isfinite(dt))
    dt = (double)INFINITY; /* makes the range too wide to be one step */
  if (s->high == 0.0 || dt < s->low) s->low = dt;
  if (dt > s->high) s->high = dt;
}

/* Do all nodes agree, but for rounding to float32 on the way? */
static bool is_one_step(const clif__nir_suggestion *s) {
  return s->high > 0.0 && isfinite(s->high) && s->high <= s->low * 1.001;
}

static bool is_near(const clif__nir_suggestion *s, double dt) {
  return is_one_step(s) && fabs(dt - s->low) <= 0.01 * s->low;
}

static void describe_suggestion(const clif__nir_reader *r, char *text, size_t capacity) {
  bool plain = is_one_step(&r->gain_one), rockpool = is_one_step(&r->rockpool);
  if (plain && rockpool)
    snprintf(text, capacity,
             "the file suggests %.6g if it was written with r = tau/dt, or %.6g if with "
             "r = tau/dt - 1 (Rockpool)",
             r->gain_one.low, r->rockpool.low);
  else if (plain)
    snprintf(text, capacity, "the file suggests %.6g if it was written with a gain of 1 (r = %s)",
             r->gain_one.low, r->rockpool.high > 0.0 ? "tau/dt" : "1/dt");
  else if (rockpool)
    snprintf(text, capacity,
             "the file suggests %.6g if it was written by Rockpool "
             "(r = tau/dt - 1)",
             r->rockpool.low);
  else
    snprintf(text, capacity, "the file suggests none, as tau and r differ from neuron to neuron");
}

clif_status clif__nir_check_dt(clif__nir_reader *r) {
  char text[256];
  if (!r->timed) return CLIF_OK;
  describe_suggestion(r, text, sizeof text);
  if (r->options.dt == 0.0)
    return clif__fail(r->ctx, CLIF_INVALID_ARGUMENT,
                      "'%s': node '%s' depends on the time step dt, which no NIR file holds: give "
                      "dt; %s",
                      r->h5.path, r->timed, text);
  bool suggests = is_one_step(&r->gain_one) || is_one_step(&r->rockpool);
  if (suggests && !is_near(&r->gain_one, r->options.dt) && !is_near(&r->rockpool, r->options.dt))
    clif__log(r->ctx, CLIF_LOG_INFO, "'%s': dt is %g as given; %s", r->h5.path, r->options.dt,
              text);
  return CLIF_OK;
}
