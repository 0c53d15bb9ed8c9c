/* plot_rates.c - the rate of all neurons over time, and how the rates of neurons differ. */
#include <math.h>
#include <stdlib.h>

#include "plot.h"

enum { FEW = 40 }; /* so many get a bar each */

static void draw_bars(plot_sheet *sheet, const plot_data *data, const plot_frame *frame,
                      const char *rate_label) {
  const double factor = plot_rate_factor(sheet->options);
  plot_axis x = plot_neuron_axis(data, "neuron"), y = {.label = rate_label};
  if (data->neurons <= 20) x.spacing = 24;
  const unsigned block = plot_block_begin(sheet);
  for (size_t i = 0; i < data->neurons; i++) {
    const double rate = factor * plot_rate(data, 0, data->steps, i, 1);
    y.high = fmax(y.high, rate);
    fprintf(sheet->script, "%zu %.9g\n", data->first_neuron + i, rate);
  }
  plot_block_end(sheet);
  y.high = y.high > 0 ? 1.08 * y.high : factor;
  plot_axes(sheet, frame, &x, &y);
  fprintf(
      sheet->script,
      "plot $d%u using 1:(0):($1-0.4):($1+0.4):(0):2 with boxxyerror fs solid 1 noborder lc rgb "
      "'%s' notitle\n",
      block, sheet->theme->curves[1]);
}

/* Counts of spikes are whole: a bar stands for as many of them as any other bar does. */
static int draw_histogram(plot_sheet *sheet, const plot_data *data, const plot_frame *frame,
                          const char *rate_label) {
  const double per_spike = plot_rate_factor(sheet->options) / (double)data->steps;
  size_t *numbers = calloc(data->steps + 1, sizeof *numbers), least = SIZE_MAX, most = 0;
  if (!numbers) return complain("no memory for a histogram; select fewer --steps");
  for (size_t i = 0; i < data->neurons; i++) {
    const size_t spikes =
        (size_t)(plot_rate(data, 0, data->steps, i, 1) * (double)data->steps + 0.5);
    numbers[spikes]++;
    if (spikes < least) least = spikes;
    if (spikes > most) most = spikes;
  }
  const size_t share = (most - least) / 60 + 1;
  plot_axis x = {.low = per_spike * ((double)least - 0.5), .label = rate_label},
            y = {.whole = true};
  y.label = "neurons";
  const unsigned block = plot_block_begin(sheet);
  for (size_t i = least; i <= most; i += share) {
    size_t sum = 0;
    for (size_t k = i; k < i + share && k <= most; k++) sum += numbers[k];
    x.high = per_spike * ((double)(i + share) - 0.5);
    y.high = fmax(y.high, 1.08 * (double)sum);
    fprintf(sheet->script, "%.9g %zu\n%.9g %zu\n", per_spike * ((double)i - 0.5), sum, x.high, sum);
  }
  plot_block_end(sheet);
  free(numbers);
  plot_axes(sheet, frame, &x, &y);
  plot_bars(sheet, block, "y=0", sheet->theme->curves[1]);
  return TOOL_OK;
}

int plot_rates(const plot_session *session, plot_sheet *sheet) {
  enum { GAP = 62 };
  const plot_data *data = &session->panels[0].data;
  const double height = (sheet->height - sheet->top - PLOT_MARGIN_BOTTOM - GAP) / 2;
  const plot_frame above = {PLOT_MARGIN_LEFT, sheet->width - PLOT_MARGIN_RIGHT, sheet->top,
                            sheet->top + height};
  plot_frame below = above;
  below.top = above.bottom + GAP;
  below.bottom = below.top + height;
  char text[PLOT_TEXT], label[PLOT_TEXT];
  const plot_axis x = plot_time_axis(sheet->options, data, text);
  plot_population_draw(sheet, data, &above, &x);
  if (data->neurons > FEW)
    return draw_histogram(sheet, data, &below,
                          plot_rate_label(sheet->options, "rate of a neuron", label));
  draw_bars(sheet, data, &below, plot_rate_label(sheet->options, "rate", label));
  return TOOL_OK;
}
