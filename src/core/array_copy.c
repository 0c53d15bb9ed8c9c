/* array_copy.c - copying arrays between host and device, or within the host. */
#include <stdio.h>
#include <string.h>

#include "core/core.h"

/* ---- checks ---- */

bool clif__array_extent(const clif_array *array, size_t *bytes) {
  *bytes = clif_dtype_size(array->dtype);
  for (unsigned d = 0; d < array->ndim; d++) {
    size_t reach;
    if (!clif__multiply(array->shape[d] - 1, array->strides[d], &reach)) return false;
    if (*bytes > SIZE_MAX - reach) return false;
    *bytes += reach;
  }
  return true;
}

clif_status clif__array_check_device(clif_context *ctx, const clif_array *array, const char *what) {
  cl_context owner = NULL;
  size_t room = 0, bytes = 0;
  if (!clif__array_valid_device(array))
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                      "%s is no valid device array; make one with clif_array_create_device()",
                      what);
  CLIF_TRY(CLIF_CL(ctx, clGetMemObjectInfo,
                   (array->device, CL_MEM_CONTEXT, sizeof owner, &owner, NULL)));
  if (owner != ctx->cl)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                      "%s belongs to another context; use the one that it was created on", what);
  CLIF_TRY(
      CLIF_CL(ctx, clGetMemObjectInfo, (array->device, CL_MEM_SIZE, sizeof room, &room, NULL)));
  if (!clif__array_extent(array, &bytes) || bytes > room || array->offset > room - bytes)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                      "%s reaches beyond its buffer of %zu bytes; check offset, shape and strides",
                      what, room);
  return CLIF_OK;
}

static clif_status check_place(clif_context *ctx, const clif_array *array, const char *what) {
  if (clif__array_valid_device(array)) return clif__array_check_device(ctx, array, what);
  if (clif__array_valid(array)) return CLIF_OK;
  return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "%s %s", what, clif__array_fault(array));
}

/* "float32 (2, 3)". Six sizes of 20 digits fit. */
typedef struct description {
  char text[160];
} description;

static description describe(const clif_array *a) {
  description out;
  const size_t room = sizeof out.text;
  int used = snprintf(out.text, room, "%s (", clif_dtype_name(a->dtype));
  for (unsigned d = 0; d < a->ndim; d++)
    used += snprintf(out.text + used, room - (size_t)used, "%s%zu", d ? ", " : "", a->shape[d]);
  snprintf(out.text + used, room - (size_t)used, "%s)", a->ndim == 1 ? "," : "");
  return out;
}

static clif_status check_same(clif_context *ctx, const clif_array *from, const clif_array *to) {
  bool same = from->dtype == to->dtype && from->ndim == to->ndim &&
              memcmp(from->shape, to->shape, from->ndim * sizeof *from->shape) == 0;
  if (same) return CLIF_OK;
  return clif__fail(ctx, CLIF_SHAPE,
                    "%s cannot be copied to %s; give both the same shape and dtype",
                    describe(from).text, describe(to).text);
}

static clif_status check_rows(clif_context *ctx, const clif_array *array, const char *what) {
  if (clif__array_packed_from(array, array->ndim - 1)) return CLIF_OK;
  return clif__fail(ctx, CLIF_SHAPE,
                    "%s has gaps in its last dimension: elements of %zu bytes, %zu bytes apart; "
                    "let that dimension be the one whose elements lie side by side",
                    what, clif_dtype_size(array->dtype), array->strides[array->ndim - 1]);
}

/* Every stride, from the smallest on, must step over all that the smaller ones reach. */
static clif_status check_apart(clif_context *ctx, const clif_array *array) {
  size_t reach = clif_dtype_size(array->dtype);
  bool seen[CLIF_MAX_DIMS] = {false};
  for (;;) {
    unsigned least = array->ndim;
    for (unsigned d = 0; d < array->ndim; d++)
      if (!seen[d] && array->shape[d] > 1 &&
          (least == array->ndim || array->strides[d] < array->strides[least]))
        least = d;
    if (least == array->ndim) return CLIF_OK;
    if (array->strides[least] < reach) break;
    reach += (array->shape[least] - 1) * array->strides[least];
    seen[least] = true;
  }
  return clif__fail(ctx, CLIF_SHAPE,
                    "the array to copy to has elements that overlap; check its strides");
}

static clif_status check_copy(clif_context *ctx, const clif_array *from, const clif_array *to) {
  static const char source[] = "the array to copy from", target[] = "the array to copy to";
  size_t bytes;
  CLIF_TRY(check_place(ctx, from, source));
  CLIF_TRY(check_place(ctx, to, target));
  CLIF_TRY(check_same(ctx, from, to));
  CLIF_TRY(check_rows(ctx, from, source));
  CLIF_TRY(check_rows(ctx, to, target));
  if (!clif__array_extent(from, &bytes) || !clif__array_extent(to, &bytes))
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "strides reach further than size_t can count");
  CLIF_TRY(check_apart(ctx, to));
  if (from->device && to->device)
    return clif__fail(ctx, CLIF_UNSUPPORTED,
                      "both arrays lie on the device; copy through an array on the host");
  return CLIF_OK;
}

/* ---- the copy as rows of bytes ---- */

/* The rows of both sides, with as few dimensions as they can have; the innermost is first. */
typedef struct rows {
  size_t row_bytes;
  unsigned ndim;
  size_t shape[CLIF_MAX_DIMS], from[CLIF_MAX_DIMS], to[CLIF_MAX_DIMS];
} rows;

/* Do the copies of dimension k follow each other as the next dimension's do? */
static bool continues(const rows *r, unsigned k, size_t from, size_t to) {
  return from == r->shape[k] * r->from[k] && to == r->shape[k] * r->to[k];
}

static rows rows_of(const clif_array *from, const clif_array *to) {
  unsigned last = from->ndim - 1;
  rows r = {.row_bytes = from->shape[last] * clif_dtype_size(from->dtype)};
  for (unsigned d = last; d-- > 0;) {
    size_t n = from->shape[d], a = from->strides[d], b = to->strides[d];
    if (n == 1) continue;
    if (r.ndim == 0 && a == r.row_bytes && b == r.row_bytes) {
      r.row_bytes *= n;
    } else if (r.ndim > 0 && continues(&r, r.ndim - 1, a, b)) {
      r.shape[r.ndim - 1] *= n;
    } else {
      r.shape[r.ndim] = n;
      r.from[r.ndim] = a;
      r.to[r.ndim++] = b;
    }
  }
  return r;
}

/* Where a walk over the dimensions from `first` on has come to; offsets in bytes. */
typedef struct walk {
  unsigned first;
  size_t index[CLIF_MAX_DIMS], from, to;
} walk;

static bool step(const rows *r, walk *w) {
  for (unsigned k = w->first; k < r->ndim; k++) {
    w->from += r->from[k];
    w->to += r->to[k];
    if (++w->index[k] < r->shape[k]) return true;
    w->from -= r->shape[k] * r->from[k];
    w->to -= r->shape[k] * r->to[k];
    w->index[k] = 0;
  }
  return false;
}

static void copy_on_host(const rows *r, const clif_array *from, const clif_array *to) {
  walk w = {.first = 0};
  do {
    memmove((char *)to->data + w.to, (const char *)from->data + w.from, r->row_bytes);
  } while (step(r, &w));
}

/* The two inner dimensions make a box; the walk goes over the others. */
static clif_status enqueue(clif_context *ctx, const rows *r, const clif_array *from,
                           const clif_array *to) {
  const bool reads = from->device != NULL;
  const clif__buffer buffer = {.mem = reads ? from->device : to->device};
  const size_t *device = reads ? r->from : r->to, *host = reads ? r->to : r->from;
  clif__box box = {.row_bytes = r->row_bytes, .samples = 1, .steps = 1};
  if (r->ndim > 0) {
    box.samples = r->shape[0];
    box.device_sample_pitch = device[0];
    box.host_sample_pitch = host[0];
  }
  if (r->ndim > 1) {
    box.steps = r->shape[1];
    box.device_step_pitch = device[1];
    box.host_step_pitch = host[1];
  }
  walk w = {.first = 2};
  do {
    box.device_offset = reads ? from->offset + w.from : to->offset + w.to;
    if (reads)
      CLIF_TRY(clif__buffer_read(ctx, ctx->queue, &buffer, &box, (char *)to->data + w.to));
    else
      CLIF_TRY(
          clif__buffer_write(ctx, ctx->queue, &buffer, &box, (const char *)from->data + w.from));
  } while (step(r, &w));
  return clif__finish(ctx);
}

clif_status clif_array_copy(clif_context *context, const clif_array *from, const clif_array *to) {
  if (!context) return CLIF_INVALID_ARGUMENT;
  clif__where(context, NULL);
  CLIF_TRY(check_copy(context, from, to));
  const rows r = rows_of(from, to);
  if (!from->device && !to->device) {
    copy_on_host(&r, from, to);
    return CLIF_OK;
  }
  clif_status status = enqueue(context, &r, from, to);
  /* The caller's memory must be in use no more; the error is kept. */
  if (status != CLIF_OK) clFinish(context->queue);
  return status;
}
