/* plot_raster.c - spikes of many neurons: a mark for each where there is room for it, else how
 * dense they are; beside it the rate of each neuron, below it that of all. */
#include <math.h>

#include "plot.h"

/* Neurons and steps that share a cell, so that a cell takes at least a pixel. */
typedef struct cells {
  size_t neurons, steps; /* in a cell */
  size_t rows, columns;
} cells;

static cells cells_of(const plot_data *data, const plot_frame *frame) {
  cells c;
  c.neurons = plot_divide_up(data->neurons, (size_t)(frame->bottom - frame->top));
  c.steps = plot_divide_up(data->steps, (size_t)(frame->right - frame->left));
  c.rows = plot_divide_up(data->neurons, c.neurons);
  c.columns = plot_divide_up(data->steps, c.steps);
  return c;
}

/* Marks need a pixel of height, and must not cover each other. */
static bool marks_fit(const plot_data *data, const plot_frame *frame) {
  const double height = frame->bottom - frame->top, width = frame->right - frame->left;
  const double spikes = (double)plot_count_spikes(data);
  return (double)data->neurons <= height && 2 * spikes <= width * (double)data->neurons;
}

static void draw_marks(plot_sheet *sheet, const plot_data *data, const plot_frame *frame) {
  const double wide = (frame->right - frame->left) / (double)data->steps;
  const double high = (frame->bottom - frame->top) / (double)data->neurons;
  const double length = high < 4 ? fmax(1, 1.6 / high) : 0.8; /* a gap, where it can be seen */
  const unsigned block = plot_block_begin(sheet);
  for (size_t t = 0; t < data->steps; t++)
    for (size_t i = 0; i < data->neurons; i++)
      if (plot_spiked(data, t, i))
        fprintf(sheet->script, "%.9g %.9g %.9g\n", plot_time(sheet->options, data, (double)t),
                (double)(data->first_neuron + i) - length / 2, length);
  plot_block_end(sheet);
  if (plot_count_spikes(data) == 0)
    fputs("plot NaN notitle\n", sheet->script);
  else
    fprintf(sheet->script,
            "plot $d%u using 1:2:(0):3 with vectors nohead lw %.3g lc rgb '%s' notitle\n", block,
            fmin(fmax(0.45 * wide, 0.8), 3), sheet->theme->ink);
}

/* The densest cell is as dark as ink, an empty one as light as paper. */
static void draw_density(plot_sheet *sheet, const plot_data *data, const plot_frame *frame) {
  const cells c = cells_of(data, frame);
  double most = 0;
  const unsigned block = plot_block_begin(sheet);
  for (size_t row = 0; row < c.rows; row++) {
    for (size_t column = 0; column < c.columns; column++) {
      const double rate = plot_rate(data, column * c.steps, c.steps, row * c.neurons, c.neurons);
      if (rate > most) most = rate;
      fprintf(sheet->script, "%.4g ", rate);
    }
    putc('\n', sheet->script);
  }
  plot_block_end(sheet);
  fprintf(sheet->script,
          "set palette defined (0 '%s', 1 '%s')\nset cbrange [0:%g]\nunset colorbox\n",
          sheet->theme->paper, sheet->theme->ink, most > 0 ? most : 1);
  plot_image(sheet, data, block, c.steps, c.neurons);
}

void plot_raster_draw(plot_sheet *sheet, const plot_panel *panel, const plot_frame *frame,
                      const plot_axis *x) {
  const plot_data *data = &panel->data;
  const plot_axis y = plot_neuron_axis(data, panel->label ? panel->label : "neuron");
  plot_axes(sheet, frame, x, &y);
  if (marks_fit(data, frame))
    draw_marks(sheet, data, frame);
  else
    draw_density(sheet, data, frame);
}

/* A bar for each neuron, or for as many as share two pixels. */
static void draw_neuron_rates(plot_sheet *sheet, const plot_data *data, const plot_frame *frame) {
  const double factor = plot_rate_factor(sheet->options);
  const size_t share = plot_divide_up(data->neurons, (size_t)((frame->bottom - frame->top) / 2));
  char label[PLOT_TEXT];
  plot_axis x = {.label = plot_rate_label(sheet->options, "rate", label), .spacing = 30};
  plot_axis y = plot_neuron_axis(data, NULL);
  y.bare = true;
  const unsigned block = plot_block_begin(sheet);
  for (size_t i = 0; i < data->neurons; i += share) {
    const double rate = factor * plot_rate(data, 0, data->steps, i, share);
    if (rate > x.high) x.high = rate;
    const double low = y.low + (double)i, high = fmin(low + (double)share, y.high);
    fprintf(sheet->script, "%.9g %.9g\n%.9g %.9g\n", rate, low, rate, high);
  }
  plot_block_end(sheet);
  x.high = x.high > 0 ? 1.08 * x.high : factor;
  plot_axes(sheet, frame, &x, &y);
  plot_bars(sheet, block, "x=0", sheet->theme->curves[0]);
}

/* Steps that a bar of the rate of all stands for. */
static size_t window_of(const plot_sheet *sheet, const plot_data *data, const plot_frame *frame) {
  if (sheet->options->window) return sheet->options->window;
  return plot_divide_up(data->steps, (size_t)((frame->right - frame->left) / 3));
}

void plot_population_draw(plot_sheet *sheet, const plot_data *data, const plot_frame *frame,
                          const plot_axis *x) {
  const double factor = plot_rate_factor(sheet->options);
  const size_t window = window_of(sheet, data, frame);
  char label[PLOT_TEXT];
  plot_axis y = {.label = plot_rate_label(sheet->options, "rate", label)};
  const unsigned block = plot_block_begin(sheet);
  for (size_t t = 0; t < data->steps; t += window) {
    const size_t steps = data->steps - t < window ? data->steps - t : window;
    const double rate = factor * plot_rate(data, t, steps, 0, data->neurons);
    if (rate > y.high) y.high = rate;
    fprintf(sheet->script, "%.9g %.9g\n%.9g %.9g\n",
            plot_time(sheet->options, data, (double)t - 0.5), rate,
            plot_time(sheet->options, data, (double)(t + steps) - 0.5), rate);
  }
  plot_block_end(sheet);
  y.high = y.high > 0 ? 1.08 * y.high : factor;
  plot_axes(sheet, frame, x, &y);
  plot_bars(sheet, block, "y=0", sheet->theme->curves[0]);
}

int plot_raster(const plot_session *session, plot_sheet *sheet) {
  enum { GAP = 14 };
  const plot_panel *panel = &session->panels[0];
  const double beside = fmax(fmin(110, sheet->width / 7), 64), below = fmin(90, sheet->height / 6);
  const plot_frame main = {PLOT_MARGIN_LEFT, sheet->width - beside - GAP - PLOT_MARGIN_RIGHT,
                           sheet->top, sheet->height - PLOT_MARGIN_BOTTOM - below - GAP};
  const plot_frame right = {main.right + GAP, sheet->width - PLOT_MARGIN_RIGHT, main.top,
                            main.bottom};
  const plot_frame under = {main.left, main.right, main.bottom + GAP,
                            sheet->height - PLOT_MARGIN_BOTTOM};
  char label[PLOT_TEXT];
  plot_axis x = plot_time_axis(sheet->options, &panel->data, label);
  x.bare = true;
  plot_raster_draw(sheet, panel, &main, &x);
  draw_neuron_rates(sheet, &panel->data, &right);
  x.bare = false;
  plot_population_draw(sheet, &panel->data, &under, &x);
  return TOOL_OK;
}
