/* progress.c - one line about long work; there is one terminal, so there is one line. */
#include "bench.h"

#include <stdio.h>
#include <unistd.h>

static struct {
  bool enabled, visible;
  double started;
  size_t done, total;
  const char *noun;
} line;

void progress_start(size_t total, const char *noun) {
  before_message = progress_end;
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
