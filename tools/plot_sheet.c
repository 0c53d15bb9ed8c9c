/* plot_sheet.c - the sheet that panels are drawn on: colours, axes, legends, and gnuplot's words
 * for them. Colours are those of Okabe and Ito (Color Universal Design, 2008), which the
 * colour-blind can tell apart, and greys. */
#include <math.h>
#include <string.h>

#include "plot.h"

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
static double scale_of(const plot_options *options) {
  return fmax(pow((double)options->width * (double)options->height / (900.0 * 600.0), 0.25), 1);
}

/* Letters of 12 pixels, in the measure of each format; nothing in a text is markup. */
static void write_terminal(FILE *script, const plot_options *options, double scale) {
  const double width = (double)options->width, height = (double)options->height;
  switch ((plot_format)options->format) {
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

void plot_sheet_begin(plot_sheet *sheet, const plot_options *options, FILE *script) {
  const double scale = scale_of(options);
  *sheet = (plot_sheet){.script = script,
                        .options = options,
                        .theme = options->dark ? &dark : &light,
                        .width = (double)options->width / scale,
                        .height = (double)options->height / scale,
                        .scale = scale,
                        .top = options->title && *options->title ? 38 : 14};
  fputs("set encoding utf8\n", script);
  write_terminal(script, options, scale);
  fprintf(script, "'%s'\nset multiplot\n", sheet->theme->paper);
}

void plot_label(plot_sheet *sheet, const char *text, double x, double y, const char *how) {
  fputs("set label ", sheet->script);
  plot_quote(sheet, text);
  fprintf(sheet->script, " at screen %.5f,%.5f %s front textcolor rgb '%s'\n", x / sheet->width,
          1 - y / sheet->height, how, sheet->theme->ink);
}

/* ---- axes ---- */

void plot_widen(plot_axis *axis, double share) {
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

static void write_tics(plot_sheet *sheet, char name, const plot_axis *axis, double pixels,
                       double spacing) {
  if (axis->spacing > 0) spacing = axis->spacing;
  double step = round_step((axis->high - axis->low) * spacing / pixels);
  if (axis->whole && step < 1) step = 1;
  const double first = ceil(axis->low / step - 1e-9) * step;
  /* Gnuplot left to itself also puts a number a little beyond the end. */
  const double last = first + floor((axis->high - first) / step + 1e-9) * step;
  fprintf(sheet->script,
          "set %crange [%.9g:%.9g]\nset %ctics nomirror %.9g,%.9g,%.9g\nset format %c '%s'\n", name,
          axis->low, axis->high, name, first, step, last, name,
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

/* In bold letters, which the terminal for SVG does not have; smaller where it would not fit. */
static void write_title(plot_sheet *sheet) {
  const char *title = sheet->options->title;
  char how[64];
  if (title && *title && !sheet->titled) {
    const double room = sheet->width - PLOT_MARGIN_LEFT - PLOT_MARGIN_RIGHT;
    const double size = fmin(15, 15 * room / (15.0 / 12 * 1.15 * text_width(title)));
    if (sheet->options->format == PLOT_SVG)
      snprintf(how, sizeof how, "left font 'Sans,%.2f'", size);
    else
      snprintf(how, sizeof how, "left font 'Sans:Bold,%.2f'",
               size * (sheet->options->format == PLOT_PDF ? 8.5 : 11) / 15);
    plot_label(sheet, title, PLOT_MARGIN_LEFT, 18, how);
  }
  sheet->titled = true;
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
  write_title(sheet);
}

void plot_strip(plot_sheet *sheet, const plot_frame *frame, const plot_axis *x, const plot_axis *y,
                const char *text) {
  place(sheet, frame);
  fprintf(sheet->script,
          "unset border\nunset tics\nset xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\n", x->low,
          x->high, y->low, y->high);
  plot_label(sheet, text, frame->left - 8, (frame->top + frame->bottom) / 2, "right");
}

plot_axis plot_time_axis(const plot_options *options, const plot_data *data, char *label) {
  return (plot_axis){.low = plot_time(options, data, -0.5),
                     .high = plot_time(options, data, (double)data->steps - 0.5),
                     .label = plot_time_label(options, "time", label),
                     .whole = !options->unit && !options->has_dt};
}

plot_axis plot_neuron_axis(const plot_data *data, const char *label) {
  return (plot_axis){.low = (double)data->first_neuron - 0.5,
                     .high = (double)(data->first_neuron + data->neurons) - 0.5,
                     .label = label,
                     .whole = true};
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

/* Of a single row or column gnuplot's images show nothing, and browsers blur a small picture that
 * is made large: there cells are rectangles. */
void plot_image(plot_sheet *sheet, const plot_data *data, unsigned block, size_t wide,
                size_t high) {
  enum { MOST_RECTANGLES = 20000 };
  const size_t columns = (data->steps - 1) / wide + 1, rows = (data->neurons - 1) / high + 1;
  const bool sharp = sheet->options->format == PLOT_SVG && columns * rows <= MOST_RECTANGLES;
  const double step = (double)wide * sheet->options->dt, row = (double)high;
  const double x = plot_time(sheet->options, data, ((double)wide - 1) / 2);
  const double y = (double)data->first_neuron + (row - 1) / 2;
  fprintf(sheet->script, "plot $d%u matrix using (%.9g+%.9g*$1):(%.9g+%.9g*$2)", block, x, step, y,
          row);
  if (columns > 1 && rows > 1)
    fprintf(sheet->script, ":3 with image %snotitle\n", sharp ? "pixels " : "");
  else
    fprintf(sheet->script,
            ":(%.9g):(%.9g):3 with boxxyerror fs solid 1 noborder lc palette notitle\n", step / 2,
            row / 2);
}
