/* params.c - the parameters of the neuron models: defaults and copies. */
#include <math.h>
#include <string.h>

#include "neuron/neuron.h"

clif_param clif_scalar(double value) {
  return (clif_param){value, NULL, 0};
}

clif_param clif_per_neuron(const double *values, size_t count) {
  return (clif_param){0.0, values, count};
}

clif_neuron_options clif_neuron_options_defaults(void) {
  return (clif_neuron_options){.refractory = clif_scalar(0.0),
                               .noise_std = clif_scalar(0.0),
                               .slope = clif_scalar(1.0),
                               .eta = clif_scalar(0.1),
                               .rest_at_threshold = 1,
                               .th_rest = clif_scalar(1.0),
                               .th_min = clif_scalar(0.5),
                               .th_max = clif_scalar(2.0)};
}

clif_lif_params clif_lif_defaults(void) {
  return (clif_lif_params){.size = sizeof(clif_lif_params),
                           .dt = 1.0,
                           .tau = clif_scalar(20.0),
                           .r = clif_scalar(1.0),
                           .v_leak = clif_scalar(0.0),
                           .v_reset = clif_scalar(0.0),
                           .threshold = clif_scalar(1.0),
                           .options = clif_neuron_options_defaults()};
}

clif_lif_params clif_seed_defaults(void) {
  clif_lif_params p = clif_lif_defaults();
  p.form = CLIF_FORM_SEED;
  p.options.stochastic = p.options.adaptive = 1;
  p.options.noise_std = clif_scalar(0.1);
  return p;
}

clif_if_params clif_if_defaults(void) {
  return (clif_if_params){.size = sizeof(clif_if_params),
                          .r = clif_scalar(1.0),
                          .v_reset = clif_scalar(0.0),
                          .threshold = clif_scalar(1.0),
                          .options = clif_neuron_options_defaults()};
}

clif_li_params clif_li_defaults(void) {
  return (clif_li_params){.size = sizeof(clif_li_params),
                          .dt = 1.0,
                          .tau = clif_scalar(20.0),
                          .r = clif_scalar(1.0),
                          .v_leak = clif_scalar(0.0),
                          .noise_std = clif_scalar(0.0)};
}

/* ---- one parameter ---- */

/* As users write them. */
static const char *const names[CLIF__PARAMETERS] = {
    "tau",       "r",     "v_leak", "v_reset", "threshold", "refractory",
    "noise_std", "slope", "eta",    "th_rest", "th_min",    "th_max"};

double clif__neuron_value(const clif__neuron *n, clif__parameter which, size_t i) {
  const clif__values *v = &n->values[which];
  return v->values ? v->values[i] : v->value;
}

size_t clif__neuron_count(const clif__neuron *n) {
  for (int which = 0; which < CLIF__PARAMETERS; which++)
    if (n->values[which].values) return n->values[which].count;
  return 0;
}

static void release_value(clif_context *ctx, clif__values *v) {
  clif__free(ctx, v->values);
  *v = (clif__values){0};
}

void clif__neuron_release(clif_context *ctx, clif__neuron *n) {
  for (int which = 0; which < CLIF__PARAMETERS; which++) release_value(ctx, &n->values[which]);
}

/* Puts a copy of p in the place of what is there. */
static clif_status copy(clif_context *ctx, clif__neuron *n, clif__parameter which,
                        const clif_param *p) {
  const char *name = names[which];
  clif__values *out = &n->values[which];
  release_value(ctx, out);
  out->value = p->value;
  if (p->values) {
    size_t count = clif__neuron_count(n);
    if (p->count == 0)
      return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "%s has per-neuron values, but 0 of them",
                        name);
    if (count != 0 && count != p->count)
      return clif__fail(ctx, CLIF_SHAPE,
                        "%s has %zu values and another parameter %zu; give as many as neurons",
                        name, p->count, count);
    out->values = clif__calloc(ctx, p->count, sizeof *out->values);
    if (!out->values) return CLIF_OUT_OF_MEMORY;
    memcpy(out->values, p->values, p->count * sizeof *out->values);
    out->count = p->count;
  }
  for (size_t i = 0; i < (out->values ? out->count : 1); i++)
    if (!isfinite(clif__neuron_value(n, which, i)))
      return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "%s of neuron %zu is %g; it must be finite",
                        name, i, clif__neuron_value(n, which, i));
  return CLIF_OK;
}

/* ---- all parameters of a model ---- */

typedef struct field {
  clif__parameter to;
  const clif_param *from;
} field;

static clif_status copy_fields(clif_context *ctx, clif__neuron *n, const field *fields,
                               size_t n_fields) {
  for (size_t i = 0; i < n_fields; i++) CLIF_TRY(copy(ctx, n, fields[i].to, fields[i].from));
  return CLIF_OK;
}

#define COPY_FIELDS(ctx, n, fields)                                                                \
  copy_fields((ctx), (n), (fields), sizeof(fields) / sizeof *(fields))

/* Numbers that do no harm where an option is off, and what belongs to those that are on. */
static clif_status copy_options(clif_context *ctx, clif__neuron *n, const clif_neuron_options *o) {
  const clif_neuron_options off = clif_neuron_options_defaults();
  bool seed = n->form == CLIF_FORM_SEED;
  n->stochastic = o->stochastic != 0;
  n->adaptive = o->adaptive != 0;
  n->rest_at_threshold = !seed && o->rest_at_threshold != 0;
  /* The original has noise only where it fires by chance, and a literal 1 to rest at. */
  bool noise = !seed || n->stochastic, rest = n->adaptive && !n->rest_at_threshold && !seed;
  bool clamp = n->adaptive || seed;
  const field fields[] = {
      {CLIF__P_REFRACTORY, &o->refractory},
      {CLIF__P_NOISE_STD, noise ? &o->noise_std : &off.noise_std},
      {CLIF__P_SLOPE, n->stochastic ? &o->slope : &off.slope},
      {CLIF__P_ETA, n->adaptive ? &o->eta : &off.eta},
      {CLIF__P_TH_REST, rest ? &o->th_rest : &off.th_rest},
      {CLIF__P_TH_MIN, clamp ? &o->th_min : &off.th_min},
      {CLIF__P_TH_MAX, clamp ? &o->th_max : &off.th_max},
  };
  return COPY_FIELDS(ctx, n, fields);
}

clif_status clif__neuron_from_lif(clif_context *ctx, const clif_lif_params *p, clif__neuron *out) {
  clif_status status = CLIF_OK;
  *out = (clif__neuron){.model = CLIF__LIF};
  if (!p) return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "the parameters are NULL");
  CLIF_TRY(clif__check_size(ctx, p->size, sizeof *p, "clif_lif_params"));
  out->dt = p->dt;
  out->form = p->form;
  out->reset = p->reset;
  out->compare = p->compare;
  out->integration = p->integration;
  const field fields[] = {{CLIF__P_TAU, &p->tau},
                          {CLIF__P_R, &p->r},
                          {CLIF__P_V_LEAK, &p->v_leak},
                          {CLIF__P_V_RESET, &p->v_reset},
                          {CLIF__P_THRESHOLD, &p->threshold}};
  CLIF_TRY_OR_FAIL(COPY_FIELDS(ctx, out, fields));
  CLIF_TRY_OR_FAIL(copy_options(ctx, out, &p->options));
  CLIF_TRY_OR_FAIL(clif__neuron_check(ctx, out));
  return CLIF_OK;
fail:
  clif__neuron_release(ctx, out);
  return status;
}

clif_status clif__neuron_from_if(clif_context *ctx, const clif_if_params *p, clif__neuron *out) {
  clif_status status = CLIF_OK;
  *out = (clif__neuron){.model = CLIF__IF, .dt = 1.0};
  if (!p) return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "the parameters are NULL");
  CLIF_TRY(clif__check_size(ctx, p->size, sizeof *p, "clif_if_params"));
  out->reset = p->reset;
  out->compare = p->compare;
  const field fields[] = {
      {CLIF__P_R, &p->r}, {CLIF__P_V_RESET, &p->v_reset}, {CLIF__P_THRESHOLD, &p->threshold}};
  CLIF_TRY_OR_FAIL(COPY_FIELDS(ctx, out, fields));
  CLIF_TRY_OR_FAIL(copy_options(ctx, out, &p->options));
  CLIF_TRY_OR_FAIL(clif__neuron_check(ctx, out));
  return CLIF_OK;
fail:
  clif__neuron_release(ctx, out);
  return status;
}

clif_status clif__neuron_from_li(clif_context *ctx, const clif_li_params *p, clif__neuron *out) {
  clif_status status = CLIF_OK;
  *out = (clif__neuron){.model = CLIF__LI, .reset = CLIF_RESET_NONE};
  if (!p) return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "the parameters are NULL");
  CLIF_TRY(clif__check_size(ctx, p->size, sizeof *p, "clif_li_params"));
  out->dt = p->dt;
  out->integration = p->integration;
  const field fields[] = {{CLIF__P_TAU, &p->tau},
                          {CLIF__P_R, &p->r},
                          {CLIF__P_V_LEAK, &p->v_leak},
                          {CLIF__P_NOISE_STD, &p->noise_std}};
  CLIF_TRY_OR_FAIL(COPY_FIELDS(ctx, out, fields));
  CLIF_TRY_OR_FAIL(clif__neuron_check(ctx, out));
  return CLIF_OK;
fail:
  clif__neuron_release(ctx, out);
  return status;
}

/* ---- other options for a neuron that is there ---- */

/* The option parameters are the last ones; the others are only borrowed. */
enum { FIRST_OPTION = CLIF__P_REFRACTORY };

static void release_options(clif_context *ctx, clif__neuron *n) {
  for (int which = FIRST_OPTION; which < CLIF__PARAMETERS; which++)
    release_value(ctx, &n->values[which]);
}

/* The neuron with other options; owns those and nothing else. */
static clif_status change_options(clif_context *ctx, const clif__neuron *neuron,
                                  const clif_neuron_options *options, clif__neuron *changed) {
  clif_status status = CLIF_OK;
  *changed = *neuron;
  memset(changed->values + FIRST_OPTION, 0,
         (CLIF__PARAMETERS - FIRST_OPTION) * sizeof *changed->values);
  if (neuron->form == CLIF_FORM_SEED)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                      "it has the seed form, whose options are its own; leave it out");
  CLIF_TRY_OR_FAIL(copy_options(ctx, changed, options));
  CLIF_TRY_OR_FAIL(clif__neuron_check(ctx, changed));
  return CLIF_OK;
fail:
  release_options(ctx, changed);
  return status;
}

clif_status clif__neuron_check_options(clif_context *ctx, const clif__neuron *neuron,
                                       const clif_neuron_options *options) {
  clif__neuron changed;
  CLIF_TRY(change_options(ctx, neuron, options, &changed));
  release_options(ctx, &changed);
  return CLIF_OK;
}

clif_status clif__neuron_set_options(clif_context *ctx, clif__neuron *neuron,
                                     const clif_neuron_options *options) {
  clif__neuron changed;
  CLIF_TRY(change_options(ctx, neuron, options, &changed));
  release_options(ctx, neuron);
  *neuron = changed;
  return CLIF_OK;
}
