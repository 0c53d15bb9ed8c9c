/* resident.c - how much memory of the machine this process has. */
#include "resident.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "VmRSS:    1234 kB" */
static void read_line(const char *line, const char *name, uint64_t *out) {
  const size_t length = strlen(name);
  if (strncmp(line, name, length) == 0) *out = strtoull(line + length, NULL, 10) * 1024;
}

resident resident_look(void) {
  resident out = {0, 0};
  char line[256];
  FILE *file = fopen("/proc/self/status", "r");
  while (file && fgets(line, sizeof line, file)) {
    read_line(line, "VmRSS:", &out.now);
    read_line(line, "VmHWM:", &out.peak);
  }
  if (file) fclose(file);
  return out;
}
