/* neurons_plot.c - a picture of time, memory and share of the limit against the number of neurons.
 * What is recorded has a column of panels, a mode a colour, and a way a kind of line. */
#include <math.h>

#include "neurons.h"

enum {
  PANEL_HEIGHT = 215,
  WIDTH = 1000,
  WIDTH_OF_ONE = 720, /* where there is only one column */
  LEGEND_ROW = 18,
  GAP = 16, /* between panels */
  HEADING = 22,
  CURVE_TEXT = 64,
  SPARE = 4, /* characters that gnuplot may think the longest title has more than we count */
  MOST_CURVES = N_MODES * N_WAYS
};

typedef struct neurons_panel {
  const char *label;
  double (*value)(const neurons_bench *bench, const neurons_point *p);
  bool log;
} neurons_panel;

static double milliseconds(const neurons_bench *bench, const neurons_point *p) {
  (void)bench;
  return 1e3 * p->seconds.median;
}

static double megabytes(const neurons_bench *bench, const neurons_point *p) {
  (void)bench;
  return 1e-6 * (double)neurons_device_bytes(p);
}

static double share(const neurons_bench *bench, const neurons_point *p) {
  (void)bench;
  return p->share.median;
}

static const neurons_panel panels[] = {
    {"time (ms)", milliseconds, true},
    {"device memory (MB)", megabytes, true},
    {"share of the limit", share, false},
};

enum { N_PANELS = sizeof panels / sizeof *panels };

static bool is_drawn(const neurons_panel *panel, const neurons_bench *bench,
                     const neurons_point *p) {
  return !p->skipped[0] && isfinite(panel->value(bench, p)) && panel->value(bench, p) > 0;
}

/* ---- axes ---- */

/* The same in all columns, so that they can be compared. */
static plot_axis value_axis(const neurons_bench *bench, const neurons_panel *panel) {
  plot_axis y = picture_axis(panel->label, panel->log);
  if (!panel->log) {
    picture_include(&y, 0);
    picture_include(&y, 1);
  }
  for (size_t i = 0; i < bench->n_points; i++)
    if (is_drawn(panel, bench, &bench->points[i]))
      picture_include(&y, panel->value(bench, &bench->points[i]));
  picture_round(&y);
  if (!panel->log) y.low = 0;
  return y;
}

static plot_axis size_axis(const neurons_bench *bench) {
  plot_axis x = picture_axis("neurons", true);
  picture_include(&x, (double)bench->options->sizes[0]);
  picture_include(&x, (double)bench->options->sizes[bench->options->n_sizes - 1]);
  picture_round(&x);
  return x;
}

/* ---- curves ---- */

static unsigned write_points(plot_sheet *sheet, const neurons_bench *bench,
                             const neurons_panel *panel, size_t series) {
  bool any = false;
  for (size_t i = series; i < bench->n_points; i += bench->n_series)
    any |= is_drawn(panel, bench, &bench->points[i]);
  if (!any) return 0;
  const unsigned block = plot_block_begin(sheet);
  for (size_t i = series; i < bench->n_points; i += bench->n_series) {
    const neurons_point *p = &bench->points[i];
    if (is_drawn(panel, bench, p))
      fprintf(sheet->script, "%zu %.9g\n", p->neurons, panel->value(bench, p));
  }
  plot_block_end(sheet);
  return block;
}

/* "adaptive fused: time as n^1.02" */
static size_t write_title(const neurons_series *s, char *text) {
  int length =
      snprintf(text, CURVE_TEXT, "%s %s", neurons_mode_names[s->mode], neurons_way_names[s->way]);
  if (s->fitted >= 2 && isfinite(s->exponent))
    length += snprintf(text + length, CURVE_TEXT - (size_t)length, ": time as n^%.2f", s->exponent);
  return (size_t)length;
}

typedef struct column {
  neurons_record record;
  const neurons_series *series[MOST_CURVES];
  char titles[MOST_CURVES][CURVE_TEXT];
  size_t n, longest;
  size_t colours[MOST_CURVES];
} column;

static column make_column(const neurons_bench *bench, neurons_record record) {
  column c = {.record = record};
  size_t colour = 0;
  for (size_t i = 0; i < bench->n_series; i++) {
    const neurons_series *s = &bench->series[i];
    if (s->record != record) continue;
    if (c.n > 0 && c.series[c.n - 1]->mode != s->mode) colour++;
    const size_t length = write_title(s, c.titles[c.n]);
    if (length > c.longest) c.longest = length;
    c.colours[c.n] = colour;
    c.series[c.n++] = s;
  }
  return c;
}

/* The first panel of a column has the legend. */
static void draw_panel(plot_sheet *sheet, const neurons_bench *bench, const column *c,
                       size_t panel) {
  picture_curve curves[MOST_CURVES];
  for (size_t i = 0; i < c->n; i++)
    curves[i] = (picture_curve){
        .block = write_points(sheet, bench, &panels[panel], (size_t)(c->series[i] - bench->series)),
        .colour = c->colours[i],
        .dashed = c->series[i]->way == WAY_STEPWISE,
        .title = panel == 0 ? c->titles[i] : NULL};
  if (!panels[panel].log)
    fprintf(sheet->script,
            "set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead back lc rgb '%s' dt 3\n",
            sheet->theme->faint);
  picture_curves(sheet, curves, c->n);
  fputs("unset arrow\n", sheet->script);
}

/* ---- the picture ---- */

static size_t count_columns(const neurons_bench *bench) {
  size_t n = 0;
  for (neurons_record record = 0; record < N_RECORDS; record++)
    n += bench->options->records[record];
  return n;
}

static size_t sheet_width(const neurons_bench *bench) {
  return count_columns(bench) > 1 ? WIDTH : WIDTH_OF_ONE;
}

/* Of one panel on a sheet so wide. */
static double frame_width(const neurons_bench *bench, double sheet) {
  const double columns = (double)count_columns(bench);
  return (sheet - PLOT_MARGIN_LEFT - PLOT_MARGIN_RIGHT - (columns - 1) * GAP) / columns;
}

/* Of the legend above a column: the larger one, so that panels are side by side. */
static unsigned legend_rows(const neurons_bench *bench) {
  unsigned most = 1;
  for (neurons_record record = 0; record < N_RECORDS; record++) {
    const column c = make_column(bench, record);
    const double width = frame_width(bench, (double)sheet_width(bench));
    const unsigned rows = c.n ? plot_legend_rows(width, c.n, c.longest + SPARE) : 0;
    if (rows > most) most = rows;
  }
  return most;
}

static void write_heading(plot_sheet *sheet, const neurons_bench *bench, neurons_record record,
                          const plot_frame *frame) {
  static const char *const records[N_RECORDS] = {"nothing recorded", "v and threshold recorded"};
  char text[PICTURE_TEXT];
  snprintf(text, sizeof text, "%zu steps, %zu sample%s, %s", bench->options->steps,
           bench->options->batch, bench->options->batch == 1 ? "" : "s", records[record]);
  plot_label(sheet, text, (frame->left + frame->right) / 2, 14, "center");
}

static void draw_column(plot_sheet *sheet, const neurons_bench *bench, neurons_record record,
                        size_t place) {
  const column c = make_column(bench, record);
  const unsigned rows = legend_rows(bench);
  const double width = frame_width(bench, sheet->width);
  const double top = HEADING + 10 + LEGEND_ROW * (double)rows;
  const double height = (sheet->height - top - PLOT_MARGIN_BOTTOM - PLOT_CAPTION) / N_PANELS;
  plot_axis x = size_axis(bench);
  for (size_t i = 0; i < N_PANELS; i++) {
    const double left = PLOT_MARGIN_LEFT + (double)place * (width + GAP);
    const plot_frame frame = {.left = left,
                              .right = left + width,
                              .top = top + (double)i * height + (i ? GAP / 2.0 : 0),
                              .bottom = top + (double)(i + 1) * height - GAP / 2.0};
    plot_axis y = value_axis(bench, &panels[i]);
    x.bare = i + 1 < N_PANELS;
    y.bare = place > 0;
    plot_axes(sheet, &frame, &x, &y);
    if (i == 0) {
      write_heading(sheet, bench, record, &frame);
      plot_legend(sheet, &frame, rows);
    }
    draw_panel(sheet, bench, &c, i);
  }
}

static int draw(const void *user, plot_sheet *sheet) {
  const neurons_bench *bench = user;
  size_t place = 0;
  for (neurons_record record = 0; record < N_RECORDS; record++)
    if (bench->options->records[record]) draw_column(sheet, bench, record, place++);
  return TOOL_OK;
}

int neurons_plot(const neurons_bench *bench) {
  if (neurons_measured(bench) == 0)
    return complain("everything was skipped, so there is no picture; ask for smaller sizes");
  const size_t height = N_PANELS * PANEL_HEIGHT + HEADING + PLOT_MARGIN_BOTTOM + PLOT_CAPTION +
                        (size_t)legend_rows(bench) * LEGEND_ROW;
  return picture_make(&bench->options->plot, clif_context_device(bench->context),
                      sheet_width(bench), height, draw, bench);
}
