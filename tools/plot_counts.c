/* plot_counts.c - how many spikes each neuron has had so far: a decision, as it is made. */
#include "plot.h"

double plot_counts_legend(const plot_panel *panel, double width) {
  return plot_legend_rows(width, panel->data.neurons > 1 ? 2 : 1, 21) * PLOT_LEGEND;
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

void plot_counts_draw(plot_sheet *sheet, const plot_panel *panel, const plot_frame *frame,
                      const plot_axis *x) {
  const plot_data *data = &panel->data;
  size_t most;
  const size_t leader = plot_leader(data, &most);
  const unsigned first = sheet->blocks + 1;
  const plot_axis y = {.high = most ? 1.08 * (double)most : 1,
                       .label = panel->label ? panel->label : "spikes so far",
                       .whole = true};
  for (size_t i = 0; i < data->neurons; i++) write_counts(sheet, data, i);
  plot_axes(sheet, frame, x, &y);
  plot_legend(sheet, frame,
              plot_legend_rows(frame->right - frame->left, data->neurons > 1 ? 2 : 1, 21));
  fputs("plot ", sheet->script);
  bool named = false;
  for (size_t i = 0; i < data->neurons; i++) {
    if (i == leader) continue;
    fprintf(sheet->script, "$d%zu using 1:2 with steps lw 1.2 lc rgb '%s' %s, ", first + i,
            sheet->theme->faint, named ? "notitle" : "title 'every other neuron'");
    named = true;
  }
  fprintf(sheet->script,
          "$d%zu using 1:2 with steps lw 2.4 lc rgb '%s' title 'neuron %zu: %zu spikes'\n",
          first + leader, sheet->theme->accent, data->first_neuron + leader, most);
}
