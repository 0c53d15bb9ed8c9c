/* check.c - the ranges that parameters must be in. */
#include <float.h>
#include <math.h>

#include "neuron/neuron.h"

#define REFUSE(ctx, ...) clif__fail((ctx), CLIF_INVALID_ARGUMENT, __VA_ARGS__)

/* As the kernels see it. */
static double rounded(const clif__neuron *n, clif__parameter which, size_t i) {
  return (double)(float)clif__neuron_value(n, which, i);
}

static clif_status check_settings(clif_context *ctx, const clif__neuron *n) {
  if (!(n->dt > 0.0) || !isfinite(n->dt)) return REFUSE(ctx, "dt is %g; it must be above 0", n->dt);
  if (n->integration != CLIF_EULER && n->integration != CLIF_EXACT)
    return REFUSE(ctx, "integration is %d; use CLIF_EULER or CLIF_EXACT", (int)n->integration);
  if (n->reset != CLIF_RESET_VALUE && n->reset != CLIF_RESET_SUBTRACT &&
      n->reset != CLIF_RESET_NONE)
    return REFUSE(ctx, "reset is %d, which is no clif_reset", (int)n->reset);
  if (n->compare != CLIF_FIRE_AT_THRESHOLD && n->compare != CLIF_FIRE_ABOVE_THRESHOLD)
    return REFUSE(ctx, "compare is %d, which is no clif_compare", (int)n->compare);
  if (n->form != CLIF_FORM_STANDARD && n->form != CLIF_FORM_SEED)
    return REFUSE(ctx, "form is %d, which is no clif_form", (int)n->form);
  return CLIF_OK;
}

static clif_status check_time(clif_context *ctx, const clif__neuron *n, size_t i) {
  double tau = clif__neuron_value(n, CLIF__P_TAU, i);
  if (n->model == CLIF__IF) return CLIF_OK;
  if (!(tau > 0.0)) return REFUSE(ctx, "tau of neuron %zu is %g; it must be above 0", i, tau);
  if (n->integration == CLIF_EULER && n->dt > tau)
    return REFUSE(ctx,
                  "dt is %g, above tau = %g of neuron %zu, where Euler steps diverge; use a dt of "
                  "at most tau, or exact integration",
                  n->dt, tau, i);
  return CLIF_OK;
}

static clif_status check_firing(clif_context *ctx, const clif__neuron *n, size_t i) {
  double threshold = rounded(n, CLIF__P_THRESHOLD, i), v_reset = rounded(n, CLIF__P_V_RESET, i);
  const char *because = n->form == CLIF_FORM_SEED         ? "in the seed form"
                        : n->stochastic                   ? "of stochastic neurons"
                        : n->adaptive                     ? "of adaptive neurons"
                        : n->reset == CLIF_RESET_SUBTRACT ? "with subtract reset"
                                                          : NULL;
  if (because && !(threshold > 0.0))
    return REFUSE(ctx, "threshold of neuron %zu is %g; %s it must be above 0", i, threshold,
                  because);
  if (n->reset == CLIF_RESET_VALUE && v_reset >= threshold)
    return REFUSE(ctx, "v_reset of neuron %zu is %g; it must be below the threshold, %g", i,
                  v_reset, threshold);
  return CLIF_OK;
}

static clif_status check_options(clif_context *ctx, const clif__neuron *n, size_t i) {
  enum { MOST_STEPS = 1 << 24 }; /* float32 counts them exactly */
  double refractory = clif__neuron_value(n, CLIF__P_REFRACTORY, i);
  double noise_std = clif__neuron_value(n, CLIF__P_NOISE_STD, i);
  double slope = rounded(n, CLIF__P_SLOPE, i);
  if (refractory < 0.0 || refractory / n->dt > MOST_STEPS)
    return REFUSE(ctx, "refractory of neuron %zu is %g; it must be from 0 to %d steps of %g", i,
                  refractory, MOST_STEPS, n->dt);
  if (noise_std < 0.0)
    return REFUSE(ctx, "noise_std of neuron %zu is %g; it must be 0 or above", i, noise_std);
  if (n->stochastic && !(slope > 0.0))
    return REFUSE(ctx, "slope of neuron %zu is %g; it must be above 0", i, slope);
  return CLIF_OK;
}

static clif_status check_range(clif_context *ctx, const char *name, size_t i, double value,
                               double low, double high) {
  if (value >= low && value <= high) return CLIF_OK;
  return REFUSE(ctx, "%s of neuron %zu is %g; it must be from th_min to th_max, %g to %g", name, i,
                value, low, high);
}

static clif_status check_threshold(clif_context *ctx, const clif__neuron *n, size_t i) {
  double eta = clif__neuron_value(n, CLIF__P_ETA, i);
  double low = rounded(n, CLIF__P_TH_MIN, i), high = rounded(n, CLIF__P_TH_MAX, i);
  if (!clif__neuron_clamps(n)) return CLIF_OK;
  if (!(eta >= 0.0 && eta <= 1.0))
    return REFUSE(ctx, "eta of neuron %zu is %g; it must be from 0 to 1", i, eta);
  if (!(low > 0.0)) return REFUSE(ctx, "th_min of neuron %zu is %g; it must be above 0", i, low);
  if (low > high)
    return REFUSE(ctx, "th_min of neuron %zu is %g, above th_max = %g; swap them", i, low, high);
  CLIF_TRY(check_range(ctx, "threshold", i, rounded(n, CLIF__P_THRESHOLD, i), low, high));
  if (!n->adaptive || n->rest_at_threshold) return CLIF_OK;
  return check_range(ctx, "th_rest", i, rounded(n, CLIF__P_TH_REST, i), low, high);
}

/* The seed form has fewer settings; what it lacks must be at its default. */
static clif_status check_seed(clif_context *ctx, const clif__neuron *n, size_t i) {
  static const struct {
    clif__parameter which;
    const char *name;
    double only;
  } fixed[] = {{CLIF__P_R, "r", 1.0},
               {CLIF__P_V_LEAK, "v_leak", 0.0},
               {CLIF__P_REFRACTORY, "refractory", 0.0},
               {CLIF__P_SLOPE, "slope", 1.0}};
  if (n->form != CLIF_FORM_SEED) return CLIF_OK;
  /* What it divides by. */
  if (rounded(n, CLIF__P_TAU, i) < (double)FLT_MIN ||
      rounded(n, CLIF__P_TH_MIN, i) < (double)FLT_MIN)
    return REFUSE(ctx, "tau or th_min of neuron %zu is below %g; the seed form cannot divide by it",
                  i, (double)FLT_MIN);
  for (size_t k = 0; k < sizeof fixed / sizeof *fixed; k++) {
    double value = clif__neuron_value(n, fixed[k].which, i);
    if (value != fixed[k].only)
      return REFUSE(ctx, "%s of neuron %zu is %g; the seed form has none: leave it at %g",
                    fixed[k].name, i, value, fixed[k].only);
  }
  if (n->integration != CLIF_EULER || n->reset != CLIF_RESET_VALUE ||
      n->compare != CLIF_FIRE_AT_THRESHOLD)
    return REFUSE(ctx, "the seed form has Euler integration, value reset and v >= threshold only; "
                       "use the standard form for others");
  return CLIF_OK;
}

clif_status clif__neuron_check(clif_context *ctx, const clif__neuron *n) {
  size_t count = clif__neuron_count(n);
  CLIF_TRY(check_settings(ctx, n));
  for (size_t i = 0; i < (count ? count : 1); i++) {
    CLIF_TRY(check_time(ctx, n, i));
    CLIF_TRY(check_options(ctx, n, i));
    if (n->model == CLIF__LI) continue;
    CLIF_TRY(check_firing(ctx, n, i));
    CLIF_TRY(check_threshold(ctx, n, i));
    CLIF_TRY(check_seed(ctx, n, i));
  }
  return clif__coefficients_check(ctx, n);
}
