/* message.h - what the programs share: exit codes, messages on stderr, the clock. */
#ifndef CLIF_TOOL_MESSAGE_H
#define CLIF_TOOL_MESSAGE_H

#include <stdbool.h>

#include <clif/clif.h>

enum {
  TOOL_OK = 0,
  TOOL_FAILED = 1,
  TOOL_USAGE = 2,
  TOOL_INTERRUPTED = 130 /* 128 + SIGINT, as a shell reports it */
};

/* "clif", "clif-bench": each program has one. */
extern const char program_name[];

/* Called before anything is written to stderr, to take a progress line off the terminal; or NULL.
 */
extern void (*before_message)(void);

#if defined(__GNUC__)
#define TOOL_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define TOOL_PRINTF(f, a)
#endif

/* One sentence on stderr, with the program's name before it. An expression of value TOOL_FAILED; a
 * macro, so that compilers see that it is no success. */
#define complain(...) (say_sentence(__VA_ARGS__), TOOL_FAILED)
void say_sentence(const char *format, ...) TOOL_PRINTF(1, 2);

/* The same for a mistake on the command line; ends with where to read on. Of value TOOL_USAGE.
 * `command` is "run" and the like, or "" for the program itself. */
#define complain_usage(command, ...) (say_usage((command), __VA_ARGS__), TOOL_USAGE)
void say_usage(const char *command, const char *format, ...) TOOL_PRINTF(2, 3);

/* What getopt_long() refused: `answer` is its '?' or ':'. Option codes of `command` must be above
 * the range of char. Returns TOOL_USAGE. */
int complain_option(const char *command, int answer, char **argv);

/* A clif_log_fn for lines of the library. */
void print_log_line(void *user, clif_log_level level, const char *line);

/* The same for warnings only. */
void print_warning(void *user, clif_log_level level, const char *line);

/* Seconds on a clock that never jumps. */
double seconds_now(void);

#endif
