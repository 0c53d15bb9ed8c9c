/* neuron.h - a neuron model as the layers see it: description, coefficients, state, host twin. */
#ifndef CLIF_NEURON_NEURON_H
#define CLIF_NEURON_NEURON_H

#include "clif/neuron.h"
#include "core/core.h"

typedef enum clif__model { CLIF__LIF, CLIF__IF, CLIF__LI } clif__model;

/* A clif_param with its own copy of the values. */
typedef struct clif__values {
  double value;
  double *values; /* NULL: one number for all */
  size_t count;
} clif__values;

/* The model and its parameters as the user gave them (checked, copied). Parameters a model does not
 * have are left at harmless numbers: an IF has no tau, an LI neither threshold nor reset. */
typedef struct clif__neuron {
  clif__model model;
  double dt;
  clif__values tau, r, v_leak, v_reset, threshold;
  clif_reset reset;
  clif_compare compare;
  clif_integration integration;
} clif__neuron;

/* Checks the parameters and copies them. On failure nothing is kept. */
clif_status clif__neuron_from_lif(clif_context *ctx, const clif_lif_params *p, clif__neuron *out);
clif_status clif__neuron_from_if(clif_context *ctx, const clif_if_params *p, clif__neuron *out);
clif_status clif__neuron_from_li(clif_context *ctx, const clif_li_params *p, clif__neuron *out);
void clif__neuron_release(clif_context *ctx, clif__neuron *neuron);

/* Value of a parameter for neuron i. */
double clif__values_at(const clif__values *v, size_t i);
/* How many neurons the per-neuron parameters are for; 0 when all are single numbers. */
size_t clif__neuron_count(const clif__neuron *neuron);

/* What the kernels compute with, rounded to float once. */
enum { CLIF__A, CLIF__B, CLIF__C, CLIF__THRESHOLD, CLIF__V_RESET, CLIF__COEFFICIENTS };

/* `rows` holds CLIF__COEFFICIENTS rows of `pitch` floats (padding 0), or is NULL when all neurons
 * share `value`. */
typedef struct clif__coefficients {
  float value[CLIF__COEFFICIENTS];
  float *rows;
  size_t n, pitch;
} clif__coefficients;

/* Refuses parameters whose coefficients float32 cannot hold. */
clif_status clif__coefficients_check(clif_context *ctx, const clif__neuron *neuron);

/* `n` is the number of neurons, as many as the per-neuron parameters are for. */
clif_status clif__coefficients_make(clif_context *ctx, const clif__neuron *neuron, size_t n,
                                    size_t pitch, clif__coefficients *out);
void clif__coefficients_release(clif_context *ctx, clif__coefficients *c);
float clif__coefficient(const clif__coefficients *c, int which, size_t i);

/* The state table of a model: named rows of one float per neuron and sample. */
typedef struct clif__state {
  const char *name;
  float (*start)(const clif__neuron *neuron, const clif__coefficients *c, size_t i);
} clif__state;

enum { CLIF__MAX_STATES = 4 };

const clif__state *clif__neuron_states(const clif__neuron *neuron, size_t *count);

/* The -D options that select this model's update in cl/lif.cl. */
void clif__neuron_defines(const clif__neuron *neuron, const clif__coefficients *c, char *out,
                          size_t capacity);

/* The host twin: one step of n neurons, bit for bit what the kernels do. `x` is the input current,
 * `v` the state, updated in place; `s` receives the spikes (0 or 1; for an LI: v), `v_pre` the
 * membrane before the reset (may be NULL). For tests and self-checks, not for users. */
void clif__twin_step(const clif__neuron *neuron, const clif__coefficients *c, size_t n,
                     const float *x, float *v, float *s, float *v_pre);

#endif
