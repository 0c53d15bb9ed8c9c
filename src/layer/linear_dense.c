/* linear_dense.c - a linear layer as one matrix product over all rows of a tile. */
#include "layer/linear.h"

/* Where the product finds its inputs, as float32. */
typedef struct floats {
  int tensor;
  size_t pitch;
} floats;

static clif_status spread_bits(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                               const floats *to, clif__when when) {
  clif__command *spread = clif__plan_kernel(ctx, &plan->tile, layer, "bits+spikes",
                                            "spikes_to_floats", CLIF__OVER_ROWS, to->pitch);
  if (!spread) return CLIF_OUT_OF_MEMORY;
  spread->when = when;
  clif__arg_tensor(spread, in);
  clif__arg_uint(spread, plan->tensors[in].pitch);
  clif__arg_tensor(spread, to->tensor);
  clif__arg_uint(spread, to->pitch);
  clif__arg_slot(spread, CLIF__ROWS);
  return CLIF_OK;
}

static clif_status add_floats(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                              clif__when when, floats *out) {
  clif__form form = plan->tensors[in].form;
  *out = (floats){in, plan->tensors[in].pitch};
  if (form == CLIF__REAL) return CLIF_OK;
  if (form == CLIF__BITS && plan->tensors[in].real >= 0) {
    *out = (floats){plan->tensors[in].real, clif__padded(layer->data.linear.in)};
    return CLIF_OK;
  }
  out->pitch = clif__padded(layer->data.linear.in);
  CLIF_TRY(clif__plan_shared(ctx, plan, CLIF__INPUTS, out->pitch, &out->tensor));
  return form == CLIF__BITS ? spread_bits(ctx, layer, plan, in, out, when)
                            : clif__input_to_floats(ctx, plan, layer, in, out->tensor, when);
}

static clif_status add_product(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                               const floats *in, int weight, int out, clif__when when) {
  const clif__linear *linear = &layer->data.linear;
  if (plan->scratch < 0) {
    clif__tensor scratch = {.what = "scratch", .life = CLIF__SCRATCH, .element = 1};
    CLIF_TRY(clif__plan_tensor(ctx, plan, scratch, &plan->scratch));
  }
  clif__command *product = clif__plan_command(ctx, &plan->tile, CLIF__PRODUCT, layer);
  if (!product) return CLIF_OUT_OF_MEMORY;
  product->when = when;
  product->a = in->tensor;
  product->lda = in->pitch;
  product->b = weight;
  product->c = out;
  product->scratch = plan->scratch;
  product->k = linear->in;
  product->n = linear->pitch; /* padding too: its weights are 0, which keeps the rows' padding 0 */
  return CLIF_OK;
}

static clif_status add_bias(clif_context *ctx, clif__layer *layer, clif__plan *plan, int bias,
                            int out, clif__when when) {
  size_t pitch = layer->data.linear.pitch;
  clif__command *add =
      clif__plan_kernel(ctx, &plan->tile, layer, "rows", "rows_add_bias", CLIF__OVER_ROWS, pitch);
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
  floats x;
  CLIF_TRY(add_floats(ctx, layer, plan, in, when, &x));
  if (for_neurons) CLIF_TRY(clif__plan_shared(ctx, plan, CLIF__CURRENTS, linear->pitch, &out));
  CLIF_TRY(add_product(ctx, layer, plan, &x, weight, out, when));
  if (for_neurons) {
    clif__synapse *s = &linear->synapses[linear->n_synapses++];
    *s = clif__synapse_current(out, linear->pitch, bias);
    s->when = when;
    return CLIF_OK;
  }
  return bias >= 0 ? add_bias(ctx, layer, plan, bias, out, when) : CLIF_OK;
}
