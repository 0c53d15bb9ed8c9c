/* gradient.h - training a group: surrogate gradients and backpropagation through time.
 *
 * A forward pass is a run that keeps, on the device, what its backward pass needs. The backward
 * pass takes dL/ds, the gradients of a loss with respect to the spikes of every step, and gives
 * those with respect to the input, the weights and bias of the group's linear layer, the threshold,
 * tau and the state the pass began with:
 *
 *   clif_gradient_options g = clif_gradient_defaults(CLIF_SURROGATE_ATAN);
 *   clif_group_options options = {.size = sizeof options, .neurons = 10, .batch = 32, .steps = 25,
 *                                 .spikes = CLIF_SPIKES_F32, .inputs = 64, .weight = w,
 *                                 .gradient = &g};
 *   clif_group_create(context, &lif, &options, &group);
 *   clif_pass *pass;
 *   clif_group_forward(group, &io, &pass);              // io.spikes is filled
 *   clif_group_gradients d = {.size = sizeof d, .spikes = dL_ds, .weight = dL_dw};
 *   clif_group_backward(group, pass, &io, &d);          // dL_dw is filled
 *   clif_pass_destroy(pass);
 *
 * The step's derivative is taken as it is written in neuron.h, with one exception: ds/dv, which is
 * 0 or infinite, is replaced by a surrogate h(v - th), and ds/dth by -h(v - th). For stochastic
 * neurons h is the derivative of the probability to fire, slope * p * (1 - p), whatever surrogate
 * is set. Where a neuron waits (refractory), v goes through and the input has no influence. Random
 * numbers are constants. Of the clamp of th the derivative is 1 in [th_min, th_max], else 0. */
#ifndef CLIF_GRADIENT_H
#define CLIF_GRADIENT_H

#include "group.h"

#ifdef __cplusplus
extern "C" {
#endif

/* h(x), with slope a. All but fast_sigmoid and straight_through have an integral of 1. */
typedef enum clif_surrogate {
  CLIF_SURROGATE_ATAN = 0,            /* (a/2) / (1 + (pi/2 a x)^2)  (Fang et al. 2021) */
  CLIF_SURROGATE_FAST_SIGMOID = 1,    /* 1 / (1 + a|x|)^2  (Zenke and Ganguli 2018) */
  CLIF_SURROGATE_SIGMOID = 2,         /* a p (1 - p), p = 1 / (1 + exp(-a x)) */
  CLIF_SURROGATE_TRIANGULAR = 3,      /* a max(0, 1 - a|x|)  (Bellec et al. 2018) */
  CLIF_SURROGATE_GAUSSIAN = 4,        /* a / sqrt(2 pi) exp(-(a x)^2 / 2) */
  CLIF_SURROGATE_BOXCAR = 5,          /* a where |x| < 1/(2a), else 0 */
  CLIF_SURROGATE_STRAIGHT_THROUGH = 6 /* 1; a is not used */
} clif_surrogate;

/* Start from clif_gradient_defaults(). */
struct clif_gradient_options {
  size_t size; /* sizeof(clif_gradient_options) */
  clif_surrogate surrogate;
  double slope;     /* above 0, at most 1e6; per unit of v */
  int attach_reset; /* 1: the loss also reaches s through the reset; 0: there s is a constant */
  /* What backward passes may be asked for beside weights, bias and state. */
  int input, threshold, tau;
  int v; /* 1: backward passes may bring dL/dv, of v as recorded in every step, too */
  /* Steps between checkpoints. What is kept of a step is kept for so many steps only; the others
   * are computed again from the checkpoint before them. 0: as many as fit into the memory, which
   * usually is all of them. Least memory: about the square root of the steps. */
  size_t checkpoint;
};

/* Slope 2 for atan, 25 for fast_sigmoid, 4 for sigmoid, else 1; reset detached; gradients of the
 * input, not of threshold and tau; no dL/dv; checkpoint 0. */
CLIF_API clif_gradient_options clif_gradient_defaults(clif_surrogate surrogate);

/* "atan", "fast_sigmoid", ...; NULL for a number that is no clif_surrogate. */
CLIF_API const char *clif_surrogate_name(clif_surrogate surrogate);

/* What a backward pass has to know of its forward pass. Holds the state that it began with, on the
 * device: 4 * B * p * S bytes (group.h). */
typedef struct clif_pass clif_pass;

/* As clif_group_run(), for a group with gradients; *pass is the caller's, who destroys it, before
 * or after the group. Several passes may wait for their backward passes: what the device no longer
 * holds is computed again. CLIF_STATE for a group without gradients and for more steps than it was
 * created for. */
CLIF_NODISCARD CLIF_API clif_status clif_group_forward(clif_group *group, const clif_group_io *io,
                                                       clif_pass **pass);
/* NULL is fine. */
CLIF_API void clif_pass_destroy(clif_pass *pass);

/* The arrays of a backward pass, float32; those with ndim 0 are not there, or not wanted. Gradients
 * of samples are not averaged: those of parameters are sums over samples and steps. */
typedef struct clif_group_gradients {
  size_t size; /* sizeof(clif_group_gradients) */
  /* In. Not looked over for NaN. */
  clif_array spikes;            /* (T, B, n): dL/ds; absent: 0 */
  clif_array v;                 /* (T, B, n): dL/dv, with option v; absent: 0 */
  clif_array state_v, state_th; /* (B, n): dL/dv and dL/dth of the state behind the last step */
  /* Out. */
  clif_array input;             /* (T, B, inputs) or (T, B, n), with option input */
  clif_array weight, bias;      /* (n, inputs), (n); of groups with a linear layer */
  clif_array threshold, tau;    /* (n), with these options: sum it up where there is one number */
  clif_array start_v, start_th; /* (B, n): of the state that the pass began with */
} clif_group_gradients;

/* Gradients of one forward pass, as often as wanted. `io` is that of the forward pass: its input
 * must hold the same numbers (and eps, u). The group's own state and step stay what they are.
 * threshold includes the start of th, and th_rest where rest_at_threshold is set, of a pass that
 * began at a reset. One wait for the device.
 *
 * Sums over the rows (steps and samples) of a tile are ascending, tiles come last to first; of
 * input that is not zeros and ones products by CLBlast or CBLAS sum as they like, as they do for
 * the gradients of inputs. bias, threshold and tau: for each sample from the last step to the
 * first, then over ascending samples.
 *
 * Returns CLIF_OK; CLIF_STATE (no gradients; weights or parameters changed since the pass; a
 * gradient that was not asked for in the options); CLIF_SHAPE; CLIF_INVALID_ARGUMENT (a pass of
 * another group); CLIF_OPENCL, CLIF_CLBLAST, CLIF_OUT_OF_MEMORY. After a failure the group's state
 * is not to be trusted (CLIF_STATE) until it is reset or restored. */
CLIF_NODISCARD CLIF_API clif_status clif_group_backward(clif_group *group, const clif_pass *pass,
                                                        const clif_group_io *io,
                                                        const clif_group_gradients *gradients);

#ifdef __cplusplus
}
#endif
#endif
