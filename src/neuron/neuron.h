/* neuron.h - a neuron model as the layers see it: description, coefficients, state, host twin. */
#ifndef CLIF_NEURON_NEURON_H
#define CLIF_NEURON_NEURON_H

#include "clif/gradient.h"
#include "clif/neuron.h"
#include "core/core.h"

typedef enum clif__model { CLIF__LIF, CLIF__IF, CLIF__LI } clif__model;

/* A clif_param with its own copy of the values. */
typedef struct clif__values {
  double value;
  double *values; /* NULL: one number for all */
  size_t count;
} clif__values;

/* The parameters that may differ between neurons; params.c has their names. */
typedef enum clif__parameter {
  CLIF__P_TAU,
  CLIF__P_R,
  CLIF__P_V_LEAK,
  CLIF__P_V_RESET,
  CLIF__P_THRESHOLD,
  CLIF__P_REFRACTORY,
  CLIF__P_NOISE_STD,
  CLIF__P_SLOPE,
  CLIF__P_ETA,
  CLIF__P_TH_REST,
  CLIF__P_TH_MIN,
  CLIF__P_TH_MAX,
  CLIF__PARAMETERS
} clif__parameter;

/* The model and its parameters as the user gave them (checked, copied). Parameters a model does not
 * have, or that belong to an option which is off, are left at harmless numbers. */
typedef struct clif__neuron {
  clif__model model;
  clif_form form;
  double dt;
  clif__values values[CLIF__PARAMETERS];
  clif_reset reset;
  clif_compare compare;
  clif_integration integration;
  bool stochastic, adaptive, rest_at_threshold;
} clif__neuron;

/* Checks the parameters and copies them. On failure nothing is kept. */
clif_status clif__neuron_from_lif(clif_context *ctx, const clif_lif_params *p, clif__neuron *out);
clif_status clif__neuron_from_if(clif_context *ctx, const clif_if_params *p, clif__neuron *out);
clif_status clif__neuron_from_li(clif_context *ctx, const clif_li_params *p, clif__neuron *out);
void clif__neuron_release(clif_context *ctx, clif__neuron *neuron);

/* Could a LIF or IF have other options? */
clif_status clif__neuron_check_options(clif_context *ctx, const clif__neuron *neuron,
                                       const clif_neuron_options *options);
/* Gives it other options; on failure it keeps those it has. */
clif_status clif__neuron_set_options(clif_context *ctx, clif__neuron *neuron,
                                     const clif_neuron_options *options);

/* Are all parameters in the ranges that docs/model.md allows (check.c)? */
clif_status clif__neuron_check(clif_context *ctx, const clif__neuron *neuron);

/* Value of a parameter for neuron i. */
double clif__neuron_value(const clif__neuron *neuron, clif__parameter which, size_t i);
/* How many neurons the per-neuron parameters are for; 0 when all are single numbers. */
size_t clif__neuron_count(const clif__neuron *neuron);

/* Which parts of the step a neuron has. */
bool clif__neuron_noisy(const clif__neuron *neuron);      /* noise_std above 0 anywhere */
bool clif__neuron_refractory(const clif__neuron *neuron); /* a refractory period anywhere */
bool clif__neuron_clamps(const clif__neuron *neuron);     /* th is kept in [th_min, th_max] */

/* What the kernels compute with, rounded to float once; the order is lif_coefficients' in
 * cl/lif.cl. In the seed form A is tau and B dt. */
enum {
  CLIF__A,
  CLIF__B,
  CLIF__C,
  CLIF__THRESHOLD,
  CLIF__V_RESET,
  CLIF__NOISE_STD,
  CLIF__SLOPE,
  CLIF__ETA,
  CLIF__TH_REST,
  CLIF__TH_MIN,
  CLIF__TH_MAX,
  CLIF__WAIT, /* steps of the refractory period */
  CLIF__K,    /* how much of v is lost in a step; 0 in the seed form */
  CLIF__COEFFICIENTS
};

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

/* The state table: named rows of one float per neuron and sample. */
enum { CLIF__STATE_V, CLIF__STATE_TH, CLIF__STATE_WAIT, CLIF__STATES };

extern const char *const clif__state_names[CLIF__STATES];

/* Does this neuron have that row? */
bool clif__neuron_has_state(const clif__neuron *neuron, int which);

/* What neuron i starts with. */
float clif__neuron_start(const clif__neuron *neuron, const clif__coefficients *c, int which,
                         size_t i);

/* Can a state have this value? Finite it must be anyway. */
bool clif__neuron_state_fits(const clif__coefficients *c, int which, size_t i, float value);

/* The -D options that select this neuron's update in cl/lif.cl, clif__division_option() apart. */
void clif__neuron_defines(const clif__neuron *neuron, const clif__coefficients *c, char *out,
                          size_t capacity);

/* One step of n neurons: rows of n floats. */
typedef struct clif__twin {
  const float *x;       /* input current */
  const float *eps, *u; /* random numbers; NULL where the neuron needs none */
  float *v, *th, *wait; /* the state, updated in place; th and wait NULL where there are none */
  float *s;             /* spikes, 0 or 1; of an LI v */
  float *v_pre;         /* membrane before the reset */
  float *th_after;      /* threshold after the step; may be NULL */
} clif__twin;

/* The host twin: bit for bit what the kernels do. For tests and self-checks, not for users. */
void clif__twin_step(const clif__neuron *neuron, const clif__coefficients *c, size_t n,
                     const clif__twin *io);

/* ---- gradients (gradient.c) ---- */

/* Are these settings possible? */
clif_status clif__gradient_check(clif_context *ctx, const clif_gradient_options *options);

/* The -D options of cl/gradient.cl; `bias`: its gradient is wanted, too. */
void clif__gradient_defines(const clif__neuron *neuron, const clif_gradient_options *options,
                            bool bias, char *out, size_t capacity);

/* dL/dtau of neuron i for each unit of what the kernels sum up. */
double clif__tau_factor(const clif__neuron *neuron, size_t i);

/* One step of n neurons taken back: rows of n floats. */
typedef struct clif__twin_back {
  const float *v, *th, *wait;    /* the state before the step; th and wait as in clif__twin */
  const float *x, *eps;          /* what came in; eps NULL where there is no noise */
  const float *s, *v_pre;        /* what came of it */
  const float *g_s;              /* dL/ds */
  float *g_v, *g_th;             /* of the state: behind the step in, before it out. g_th as th */
  float *g_x;                    /* dL/dx */
  float *bias, *tau, *threshold; /* sums, increased; NULL where they are not wanted */
} clif__twin_back;

/* The host twin of cl/gradient.cl. */
void clif__twin_back_step(const clif__neuron *neuron, const clif__coefficients *c,
                          const clif_gradient_options *options, size_t n,
                          const clif__twin_back *io);

#endif
