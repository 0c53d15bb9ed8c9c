/* npy.h - the head of a .npy file, parsed from memory; apart from the reader so that it can be
 * fuzzed. The format: numpy/lib/format.py, "NPY format", versions 1.0 to 3.0. */
#ifndef CLIF_IO_NPY_H
#define CLIF_IO_NPY_H

#include <stdbool.h>

#include "clif/array.h"

enum {
  CLIF__NPY_PREAMBLE = 12,     /* magic, version and length; every valid file has more bytes */
  CLIF__NPY_MAX_OFFSET = 65548 /* longest head that is read; NumPy itself stops at 10000 */
};

typedef struct clif__npy_info {
  clif_dtype dtype;
  bool is_bool; /* stored as bool, read as uint8 */
  unsigned ndim;
  size_t shape[CLIF_MAX_DIMS];
  size_t bytes;  /* of the array's values; never overflows */
  size_t offset; /* of the first value in the file */
} clif__npy_info;

/* Why a head was refused: the end of a sentence that begins with the file's name. */
typedef struct clif__npy_why {
  char text[384];
} clif__npy_why;

/* From the first CLIF__NPY_PREAMBLE bytes: where the values begin, at most CLIF__NPY_MAX_OFFSET.
 * CLIF_OK, CLIF_FORMAT, CLIF_UNSUPPORTED. */
clif_status clif__npy_offset(const unsigned char *data, size_t size, size_t *offset,
                             clif__npy_why *why);

/* The whole head; `size` may reach into the values. Statuses as above. */
clif_status clif__npy_parse(const unsigned char *data, size_t size, clif__npy_info *out,
                            clif__npy_why *why);

#endif
