/* npy.h - NumPy's array files. */
#ifndef CLIF_NPY_H
#define CLIF_NPY_H

#include "array.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads a .npy file (format 1.0 to 3.0): uint8, bool (read as uint8), uint32, int64, float32,
 * float64, little-endian, C order, 1 to CLIF_MAX_DIMS dimensions. A pipe such as /dev/stdin will
 * do. Bytes behind the array are refused. *out is freed by the caller with clif_array_free().
 * Returns CLIF_OK, CLIF_IO (cannot open or read), CLIF_FORMAT (not such a file, or cut short),
 * CLIF_UNSUPPORTED (another dtype, byte order or memory order), CLIF_OUT_OF_MEMORY. */
CLIF_NODISCARD CLIF_API clif_status clif_npy_read(clif_context *context, const char *path,
                                                  clif_array *out);

/* Writes an array, strided or not, as .npy format 1.0. A regular file appears whole or not at
 * all; a pipe such as /dev/stdout is written straight through.
 * Returns CLIF_OK, CLIF_INVALID_ARGUMENT (an invalid view), CLIF_IO, CLIF_OUT_OF_MEMORY. */
CLIF_NODISCARD CLIF_API clif_status clif_npy_write(clif_context *context, const char *path,
                                                   const clif_array *array);

#ifdef __cplusplus
}
#endif
#endif
