/* resident.c - how much memory of the machine this process has. */
#include "resident.h"

#include <inttypes.h>
#include <stdio.h>

static void read_line(const char *line, resident *out) {
  uint64_t kib;
  if (sscanf(line, "VmRSS: %" SCNu64 " kB", &kib) == 1) out->now = kib * 1024;
  if (sscanf(line, "VmHWM: %" SCNu64 " kB", &kib) == 1) out->peak = kib * 1024;
}

resident resident_look(void) {
  resident out = {0, 0};
  char line[256];
  FILE *file = fopen("/proc/self/status", "r");
  while (file && fgets(line, sizeof line, file)) read_line(line, &out);
  if (file) fclose(file);
  return out;
}
