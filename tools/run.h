/* run.h - clif run: what its parts share. They are called in this order: run_options.c,
 * run_files.c, run_load.c, run_neurons.c, run_coding.c, run_record.c, run_parts.c, run_score.c,
 * run_report.c; run.c leads. */
#ifndef CLIF_TOOL_RUN_H
#define CLIF_TOOL_RUN_H

#include <stdio.h>

#include "command.h"
#include "neuron_options.h"

/* --record NODE=FILE, cut in two at the '='. */
typedef struct record_request {
  const char *node; /* as typed: may end in .v, .v_pre or .th */
  const char *path;
} record_request;

/* How the input becomes spikes. */
typedef struct run_coding {
  clif_coding coding;
  double gain, threshold; /* below 0: not given */
  size_t steps;           /* of still images; 0: not given */
  bool negative;
} run_coding;

/* The command line. Texts belong to argv. "-" has become /dev/stdin or /dev/stdout. */
typedef struct run_options {
  const char *model, *input, *labels, *out, *device;
  record_request *records;
  size_t n_records;
  clif_nir_options nir;
  clif_linear_way linear;
  clif_dense_by dense;
  clif_overlap overlap;
  neuron_options neurons;
  run_coding coding;
  uint64_t seed;
  bool seed_given;
  size_t batch, chunk; /* 0: all at once */
  uint64_t max_memory; /* 0: the library's choice */
  bool explain, profile, tune, quiet, log, help;
} run_options;

/* One quantity of one layer over the whole run. */
typedef struct recording {
  const char *layer;
  clif_quantity quantity;
  clif_array array; /* (T, B, layer's shape...) */
} recording;

/* Sums over all groups of samples; the library's own counts end with every reset. */
typedef struct layer_total {
  uint64_t spikes, updates;
  bool differs; /* not reproducible across devices in some group */
} layer_total;

typedef struct run_session {
  const run_options *options;
  FILE *report; /* stderr where data goes to stdout */
  clif_context *context;
  clif_network *network;
  clif_array loaded;     /* the input file, converted if need be */
  clif_array input;      /* the same memory as (T, B, ...), of still images with stride 0 in T */
  bool still;            /* the file has images and no steps */
  clif_array file_shape; /* the file before conversion; without data */
  clif_array labels;
  const char *input_layer, *output_layer;
  size_t steps, samples;
  size_t group, chunk; /* most samples and steps of one part */
  recording *recordings;
  size_t n_recordings;
  size_t *record_of; /* for each of options->records its recording */
  size_t out_record; /* for --out and --labels; n_recordings where neither is asked for */
  clif_binding *bindings;
  layer_total *totals;
  size_t correct; /* with --labels */
  double prepare_seconds, run_seconds;
  uint64_t done, done_before; /* steps x samples, in all and in the parts that are finished */
} run_session;

/* The functions below answer an exit code, after a sentence on stderr unless it is TOOL_OK. */

/* `options` is to be given to run_options_free() whatever the answer. */
int run_options_parse(int argc, char **argv, run_options *options);
void run_options_free(run_options *options);

/* Looks at all named files before anything slow begins. */
int run_files_check(const run_options *options);
bool run_files_use_stdout(const run_options *options);

/* Opens the device, reads the files and finds out how the input is to be taken. */
int run_load(run_session *session);

/* Overrides the neurons' options, and turns the input into spikes, where that is asked for. Before
 * prepare. */
int run_neurons_set(run_session *session);
int run_coding_set(run_session *session);

/* For how many steps a still image is shown. */
size_t run_still_steps(const run_coding *coding);

/* Whether the options make sense together. */
int run_coding_check(const run_coding *coding);

/* Tells the network what to record (before prepare), makes the arrays (after it), writes them. */
int run_record_request(run_session *session);
int run_record_create(run_session *session);
int run_record_write(const run_session *session);

/* Steps x samples. */
uint64_t run_work(const run_session *session);

/* Runs all groups of samples and all chunks of time. */
int run_parts(run_session *session);

/* Counts the samples whose strongest output is their label. */
int run_score_check(const run_session *session);
void run_score(run_session *session);

/* Lines about what was asked for. */
void run_coding_report(const run_session *session);
void run_neurons_report(const run_session *session);

void run_report_start(const run_session *session);
void run_report_plan(const run_session *session);
void run_report_end(const run_session *session);

/* The library's sentence about the failed call, as TOOL_FAILED. */
int run_complain(const run_session *session);

/* The elements of a layer's output. */
size_t shape_count(const clif_shape *shape);

/* The layer of that name; false if there is none. */
bool run_find_layer(const run_session *session, const char *name, clif_layer_info *out);

#endif
