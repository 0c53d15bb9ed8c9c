/* message.c - what a program says on stderr, and its clock. */
#include "message.h"

#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

void (*before_message)(void);

static void say(const char *format, va_list arguments) {
  if (before_message) before_message();
  fprintf(stderr, "%s: ", program_name);
  vfprintf(stderr, format, arguments);
}

void say_sentence(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say(format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
}

void say_usage(const char *command, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say(format, arguments);
  va_end(arguments);
  fprintf(stderr, "; see '%s %s%s--help'\n", program_name, command, *command ? " " : "");
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
  say_sentence("%s: %s", level == CLIF_LOG_WARNING ? "warning" : "note", line);
}

void print_warning(void *user, clif_log_level level, const char *line) {
  if (level == CLIF_LOG_WARNING) print_log_line(user, level, line);
}

double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
