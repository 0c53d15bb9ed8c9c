/* input.c - the input layer: uploads a tile, makes float32 of it and looks it over. */
#include <stdio.h>

#include "layer/layer.h"

static clif_status infer(clif_context *ctx, clif__layer *layer, const clif_shape *in) {
  (void)ctx, (void)layer, (void)in; /* the shape was given when the layer was added */
  return CLIF_OK;
}

static clif_status add_load(clif_context *ctx, clif__layer *layer, clif__plan *plan, int source,
                            int out, clif_dtype dtype) {
  const clif__tensor *x = &plan->tensors[out];
  clif__command *load =
      clif__plan_kernel(ctx, &plan->tile, layer, "input", "input_load", CLIF__OVER_ROWS, x->pitch);
  if (!load) return CLIF_OUT_OF_MEMORY;
  snprintf(load->defines, sizeof load->defines, "-DCLIF_INPUT_BYTES=%d", dtype == CLIF_U8);
  load->only_for = dtype;
  clif__arg_tensor(load, source);
  clif__arg_tensor(load, out);
  clif__arg_tensor(load, plan->stats);
  clif__arg_uint(load, (size_t)x->stats);
  clif__arg_uint(load, x->width);
  clif__arg_uint(load, x->pitch);
  clif__arg_slot(load, CLIF__ROWS);
  return CLIF_OK;
}

static clif_status plan_input(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                              int *out) {
  (void)in;
  int source;
  size_t width = clif__shape_count(&layer->shape);
  /* Room for either dtype: which one comes is known only when a run brings it. */
  CLIF_TRY(clif__plan_rows(ctx, plan, layer, "uploaded", width, &source));
  CLIF_TRY(clif__plan_rows(ctx, plan, layer, "out", width, out));
  plan->tensors[*out].stats = clif__plan_stats(plan, 4);

  clif__command *upload = clif__plan_command(ctx, &plan->tile, CLIF__UPLOAD, layer);
  if (!upload) return CLIF_OUT_OF_MEMORY;
  upload->tensor = source;
  CLIF_TRY(add_load(ctx, layer, plan, source, *out, CLIF_U8));
  return add_load(ctx, layer, plan, source, *out, CLIF_F32);
}

const clif__layer_class clif__input_class = {.kind = "input", .infer = infer, .plan = plan_input};
