/* bench.h - the subcommands of clif-bench. */
#ifndef CLIF_BENCH_H
#define CLIF_BENCH_H

#include <stddef.h>

#include "progress.h"

/* Each gets its own name as argv[0] and answers an exit code. */
int gemm_command(int argc, char **argv);
int network_command(int argc, char **argv);
int neurons_command(int argc, char **argv);
int onm_command(int argc, char **argv);
int startup_command(int argc, char **argv);

/* As --device says, NULL for the best there is; warnings go to stderr. An exit code. */
int open_device(const char *wanted, clif_context **out);

#endif
