/* bench.h - the subcommands of clif-bench, and their progress. */
#ifndef CLIF_BENCH_H
#define CLIF_BENCH_H

#include <stddef.h>

#include "message.h"

/* Each gets its own name as argv[0] and answers an exit code. */
int gemm_command(int argc, char **argv);
int network_command(int argc, char **argv);
int neurons_command(int argc, char **argv);
int onm_command(int argc, char **argv);
int startup_command(int argc, char **argv);

/* As --device says, NULL for the best there is; warnings go to stderr. An exit code. */
int open_device(const char *wanted, clif_context **out);

/* A line on stderr, "3 of 36 NOUN": only on a terminal, and only once a second has passed since
 * progress_start(). Messages take it off the screen. Never call them in a timed part. */
void progress_start(size_t total, const char *noun);
void progress_step(void);
void progress_end(void);

#endif
