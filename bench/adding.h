/* adding.h - a plain kernel that adds weights from the cache as a linear layer by events does: the
 * limit of what a device can do for it. */
#ifndef CLIF_BENCH_ADDING_H
#define CLIF_BENCH_ADDING_H

#include <clif/clif.h>

#include "limit.h"

typedef struct adding adding;

typedef struct adding_shape {
  size_t in, out; /* of the layer */
  size_t samples; /* side by side */
  /* A measurement is to take about as long as what it is compared with, within reason: the shorter
   * of two may find a busy machine's quiet moments. */
  double seconds;
} adding_shape;

/* False with a sentence in `message` (LIMIT_MESSAGE_SIZE bytes); *out is NULL then. */
bool adding_create(clif_context *context, const adding_shape *shape, adding **out, char *message);

/* NULL is fine. */
void adding_destroy(adding *adding);

/* Also false where a sum is not what it must be: then not all was read. */
bool adding_measure(adding *adding, double *weights_per_second, char *message);

#endif
