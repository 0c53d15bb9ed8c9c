/* progress.h - a progress bar on stderr. */
#ifndef CLIF_TOOL_PROGRESS_H
#define CLIF_TOOL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Work is counted in steps x samples. It is done in parts, each of which counts from 0 again. */
typedef struct progress {
  bool enabled;
  bool visible;
  uint64_t total;
  uint64_t before; /* done in the parts that are finished */
  uint64_t done;   /* of the part at hand */
  double started;
  double drawn; /* when last */
} progress;

/* Nothing is ever drawn unless `wanted`, and where stderr is no terminal. */
void progress_start(progress *bar, uint64_t total, bool wanted);

/* `done` of the part at hand. Draws at most a few times a second, and nothing in the first. */
void progress_show(progress *bar, uint64_t done);

/* A line in the bar's place, for work that cannot tell how far it is; progress_end() takes it off.
 */
void progress_say(progress *bar, const char *text);

/* The part at hand is finished and had this much work. */
void progress_finish_part(progress *bar, uint64_t work);

/* Takes the bar off the screen. */
void progress_end(progress *bar);

#endif
