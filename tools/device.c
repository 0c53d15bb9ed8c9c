/* device.c - the device a command works on. */
#include "device.h"

#include "size.h"

int device_open(const char *name, bool quiet, clif_context **context) {
  const clif_context_options wanted = {
      .size = sizeof wanted, .device = name, .log = quiet ? NULL : print_log_line};
  char why[4096] = "";
  if (clif_context_create(&wanted, context, why, sizeof why) == CLIF_OK) return TOOL_OK;
  return complain("%s", why);
}

void device_report(FILE *out, const clif_context *context) {
  const clif_device_info *device = clif_context_device(context);
  fprintf(out, "device   %s (%u compute units), %s\n", device->name, device->compute_units,
          device->platform);
}

void device_report_memory(FILE *out, const clif_context *context) {
  char memory[BYTES_TEXT_SIZE];
  fprintf(out, "memory   %s on the device at most\n",
          format_bytes(clif_context_memory(context).device_peak, memory));
}
