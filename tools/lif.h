/* lif.h - clif lif: what its parts share. They are called in this order: lif_options.c (with
 * lif_neuron.c and lif_input.c for their own options), lif_files.c, lif_load.c, lif_output.c,
 * lif_run.c (with lif_input.c and lif_statistics.c), lif_report.c; lif.c leads. */
#ifndef CLIF_TOOL_LIF_H
#define CLIF_TOOL_LIF_H

#include <stdio.h>

#include "command.h"
#include "neuron_options.h"

/* ---- the command line ---- */

typedef enum lif_number {
  LIF_TAU,
  LIF_DT,
  LIF_R,
  LIF_V_LEAK,
  LIF_V_RESET,
  LIF_THRESHOLD,
  LIF_NUMBERS
} lif_number;

typedef struct lif_neuron {
  clif_form preset;
  bool fixed_threshold, deterministic, strict; /* flags */
  bool given[LIF_NUMBERS];
  double number[LIF_NUMBERS];
  int integration, reset; /* -1: as the preset has it */
  neuron_options options;
} lif_neuron;

typedef enum lif_source { LIF_CONST, LIF_UNIFORM, LIF_RAMP, LIF_NORMAL, LIF_FILE } lif_source;

typedef struct lif_input {
  lif_source source;
  double a, b;      /* the numbers behind the colon */
  const char *text; /* as typed; of a file its path, "-" having become /dev/stdin */
  bool relu;
  double noise;
} lif_input;

typedef enum lif_output {
  LIF_SPIKES,
  LIF_SPIKE_BITS,
  LIF_V,
  LIF_V_PRE,
  LIF_TH,
  LIF_OUTPUTS
} lif_output;

/* Texts belong to argv. */
typedef struct lif_options {
  size_t neurons, batch, steps; /* 0: not given */
  size_t chunk;                 /* 0: the program's choice */
  uint64_t max_memory;          /* 0: the library's choice */
  uint64_t seed;
  lif_input input;
  lif_neuron neuron;
  const char *outputs[LIF_OUTPUTS]; /* paths, or NULL */
  const char *device;
  bool quiet, log, help;
} lif_options;

/* ---- a run ---- */

enum { LIF_FIRST_TIMES = 16 };

/* What is known of the spikes. A neuron is here one of one sample: there are neurons x batch. */
typedef struct lif_statistics {
  size_t units;
  uint64_t *spikes; /* of each */
  uint64_t *after;  /* the step after its last spike; 0: it had none */
  /* of each, of its intervals, one fewer than spikes; whole numbers: exact up to 2^53 */
  double *sums, *squares;
  uint64_t count;
  uint64_t intervals, shortest, longest;
  double interval_sum, interval_squares; /* of all */
  uint64_t first_times[LIF_FIRST_TIMES]; /* steps of the first spikes of all */
} lif_statistics;

typedef struct lif_session {
  const lif_options *options;
  FILE *report; /* stderr where data goes to stdout */
  clif_context *context;
  clif_group *group;
  clif_lif_params params;
  size_t neurons, samples, steps;
  size_t chunk;          /* most steps of one part */
  bool needs_spikes;     /* for the report, or for a file */
  clif_array loaded;     /* the input file, converted if need be */
  clif_array file_shape; /* the file before conversion; without data */
  clif_array ready;      /* input that can be given to the group as it is, (T, B, n); or ndim 0 */
  clif_array drawn;      /* else room for one part of it, (chunk, B, n) */
  clif_array bits;       /* room for one part of the spikes where no file of them is asked for */
  clif_array outputs[LIF_OUTPUTS];
  lif_statistics statistics;
  double prepare_seconds, run_seconds;
  uint64_t done, done_before; /* steps x samples, in all and in the parts that are finished */
} lif_session;

/* The functions below answer an exit code, after a sentence on stderr unless it is TOOL_OK. */

int lif_options_parse(int argc, char **argv, lif_options *options);

/* --input */
int lif_input_parse(const char *text, lif_input *input);

/* Takes an option with a code from LIF_NEURON_OPTION on, and checks that all of them together make
 * sense. */
enum {
  LIF_NEURON_OPTION = NEURON_OPTIONS_END,
  LIF_PRESET = LIF_NEURON_OPTION + LIF_NUMBERS,
  LIF_INTEGRATION,
  LIF_RESET,
  LIF_STRICT,
  LIF_FIXED_THRESHOLD,
  LIF_DETERMINISTIC
};
int lif_neuron_set(int code, const char *text, lif_neuron *neuron);
int lif_neuron_check(const lif_neuron *neuron);
clif_lif_params lif_neuron_params(const lif_neuron *neuron);

/* Looks at all named files before anything slow begins. */
int lif_files_check(const lif_options *options);
bool lif_files_use_stdout(const lif_options *options);

/* Opens the device, reads the file, finds out how much is to be run. */
int lif_load(lif_session *session);

/* The input of `steps` steps from `first` on, valid until the next call. */
clif_array lif_input_part(lif_session *session, size_t first, size_t steps);

/* Arrays for what is kept, and their files. */
int lif_output_create(lif_session *session);
int lif_output_write(const lif_session *session);

/* Steps x samples. */
uint64_t lif_work(const lif_session *session);

/* Runs all steps. */
int lif_run(lif_session *session);

/* Takes in the spikes of some more steps, as bits, (steps, B, words); `first` is their first step.
 */
int lif_statistics_create(lif_session *session);
void lif_statistics_add(lif_session *session, size_t first, const clif_array *bits);
void lif_statistics_free(lif_statistics *statistics);

void lif_report_start(const lif_session *session);
int lif_report_end(const lif_session *session);

/* The library's sentence about the failed call, as TOOL_FAILED. */
int lif_complain(const lif_session *session);

#endif
