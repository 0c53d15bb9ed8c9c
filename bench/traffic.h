/* traffic.h - plain kernels that move as many bytes as neurons do: the limit of what a device can
 * do for them. In the context of an array of clif, with a queue of their own. */
#ifndef CLIF_BENCH_TRAFFIC_H
#define CLIF_BENCH_TRAFFIC_H

#include "limit.h"

typedef struct traffic traffic;

/* In several styles, as no one of them is the fastest everywhere. */
enum { TRAFFIC_STYLES = 5 };
extern const char *const traffic_style_names[TRAFFIC_STYLES];

/* Numbers of elements are multiples of 16. */
typedef struct traffic_shape {
  void *input; /* cl_mem, float; step t begins at t * row */
  size_t row;  /* elements of a step: of all samples */
  size_t states, records;
  size_t tile_steps, tile_row; /* at most in one launch */
} traffic_shape;

/* False with a sentence in `message` (LIMIT_MESSAGE_SIZE bytes); *out is NULL then. */
bool traffic_create(const traffic_shape *shape, traffic **out, char *message);

/* NULL is fine. */
void traffic_destroy(traffic *traffic);

/* States to 0, and waits. */
bool traffic_reset(traffic *traffic, char *message);

/* `steps` steps with the input from `first` on; waits after every launch. */
bool traffic_run(traffic *traffic, size_t style, size_t first, size_t steps, char *message);

#endif
