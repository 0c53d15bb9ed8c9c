/* plot_counts.c - how many spikes each neuron has had so far: a decision, as it is made. */
#include "plot.h"

static unsigned legend_rows(const plot_panel *panel, double width) {
  const size_t n = panel->data.neurons;
  return plot_legend_rows(width, n < 3 ? n : 3, 20);
}

double plot_counts_legend(const plot_panel *panel, double width) {
  return legend_rows(panel, width) * PLOT_LEGEND;
}

static void write_counts(plot_sheet *sheet, const plot_data *data, size_t neuron) {
  size_t count = 0;
  plot_block_begin(sheet);
  fprintf(sheet->script, "%.9g 0\n", plot_time(sheet->options, data, -0.5));
  for (size_t t = 0; t < data->steps; t++) {
    if (!plot_spiked(data, t, neuron)) continue;
    fprintf(sheet->script, "%.9g %zu\n", plot_time(sheet->options, data, (double)t), ++count);
  }
  fprintf(sheet->script, "%.9g %zu\n", plot_time(sheet->options, data, (double)data->steps - 0.5),
          count);
  plot_block_end(sheet);
}

static void plot_one(plot_sheet *sheet, const plot_data *data, unsigned block, size_t neuron,
                     size_t spikes, const char *colour) {
  fprintf(sheet->script,
          "$d%u using 1:2 with steps lw 2.2 lc rgb '%s' title 'neuron %zu: %zu spikes'", block,
          colour, data->first_neuron + neuron, spikes);
}

/* The first two in colour, and last: nothing covers them. */
void plot_counts_draw(plot_sheet *sheet, const plot_panel *panel, const plot_frame *frame,
                      const plot_axis *x) {
  const plot_data *data = &panel->data;
  size_t most, next;
  const size_t leader = plot_leader(data, SIZE_MAX, &most),
               second = plot_leader(data, leader, &next);
  const unsigned first = sheet->blocks + 1;
  const plot_axis y = {.high = most ? 1.08 * (double)most : 1,
                       .label = panel->label ? panel->label : "spikes so far",
                       .whole = true};
  for (size_t i = 0; i < data->neurons; i++) write_counts(sheet, data, i);
  plot_axes(sheet, frame, x, &y);
  plot_legend(sheet, frame, legend_rows(panel, frame->right - frame->left));
  fputs("plot ", sheet->script);
  bool named = false;
  for (size_t i = 0; i < data->neurons; i++) {
    if (i == leader || i == second) continue;
    fprintf(sheet->script, "$d%zu using 1:2 with steps lw 1.2 lc rgb '%s' %s, ", first + i,
            sheet->theme->faint, named ? "notitle" : "title 'all others'");
    named = true;
  }
  if (data->neurons > 1) {
    plot_one(sheet, data, first + (unsigned)second, second, next, sheet->theme->curves[0]);
    fputs(", ", sheet->script);
  }
  plot_one(sheet, data, first + (unsigned)leader, leader, most, sheet->theme->ink);
  putc('\n', sheet->script);
}
