/* progress.c - a bar on stderr: part done, rate, time left. */
#include "progress.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double FIRST_AFTER = 1.0; /* seconds; what is quicker needs no bar */
static const double DRAW_EVERY = 0.2;

static bool quiet, logs;

static struct {
  bool enabled;
  double total, done, units;
  const char *unit, *remark;
  double started, drawn; /* when, the latter last */
  const char *waiting;   /* the text of a stage that cannot tell how far it is */
  volatile sig_atomic_t visible;
} bar;

int progress_choose(const char *command, bool without, bool lines) {
  if (without && lines) return complain_usage(command, "--quiet and --log exclude each other");
  quiet = without;
  logs = lines;
  return TOOL_OK;
}

bool progress_logs(void) {
  return logs;
}

/* Nobody needs the "e+05" of printf(). */
const char *format_rate(double rate, char *text) {
  const int length = snprintf(text, RATE_TEXT_SIZE, "%.3g", rate);
  char *e = length > 0 ? strchr(text, 'e') : NULL;
  if (e) snprintf(e + 1, RATE_TEXT_SIZE - (size_t)(e + 1 - text), "%ld", strtol(e + 1, NULL, 10));
  return text;
}

void progress_log_run(size_t steps, size_t samples, double seconds) {
  char rate[RATE_TEXT_SIZE];
  format_rate((double)steps * (double)samples / seconds, rate);
  progress_log("ran %zu steps x %zu samples in %.3g s: %s steps x samples/s", steps, samples,
               seconds, rate);
}

void progress_log_written(size_t files, double seconds) {
  if (files) progress_log("wrote %zu file%s in %.3g s", files, files == 1 ? "" : "s", seconds);
}

static void format_time(double seconds, char *text, size_t size) {
  const double whole =
      seconds < 359999 ? seconds : 359999; /* 99:59:59 is as much as anyone reads */
  const unsigned s = (unsigned)whole;
  if (s >= 3600)
    snprintf(text, size, "%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
  else
    snprintf(text, size, "%u:%02u", s / 60, s % 60);
}

static void take_off(void) {
  if (bar.visible) fputs("\r\033[K", stderr);
  bar.visible = 0;
}

static void draw(double elapsed) {
  static const char marks[] = "####################";
  static const char blanks[] = "....................";
  enum { WIDTH = sizeof marks - 1 };
  const double part = bar.done / bar.total;
  const int filled = (int)(part * WIDTH);
  char rate[RATE_TEXT_SIZE], left[32];
  format_time(elapsed / part - elapsed, left, sizeof left);
  fprintf(stderr, "\r%3d%% [%.*s%.*s] %s %s/s, %s left%s\033[K", (int)(100 * part), filled, marks,
          WIDTH - filled, blanks, format_rate(bar.units / elapsed, rate), bar.unit, left,
          bar.remark);
  fflush(stderr);
  bar.visible = 1;
}

static void begin(void) {
  before_message = take_off;
  bar.enabled = !quiet && !logs && isatty(STDERR_FILENO) == 1;
  bar.waiting = NULL;
}

void progress_start(double total, const char *unit) {
  begin();
  bar.total = total;
  bar.unit = unit;
  bar.done = bar.units = bar.drawn = 0;
  bar.remark = "";
  bar.started = seconds_now();
}

void progress_show(double done, double units) {
  bar.done = done < bar.total ? done : bar.total;
  bar.units = units;
  if (!bar.enabled || !(done > 0)) return;
  const double now = seconds_now();
  if (now - bar.started < FIRST_AFTER || now - bar.drawn < DRAW_EVERY) return;
  draw(now - bar.started);
  bar.drawn = now;
}

void progress_add(double done, double units) {
  progress_show(bar.done + done, bar.units + units);
}

void progress_remark(const char *text) {
  bar.remark = text;
}

/* Whoever works at that time does not come back to us, so a signal has to wake us. What it calls
 * must be safe in a signal handler. */
static void on_alarm(int signal_number) {
  (void)signal_number;
  if (write(STDERR_FILENO, bar.waiting, strlen(bar.waiting)) > 0) bar.visible = 1;
}

void progress_wait(const char *text) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_alarm;
  action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
  sigemptyset(&action.sa_mask);
  begin();
  bar.waiting = text;
  if (bar.enabled && sigaction(SIGALRM, &action, NULL) == 0) alarm((unsigned)FIRST_AFTER);
}

void progress_end(void) {
  if (bar.waiting && bar.enabled) {
    alarm(0);
    signal(SIGALRM, SIG_DFL);
  }
  bar.waiting = NULL;
  take_off();
}
