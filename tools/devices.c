/* devices.c - clif devices: the table of OpenCL devices. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "size.h"

enum { OPTION_HELP = 256 };

static const char help[] = "usage: clif devices\n"
                           "\n"
                           "Lists the OpenCL devices of all platforms, one a line. The one marked "
                           "* is used when no other is\n"
                           "asked for; what stands under `id` can be given to clif run --device or "
                           "in CLIF_DEVICE, and so can\n"
                           "a part of a platform's or device's name. A device marked - cannot be "
                           "used: it has no compiler or\n"
                           "is not available.\n"
                           "\n"
                           "example:\n"
                           "  clif devices\n";

static const char *type_name(clif_device_type type) {
  switch (type) {
  case CLIF_DEVICE_CPU:
    return "CPU";
  case CLIF_DEVICE_GPU:
    return "GPU";
  case CLIF_DEVICE_ACCELERATOR:
    return "accelerator";
  case CLIF_DEVICE_OTHER:
    break;
  }
  return "other";
}

/* All devices, *count of them; the caller frees. NULL where there are none or memory is short. */
static clif_device_info *list_devices(size_t *count) {
  *count = 0;
  if (clif_device_list(NULL, 0, count) != CLIF_OK || *count == 0) return NULL;
  clif_device_info *devices = calloc(*count, sizeof *devices);
  size_t there = 0;
  if (devices && clif_device_list(devices, *count, &there) != CLIF_OK) {
    free(devices);
    return NULL;
  }
  if (there < *count) *count = there; /* one may have been unplugged in between */
  return devices;
}

static void print_devices(const clif_device_info *devices, size_t count,
                          const clif_device_info *chosen) {
  int name_width = (int)strlen("name");
  for (size_t i = 0; i < count; i++)
    if ((int)strlen(devices[i].name) > name_width) name_width = (int)strlen(devices[i].name);
  printf("  %-5s %-*s %-11s %5s %10s %10s  %s\n", "id", name_width, "name", "type", "units",
         "memory", "largest", "driver");
  for (size_t i = 0; i < count; i++) {
    const clif_device_info *d = &devices[i];
    char id[32], memory[BYTES_TEXT_SIZE], largest[BYTES_TEXT_SIZE];
    const bool is_chosen = chosen && d->platform_index == chosen->platform_index &&
                           d->device_index == chosen->device_index;
    snprintf(id, sizeof id, "%u:%u", d->platform_index, d->device_index);
    printf("%c %-5s %-*s %-11s %5u %10s %10s  %s, %s\n",
           is_chosen   ? '*'
           : d->usable ? ' '
                       : '-',
           id, name_width, d->name, type_name(d->type), d->compute_units,
           format_bytes(d->memory_bytes, memory), format_bytes(d->max_allocation_bytes, largest),
           d->platform, d->driver);
  }
}

static int show_devices(void) {
  size_t count;
  clif_device_info *devices = list_devices(&count);
  if (!devices)
    return complain("no OpenCL device was found; install the OpenCL driver of your GPU, or PoCL to "
                    "use the CPU (Debian and Ubuntu: apt install pocl-opencl-icd)");
  /* Opening a device is the one sure way to learn which one the library chooses. */
  clif_context *context = NULL;
  char why[1024] = "";
  const clif_status status = clif_context_create(NULL, &context, why, sizeof why);
  print_devices(devices, count, context ? clif_context_device(context) : NULL);
  clif_context_destroy(context);
  free(devices);
  return status == CLIF_OK ? TOOL_OK : complain("%s", why);
}

int devices_command(int argc, char **argv) {
  static const struct option options[] = {{"help", no_argument, NULL, OPTION_HELP}, {0}};
  opterr = 0;
  const int answer = getopt_long(argc, argv, ":", options, NULL);
  if (answer == OPTION_HELP) {
    fputs(help, stdout);
    return TOOL_OK;
  }
  if (answer != -1) return complain_option("devices", answer, argv);
  if (optind < argc) return complain_usage("devices", "'%s' is one word too many", argv[optind]);
  return show_devices();
}
