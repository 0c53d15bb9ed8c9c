/* picture.h - pictures of what was measured, through gnuplot, on the sheet of clif plot. */
#ifndef CLIF_BENCH_PICTURE_H
#define CLIF_BENCH_PICTURE_H

#include <clif/clif.h>

#include "arguments.h"
#include "plot_sheet.h"

enum { PICTURE_TEXT = 512 };

/* --plot FILE, and what stands below the picture. */
typedef struct picture {
  const char *out; /* NULL: none is wanted */
  int format;
  char command[PICTURE_TEXT];
} picture;

argument_reader read_picture; /* a picture */
#define ARGUMENT_PICTURE(OUT)                                                                      \
  ARGUMENT("plot", read_picture, (OUT), "a file whose name ends in .png, .svg or .pdf")

/* Keeps the command line without --plot, which is nobody's business but the caller's. */
void picture_name(picture *p, int argc, char **argv);

/* Whether it could be drawn; before anything is measured. */
int picture_check(const picture *p);

/* Draws it, so large; a device is named below it. */
int picture_make(const picture *p, const clif_device_info *device, size_t width, size_t height,
                 int (*draw)(const void *user, plot_sheet *sheet), const void *user);

/* How a curve is drawn. */
typedef struct picture_curve {
  unsigned block; /* its points, x and y; 0: there are none, so it is not drawn */
  size_t colour;  /* among those of the sheet */
  bool dashed;
  const char *title; /* in the legend, or NULL */
} picture_curve;

void picture_curves(plot_sheet *sheet, const picture_curve *curves, size_t n);

/* An axis that has nothing on it yet: widen it by values, and then by a little. */
plot_axis picture_axis(const char *label, bool log);
void picture_include(plot_axis *axis, double value);
void picture_round(plot_axis *axis);

#endif
