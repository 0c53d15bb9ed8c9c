/* neurons.h - the parts of clif-bench neurons. */
#ifndef CLIF_BENCH_NEURONS_H
#define CLIF_BENCH_NEURONS_H

#include "bench.h"
#include "picture.h"
#include "summary.h"

/* ---- what is compared (neurons_model.c) ---- */

typedef enum neurons_mode {
  MODE_DETERMINISTIC,
  MODE_ADAPTIVE,
  MODE_NOISY,
  MODE_STOCHASTIC,
  MODE_SEED,
  MODE_SEED_FIXED,
  MODE_SEED_DETERMINISTIC,
  N_MODES
} neurons_mode;

typedef enum neurons_record { RECORD_NONE, RECORD_V_TH, N_RECORDS } neurons_record;

/* One clif_group_step() per step, or as many steps as possible in each clif_group_run(). */
typedef enum neurons_way { WAY_STEPWISE, WAY_FUSED, N_WAYS } neurons_way;

extern const char *const neurons_mode_names[N_MODES];
extern const char *const neurons_record_names[N_RECORDS];
extern const char *const neurons_way_names[N_WAYS];

clif_lif_params neurons_params(neurons_mode mode);

/* Tensors of the state, each one number per neuron; and arrays written in every step. */
size_t neurons_states(neurons_mode mode);
size_t neurons_records(neurons_record record);

/* What a pass does, as far as memory is concerned. */
typedef struct neurons_shape {
  size_t neurons, batch, steps;
  size_t call_steps;             /* of one call */
  size_t tile_steps, tile_batch; /* of one launch */
  size_t states, records;
} neurons_shape;

/* Numbers in a row: neurons, padded. */
size_t neurons_pitch(size_t neurons);

/* Device memory of a group that reads its input on the device, by the formula in group.h. */
uint64_t neurons_formula(const neurons_shape *shape);

/* Bytes that must be read and written in `shape->steps` steps. */
double neurons_traffic(const neurons_shape *shape);

/* ---- the command line (neurons_options.c) ---- */

typedef struct neurons_options {
  size_t *sizes; /* ascending */
  size_t n_sizes;
  bool modes[N_MODES], records[N_RECORDS];
  size_t steps, batch, repeat, seed;
  double low, high; /* of the input */
  size_t fit_from;  /* 0: by the cache */
  uint64_t max_memory;
  const char *device, *protocol;
  bool json, csv, log, help;
  picture plot;
} neurons_options;

/* An exit code; anything but TOOL_OK has been complained about. Free in any case. */
int neurons_options_parse(int argc, char **argv, neurons_options *options);
void neurons_options_free(neurons_options *options);

/* ---- measuring (neurons_measure.c, neurons_point.c, neurons_input.c) ---- */

enum { REASON_SIZE = 512 };

typedef struct neurons_point {
  size_t neurons;
  neurons_mode mode;
  neurons_record record;
  neurons_way way;
  char skipped[REASON_SIZE]; /* why; "" where it was measured, and only then the rest holds */
  size_t input_steps;        /* so many steps of input are there, and come again and again */
  size_t tile_steps, tile_batch, passes;
  uint64_t spikes;                                /* of one pass */
  uint64_t group_bytes, input_bytes, model_bytes; /* device memory; model: by the formula */
  double bytes_moved;                             /* of one pass */
  summary seconds;                                /* of one pass */
  summary share;                                  /* seconds of the limit / seconds */
  summary limit_seconds;
  const char *limit_style;
} neurons_point;

/* Growth of the time with the number of neurons. */
typedef struct neurons_series {
  neurons_mode mode;
  neurons_record record;
  neurons_way way;
  size_t fitted;   /* points; below 2 there is no exponent */
  size_t from, to; /* the smallest and the largest size fitted */
  size_t beyond;   /* of these points, those that do not fit into the cache */
  double exponent;
} neurons_series;

typedef struct neurons_bench {
  const neurons_options *options;
  clif_context *context;
  uint64_t memory, cache; /* bytes that may be used, and of the last-level cache; 0: not known */
  clif_array input;       /* (steps, batch, neurons), of the size at hand, on the device */
  uint64_t input_bytes;
  double *seconds; /* [1 + styles of the limit][repeat] */
  neurons_point *points;
  size_t n_points;
  neurons_series *series;
  size_t n_series;
} neurons_bench;

/* Fills in everything from `memory` on. */
int neurons_measure(neurons_bench *bench);

/* Makes the input for so many neurons; where memory does not suffice it says so in `skipped`
 * (REASON_SIZE bytes) and returns TOOL_OK without an input (ndim 0). */
int neurons_input(neurons_bench *bench, size_t neurons, char *skipped);

/* About what a point costs, for its share of all: updates, and those that small sizes add. */
double neurons_work(const neurons_bench *bench, const neurons_point *point);

/* Fills in a point whose first four members are there, with the input at hand. */
int neurons_measure_point(neurons_bench *bench, neurons_point *point);

/* ---- growth (neurons_growth.c) ---- */

/* Finds series and exponents from the points. */
void neurons_growth(neurons_bench *bench);

/* ---- telling (neurons_report.c, neurons_data.c) ---- */

double neurons_updates(const neurons_bench *bench, const neurons_point *point); /* of one pass */
double neurons_rate(const neurons_bench *bench, const neurons_point *point);
uint64_t neurons_device_bytes(const neurons_point *point);

/* Points that were not skipped. Without any nothing was compared either. */
size_t neurons_measured(const neurons_bench *bench);

void neurons_report(const neurons_bench *bench);
void neurons_json(const neurons_bench *bench);
void neurons_csv(const neurons_bench *bench);

/* --plot (neurons_plot.c) */
int neurons_plot(const neurons_bench *bench);

#endif
