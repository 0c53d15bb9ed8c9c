/* device.c - the device of a benchmark. */
#include "bench.h"

int open_device(const char *wanted, clif_context **out) {
  const clif_context_options options = {
      .size = sizeof options, .device = wanted, .log = print_warning};
  char why[1024] = "";
  return clif_context_create(&options, out, why, sizeof why) == CLIF_OK ? TOOL_OK
                                                                        : complain("%s", why);
}
