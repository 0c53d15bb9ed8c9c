/* traffic.c - plain kernels that move as many bytes as neurons do. The kernel is in traffic.cl. */
#include "traffic.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "traffic_cl.h"

enum { MOST_ARRAYS = 2 };

static const struct {
  unsigned lanes, run;
  size_t local; /* at most */
} styles[TRAFFIC_STYLES] = {{1, 1, 256}, {16, 1, 1}, {16, 4, 1}, {16, 16, 1}, {16, 64, 1}};

const char *const traffic_style_names[TRAFFIC_STYLES] = {"scalar", "16 lanes", "16 lanes x 4",
                                                         "16 lanes x 16", "16 lanes x 64"};

struct traffic {
  traffic_shape shape;
  limit_device device;
  cl_kernel kernels[TRAFFIC_STYLES];
  size_t locals[TRAFFIC_STYLES];
  cl_mem bits, states[MOST_ARRAYS], records[MOST_ARRAYS];
};

/* ---- making ---- */

static bool build(traffic *t, size_t style, char *message) {
  char options[128];
  size_t most = 1;
  const int used =
      snprintf(options, sizeof options, "-DLANES=%u -DRUN=%u -DSTATES=%zu -DRECORDS=%zu",
               styles[style].lanes, styles[style].run, t->shape.states, t->shape.records);
  if (t->shape.tile_steps == 1)
    snprintf(options + used, sizeof options - (size_t)used, " -DSTEPS=1");
  if (!limit_kernel(&t->device, "traffic", traffic_cl, sizeof traffic_cl, options,
                    &t->kernels[style], &most, message))
    return false;
  t->locals[style] = styles[style].local < most ? styles[style].local : most;
  return true;
}

static bool take_memory(traffic *t, char *message) {
  const size_t tile = t->shape.tile_steps * t->shape.tile_row;
  bool good = limit_buffer(&t->device, tile / 8, &t->bits, message);
  for (size_t i = 0; i < t->shape.states && good; i++)
    good = limit_buffer(&t->device, t->shape.row * sizeof(cl_float), &t->states[i], message);
  for (size_t i = 0; i < t->shape.records && good; i++)
    good = limit_buffer(&t->device, tile * sizeof(cl_float), &t->records[i], message);
  return good;
}

/* Arguments that stay. */
static bool set_buffers(traffic *t, size_t style, char *message) {
  cl_mem buffers[2 + 2 * MOST_ARRAYS] = {t->shape.input};
  buffers[1] = t->bits;
  for (size_t i = 0; i < MOST_ARRAYS; i++) {
    /* Something must be there; it is not touched. */
    buffers[2 + i] = t->states[i] ? t->states[i] : t->bits;
    buffers[2 + MOST_ARRAYS + i] = t->records[i] ? t->records[i] : t->bits;
  }
  for (cl_uint i = 0; i < 2 + 2 * MOST_ARRAYS; i++) {
    const cl_int code = clSetKernelArg(t->kernels[style], i, sizeof *buffers, &buffers[i]);
    if (code != CL_SUCCESS) return limit_refuse(message, "clSetKernelArg", code);
  }
  return true;
}

bool traffic_create(const traffic_shape *shape, traffic **out, char *message) {
  traffic *t = calloc(1, sizeof *t);
  *out = NULL;
  if (!t) return limit_refuse(message, "calloc", CL_OUT_OF_HOST_MEMORY);
  t->shape = *shape;
  bool good = limit_open(&t->device, shape->input, message) && take_memory(t, message);
  for (size_t style = 0; style < TRAFFIC_STYLES && good; style++)
    good = build(t, style, message) && set_buffers(t, style, message);
  if (good)
    *out = t;
  else
    traffic_destroy(t);
  return good;
}

void traffic_destroy(traffic *t) {
  if (!t) return;
  for (size_t style = 0; style < TRAFFIC_STYLES; style++)
    if (t->kernels[style]) clReleaseKernel(t->kernels[style]);
  for (size_t i = 0; i < MOST_ARRAYS; i++) {
    if (t->states[i]) clReleaseMemObject(t->states[i]);
    if (t->records[i]) clReleaseMemObject(t->records[i]);
  }
  if (t->bits) clReleaseMemObject(t->bits);
  limit_close(&t->device);
  free(t);
}

/* ---- running ---- */

bool traffic_reset(traffic *t, char *message) {
  const cl_float zero = 0;
  cl_int code = CL_SUCCESS;
  for (size_t i = 0; i < t->shape.states && code == CL_SUCCESS; i++)
    code = clEnqueueFillBuffer(t->device.queue, t->states[i], &zero, sizeof zero, 0,
                               t->shape.row * sizeof zero, 0, NULL, NULL);
  if (code == CL_SUCCESS) code = clFinish(t->device.queue);
  return code == CL_SUCCESS || limit_refuse(message, "clEnqueueFillBuffer", code);
}

/* The input's first element is first_step * row + first: by the arguments alone, as parts of
 * buffers have an alignment of their own. */
static cl_int launch(traffic *t, size_t style, size_t first_step, size_t steps, size_t first,
                     size_t end) {
  const cl_ulong sizes[] = {t->shape.row, end - first, first, end, first_step};
  const cl_uint count = (cl_uint)steps;
  cl_kernel kernel = t->kernels[style];
  cl_int code = CL_SUCCESS;
  cl_uint argument = 2 + 2 * MOST_ARRAYS;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes && code == CL_SUCCESS; i++)
    code = clSetKernelArg(kernel, argument++, sizeof *sizes, &sizes[i]);
  if (code == CL_SUCCESS) code = clSetKernelArg(kernel, argument, sizeof count, &count);
  const size_t block = (size_t)styles[style].lanes * styles[style].run;
  const size_t items = (end - first + block - 1) / block, local = t->locals[style];
  const size_t global = (items + local - 1) / local * local;
  if (code == CL_SUCCESS)
    code = clEnqueueNDRangeKernel(t->device.queue, kernel, 1, NULL, &global, &local, 0, NULL, NULL);
  return code == CL_SUCCESS ? clFinish(t->device.queue) : code;
}

bool traffic_run(traffic *t, size_t style, size_t first, size_t steps, char *message) {
  const traffic_shape *s = &t->shape;
  cl_int code = CL_SUCCESS;
  for (size_t done = 0; done < steps; done += s->tile_steps) {
    const size_t tile = steps - done < s->tile_steps ? steps - done : s->tile_steps;
    for (size_t at = 0; at < s->row && code == CL_SUCCESS; at += s->tile_row) {
      const size_t end = s->row - at < s->tile_row ? s->row : at + s->tile_row;
      code = launch(t, style, first + done, tile, at, end);
    }
  }
  return code == CL_SUCCESS || limit_refuse(message, "clEnqueueNDRangeKernel", code);
}
