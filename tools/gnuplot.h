/* gnuplot.h - runs gnuplot: a script goes in through a pipe, a picture comes out into a file. */
#ifndef CLIF_TOOL_GNUPLOT_H
#define CLIF_TOOL_GNUPLOT_H

#include <stdio.h>
#include <sys/types.h>

#include "message.h"

typedef struct gnuplot {
  FILE *script;    /* what is written here gnuplot reads */
  FILE *said;      /* what gnuplot says on stderr, a file without a name */
  FILE *picture;   /* what it draws */
  char *temporary; /* the name of that; NULL where it has none and is copied to `out` in the end */
  const char *out;
  pid_t pid;
} gnuplot;

/* Starts gnuplot; `otherwise` is added to the sentence where there is none. The picture appears
 * whole or not at all, in a pipe such as /dev/stdout as well. Answers TOOL_OK, or TOOL_FAILED after
 * a sentence; then there is nothing to finish. `g` is zeroed by the caller. */
int gnuplot_start(gnuplot *g, const char *out, const char *otherwise);

/* Waits for the picture, and puts it where it belongs if `keep` and all went well. Answers TOOL_OK,
 * or TOOL_FAILED after a sentence (none where the caller does not want to keep it). */
int gnuplot_finish(gnuplot *g, bool keep);

#endif
