/* adding.h - a plain kernel that adds weights from the cache as a linear layer by events does: the
 * limit of what a device can do for it. */
#ifndef CLIF_BENCH_ADDING_H
#define CLIF_BENCH_ADDING_H

#include <clif/clif.h>

#include "limit.h"

typedef struct adding adding;

/* For a layer of in inputs and out neurons, with as many samples side by side. Finds out how many
 * launches are long enough to be timed. False with a sentence in `message` (LIMIT_MESSAGE_SIZE
 * bytes); *out_adding is NULL then. */
bool adding_create(clif_context *context, size_t in, size_t out, size_t samples,
                   adding **out_adding, char *message);

/* NULL is fine. */
void adding_destroy(adding *adding);

/* Also false where a sum is not what it must be: then not all was read. */
bool adding_measure(adding *adding, double *weights_per_second, char *message);

#endif
