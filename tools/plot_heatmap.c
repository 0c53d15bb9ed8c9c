/* plot_heatmap.c - numbers of neurons and steps as colours, from viridis (van der Walt and Smith,
 * 2015), which stays in order without colour. */
#include <math.h>
#include <stdlib.h>

#include "plot.h"

/* Mean of the finite numbers in a cell; NaN where there are none. */
static double mean_of(const plot_data *data, size_t from, size_t steps, size_t first,
                      size_t count) {
  double sum = 0;
  size_t n = 0;
  for (size_t t = from; t < from + steps && t < data->steps; t++)
    for (size_t i = first; i < first + count && i < data->neurons; i++) {
      const double value = plot_value(data, t, i);
      if (!isfinite(value)) continue;
      sum += value;
      n++;
    }
  return n ? sum / (double)n : (double)NAN;
}

static void set_colours(plot_sheet *sheet, const plot_frame *frame, const plot_axis *colours) {
  FILE *script = sheet->script;
  const double left = frame->right + 16;
  fputs("set palette defined (0 '#440154', 1 '#472d7b', 2 '#3b528b', 3 '#2c728e', 4 '#21918c', "
        "5 '#28ae80', 6 '#5ec962', 7 '#addc30', 8 '#fde725')\n",
        script);
  fprintf(script,
          "set colorbox user origin screen %.5f,%.5f size screen %.5f,%.5f noborder\nset cbrange "
          "[%.9g:%.9g]\nset format cb '%%.6g'\nset cbtics scale %g tc rgb '%s'\n",
          left / sheet->width, 1 - frame->bottom / sheet->height, 14 / sheet->width,
          (frame->bottom - frame->top) / sheet->height, colours->low, colours->high,
          0.6 * sheet->scale, sheet->theme->ink);
  plot_label(sheet, colours->label, left + 78, (frame->top + frame->bottom) / 2,
             "center rotate by 90");
}

int plot_heatmap(const plot_session *session, plot_sheet *sheet) {
  enum { BESIDE = 116 };
  const plot_data *data = &session->panels[0].data;
  const plot_frame frame = {PLOT_MARGIN_LEFT, sheet->width - BESIDE, sheet->top,
                            sheet->height - PLOT_MARGIN_BOTTOM};
  const size_t wide = plot_divide_up(data->steps, (size_t)(frame.right - frame.left));
  const size_t high = plot_divide_up(data->neurons, (size_t)(frame.bottom - frame.top));
  plot_axis colours = {
      .low = (double)INFINITY, .high = -(double)INFINITY, .label = session->panels[0].label};
  if (!colours.label) colours.label = "value";
  char label[PLOT_TEXT];
  const plot_axis x = plot_time_axis(sheet->options, data, label),
                  y = plot_neuron_axis(data, "neuron");
  const unsigned block = plot_block_begin(sheet);
  for (size_t i = 0; i < data->neurons; i += high) {
    for (size_t t = 0; t < data->steps; t += wide) {
      const double value = mean_of(data, t, wide, i, high);
      colours.low = fmin(colours.low, value);
      colours.high = fmax(colours.high, value);
      fprintf(sheet->script, "%.6g ", value);
    }
    putc('\n', sheet->script);
  }
  plot_block_end(sheet);
  if (!(colours.low <= colours.high)) return plot_complain_numbers(session, &session->panels[0]);
  if (colours.low == colours.high) plot_widen(&colours, 0);
  plot_axes(sheet, &frame, &x, &y);
  set_colours(sheet, &frame, &colours);
  plot_image(sheet, data, block, wide, high);
  return TOOL_OK;
}
