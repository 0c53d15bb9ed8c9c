/* clock.c - the time, for measuring what things cost. */
#include <time.h>

#include "core/core.h"

double clif__seconds(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
