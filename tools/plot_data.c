/* plot_data.c - looks at the numbers of an array, whatever their type. */
#include <math.h>
#include <string.h>

#include "plot.h"

double plot_value(const plot_data *data, size_t step, size_t neuron) {
  const clif_array *a = &data->view;
  const char *at = (const char *)a->data + step * a->strides[0] + neuron * a->strides[2];
  switch (a->dtype) {
  case CLIF_U8:
    return *(const uint8_t *)at;
  case CLIF_F32:
    return (double)*(const float *)(const void *)at;
  case CLIF_F64:
    return *(const double *)(const void *)at;
  default:
    return (double)*(const int64_t *)(const void *)at;
  }
}

bool plot_spiked(const plot_data *data, size_t step, size_t neuron) {
  return plot_value(data, step, neuron) != 0;
}

size_t plot_count_spikes(const plot_data *data) {
  size_t count = 0;
  for (size_t t = 0; t < data->steps; t++)
    for (size_t i = 0; i < data->neurons; i++) count += plot_spiked(data, t, i);
  return count;
}

bool plot_extent(const plot_data *data, double *low, double *high) {
  bool found = false;
  for (size_t t = 0; t < data->steps; t++)
    for (size_t i = 0; i < data->neurons; i++) {
      const double value = plot_value(data, t, i);
      if (!isfinite(value)) continue;
      found = true;
      if (value < *low) *low = value;
      if (value > *high) *high = value;
    }
  return found;
}

double plot_rate(const plot_data *data, size_t from, size_t steps, size_t first, size_t count) {
  size_t sum = 0;
  if (from + steps > data->steps) steps = data->steps - from;
  if (first + count > data->neurons) count = data->neurons - first;
  for (size_t t = from; t < from + steps; t++)
    for (size_t i = first; i < first + count; i++) sum += plot_spiked(data, t, i);
  return (double)sum / ((double)steps * (double)count);
}

double plot_time(const plot_options *options, const plot_data *data, double step) {
  return ((double)data->first_step + step) * options->dt;
}

const char *plot_time_label(const plot_options *options, const char *what, char *text) {
  if (options->unit)
    snprintf(text, PLOT_TEXT, "%s (%s)", what, options->unit);
  else
    snprintf(text, PLOT_TEXT, options->has_dt ? "%s" : "%s (steps)", what);
  return text;
}

/* Seconds in the unit of time; 0 where it is none that we know. */
static double seconds_of(const plot_options *options) {
  static const struct {
    const char *unit;
    double seconds;
  } known[] = {{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"\xc2\xb5s", 1e-6}, {"ns", 1e-9}};
  for (size_t i = 0; options->unit && i < sizeof known / sizeof *known; i++)
    if (strcmp(options->unit, known[i].unit) == 0) return known[i].seconds;
  return 0;
}

double plot_rate_factor(const plot_options *options) {
  const double seconds = seconds_of(options);
  return 1 / options->dt / (seconds > 0 ? seconds : 1);
}

const char *plot_rate_label(const plot_options *options, const char *what, char *text) {
  if (seconds_of(options) > 0)
    snprintf(text, PLOT_TEXT, "%s (Hz)", what);
  else if (options->unit)
    snprintf(text, PLOT_TEXT, "%s (1/%s)", what, options->unit);
  else
    snprintf(text, PLOT_TEXT, "%s (per %s)", what, options->has_dt ? "unit of time" : "step");
  return text;
}

size_t plot_divide_up(size_t a, size_t b) {
  return (a + b - 1) / b;
}
