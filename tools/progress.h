/* progress.h - what long work tells on stderr while it goes on: a bar on a terminal, or with --log
 * one line for each stage. There is one terminal, so there is one bar. */
#ifndef CLIF_TOOL_PROGRESS_H
#define CLIF_TOOL_PROGRESS_H

#include <stdbool.h>

#include "message.h"

/* Once, for the options of these names: a bar, lines instead, or neither. TOOL_USAGE after a
 * sentence where both are given. */
int progress_choose(const char *command, bool quiet, bool log);

/* Whether there are to be lines, and one, without an escape. */
bool progress_logs(void);
#define progress_log(...)                                                                          \
  do {                                                                                             \
    if (progress_logs()) say_sentence(__VA_ARGS__);                                                \
  } while (0)

/* The stages that clif run and clif lif share; writing no file is none. */
void progress_log_run(size_t steps, size_t samples, double seconds);
void progress_log_written(size_t files, double seconds);

/* "3.1e5", of RATE_TEXT_SIZE bytes; returns text. */
enum { RATE_TEXT_SIZE = 32 };
const char *format_rate(double rate, char *text);

/* A stage begins. `total` says how much there is to do, `unit` what is counted for the rate,
 * "rounds" or the like. From now on messages take the bar off the screen. */
void progress_start(double total, const char *unit);

/* So much of the total is done, and so many units. Draws at most a few times a second, and nothing
 * in the first one. Not to be called in a part that is timed. */
void progress_show(double done, double units);
void progress_add(double done, double units); /* since the last call */

/* What stands behind the bar, until the next stage; kept by the caller. */
void progress_remark(const char *text);

/* A stage that cannot tell how far it is: after the first second the text stands there. */
void progress_wait(const char *text);

/* The stage is over: takes off what there is. */
void progress_end(void);

#endif
