/* context.h - one OpenCL device, and everything that hangs on it.
 *
 * Threads: a context, and all networks and arrays made with it, belong to one thread at a time.
 * Different contexts may be used by different threads at once. */
#ifndef CLIF_CONTEXT_H
#define CLIF_CONTEXT_H

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clif_context clif_context;

typedef enum clif_device_type {
  CLIF_DEVICE_OTHER = 0,
  CLIF_DEVICE_CPU = 1,
  CLIF_DEVICE_ACCELERATOR = 2,
  CLIF_DEVICE_GPU = 3
} clif_device_type;

/* What matters about a device. Texts are cut to fit and always end with a zero byte. */
typedef struct clif_device_info {
  unsigned platform_index; /* among all platforms, as the OpenCL loader lists them */
  unsigned device_index;   /* among this platform's devices */
  clif_device_type type;
  char platform[128];
  char name[128];
  char vendor[128];
  char version[128]; /* CL_DEVICE_VERSION */
  char driver[128];
  unsigned compute_units;
  unsigned clock_mhz;
  uint64_t memory_bytes;
  uint64_t max_allocation_bytes; /* of one buffer */
  size_t max_work_group;
  int unified_memory; /* 1: shares its memory with the host */
  int usable;         /* 0: no compiler or not available; clif will not choose it */
} clif_device_info;

/* Lists all devices of all platforms; platforms without devices are passed over.
 * Writes at most `capacity` entries to `devices` (which may be NULL when capacity is 0) and the
 * number there are to `count`. Any thread.
 * Returns CLIF_OK (also for 0 devices), CLIF_INVALID_ARGUMENT (count is NULL). */
CLIF_NODISCARD CLIF_API clif_status clif_device_list(clif_device_info *devices, size_t capacity,
                                                     size_t *count);

/* Allocates (ptr NULL), resizes, or frees (new_size 0, returns NULL). old_size is what was asked
 * for before. Returns NULL when it cannot. Must return memory aligned as malloc's. */
typedef void *(*clif_alloc_fn)(void *user, void *ptr, size_t old_size, size_t new_size);

typedef enum clif_log_level { CLIF_LOG_INFO = 0, CLIF_LOG_WARNING = 1 } clif_log_level;

/* Receives one line without a line break. Must not call back into the context. */
typedef void (*clif_log_fn)(void *user, clif_log_level level, const char *line);

/* Set `size` to sizeof(clif_context_options) and zero the rest for the defaults. */
typedef struct clif_context_options {
  size_t size;
  /* Which device: "platform:device", each an index or a part of the name in any case, or one of
   * the two alone ("pocl", ":1"). NULL or "": the environment variable CLIF_DEVICE, and where that
   * is unset too the best there is: GPU, then accelerator, then CPU; then compute units x clock. */
  const char *device;
  clif_alloc_fn alloc; /* NULL: realloc and free */
  void *alloc_user;
  clif_log_fn log; /* NULL: nothing is logged; the library itself never prints */
  void *log_user;
  /* Where built programs are kept. NULL: CLIF_CACHE_DIR, else $XDG_CACHE_HOME/clif, else
   * ~/.cache/clif. "off": nowhere. */
  const char *cache_dir;
  /* Read the .cl files from here instead of the built-in copies. NULL: CLIF_KERNEL_DIR, if set. */
  const char *kernel_dir;
  /* Neurons per work-item in the kernels: 1, 16, or 0 to choose by the device's type. Results do
   * not depend on it. */
  unsigned lanes;
} clif_context_options;

/* Opens a device. `options` may be NULL for the defaults; it is not kept. On failure *out is NULL
 * and `message` (when not NULL) receives one sentence, cut to message_size bytes.
 * Returns CLIF_OK, CLIF_INVALID_ARGUMENT, CLIF_NO_DEVICE, CLIF_OPENCL, CLIF_OUT_OF_MEMORY. */
CLIF_NODISCARD CLIF_API clif_status clif_context_create(const clif_context_options *options,
                                                        clif_context **out, char *message,
                                                        size_t message_size);

/* Gives back the caller's hold on the context; NULL is fine. Networks keep their context alive
 * until they are destroyed themselves, so their order does not matter. Arrays do not: free them
 * before. What CLBlast compiled for a context (2.6 MB here) stays until the process's last context
 * goes. */
CLIF_API void clif_context_destroy(clif_context *context);

/* One sentence about the last call that failed on this context; "" if none did. Valid until the
 * next call on the context. */
CLIF_API const char *clif_context_error(const clif_context *context);

/* The OpenCL or CLBlast code behind the last failure, 0 if there was none behind it. */
CLIF_API int clif_context_native_code(const clif_context *context);

/* The device in use; NULL for a NULL context. Valid as long as the context. */
CLIF_API const clif_device_info *clif_context_device(const clif_context *context);

/* Bytes held now and at most so far. Host: everything through the allocator. Device: all buffers
 * of this library's making (CLBlast and the driver keep some of their own). */
typedef struct clif_memory_use {
  uint64_t host_bytes;
  uint64_t host_peak;
  uint64_t device_bytes;
  uint64_t device_peak;
} clif_memory_use;

CLIF_API clif_memory_use clif_context_memory(const clif_context *context);

/* Work done since the context was created. For tests and for understanding costs. */
typedef struct clif_counters {
  uint64_t commands;         /* kernels, matrix products, fills and copies enqueued */
  uint64_t blocking_calls;   /* times the host waited for the device */
  uint64_t bytes_uploaded;   /* host to device */
  uint64_t bytes_downloaded; /* device to host */
  uint64_t host_allocations; /* calls of the allocator for new or larger memory */
  uint64_t programs_compiled;
  uint64_t programs_loaded; /* from the cache directory */
} clif_counters;

CLIF_API clif_counters clif_context_counters(const clif_context *context);

#ifdef __cplusplus
}
#endif
#endif
