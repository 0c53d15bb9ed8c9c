/* startup.h - the parts of clif-bench startup. An int that is returned is an exit code; anything
 * but TOOL_OK has been complained about. */
#ifndef CLIF_BENCH_STARTUP_H
#define CLIF_BENCH_STARTUP_H

#include <limits.h>

#include "bench.h"
#include "summary.h"

enum { STARTUP_PATH_SIZE = 4096 };

/* ---- the command line (startup_options.c) ---- */

typedef struct startup_options {
  size_t repeat;
  const char *program; /* NULL: the clif beside this program */
  const char *model, *input;
  const char *device;
  bool json, csv, log, help;
} startup_options;

int startup_options_parse(int argc, char **argv, startup_options *options);

/* ---- measuring (startup_run.c) ---- */

typedef enum startup_kind {
  STARTUP_COLD,    /* clif run, nothing in the caches */
  STARTUP_WARM,    /* the same again */
  STARTUP_DEVICES, /* clif devices, which only opens the device */
  STARTUP_KINDS
} startup_kind;

extern const char *const startup_kind_names[STARTUP_KINDS];

typedef struct startup_bench {
  const startup_options *options;
  clif_device_info device;
  char program[STARTUP_PATH_SIZE];
  char directory[STARTUP_PATH_SIZE]; /* for caches; goes away at the end */
  double *seconds;                   /* [kind][round], and room for another [round] */
  summary kinds[STARTUP_KINDS];
  summary ratio_warm_devices; /* of the same round */
} startup_bench;

/* Fills in everything from `program` on; what is above is there. */
int startup_measure(startup_bench *bench);

/* ---- one process (startup_spawn.c) ---- */

/* Runs a program from start to end, its output to nowhere and its messages to a file. `arguments`
 * begins with the program's name and ends with NULL. TOOL_INTERRUPTED where Ctrl-C ended it. */
int startup_spawn(const char *program, const char *const *arguments, const char *messages,
                  double *seconds);

/* ---- telling (startup_report.c, startup_data.c) ---- */

#define STARTUP_MOST_WARM 0.15 /* seconds; asked for */

void startup_report(const startup_bench *bench);
void startup_json(const startup_bench *bench);
void startup_csv(const startup_bench *bench);

#endif
