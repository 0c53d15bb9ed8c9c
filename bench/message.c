/* message.c - what clif-bench says on stderr, and its clock. */
#include "bench.h"

#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* ---- progress: there is one terminal, so there is one line ---- */

static struct {
  bool enabled, visible;
  double started;
  size_t done, total;
  const char *noun;
} line;

void progress_start(size_t total, const char *noun) {
  line.enabled = isatty(STDERR_FILENO) == 1;
  line.started = seconds_now();
  line.done = 0;
  line.total = total;
  line.noun = noun;
}

void progress_step(void) {
  line.done++;
  if (!line.enabled || seconds_now() - line.started < 1.0) return;
  fprintf(stderr, "\r%zu of %zu %s\033[K", line.done, line.total, line.noun);
  fflush(stderr);
  line.visible = true;
}

void progress_end(void) {
  if (line.visible) fputs("\r\033[K", stderr);
  line.visible = false;
}

/* ---- messages ---- */

static void say(const char *format, va_list arguments) {
  progress_end();
  fputs("clif-bench: ", stderr);
  vfprintf(stderr, format, arguments);
}

int complain(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say(format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  return BENCH_FAILED;
}

int complain_usage(const char *command, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say(format, arguments);
  va_end(arguments);
  fprintf(stderr, "; see 'clif-bench %s%s--help'\n", command, *command ? " " : "");
  return BENCH_USAGE;
}

int complain_option(const char *command, int answer, char **argv) {
  /* Of short options several may share a word, so that only optopt says which one it was; a long
   * one is the word that getopt_long() has just stepped over. */
  const bool is_short = optopt > 0 && optopt <= UCHAR_MAX;
  const char *word = argv[optind - 1];
  if (is_short) return complain_usage(command, "unknown option '-%c'", optopt);
  if (answer == ':') return complain_usage(command, "option '%s' needs a value", word);
  if (optopt != 0) return complain_usage(command, "option '%s' takes no value", word);
  return complain_usage(command, "unknown or ambiguous option '%s'", word);
}

void print_warning(void *user, clif_log_level level, const char *text) {
  (void)user;
  if (level == CLIF_LOG_WARNING) complain("warning: %s", text);
}

double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
