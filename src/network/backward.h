/* backward.h - forward passes that can be taken back. */
#ifndef CLIF_NETWORK_BACKWARD_H
#define CLIF_NETWORK_BACKWARD_H

#include "clif/gradient.h"
#include "network/network.h"

struct clif_pass {
  clif_context *ctx;
  uint64_t serial, number, weights; /* of the network, then; of this pass */
  uint64_t step, first_sample, seed;
  size_t steps, batch, tiles;
  bool fresh;                       /* began at a reset */
  clif__choice *choices;            /* of the linear layer, by tile */
  clif__buffer start[CLIF__STATES]; /* what the states began with, in the plan's order */
};

/* As clif_network_run(). */
clif_status clif__network_forward(clif_network *net, const clif_run *run, clif_pass **out);

/* `run` brings the inputs of the forward pass and gradients, and takes those of the inputs; all
 * have been checked. The others come from and go to where `g` says. */
clif_status clif__network_backward(clif_network *net, const clif_pass *pass, const clif_run *run,
                                   const clif_group_gradients *g);

/* ---- what a backward pass begins and ends with (gradients.c) ---- */

/* Do the arrays fit the pass? `inputs`: elements of a row of inputs. */
clif_status clif__gradients_check(clif_network *net, const clif_pass *pass, size_t inputs,
                                  const clif_group_gradients *g);
/* Elements of the host memory that clif__gradients_end() copies to. */
size_t clif__gradients_staging(const clif__plan *plan);
/* Enqueues what sets the adjoints and sums to their start. */
clif_status clif__gradients_begin(clif_network *net, const clif_group_gradients *g);
/* Enqueues the copies; then, when they are through, adds up. */
clif_status clif__gradients_end(clif_network *net, const clif_pass *pass,
                                const clif_group_gradients *g);
void clif__gradients_add_up(clif_network *net, const clif_pass *pass,
                            const clif_group_gradients *g);

#endif
