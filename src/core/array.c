/* array.c - arrays in host or device memory: views, their parts and checks, making and freeing. */
#include <string.h>

#include "core/core.h"

size_t clif_dtype_size(clif_dtype dtype) {
  switch (dtype) {
  case CLIF_U8:
    return 1;
  case CLIF_F32:
  case CLIF_U32:
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
  case CLIF_U32:
    return "uint32";
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
  return array && array->data && !array->device && array->offset == 0 &&
         count_of(array->dtype, array->ndim, array->shape) > 0;
}

bool clif__array_valid_device(const clif_array *array) {
  return array && array->device && !array->data &&
         count_of(array->dtype, array->ndim, array->shape) > 0;
}

static bool valid_anywhere(const clif_array *array) {
  return clif__array_valid(array) || clif__array_valid_device(array);
}

const char *clif__array_fault(const clif_array *array) {
  return clif__array_valid_device(array)
             ? "lies on the device; copy it to the host with clif_array_copy()"
             : "is not a valid view; make one with clif_array_view()";
}

clif_array clif_array_slice(const clif_array *array, unsigned dim, size_t first, size_t count) {
  clif_array part = {0};
  if (!valid_anywhere(array) || dim >= array->ndim || count == 0 || first > array->shape[dim] ||
      count > array->shape[dim] - first)
    return part;
  part = *array;
  size_t skipped = first * array->strides[dim];
  if (array->device)
    part.offset += skipped;
  else
    part.data = (char *)array->data + skipped;
  part.shape[dim] = count;
  return part;
}

size_t clif_array_count(const clif_array *array) {
  return valid_anywhere(array) ? count_of(array->dtype, array->ndim, array->shape) : 0;
}

bool clif__array_packed_from(const clif_array *array, unsigned first) {
  if (!valid_anywhere(array)) return false;
  size_t stride = clif_dtype_size(array->dtype);
  for (unsigned d = array->ndim; d-- > first;) {
    /* Nothing is ever stepped over in a dimension of 1. */
    if (array->shape[d] > 1 && array->strides[d] != stride) return false;
    stride *= array->shape[d];
  }
  return true;
}

/* ---- arrays with memory of their own ---- */

static clif_status check_new(clif_context *context, clif_dtype dtype, unsigned ndim,
                             const size_t *shape, clif_array *out) {
  if (!out) return clif__fail(context, CLIF_INVALID_ARGUMENT, "the argument 'out' is NULL");
  memset(out, 0, sizeof *out);
  if (!context) return CLIF_INVALID_ARGUMENT;
  if (clif_dtype_size(dtype) == 0)
    return clif__fail(context, CLIF_INVALID_ARGUMENT, "%d is no dtype: see clif_dtype", (int)dtype);
  if (count_of(dtype, ndim, shape) == 0)
    return clif__fail(context, CLIF_INVALID_ARGUMENT,
                      "an array needs 1 to %d dimensions, sizes above 0 and no more bytes than "
                      "size_t can count; here are %u dimensions",
                      (int)CLIF_MAX_DIMS, ndim);
  return CLIF_OK;
}

clif_status clif_array_create(clif_context *context, clif_dtype dtype, unsigned ndim,
                              const size_t *shape, clif_array *out) {
  CLIF_TRY(check_new(context, dtype, ndim, shape, out));
  void *data = clif__calloc(context, count_of(dtype, ndim, shape), clif_dtype_size(dtype));
  if (!data) return CLIF_OUT_OF_MEMORY;
  *out = clif_array_view(data, dtype, ndim, shape);
  return CLIF_OK;
}

/* The view of an array whose rows are padded to whole blocks, and the bytes it needs; ndim 0 where
 * size_t cannot count them. */
static clif_array padded_view(clif_dtype dtype, unsigned ndim, const size_t *shape, size_t *bytes) {
  enum { BLOCK = 16 };
  clif_array none = {0};
  size_t padded[CLIF_MAX_DIMS], last = shape[ndim - 1];
  if (last > SIZE_MAX - (BLOCK - 1)) return none;
  memcpy(padded, shape, ndim * sizeof *shape);
  padded[ndim - 1] = (last + BLOCK - 1) / BLOCK * BLOCK;
  clif_array view = clif_array_view(NULL, dtype, ndim, padded);
  if (view.ndim == 0) return none;
  *bytes = padded[0] * view.strides[0];
  view.shape[ndim - 1] = last;
  return view;
}

clif_status clif_array_create_device(clif_context *context, clif_dtype dtype, unsigned ndim,
                                     const size_t *shape, clif_array *out) {
  CLIF_TRY(check_new(context, dtype, ndim, shape, out));
  size_t bytes = 0;
  clif__buffer buffer;
  clif_array made = padded_view(dtype, ndim, shape, &bytes);
  if (made.ndim == 0)
    return clif__fail(context, CLIF_INVALID_ARGUMENT,
                      "a device array's rows are padded to whole blocks of 16 elements; padded, "
                      "this one has more bytes than size_t can count");
  CLIF_TRY(clif__buffer_create(context, bytes, "a device array", &buffer));
  made.device = buffer.mem;
  *out = made;
  return CLIF_OK;
}

static void free_device(clif_context *context, const clif_array *array) {
  clif__buffer buffer = {.mem = array->device};
  /* The shape, rather than the driver, tells the size: that cannot fail. */
  padded_view(array->dtype, array->ndim, array->shape, &buffer.bytes);
  clif__buffer_release(context, &buffer);
}

void clif_array_free(clif_context *context, clif_array *array) {
  if (!array) return;
  if (clif__array_valid_device(array)) free_device(context, array);
  clif__free(context, array->data);
  memset(array, 0, sizeof *array);
}
