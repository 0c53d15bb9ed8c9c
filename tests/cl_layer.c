/* cl_layer.c - see cl_layer.h. One table of the OpenCL functions watched makes the counters, the
 * wrappers and the loader's dispatch table. */
#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <CL/cl_icd.h>
#include <CL/cl_layer.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cl_layer.h"

#define EXPORT __attribute__((visibility("default")))

/* ---- the table ------------------------------------------------------------------------------
 * Parameters, the names to hand them on, the code of an injected failure, and what a success
 * changes. The four kinds:
 *   CREATE  returns an object and answers the code through the last parameter
 *   CALL    returns the code
 *   WAIT    the same, but does its work before it fails
 *   HOLD    retains or releases: is never made to fail */

#define LIST cl_uint n, const cl_event *events, cl_event *event
#define LIST_ARGS n, events, event
#define INFO_ARGS size, value, size_ret

// clang-format off
#define TABLE(CREATE, CALL, WAIT, HOLD)                                                            \
  CALL(clGetPlatformInfo,                                                                          \
       (cl_platform_id p, cl_platform_info what, size_t size, void *value, size_t *size_ret),      \
       (p, what, INFO_ARGS), CL_OUT_OF_HOST_MEMORY, NOTHING)                                       \
  CALL(clGetDeviceIDs,                                                                             \
       (cl_platform_id p, cl_device_type type, cl_uint n, cl_device_id *devices, cl_uint *found),  \
       (p, type, n, devices, found), CL_OUT_OF_HOST_MEMORY, NOTHING)                               \
  CALL(clGetDeviceInfo,                                                                            \
       (cl_device_id d, cl_device_info what, size_t size, void *value, size_t *size_ret),          \
       (d, what, INFO_ARGS), CL_OUT_OF_HOST_MEMORY, NOTHING)                                       \
                                                                                                   \
  CREATE(clCreateContext, cl_context,                                                              \
         (const cl_context_properties *properties, cl_uint n, const cl_device_id *devices,         \
          void(CL_CALLBACK *notify)(const char *, const void *, size_t, void *), void *user,       \
          cl_int *code),                                                                           \
         (properties, n, devices, notify, user, code), CL_DEVICE_NOT_AVAILABLE, ADD(CONTEXT))      \
  HOLD(clRetainContext, (cl_context c), (c), ADD(CONTEXT))                                         \
  HOLD(clReleaseContext, (cl_context c), (c), SUB(CONTEXT))                                        \
                                                                                                   \
  CREATE(clCreateCommandQueue, cl_command_queue,                                                   \
         (cl_context c, cl_device_id d, cl_command_queue_properties properties, cl_int *code),     \
         (c, d, properties, code), CL_OUT_OF_HOST_MEMORY, ADD(QUEUE))                              \
  HOLD(clRetainCommandQueue, (cl_command_queue q), (q), ADD(QUEUE))                                \
  HOLD(clReleaseCommandQueue, (cl_command_queue q), (q), SUB(QUEUE))                               \
  CALL(clGetCommandQueueInfo,                                                                      \
       (cl_command_queue q, cl_command_queue_info what, size_t size, void *value,                  \
        size_t *size_ret),                                                                         \
       (q, what, INFO_ARGS), CL_OUT_OF_HOST_MEMORY, NOTHING)                                       \
                                                                                                   \
  CREATE(clCreateBuffer, cl_mem,                                                                   \
         (cl_context c, cl_mem_flags flags, size_t size, void *host, cl_int *code),                \
         (c, flags, size, host, code), CL_MEM_OBJECT_ALLOCATION_FAILURE, ADD(BUFFER))              \
  CREATE(clCreateSubBuffer, cl_mem,                                                                \
         (cl_mem m, cl_mem_flags flags, cl_buffer_create_type type, const void *region,            \
          cl_int *code),                                                                           \
         (m, flags, type, region, code), CL_MEM_OBJECT_ALLOCATION_FAILURE, ADD(BUFFER))            \
  HOLD(clRetainMemObject, (cl_mem m), (m), ADD(BUFFER))                                            \
  HOLD(clReleaseMemObject, (cl_mem m), (m), SUB(BUFFER))                                           \
  CALL(clGetMemObjectInfo,                                                                         \
       (cl_mem m, cl_mem_info what, size_t size, void *value, size_t *size_ret),                   \
       (m, what, INFO_ARGS), CL_OUT_OF_HOST_MEMORY, NOTHING)                                       \
                                                                                                   \
  CREATE(clCreateProgramWithSource, cl_program,                                                    \
         (cl_context c, cl_uint n, const char **texts, const size_t *lengths, cl_int *code),       \
         (c, n, texts, lengths, code), CL_OUT_OF_HOST_MEMORY, ADD(PROGRAM))                        \
  CREATE(clCreateProgramWithBinary, cl_program,                                                    \
         (cl_context c, cl_uint n, const cl_device_id *devices, const size_t *lengths,             \
          const unsigned char **binaries, cl_int *status, cl_int *code),                           \
         (c, n, devices, lengths, binaries, status, code), CL_INVALID_BINARY, ADD(PROGRAM))        \
  HOLD(clRetainProgram, (cl_program p), (p), ADD(PROGRAM))                                         \
  HOLD(clReleaseProgram, (cl_program p), (p), SUB(PROGRAM))                                        \
  CALL(clBuildProgram,                                                                             \
       (cl_program p, cl_uint n, const cl_device_id *devices, const char *options,                 \
        void(CL_CALLBACK *notify)(cl_program, void *), void *user),                                \
       (p, n, devices, options, notify, user), CL_BUILD_PROGRAM_FAILURE, NOTHING)                  \
  CALL(clGetProgramInfo,                                                                           \
       (cl_program p, cl_program_info what, size_t size, void *value, size_t *size_ret),           \
       (p, what, INFO_ARGS), CL_OUT_OF_HOST_MEMORY, NOTHING)                                       \
  CALL(clGetProgramBuildInfo,                                                                      \
       (cl_program p, cl_device_id d, cl_program_build_info what, size_t size, void *value,        \
        size_t *size_ret),                                                                         \
       (p, d, what, INFO_ARGS), CL_OUT_OF_HOST_MEMORY, NOTHING)                                    \
                                                                                                   \
  CREATE(clCreateKernel, cl_kernel, (cl_program p, const char *name, cl_int *code),                \
         (p, name, code), CL_OUT_OF_HOST_MEMORY, ADD(KERNEL))                                      \
  HOLD(clRetainKernel, (cl_kernel k), (k), ADD(KERNEL))                                            \
  HOLD(clReleaseKernel, (cl_kernel k), (k), SUB(KERNEL))                                           \
  CALL(clSetKernelArg, (cl_kernel k, cl_uint index, size_t size, const void *value),               \
       (k, index, size, value), CL_OUT_OF_RESOURCES, NOTHING)                                      \
  CALL(clGetKernelInfo,                                                                            \
       (cl_kernel k, cl_kernel_info what, size_t size, void *value, size_t *size_ret),             \
       (k, what, INFO_ARGS), CL_OUT_OF_HOST_MEMORY, NOTHING)                                       \
  CALL(clGetKernelWorkGroupInfo,                                                                   \
       (cl_kernel k, cl_device_id d, cl_kernel_work_group_info what, size_t size, void *value,     \
        size_t *size_ret),                                                                         \
       (k, d, what, INFO_ARGS), CL_OUT_OF_HOST_MEMORY, NOTHING)                                    \
                                                                                                   \
  CALL(clEnqueueNDRangeKernel,                                                                     \
       (cl_command_queue q, cl_kernel k, cl_uint dims, const size_t *offset, const size_t *global, \
        const size_t *local, LIST),                                                                \
       (q, k, dims, offset, global, local, LIST_ARGS), CL_OUT_OF_RESOURCES, EVENT)                 \
  CALL(clEnqueueNativeKernel,                                                                      \
       (cl_command_queue q, void(CL_CALLBACK *f)(void *), void *args, size_t size, cl_uint n_mem,  \
        const cl_mem *mem, const void **places, LIST),                                             \
       (q, f, args, size, n_mem, mem, places, LIST_ARGS), CL_OUT_OF_RESOURCES, EVENT)              \
  CALL(clEnqueueReadBuffer,                                                                        \
       (cl_command_queue q, cl_mem m, cl_bool wait, size_t offset, size_t size, void *host, LIST), \
       (q, m, wait, offset, size, host, LIST_ARGS), CL_OUT_OF_RESOURCES,                           \
       EVENT BLOCKING(wait) MOVED(bytes_read, size))                                               \
  CALL(clEnqueueWriteBuffer,                                                                       \
       (cl_command_queue q, cl_mem m, cl_bool wait, size_t offset, size_t size, const void *host,  \
        LIST),                                                                                     \
       (q, m, wait, offset, size, host, LIST_ARGS), CL_OUT_OF_RESOURCES,                           \
       EVENT BLOCKING(wait) MOVED(bytes_written, size))                                            \
  CALL(clEnqueueReadBufferRect,                                                                    \
       (cl_command_queue q, cl_mem m, cl_bool wait, const size_t *from, const size_t *to,          \
        const size_t *box, size_t row, size_t slice, size_t host_row, size_t host_slice,           \
        void *host, LIST),                                                                         \
       (q, m, wait, from, to, box, row, slice, host_row, host_slice, host, LIST_ARGS),             \
       CL_OUT_OF_RESOURCES, EVENT BLOCKING(wait) MOVED(bytes_read, box[0] * box[1] * box[2]))      \
  CALL(clEnqueueWriteBufferRect,                                                                   \
       (cl_command_queue q, cl_mem m, cl_bool wait, const size_t *to, const size_t *from,          \
        const size_t *box, size_t row, size_t slice, size_t host_row, size_t host_slice,           \
        const void *host, LIST),                                                                   \
       (q, m, wait, to, from, box, row, slice, host_row, host_slice, host, LIST_ARGS),             \
       CL_OUT_OF_RESOURCES, EVENT BLOCKING(wait) MOVED(bytes_written, box[0] * box[1] * box[2]))   \
  CALL(clEnqueueFillBuffer,                                                                        \
       (cl_command_queue q, cl_mem m, const void *pattern, size_t pattern_size, size_t offset,     \
        size_t size, LIST),                                                                        \
       (q, m, pattern, pattern_size, offset, size, LIST_ARGS), CL_OUT_OF_RESOURCES, EVENT)         \
  CALL(clEnqueueCopyBuffer,                                                                        \
       (cl_command_queue q, cl_mem from, cl_mem to, size_t at, size_t dest, size_t size, LIST),    \
       (q, from, to, at, dest, size, LIST_ARGS), CL_OUT_OF_RESOURCES, EVENT)                       \
  CALL(clEnqueueCopyBufferRect,                                                                    \
       (cl_command_queue q, cl_mem from, cl_mem to, const size_t *at, const size_t *dest,          \
        const size_t *box, size_t row, size_t slice, size_t to_row, size_t to_slice, LIST),        \
       (q, from, to, at, dest, box, row, slice, to_row, to_slice, LIST_ARGS), CL_OUT_OF_RESOURCES, \
       EVENT)                                                                                      \
  CREATE(clEnqueueMapBuffer, void *,                                                               \
         (cl_command_queue q, cl_mem m, cl_bool wait, cl_map_flags flags, size_t offset,           \
          size_t size, LIST, cl_int *code),                                                        \
         (q, m, wait, flags, offset, size, LIST_ARGS, code), CL_MAP_FAILURE, EVENT BLOCKING(wait)) \
  WAIT(clEnqueueUnmapMemObject, (cl_command_queue q, cl_mem m, void *mapped, LIST),                \
       (q, m, mapped, LIST_ARGS), CL_OUT_OF_RESOURCES, EVENT)                                      \
  CALL(clEnqueueMarkerWithWaitList, (cl_command_queue q, LIST), (q, LIST_ARGS),                    \
       CL_OUT_OF_RESOURCES, EVENT)                                                                 \
  CALL(clEnqueueBarrierWithWaitList, (cl_command_queue q, LIST), (q, LIST_ARGS),                   \
       CL_OUT_OF_RESOURCES, EVENT)                                                                 \
                                                                                                   \
  CALL(clFlush, (cl_command_queue q), (q), CL_OUT_OF_RESOURCES, NOTHING)                           \
  WAIT(clFinish, (cl_command_queue q), (q), CL_OUT_OF_RESOURCES, BLOCKING(true))                   \
  WAIT(clWaitForEvents, (cl_uint n, const cl_event *events), (n, events), CL_OUT_OF_RESOURCES,     \
       BLOCKING(true))                                                                             \
  CALL(clGetEventInfo,                                                                             \
       (cl_event e, cl_event_info what, size_t size, void *value, size_t *size_ret),               \
       (e, what, INFO_ARGS), CL_OUT_OF_HOST_MEMORY, NOTHING)                                       \
  HOLD(clRetainEvent, (cl_event e), (e), ADD(EVENT))                                               \
  HOLD(clReleaseEvent, (cl_event e), (e), SUB(EVENT))
// clang-format on

/* ---- what is counted ---- */

enum {
#define NUMBER(name, ...) NUMBER_##name,
  TABLE(NUMBER, NUMBER, NUMBER, NUMBER)
#undef NUMBER
      FUNCTIONS
};

static const char *const function_names[FUNCTIONS] = {
#define NAME(name, ...) #name,
    TABLE(NAME, NAME, NAME, NAME)
#undef NAME
};

enum { KIND_CONTEXT, KIND_QUEUE, KIND_BUFFER, KIND_PROGRAM, KIND_KERNEL, KIND_EVENT, KINDS };

static const char *const kind_names[KINDS] = {"context", "queue",  "buffer",
                                              "program", "kernel", "event"};

static const cl_icd_dispatch *next; /* the driver, or another layer */
static atomic_long calls[FUNCTIONS];
static atomic_long live[KINDS];
static atomic_long blocking;
static _Atomic uint64_t bytes_read, bytes_written;
static atomic_long fallible;
static atomic_long fail_at;
static atomic_int fail_persistent;
static const char *_Atomic failed;

/* Counts a call that can fail; true when it has to. */
static bool fails(int function) {
  atomic_fetch_add(&calls[function], 1);
  long number = atomic_fetch_add(&fallible, 1) + 1;
  long at = atomic_load(&fail_at);
  if (at == 0 || number < at || (number > at && !atomic_load(&fail_persistent))) return false;
  const char *none = NULL;
  atomic_compare_exchange_strong(&failed, &none, function_names[function]);
  return true;
}

/* ---- the wrappers ---- */

#define NOTHING
#define ADD(kind) atomic_fetch_add(&live[KIND_##kind], 1);
#define SUB(kind) atomic_fetch_sub(&live[KIND_##kind], 1);
#define EVENT                                                                                      \
  if (event) atomic_fetch_add(&live[KIND_EVENT], 1);
#define BLOCKING(wait)                                                                             \
  if (wait) atomic_fetch_add(&blocking, 1);
#define MOVED(counter, bytes) atomic_fetch_add(&counter, bytes);

#define CREATE(name, type, parameters, arguments, failure, effect)                                 \
  static CL_API_ENTRY type CL_API_CALL wrap_##name parameters {                                    \
    if (fails(NUMBER_##name)) {                                                                    \
      if (code) *code = failure;                                                                   \
      return NULL;                                                                                 \
    }                                                                                              \
    type made = next->name arguments;                                                              \
    if (made) {                                                                                    \
      effect                                                                                       \
    }                                                                                              \
    return made;                                                                                   \
  }

#define CALL(name, parameters, arguments, failure, effect)                                         \
  static CL_API_ENTRY cl_int CL_API_CALL wrap_##name parameters {                                  \
    if (fails(NUMBER_##name)) return failure;                                                      \
    cl_int result = next->name arguments;                                                          \
    if (result == CL_SUCCESS) {                                                                    \
      effect                                                                                       \
    }                                                                                              \
    return result;                                                                                 \
  }

#define WAIT(name, parameters, arguments, failure, effect)                                         \
  static CL_API_ENTRY cl_int CL_API_CALL wrap_##name parameters {                                  \
    bool fail = fails(NUMBER_##name);                                                              \
    cl_int result = next->name arguments;                                                          \
    effect return fail ? failure : result;                                                         \
  }

#define HOLD(name, parameters, arguments, effect)                                                  \
  static CL_API_ENTRY cl_int CL_API_CALL wrap_##name parameters {                                  \
    atomic_fetch_add(&calls[NUMBER_##name], 1);                                                    \
    cl_int result = next->name arguments;                                                          \
    if (result == CL_SUCCESS) {                                                                    \
      effect                                                                                       \
    }                                                                                              \
    return result;                                                                                 \
  }

TABLE(CREATE, CALL, WAIT, HOLD)

/* ---- what the loader asks for ---- */

/* Functions that are not in it go straight to the driver. */
static const cl_icd_dispatch dispatch = {
#define ENTRY(name, ...) .name = wrap_##name,
    TABLE(ENTRY, ENTRY, ENTRY, ENTRY)
#undef ENTRY
};

EXPORT CL_API_ENTRY cl_int CL_API_CALL clGetLayerInfo(cl_layer_info what, size_t size, void *value,
                                                      size_t *size_ret) {
  static const cl_layer_api_version version = CL_LAYER_API_VERSION_100;
  static const char name[] = "clif tests";
  const void *answer;
  size_t length;
  switch (what) {
  case CL_LAYER_API_VERSION:
    answer = &version, length = sizeof version;
    break;
  case CL_LAYER_NAME:
    answer = name, length = sizeof name;
    break;
  default:
    return CL_INVALID_VALUE;
  }
  if (value && size < length) return CL_INVALID_VALUE;
  if (value) memcpy(value, answer, length);
  if (size_ret) *size_ret = length;
  return CL_SUCCESS;
}

EXPORT CL_API_ENTRY cl_int CL_API_CALL clInitLayer(cl_uint entries, const cl_icd_dispatch *target,
                                                   cl_uint *entries_ret,
                                                   const cl_icd_dispatch **layer) {
  const cl_uint ours = sizeof dispatch / sizeof(void *);
  if (!target || !entries_ret || !layer || entries < ours) return CL_INVALID_VALUE;
  next = target;
  *entries_ret = ours;
  *layer = &dispatch;
  return CL_SUCCESS;
}

/* ---- what the tests ask for ---- */

static int find(const char *const *names, int n, const char *name) {
  for (int i = 0; i < n; i++)
    if (strcmp(names[i], name) == 0) return i;
  return -1;
}

EXPORT int cl_layer_active(void) {
  return next != NULL;
}

EXPORT void cl_layer_reset(void) {
  for (int i = 0; i < FUNCTIONS; i++) atomic_store(&calls[i], 0);
  atomic_store(&blocking, 0);
  atomic_store(&bytes_read, 0);
  atomic_store(&bytes_written, 0);
  cl_layer_fail_at(0, 0);
}

EXPORT long cl_layer_count(const char *function) {
  int i = find(function_names, FUNCTIONS, function);
  return i < 0 ? -1 : atomic_load(&calls[i]);
}

EXPORT long cl_layer_blocking(void) {
  return atomic_load(&blocking);
}
EXPORT uint64_t cl_layer_bytes_read(void) {
  return atomic_load(&bytes_read);
}
EXPORT uint64_t cl_layer_bytes_written(void) {
  return atomic_load(&bytes_written);
}

EXPORT long cl_layer_live(const char *kind) {
  if (kind) {
    int i = find(kind_names, KINDS, kind);
    return i < 0 ? -1 : atomic_load(&live[i]);
  }
  long sum = 0;
  for (int i = 0; i < KINDS; i++) sum += atomic_load(&live[i]);
  return sum;
}

EXPORT void cl_layer_print(void) {
  for (int i = 0; i < FUNCTIONS; i++)
    if (calls[i]) fprintf(stderr, "%8ld %s\n", atomic_load(&calls[i]), function_names[i]);
  for (int i = 0; i < KINDS; i++)
    if (live[i]) fprintf(stderr, "%8ld %s alive\n", atomic_load(&live[i]), kind_names[i]);
}

EXPORT void cl_layer_fail_at(long n, int persistent) {
  atomic_store(&fallible, 0);
  atomic_store(&failed, NULL);
  atomic_store(&fail_persistent, persistent);
  atomic_store(&fail_at, n);
}

EXPORT long cl_layer_fallible(void) {
  return atomic_load(&fallible);
}
EXPORT const char *cl_layer_failed(void) {
  return atomic_load(&failed);
}
