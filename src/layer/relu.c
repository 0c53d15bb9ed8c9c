/* relu.c - y = x where x > 0, else 0. */
#include "layer/layer.h"

static clif_status infer(clif_context *ctx, clif__layer *layer, const clif_shape *in) {
  (void)ctx;
  layer->shape = *in;
  return CLIF_OK;
}

static clif_status plan_relu(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                             int *out) {
  CLIF_TRY(clif__plan_rows(ctx, plan, layer, "out", clif__shape_count(&layer->shape), out));
  size_t pitch = plan->tensors[*out].pitch;
  clif__command *relu =
      clif__plan_kernel(ctx, plan->list, layer, "rows", "rows_relu", CLIF__OVER_ROWS, pitch);
  if (!relu) return CLIF_OUT_OF_MEMORY;
  clif__arg_tensor(relu, in);
  clif__arg_tensor(relu, *out);
  clif__arg_uint(relu, pitch);
  clif__arg_slot(relu, CLIF__ROWS);
  return CLIF_OK;
}

const clif__layer_class clif__relu_class = {
    .kind = "relu", .takes_input = true, .keeps_spikes = true, .infer = infer, .plan = plan_relu};
