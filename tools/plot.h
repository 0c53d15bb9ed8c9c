/* plot.h - clif plot: what the parts of the command share.
 *
 * plot_options_parse() reads the command line, plot_load() the arrays. Then a kind of picture is
 * made of panels on a sheet: a function of the kind decides where they go, and writes to gnuplot.
 * Functions that answer an int answer an exit code, after a sentence on stderr unless it is
 * TOOL_OK.
 */
#ifndef CLIF_TOOL_PLOT_H
#define CLIF_TOOL_PLOT_H

#include <stdio.h>

#include "message.h"
#include "plot_sheet.h"

/* ---- options ---- */

typedef enum plot_kind {
  PLOT_TRACES,
  PLOT_RASTER,
  PLOT_HEATMAP,
  PLOT_RATES,
  PLOT_ISI,
  PLOT_STACK
} plot_kind;

/* What stands over the common time axis of a stack. */
typedef enum plot_panel_kind {
  PANEL_TRACES,
  PANEL_INPUT,
  PANEL_RASTER,
  PANEL_COUNTS
} plot_panel_kind;

/* Files that belong to traces. */
typedef enum plot_extra { PLOT_V_PRE, PLOT_TH, PLOT_SPIKES, PLOT_EXTRAS } plot_extra;

typedef struct plot_request {
  plot_panel_kind kind;
  char label[64]; /* "" for the usual one */
  const char *path;
} plot_request;

/* [first, end) as on the command line; `end` is SIZE_MAX where it is left open. */
typedef struct plot_range {
  const char *text; /* NULL where it is not given: everything */
  size_t first, end;
} plot_range;

enum { PLOT_MOST_PANELS = 8 };

typedef struct plot_options {
  plot_kind kind;
  plot_request requests[PLOT_MOST_PANELS]; /* but for a stack only the first */
  size_t n_requests;
  const char *extras[PLOT_EXTRAS];
  bool has_threshold;
  double threshold;
  plot_range neurons, steps;
  bool has_sample;
  size_t sample;
  double dt;
  const char *unit; /* NULL: steps, or none where --dt is given */
  bool has_dt;
  size_t window; /* 0: chosen */
  const char *label;
  plot_paper paper; /* its format is -1 where the name tells */
  char default_out[32];
  bool preview, quiet, help;
} plot_options;

/* Fills in the defaults as well. */
int plot_options_parse(int argc, char **argv, plot_options *options);

/* "raster" and the like. */
const char *plot_kind_name(plot_kind kind);

/* ---- data ---- */

/* One sample of an array, cut to what was selected. */
typedef struct plot_data {
  clif_array array; /* as it was read; owns its memory */
  clif_array view;  /* (steps, neurons) */
  size_t steps, neurons;
  size_t first_step, first_neuron, sample;
} plot_data;

typedef struct plot_panel {
  plot_panel_kind kind;
  const char *label; /* of its vertical axis; NULL: the usual one */
  plot_data data;
} plot_panel;

typedef struct plot_session {
  const plot_options *options;
  clif_context *context;
  plot_panel panels[PLOT_MOST_PANELS];
  size_t n_panels;
  plot_data extras[PLOT_EXTRAS]; /* view.ndim 0 where not given */
  const plot_panel *traces;      /* the panel they belong to, or NULL */
} plot_session;

/* Looks at the files before anything is read. */
int plot_files_check(const plot_options *options);

int plot_load(plot_session *session);
void plot_unload(plot_session *session);

/* The file of a panel. */
const char *plot_path(const plot_session *session, const plot_panel *panel);

/* That all is NaN or infinite. */
int plot_complain_numbers(const plot_session *session, const plot_panel *panel);

double plot_value(const plot_data *data, size_t step, size_t neuron);
bool plot_spiked(const plot_data *data, size_t step, size_t neuron);

size_t plot_count_spikes(const plot_data *data);

/* Lowest and highest finite number; false where there is none. Widens what is already there: begin
 * with INFINITY and -INFINITY. */
bool plot_extent(const plot_data *data, double *low, double *high);

/* Spikes per neuron and step of the neurons [first, first + count) in the steps [from, from +
 * steps); what is beyond the array does not count. */
double plot_rate(const plot_data *data, size_t from, size_t steps, size_t first, size_t count);

/* Where on the time axis a step is, counted from the first one that was selected. */
double plot_time(const plot_options *options, const plot_data *data, double step);

/* "time (ms)", "time (steps)"; `text` has PLOT_TEXT bytes, as of the others. Returns text. */
const char *plot_time_label(const plot_options *options, const char *what, char *text);

/* What turns spikes per step into the unit of rates, and a label with it: "rate (Hz)" where the
 * unit of time is known. */
double plot_rate_factor(const plot_options *options);
const char *plot_rate_label(const plot_options *options, const char *what, char *text);

/* Parts of b that hold a. */
size_t plot_divide_up(size_t a, size_t b);

void plot_report(const plot_session *session, FILE *out);

/* Numbers of intervals between two spikes of a neuron, by their length in steps. */
typedef struct plot_intervals {
  size_t *numbers; /* of 0 to the number of steps; freed by the caller */
  size_t count, longest;
  double sum, squares;
} plot_intervals;

/* Fails where there are none. */
int plot_intervals_find(const plot_data *data, plot_intervals *out);

/* ---- what of the sheet is about the data (plot_axes.c) ---- */

/* Draws the cells of a block, rows of neurons, each cell so many steps wide and neurons high. */
void plot_image(plot_sheet *sheet, const plot_data *data, unsigned block, size_t wide, size_t high);

/* The time axis of a panel. */
plot_axis plot_time_axis(const plot_options *options, const plot_data *data, char *label);

/* Neurons, as rows. */
plot_axis plot_neuron_axis(const plot_data *data, const char *label);

/* ---- panels and kinds ---- */

/* Height of the legend above a panel, in pixels. */
double plot_panel_legend(const plot_session *session, const plot_panel *panel, double width);

/* `x` as it is to be for all panels. */
int plot_panel_draw(const plot_session *session, plot_sheet *sheet, const plot_panel *panel,
                    const plot_frame *frame, const plot_axis *x);

/* Fails where there are too many neurons for what belongs to the traces. */
int plot_traces_check(const plot_session *session);
int plot_traces_draw(const plot_session *session, plot_sheet *sheet, const plot_panel *panel,
                     const plot_frame *frame, const plot_axis *x);
double plot_traces_legend(const plot_session *session, const plot_panel *panel, double width);
void plot_counts_draw(plot_sheet *sheet, const plot_panel *panel, const plot_frame *frame,
                      const plot_axis *x);
double plot_counts_legend(const plot_panel *panel, double width);
void plot_raster_draw(plot_sheet *sheet, const plot_panel *panel, const plot_frame *frame,
                      const plot_axis *x);

/* How the rate of all neurons goes. */
void plot_population_draw(plot_sheet *sheet, const plot_data *data, const plot_frame *frame,
                          const plot_axis *x);

/* The neuron with most spikes, of several the first, and how many it has; without neuron `but`. */
size_t plot_leader(const plot_data *spikes, size_t but, size_t *count);

/* Numbers of a curve, of a mean over neurons: blocks for gnuplot. `peaks` may be NULL; where they
 * differ from `data` the curve goes there first. `width` is that of the axes in pixels. */
unsigned plot_curve(plot_sheet *sheet, const plot_data *data, const plot_data *peaks, size_t neuron,
                    double width);
unsigned plot_mean_curve(plot_sheet *sheet, const plot_data *data, double width);

/* Time and the quantiles 5, 25, 50, 75 and 95 % over neurons; widens the axis to hold them. */
int plot_bands(plot_sheet *sheet, const plot_data *data, double width, plot_axis *y,
               unsigned *block);

int plot_stack(const plot_session *session, plot_sheet *sheet); /* traces as well: a stack of one */
int plot_raster(const plot_session *session, plot_sheet *sheet);
int plot_heatmap(const plot_session *session, plot_sheet *sheet);
int plot_rates(const plot_session *session, plot_sheet *sheet);
int plot_isi(const plot_session *session, plot_sheet *sheet);

/* ---- on the terminal ---- */

int plot_preview(const plot_session *session);

#endif
