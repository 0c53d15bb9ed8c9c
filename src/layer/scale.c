/* scale.c - y = scale * x, element by element. */
#include "layer/layer.h"

static clif_status infer(clif_context *ctx, clif__layer *layer, const clif_shape *in) {
  const clif_shape *own = &layer->data.scale.shape;
  char ours[96], theirs[96];
  if (!clif__shape_equal(own, in))
    return clif__fail(ctx, CLIF_SHAPE, "its scale has shape %s, but what comes in has shape %s",
                      clif__shape_text(own, ours, sizeof ours),
                      clif__shape_text(in, theirs, sizeof theirs));
  layer->shape = *in;
  return CLIF_OK;
}

static clif_status plan_scale(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                              int *out) {
  int scale;
  CLIF_TRY(clif__plan_real(ctx, plan, layer, in, &in));
  CLIF_TRY(clif__plan_rows(ctx, plan, layer, "out", clif__shape_count(&layer->shape), out));
  clif__tensor t = plan->tensors[*out];
  size_t pitch = t.pitch;
  t.what = "scale";
  t.life = CLIF__CONSTANT;
  t.rows = 1;
  t.data = layer->data.scale.scale;
  CLIF_TRY(clif__plan_tensor(ctx, plan, t, &scale));
  clif__command *command =
      clif__plan_kernel(ctx, plan->list, layer, "rows", "rows_scale", CLIF__OVER_ROWS, pitch);
  if (!command) return CLIF_OUT_OF_MEMORY;
  clif__arg_tensor(command, in);
  clif__arg_tensor(command, scale);
  clif__arg_tensor(command, *out);
  clif__arg_uint(command, pitch);
  clif__arg_slot(command, CLIF__ROWS);
  return CLIF_OK;
}

static void release(clif_context *ctx, clif__layer *layer) {
  clif__free(ctx, layer->data.scale.scale);
}

const clif__layer_class clif__scale_class = {
    .kind = "scale", .takes_input = true, .infer = infer, .plan = plan_scale, .release = release};
