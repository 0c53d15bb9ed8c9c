/* layer_self.c - the layer itself: raw OpenCL calls, counted, leaked and made to fail. */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include "cl_layer.h"
#include "support.h"

static const char *const source = "kernel void twice(global float *x) {"
                                  "  x[get_global_id(0)] = x[get_global_id(0)] * 2.0f; }";

struct machine {
  cl_device_id device;
  cl_context context;
  cl_command_queue queue;
};

static void release(struct machine *m) {
  if (m->queue) clReleaseCommandQueue(m->queue);
  if (m->context) clReleaseContext(m->context);
}

static cl_int open(struct machine *m) {
  memset(m, 0, sizeof *m);
  cl_platform_id platform;
  cl_int code = clGetPlatformIDs(1, &platform, NULL);
  if (code == CL_SUCCESS) code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &m->device, NULL);
  if (code == CL_SUCCESS) m->context = clCreateContext(NULL, 1, &m->device, NULL, NULL, &code);
  if (code == CL_SUCCESS) m->queue = clCreateCommandQueue(m->context, m->device, 0, &code);
  if (code != CL_SUCCESS) release(m);
  return code;
}

/* Doubles 4 numbers on the device; gives everything back, whatever fails. */
static cl_int double_four(float *x) {
  struct machine m;
  cl_mem buffer = NULL;
  cl_program program = NULL;
  cl_kernel kernel = NULL;
  cl_event event = NULL;
  size_t n = 4;
  cl_int code = open(&m);
  if (code != CL_SUCCESS) return code;
  buffer = clCreateBuffer(m.context, CL_MEM_READ_WRITE, 4 * sizeof *x, NULL, &code);
  if (code != CL_SUCCESS) goto end;
  program = clCreateProgramWithSource(m.context, 1, (const char *[]){source}, NULL, &code);
  if (code != CL_SUCCESS) goto end;
  code = clBuildProgram(program, 1, &m.device, "", NULL, NULL);
  if (code != CL_SUCCESS) goto end;
  kernel = clCreateKernel(program, "twice", &code);
  if (code != CL_SUCCESS) goto end;
  code = clSetKernelArg(kernel, 0, sizeof buffer, &buffer);
  if (code != CL_SUCCESS) goto end;
  code = clEnqueueWriteBuffer(m.queue, buffer, CL_FALSE, 0, 4 * sizeof *x, x, 0, NULL, NULL);
  if (code != CL_SUCCESS) goto end;
  code = clEnqueueNDRangeKernel(m.queue, kernel, 1, NULL, &n, NULL, 0, NULL, &event);
  if (code != CL_SUCCESS) goto end;
  code = clEnqueueReadBuffer(m.queue, buffer, CL_TRUE, 0, 4 * sizeof *x, x, 0, NULL, NULL);
  if (code != CL_SUCCESS) goto end;
  code = clFinish(m.queue);
end:
  clFinish(m.queue);
  if (event) clReleaseEvent(event);
  if (kernel) clReleaseKernel(kernel);
  if (program) clReleaseProgram(program);
  if (buffer) clReleaseMemObject(buffer);
  release(&m);
  return code;
}

static void the_loader_uses_the_layer(void **state) {
  (void)state;
  struct machine m;
  assert_int_equal(open(&m), CL_SUCCESS);
  release(&m);
  assert_true(cl_layer_active());
}

static void calls_bytes_and_waits_are_counted(void **state) {
  (void)state;
  float x[4] = {1, 2, 3, 4};
  cl_layer_reset();
  assert_int_equal(double_four(x), CL_SUCCESS);
  for (int i = 0; i < 4; i++) assert_true(x[i] == 2.0f * (float)(i + 1));
  assert_int_equal(cl_layer_count("clCreateBuffer"), 1);
  assert_int_equal(cl_layer_count("clEnqueueNDRangeKernel"), 1);
  assert_int_equal(cl_layer_count("clEnqueueReadBuffer"), 1);
  assert_int_equal(cl_layer_count("clFinish"), 2);
  assert_int_equal(cl_layer_count("clEnqueueFillBuffer"), 0);
  assert_int_equal(cl_layer_count("clNoSuchFunction"), -1);
  assert_int_equal(cl_layer_blocking(), 3); /* the read and two finishes */
  assert_int_equal(cl_layer_bytes_read(), 16);
  assert_int_equal(cl_layer_bytes_written(), 16);
  assert_int_equal(cl_layer_live(NULL), 0);
  cl_layer_reset();
  assert_int_equal(cl_layer_count("clCreateBuffer"), 0);
  assert_int_equal(cl_layer_blocking(), 0);
}

static void a_leaked_buffer_is_seen(void **state) {
  (void)state;
  struct machine m;
  assert_int_equal(open(&m), CL_SUCCESS);
  assert_int_equal(cl_layer_live("context"), 1);
  assert_int_equal(cl_layer_live("queue"), 1);
  cl_mem lost = clCreateBuffer(m.context, CL_MEM_READ_WRITE, 64, NULL, NULL);
  assert_non_null(lost);
  clRetainMemObject(lost);
  release(&m);
  assert_int_equal(cl_layer_live("context"), 0);
  assert_int_equal(cl_layer_live("buffer"), 2);
  assert_int_equal(cl_layer_live(NULL), 2);
  clReleaseMemObject(lost);
  clReleaseMemObject(lost);
  assert_int_equal(cl_layer_live("buffer"), 0);
  assert_int_equal(cl_layer_live("no such kind"), -1);
}

static void one_call_fails(void **state) {
  (void)state;
  float x[4] = {1, 2, 3, 4};
  cl_layer_reset();
  assert_int_equal(double_four(x), CL_SUCCESS);
  long all = cl_layer_fallible();
  assert_true(all > 8);
  /* The last is the finish that double_four() does not look at. */
  for (long n = 1; n < all; n++) {
    cl_layer_fail_at(n, 0);
    assert_int_not_equal(double_four(x), CL_SUCCESS);
    assert_non_null(cl_layer_failed());
    assert_int_equal(cl_layer_live(NULL), 0);
  }
  cl_layer_fail_at(0, 0);
  assert_int_equal(double_four(x), CL_SUCCESS);
  assert_null(cl_layer_failed());
}

static void the_code_fits_the_call(void **state) {
  (void)state;
  struct machine m;
  cl_int code = CL_SUCCESS;
  assert_int_equal(open(&m), CL_SUCCESS);
  cl_layer_fail_at(2, 0);
  assert_int_equal(clFlush(m.queue), CL_SUCCESS);
  assert_null(clCreateBuffer(m.context, CL_MEM_READ_WRITE, 64, NULL, &code));
  assert_int_equal(code, CL_MEM_OBJECT_ALLOCATION_FAILURE);
  assert_string_equal(cl_layer_failed(), "clCreateBuffer");
  assert_int_equal(clFlush(m.queue), CL_SUCCESS); /* once only */
  release(&m);
}

static void all_later_calls_fail(void **state) {
  (void)state;
  struct machine m;
  assert_int_equal(open(&m), CL_SUCCESS);
  cl_layer_fail_at(2, 1);
  assert_int_equal(clFlush(m.queue), CL_SUCCESS);
  assert_int_equal(clFlush(m.queue), CL_OUT_OF_RESOURCES);
  assert_int_equal(clFinish(m.queue), CL_OUT_OF_RESOURCES);
  assert_null(clCreateBuffer(m.context, CL_MEM_READ_WRITE, 64, NULL, NULL));
  release(&m);
  assert_int_equal(cl_layer_live(NULL), 0);
  cl_layer_fail_at(0, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_loader_uses_the_layer),
      cmocka_unit_test(calls_bytes_and_waits_are_counted),
      cmocka_unit_test(a_leaked_buffer_is_seen),
      cmocka_unit_test(one_call_fails),
      cmocka_unit_test(the_code_fits_the_call),
      cmocka_unit_test(all_later_calls_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
