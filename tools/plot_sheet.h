/* plot_sheet.h - pictures through gnuplot: the sheet that panels are drawn on, its colours, axes
 * and legends. Functions that answer an int answer an exit code, after a sentence on stderr unless
 * it is TOOL_OK. */
#ifndef CLIF_TOOL_PLOT_SHEET_H
#define CLIF_TOOL_PLOT_SHEET_H

#include <stdio.h>

#include "options.h"

typedef enum plot_format { PLOT_PNG, PLOT_SVG, PLOT_PDF } plot_format;

/* Their names, and by what a file's name ends in; false where it is none of them. */
extern const choice plot_formats[];
bool plot_format_find(const char *path, int *format);

typedef struct plot_paper {
  const char *out; /* the file */
  int format;      /* a plot_format */
  size_t width, height;
  bool dark;
  const char *title;      /* above everything, or NULL */
  const char *caption[2]; /* lines below everything, in small letters; both or none */
} plot_paper;

enum { PLOT_TEXT = 160 }; /* bytes of the text of a label */

enum { PLOT_CURVES = 7 }; /* so many colours can be told apart */

typedef struct plot_theme {
  const char *paper, *ink, *faint, *accent;
  const char *curves[PLOT_CURVES];
} plot_theme;

typedef struct plot_sheet {
  FILE *script; /* gnuplot's input */
  const plot_paper *paper;
  const struct plot_options *options; /* of clif plot; NULL elsewhere */
  const plot_theme *theme;
  double width, height; /* in pixels, of which one may be more than one of the picture */
  double scale;         /* so many */
  double top;           /* below the title */
  bool around;          /* the title and the caption have been drawn */
  unsigned blocks;      /* of data, so far */
} plot_sheet;

/* Where axes are, in pixels from the top left corner. */
typedef struct plot_frame {
  double left, right, top, bottom;
} plot_frame;

typedef struct plot_axis {
  double low, high;
  const char *label;
  bool whole;     /* has whole numbers only */
  bool log;       /* logarithmic: low is above 0 */
  bool bare;      /* no numbers and no label: those of another panel hold */
  double spacing; /* pixels from one number to the next, at least; 0: the usual */
} plot_axis;

enum {
  PLOT_MARGIN_LEFT = 74,
  PLOT_MARGIN_RIGHT = 18,
  PLOT_MARGIN_BOTTOM = 50,
  PLOT_LEGEND = 20,
  PLOT_CAPTION = 42
};

/* Has `draw` write to gnuplot, and puts the picture where it belongs. `draw` answers an exit code;
 * `otherwise` is what the sentence about a missing gnuplot says one can do without it, or "". */
int plot_picture(const plot_paper *paper, const char *otherwise,
                 int (*draw)(const void *user, plot_sheet *sheet), const void *user);

/* Whether a picture could be made; before work whose result one would be sorry for. */
int plot_picture_check(const plot_paper *paper, const char *otherwise);

/* What plot_picture() does first. */
void plot_sheet_begin(plot_sheet *sheet, const plot_paper *paper, FILE *script);

/* Text between quotes, safe for gnuplot. */
void plot_quote(plot_sheet *sheet, const char *text);

/* Text at a place in pixels; belongs to the axes that were set last. `how` is "left", "right" or
 * "center", and what else gnuplot knows. */
void plot_label(plot_sheet *sheet, const char *text, double x, double y, const char *how);

void plot_axes(plot_sheet *sheet, const plot_frame *frame, const plot_axis *x, const plot_axis *y);

/* Axes that are not drawn, for marks beside others; `text` stands left of them. */
void plot_strip(plot_sheet *sheet, const plot_frame *frame, const plot_axis *x, const plot_axis *y,
                const char *text);

/* Rows that a legend of so many entries takes, the longest of `length` characters, and its place
 * above the frame. */
unsigned plot_legend_rows(double width, size_t entries, size_t length);
void plot_legend(plot_sheet *sheet, const plot_frame *frame, unsigned rows);

/* Numbers for gnuplot: begin, write lines, end; then "$dN" is their name. Answers N. */
unsigned plot_block_begin(plot_sheet *sheet);
void plot_block_end(plot_sheet *sheet);

/* Fills the area under bars that touch each other, as one: between bars drawn one by one hairlines
 * would show. A block has two corners of each; `way` is "y=0" where they stand up, "x=0" where
 * they lie. */
void plot_bars(plot_sheet *sheet, unsigned block, const char *way, const char *colour);

/* A little more than from low to high; never empty. Of a logarithmic axis the same in its sense. */
void plot_widen(plot_axis *axis, double share);

#endif
