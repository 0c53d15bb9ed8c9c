/* ways.h - how command lines name the ways of a linear layer and those who multiply for it. */
#ifndef CLIF_BENCH_WAYS_H
#define CLIF_BENCH_WAYS_H

#include <stdbool.h>

#include <clif/clif.h>

/* In the order in which they are run and told of: what is chosen from comes before the choice. */
typedef enum linear_way { WAY_DENSE, WAY_EVENTS, WAY_AUTO, N_WAYS } linear_way;

extern const char *const way_names[N_WAYS];
clif_linear_way way_to_library(linear_way way);

/* --linear: some of the ways, between commas, or one of them. --dense: one provider. Exit codes;
 * anything but TOOL_OK has been complained about. */
int set_ways(const char *command, const char *text, bool ways[N_WAYS]);
int set_way(const char *command, const char *text, linear_way *out);
int set_dense(const char *command, const char *text, clif_dense_by *out);

const char *dense_name(clif_dense_by dense);

#endif
