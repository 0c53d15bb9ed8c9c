/* synapse.h - where the current of neurons comes from, as a kernel sees it.
 *
 * cl/current.cl and cl/events.cl are synapses: either of them goes between bits.cl and lif.cl or
 * sums.cl in a program, and takes the same first arguments there. */
#ifndef CLIF_SYNAPSE_H
#define CLIF_SYNAPSE_H

#include "layer/plan.h"

/* Tensors are -1 where there is none. */
typedef struct clif__synapse {
  const char *name; /* of its file: "current" or "events" */
  char defines[96];
  clif__when when; /* a linear layer has several, of which one is used in a tile */
  int x;           /* current, or values of inputs */
  size_t x_pitch;
  int index, counts;
  size_t index_pitch;
  int weight, bias;
  size_t in;
  size_t unit; /* lane blocks that are summed up together; 0 for a current in memory */
  int other;   /* word of the statistics: values that are neither 0 nor 1 */
} clif__synapse;

/* A current that lies in memory, in rows of `pitch`; bias -1: none. */
clif__synapse clif__synapse_current(int x, size_t pitch, int bias);

/* Appends a command for the kernel of `file` behind the synapse, over rows of `pitch` neurons, with
 * the synapse's arguments and defines; NULL (error set) when there is no memory. */
clif__command *clif__synapse_kernel(clif_context *ctx, clif__plan *plan, struct clif__layer *layer,
                                    const clif__synapse *synapse, const char *file,
                                    const char *kernel, size_t pitch);

#endif
