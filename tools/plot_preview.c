/* plot_preview.c - small pictures on the terminal, of Braille characters: each has two columns of
 * four dots. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "plot.h"
#include "size.h"

typedef struct canvas {
  size_t columns, rows; /* of dots */
  unsigned char *dots;
} canvas;

enum { MARGIN = 9 }; /* characters left of a picture */

static int canvas_create(canvas *c, size_t wide, size_t high) {
  *c = (canvas){2 * wide, 4 * high, calloc(8 * wide * high + 1, 1)};
  return c->dots ? TOOL_OK : complain("no memory for the preview; make the terminal smaller");
}

static void set_dot(canvas *c, size_t column, size_t row) {
  c->dots[row * c->columns + column] = 1;
}

/* U+2800 and a bit for each dot, in the order of the standard, as UTF-8. */
static void print_cell(const canvas *c, size_t column, size_t row) {
  static const unsigned char bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  unsigned code = 0x2800;
  for (size_t y = 0; y < 4; y++)
    for (size_t x = 0; x < 2; x++)
      if (c->dots[(4 * row + y) * c->columns + 2 * column + x]) code |= bits[y][x];
  printf("%c%c%c", (int)(0xe0 | code >> 12), (int)(0x80 | (code >> 6 & 0x3f)),
         (int)(0x80 | (code & 0x3f)));
}

/* With the numbers at the two ends of the vertical axis, and a line of those of the other. */
static void canvas_print(const canvas *c, const char *top, const char *bottom, const char *left,
                         const char *right) {
  const size_t rows = c->rows / 4, columns = c->columns / 2;
  for (size_t row = 0; row < rows; row++) {
    printf("%*s ", MARGIN - 1, row == 0 ? top : row + 1 == rows ? bottom : "");
    for (size_t column = 0; column < columns; column++) print_cell(c, column, row);
    putchar('\n');
  }
  const size_t used = strlen(left) + strlen(right);
  printf("%*s%s%*s%s\n", MARGIN, "", left, columns > used ? (int)(columns - used) : 1, "", right);
}

/* ---- how large ---- */

static size_t terminal_width(void) {
  struct winsize size;
  size_t wide = 80;
  const char *columns = getenv("COLUMNS");
  if (columns && parse_count(columns, &wide)) {
  } else if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    wide = size.ws_col;
  }
  return wide < 30 ? 30 : wide > 200 ? 200 : wide;
}

static size_t canvas_width(const plot_data *data) {
  const size_t most = terminal_width() - MARGIN - 1;
  return data->steps < 2 * most ? (data->steps + 1) / 2 : most;
}

/* The first of `n` things that belong to place i of `places`. */
static size_t share(size_t i, size_t places, size_t n) {
  return (size_t)((double)i * (double)n / (double)places);
}

static void print_head(const plot_session *session, const plot_panel *panel, const char *what) {
  const plot_data *data = &panel->data;
  printf("%s: %s of neurons %zu to %zu, sample %zu\n", plot_path(session, panel), what,
         data->first_neuron, data->first_neuron + data->neurons - 1, data->sample);
}

static void print_canvas(const plot_session *session, const plot_data *data, const canvas *c,
                         double high, double low) {
  char top[32], bottom[32], left[32], right[PLOT_TEXT + 32], unit[PLOT_TEXT];
  snprintf(top, sizeof top, "%.4g", high);
  snprintf(bottom, sizeof bottom, "%.4g", low);
  snprintf(left, sizeof left, "%g", plot_time(session->options, data, 0));
  plot_time_label(session->options, "time", unit);
  snprintf(right, sizeof right, "%s  %g", unit,
           plot_time(session->options, data, (double)data->steps - 1));
  canvas_print(c, top, bottom, left, right);
}

/* ---- spikes ---- */

/* A dot where any neuron of its part fires; where that would black out everything, where they fire
 * no less than on average. */
static int preview_raster(const plot_session *session, const plot_panel *panel) {
  const plot_data *data = &panel->data;
  const size_t wide = canvas_width(data), high = data->neurons < 64 ? (data->neurons + 3) / 4 : 16;
  canvas c;
  const int code = canvas_create(&c, wide, high);
  if (code != TOOL_OK) return code;
  const size_t columns = c.columns < data->steps ? c.columns : data->steps;
  const size_t rows = c.rows < data->neurons ? c.rows : data->neurons;
  const double mean = plot_rate(data, 0, data->steps, 0, data->neurons);
  const double in_dot = (double)data->steps * (double)data->neurons / (double)(columns * rows);
  const double limit = in_dot > 1 && mean * in_dot > 0.5 ? mean : 0;
  for (size_t y = 0; y < rows; y++)
    for (size_t x = 0; x < columns; x++) {
      const size_t from = share(x, columns, data->steps), first = share(y, rows, data->neurons);
      const double rate = plot_rate(data, from, share(x + 1, columns, data->steps) - from, first,
                                    share(y + 1, rows, data->neurons) - first);
      if (rate > 0 && rate >= limit) set_dot(&c, x, rows - 1 - y);
    }
  print_head(session, panel, "spikes");
  print_canvas(session, data, &c, (double)(data->first_neuron + data->neurons - 1),
               (double)data->first_neuron);
  free(c.dots);
  return TOOL_OK;
}

/* ---- curves ---- */

static size_t row_of(const canvas *c, double value, double low, double high) {
  return (size_t)((high - value) / (high - low) * (double)(c->rows - 1) + 0.5);
}

/* All dots between the last point and this one, so that a jump is a line. */
static void draw_to(canvas *c, size_t column, size_t from, size_t to) {
  for (size_t row = from < to ? from : to; row <= (from > to ? from : to); row++)
    set_dot(c, column, row);
}

typedef double value_fn(const plot_data *data, size_t step, size_t neuron);

static void draw_curve(canvas *c, const plot_data *data, value_fn *value, size_t neuron, double low,
                       double high) {
  const size_t columns = c->columns < data->steps ? c->columns : data->steps;
  size_t last = SIZE_MAX;
  for (size_t x = 0; x < columns; x++)
    for (size_t t = share(x, columns, data->steps); t < share(x + 1, columns, data->steps); t++) {
      const double y = value(data, t, neuron);
      if (!isfinite(y)) {
        last = SIZE_MAX;
        continue;
      }
      const size_t row = row_of(c, y, low, high);
      draw_to(c, x, last == SIZE_MAX ? row : last, row);
      last = row;
    }
}

static double mean_rate(const plot_data *data, size_t step, size_t neuron) {
  (void)neuron;
  return plot_rate(data, step, 1, 0, data->neurons);
}

static int preview_curves(const plot_session *session, const plot_panel *panel, value_fn *value,
                          size_t curves, double low, double high, const char *what) {
  enum { HIGH = 10 };
  const plot_data *data = &panel->data;
  canvas c;
  const int code = canvas_create(&c, canvas_width(data), HIGH);
  if (code != TOOL_OK) return code;
  plot_axis range = {.low = low, .high = high};
  if (low == high) plot_widen(&range, 0);
  for (size_t i = 0; i < curves; i++) draw_curve(&c, data, value, i, range.low, range.high);
  print_head(session, panel, what);
  print_canvas(session, data, &c, range.high, range.low);
  free(c.dots);
  return TOOL_OK;
}

static int preview_numbers(const plot_session *session, const plot_panel *panel) {
  double low = (double)INFINITY, high = -(double)INFINITY;
  if (!plot_extent(&panel->data, &low, &high)) return plot_complain_numbers(session, panel);
  return preview_curves(session, panel, plot_value, panel->data.neurons, low, high, "numbers");
}

static int preview_rates(const plot_session *session, const plot_panel *panel) {
  double high = 0;
  for (size_t t = 0; t < panel->data.steps; t++) high = fmax(high, mean_rate(&panel->data, t, 0));
  return preview_curves(session, panel, mean_rate, 1, 0, high, "rate per step");
}

/* ---- others ---- */

static int preview_heatmap(const plot_session *session, const plot_panel *panel) {
  static const char *const shades[] = {" ", "\xe2\x96\x91", "\xe2\x96\x92", "\xe2\x96\x93",
                                       "\xe2\x96\x88"};
  const plot_data *data = &panel->data;
  const size_t most = terminal_width() - MARGIN - 1;
  const size_t columns = data->steps < most ? data->steps : most;
  const size_t rows = data->neurons < 16 ? data->neurons : 16;
  double low = (double)INFINITY, high = -(double)INFINITY;
  if (!plot_extent(data, &low, &high)) return plot_complain_numbers(session, panel);
  print_head(session, panel, "numbers");
  printf("%*sfrom %.4g (' ') to %.4g ('%s')\n", MARGIN, "", low, high, shades[4]);
  for (size_t y = rows; y-- > 0;) {
    printf("%*zu ", MARGIN - 1, data->first_neuron + share(y, rows, data->neurons));
    for (size_t x = 0; x < columns; x++) {
      const double value =
          plot_value(data, share(x, columns, data->steps), share(y, rows, data->neurons));
      const double place = high > low ? (value - low) / (high - low) : 0;
      fputs(isfinite(value) ? shades[(size_t)(4 * place + 0.5)] : "?", stdout);
    }
    putchar('\n');
  }
  return TOOL_OK;
}

static int preview_intervals(const plot_session *session, const plot_panel *panel) {
  enum { MOST_ROWS = 20 };
  plot_intervals all;
  const int code = plot_intervals_find(&panel->data, &all);
  if (code != TOOL_OK) return code;
  const size_t share_of = (all.longest - 1) / MOST_ROWS + 1,
               wide = terminal_width() - 2 * (size_t)MARGIN - 12;
  size_t sums[MOST_ROWS + 1] = {0}, most = 1;
  for (size_t i = 1; i <= all.longest; i++) sums[(i - 1) / share_of] += all.numbers[i];
  for (size_t i = 0; i <= MOST_ROWS; i++)
    if (sums[i] > most) most = sums[i];
  print_head(session, panel, "intervals in steps");
  for (size_t i = 0; i * share_of < all.longest; i++) {
    printf("%*zu ", MARGIN - 1, i * share_of + 1);
    for (size_t k = 0; k < sums[i] * wide / most; k++) fputs("\xe2\x96\x88", stdout);
    printf(" %zu\n", sums[i]);
  }
  free(all.numbers);
  return TOOL_OK;
}

static int preview_panel(const plot_session *session, const plot_panel *panel) {
  switch (session->options->kind) {
  case PLOT_HEATMAP:
    return preview_heatmap(session, panel);
  case PLOT_RATES:
    return preview_rates(session, panel);
  case PLOT_ISI:
    return preview_intervals(session, panel);
  default:
    break;
  }
  if (panel->kind == PANEL_RASTER || panel->kind == PANEL_COUNTS)
    return preview_raster(session, panel);
  return preview_numbers(session, panel);
}

int plot_preview(const plot_session *session) {
  int code = TOOL_OK;
  for (size_t i = 0; code == TOOL_OK && i < session->n_panels; i++)
    code = preview_panel(session, &session->panels[i]);
  return code;
}
