/* network.h - the parts of clif-bench network. */
#ifndef CLIF_BENCH_NETWORK_H
#define CLIF_BENCH_NETWORK_H

#include "bench.h"
#include "summary.h"

/* ---- the command line (network_options.c) ---- */

typedef struct network_options {
  size_t *widths; /* the input's, then each neuron layer's */
  size_t n_widths;
  size_t steps, batch, repeat, seed;
  double density;
  const char *device;
  bool json, csv, help;
} network_options;

/* An exit code; anything but TOOL_OK has been complained about. Free in any case. */
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

/* ---- measuring (network_measure.c) ---- */

typedef enum network_way { WAY_CLBLAST, WAY_PLAIN, N_WAYS } network_way;

/* The same run in one call, or in one call per CHUNK_STEPS steps. */
typedef enum network_cut { CUT_WHOLE, CUT_CHUNKS, N_CUTS } network_cut;
enum { CHUNK_STEPS = 5 };

typedef struct network_measured {
  clif_plan_info plan;
  double prepare_first;  /* seconds; caches on disk and in the driver may be cold */
  double prepare_second; /* seconds, of a second network of the same kind in the same process */
  summary seconds[N_CUTS];
  summary ratio_streaming; /* in chunks / whole, of the same round */
} network_measured;

typedef struct network_bench {
  const network_options *options;
  clif_context *context;
  clif_network *networks[N_WAYS];
  clif_array input;
  clif_array expected, got; /* output spikes of the first run, and of the one at hand */
  uint64_t *spikes;         /* of one run: of the input, and of each neuron layer */
  double *seconds;          /* [way][cut][round], and room for another [round] */
  network_measured ways[N_WAYS];
  summary ratio_plain_clblast; /* of the same round, whole */
} network_bench;

extern const char *const network_way_names[N_WAYS];

/* Fills in everything from `networks` on; context and options are there. */
int network_measure(network_bench *bench);

/* ---- telling (network_report.c, network_data.c) ---- */

/* Work of one run, as double because a product of four sizes may be beyond 64 bits. */
typedef struct network_work {
  double updates; /* of neurons */
  double dense;   /* synapses: in * out for every step and sample */
  double events;  /* synapses: out for every spike that comes in */
} network_work;

network_work network_count_work(const network_bench *bench);

/* Share of the steps and samples in which a neuron of a layer fires; layer 0 is the input. */
double network_rate(const network_bench *bench, size_t layer);

void network_report(const network_bench *bench);
void network_json(const network_bench *bench);
void network_csv(const network_bench *bench);

#endif
