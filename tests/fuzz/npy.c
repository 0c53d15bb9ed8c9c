/* npy.c - a fuzzer for the parser of .npy heads: it must never read beyond its input, and what it
 * accepts must be an array that can exist. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/npy.h"

static void require(bool condition) {
  if (!condition) abort();
}

static void check_accepted(const clif__npy_info *info, size_t size) {
  size_t bytes = clif_dtype_size(info->dtype);
  require(bytes > 0 && info->ndim >= 1 && info->ndim <= CLIF_MAX_DIMS);
  require(info->offset <= size && info->offset <= CLIF__NPY_MAX_OFFSET);
  require(!info->is_bool || info->dtype == CLIF_U8);
  for (unsigned i = 0; i < info->ndim; i++) {
    require(info->shape[i] > 0 && bytes <= SIZE_MAX / info->shape[i]);
    bytes *= info->shape[i];
  }
  require(bytes == info->bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  clif__npy_info info;
  clif__npy_why why;
  clif_status status = clif__npy_parse(data, size, &info, &why);
  if (status == CLIF_OK) {
    check_accepted(&info, size);
  } else { /* refused, with a sentence */
    require(status == CLIF_FORMAT || status == CLIF_UNSUPPORTED);
    require(why.text[0] != '\0' && memchr(why.text, '\0', sizeof why.text) != NULL);
  }
  return 0;
}
