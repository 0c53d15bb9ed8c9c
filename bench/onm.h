/* onm.h - the parts of clif-bench onm. An int that is returned is an exit code; anything but
 * TOOL_OK has been complained about. */
#ifndef CLIF_BENCH_ONM_H
#define CLIF_BENCH_ONM_H

#include "bench.h"
#include "resident.h"
#include "summary.h"
#include "ways.h"

/* ---- the command line (onm_options.c) ---- */

typedef struct onm_options {
  size_t n, steps, batch, repeat;
  linear_way way;
  clif_dense_by dense;
  const char *device;
  bool json, csv, log, help;
} onm_options;

int onm_options_parse(int argc, char **argv, onm_options *options);

/* ---- what is run (onm_build.c) ---- */

/* Names of layers. */
#define ONM_INPUT "input"
#define ONM_NEURONS "neurons"

/* input -> linear -> lif with its spikes recorded; not yet prepared. */
clif_status onm_build(clif_context *context, const onm_options *options, clif_network **out);

/* The same product alone: input -> linear, without bias. Its result stays on the device. */
clif_status onm_build_alone(clif_context *context, const onm_options *options, clif_network **out);

/* The weights of both, (n, n). */
clif_status onm_weights(clif_context *context, const onm_options *options, clif_array *out);

/* Normal numbers of shape (steps, batch, n). */
clif_status onm_input(clif_context *context, const onm_options *options, clif_array *out);

/* ---- measuring (onm_measure.c) ---- */

enum { ONM_PRODUCT_SIZE = 128 };

/* What is run in turns. */
typedef enum onm_part {
  ONM_WHOLE,
  ONM_ALONE, /* a network of the linear layer and nothing else, without bias */
  ONM_GEMM,  /* one product of all rows, CBLAS called directly: onm_gemm.h */
  ONM_PARTS
} onm_part;

extern const char *const onm_part_names[ONM_PARTS];

/* When the process's memory is looked at. The other parts' memory comes between RUN_ONCE and
 * BEFORE_ROUNDS. */
typedef enum onm_look {
  BEFORE_BUILDING,
  PREPARED,
  RUN_ONCE,
  BEFORE_ROUNDS,
  AFTER_ROUNDS,
  ONM_LOOKS
} onm_look;

typedef struct onm_measured {
  clif_plan_info plan;
  char product[ONM_PRODUCT_SIZE]; /* what the plan says of it; "" where there is none */
  summary seconds;
} onm_measured;

typedef struct onm_bench {
  const onm_options *options;
  clif_context *context;
  bool has[ONM_PARTS];               /* which are run */
  clif_network *networks[ONM_PARTS]; /* NULL for the one that is none */
  clif_array input, spikes;
  clif_array weight, sums; /* of ONM_GEMM */
  double *seconds;         /* [part][round], and room for another [round] */
  onm_measured parts[ONM_PARTS];
  summary share[ONM_PARTS]; /* of the time of the whole that a part takes, of the same round */
  int reproducible;
  uint64_t n_spikes, n_updates; /* of the neurons in one run */
  resident looks[ONM_LOOKS];
} onm_bench;

/* Fills in everything from `networks` on; context and options are there. */
int onm_measure(onm_bench *bench);

/* ---- telling (onm_report.c, onm_data.c) ---- */

typedef struct onm_figures {
  double flops;        /* of the product in one run: a multiplication and an addition each */
  double rate;         /* spikes per neuron, step and sample */
  double weight_bytes; /* n x n float32 */
  double memory_ratio; /* planned bytes over them */
  /* By what the resident set grew, bytes; NaN: not known. */
  double grown_preparing, grown_first_run, grown_rounds;
} onm_figures;

onm_figures onm_count(const onm_bench *bench);

void onm_report(const onm_bench *bench);
void onm_json(const onm_bench *bench);
void onm_csv(const onm_bench *bench);

#define ONM_MOST_MEMORY 1.2 /* asked for: planned bytes over those of the weights, at most */

#endif
