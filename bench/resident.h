/* resident.h - how much memory of the machine this process has. */
#ifndef CLIF_BENCH_RESIDENT_H
#define CLIF_BENCH_RESIDENT_H

#include <stdint.h>

/* Bytes; all 0 where the operating system does not say (Linux does). */
typedef struct resident {
  uint64_t now;  /* VmRSS */
  uint64_t peak; /* VmHWM, since the process began */
} resident;

resident resident_look(void);

#endif
