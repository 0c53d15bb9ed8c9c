/* output.c - the output layer: a name for what its source puts out. */
#include "layer/layer.h"

static clif_status infer(clif_context *ctx, clif__layer *layer, const clif_shape *in) {
  (void)ctx;
  layer->shape = *in;
  return CLIF_OK;
}

static clif_status plan_output(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                               int *out) {
  (void)ctx, (void)layer, (void)plan;
  *out = in;
  return CLIF_OK;
}

const clif__layer_class clif__output_class = {.kind = "output",
                                              .takes_input = true,
                                              .keeps_spikes = true,
                                              .infer = infer,
                                              .plan = plan_output};
