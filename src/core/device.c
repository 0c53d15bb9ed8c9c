/* device.c - what OpenCL devices there are, and which one is meant. */
#include "core/device.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than any machine has; fixed, because listing has no context to allocate with. */
enum { MAX_PLATFORMS = 64, MAX_DEVICES = 256, TEXT_BYTES = 2048 };

/* ---- asking one device ---- */

static void cut(const char *from, char *text, size_t capacity) {
  snprintf(text, capacity, "%s", from);
}

void clif__device_text(cl_device_id device, cl_device_info what, char *text, size_t capacity) {
  /* OpenCL answers nothing at all when the text does not fit: ask with room to spare, then cut. */
  char whole[TEXT_BYTES] = "";
  if (clGetDeviceInfo(device, what, sizeof whole, whole, NULL) != CL_SUCCESS) whole[0] = '\0';
  cut(whole, text, capacity);
}

void clif__platform_text(cl_platform_id platform, cl_platform_info what, char *text,
                         size_t capacity) {
  char whole[TEXT_BYTES] = "";
  if (clGetPlatformInfo(platform, what, sizeof whole, whole, NULL) != CL_SUCCESS) whole[0] = '\0';
  cut(whole, text, capacity);
}

static clif_device_type type_of(cl_device_id device) {
  cl_device_type type = 0;
  clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
  if (type & CL_DEVICE_TYPE_GPU) return CLIF_DEVICE_GPU;
  if (type & CL_DEVICE_TYPE_ACCELERATOR) return CLIF_DEVICE_ACCELERATOR;
  if (type & CL_DEVICE_TYPE_CPU) return CLIF_DEVICE_CPU;
  return CLIF_DEVICE_OTHER;
}

static bool flag_of(cl_device_id device, cl_device_info what) {
  cl_bool flag = CL_FALSE;
  return clGetDeviceInfo(device, what, sizeof flag, &flag, NULL) == CL_SUCCESS && flag;
}

static unsigned uint_of(cl_device_id device, cl_device_info what) {
  cl_uint number = 0;
  return clGetDeviceInfo(device, what, sizeof number, &number, NULL) == CL_SUCCESS ? number : 0;
}

static uint64_t ulong_of(cl_device_id device, cl_device_info what) {
  cl_ulong number = 0;
  return clGetDeviceInfo(device, what, sizeof number, &number, NULL) == CL_SUCCESS ? number : 0;
}

bool clif__device_divides_correctly(cl_device_id device) {
  cl_device_fp_config config = 0;
  return clGetDeviceInfo(device, CL_DEVICE_SINGLE_FP_CONFIG, sizeof config, &config, NULL) ==
             CL_SUCCESS &&
         (config & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
}

static void describe(cl_platform_id platform, cl_device_id device, clif_device_info *info) {
  clif__platform_text(platform, CL_PLATFORM_NAME, info->platform, sizeof info->platform);
  clif__device_text(device, CL_DEVICE_NAME, info->name, sizeof info->name);
  clif__device_text(device, CL_DEVICE_VENDOR, info->vendor, sizeof info->vendor);
  clif__device_text(device, CL_DEVICE_VERSION, info->version, sizeof info->version);
  clif__device_text(device, CL_DRIVER_VERSION, info->driver, sizeof info->driver);
  info->type = type_of(device);
  info->compute_units = uint_of(device, CL_DEVICE_MAX_COMPUTE_UNITS);
  info->clock_mhz = uint_of(device, CL_DEVICE_MAX_CLOCK_FREQUENCY);
  info->memory_bytes = ulong_of(device, CL_DEVICE_GLOBAL_MEM_SIZE);
  info->max_allocation_bytes = ulong_of(device, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
  clGetDeviceInfo(device, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof info->max_work_group,
                  &info->max_work_group, NULL);
  info->unified_memory = flag_of(device, CL_DEVICE_HOST_UNIFIED_MEMORY);
  /* A device that cannot even tell its limits is not to be trusted with work. */
  info->usable = flag_of(device, CL_DEVICE_AVAILABLE) &&
                 flag_of(device, CL_DEVICE_COMPILER_AVAILABLE) && info->max_allocation_bytes > 0 &&
                 info->max_work_group > 0;
}

/* ---- going through all devices ---- */

typedef struct visit {
  cl_platform_id platform;
  cl_device_id device;
  clif_device_info info;
} visit;

typedef void (*visit_fn)(void *user, const visit *at);

/* A platform that answers with an error (no devices, no driver behind it) counts as empty. */
/* Drivers set themselves up in these first calls, and PoCL 3.1 crashes when two threads make them
 * at once. */
static pthread_mutex_t first_calls = PTHREAD_MUTEX_INITIALIZER;

static void visit_all(visit_fn visit_one, void *user) {
  cl_platform_id platforms[MAX_PLATFORMS];
  cl_uint n_platforms = 0;
  if (clGetPlatformIDs(MAX_PLATFORMS, platforms, &n_platforms) != CL_SUCCESS) return;
  for (cl_uint p = 0; p < n_platforms && p < MAX_PLATFORMS; p++) {
    cl_device_id devices[MAX_DEVICES];
    cl_uint n_devices = 0;
    if (clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, MAX_DEVICES, devices, &n_devices) !=
        CL_SUCCESS)
      continue;
    for (cl_uint d = 0; d < n_devices && d < MAX_DEVICES; d++) {
      visit at = {.platform = platforms[p], .device = devices[d]};
      describe(platforms[p], devices[d], &at.info);
      at.info.platform_index = p;
      at.info.device_index = d;
      visit_one(user, &at);
    }
  }
}

static void visit_devices(visit_fn visit_one, void *user) {
  pthread_mutex_lock(&first_calls);
  visit_all(visit_one, user);
  pthread_mutex_unlock(&first_calls);
}

typedef struct listing {
  clif_device_info *devices;
  size_t capacity, count;
} listing;

static void list_one(void *user, const visit *at) {
  listing *list = user;
  if (list->count < list->capacity) list->devices[list->count] = at->info;
  list->count++;
}

clif_status clif_device_list(clif_device_info *devices, size_t capacity, size_t *count) {
  if (!count) return CLIF_INVALID_ARGUMENT;
  listing list = {devices, devices ? capacity : 0, 0};
  visit_devices(list_one, &list);
  *count = list.count;
  return CLIF_OK;
}

/* ---- which one is meant ---- */

/* "platform:device" taken apart. Without a colon the text may mean either. */
typedef struct wish {
  char platform[128];
  char device[128];
  bool colon;
} wish;

static wish wish_of(const char *text) {
  wish w = {.colon = strchr(text, ':') != NULL};
  /* Only the first colon divides: some device names have more ("gfx90a:sramecc+:xnack-"). */
  size_t length = strcspn(text, ":");
  snprintf(w.platform, sizeof w.platform, "%.*s", (int)(length < 128 ? length : 127), text);
  if (w.colon) snprintf(w.device, sizeof w.device, "%s", text + length + 1);
  return w;
}

static bool contains(const char *text, const char *part) {
  size_t length = strlen(part);
  for (; *text; text++) {
    size_t i = 0;
    while (i < length && tolower((unsigned char)text[i]) == tolower((unsigned char)part[i])) i++;
    if (i == length) return true;
  }
  return false;
}

static bool is_number(const char *text) {
  return text[0] && text[strspn(text, "0123456789")] == '\0';
}

static bool is_index(const char *text, unsigned index) {
  return is_number(text) && strtoul(text, NULL, 10) == index;
}

static bool platform_matches(const char *part, const visit *at) {
  if (is_number(part)) return is_index(part, at->info.platform_index);
  /* The vendor counts too: PoCL's platform is called "Portable Computing Language". */
  char vendor[128];
  clif__platform_text(at->platform, CL_PLATFORM_VENDOR, vendor, sizeof vendor);
  return contains(at->info.platform, part) || contains(vendor, part);
}

static bool device_matches(const char *part, const visit *at) {
  if (is_number(part)) return is_index(part, at->info.device_index);
  return contains(at->info.name, part);
}

static bool wish_matches(const wish *w, const visit *at) {
  bool named_alone = !w->colon && w->platform[0] && !is_number(w->platform);
  if (named_alone && contains(at->info.name, w->platform)) return true;
  return (!w->platform[0] || platform_matches(w->platform, at)) &&
         (!w->device[0] || device_matches(w->device, at));
}

typedef struct choice {
  wish wish;
  bool found;
  visit best;
  size_t devices;  /* on this machine */
  size_t unusable; /* match, but cannot be used */
  char list[2048]; /* all of them, for the error sentence */
} choice;

static bool is_better(const clif_device_info *a, const clif_device_info *b) {
  if (a->type != b->type) return a->type > b->type;
  return (uint64_t)a->compute_units * a->clock_mhz > (uint64_t)b->compute_units * b->clock_mhz;
}

static void consider(void *user, const visit *at) {
  choice *c = user;
  size_t used = strlen(c->list);
  snprintf(c->list + used, sizeof c->list - used, "%s%u:%u '%s' on '%s'%s", used ? ", " : "",
           at->info.platform_index, at->info.device_index, at->info.name, at->info.platform,
           at->info.usable ? "" : " (not usable: no compiler, or not available)");
  c->devices++;
  if (!wish_matches(&c->wish, at)) return;
  if (!at->info.usable) {
    c->unusable++;
  } else if (!c->found || is_better(&at->info, &c->best.info)) {
    c->found = true;
    c->best = *at;
  }
}

static clif_status no_device(clif_context *ctx, const choice *c, const char *wanted,
                             const char *origin) {
  const char *remedy = "install your GPU's OpenCL driver, or PoCL for the CPU "
                       "(package pocl-opencl-icd)";
  if (c->devices == 0 && !wanted[0])
    return clif__fail(ctx, CLIF_NO_DEVICE, "there is no OpenCL device on this machine: %s", remedy);
  if (c->devices == 0)
    return clif__fail(ctx, CLIF_NO_DEVICE,
                      "device '%s'%s was asked for, but there is no OpenCL device on this machine: "
                      "%s",
                      wanted, origin, remedy);
  if (!wanted[0])
    return clif__fail(ctx, CLIF_NO_DEVICE,
                      "none of the OpenCL devices can be used: %s; there are %s", remedy, c->list);
  if (c->unusable)
    return clif__fail(ctx, CLIF_NO_DEVICE,
                      "device '%s'%s cannot be used, it has no compiler or is not available: "
                      "choose another of %s",
                      wanted, origin, c->list);
  return clif__fail(ctx, CLIF_NO_DEVICE,
                    "no OpenCL device matches '%s'%s: choose one of %s, as platform:device", wanted,
                    origin, c->list);
}

clif_status clif__device_choose(clif_context *ctx, const char *wanted) {
  const char *origin = "";
  if (!wanted || !wanted[0]) {
    wanted = getenv("CLIF_DEVICE");
    origin = " (from CLIF_DEVICE)";
  }
  if (!wanted) wanted = "";
  choice c = {.wish = wish_of(wanted)};
  visit_devices(consider, &c);
  if (!c.found) return no_device(ctx, &c, wanted, origin);
  ctx->device = c.best.device;
  ctx->info = c.best.info;
  return CLIF_OK;
}
