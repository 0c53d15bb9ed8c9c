/* progress.c - a progress bar on stderr: part done, rate, time left. */
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

static const double first_after = 1.0; /* seconds; what is quicker needs no bar */
static const double draw_every = 0.1;

void progress_start(progress *bar, uint64_t total, bool wanted) {
  memset(bar, 0, sizeof *bar);
  bar->enabled = wanted && isatty(STDERR_FILENO);
  bar->total = total;
  bar->started = seconds_now();
}

static void format_rate(double rate, char *text, size_t size) {
  static const char *const prefixes[] = {"", "k", "M", "G"};
  size_t prefix = 0;
  while (rate >= 1000 && prefix + 1 < sizeof prefixes / sizeof *prefixes) {
    rate /= 1000;
    prefix++;
  }
  snprintf(text, size, "%.3g%s", rate, prefixes[prefix]);
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

static void draw(const progress *bar, uint64_t done, double elapsed) {
  static const char marks[] = "##############################";
  static const char blanks[] = "..............................";
  enum { WIDTH = sizeof marks - 1 };
  const double part = (double)done / (double)bar->total;
  const int filled = (int)(part * WIDTH);
  char rate[32], left[32];
  format_rate((double)done / elapsed, rate, sizeof rate);
  format_time(elapsed / part - elapsed, left, sizeof left);
  fprintf(stderr, "\r%3d%% [%.*s%.*s] %s steps x samples/s, %s left\033[K", (int)(100 * part),
          filled, marks, WIDTH - filled, blanks, rate, left);
  fflush(stderr);
}

void progress_show(progress *bar, uint64_t done) {
  bar->done = done;
  if (!bar->enabled) return;
  const double now = seconds_now();
  const uint64_t all = bar->before + done;
  if (now - bar->started < first_after || now - bar->drawn < draw_every) return;
  if (all == 0 || all > bar->total) return;
  draw(bar, all, now - bar->started);
  bar->drawn = now;
  bar->visible = true;
}

void progress_say(progress *bar, const char *text) {
  if (!bar->enabled) return;
  fprintf(stderr, "\r%s\033[K", text);
  fflush(stderr);
  bar->visible = true;
}

void progress_finish_part(progress *bar, uint64_t work) {
  bar->before += work;
  bar->done = 0;
}

void progress_end(progress *bar) {
  if (bar->visible) fputs("\r\033[K", stderr);
  bar->visible = false;
}
