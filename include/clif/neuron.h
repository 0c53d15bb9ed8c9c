/* neuron.h - parameters of the neuron models.
 *
 * One step of a leaky integrate-and-fire (LIF) neuron with input current I:
 *   wait       while refractory: count down, v stays, s = 0, on to "adapt"       (option)
 *   integrate  v <- (a*v + b*I) + c     a = 1-k, b = k*R, c = k*v_leak,
 *                                       k = dt/tau (Euler) or 1 - exp(-dt/tau) (exact)
 *   noise      v <- v + noise_std*eps   eps ~ N(0,1)                               (option)
 *   fire       s = [v >= th], or [v > th]; or by chance, with probability
 *              1 / (1 + exp(-slope*(v - th)))                                     (option)
 *   reset      where s = 1: v <- v_reset, or v <- v - th, or nothing
 *   adapt      th <- th + eta where s = 1, else th - eta*(th - th_rest);
 *              then into [th_min, th_max]                                         (option)
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

/* What spiking neurons may do beyond the plain step. Start from clif_neuron_options_defaults(),
 * where everything is off. Refused: refractory < 0 or beyond 2^24 steps, noise_std < 0, slope <= 0,
 * eta outside [0, 1], th_min <= 0, th_min > th_max, threshold or th_rest outside [th_min, th_max];
 * threshold <= 0 of stochastic or adaptive neurons; any NaN or infinity. Parameters of an option
 * that is off are not looked at. */
typedef struct clif_neuron_options {
  clif_param refractory; /* after a spike, in the unit of dt: ceil(refractory/dt) steps; 0: none */
  clif_param noise_std;  /* of the noise on v in every step, in the unit of v; 0: none */
  int stochastic;        /* 1: fires by chance */
  clif_param slope;      /* per unit of v */
  int adaptive;          /* 1: the threshold moves */
  clif_param eta;
  int rest_at_threshold; /* 1: th_rest is each neuron's own threshold; 0: as given */
  clif_param th_rest;
  clif_param th_min;
  clif_param th_max;
} clif_neuron_options;

/* How the step is written down. CLIF_FORM_SEED is, bit for bit when its random numbers are given,
 * the step of the PyTorch project Extended LIF Neurons (docs/model.md): noise only for stochastic
 * neurons and divided by the threshold, th_rest the number 1, the clamp also without adaptation,
 * v from 0, v + ((((I-v)/tau)*dt) + n/th). It has no r, v_leak, refractory period, slope, exact
 * integration, subtract reset or strict comparison: other than their defaults are refused. */
typedef enum clif_form { CLIF_FORM_STANDARD = 0, CLIF_FORM_SEED = 1 } clif_form;

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
  clif_neuron_options options;
  clif_form form;
} clif_lif_params;

/* Integrate-and-fire: v <- v + r*I, the rest as above. v starts at v_reset. Its dt is 1, so that a
 * refractory period is in steps. */
typedef struct clif_if_params {
  size_t size; /* sizeof(clif_if_params) */
  clif_param r;
  clif_param v_reset;
  clif_param threshold;
  clif_reset reset;
  clif_compare compare;
  clif_neuron_options options;
} clif_if_params;

/* Leaky integrator, a readout that never fires: integrate and noise only. Its output is v of the
 * same step; v starts at 0. */
typedef struct clif_li_params {
  size_t size; /* sizeof(clif_li_params) */
  double dt;
  clif_param tau;
  clif_param r;
  clif_param v_leak;
  clif_integration integration;
  clif_param noise_std;
} clif_li_params;

/* refractory 0, noise_std 0, not stochastic, slope 1, not adaptive, eta 0.1, rest at the threshold,
 * th_min 0.5, th_max 2. */
CLIF_API clif_neuron_options clif_neuron_options_defaults(void);

/* tau 20, dt 1, r 1, v_leak 0, v_reset 0, threshold 1, value reset, v >= threshold, Euler, all
 * options off. */
CLIF_API clif_lif_params clif_lif_defaults(void);
CLIF_API clif_if_params clif_if_defaults(void);
CLIF_API clif_li_params clif_li_defaults(void);

/* CLIF_FORM_SEED with the original's defaults: as above, but stochastic, adaptive, noise_std 0.1.
 */
CLIF_API clif_lif_params clif_seed_defaults(void);

/* One number for all neurons. */
CLIF_API clif_param clif_scalar(double value);

/* One number per neuron. */
CLIF_API clif_param clif_per_neuron(const double *values, size_t count);

#ifdef __cplusplus
}
#endif
#endif
