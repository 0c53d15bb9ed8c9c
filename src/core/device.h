/* device.h - finding OpenCL devices; for the core room only. */
#ifndef CLIF_CORE_DEVICE_H
#define CLIF_CORE_DEVICE_H

#include "core/core.h"

/* Sets ctx->device and ctx->info. `wanted` as in clif_context_options.device; NULL or "" asks the
 * environment. CLIF_NO_DEVICE with a sentence that says what was asked for and what there is. */
clif_status clif__device_choose(clif_context *ctx, const char *wanted);

/* Does it promise correctly rounded float32 divisions, where a program asks for them? */
bool clif__device_divides_correctly(cl_device_id device);

/* A text about a device or platform, cut to fit; "" when there is none. */
void clif__device_text(cl_device_id device, cl_device_info what, char *text, size_t capacity);
void clif__platform_text(cl_platform_id platform, cl_platform_info what, char *text,
                         size_t capacity);

#endif
