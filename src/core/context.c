/* context.c - opening and closing a device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/core.h"
#include "core/device.h"
#include "core/program_cache.h"

static void *default_alloc(void *user, void *ptr, size_t old_size, size_t new_size) {
  (void)user;
  (void)old_size;
  if (new_size) return realloc(ptr, new_size);
  free(ptr);
  return NULL;
}

/* What can be taken from the options before there is any memory. */
static clif_status read_options(clif_context *ctx, const clif_context_options *options) {
  ctx->alloc = default_alloc;
  if (!options) return CLIF_OK;
  CLIF_TRY(clif__check_size(ctx, options->size, sizeof *options, "clif_context_options"));
  if (options->lanes != 0 && options->lanes != 1 && options->lanes != 16)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                      "clif_context_options.lanes is %u: set it to 1 or 16, or to 0 to have it "
                      "chosen by the device's type",
                      options->lanes);
  if (options->alloc) {
    ctx->alloc = options->alloc;
    ctx->alloc_user = options->alloc_user;
  }
  ctx->log = options->log;
  ctx->log_user = options->log_user;
  ctx->lanes = options->lanes;
  return CLIF_OK;
}

static clif_status open_directories(clif_context *ctx, const char *cache_dir,
                                    const char *kernel_dir) {
  CLIF_TRY(clif__cache_open(ctx, cache_dir));
  if (!kernel_dir || !kernel_dir[0]) kernel_dir = getenv("CLIF_KERNEL_DIR");
  if (!kernel_dir || !kernel_dir[0]) return CLIF_OK;
  ctx->kernel_dir = clif__strdup(ctx, kernel_dir);
  return ctx->kernel_dir ? CLIF_OK : CLIF_OUT_OF_MEMORY;
}

static clif_status open_queue(clif_context *ctx, cl_command_queue_properties properties,
                              cl_command_queue *out) {
  cl_int code = CL_SUCCESS;
  *out = clCreateCommandQueue(ctx->cl, ctx->device, properties, &code);
  return clif__check_cl(ctx, code, "clCreateCommandQueue");
}

/* Does the device work in the host's memory, and can that be asked for without waiting? Mesa's
 * rusticl (22.3) takes no unmapping behind a mapping that is not through. Whatever fails: no. */
static bool find_sharing(const clif_context *ctx) {
  _Alignas(128) static unsigned char memory[128];
  cl_int code;
  if (!ctx->info.unified_memory) return false;
  cl_mem mem =
      clCreateBuffer(ctx->cl, CL_MEM_READ_ONLY | CL_MEM_USE_HOST_PTR, sizeof memory, memory, &code);
  if (code != CL_SUCCESS) return false;
  void *host = clEnqueueMapBuffer(ctx->queue, mem, CL_FALSE, CL_MAP_READ, 0, sizeof memory, 0, NULL,
                                  NULL, &code);
  if (code == CL_SUCCESS) code = clEnqueueUnmapMemObject(ctx->queue, mem, host, 0, NULL, NULL);
  clReleaseMemObject(mem);
  return code == CL_SUCCESS && host == memory;
}

static clif_status open_device(clif_context *ctx, const char *wanted) {
  CLIF_TRY(clif__device_choose(ctx, wanted));
  /* Mesa's llvmpipe ends all loops of a work-item after 65535 iterations together. */
  if (strstr(ctx->info.name, "llvmpipe")) ctx->most_iterations = 65535;
  if (ctx->lanes == 0) ctx->lanes = ctx->info.type == CLIF_DEVICE_CPU ? 16 : 1;
  clif__costs_open(ctx);
  ctx->correct_division = clif__device_divides_correctly(ctx->device);
  cl_platform_id platform = NULL;
  CLIF_TRY(CLIF_CL(ctx, clGetDeviceInfo,
                   (ctx->device, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL)));
  cl_context_properties properties[] = {CL_CONTEXT_PLATFORM, (cl_context_properties)platform, 0};
  cl_int code = CL_SUCCESS;
  ctx->cl = clCreateContext(properties, 1, &ctx->device, NULL, NULL, &code);
  CLIF_TRY(clif__check_cl(ctx, code, "clCreateContext"));
  CLIF_TRY(open_queue(ctx, 0, &ctx->queue));
  ctx->shares_memory = find_sharing(ctx);
  return CLIF_OK;
}

clif_status clif__copy_queues_open(clif_context *ctx) {
  if (!ctx->up) CLIF_TRY(open_queue(ctx, 0, &ctx->up));
  return ctx->down ? CLIF_OK : open_queue(ctx, 0, &ctx->down);
}

clif_status clif__queue_beside_open(clif_context *ctx) {
  if (ctx->beside) return CLIF_OK;
  return open_queue(ctx, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, &ctx->beside);
}

clif_status clif_context_create(const clif_context_options *options, clif_context **out,
                                char *message, size_t message_size) {
  clif_context seed = {.holders = 1}; /* stands in until there is memory, for errors and counts */
  clif_context *ctx = &seed;
  clif_status status = CLIF_OK;
  bool there; /* parameters for CLBlast */
  if (message && message_size) message[0] = '\0';
  if (!out)
    CLIF_TRY_OR_FAIL(clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                                "the argument 'out' is NULL: pass where to put the context"));
  *out = NULL;
  CLIF_TRY_OR_FAIL(read_options(&seed, options));
  clif_context *block = clif__calloc(&seed, 1, sizeof *ctx);
  if (!block) CLIF_TRY_OR_FAIL(CLIF_OUT_OF_MEMORY);
  ctx = block;
  *ctx = seed;
  clif__gemm_open();
  CLIF_TRY_OR_FAIL(open_directories(ctx, options ? options->cache_dir : NULL,
                                    options ? options->kernel_dir : NULL));
  CLIF_TRY_OR_FAIL(open_device(ctx, options ? options->device : NULL));
  CLIF_TRY_OR_FAIL(clif__clblast_choose(ctx, CLIF__CLBLAST_TUNED, &there));
  if (!there) CLIF_TRY_OR_FAIL(clif__clblast_choose(ctx, CLIF__CLBLAST_BUILTIN, &there));
  *out = ctx;
  return CLIF_OK;

fail:
  if (message && message_size) snprintf(message, message_size, "%s", ctx->error);
  if (ctx != &seed) clif__context_release(ctx);
  return status;
}

void clif__context_hold(clif_context *ctx) {
  ctx->holders++;
}

void clif__context_release(clif_context *ctx) {
  if (--ctx->holders > 0) return;
  clif__programs_release(ctx);
  if (ctx->beside) clReleaseCommandQueue(ctx->beside);
  if (ctx->down) clReleaseCommandQueue(ctx->down);
  if (ctx->up) clReleaseCommandQueue(ctx->up);
  if (ctx->queue) clReleaseCommandQueue(ctx->queue);
  clif__gemm_close();
  if (ctx->cl) clReleaseContext(ctx->cl);
  clif__free(ctx, ctx->clblast_set);
  clif__free(ctx, ctx->kernel_dir);
  clif__free(ctx, ctx->cache_dir);
  clif__free(ctx, ctx);
}

void clif_context_destroy(clif_context *context) {
  if (context) clif__context_release(context);
}

const char *clif__division_option(const clif_context *ctx) {
  return ctx->correct_division ? "-cl-fp32-correctly-rounded-divide-sqrt" : "-DCLIF_SOFT_DIVIDE";
}

clif_status clif__finish(clif_context *ctx) {
  ctx->counters.blocking_calls++;
  return CLIF_CL(ctx, clFinish, (ctx->queue));
}

const clif_device_info *clif_context_device(const clif_context *context) {
  return context ? &context->info : NULL;
}

clif_memory_use clif_context_memory(const clif_context *context) {
  return context ? context->memory : (clif_memory_use){0};
}

clif_counters clif_context_counters(const clif_context *context) {
  return context ? context->counters : (clif_counters){0};
}
