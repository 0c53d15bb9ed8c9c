/* neurons_pass.h - one pass: all steps from a reset, of a group or of its limit, timed. */
#ifndef CLIF_BENCH_NEURONS_PASS_H
#define CLIF_BENCH_NEURONS_PASS_H

#include "neurons.h"
#include "traffic.h"

typedef struct point_run {
  const neurons_bench *bench;
  neurons_point *point;
  clif_group *group;
  traffic *limit;
  bool hopeless[TRAFFIC_STYLES];
} point_run;

/* Says what the library says. An expression of value TOOL_FAILED. */
#define complain_library(run) complain("%s", clif_context_error((run)->bench->context))

/* Steps of the call after `done` steps: fused, up to where the input ends. */
size_t call_steps(const point_run *run, size_t done);

/* All return exit codes. One pass; its seconds are added. */
int pass_group(const point_run *run, double *seconds);

/* The mean seconds of as many passes as the point asks for. Of the group every pass must give the
 * point's number of spikes. */
int measure_group(const point_run *run, double *seconds);
int measure_limit(const point_run *run, size_t style, double *seconds);

#endif
