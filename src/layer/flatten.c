/* flatten.c - joins dimensions. Rows are flat on the device already, so nothing is done there. */
#include "layer/layer.h"

static clif_status infer(clif_context *ctx, clif__layer *layer, const clif_shape *in) {
  clif__flatten *f = &layer->data.flatten;
  int ndim = (int)in->ndim;
  int start = f->start < 0 ? f->start + ndim : f->start, end = f->end < 0 ? f->end + ndim : f->end;
  char text[96];
  if (start < 0 || end >= ndim || start > end)
    return clif__fail(ctx, CLIF_SHAPE, "cannot join dimensions %d to %d of an input of shape %s",
                      f->start, f->end, clif__shape_text(in, text, sizeof text));
  f->in = *in;
  layer->shape = (clif_shape){.ndim = 0};
  for (int i = 0; i < ndim; i++) {
    if (i > start && i <= end)
      layer->shape.dim[layer->shape.ndim - 1] *= in->dim[i];
    else
      layer->shape.dim[layer->shape.ndim++] = in->dim[i];
  }
  return CLIF_OK;
}

static clif_status plan_flatten(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                                int *out) {
  (void)ctx, (void)layer, (void)plan;
  *out = in;
  return CLIF_OK;
}

const clif__layer_class clif__flatten_class = {.kind = "flatten",
                                               .takes_input = true,
                                               .keeps_spikes = true,
                                               .infer = infer,
                                               .plan = plan_flatten};
