/* message.c - what the program says on stderr, and its clock. */
#include "command.h"

#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

int complain(const char *format, ...) {
  va_list arguments;
  fputs("clif: ", stderr);
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  return TOOL_FAILED;
}

int complain_usage(const char *command, const char *format, ...) {
  va_list arguments;
  fputs("clif: ", stderr);
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, "; see 'clif %s%s--help'\n", command, *command ? " " : "");
  return TOOL_USAGE;
}

int complain_option(const char *command, int answer, char **argv) {
  /* A long option is a word of its own, and getopt_long() has just stepped over it; of short ones
   * several share a word, so that only optopt says which. */
  const bool is_short = optopt > 0 && optopt <= UCHAR_MAX;
  const char *word = argv[optind - 1];
  if (is_short) return complain_usage(command, "unknown option '-%c'", optopt);
  if (answer == ':') return complain_usage(command, "option '%s' needs a value", word);
  if (optopt != 0) return complain_usage(command, "option '%s' takes no value", word);
  return complain_usage(command, "unknown or ambiguous option '%s'", word);
}

void print_log_line(void *user, clif_log_level level, const char *line) {
  (void)user;
  fprintf(stderr, "clif: %s: %s\n", level == CLIF_LOG_WARNING ? "warning" : "note", line);
}

double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
