/* plot_axes.c - axes of steps and neurons, and cells between them. */
#include "plot.h"

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

/* Of a single row or column gnuplot's images show nothing, and browsers blur a small picture that
 * is made large: there cells are rectangles. */
void plot_image(plot_sheet *sheet, const plot_data *data, unsigned block, size_t wide,
                size_t high) {
  enum { MOST_RECTANGLES = 20000 };
  const size_t columns = (data->steps - 1) / wide + 1, rows = (data->neurons - 1) / high + 1;
  const bool sharp = sheet->paper->format == PLOT_SVG && columns * rows <= MOST_RECTANGLES;
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
