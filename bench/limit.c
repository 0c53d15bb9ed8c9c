/* limit.c - what plain kernels need that show what a device can do at most. */
#include "limit.h"

#include <stdio.h>

bool limit_refuse(char *message, const char *call, cl_int code) {
  snprintf(message, LIMIT_MESSAGE_SIZE, "the limit could not be measured: %s failed with %d", call,
           (int)code);
  return false;
}

bool limit_open(limit_device *d, cl_mem buffer, char *message) {
  cl_int code = clGetMemObjectInfo(buffer, CL_MEM_CONTEXT, sizeof d->context, &d->context, NULL);
  if (code != CL_SUCCESS) return limit_refuse(message, "clGetMemObjectInfo", code);
  /* A context of clif has one device. */
  code = clGetContextInfo(d->context, CL_CONTEXT_DEVICES, sizeof d->device, &d->device, NULL);
  if (code != CL_SUCCESS) return limit_refuse(message, "clGetContextInfo", code);
  d->queue = clCreateCommandQueue(d->context, d->device, 0, &code);
  return code == CL_SUCCESS || limit_refuse(message, "clCreateCommandQueue", code);
}

void limit_close(limit_device *d) {
  if (d->queue) clReleaseCommandQueue(d->queue);
}

bool limit_kernel(const limit_device *d, const char *name, const unsigned char *text, size_t length,
                  const char *options, cl_kernel *out, size_t *most, char *message) {
  const char *source = (const char *)text;
  cl_int code;
  cl_program program = clCreateProgramWithSource(d->context, 1, &source, &length, &code);
  if (code != CL_SUCCESS) return limit_refuse(message, "clCreateProgramWithSource", code);
  code = clBuildProgram(program, 1, &d->device, options, NULL, NULL);
  if (code == CL_SUCCESS) *out = clCreateKernel(program, name, &code);
  clReleaseProgram(program); /* the kernel keeps it */
  if (code != CL_SUCCESS) return limit_refuse(message, "building a kernel of the limit", code);
  code = clGetKernelWorkGroupInfo(*out, d->device, CL_KERNEL_WORK_GROUP_SIZE, sizeof *most, most,
                                  NULL);
  return code == CL_SUCCESS || limit_refuse(message, "clGetKernelWorkGroupInfo", code);
}

bool limit_buffer(const limit_device *d, size_t bytes, cl_mem *out, char *message) {
  cl_int code;
  *out = clCreateBuffer(d->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
  return code == CL_SUCCESS || limit_refuse(message, "clCreateBuffer", code);
}
