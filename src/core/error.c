/* error.c - statuses, the context's error sentence, and the log. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/core.h"

const char *clif_status_name(clif_status status) {
  switch (status) {
#define STATUS_NAME(name, value, text)                                                             \
  case CLIF_##name:                                                                                \
    return "CLIF_" #name;
    CLIF_STATUS_TABLE(STATUS_NAME)
#undef STATUS_NAME
  }
  return "CLIF_?";
}

const char *clif_status_text(clif_status status) {
  switch (status) {
#define STATUS_TEXT(name, value, text)                                                             \
  case CLIF_##name:                                                                                \
    return text;
    CLIF_STATUS_TABLE(STATUS_TEXT)
#undef STATUS_TEXT
  }
  return "a number that is no status";
}

const char *clif_context_error(const clif_context *context) {
  return context ? context->error : "";
}

int clif_context_native_code(const clif_context *context) {
  return context ? context->native_code : 0;
}

void clif__set_error(clif_context *ctx, const char *format, ...) {
  if (!ctx) return;
  ctx->native_code = 0;
  size_t used = 0;
  if (ctx->where[0]) {
    snprintf(ctx->error, sizeof ctx->error, "%s: ", ctx->where);
    used = strlen(ctx->error);
  }
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(ctx->error + used, sizeof ctx->error - used, format, arguments);
  va_end(arguments);
}

void clif__where(clif_context *ctx, const char *format, ...) {
  ctx->where[0] = '\0';
  if (!format) return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(ctx->where, sizeof ctx->where, format, arguments);
  va_end(arguments);
}

void clif__log(clif_context *ctx, clif_log_level level, const char *format, ...) {
  if (!ctx->log) return;
  char line[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  /* Names from drivers and files may hold anything; a receiver is promised one line. */
  for (char *c = line; *c; c++)
    if (*c == '\n' || *c == '\r') *c = ' ';
  ctx->log(ctx->log_user, level, line);
}

clif_status clif__check_size(clif_context *ctx, size_t given, size_t ours, const char *what) {
  if (given == ours) return CLIF_OK;
  return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                    "%s has size %zu, but this version of the library knows only %zu: set its "
                    "'size' to sizeof(%s) and compile against the library's own headers",
                    what, given, ours, what);
}

/* Every code of OpenCL 1.2, and those of the loader. */
#define CL_ERROR_TABLE(X)                                                                          \
  X(CL_SUCCESS)                                                                                    \
  X(CL_DEVICE_NOT_FOUND)                                                                           \
  X(CL_DEVICE_NOT_AVAILABLE)                                                                       \
  X(CL_COMPILER_NOT_AVAILABLE)                                                                     \
  X(CL_MEM_OBJECT_ALLOCATION_FAILURE)                                                              \
  X(CL_OUT_OF_RESOURCES)                                                                           \
  X(CL_OUT_OF_HOST_MEMORY)                                                                         \
  X(CL_PROFILING_INFO_NOT_AVAILABLE)                                                               \
  X(CL_MEM_COPY_OVERLAP)                                                                           \
  X(CL_IMAGE_FORMAT_MISMATCH)                                                                      \
  X(CL_IMAGE_FORMAT_NOT_SUPPORTED)                                                                 \
  X(CL_BUILD_PROGRAM_FAILURE)                                                                      \
  X(CL_MAP_FAILURE)                                                                                \
  X(CL_MISALIGNED_SUB_BUFFER_OFFSET)                                                               \
  X(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST)                                                  \
  X(CL_COMPILE_PROGRAM_FAILURE)                                                                    \
  X(CL_LINKER_NOT_AVAILABLE)                                                                       \
  X(CL_LINK_PROGRAM_FAILURE)                                                                       \
  X(CL_DEVICE_PARTITION_FAILED)                                                                    \
  X(CL_KERNEL_ARG_INFO_NOT_AVAILABLE)                                                              \
  X(CL_INVALID_VALUE)                                                                              \
  X(CL_INVALID_DEVICE_TYPE)                                                                        \
  X(CL_INVALID_PLATFORM)                                                                           \
  X(CL_INVALID_DEVICE)                                                                             \
  X(CL_INVALID_CONTEXT)                                                                            \
  X(CL_INVALID_QUEUE_PROPERTIES)                                                                   \
  X(CL_INVALID_COMMAND_QUEUE)                                                                      \
  X(CL_INVALID_HOST_PTR)                                                                           \
  X(CL_INVALID_MEM_OBJECT)                                                                         \
  X(CL_INVALID_IMAGE_FORMAT_DESCRIPTOR)                                                            \
  X(CL_INVALID_IMAGE_SIZE)                                                                         \
  X(CL_INVALID_SAMPLER)                                                                            \
  X(CL_INVALID_BINARY)                                                                             \
  X(CL_INVALID_BUILD_OPTIONS)                                                                      \
  X(CL_INVALID_PROGRAM)                                                                            \
  X(CL_INVALID_PROGRAM_EXECUTABLE)                                                                 \
  X(CL_INVALID_KERNEL_NAME)                                                                        \
  X(CL_INVALID_KERNEL_DEFINITION)                                                                  \
  X(CL_INVALID_KERNEL)                                                                             \
  X(CL_INVALID_ARG_INDEX)                                                                          \
  X(CL_INVALID_ARG_VALUE)                                                                          \
  X(CL_INVALID_ARG_SIZE)                                                                           \
  X(CL_INVALID_KERNEL_ARGS)                                                                        \
  X(CL_INVALID_WORK_DIMENSION)                                                                     \
  X(CL_INVALID_WORK_GROUP_SIZE)                                                                    \
  X(CL_INVALID_WORK_ITEM_SIZE)                                                                     \
  X(CL_INVALID_GLOBAL_OFFSET)                                                                      \
  X(CL_INVALID_EVENT_WAIT_LIST)                                                                    \
  X(CL_INVALID_EVENT)                                                                              \
  X(CL_INVALID_OPERATION)                                                                          \
  X(CL_INVALID_GL_OBJECT)                                                                          \
  X(CL_INVALID_BUFFER_SIZE)                                                                        \
  X(CL_INVALID_MIP_LEVEL)                                                                          \
  X(CL_INVALID_GLOBAL_WORK_SIZE)                                                                   \
  X(CL_INVALID_PROPERTY)                                                                           \
  X(CL_INVALID_IMAGE_DESCRIPTOR)                                                                   \
  X(CL_INVALID_COMPILER_OPTIONS)                                                                   \
  X(CL_INVALID_LINKER_OPTIONS)                                                                     \
  X(CL_INVALID_DEVICE_PARTITION_COUNT)

const char *clif__cl_error_name(cl_int code) {
  switch (code) {
#define ERROR_NAME(name)                                                                           \
  case name:                                                                                       \
    return #name;
    CL_ERROR_TABLE(ERROR_NAME)
#undef ERROR_NAME
  case -1001: /* of cl_ext.h, which is not there everywhere */
    return "CL_PLATFORM_NOT_FOUND_KHR";
  default:
    return "unknown code";
  }
}

clif_status clif__check_cl(clif_context *ctx, cl_int code, const char *function) {
  if (code == CL_SUCCESS) return CLIF_OK;
  clif_status status = CLIF_OPENCL;
  if (code == CL_OUT_OF_HOST_MEMORY) status = CLIF_OUT_OF_MEMORY;
  if (code == CL_MEM_OBJECT_ALLOCATION_FAILURE) status = CLIF_OUT_OF_DEVICE_MEMORY;
  clif__set_error(ctx, "%s: %s (%d)", function, clif__cl_error_name(code), code);
  ctx->native_code = code;
  return status;
}
