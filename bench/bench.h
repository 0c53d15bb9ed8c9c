/* bench.h - what the subcommands of clif-bench share: exit codes, messages, progress, the clock. */
#ifndef CLIF_BENCH_H
#define CLIF_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#include <clif/clif.h>

enum { BENCH_OK = 0, BENCH_FAILED = 1, BENCH_USAGE = 2 };

/* Each gets its own name as argv[0] and answers an exit code. */
int network_command(int argc, char **argv);

#if defined(__GNUC__)
#define BENCH_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define BENCH_PRINTF(f, a)
#endif

/* One sentence on stderr, "clif-bench: " before it. Returns BENCH_FAILED. */
int complain(const char *format, ...) BENCH_PRINTF(1, 2);

/* The same for a mistake on the command line; ends with where to read on. Returns BENCH_USAGE.
 * `command` is "network" and the like, or "" for the program itself. */
int complain_usage(const char *command, const char *format, ...) BENCH_PRINTF(2, 3);

/* What getopt_long() refused: `answer` is its '?' or ':'. Option codes of `command` must be above
 * the range of char. Returns BENCH_USAGE. */
int complain_option(const char *command, int answer, char **argv);

/* A clif_log_fn: the library's warnings go to stderr, its notes nowhere. */
void print_warning(void *user, clif_log_level level, const char *line);

/* A line on stderr, "3 of 36 NOUN": only on a terminal, and only once a second has passed since
 * progress_start(). Messages take it off the screen. Never call them in a timed part. */
void progress_start(size_t total, const char *noun);
void progress_step(void);
void progress_end(void);

/* Seconds on a clock that never jumps. */
double seconds_now(void);

#endif
