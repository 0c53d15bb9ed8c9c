/* shape.c - small things about shapes. */
#include <stdio.h>

#include "layer/layer.h"

#include "clif/group.h"

size_t clif__shape_count(const clif_shape *shape) {
  size_t count = 1;
  for (unsigned i = 0; i < shape->ndim; i++) count *= shape->dim[i];
  return count;
}

const char *clif__shape_text(const clif_shape *shape, char *buffer, size_t capacity) {
  size_t length = 0;
  buffer[0] = '\0';
  for (unsigned i = 0; i < shape->ndim && length < capacity; i++) {
    int more = snprintf(buffer + length, capacity - length, "%s%zu", i ? "x" : "", shape->dim[i]);
    if (more > 0) length += (size_t)more;
  }
  return buffer;
}

bool clif__shape_equal(const clif_shape *a, const clif_shape *b) {
  if (a->ndim != b->ndim) return false;
  for (unsigned i = 0; i < a->ndim; i++)
    if (a->dim[i] != b->dim[i]) return false;
  return true;
}

size_t clif__padded(size_t n) {
  return (n + CLIF__LANE_BLOCK - 1) / CLIF__LANE_BLOCK * CLIF__LANE_BLOCK;
}

clif_shape clif__quantity_shape(const clif__layer *layer, clif_quantity quantity) {
  if (quantity != CLIF_SPIKE_BITS) return layer->shape;
  return (clif_shape){1, {clif_spike_words(clif__shape_count(&layer->shape))}};
}

clif_dtype clif__quantity_dtype(const clif__layer *layer, clif_quantity quantity) {
  if (quantity == CLIF_SPIKE_BITS) return CLIF_U32;
  return quantity == CLIF_OUTPUT && layer->spiking ? CLIF_U8 : CLIF_F32;
}

size_t clif_spike_words(size_t neurons) {
  return 2 * (neurons / 64 + (neurons % 64 != 0 ? 1u : 0u));
}
