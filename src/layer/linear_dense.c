/* linear_dense.c - a linear layer as one matrix product over all rows of a tile. */
#include "layer/linear.h"

static clif_status spread_bits(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                               int to, size_t pitch, clif__when when) {
  clif__command *spread = clif__plan_kernel(ctx, plan->list, layer, "bits+spikes",
                                            "spikes_to_floats", CLIF__OVER_ROWS, pitch);
  if (!spread) return CLIF_OUT_OF_MEMORY;
  spread->when = when;
  clif__arg_tensor(spread, in);
  clif__arg_uint(spread, plan->tensors[in].pitch);
  clif__arg_tensor(spread, to);
  clif__arg_uint(spread, pitch);
  clif__arg_slot(spread, CLIF__ROWS);
  return CLIF_OK;
}

clif_status clif__linear_floats(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                                clif__when when, int *out, size_t *pitch) {
  clif__form form = plan->tensors[in].form;
  *out = in;
  *pitch = plan->tensors[in].pitch;
  if (form == CLIF__REAL) return CLIF_OK;
  *pitch = clif__padded(layer->data.linear.in);
  if (form == CLIF__BITS && plan->tensors[in].real >= 0) {
    *out = plan->tensors[in].real;
    return CLIF_OK;
  }
  CLIF_TRY(clif__plan_shared(ctx, plan, CLIF__INPUTS, *pitch, out));
  return form == CLIF__BITS ? spread_bits(ctx, layer, plan, in, *out, *pitch, when)
                            : clif__input_to_floats(ctx, plan, layer, in, *out, when);
}

clif__command *clif__linear_product(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                                    clif__product what) {
  const clif__tensor scratch = {.what = "scratch", .life = CLIF__SCRATCH, .element = 1};
  if (plan->scratch < 0 && clif__plan_tensor(ctx, plan, scratch, &plan->scratch) != CLIF_OK)
    return NULL;
  clif__command *product = clif__plan_command(ctx, plan->list, CLIF__PRODUCT, layer);
  if (!product) return NULL;
  product->product = what;
  product->scratch = plan->scratch;
  return product;
}

static clif_status add_bias(clif_context *ctx, clif__layer *layer, clif__plan *plan, int bias,
                            int out, clif__when when) {
  size_t pitch = layer->data.linear.pitch;
  clif__command *add =
      clif__plan_kernel(ctx, plan->list, layer, "rows", "rows_add_bias", CLIF__OVER_ROWS, pitch);
  if (!add) return CLIF_OUT_OF_MEMORY;
  add->when = when;
  clif__arg_tensor(add, out);
  clif__arg_tensor(add, bias);
  clif__arg_uint(add, pitch);
  clif__arg_slot(add, CLIF__ROWS);
  return CLIF_OK;
}

clif_status clif__linear_dense(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                               int weight, int bias, int out) {
  clif__linear *linear = &layer->data.linear;
  const clif__when when = {.linear = layer, .way = CLIF__DENSE};
  bool for_neurons = out < 0;
  int x;
  size_t x_pitch;
  CLIF_TRY(clif__linear_floats(ctx, layer, plan, in, when, &x, &x_pitch));
  if (for_neurons) CLIF_TRY(clif__plan_shared(ctx, plan, CLIF__CURRENTS, linear->pitch, &out));
  clif__command *product = clif__linear_product(ctx, layer, plan, CLIF__SUMS);
  if (!product) return CLIF_OUT_OF_MEMORY;
  product->when = when;
  product->x = x;
  product->x_pitch = x_pitch;
  product->w = weight;
  product->g = out;
  /* Padding too: its weights are 0, which keeps the rows' padding 0. */
  product->columns = linear->pitch;
  product->units = 1;
  if (for_neurons) {
    clif__synapse *s = &linear->synapses[linear->n_synapses++];
    *s = clif__synapse_current(out, linear->pitch, bias);
    s->when = when;
    return CLIF_OK;
  }
  return bias >= 0 ? add_bias(ctx, layer, plan, bias, out, when) : CLIF_OK;
}
