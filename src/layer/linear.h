/* linear.h - what the two ways of a linear layer add to a plan. */
#ifndef CLIF_LINEAR_H
#define CLIF_LINEAR_H

#include "layer/layer.h"

/* A tensor of `rows` rows of the layer's width, uploaded once. */
clif__tensor clif__linear_constant(const clif__layer *layer, const char *what, size_t rows,
                                   const float *data);

/* The weights by units: a column of the matrix, as wide as is summed up at once, lies in one piece.
 */
clif_status clif__linear_unit_weights(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                                      int *out);

/* The commands of a way from tensor `in` to `out`. `out` -1: to the neurons behind the layer, which
 * get a synapse of it and add the bias themselves. `bias` -1: none. By events and with 16 lanes the
 * weights are those by units. */
clif_status clif__linear_dense(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                               int weight, int bias, int out);
clif_status clif__linear_events(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                                int weight, int bias, int out);

#endif
