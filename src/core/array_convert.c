/* array_convert.c - arrays in another dtype, element by element. */
#include <string.h>

#include "core/core.h"

/* One element of any dtype. Integers are kept as such: a double cannot hold all of them. */
typedef struct number {
  bool is_integer;
  int64_t integer;
  double real;
} number;

/* Elements may lie at any address, hence memcpy. */
static number load(clif_dtype dtype, const char *at) {
  float f;
  uint32_t u;
  number n = {.is_integer = dtype == CLIF_U8 || dtype == CLIF_U32 || dtype == CLIF_I64};
  switch (dtype) {
  case CLIF_U8:
    n.integer = *(const unsigned char *)at;
    break;
  case CLIF_I64:
    memcpy(&n.integer, at, sizeof n.integer);
    break;
  case CLIF_F32:
    memcpy(&f, at, sizeof f);
    n.real = (double)f;
    break;
  case CLIF_F64:
    memcpy(&n.real, at, sizeof n.real);
    break;
  case CLIF_U32:
    memcpy(&u, at, sizeof u);
    n.integer = u;
    break;
  }
  return n;
}

/* Is it a whole number that int64 can hold? NaN is not. */
static bool whole(double real) {
  return real >= -0x1p63 && real < 0x1p63 && (double)(int64_t)real == real;
}

/* false where an integer dtype cannot hold the value exactly. */
static bool store_integer(clif_dtype dtype, const number *n, char *at) {
  if (!n->is_integer && !whole(n->real)) return false;
  int64_t i = n->is_integer ? n->integer : (int64_t)n->real;
  if (dtype == CLIF_I64) {
    memcpy(at, &i, sizeof i);
    return true;
  }
  if (i < 0 || i > (dtype == CLIF_U32 ? (int64_t)UINT32_MAX : UINT8_MAX)) return false;
  uint32_t u = (uint32_t)i;
  if (dtype == CLIF_U32)
    memcpy(at, &u, sizeof u);
  else
    *(unsigned char *)at = (unsigned char)u;
  return true;
}

/* As store_integer() for any dtype. */
static bool store(clif_dtype dtype, const number *n, char *at) {
  float f;
  double d;
  switch (dtype) {
  case CLIF_F32:
    f = n->is_integer ? (float)n->integer : (float)n->real;
    memcpy(at, &f, sizeof f);
    return true;
  case CLIF_F64:
    d = n->is_integer ? (double)n->integer : n->real;
    memcpy(at, &d, sizeof d);
    return true;
  case CLIF_U8:
  case CLIF_U32:
  case CLIF_I64:
    return store_integer(dtype, n, at);
  }
  return false;
}

/* Steps an index on in C order, and the offset of its element with it. */
static void advance(const clif_array *array, size_t *index, size_t *offset) {
  for (unsigned d = array->ndim; d-- > 0;) {
    *offset += array->strides[d];
    if (++index[d] < array->shape[d]) return;
    *offset -= array->shape[d] * array->strides[d];
    index[d] = 0;
  }
}

clif_status clif_array_convert(clif_context *context, const clif_array *array, clif_dtype dtype,
                               clif_array *out) {
  if (!out) return clif__fail(context, CLIF_INVALID_ARGUMENT, "the argument 'out' is NULL");
  memset(out, 0, sizeof *out);
  if (!clif__array_valid(array))
    return clif__fail(context, CLIF_INVALID_ARGUMENT, "the array to convert %s",
                      clif__array_fault(array));
  clif_array made;
  CLIF_TRY(clif_array_create(context, dtype, array->ndim, array->shape, &made));
  size_t index[CLIF_MAX_DIMS] = {0}, offset = 0, count = clif_array_count(array);
  size_t size = clif_dtype_size(dtype);
  for (size_t i = 0; i < count; i++) {
    number n = load(array->dtype, (const char *)array->data + offset);
    if (!store(dtype, &n, (char *)made.data + i * size)) {
      clif_array_free(context, &made);
      return clif__fail(context, CLIF_INVALID_ARGUMENT, "element %zu, %.17g, does not fit into %s",
                        i, n.is_integer ? (double)n.integer : n.real, clif_dtype_name(dtype));
    }
    advance(array, index, &offset);
  }
  *out = made;
  return CLIF_OK;
}
