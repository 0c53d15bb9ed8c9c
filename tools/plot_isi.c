/* plot_isi.c - how long neurons wait between two spikes. */
#include <math.h>
#include <stdlib.h>

#include "plot.h"

int plot_intervals_find(const plot_data *data, plot_intervals *out) {
  *out = (plot_intervals){.numbers = calloc(data->steps + 1, sizeof *out->numbers)};
  if (!out->numbers) return complain("no memory for the intervals; select fewer --steps");
  for (size_t i = 0; i < data->neurons; i++) {
    size_t last = SIZE_MAX;
    for (size_t t = 0; t < data->steps; t++) {
      if (!plot_spiked(data, t, i)) continue;
      if (last != SIZE_MAX) {
        const double steps = (double)(t - last);
        out->numbers[t - last]++;
        out->count++;
        out->sum += steps;
        out->squares += steps * steps;
        if (t - last > out->longest) out->longest = t - last;
      }
      last = t;
    }
  }
  if (out->count) return TOOL_OK;
  free(out->numbers);
  return complain(
      "no neuron fires twice in steps %zu to %zu, so that there is no interval to draw; "
      "take more --steps or --neurons",
      data->first_step, data->first_step + data->steps - 1);
}

static void write_summary(plot_sheet *sheet, const plot_intervals *all, const plot_frame *frame) {
  const double n = (double)all->count, mean = all->sum / n, dt = sheet->options->dt;
  const double deviation = sqrt(fmax(all->squares / n - mean * mean, 0));
  char text[PLOT_TEXT];
  snprintf(text, sizeof text, "%zu intervals, mean %.4g, standard deviation %.4g", all->count,
           mean * dt, deviation * dt);
  plot_label(sheet, text, frame->right, frame->top - 12, "right");
}

int plot_isi(const plot_session *session, plot_sheet *sheet) {
  enum { MOST_BARS = 80 };
  const plot_data *data = &session->panels[0].data;
  const double dt = sheet->options->dt;
  const plot_frame frame = {PLOT_MARGIN_LEFT, sheet->width - PLOT_MARGIN_RIGHT,
                            sheet->top + PLOT_LEGEND, sheet->height - PLOT_MARGIN_BOTTOM};
  char text[PLOT_TEXT];
  plot_intervals all;
  int code = plot_intervals_find(data, &all);
  if (code != TOOL_OK) return code;
  const size_t share = (all.longest - 1) / MOST_BARS + 1; /* lengths to a bar */
  plot_axis x = {.label = plot_time_label(sheet->options, "interval between spikes", text)};
  plot_axis y = {.label = "intervals", .whole = true};
  x.whole = !sheet->options->unit && !sheet->options->has_dt;
  const unsigned block = plot_block_begin(sheet);
  for (size_t i = 1; i <= all.longest; i += share) {
    size_t sum = 0;
    for (size_t k = i; k < i + share && k <= all.longest; k++) sum += all.numbers[k];
    x.high = dt * ((double)(i + share) - 0.5);
    y.high = fmax(y.high, 1.08 * (double)sum);
    fprintf(sheet->script, "%.9g %zu\n%.9g %zu\n", dt * ((double)i - 0.5), sum, x.high, sum);
  }
  plot_block_end(sheet);
  free(all.numbers);
  plot_axes(sheet, &frame, &x, &y);
  write_summary(sheet, &all, &frame);
  plot_bars(sheet, block, "y=0", sheet->theme->curves[0]);
  return TOOL_OK;
}
