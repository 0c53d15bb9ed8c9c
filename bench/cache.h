/* cache.h - how large the last cache before the memory is. */
#ifndef CLIF_BENCH_CACHE_H
#define CLIF_BENCH_CACHE_H

#include <clif/clif.h>

/* Bytes; 0 where nobody says. Of a CPU the operating system is asked (Linux), as OpenCL's figure
 * is often another cache's; of other devices OpenCL, by a buffer of theirs (cl_mem, or NULL). */
uint64_t last_level_cache(const clif_device_info *device, void *buffer);

#endif
