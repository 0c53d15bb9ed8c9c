/* command.h - what the commands of the program share: exit codes, messages, the clock. */
#ifndef CLIF_TOOL_COMMAND_H
#define CLIF_TOOL_COMMAND_H

#include <stdbool.h>

#include <clif/clif.h>

enum {
  TOOL_OK = 0,
  TOOL_FAILED = 1,
  TOOL_USAGE = 2,
  TOOL_INTERRUPTED = 130 /* 128 + SIGINT, as a shell reports it */
};

/* Each gets its own name as argv[0] and answers an exit code. */
int devices_command(int argc, char **argv);
int run_command(int argc, char **argv);

#if defined(__GNUC__)
#define TOOL_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define TOOL_PRINTF(f, a)
#endif

/* One sentence on stderr, "clif: " before it. Returns TOOL_FAILED. */
int complain(const char *format, ...) TOOL_PRINTF(1, 2);

/* The same for a mistake on the command line; ends with where to read on. Returns TOOL_USAGE.
 * `command` is "run" and the like, or "" for the program itself. */
int complain_usage(const char *command, const char *format, ...) TOOL_PRINTF(2, 3);

/* What getopt_long() refused: `answer` is its '?' or ':'. Option codes of `command` must be above
 * the range of char. Returns TOOL_USAGE. */
int complain_option(const char *command, int answer, char **argv);

/* A clif_log_fn for lines of the library. */
void print_log_line(void *user, clif_log_level level, const char *line);

/* Seconds on a clock that never jumps. */
double seconds_now(void);

#endif
