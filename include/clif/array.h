/* array.h - the one view for data that crosses the API. */
#ifndef CLIF_ARRAY_H
#define CLIF_ARRAY_H

#include "context.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum clif_dtype {
  CLIF_U8 = 1,
  CLIF_I64 = 2,
  CLIF_F32 = 3,
  CLIF_F64 = 4,
  CLIF_U32 = 5
} clif_dtype;

enum { CLIF_MAX_DIMS = 6 };

/* An n-dimensional array in host memory (data set, device NULL) or in a buffer of a context's
 * device (device set, data NULL); owns nothing. Strides and offset are in bytes; the innermost
 * dimension is last. clif_array_view() fills in the strides of a C-ordered array. Where a function
 * does not say that it takes device arrays, it takes host arrays only. */
typedef struct clif_array {
  void *data;
  void *device;  /* a cl_mem */
  size_t offset; /* of the first element from the buffer's start; 0 for host arrays */
  clif_dtype dtype;
  unsigned ndim; /* 1 to CLIF_MAX_DIMS */
  size_t shape[CLIF_MAX_DIMS];
  size_t strides[CLIF_MAX_DIMS];
} clif_array;

/* Bytes of one element; 0 for a number that is no dtype. */
CLIF_API size_t clif_dtype_size(clif_dtype dtype);

/* "uint8", "int64", "float32", "float64", "uint32"; "?" for a number that is no dtype. */
CLIF_API const char *clif_dtype_name(clif_dtype dtype);

/* A view of C-ordered memory. `shape` has ndim entries; no size may be 0 and ndim must be 1 to
 * CLIF_MAX_DIMS, else the returned view has ndim 0 and every function refuses it. */
CLIF_API clif_array clif_array_view(void *data, clif_dtype dtype, unsigned ndim,
                                    const size_t *shape);

/* The part [first, first + count) of one dimension, without copying. A range outside the array
 * gives a view with ndim 0. */
CLIF_API clif_array clif_array_slice(const clif_array *array, unsigned dim, size_t first,
                                     size_t count);

/* Number of elements; 0 for an invalid view. */
CLIF_API size_t clif_array_count(const clif_array *array);

/* Allocates a C-ordered array, filled with zeros, through the context's allocator. The caller
 * frees it with clif_array_free() on the same context.
 * Returns CLIF_OK, CLIF_INVALID_ARGUMENT (no dtype, 0 or too many dimensions, a size of 0, more
 * bytes than size_t can count), CLIF_OUT_OF_MEMORY; *out is zeroed on failure. */
CLIF_NODISCARD CLIF_API clif_status clif_array_create(clif_context *context, clif_dtype dtype,
                                                      unsigned ndim, const size_t *shape,
                                                      clif_array *out);

/* Allocates an array on the context's device, filled with zeros. Rows (the last dimension) are
 * padded to whole blocks of 16 elements, so that kernels may read it as it is: the strides show it.
 * The caller frees it with clif_array_free() on the same context. Returns as clif_array_create(),
 * and CLIF_OUT_OF_DEVICE_MEMORY, CLIF_OPENCL. */
CLIF_NODISCARD CLIF_API clif_status clif_array_create_device(clif_context *context,
                                                             clif_dtype dtype, unsigned ndim,
                                                             const size_t *shape, clif_array *out);

/* Copies all elements from one array to another of the same shape and dtype: host to device, device
 * to host, or host to host. Waits until it is done. Strides may be any, except that elements of the
 * last dimension must lie side by side, and that in `to` a larger stride steps over all that the
 * smaller ones reach. The two must not overlap in host memory. After a failure `to` may hold a
 * part. Returns CLIF_OK, CLIF_SHAPE (shapes, dtypes or strides do not fit), CLIF_INVALID_ARGUMENT
 * (no valid array; a device array that is another context's or reaches beyond its buffer),
 * CLIF_OUT_OF_MEMORY, CLIF_OUT_OF_DEVICE_MEMORY, CLIF_OPENCL, CLIF_UNSUPPORTED (device to device).
 */
CLIF_NODISCARD CLIF_API clif_status clif_array_copy(clif_context *context, const clif_array *from,
                                                    const clif_array *to);

/* A new C-ordered array with the same values in another dtype. To float32: rounded to nearest;
 * a double beyond float's range becomes an infinity. To integers: only values that fit exactly.
 * Returns as clif_array_create(), and CLIF_INVALID_ARGUMENT for a value that does not fit. */
CLIF_NODISCARD CLIF_API clif_status clif_array_convert(clif_context *context,
                                                       const clif_array *array, clif_dtype dtype,
                                                       clif_array *out);

/* Frees what clif_array_create(), clif_array_create_device(), clif_array_convert() or
 * clif_npy_read() made, and zeroes it. Not for views and slices: they own nothing. */
CLIF_API void clif_array_free(clif_context *context, clif_array *array);

#ifdef __cplusplus
}
#endif
#endif
