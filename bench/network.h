/* network.h - the parts of clif-bench network. An int that is returned is an exit code; anything
 * but TOOL_OK has been complained about. */
#ifndef CLIF_BENCH_NETWORK_H
#define CLIF_BENCH_NETWORK_H

#include "adding.h"
#include "bench.h"
#include "picture.h"
#include "summary.h"
#include "ways.h"

/* ---- the command line (network_options.c) ---- */

typedef struct network_options {
  size_t *widths; /* the input's, then each neuron layer's */
  size_t n_widths;
  size_t steps, batch, chunk, repeat, seed;
  double density;
  bool ways[N_WAYS]; /* which are run */
  clif_dense_by dense;
  const char *device;
  bool json, csv, log, help, profile, sweep;
  picture plot; /* of a sweep */
  /* With sweep, instead of widths, batch and density: all combinations of these. */
  size_t *sweep_widths, *sweep_batches;
  size_t n_sweep_widths, n_sweep_batches;
  double *sweep_densities;
  size_t n_sweep_densities;
} network_options;

/* Free in any case. */
int network_options_parse(int argc, char **argv, network_options *options);
void network_options_free(network_options *options);

/* ---- what is run (network_build.c) ---- */

/* input -> (linear -> lif)*, the last layer recorded, not yet prepared. */
clif_status network_build(clif_context *context, const network_options *options,
                          clif_network **out);

/* Zeros and ones of shape (steps, batch, width). */
clif_status network_input(clif_context *context, const network_options *options, clif_array *out);

/* Names of the input and of the last layer. NAME_SIZE bytes; returns text. */
enum { NAME_SIZE = 32 };
const char *network_lif_name(size_t layer, char *text);
#define NETWORK_INPUT_NAME "input"

/* ---- one comparison of ways ---- */

/* The same run in one call, or in one call for every `chunk` steps. */
typedef enum network_cut { CUT_WHOLE, CUT_CHUNKS, N_CUTS } network_cut;

typedef struct network_measured {
  clif_plan_info plan;
  double prepare_first;  /* seconds; caches on disk and in the driver may be cold */
  double prepare_second; /* seconds, of a second network of the same kind in the same process */
  summary seconds[N_CUTS];
  summary ratio_streaming; /* in chunks / whole, of the same round */
  bool not_compared;       /* CBLAS summed: spikes may be others */
} network_measured;

typedef struct network_bench {
  const network_options *options;
  clif_context *context;
  bool quick; /* of a sweep: prepared once, no chunks, fewer rounds where they take long */
  clif_network *networks[N_WAYS]; /* NULL for ways that are not run */
  clif_array input;
  clif_array expected, got; /* output spikes of the run compared with, and of the one at hand */
  uint64_t *spikes;         /* of one run: of the input and of each neuron layer; for two runs */
  linear_way reference;     /* whose first run is compared with; N_WAYS: none yet */
  size_t rounds;            /* that were timed */
  double *seconds;          /* [way][cut][round], and room for another [round] */
  adding *limit;            /* of events; NULL where they are not run, and of a sweep */
  double *limit_rates;      /* [round]: weights per second */
  network_measured ways[N_WAYS];
  summary ratio_auto_better;  /* auto / the better of dense and events of the same round, whole */
  summary ratio_events_dense; /* of the same round, whole */
  summary limit_rate;
  summary ratio_events_limit; /* synapses of events / weights of the limit, per second; likewise */
  char *profiles[N_WAYS];     /* what clif_network_explain() says; NULL where not asked for */
} network_bench;

/* Fills in everything from `networks` on; what is above is there (network_measure.c). */
int network_measure(network_bench *bench);

/* Runs done in network_measure(), for the progress bar; preparing a network counts as one. */
size_t network_progress_steps(const network_options *options, bool quick);

/* All but the context and the options. */
void network_release(network_bench *bench);

/* Are these ways all run? */
bool network_has_forced(const network_options *options); /* dense and events */
bool network_has_all(const network_options *options);

/* ---- its parts ---- */

/* Prepares a new network for a way, in place of the one there was (network_prepare.c). */
int network_prepare_way(network_bench *bench, linear_way way, bool profile, double *seconds);

/* network_run.c: resets, and runs all steps, timed; and then compares the spikes with those of the
 * first run, outside the timed part. */
int network_run_timed(network_bench *bench, linear_way way, network_cut cut, double *seconds);
int network_run_compared(network_bench *bench, linear_way way, network_cut cut, double *seconds);

/* network_limit.c: the limit of events, for the layer with the most weights. */
int network_limit_make(network_bench *bench, double events_seconds);
int network_limit_measure(network_bench *bench, size_t round);
void network_limit_sum_up(network_bench *bench, const double *events_seconds, double *ratios);

/* After all that is measured: one run of each way with every command timed (network_profile.c). */
int network_profile(network_bench *bench);

int network_complain(const network_bench *bench); /* what the library says */

/* ---- telling (network_report.c, network_data.c) ---- */

/* Work of one run, as double because a product of four sizes may be beyond 64 bits. */
typedef struct network_work {
  double updates; /* of neurons */
  double dense;   /* synapses: in * out for every step and sample */
  double events;  /* synapses: out for every spike that comes in */
} network_work;

network_work network_count_work(const network_bench *bench);

/* Share of the steps and samples in which a neuron of a layer fires; layer 0 is the input. What is
 * a layer's rate is the density of the input of the next. */
double network_rate(const network_bench *bench, size_t layer);

void network_report(const network_bench *bench);
void network_json(const network_bench *bench);
void network_csv(const network_bench *bench);

/* What is asked for. */
#define NETWORK_MOST_AUTO 1.15      /* auto / the better of the forced ways */
#define NETWORK_MOST_STREAMING 1.10 /* chunks of 32 steps or more / whole */

/* ---- many comparisons (network_sweep.c, network_sweep_data.c, network_sweep_report.c) ---- */

typedef struct network_point {
  size_t width, batch;
  double density;    /* as asked for */
  double input_rate; /* as it came */
  double rate;       /* of the neurons */
  size_t rounds;
  summary seconds[N_WAYS];
  summary ratio_auto_better;
  bool not_compared[N_WAYS];
} network_point;

typedef struct network_sweep {
  const network_options *options;
  clif_context *context;
  network_point *points;
  size_t n_points;
  size_t worst; /* the point with the largest median of ratio_auto_better */
  size_t above; /* points with one above NETWORK_MOST_AUTO */
} network_sweep;

/* Opens the device, measures, tells. */
int network_sweep_command(const network_options *options);

void network_sweep_report(const network_sweep *sweep);
void network_sweep_json(const network_sweep *sweep);
void network_sweep_csv(const network_sweep *sweep);

/* --plot (network_sweep_plot.c) */
int network_sweep_plot(const network_sweep *sweep);

#endif
