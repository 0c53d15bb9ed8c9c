/* linear.c - the linear layer: one matrix product over all rows of a tile, then the bias. */
#include "layer/layer.h"

static clif_status infer(clif_context *ctx, clif__layer *layer, const clif_shape *in) {
  const clif__linear *linear = &layer->data.linear;
  char text[96];
  if (in->ndim != 1 || in->dim[0] != linear->in)
    return clif__fail(ctx, CLIF_SHAPE, "it takes %zu inputs, but what comes in has shape %s%s",
                      linear->in, clif__shape_text(in, text, sizeof text),
                      in->ndim > 1 ? "; put a flatten layer before it" : "");
  layer->shape = (clif_shape){1, {linear->out}};
  return CLIF_OK;
}

static clif__tensor constant(const clif__layer *layer, const char *what, size_t rows,
                             const float *data) {
  const clif__linear *linear = &layer->data.linear;
  return (clif__tensor){.layer = layer,
                        .what = what,
                        .life = CLIF__CONSTANT,
                        .width = linear->out,
                        .pitch = linear->pitch,
                        .element = sizeof(float),
                        .rows = rows,
                        .data = data};
}

static clif_status add_bias(clif_context *ctx, clif__layer *layer, clif__plan *plan, int out) {
  int bias;
  clif__tensor t = constant(layer, "bias", 1, layer->data.linear.bias);
  CLIF_TRY(clif__plan_tensor(ctx, plan, t, &bias));
  clif__command *add =
      clif__plan_kernel(ctx, &plan->tile, layer, "rows", "rows_add_bias", CLIF__OVER_ROWS, t.pitch);
  if (!add) return CLIF_OUT_OF_MEMORY;
  clif__arg_tensor(add, out);
  clif__arg_tensor(add, bias);
  clif__arg_uint(add, t.pitch);
  clif__arg_slot(add, CLIF__ROWS);
  return CLIF_OK;
}

static clif_status plan_linear(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                               int *out) {
  const clif__linear *linear = &layer->data.linear;
  int weight;
  clif__tensor w = constant(layer, "weight", linear->in, linear->weight);
  CLIF_TRY(clif__plan_tensor(ctx, plan, w, &weight));
  CLIF_TRY(clif__plan_rows(ctx, plan, layer, "out", linear->out, out));
  if (plan->scratch < 0) {
    clif__tensor scratch = {.what = "scratch", .life = CLIF__SCRATCH, .element = 1};
    CLIF_TRY(clif__plan_tensor(ctx, plan, scratch, &plan->scratch));
  }
  clif__command *product = clif__plan_command(ctx, &plan->tile, CLIF__PRODUCT, layer);
  if (!product) return CLIF_OUT_OF_MEMORY;
  product->a = in;
  product->b = weight;
  product->c = *out;
  product->scratch = plan->scratch;
  product->k = linear->in;
  product->n = linear->pitch; /* padding too: its weights are 0, which keeps the rows' padding 0 */
  return linear->bias ? add_bias(ctx, layer, plan, *out) : CLIF_OK;
}

static void release(clif_context *ctx, clif__layer *layer) {
  clif__free(ctx, layer->data.linear.weight);
  clif__free(ctx, layer->data.linear.bias);
}

/* Row by row of the weights, which is how they lie in memory; each sum is still over ascending k.
 */
void clif__twin_linear(const clif__linear *linear, const float *x, float *y) {
  for (size_t j = 0; j < linear->out; j++) y[j] = 0.0f;
  for (size_t k = 0; k < linear->in; k++)
    for (size_t j = 0; j < linear->out; j++)
      y[j] = y[j] + x[k] * linear->weight[k * linear->pitch + j];
  for (size_t j = 0; linear->bias && j < linear->out; j++) y[j] = y[j] + linear->bias[j];
}

const clif__layer_class clif__linear_class = {
    .kind = "linear", .takes_input = true, .infer = infer, .plan = plan_linear, .release = release};
