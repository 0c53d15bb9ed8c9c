/* array.c - views of host data: making, slicing, checking and converting them. */
#include <string.h>

#include "core/core.h"

size_t clif_dtype_size(clif_dtype dtype) {
  switch (dtype) {
  case CLIF_U8:
    return 1;
  case CLIF_F32:
    return 4;
  case CLIF_I64:
  case CLIF_F64:
    return 8;
  }
  return 0;
}

const char *clif_dtype_name(clif_dtype dtype) {
  switch (dtype) {
  case CLIF_U8:
    return "uint8";
  case CLIF_I64:
    return "int64";
  case CLIF_F32:
    return "float32";
  case CLIF_F64:
    return "float64";
  }
  return "?";
}

/* ---- views ---- */

/* Elements of a shape; 0 when it is no shape or has more than size_t can count in bytes. */
static size_t count_of(clif_dtype dtype, unsigned ndim, const size_t *shape) {
  size_t size = clif_dtype_size(dtype), count = 1, bytes;
  if (size == 0 || !shape || ndim == 0 || ndim > CLIF_MAX_DIMS) return 0;
  for (unsigned d = 0; d < ndim; d++)
    if (!clif__multiply(count, shape[d], &count)) return 0;
  return clif__multiply(count, size, &bytes) ? count : 0;
}

clif_array clif_array_view(void *data, clif_dtype dtype, unsigned ndim, const size_t *shape) {
  clif_array view = {.data = data, .dtype = dtype};
  if (count_of(dtype, ndim, shape) == 0) return view;
  view.ndim = ndim;
  size_t stride = clif_dtype_size(dtype);
  for (unsigned d = ndim; d-- > 0;) {
    view.shape[d] = shape[d];
    view.strides[d] = stride;
    stride *= shape[d];
  }
  return view;
}

bool clif__array_valid(const clif_array *array) {
  return array && array->data && count_of(array->dtype, array->ndim, array->shape) > 0;
}

clif_array clif_array_slice(const clif_array *array, unsigned dim, size_t first, size_t count) {
  clif_array part = {0};
  if (!clif__array_valid(array) || dim >= array->ndim || count == 0 || first > array->shape[dim] ||
      count > array->shape[dim] - first)
    return part;
  part = *array;
  part.data = (char *)array->data + first * array->strides[dim];
  part.shape[dim] = count;
  return part;
}

size_t clif_array_count(const clif_array *array) {
  return clif__array_valid(array) ? count_of(array->dtype, array->ndim, array->shape) : 0;
}

bool clif__array_packed_from(const clif_array *array, unsigned first) {
  if (!clif__array_valid(array)) return false;
  size_t stride = clif_dtype_size(array->dtype);
  for (unsigned d = array->ndim; d-- > first;) {
    /* Nothing is ever stepped over in a dimension of 1. */
    if (array->shape[d] > 1 && array->strides[d] != stride) return false;
    stride *= array->shape[d];
  }
  return true;
}

/* ---- arrays with memory of their own ---- */

clif_status clif_array_create(clif_context *context, clif_dtype dtype, unsigned ndim,
                              const size_t *shape, clif_array *out) {
  if (!out) return clif__fail(context, CLIF_INVALID_ARGUMENT, "the argument 'out' is NULL");
  memset(out, 0, sizeof *out);
  if (!context) return CLIF_INVALID_ARGUMENT;
  if (clif_dtype_size(dtype) == 0)
    return clif__fail(context, CLIF_INVALID_ARGUMENT, "%d is no dtype: see clif_dtype", (int)dtype);
  size_t count = count_of(dtype, ndim, shape);
  if (count == 0)
    return clif__fail(context, CLIF_INVALID_ARGUMENT,
                      "an array needs 1 to %d dimensions, sizes above 0 and no more bytes than "
                      "size_t can count; here are %u dimensions",
                      (int)CLIF_MAX_DIMS, ndim);
  void *data = clif__calloc(context, count, clif_dtype_size(dtype));
  if (!data) return CLIF_OUT_OF_MEMORY;
  *out = clif_array_view(data, dtype, ndim, shape);
  return CLIF_OK;
}

void clif_array_free(clif_context *context, clif_array *array) {
  if (!array) return;
  clif__free(context, array->data);
  memset(array, 0, sizeof *array);
}

/* ---- converting ---- */

/* One element of any dtype. Integers are kept as such: a double cannot hold all of them. */
typedef struct number {
  bool is_integer;
  int64_t integer;
  double real;
} number;

/* Elements may lie at any address, hence memcpy. */
static number load(clif_dtype dtype, const char *at) {
  float f;
  number n = {.is_integer = dtype == CLIF_U8 || dtype == CLIF_I64};
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
  }
  return n;
}

/* Is it a whole number that int64 can hold? NaN is not. */
static bool whole(double real) {
  return real >= -0x1p63 && real < 0x1p63 && (double)(int64_t)real == real;
}

/* false where an integer dtype cannot hold the value exactly. */
static bool store(clif_dtype dtype, const number *n, char *at) {
  float f;
  double d;
  int64_t i = n->integer;
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
  case CLIF_I64:
    if (!n->is_integer) {
      if (!whole(n->real)) return false;
      i = (int64_t)n->real;
    }
    if (dtype == CLIF_I64) {
      memcpy(at, &i, sizeof i);
      return true;
    }
    if (i < 0 || i > UINT8_MAX) return false;
    *(unsigned char *)at = (unsigned char)i;
    return true;
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
    return clif__fail(context, CLIF_INVALID_ARGUMENT,
                      "the array to convert is no valid view: see clif_array_view()");
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
