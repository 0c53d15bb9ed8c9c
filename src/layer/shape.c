/* shape.c - small things about shapes. */
#include <stdio.h>

#include "layer/layer.h"

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
