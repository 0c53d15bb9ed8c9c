/* npy.c - NumPy's array files: reading from anything that can be opened, writing whole files. */
#include "clif/npy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "io/npy.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "npy.c moves little-endian values between files and memory as they are"
#endif

/* ---- reading ---- */

typedef struct source {
  clif_context *ctx;
  const char *path;
  int fd;
  size_t size; /* of a regular file; 0 where nobody knows */
} source;

static clif_status open_source(clif_context *ctx, const char *path, source *out) {
  *out = (source){ctx, path, open(path, O_RDONLY | O_CLOEXEC), 0};
  if (out->fd < 0) return clif__file_fail(ctx, path, "cannot be opened", errno);
  struct stat about;
  if (fstat(out->fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0)
    out->size = (size_t)about.st_size;
  return CLIF_OK;
}

/* Reads until `want` bytes are there or the file ends. */
static clif_status read_up_to(source *s, void *into, size_t want, size_t *got) {
  enum { MOST_AT_ONCE = 1 << 30 };
  for (*got = 0; *got < want;) {
    size_t part = want - *got < MOST_AT_ONCE ? want - *got : MOST_AT_ONCE;
    ssize_t n = read(s->fd, (char *)into + *got, part);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return clif__file_fail(s->ctx, s->path, "cannot be read", errno);
    if (n == 0) break;
    *got += (size_t)n;
  }
  return CLIF_OK;
}

static clif_status read_head(source *s, clif__npy_info *info) {
  clif_status status = CLIF_OK;
  clif__npy_why why;
  size_t got = 0, more = 0, offset = 0;
  unsigned char *head = clif__calloc(s->ctx, CLIF__NPY_MAX_OFFSET, 1);
  if (!head) return CLIF_OUT_OF_MEMORY;
  CLIF_TRY_OR_FAIL(read_up_to(s, head, CLIF__NPY_PREAMBLE, &got));
  status = clif__npy_offset(head, got, &offset, &why);
  if (status == CLIF_OK && offset > got) {
    CLIF_TRY_OR_FAIL(read_up_to(s, head + got, offset - got, &more));
    status = clif__npy_parse(head, got + more, info, &why);
  } else if (status == CLIF_OK) { /* a head of at most 12 bytes has no room for its entries */
    status = clif__npy_parse(head, got, info, &why);
  }
  if (status != CLIF_OK) status = clif__fail(s->ctx, status, "'%s' %s", s->path, why.text);

fail:
  clif__free(s->ctx, head);
  return status;
}

/* Memory grows with what has really come, so that a head that promises much costs nothing. */
static clif_status read_values(source *s, const clif__npy_info *info, void **out) {
  enum { FIRST_GUESS = 1 << 20 };
  clif_status status = CLIF_OK;
  size_t have = 0, got = 0;
  size_t there = s->size > info->offset ? s->size - info->offset : FIRST_GUESS;
  size_t room = there < info->bytes ? there : info->bytes;
  char *values = NULL;
  for (;;) {
    char *larger = clif__realloc(s->ctx, values, room, 1);
    status = larger ? CLIF_OK : CLIF_OUT_OF_MEMORY;
    if (!larger) goto fail;
    values = larger;
    CLIF_TRY_OR_FAIL(read_up_to(s, values + have, room - have, &got));
    have += got;
    if (have < room || have == info->bytes) break;
    room = room > info->bytes / 2 ? info->bytes : 2 * room;
  }
  char behind;
  CLIF_TRY_OR_FAIL(read_up_to(s, &behind, 1, &got));
  if (have < info->bytes)
    status = clif__fail(s->ctx, CLIF_FORMAT,
                        "'%s' is cut short: its shape needs %zu bytes and %zu are there; save or "
                        "copy it again",
                        s->path, info->bytes, have);
  else if (got)
    status = clif__fail(s->ctx, CLIF_FORMAT,
                        "'%s' has bytes behind its array; keep one array per file", s->path);
  if (status != CLIF_OK) goto fail;
  *out = values;
  return CLIF_OK;

fail:
  clif__free(s->ctx, values);
  return status;
}

clif_status clif_npy_read(clif_context *ctx, const char *path, clif_array *out) {
  clif_status status = CLIF_OK;
  source s = {.fd = -1};
  clif__npy_info info = {0};
  void *values = NULL;
  if (!ctx) return CLIF_INVALID_ARGUMENT;
  clif__where(ctx, NULL);
  if (!out) return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "clif_npy_read: out is NULL");
  *out = (clif_array){0};
  if (!path) return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "clif_npy_read: path is NULL");
  CLIF_TRY_OR_FAIL(open_source(ctx, path, &s));
  CLIF_TRY_OR_FAIL(read_head(&s, &info));
  CLIF_TRY_OR_FAIL(read_values(&s, &info, &values));
  if (info.is_bool)
    for (unsigned char *byte = values, *end = byte + info.bytes; byte < end; byte++)
      *byte = *byte != 0;
  *out = clif_array_view(values, info.dtype, info.ndim, info.shape);

fail:
  if (s.fd >= 0) close(s.fd);
  return status;
}

/* ---- writing ---- */

static const char *descr_of(clif_dtype dtype) {
  switch (dtype) {
  case CLIF_U8:
    return "|u1";
  case CLIF_I64:
    return "<i8";
  case CLIF_F32:
    return "<f4";
  case CLIF_F64:
    return "<f8";
  case CLIF_U32:
    return "<u4";
  }
  return "";
}

static clif_status write_head(clif__file *file, const clif_array *array) {
  /* The values begin at a multiple of 64 bytes, so that they can be mapped; 320 hold six numbers
   * of 20 digits. */
  enum { START = 10, ALIGN = 64, CAPACITY = 320 };
  static const unsigned char magic[8] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  char head[CAPACITY + ALIGN];
  int used = snprintf(head + START, CAPACITY - START,
                      "{'descr': '%s', 'fortran_order': False, 'shape': (", descr_of(array->dtype));
  for (unsigned i = 0; i < array->ndim; i++)
    used += snprintf(head + START + used, (size_t)(CAPACITY - START - used), "%s%zu", i ? ", " : "",
                     array->shape[i]);
  used += snprintf(head + START + used, (size_t)(CAPACITY - START - used), "%s), }",
                   array->ndim == 1 ? "," : "");
  int total = (START + used + 1 + ALIGN - 1) / ALIGN * ALIGN;
  memset(head + START + used, ' ', (size_t)(total - START - used));
  head[total - 1] = '\n';
  memcpy(head, magic, sizeof magic);
  head[8] = (char)((total - START) & 0xff);
  head[9] = (char)((total - START) >> 8);
  return clif__file_write(file, head, (size_t)total);
}

/* Runs of neighbouring bytes, as long as the strides allow, in C order. */
static clif_status write_values(clif__file *file, const clif_array *array) {
  unsigned outer = array->ndim;
  while (outer > 0 && clif__array_packed_from(array, outer - 1)) outer--;
  size_t run = clif_dtype_size(array->dtype), runs = 1;
  for (unsigned i = outer; i < array->ndim; i++) run *= array->shape[i];
  for (unsigned i = 0; i < outer; i++) runs *= array->shape[i];
  size_t index[CLIF_MAX_DIMS] = {0};
  const char *at = array->data;
  for (size_t n = 0; n < runs; n++) {
    CLIF_TRY(clif__file_write(file, at, run));
    for (unsigned i = outer; i-- > 0;) {
      at += array->strides[i];
      if (++index[i] < array->shape[i]) break;
      at -= array->strides[i] * array->shape[i];
      index[i] = 0;
    }
  }
  return CLIF_OK;
}

clif_status clif_npy_write(clif_context *ctx, const char *path, const clif_array *array) {
  clif_status status = CLIF_OK;
  clif__file file;
  if (!ctx) return CLIF_INVALID_ARGUMENT;
  clif__where(ctx, NULL);
  if (!path) return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "clif_npy_write: path is NULL");
  if (!clif__array_valid(array))
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "clif_npy_write: '%s': the array %s", path,
                      clif__array_fault(array));
  CLIF_TRY(clif__file_create(ctx, path, &file));
  CLIF_TRY_OR_FAIL(write_head(&file, array));
  CLIF_TRY_OR_FAIL(write_values(&file, array));
  CLIF_TRY_OR_FAIL(clif__file_commit(&file));

fail:
  clif__file_abandon(&file);
  return status;
}
