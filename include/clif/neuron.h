/* neuron.h - parameters of the neuron models.
 *
 * One step of a leaky integrate-and-fire (LIF) neuron with input current I:
 *   integrate  v <- (a*v + b*I) + c     a = 1-k, b = k*R, c = k*v_leak,
 *                                       k = dt/tau (Euler) or 1 - exp(-dt/tau) (exact)
 *   fire       s = [v >= threshold], or [v > threshold]
 *   reset      where s = 1: v <- v_reset, or v <- v - threshold, or nothing
 * It is tau dv/dt = (v_leak - v) + R*I (Gerstner et al., Neuronal Dynamics, 2014, section 1.3)
 * taken forward by dt. a, b and c are computed in double and rounded once to float; the step is
 * done in float, each product and each sum rounded by itself, so every device gives the same bits.
 * docs/model.md has the whole model. */
#ifndef CLIF_NEURON_H
#define CLIF_NEURON_H

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A parameter of a layer: one number for all neurons (values NULL), or one per neuron (`count`
 * numbers at `values`, read when the layer is added and not kept). */
typedef struct clif_param {
  double value;
  const double *values;
  size_t count;
} clif_param;

typedef enum clif_reset {
  CLIF_RESET_VALUE = 0,    /* v <- v_reset */
  CLIF_RESET_SUBTRACT = 1, /* v <- v - threshold */
  CLIF_RESET_NONE = 2
} clif_reset;

typedef enum clif_compare {
  CLIF_FIRE_AT_THRESHOLD = 0,   /* v >= threshold */
  CLIF_FIRE_ABOVE_THRESHOLD = 1 /* v >  threshold ("strict") */
} clif_compare;

typedef enum clif_integration { CLIF_EULER = 0, CLIF_EXACT = 1 } clif_integration;

/* Leaky integrate-and-fire. tau and dt share one unit of time (steps, ms, s: only their ratio
 * counts); v_leak, v_reset, threshold and r*I share the unit of v. v starts at v_reset.
 * Start from clif_lif_defaults(). Refused: tau <= 0, dt <= 0, dt > tau under Euler,
 * threshold <= 0 with subtract reset, v_reset >= threshold with value reset, any NaN or infinity.
 */
typedef struct clif_lif_params {
  size_t size; /* sizeof(clif_lif_params) */
  double dt;
  clif_param tau;
  clif_param r;
  clif_param v_leak;
  clif_param v_reset;
  clif_param threshold;
  clif_reset reset;
  clif_compare compare;
  clif_integration integration;
} clif_lif_params;

/* Integrate-and-fire: v <- v + r*I, then fire and reset as above. v starts at v_reset. */
typedef struct clif_if_params {
  size_t size; /* sizeof(clif_if_params) */
  clif_param r;
  clif_param v_reset;
  clif_param threshold;
  clif_reset reset;
  clif_compare compare;
} clif_if_params;

/* Leaky integrator, a readout that never fires: the LIF's first line only. Its output is v of the
 * same step; v starts at 0. */
typedef struct clif_li_params {
  size_t size; /* sizeof(clif_li_params) */
  double dt;
  clif_param tau;
  clif_param r;
  clif_param v_leak;
  clif_integration integration;
} clif_li_params;

/* tau 20, dt 1, r 1, v_leak 0, v_reset 0, threshold 1, value reset, v >= threshold, Euler. */
CLIF_API clif_lif_params clif_lif_defaults(void);
CLIF_API clif_if_params clif_if_defaults(void);
CLIF_API clif_li_params clif_li_defaults(void);

/* One number for all neurons. */
CLIF_API clif_param clif_scalar(double value);

/* One number per neuron. */
CLIF_API clif_param clif_per_neuron(const double *values, size_t count);

#ifdef __cplusplus
}
#endif
#endif
