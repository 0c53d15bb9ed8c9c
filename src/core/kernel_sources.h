/* kernel_sources.h - the .cl files as they were at build time (made by cmake/EmbedKernels.cmake).
 */
#ifndef CLIF_KERNEL_SOURCES_H
#define CLIF_KERNEL_SOURCES_H

#include <stddef.h>

struct clif__kernel_source {
  const char *name; /* "lif" for cl/lif.cl */
  const char *text;
  size_t length;
};

/* Ends with a name of NULL. */
extern const struct clif__kernel_source clif__kernel_sources[];

#endif
