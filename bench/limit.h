/* limit.h - what plain kernels need that show what a device can do at most: in the context of an
 * array of clif, with a queue of their own. Functions answer false with a sentence in `message`
 * (LIMIT_MESSAGE_SIZE bytes). */
#ifndef CLIF_BENCH_LIMIT_H
#define CLIF_BENCH_LIMIT_H

#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <stdbool.h>
#include <stddef.h>

enum { LIMIT_MESSAGE_SIZE = 256 };

typedef struct limit_device {
  cl_context context;
  cl_device_id device;
  cl_command_queue queue;
} limit_device;

/* Always false, with a sentence about a call that failed. */
bool limit_refuse(char *message, const char *call, cl_int code);

/* The device of a buffer. Close in any case; all zeros is fine. */
bool limit_open(limit_device *device, cl_mem buffer, char *message);
void limit_close(limit_device *device);

/* *most is set to how many work-items a work-group of the kernel may have. */
bool limit_kernel(const limit_device *device, const char *name, const unsigned char *text,
                  size_t length, const char *options, cl_kernel *out, size_t *most, char *message);

bool limit_buffer(const limit_device *device, size_t bytes, cl_mem *out, char *message);

#endif
