/* linear.c - the linear layer; its two ways are in linear_dense.c and linear_events.c.
 *
 * Dense: one matrix product over all rows of a tile. Events: the rows of the weights that belong to
 * inputs which are not 0 are added up, in the kernel of the neurons behind it where there are such.
 * The plan has the commands of both; which are run is decided from tile to tile (network/choose.c).
 */
#include "layer/linear.h"

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

clif__tensor clif__linear_constant(const clif__layer *layer, const char *what, size_t rows,
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

/* ---- the plan ---- */

/* Neurons take the sums in themselves where nobody else wants them. */
static clif_status add_out(clif_context *ctx, clif__layer *layer, clif__plan *plan, int *out) {
  const clif__tensor inside = {
      .layer = layer, .what = "current", .life = CLIF__TILE, .form = CLIF__CURRENT, .element = 4};
  bool kept = plan->gradient && plan->gradient->tau; /* for the gradient by tau */
  if (layer->taker && clif__is_neurons(layer->taker) && !layer->record[CLIF_OUTPUT] && !kept)
    return clif__plan_tensor(ctx, plan, inside, out);
  return clif__plan_rows(ctx, plan, layer, "out", layer->data.linear.out, out);
}

/* Which ways and providers there are to choose from. What never pays is not prepared: it would take
 * memory, and CLBlast's kernels take seconds to compile. */
static void set_choices(clif__linear *l, const clif__plan *plan, const clif__tensor *in) {
  l->in_stats = in->stats;
  l->source = in->form == CLIF__SOURCE ? in->layer : NULL;
  l->always_real = in->form == CLIF__REAL;
  static const double worth =
      1.15; /* less is not, of what hardly any spikes are dense enough for */
  bool pays = worth * clif__cost_dense(plan, l, CLIF__BY_CLBLAST) < clif__cost_events(plan, l, 1.0);
  l->dense_spikes = !l->always_real && (plan->linear == CLIF_LINEAR_DENSE ||
                                        (plan->linear == CLIF_LINEAR_AUTO && pays));
  l->clblast = plan->dense == CLIF_DENSE_CLBLAST ||
               (plan->dense == CLIF_DENSE_AUTO && (l->dense_spikes || !plan->cblas));
}

static bool may_be_dense(const clif__linear *l, const clif__plan *plan) {
  if (plan->linear != CLIF_LINEAR_AUTO) return plan->linear == CLIF_LINEAR_DENSE;
  return l->dense_spikes || l->source || l->always_real;
}

static clif_status plan_linear(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                               int *out) {
  clif__linear *linear = &layer->data.linear;
  set_choices(linear, plan, &plan->tensors[in]);
  bool dense = may_be_dense(linear, plan), events = plan->linear != CLIF_LINEAR_DENSE;
  int weight = -1, by_units = -1, bias = -1;
  linear->n_synapses = 0;
  if (dense || plan->lanes == 1)
    CLIF_TRY(clif__plan_tensor(
        ctx, plan, clif__linear_constant(layer, "weight", linear->in, linear->weight), &weight));
  if ((events || plan->gradient) && plan->lanes > 1)
    CLIF_TRY(clif__linear_unit_weights(ctx, layer, plan, &by_units));
  if (linear->bias)
    CLIF_TRY(
        clif__plan_tensor(ctx, plan, clif__linear_constant(layer, "bias", 1, linear->bias), &bias));
  linear->input = in;
  linear->by_units = by_units >= 0 ? by_units : weight;
  CLIF_TRY(add_out(ctx, layer, plan, out));
  int sums = plan->tensors[*out].form == CLIF__CURRENT ? -1 : *out;
  if (dense) CLIF_TRY(clif__linear_dense(ctx, layer, plan, in, weight, bias, sums));
  if (events) CLIF_TRY(clif__linear_events(ctx, layer, plan, in, linear->by_units, bias, sums));
  return CLIF_OK;
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

const clif__layer_class clif__linear_class = {.kind = "linear",
                                              .takes_input = true,
                                              .infer = infer,
                                              .plan = plan_linear,
                                              .back = clif__linear_back,
                                              .release = release};
