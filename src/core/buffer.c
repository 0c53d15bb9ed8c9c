/* buffer.c - device memory: made filled with zeros, written and read in boxes. */
#include <stdio.h>
#include <string.h>

#include "core/core.h"

/* Some drivers count a fill's bytes in 32 bits. */
static const size_t FILL_CHUNK = (size_t)1 << 30;

static clif_status fill_zero(clif_context *ctx, cl_mem mem, size_t bytes) {
  const cl_uint zero = 0;
  for (size_t first = 0; first < bytes;) {
    size_t left = bytes - first;
    size_t size = left < FILL_CHUNK ? left : FILL_CHUNK;
    /* Whole words are filled fastest; the last few bytes one by one. */
    size_t pattern = size >= sizeof zero ? sizeof zero : 1;
    size -= size % pattern;
    ctx->counters.commands++;
    CLIF_TRY(CLIF_CL(ctx, clEnqueueFillBuffer,
                     (ctx->queue, mem, &zero, pattern, first, size, 0, NULL, NULL)));
    first += size;
  }
  return CLIF_OK;
}

static void count_device(clif_context *ctx, size_t bytes) {
  clif_memory_use *use = &ctx->memory;
  use->device_bytes += bytes;
  if (use->device_bytes > use->device_peak) use->device_peak = use->device_bytes;
}

clif_status clif__buffer_create(clif_context *ctx, size_t bytes, const char *what,
                                clif__buffer *out) {
  *out = (clif__buffer){0};
  if (bytes == 0)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "the buffer for %s has a size of 0", what);
  if (bytes > ctx->info.max_allocation_bytes)
    return clif__fail(ctx, CLIF_OUT_OF_DEVICE_MEMORY,
                      "%s needs a buffer of %zu bytes, but '%s' allows at most %llu bytes in one: "
                      "make it smaller or choose another device",
                      what, bytes, ctx->info.name,
                      (unsigned long long)ctx->info.max_allocation_bytes);
  char call[256];
  snprintf(call, sizeof call, "clCreateBuffer of %zu bytes for %s", bytes, what);
  cl_int code = CL_SUCCESS;
  cl_mem mem = clCreateBuffer(ctx->cl, CL_MEM_READ_WRITE, bytes, NULL, &code);
  CLIF_TRY(clif__check_cl(ctx, code, call));
  clif_status status = fill_zero(ctx, mem, bytes);
  if (status != CLIF_OK) {
    clReleaseMemObject(mem);
    return status;
  }
  *out = (clif__buffer){mem, bytes};
  count_device(ctx, bytes);
  return CLIF_OK;
}

clif_status clif__buffer_clear(clif_context *ctx, const clif__buffer *buffer, size_t bytes) {
  return fill_zero(ctx, buffer->mem, bytes);
}

clif_status clif__buffer_copy(clif_context *ctx, const clif__buffer *from, size_t from_offset,
                              const clif__buffer *to, size_t to_offset, size_t bytes) {
  ctx->counters.commands++;
  return CLIF_CL(ctx, clEnqueueCopyBuffer,
                 (ctx->queue, from->mem, to->mem, from_offset, to_offset, bytes, 0, NULL, NULL));
}

void clif__buffer_release(clif_context *ctx, clif__buffer *buffer) {
  if (!buffer->mem) return;
  clReleaseMemObject(buffer->mem);
  ctx->memory.device_bytes -= buffer->bytes;
  *buffer = (clif__buffer){0};
}

clif__box clif__box_flat(size_t bytes) {
  return (clif__box){.row_bytes = bytes, .samples = 1, .steps = 1};
}

/* ---- copying boxes ---- */

/* Exactly one of `to` and `from` is set. */
typedef struct transfer {
  clif_context *ctx;
  cl_command_queue queue;
  cl_mem mem;
  char *to;         /* host memory of a read */
  const char *from; /* host memory of a write */
} transfer;

static clif_status copy_run(const transfer *t, size_t device, size_t host, size_t bytes) {
  clif_context *ctx = t->ctx;
  ctx->counters.commands++;
  if (t->to)
    return CLIF_CL(ctx, clEnqueueReadBuffer,
                   (t->queue, t->mem, CL_FALSE, device, bytes, t->to + host, 0, NULL, NULL));
  return CLIF_CL(ctx, clEnqueueWriteBuffer,
                 (t->queue, t->mem, CL_FALSE, device, bytes, t->from + host, 0, NULL, NULL));
}

/* A box whose pitches OpenCL takes. `host` is an offset like `box->device_offset`; both are given
 * by x so that they need not be multiples of a pitch. */
static clif_status copy_rect(const transfer *t, const clif__box *box, size_t host) {
  clif_context *ctx = t->ctx;
  const size_t device_origin[3] = {box->device_offset, 0, 0}, host_origin[3] = {host, 0, 0};
  const size_t region[3] = {box->row_bytes, box->samples, box->steps};
  size_t device_slice = box->steps > 1 ? box->device_step_pitch : 0;
  size_t host_slice = box->steps > 1 ? box->host_step_pitch : 0;
  ctx->counters.commands++;
  if (t->to)
    return CLIF_CL(ctx, clEnqueueReadBufferRect,
                   (t->queue, t->mem, CL_FALSE, device_origin, host_origin, region,
                    box->device_sample_pitch, device_slice, box->host_sample_pitch, host_slice,
                    t->to, 0, NULL, NULL));
  return CLIF_CL(ctx, clEnqueueWriteBufferRect,
                 (t->queue, t->mem, CL_FALSE, device_origin, host_origin, region,
                  box->device_sample_pitch, device_slice, box->host_sample_pitch, host_slice,
                  t->from, 0, NULL, NULL));
}

static void swap(size_t *a, size_t *b) {
  size_t kept = *a;
  *a = *b;
  *b = kept;
}

static void swap_steps_and_samples(clif__box *box) {
  swap(&box->samples, &box->steps);
  swap(&box->device_sample_pitch, &box->device_step_pitch);
  swap(&box->host_sample_pitch, &box->host_step_pitch);
}

/* Samples that lie back to back on both sides become one longer row. */
static void join_samples(clif__box *box) {
  bool joined =
      box->device_sample_pitch == box->row_bytes && box->host_sample_pitch == box->row_bytes;
  if (box->samples > 1 && !joined) return;
  box->row_bytes *= box->samples;
  box->samples = 1;
}

/* The same box with as few dimensions as it can have: a run of bytes is 1 x 1 x bytes. */
static clif__box simplify(clif__box box) {
  join_samples(&box);
  if (box.samples == 1) swap_steps_and_samples(&box);
  join_samples(&box);
  return box;
}

/* OpenCL 1.2's rules for the Rect calls: a row pitch covers a row; a slice pitch covers its rows
 * and is a multiple of the row pitch. */
static bool rows_fit(const clif__box *box) {
  return box->device_sample_pitch >= box->row_bytes && box->host_sample_pitch >= box->row_bytes;
}

static bool slice_fits(size_t slice, size_t rows, size_t pitch) {
  return slice >= rows * pitch && slice % pitch == 0;
}

static clif_status copy_rows(const transfer *t, const clif__box *box, size_t host) {
  for (size_t i = 0; i < box->samples; i++)
    CLIF_TRY(copy_run(t, box->device_offset + i * box->device_sample_pitch,
                      host + i * box->host_sample_pitch, box->row_bytes));
  return CLIF_OK;
}

/* Slice by slice, each a rectangle where the pitches allow it, else row by row. */
static clif_status copy_slices(const transfer *t, const clif__box *box) {
  for (size_t i = 0; i < box->steps; i++) {
    clif__box slice = *box;
    slice.steps = 1;
    slice.device_offset += i * box->device_step_pitch;
    size_t host = i * box->host_step_pitch;
    CLIF_TRY(rows_fit(&slice) ? copy_rect(t, &slice, host) : copy_rows(t, &slice, host));
  }
  return CLIF_OK;
}

static clif_status copy_box(const transfer *t, const clif__box *asked) {
  if (!asked->row_bytes || !asked->samples || !asked->steps) return CLIF_OK;
  clif__box box = simplify(*asked);
  if (box.samples == 1 && box.steps == 1) return copy_run(t, box.device_offset, 0, box.row_bytes);
  if (rows_fit(&box) && slice_fits(box.device_step_pitch, box.samples, box.device_sample_pitch) &&
      slice_fits(box.host_step_pitch, box.samples, box.host_sample_pitch))
    return copy_rect(t, &box, 0);
  /* Slices are copied one by one: let the shorter dimension be the slices, if it can be. */
  clif__box turned = box;
  swap_steps_and_samples(&turned);
  bool turn = rows_fit(&turned) && (turned.steps < box.steps || !rows_fit(&box));
  return copy_slices(t, turn ? &turned : &box);
}

clif_status clif__buffer_write(clif_context *ctx, cl_command_queue queue,
                               const clif__buffer *buffer, const clif__box *box, const void *host) {
  const transfer t = {.ctx = ctx, .queue = queue, .mem = buffer->mem, .from = host};
  CLIF_TRY(copy_box(&t, box));
  ctx->counters.bytes_uploaded += (uint64_t)box->row_bytes * box->samples * box->steps;
  return CLIF_OK;
}

clif_status clif__buffer_read(clif_context *ctx, cl_command_queue queue, const clif__buffer *buffer,
                              const clif__box *box, void *host) {
  const transfer t = {.ctx = ctx, .queue = queue, .mem = buffer->mem, .to = host};
  CLIF_TRY(copy_box(&t, box));
  ctx->counters.bytes_downloaded += (uint64_t)box->row_bytes * box->samples * box->steps;
  return CLIF_OK;
}
