/* gemm.h - the parts of clif-bench gemm. */
#ifndef CLIF_BENCH_GEMM_H
#define CLIF_BENCH_GEMM_H

#include <sys/types.h>

#include "bench.h"
#include "summary.h"

/* ---- the command line (gemm_options.c) ---- */

typedef struct gemm_size {
  size_t m, n, k;
} gemm_size;

enum { MOST_SIZES = 16 }; /* the command line says so, too */

typedef struct gemm_options {
  gemm_size sizes[MOST_SIZES];
  size_t n_sizes, repeat;
  const char *device;
  const char *core; /* for OPENBLAS_CORETYPE; NULL: unset */
  bool json, csv, log, help;
} gemm_options;

/* An exit code; anything but TOOL_OK has been complained about. */
int gemm_options_parse(int argc, char **argv, gemm_options *options);

/* ---- who computes (gemm_worker.c) ---- */

typedef enum gemm_row {
  ROW_CLBLAST_OWN,
  ROW_CLBLAST_BUILTIN,
  ROW_CLBLAST_TUNED,
  ROW_CBLAS_QUEUE,
  ROW_OPENBLAS, /* the yardstick */
  N_ROWS
} gemm_row;

extern const char *const gemm_row_names[N_ROWS];

/* What a worker says first. */
typedef struct gemm_hello {
  int code;        /* TOOL_OK; otherwise it has complained and ends */
  bool there;      /* false: there is no such row here */
  char about[512]; /* why there is none; of OpenBLAS its core and its configuration */
  clif_device_info device;
} gemm_hello;

/* What it answers to the number of a size. */
typedef struct gemm_answer {
  int code;       /* TOOL_OK; otherwise it has complained and ends */
  double seconds; /* of one product */
  size_t scratch;
  bool ascending; /* for a of zeros and ones: the bits of the plain sum over ascending k? */
} gemm_answer;

/* Reads numbers of sizes from one file and answers into the other until there are no more. */
void gemm_work(const gemm_options *options, gemm_row row, int from, int to);

/* The product of one size in host memory: input, and what is right (gemm_check.c). */
typedef struct gemm_host {
  gemm_size size;
  float *a, *b, *c; /* a of zeros and ones */
} gemm_host;

bool gemm_host_make(gemm_host *host, gemm_size size); /* false: no memory */
void gemm_host_free(gemm_host *host);
/* Looks at a few rows of c. Is each near the exact sum, and *ascending: has it its bits? */
bool gemm_host_check(const gemm_host *host, bool *ascending);

/* ---- measuring (gemm_measure.c) ---- */

typedef struct gemm_measured {
  summary seconds, gflops;
  summary ratio_own;      /* gflops / those of CLBlast with its own parameters, same round */
  summary ratio_openblas; /* gflops / those of OpenBLAS called directly, same round */
  size_t scratch;
  bool ascending;
} gemm_measured;

typedef struct gemm_bench {
  const gemm_options *options;
  gemm_hello rows[N_ROWS];
  gemm_measured measured[MOST_SIZES][N_ROWS];
} gemm_bench;

/* Starts the workers, has them compute in turns, and fills in the rest. */
int gemm_measure(gemm_bench *bench);

/* ---- telling (gemm_report.c) ---- */

void gemm_report(const gemm_bench *bench);
void gemm_json(const gemm_bench *bench);
void gemm_csv(const gemm_bench *bench);

#endif
