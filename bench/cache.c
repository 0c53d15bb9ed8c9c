/* cache.c - how large the last cache before the memory is. */
#define CL_TARGET_OPENCL_VERSION 120
#include "cache.h"

#include <CL/cl.h>
#include <stdio.h>

#include "size.h"

/* "32768K" in a file of one line. */
static uint64_t read_bytes(const char *path) {
  char text[32] = "";
  uint64_t bytes = 0;
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  if (fscanf(file, "%31s", text) != 1 || !parse_bytes(text, &bytes)) bytes = 0;
  fclose(file);
  return bytes;
}

static uint64_t largest_of_cpu(void) {
  enum { MOST_CACHES = 8 };
  uint64_t largest = 0;
  for (int i = 0; i < MOST_CACHES; i++) {
    char path[64];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size", i);
    const uint64_t bytes = read_bytes(path);
    if (bytes > largest) largest = bytes;
  }
  return largest;
}

static uint64_t ask_opencl(void *buffer) {
  cl_context context;
  cl_device_id device;
  cl_ulong bytes;
  if (!buffer ||
      clGetMemObjectInfo(buffer, CL_MEM_CONTEXT, sizeof context, &context, NULL) != CL_SUCCESS ||
      clGetContextInfo(context, CL_CONTEXT_DEVICES, sizeof device, &device, NULL) != CL_SUCCESS ||
      clGetDeviceInfo(device, CL_DEVICE_GLOBAL_MEM_CACHE_SIZE, sizeof bytes, &bytes, NULL) !=
          CL_SUCCESS)
    return 0;
  return bytes;
}

uint64_t last_level_cache(const clif_device_info *device, void *buffer) {
  const uint64_t bytes = device->type == CLIF_DEVICE_CPU ? largest_of_cpu() : 0;
  return bytes ? bytes : ask_opencl(buffer);
}
