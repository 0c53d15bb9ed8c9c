/* plot_report.c - what clif plot tells: a line begins with what it is about. */
#include <string.h>

#include "plot.h"
#include "size.h"

static bool all_spikes(const plot_data *data) {
  for (size_t t = 0; t < data->steps; t++)
    for (size_t i = 0; i < data->neurons; i++) {
      const double value = plot_value(data, t, i);
      if (value != 0 && value != 1) return false;
    }
  return true;
}

static void report_data(const plot_data *data, const char *path, FILE *out) {
  char shape[SHAPE_TEXT_SIZE];
  fprintf(out, "input    %s %s %s\n", path,
          format_shape("", data->array.ndim, data->array.shape, shape),
          clif_dtype_name(data->array.dtype));
  fprintf(out, "drawn    steps %zu to %zu, neurons %zu to %zu, sample %zu", data->first_step,
          data->first_step + data->steps - 1, data->first_neuron,
          data->first_neuron + data->neurons - 1, data->sample);
  if (all_spikes(data)) {
    const size_t spikes = plot_count_spikes(data);
    fprintf(out, "; %zu spikes, rate %.6f per neuron and step", spikes,
            (double)spikes / (double)data->steps / (double)data->neurons);
  }
  fputc('\n', out);
}

void plot_report(const plot_session *session, FILE *out) {
  const plot_options *options = session->options;
  for (size_t i = 0; i < session->n_panels; i++)
    report_data(&session->panels[i].data, options->requests[i].path, out);
  for (int i = 0; i < PLOT_EXTRAS; i++)
    if (options->extras[i]) report_data(&session->extras[i], options->extras[i], out);
  fprintf(out, "picture  %s, %zux%zu\n", options->paper.out, options->paper.width,
          options->paper.height);
}
