/* params.c - the parameters of the neuron models: defaults, range checks, copies. */
#include <math.h>
#include <string.h>

#include "neuron/neuron.h"

clif_param clif_scalar(double value) {
  return (clif_param){value, NULL, 0};
}

clif_param clif_per_neuron(const double *values, size_t count) {
  return (clif_param){0.0, values, count};
}

clif_lif_params clif_lif_defaults(void) {
  return (clif_lif_params){.size = sizeof(clif_lif_params),
                           .dt = 1.0,
                           .tau = clif_scalar(20.0),
                           .r = clif_scalar(1.0),
                           .v_leak = clif_scalar(0.0),
                           .v_reset = clif_scalar(0.0),
                           .threshold = clif_scalar(1.0)};
}

clif_if_params clif_if_defaults(void) {
  return (clif_if_params){.size = sizeof(clif_if_params),
                          .r = clif_scalar(1.0),
                          .v_reset = clif_scalar(0.0),
                          .threshold = clif_scalar(1.0)};
}

clif_li_params clif_li_defaults(void) {
  return (clif_li_params){.size = sizeof(clif_li_params),
                          .dt = 1.0,
                          .tau = clif_scalar(20.0),
                          .r = clif_scalar(1.0),
                          .v_leak = clif_scalar(0.0)};
}

double clif__values_at(const clif__values *v, size_t i) {
  return v->values ? v->values[i] : v->value;
}

/* ---- copying ---- */

static clif_status copy_values(clif_context *ctx, const char *name, const clif_param *p,
                               size_t *count, clif__values *out) {
  *out = (clif__values){p->value, NULL, 0};
  if (p->values) {
    if (p->count == 0)
      return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "%s has per-neuron values, but 0 of them",
                        name);
    if (*count != 0 && *count != p->count)
      return clif__fail(ctx, CLIF_SHAPE,
                        "%s has %zu values and another parameter %zu; give as many as neurons",
                        name, p->count, *count);
    *count = p->count;
    out->values = clif__calloc(ctx, p->count, sizeof *out->values);
    if (!out->values) return CLIF_OUT_OF_MEMORY;
    memcpy(out->values, p->values, p->count * sizeof *out->values);
    out->count = p->count;
  }
  for (size_t i = 0; i < (out->values ? out->count : 1); i++)
    if (!isfinite(clif__values_at(out, i)))
      return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "%s of neuron %zu is %g; it must be finite",
                        name, i, clif__values_at(out, i));
  return CLIF_OK;
}

size_t clif__neuron_count(const clif__neuron *n) {
  const clif__values *all[] = {&n->tau, &n->r, &n->v_leak, &n->v_reset, &n->threshold};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (all[i]->values) return all[i]->count;
  return 0;
}

void clif__neuron_release(clif_context *ctx, clif__neuron *n) {
  clif__values *all[] = {&n->tau, &n->r, &n->v_leak, &n->v_reset, &n->threshold};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    clif__free(ctx, all[i]->values);
    all[i]->values = NULL;
  }
}

/* ---- range checks ---- */

static clif_status check_time(clif_context *ctx, const clif__neuron *n) {
  if (!(n->dt > 0.0) || !isfinite(n->dt))
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "dt is %g; it must be above 0", n->dt);
  if (n->integration != CLIF_EULER && n->integration != CLIF_EXACT)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "integration is %d; use CLIF_EULER or CLIF_EXACT",
                      (int)n->integration);
  for (size_t i = 0; i < (n->tau.values ? n->tau.count : 1); i++) {
    double tau = clif__values_at(&n->tau, i);
    if (!(tau > 0.0))
      return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "tau of neuron %zu is %g; it must be above 0",
                        i, tau);
    if (n->integration == CLIF_EULER && n->dt > tau)
      return clif__fail(
          ctx, CLIF_INVALID_ARGUMENT,
          "dt is %g, above tau = %g of neuron %zu, where Euler steps diverge; use a dt "
          "of at most tau, or exact integration",
          n->dt, tau, i);
  }
  return CLIF_OK;
}

static clif_status check_firing(clif_context *ctx, const clif__neuron *n) {
  if (n->reset != CLIF_RESET_VALUE && n->reset != CLIF_RESET_SUBTRACT &&
      n->reset != CLIF_RESET_NONE)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "reset is %d, which is no clif_reset",
                      (int)n->reset);
  if (n->compare != CLIF_FIRE_AT_THRESHOLD && n->compare != CLIF_FIRE_ABOVE_THRESHOLD)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "compare is %d, which is no clif_compare",
                      (int)n->compare);
  size_t count = clif__neuron_count(n);
  for (size_t i = 0; i < (count ? count : 1); i++) {
    /* As the kernels see them. */
    double threshold = (double)(float)clif__values_at(&n->threshold, i);
    double v_reset = (double)(float)clif__values_at(&n->v_reset, i);
    if (n->reset == CLIF_RESET_SUBTRACT && !(threshold > 0.0))
      return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                        "threshold of neuron %zu is %g; with subtract reset it must be above 0", i,
                        threshold);
    if (n->reset == CLIF_RESET_VALUE && v_reset >= threshold)
      return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                        "v_reset of neuron %zu is %g; it must be below the threshold, %g", i,
                        v_reset, threshold);
  }
  return CLIF_OK;
}

/* ---- one function per model ---- */

typedef struct field {
  const char *name;
  const clif_param *from;
  clif__values *to;
} field;

/* Copies the fields of a model whose other settings are there, and checks what the model has. */
static clif_status fill(clif_context *ctx, clif__neuron *n, const field *fields, size_t n_fields) {
  clif_status status = CLIF_OK;
  size_t count = 0;
  for (size_t i = 0; i < n_fields; i++)
    CLIF_TRY_OR_FAIL(copy_values(ctx, fields[i].name, fields[i].from, &count, fields[i].to));
  if (n->model != CLIF__IF) CLIF_TRY_OR_FAIL(check_time(ctx, n));
  if (n->model != CLIF__LI) CLIF_TRY_OR_FAIL(check_firing(ctx, n));
  CLIF_TRY_OR_FAIL(clif__coefficients_check(ctx, n));
  return CLIF_OK;
fail:
  clif__neuron_release(ctx, n);
  return status;
}

#define N_FIELDS(fields) (sizeof(fields) / sizeof *(fields))

clif_status clif__neuron_from_lif(clif_context *ctx, const clif_lif_params *p, clif__neuron *out) {
  *out = (clif__neuron){.model = CLIF__LIF};
  if (!p) return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "the parameters are NULL");
  CLIF_TRY(clif__check_size(ctx, p->size, sizeof *p, "clif_lif_params"));
  out->dt = p->dt;
  out->reset = p->reset;
  out->compare = p->compare;
  out->integration = p->integration;
  const field fields[] = {{"tau", &p->tau, &out->tau},
                          {"r", &p->r, &out->r},
                          {"v_leak", &p->v_leak, &out->v_leak},
                          {"v_reset", &p->v_reset, &out->v_reset},
                          {"threshold", &p->threshold, &out->threshold}};
  return fill(ctx, out, fields, N_FIELDS(fields));
}

clif_status clif__neuron_from_if(clif_context *ctx, const clif_if_params *p, clif__neuron *out) {
  *out = (clif__neuron){.model = CLIF__IF, .dt = 1.0};
  if (!p) return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "the parameters are NULL");
  CLIF_TRY(clif__check_size(ctx, p->size, sizeof *p, "clif_if_params"));
  out->reset = p->reset;
  out->compare = p->compare;
  const field fields[] = {{"r", &p->r, &out->r},
                          {"v_reset", &p->v_reset, &out->v_reset},
                          {"threshold", &p->threshold, &out->threshold}};
  return fill(ctx, out, fields, N_FIELDS(fields));
}

clif_status clif__neuron_from_li(clif_context *ctx, const clif_li_params *p, clif__neuron *out) {
  *out = (clif__neuron){.model = CLIF__LI, .reset = CLIF_RESET_NONE};
  if (!p) return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "the parameters are NULL");
  CLIF_TRY(clif__check_size(ctx, p->size, sizeof *p, "clif_li_params"));
  out->dt = p->dt;
  out->integration = p->integration;
  const field fields[] = {
      {"tau", &p->tau, &out->tau}, {"r", &p->r, &out->r}, {"v_leak", &p->v_leak, &out->v_leak}};
  return fill(ctx, out, fields, N_FIELDS(fields));
}
