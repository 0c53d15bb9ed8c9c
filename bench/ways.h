/* ways.h - how command lines name the ways of a linear layer and those who multiply for it. */
#ifndef CLIF_BENCH_WAYS_H
#define CLIF_BENCH_WAYS_H

#include <clif/clif.h>

#include "arguments.h"

/* In the order in which they are run and told of: what is chosen from comes before the choice. */
typedef enum linear_way { WAY_DENSE, WAY_EVENTS, WAY_AUTO, N_WAYS } linear_way;

extern const char *const way_names[N_WAYS];
clif_linear_way way_to_library(linear_way way);

/* --linear: some of the ways, between commas (a bool for each), or one of them. */
argument_reader read_ways;
argument_reader read_way;

/* --dense, of options with a clif_dense_by: who multiplies. */
argument_reader read_dense;
#define ARGUMENT_DENSE(OPTIONS)                                                                    \
  ARGUMENT("dense", read_dense, &(OPTIONS)->dense, "auto, clblast or cblas")

const char *dense_name(clif_dense_by dense);

#endif
