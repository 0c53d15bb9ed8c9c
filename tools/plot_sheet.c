/* plot_sheet.c - the sheet that panels are drawn on: colours, axes, legends, and gnuplot's words
 * for them. Colours are those of Okabe and Ito (Color Universal Design, 2008), which the
 * colour-blind can tell apart, and greys. */
#include <math.h>
#include <string.h>

#include "plot_sheet.h"

static const plot_theme light = {
    .paper = "#ffffff",
    .ink = "#222222",
    .faint = "#999999",
    .accent = "#d55e00",
    .curves = {"#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999"}};

/* Blue and black are too dark here, yellow and white take their places. */
static const plot_theme dark = {
    .paper = "#16181c",
    .ink = "#e6e6e6",
    .faint = "#8a8f98",
    .accent = "#d55e00",
    .curves = {"#56b4e9", "#009e73", "#cc79a7", "#f0e442", "#e69f00", "#ffffff", "#999999"}};

void plot_quote(plot_sheet *sheet, const char *text) {
  putc('\'', sheet->script);
  for (const char *c = text; *c; c++) {
    if (*c == '\'') putc('\'', sheet->script); /* two of them stand for one */
    putc(*c, sheet->script);
  }
  putc('\'', sheet->script);
}

/* How much larger everything is drawn: with the square root of the sheet's side, so that a large
 * picture has both more room and letters that can be read from afar. */
static double scale_of(const plot_paper *paper) {
  return fmax(pow((double)paper->width * (double)paper->height / (900.0 * 600.0), 0.25), 1);
}

/* Letters of 12 pixels, in the measure of each format; nothing in a text is markup. */
static void write_terminal(FILE *script, const plot_paper *paper, double scale) {
  const double width = (double)paper->width, height = (double)paper->height;
  switch ((plot_format)paper->format) {
  case PLOT_PDF:
    fprintf(script, "set terminal pdfcairo size %gin,%gin font 'Sans,7' fontscale %g", width / 96,
            height / 96, scale);
    break;
  case PLOT_SVG:
    fprintf(script, "set terminal svg size %g,%g font 'Sans,12' fontscale %g", width, height,
            scale);
    break;
  case PLOT_PNG:
    fprintf(script, "set terminal pngcairo size %g,%g font 'Sans,9' fontscale %g", width, height,
            scale);
    break;
  }
  fprintf(script, " linewidth %g noenhanced background rgb ", scale);
}

void plot_sheet_begin(plot_sheet *sheet, const plot_paper *paper, FILE *script) {
  const double scale = scale_of(paper);
  *sheet = (plot_sheet){.script = script,
                        .paper = paper,
                        .theme = paper->dark ? &dark : &light,
                        .width = (double)paper->width / scale,
                        .height = (double)paper->height / scale,
                        .scale = scale,
                        .top = paper->title && *paper->title ? 38 : 14};
  fputs("set encoding utf8\n", script);
  write_terminal(script, paper, scale);
  fprintf(script, "'%s'\nset multiplot\n", sheet->theme->paper);
}

void plot_label(plot_sheet *sheet, const char *text, double x, double y, const char *how) {
  fputs("set label ", sheet->script);
  plot_quote(sheet, text);
  fprintf(sheet->script, " at screen %.5f,%.5f %s front textcolor rgb '%s'\n", x / sheet->width,
          1 - y / sheet->height, how, sheet->theme->ink);
}

/* ---- axes ---- */

/* To a factor of 4 at least: less might lie between 2 and 5, and have no number. */
static void widen_log(plot_axis *axis, double share) {
  const double ratio = axis->high / axis->low;
  const double room = fmax(pow(ratio, share), sqrt(4 / ratio));
  axis->low /= room;
  axis->high *= room;
}

void plot_widen(plot_axis *axis, double share) {
  if (axis->log) {
    widen_log(axis, share);
    return;
  }
  const double more = (axis->high - axis->low) * share;
  /* What is always the same gets some room as well. */
  const double room = more > 0 ? more : axis->high != 0 ? fabs(axis->high) / 2 : 1;
  axis->low -= room;
  axis->high += room;
}

/* 1, 2 or 5 times a power of ten, at least `least`. */
static double round_step(double least) {
  const double ten = pow(10, floor(log10(least)));
  const double steps[] = {1, 2, 5, 10};
  size_t i = 0;
  while (i < 3 && steps[i] * ten < least * (1 - 1e-9)) i++;
  return steps[i] * ten;
}

/* "0.2", "50", "2e6" */
static void write_log_tic(plot_sheet *sheet, double mantissa, int exponent, bool number) {
  char text[32] = "";
  if (number && exponent >= -2 && exponent <= 2)
    snprintf(text, sizeof text, "%g", mantissa * pow(10, exponent));
  else if (number)
    snprintf(text, sizeof text, "%ge%d", mantissa, exponent);
  fprintf(sheet->script, "'%s' %ge%d %d,", text, mantissa, exponent, !number);
}

/* Numbers at powers of ten, or at some of them; over less than two of these at 2 and 5 times one,
 * too. Marks at all others that are whole times a power, if there is room. */
static void write_log_tics(plot_sheet *sheet, char name, const plot_axis *axis, double pixels,
                           double spacing) {
  const double decades = log10(axis->high / axis->low), decade = pixels / decades;
  const int every = (int)fmax(ceil(0.6 * spacing / decade), 1); /* "1e6" is short */
  fprintf(sheet->script, "unset logscale %c\nset %crange [%.9g:%.9g]\nset logscale %c\n", name,
          name, axis->low, axis->high, name);
  fprintf(sheet->script, "set %ctics nomirror (", name);
  for (int exponent = (int)floor(log10(axis->low)); exponent <= log10(axis->high); exponent++)
    for (int mantissa = 1; mantissa < 10; mantissa++) {
      const double value = mantissa * pow(10, exponent);
      const bool between = decades < 2 && decade > 3 * spacing && (mantissa == 2 || mantissa == 5);
      const bool number = mantissa == 1 ? exponent % every == 0 : between;
      if (value < axis->low * (1 - 1e-9) || value > axis->high * (1 + 1e-9)) continue;
      if (mantissa == 1 || decade > 40)
        write_log_tic(sheet, mantissa, exponent, number && !axis->bare);
    }
  fputs(")\n", sheet->script);
}

static void write_tics(plot_sheet *sheet, char name, const plot_axis *axis, double pixels,
                       double spacing) {
  if (axis->spacing > 0) spacing = axis->spacing;
  if (axis->log) {
    write_log_tics(sheet, name, axis, pixels, spacing);
    return;
  }
  double step = round_step((axis->high - axis->low) * spacing / pixels);
  if (axis->whole && step < 1) step = 1;
  const double first = ceil(axis->low / step - 1e-9) * step;
  /* Gnuplot left to itself also puts a number a little beyond the end. */
  const double last = first + floor((axis->high - first) / step + 1e-9) * step;
  fprintf(sheet->script,
          "unset logscale %c\nset %crange [%.9g:%.9g]\nset %ctics nomirror %.9g,%.9g,%.9g\n"
          "set format %c '%s'\n",
          name, name, axis->low, axis->high, name, first, step, last, name,
          axis->bare    ? ""
          : axis->whole ? "%.0f"
                        : "%.10g");
}

/* About the width of text in pixels, at the usual size. */
static double text_width(const char *text) {
  double characters = 0;
  for (; *text; text++) characters += (*text & 0xc0) != 0x80; /* of UTF-8 only first bytes */
  return 7 * characters;
}

/* In two lines where it is longer than the axis; they are `apart` from each other. */
static void write_axis_label(plot_sheet *sheet, const char *text, double room, const double at[2],
                             const double apart[2], const char *how) {
  char first[PLOT_TEXT];
  const char *unit = strstr(text, " (");
  const char *space = unit ? unit : strchr(text + strlen(text) / 3, ' ');
  if (text_width(text) <= room || !space) {
    plot_label(sheet, text, at[0], at[1], how);
    return;
  }
  snprintf(first, sizeof first, "%.*s", (int)(space - text), text);
  plot_label(sheet, first, at[0] - apart[0] / 3, at[1] - apart[1] / 3, how);
  plot_label(sheet, space + 1, at[0] + 2 * apart[0] / 3, at[1] + 2 * apart[1] / 3, how);
}

static void write_labels(plot_sheet *sheet, const plot_frame *frame, const plot_axis *x,
                         const plot_axis *y) {
  const double below[] = {(frame->left + frame->right) / 2, frame->bottom + 38};
  const double beside[] = {frame->left - PLOT_MARGIN_LEFT + 14, (frame->top + frame->bottom) / 2};
  if (x->label && !x->bare)
    write_axis_label(sheet, x->label, frame->right - frame->left + 8, below, (double[]){0, 15},
                     "center");
  if (y->label && !y->bare)
    write_axis_label(sheet, y->label, frame->bottom - frame->top + 8, beside, (double[]){15, 0},
                     "center rotate by 90");
}

/* Letters so high, or as much smaller as makes the text fit. */
static double fitting(const char *text, double room, double pixels) {
  return fmin(pixels, 12 / 1.15 * room / text_width(text));
}

static void write_line(plot_sheet *sheet, const char *text, double x, double y, const char *font,
                       double pixels) {
  static const double points[] = {[PLOT_PNG] = 11.0 / 15, [PLOT_SVG] = 1, [PLOT_PDF] = 8.5 / 15};
  char how[64];
  snprintf(how, sizeof how, "left font '%s,%.2f'", font, pixels * points[sheet->paper->format]);
  plot_label(sheet, text, x, y, how);
}

/* In bold letters, which the terminal for SVG does not have. */
static void write_title(plot_sheet *sheet, const char *title) {
  const double room = sheet->width - PLOT_MARGIN_LEFT - PLOT_MARGIN_RIGHT;
  write_line(sheet, title, PLOT_MARGIN_LEFT, 18,
             sheet->paper->format == PLOT_SVG ? "Sans" : "Sans:Bold", fitting(title, room, 15));
}

/* Both lines in letters of one size, from edge to edge. */
static void write_caption(plot_sheet *sheet, const char *const lines[2]) {
  enum { EDGE = 14, LINE = 14 };
  const double room = sheet->width - 2 * EDGE;
  const double pixels = fitting(lines[1], room, fitting(lines[0], room, 10));
  for (int i = 0; i < 2; i++)
    write_line(sheet, lines[i], EDGE, sheet->height - 26 + LINE * i, "Sans", pixels);
}

/* With the axes that are drawn first. */
static void write_around(plot_sheet *sheet) {
  const plot_paper *paper = sheet->paper;
  if (sheet->around) return;
  if (paper->title && *paper->title) write_title(sheet, paper->title);
  if (paper->caption[0]) write_caption(sheet, paper->caption);
  sheet->around = true;
}

static void place(plot_sheet *sheet, const plot_frame *frame) {
  FILE *script = sheet->script;
  fputs("unset label\nunset key\n", script);
  fprintf(script, "set lmargin at screen %.5f\nset rmargin at screen %.5f\n",
          frame->left / sheet->width, frame->right / sheet->width);
  fprintf(script, "set tmargin at screen %.5f\nset bmargin at screen %.5f\n",
          1 - frame->top / sheet->height, 1 - frame->bottom / sheet->height);
}

void plot_axes(plot_sheet *sheet, const plot_frame *frame, const plot_axis *x, const plot_axis *y) {
  const char *ink = sheet->theme->ink;
  place(sheet, frame);
  fprintf(sheet->script,
          "set border 3 lc rgb '%s' lw 1\nset tics out nomirror scale %g tc rgb '%s'\n", ink,
          0.6 * sheet->scale, ink);
  write_tics(sheet, 'x', x, frame->right - frame->left, 70);
  write_tics(sheet, 'y', y, frame->bottom - frame->top, 32);
  write_labels(sheet, frame, x, y);
  write_around(sheet);
}

void plot_strip(plot_sheet *sheet, const plot_frame *frame, const plot_axis *x, const plot_axis *y,
                const char *text) {
  place(sheet, frame);
  fprintf(sheet->script,
          "unset border\nunset tics\nset xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\n", x->low,
          x->high, y->low, y->high);
  plot_label(sheet, text, frame->left - 8, (frame->top + frame->bottom) / 2, "right");
}

/* ---- legends ---- */

enum { SAMPLE_WIDTH = 52 }; /* of a line and the room around it */

unsigned plot_legend_rows(double width, size_t entries, size_t length) {
  const double column = SAMPLE_WIDTH + 7 * (double)length;
  const double in_row = fmax(floor(width / column), 1);
  return (unsigned)ceil((double)entries / in_row);
}

void plot_legend(plot_sheet *sheet, const plot_frame *frame, unsigned rows) {
  fprintf(sheet->script,
          "set key at screen %.5f,%.5f right bottom horizontal Left reverse samplen 2 maxrows %u "
          "tc rgb '%s'\n",
          frame->right / sheet->width, 1 - (frame->top - 6) / sheet->height, rows,
          sheet->theme->ink);
}

/* ---- numbers ---- */

unsigned plot_block_begin(plot_sheet *sheet) {
  fprintf(sheet->script, "$d%u << END_OF_NUMBERS\n", ++sheet->blocks);
  return sheet->blocks;
}

void plot_block_end(plot_sheet *sheet) {
  fputs("END_OF_NUMBERS\n", sheet->script);
}

void plot_bars(plot_sheet *sheet, unsigned block, const char *way, const char *colour) {
  fprintf(sheet->script,
          "plot $d%u using 1:2 with filledcurves %s fs solid 1 noborder lc rgb '%s' "
          "notitle\n",
          block, way, colour);
}
