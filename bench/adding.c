/* adding.c - adds weights from the cache as a linear layer by events does. The kernel is in
 * adding.cl. */
#include "adding.h"

#include <stdio.h>
#include <stdlib.h>

#include "adding_cl.h"
#include "message.h"
#include "random.h"

enum {
  LANES = 16,
  /* Sums stay whole numbers that float32 has: MOST_WEIGHT times so many rows is below 2^24. What
   * is beyond is far from any cache. */
  MOST_WEIGHT = 3,
  MOST_ROWS = 1 << 22,
  /* Of one launch; some drivers end loops that are much longer. */
  ENOUGH_ROWS = 1 << 14
};

static const double LEAST_SECONDS = 0.002, MOST_SECONDS = 0.1; /* of a measurement, asked for */

struct adding {
  clif_context *context;
  /* As adding.cl has them; `columns` are those of a unit. */
  size_t units, columns, apart, stride, rows, times, samples;
  unsigned lanes;
  size_t launches;
  clif_array weight;
  limit_device device;
  cl_kernel kernel;
  cl_mem sums;
  size_t n_sums;
  float *expected, *got; /* of one sample, and of all */
  size_t global[2], local[2];
};

static size_t shares_of(size_t n, size_t share) {
  return (n + share - 1) / share;
}

/* ---- making ---- */

/* Lane blocks that the library sums up together with 16 lanes (src/layer/linear_events.c): up to 8,
 * with no more than 1 MiB of weights; even where there are several units. */
static size_t blocks_of_unit(size_t in, size_t blocks) {
  enum { MOST = 8, CACHE_BYTES = 1 << 20 };
  size_t most = MOST;
  while (most > 2 && most * LANES * sizeof(float) * in > CACHE_BYTES) most /= 2;
  const size_t units = shares_of(blocks, most), unit = shares_of(blocks, units);
  return units > 1 ? shares_of(unit, 2) * 2 : unit;
}

static void lay_out(adding *a, const adding_shape *shape) {
  const size_t blocks = shares_of(shape->out, LANES);
  a->rows = shape->in < MOST_ROWS ? shape->in : MOST_ROWS;
  a->times = ENOUGH_ROWS > a->rows ? ENOUGH_ROWS / a->rows : 1;
  a->samples = shape->samples;
  /* As the library chooses them. */
  a->lanes = clif_context_device(a->context)->type == CLIF_DEVICE_CPU ? LANES : 1;
  if (a->lanes == 1) {
    a->units = a->stride = blocks * LANES;
    a->columns = a->apart = 1;
  } else {
    const size_t unit = blocks_of_unit(a->rows, blocks);
    a->units = shares_of(blocks, unit);
    a->columns = a->stride = unit * LANES;
    a->apart = a->rows * a->columns;
  }
  a->n_sums = a->samples * a->units * a->columns;
}

/* Whole numbers from 1 on: a row left out is missed in every sum. */
static void fill_weights(adding *a, float *weight) {
  random_stream random = random_start(1, 0);
  for (size_t u = 0; u < a->units; u++)
    for (size_t k = 0; k < a->rows; k++)
      for (size_t c = 0; c < a->columns; c++) {
        const float w = (float)(1 + (int)(MOST_WEIGHT * random_unit(&random)));
        weight[u * a->apart + k * a->stride + c] = w;
        a->expected[u * a->columns + c] += (float)a->times * w;
      }
}

static clif_status make_weights(adding *a) {
  const size_t count = a->units * a->columns * a->rows;
  clif_array host = {0};
  clif_status status = clif_array_create(a->context, CLIF_F32, 1, &count, &host);
  if (status != CLIF_OK) return status;
  fill_weights(a, host.data);
  status = clif_array_create_device(a->context, CLIF_F32, 1, &count, &a->weight);
  if (status == CLIF_OK) status = clif_array_copy(a->context, &host, &a->weight);
  clif_array_free(a->context, &host);
  return status;
}

static bool take_memory(adding *a, char *message) {
  a->expected = calloc(a->units * a->columns, sizeof *a->expected);
  a->got = calloc(a->n_sums, sizeof *a->got);
  if (!a->expected || !a->got) return limit_refuse(message, "calloc", CL_OUT_OF_HOST_MEMORY);
  if (make_weights(a) == CLIF_OK) return true;
  snprintf(message, LIMIT_MESSAGE_SIZE, "%s", clif_context_error(a->context));
  return false;
}

static bool build(adding *a, char *message) {
  enum { USUAL = 64 };
  char options[64];
  size_t most = 1;
  snprintf(options, sizeof options, "-DLANES=%u -DUNIT=%zu", a->lanes, a->columns / a->lanes);
  if (!limit_kernel(&a->device, "adding", adding_cl, sizeof adding_cl, options, &a->kernel, &most,
                    message))
    return false;
  a->local[0] = a->local[1] = 1;
  if (a->lanes == 1) a->local[0] = most < USUAL ? most : USUAL;
  a->global[a->lanes == 1 ? 1 : 0] = a->samples;
  a->global[a->lanes == 1 ? 0 : 1] = shares_of(a->units, a->local[0]) * a->local[0];
  return true;
}

static bool set_arguments(adding *a, char *message) {
  const cl_mem buffers[] = {a->weight.device, a->sums};
  const cl_ulong sizes[] = {a->units, a->apart, a->stride};
  const cl_uint counts[] = {(cl_uint)a->rows, (cl_uint)a->times};
  cl_uint at = 0;
  cl_int code = CL_SUCCESS;
  for (size_t i = 0; i < 2 && code == CL_SUCCESS; i++)
    code = clSetKernelArg(a->kernel, at++, sizeof *buffers, &buffers[i]);
  for (size_t i = 0; i < 3 && code == CL_SUCCESS; i++)
    code = clSetKernelArg(a->kernel, at++, sizeof *sizes, &sizes[i]);
  for (size_t i = 0; i < 2 && code == CL_SUCCESS; i++)
    code = clSetKernelArg(a->kernel, at++, sizeof *counts, &counts[i]);
  return code == CL_SUCCESS || limit_refuse(message, "clSetKernelArg", code);
}

/* ---- running ---- */

/* What is timed. */
static bool run(const adding *a, double *seconds, char *message) {
  const double started = seconds_now();
  cl_int code = CL_SUCCESS;
  for (size_t i = 0; i < a->launches && code == CL_SUCCESS; i++)
    code = clEnqueueNDRangeKernel(a->device.queue, a->kernel, 2, NULL, a->global, a->local, 0, NULL,
                                  NULL);
  if (code == CL_SUCCESS) code = clFinish(a->device.queue);
  *seconds = seconds_now() - started;
  return code == CL_SUCCESS || limit_refuse(message, "clEnqueueNDRangeKernel", code);
}

/* The first launch is not counted: drivers compile for a size then. */
static bool count_launches(adding *a, double wanted, char *message) {
  double seconds;
  if (wanted < LEAST_SECONDS) wanted = LEAST_SECONDS;
  if (wanted > MOST_SECONDS) wanted = MOST_SECONDS;
  a->launches = 1;
  if (!run(a, &seconds, message)) return false;
  for (;; a->launches *= 2) {
    if (!run(a, &seconds, message)) return false;
    if (seconds >= wanted) return true;
  }
}

/* No run may live on what the one before left behind. */
static bool clear(const adding *a, char *message) {
  const cl_float zero = 0;
  cl_int code = clEnqueueFillBuffer(a->device.queue, a->sums, &zero, sizeof zero, 0,
                                    a->n_sums * sizeof zero, 0, NULL, NULL);
  if (code == CL_SUCCESS) code = clFinish(a->device.queue);
  return code == CL_SUCCESS || limit_refuse(message, "clEnqueueFillBuffer", code);
}

static bool check(const adding *a, char *message) {
  const size_t row = a->units * a->columns;
  const cl_int code = clEnqueueReadBuffer(a->device.queue, a->sums, CL_TRUE, 0,
                                          a->n_sums * sizeof *a->got, a->got, 0, NULL, NULL);
  if (code != CL_SUCCESS) return limit_refuse(message, "clEnqueueReadBuffer", code);
  for (size_t i = 0; i < a->n_sums; i++)
    if (a->got[i] != a->expected[i % row]) {
      snprintf(message, LIMIT_MESSAGE_SIZE,
               "the limit's kernel sums up %g where it must be %g, in sample %zu, column %zu; this "
               "is a fault, please report it",
               (double)a->got[i], (double)a->expected[i % row], i / row, i % row);
      return false;
    }
  return true;
}

bool adding_measure(adding *a, double *weights_per_second, char *message) {
  const double launch = (double)a->n_sums * (double)a->rows * (double)a->times;
  double seconds;
  if (!clear(a, message) || !run(a, &seconds, message) || !check(a, message)) return false;
  *weights_per_second = launch * (double)a->launches / seconds;
  return true;
}

bool adding_create(clif_context *context, const adding_shape *shape, adding **out, char *message) {
  adding *a = calloc(1, sizeof *a);
  *out = NULL;
  if (!a) return limit_refuse(message, "calloc", CL_OUT_OF_HOST_MEMORY);
  a->context = context;
  lay_out(a, shape);
  if (take_memory(a, message) && limit_open(&a->device, a->weight.device, message) &&
      limit_buffer(&a->device, a->n_sums * sizeof(cl_float), &a->sums, message) &&
      build(a, message) && set_arguments(a, message) &&
      count_launches(a, shape->seconds, message)) {
    *out = a;
    return true;
  }
  adding_destroy(a);
  return false;
}

void adding_destroy(adding *a) {
  if (!a) return;
  if (a->kernel) clReleaseKernel(a->kernel);
  if (a->sums) clReleaseMemObject(a->sums);
  limit_close(&a->device);
  if (a->weight.ndim) clif_array_free(a->context, &a->weight);
  free(a->got);
  free(a->expected);
  free(a);
}
