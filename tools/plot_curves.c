/* plot_curves.c - numbers of curves for gnuplot, not more of them than can be seen. */
#include <math.h>
#include <stdlib.h>

#include "plot.h"

/* Of all points in a column of pixels only the lowest and the highest are written: the line through
 * them covers the same pixels. */
typedef struct curve {
  FILE *script;
  double column; /* its width on the time axis; 0: every point is written */
  double place;  /* of the column that is open */
  bool open;
  double low, low_x, high, high_x;
} curve;

static void flush_column(curve *c) {
  if (!c->open) return;
  const bool low_first = c->low_x <= c->high_x;
  fprintf(c->script, "%.9g %.9g\n", low_first ? c->low_x : c->high_x, low_first ? c->low : c->high);
  fprintf(c->script, "%.9g %.9g\n", low_first ? c->high_x : c->low_x, low_first ? c->high : c->low);
  c->open = false;
}

static void add_point(curve *c, double x, double y) {
  if (!isfinite(y)) { /* a gap */
    flush_column(c);
    fprintf(c->script, "%.9g NaN\n", x);
    return;
  }
  if (c->column == 0) {
    fprintf(c->script, "%.9g %.9g\n", x, y);
    return;
  }
  const double place = floor(x / c->column);
  if (c->open && place != c->place) flush_column(c);
  if (!c->open) *c = (curve){c->script, c->column, place, true, y, x, y, x};
  if (y < c->low) {
    c->low = y;
    c->low_x = x;
  }
  if (y > c->high) {
    c->high = y;
    c->high_x = x;
  }
}

unsigned plot_curve(plot_sheet *sheet, const plot_data *data, const plot_data *peaks, size_t neuron,
                    double width) {
  const unsigned block = plot_block_begin(sheet);
  const double steps = (double)data->steps;
  curve c = {.script = sheet->script,
             .column = steps > 4 * width ? steps / width * sheet->options->dt : 0};
  for (size_t t = 0; t < data->steps; t++) {
    const double x = plot_time(sheet->options, data, (double)t), y = plot_value(data, t, neuron);
    const double peak = peaks ? plot_value(peaks, t, neuron) : y;
    if (peak != y) add_point(&c, x, peak);
    add_point(&c, x, y);
  }
  flush_column(&c);
  plot_block_end(sheet);
  return block;
}

unsigned plot_mean_curve(plot_sheet *sheet, const plot_data *data, double width) {
  const unsigned block = plot_block_begin(sheet);
  const double steps = (double)data->steps;
  curve c = {.script = sheet->script,
             .column = steps > 4 * width ? steps / width * sheet->options->dt : 0};
  for (size_t t = 0; t < data->steps; t++) {
    double sum = 0;
    for (size_t i = 0; i < data->neurons; i++) sum += plot_value(data, t, i);
    add_point(&c, plot_time(sheet->options, data, (double)t), sum / (double)data->neurons);
  }
  flush_column(&c);
  plot_block_end(sheet);
  return block;
}

static int compare_numbers(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Sorts the finite numbers of all neurons in some steps; answers how many there are. */
static size_t sort_steps(const plot_data *data, size_t first, size_t steps, double *sorted) {
  size_t n = 0;
  for (size_t t = first; t < first + steps; t++)
    for (size_t i = 0; i < data->neurons; i++) {
      const double value = plot_value(data, t, i);
      if (isfinite(value)) sorted[n++] = value;
    }
  qsort(sorted, n, sizeof *sorted, compare_numbers);
  return n;
}

int plot_bands(plot_sheet *sheet, const plot_data *data, double width, plot_axis *y,
               unsigned *block) {
  static const double shares[] = {0.05, 0.25, 0.5, 0.75, 0.95};
  const size_t window = (size_t)ceil((double)data->steps / width);
  double *sorted = calloc(window * data->neurons, sizeof *sorted);
  if (!sorted) return complain("no memory for so many curves; select some with --neurons");
  *block = plot_block_begin(sheet);
  for (size_t t = 0; t < data->steps; t += window) {
    const size_t steps = data->steps - t < window ? data->steps - t : window;
    const size_t n = sort_steps(data, t, steps, sorted);
    fprintf(sheet->script, "%.9g",
            plot_time(sheet->options, data, (double)t + ((double)steps - 1) / 2));
    for (int i = 0; i < 5; i++) {
      const double value = n ? sorted[(size_t)(shares[i] * (double)(n - 1) + 0.5)] : (double)NAN;
      y->low = fmin(y->low, value); /* of a number and none it takes the number */
      y->high = fmax(y->high, value);
      fprintf(sheet->script, " %.9g", value);
    }
    putc('\n', sheet->script);
  }
  plot_block_end(sheet);
  free(sorted);
  return TOOL_OK;
}
