/* plot_traces.c - membrane potentials, and other real numbers, as curves: each in its colour, or
 * thin with one that stands out, or as bands, by how many there are. */
#include <math.h>

#include "plot.h"

enum { THIN_CURVES = 30 }; /* so many can be seen one by one, in one colour */

static const plot_data *extra_of(const plot_session *session, const plot_panel *panel,
                                 plot_extra extra) {
  const plot_data *data = &session->extras[extra];
  return session->traces == panel && data->view.ndim ? data : NULL;
}

static bool has_threshold(const plot_session *session, const plot_panel *panel) {
  return session->traces == panel &&
         (session->options->has_threshold || session->extras[PLOT_TH].view.ndim);
}

static unsigned legend_rows(const plot_session *session, const plot_panel *panel, double width) {
  const size_t n = panel->data.neurons;
  const size_t curves = n <= PLOT_CURVES ? n : n <= THIN_CURVES ? 2 : 3;
  const size_t entries = curves + has_threshold(session, panel);
  if (entries == 1) return 0; /* the label of the axis says it */
  return plot_legend_rows(width, entries, n <= PLOT_CURVES ? 10 : 15);
}

/* Of the marks of spikes above the axes, one row for each neuron. */
static double strip_height(const plot_session *session, const plot_panel *panel) {
  if (!extra_of(session, panel, PLOT_SPIKES)) return 0;
  const double rows = (double)panel->data.neurons;
  return rows * (rows == 1 ? 14 : rows <= PLOT_CURVES ? 9 : 5) + 6;
}

double plot_traces_legend(const plot_session *session, const plot_panel *panel, double width) {
  return legend_rows(session, panel, width) * PLOT_LEGEND + strip_height(session, panel);
}

/* ---- spikes ---- */

size_t plot_leader(const plot_data *spikes, size_t but, size_t *count) {
  size_t leader = but == 0 ? 1 : 0;
  *count = 0;
  for (size_t i = 0; i < spikes->neurons; i++) {
    size_t n = 0;
    if (i == but) continue;
    for (size_t t = 0; t < spikes->steps; t++) n += plot_spiked(spikes, t, i);
    if (n > *count) {
      *count = n;
      leader = i;
    }
  }
  return leader;
}

static const char *colour_of(const plot_sheet *sheet, size_t neurons, size_t neuron,
                             size_t leader) {
  if (neurons <= PLOT_CURVES) return sheet->theme->curves[neuron];
  return neuron == leader ? sheet->theme->ink : sheet->theme->curves[0];
}

static void draw_strip(plot_sheet *sheet, const plot_data *spikes, const plot_frame *frame,
                       const plot_axis *x) {
  size_t count;
  const size_t leader = plot_leader(spikes, SIZE_MAX, &count);
  const plot_axis y = plot_neuron_axis(spikes, NULL);
  plot_strip(sheet, frame, x, &y, "spikes");
  if (count == 0) {
    fputs("plot NaN notitle\n", sheet->script);
    return;
  }
  const unsigned first = sheet->blocks + 1;
  for (size_t i = 0; i < spikes->neurons; i++) {
    plot_block_begin(sheet);
    fputs("0 NaN\n", sheet->script); /* gnuplot refuses a block without numbers */
    for (size_t t = 0; t < spikes->steps; t++)
      if (plot_spiked(spikes, t, i))
        fprintf(sheet->script, "%.9g %.9g\n", plot_time(sheet->options, spikes, (double)t),
                (double)(spikes->first_neuron + i) - 0.4);
    plot_block_end(sheet);
  }
  for (size_t i = 0; i < spikes->neurons; i++)
    fprintf(sheet->script,
            "%s$d%zu using 1:2:(0):(0.8) with vectors nohead lw 1.6 lc rgb '%s' notitle",
            i ? ", " : "plot ", first + i, colour_of(sheet, spikes->neurons, i, leader));
  putc('\n', sheet->script);
}

/* ---- curves ---- */

static void plot_few(plot_sheet *sheet, const plot_data *data, unsigned first, bool titled) {
  for (size_t i = 0; i < data->neurons; i++) {
    fprintf(sheet->script, "%s$d%zu using 1:2 with lines lw 1.8 lc rgb '%s' ", i ? ", " : "plot ",
            first + i, sheet->theme->curves[i]);
    if (titled)
      fprintf(sheet->script, "title '%s%zu'", i ? "" : "neuron ", data->first_neuron + i);
    else
      fputs("notitle", sheet->script);
  }
}

/* The one that stands out is the mean, or the one that fires most. */
static void plot_thin(plot_sheet *sheet, const plot_data *data, unsigned first,
                      const plot_data *spikes, unsigned mean) {
  size_t count, leader = spikes ? plot_leader(spikes, SIZE_MAX, &count) : 0;
  for (size_t i = 0; i < data->neurons; i++)
    fprintf(sheet->script, "%s$d%zu using 1:2 with lines lw 1 lc rgb '#80%s' %s",
            i ? ", " : "plot ", first + i, sheet->theme->curves[0] + 1,
            i ? "notitle" : "title 'each neuron'");
  fprintf(sheet->script, ", $d%zu using 1:2 with lines lw 2.2 lc rgb '%s' title ",
          spikes ? first + leader : (size_t)mean, sheet->theme->ink);
  if (spikes)
    fprintf(sheet->script, "'neuron %zu'", data->first_neuron + leader);
  else
    fputs("'mean'", sheet->script);
}

static void plot_quantiles(plot_sheet *sheet, unsigned block) {
  const char *colour = sheet->theme->curves[0];
  fprintf(
      sheet->script,
      "plot $d%u using 1:2:6 with filledcurves fs transparent solid 0.2 noborder lc rgb '%s' "
      "title '5 to 95 %%', '' using 1:3:5 with filledcurves fs transparent solid 0.35 noborder "
      "lc rgb '%s' title '25 to 75 %%', '' using 1:4 with lines lw 1.8 lc rgb '%s' title 'median'",
      block, colour, colour, sheet->theme->ink);
}

/* Writes the numbers of all curves; answers the first block. */
static unsigned write_curves(plot_sheet *sheet, const plot_data *data, const plot_data *peaks,
                             double width) {
  const unsigned first = sheet->blocks + 1;
  for (size_t i = 0; i < data->neurons; i++) plot_curve(sheet, data, peaks, i, width);
  return first;
}

static void plot_thresholds(const plot_session *session, plot_sheet *sheet, const plot_panel *panel,
                            unsigned first) {
  const plot_data *th = extra_of(session, panel, PLOT_TH);
  if (!th) {
    fprintf(sheet->script, ", %.9g with lines lw 1.4 dt '-' lc rgb '%s' title 'threshold'",
            session->options->threshold, sheet->theme->accent);
    return;
  }
  const bool each = th->neurons <= PLOT_CURVES;
  for (size_t i = 0; i < (each ? th->neurons : 1); i++)
    fprintf(sheet->script, ", $d%zu using 1:2 with lines lw 1.4 dt '-' lc rgb '%s' %s", first + i,
            each && th->neurons > 1 ? sheet->theme->curves[i] : sheet->theme->accent,
            i      ? "notitle"
            : each ? "title 'threshold'"
                   : "title 'mean threshold'");
}

/* ---- the panel ---- */

/* Widens the axis to what belongs to the traces: peaks and thresholds. */
static void include_extras(const plot_session *session, const plot_panel *panel, plot_axis *y) {
  if (session->traces != panel) return;
  for (int i = 0; i < PLOT_SPIKES; i++)
    if (session->extras[i].view.ndim) plot_extent(&session->extras[i], &y->low, &y->high);
  if (!session->options->has_threshold) return;
  y->low = fmin(y->low, session->options->threshold);
  y->high = fmax(y->high, session->options->threshold);
}

int plot_traces_check(const plot_session *session) {
  const plot_panel *panel = session->traces;
  if (!panel || panel->data.neurons <= THIN_CURVES) return TOOL_OK;
  if (!extra_of(session, panel, PLOT_SPIKES) && !extra_of(session, panel, PLOT_V_PRE))
    return TOOL_OK;
  return complain("--spikes and --v-pre are drawn for %d neurons at most, not for %zu; select some "
                  "with --neurons",
                  THIN_CURVES, panel->data.neurons);
}

/* The blocks of numbers of a panel; 0 where there is none. */
typedef struct blocks {
  unsigned curves, mean, thresholds;
} blocks;

static int write_blocks(const plot_session *session, plot_sheet *sheet, const plot_panel *panel,
                        double width, plot_axis *y, blocks *out) {
  const plot_data *data = &panel->data, *th = extra_of(session, panel, PLOT_TH);
  const bool few = data->neurons <= PLOT_CURVES;
  if (data->neurons > THIN_CURVES) {
    const int code = plot_bands(sheet, data, width, y, &out->curves);
    if (code != TOOL_OK) return code;
  } else {
    out->curves = write_curves(sheet, data, extra_of(session, panel, PLOT_V_PRE), width);
    plot_extent(data, &y->low, &y->high);
    if (!few) out->mean = plot_mean_curve(sheet, data, width);
  }
  if (th)
    out->thresholds =
        few ? write_curves(sheet, th, NULL, width) : plot_mean_curve(sheet, th, width);
  if (!(y->low <= y->high)) return plot_complain_numbers(session, panel);
  include_extras(session, panel, y);
  plot_widen(y, 0.05);
  return TOOL_OK;
}

static void draw_blocks(const plot_session *session, plot_sheet *sheet, const plot_panel *panel,
                        const plot_frame *frame, const blocks *b) {
  const plot_data *data = &panel->data;
  const unsigned rows = legend_rows(session, panel, frame->right - frame->left);
  plot_frame above = *frame;
  above.top -= strip_height(session, panel);
  if (rows) plot_legend(sheet, &above, rows);
  if (data->neurons > THIN_CURVES)
    plot_quantiles(sheet, b->curves);
  else if (data->neurons <= PLOT_CURVES)
    plot_few(sheet, data, b->curves, rows > 0);
  else
    plot_thin(sheet, data, b->curves, extra_of(session, panel, PLOT_SPIKES), b->mean);
  if (has_threshold(session, panel)) plot_thresholds(session, sheet, panel, b->thresholds);
  putc('\n', sheet->script);
}

int plot_traces_draw(const plot_session *session, plot_sheet *sheet, const plot_panel *panel,
                     const plot_frame *frame, const plot_axis *x) {
  const plot_data *spikes = extra_of(session, panel, PLOT_SPIKES);
  plot_axis y = {.low = (double)INFINITY, .high = -(double)INFINITY, .label = panel->label};
  blocks b = {0};
  if (!y.label) y.label = panel->kind == PANEL_INPUT ? "input" : "membrane potential";
  const int code = write_blocks(session, sheet, panel, frame->right - frame->left, &y, &b);
  if (code != TOOL_OK) return code;
  plot_axes(sheet, frame, x, &y);
  draw_blocks(session, sheet, panel, frame, &b);
  if (spikes) {
    const plot_frame strip = {frame->left, frame->right,
                              frame->top - strip_height(session, panel) + 2, frame->top - 4};
    draw_strip(sheet, spikes, &strip, x);
  }
  return TOOL_OK;
}
