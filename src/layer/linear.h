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

/* Lane blocks that are summed up together with 16 lanes. */
size_t clif__linear_unit(const clif__linear *linear);
/* Neurons of a unit, also of the weights by units, and how many units there are. With 1 lane it is
 * one. */
size_t clif__linear_columns(const clif__linear *linear, const clif__plan *plan);
size_t clif__linear_units(const clif__linear *linear, const clif__plan *plan);

/* Which inputs are not 0, as bits, and the inputs as float32 in rows of *pitch; with the commands
 * that make them, if they are not there. */
clif_status clif__linear_bits(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                              clif__when when, int *out);
clif_status clif__linear_floats(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                                clif__when when, int *out, size_t *pitch);

/* Appends a product; the caller fills in what it is of. NULL (error set) when there is no memory.
 */
clif__command *clif__linear_product(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                                    clif__product what);

#endif
