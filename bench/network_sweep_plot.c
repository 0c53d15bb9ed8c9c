/* network_sweep_plot.c - a picture of time against density: a row of panels for each width, a
 * column for each batch, a colour for each way. */
#include "network.h"

enum {
  PANEL_HEIGHT = 190,
  PANEL_WIDTH = 300,
  LEAST_WIDTH = 640,
  GAP = 18,
  TOP = 30,
  PANEL_TEXT = 64
};

/* ---- axes ---- */

static plot_axis density_axis(const network_options *o) {
  plot_axis x = picture_axis("density of the input", true);
  for (size_t i = 0; i < o->n_sweep_densities; i++) picture_include(&x, o->sweep_densities[i]);
  picture_round(&x);
  return x;
}

/* The same for all batches of a width, so that they can be compared. */
static plot_axis time_axis(const network_sweep *sweep, size_t width) {
  plot_axis y = picture_axis("time (ms)", true);
  for (size_t i = 0; i < sweep->n_points; i++)
    for (linear_way way = 0; way < N_WAYS; way++)
      if (sweep->options->ways[way] && sweep->points[i].width == width)
        picture_include(&y, 1e3 * sweep->points[i].seconds[way].median);
  picture_round(&y);
  return y;
}

/* ---- curves ---- */

/* Of the densities of one width and batch, which follow each other. */
static unsigned write_points(plot_sheet *sheet, const network_options *o,
                             const network_point *points, linear_way way) {
  if (!o->ways[way]) return 0;
  const unsigned block = plot_block_begin(sheet);
  for (size_t i = 0; i < o->n_sweep_densities; i++)
    fprintf(sheet->script, "%.9g %.9g\n", points[i].density, 1e3 * points[i].seconds[way].median);
  plot_block_end(sheet);
  return block;
}

/* What was chosen is dashed, as it lies over one of the others. */
static void draw_curves(plot_sheet *sheet, const network_options *o, const network_point *points,
                        bool legend) {
  picture_curve curves[N_WAYS];
  for (linear_way way = 0; way < N_WAYS; way++)
    curves[way] = (picture_curve){.block = write_points(sheet, o, points, way),
                                  .colour = (size_t)way,
                                  .dashed = way == WAY_AUTO,
                                  .title = legend ? way_names[way] : NULL};
  picture_curves(sheet, curves, N_WAYS);
}

/* ---- the picture ---- */

static plot_frame place(const plot_sheet *sheet, const network_options *o, size_t row,
                        size_t column) {
  const double columns = (double)o->n_sweep_batches, rows = (double)o->n_sweep_widths;
  const double width = (sheet->width - PLOT_MARGIN_LEFT - PLOT_MARGIN_RIGHT + GAP) / columns;
  const double height = (sheet->height - TOP - PLOT_MARGIN_BOTTOM - PLOT_CAPTION) / rows;
  const double left = PLOT_MARGIN_LEFT + (double)column * width;
  const double top = TOP + (double)row * height;
  return (plot_frame){
      .left = left, .right = left + width - GAP, .top = top + GAP, .bottom = top + height};
}

/* The legend is above the last panel of the first row, where the text of the panel leaves room. */
static void draw_panel(plot_sheet *sheet, const network_sweep *sweep, size_t row, size_t column) {
  const network_options *o = sweep->options;
  const network_point *points =
      sweep->points + (row * o->n_sweep_batches + column) * o->n_sweep_densities;
  const plot_frame frame = place(sheet, o, row, column);
  const bool legend = row == 0 && column + 1 == o->n_sweep_batches;
  plot_axis x = density_axis(o), y = time_axis(sweep, points->width);
  char text[PANEL_TEXT];
  x.bare = row + 1 < o->n_sweep_widths;
  y.bare = column > 0;
  plot_axes(sheet, &frame, &x, &y);
  snprintf(text, sizeof text, "width %zu, batch %zu", points->width, points->batch);
  plot_label(sheet, text, frame.left + 6, frame.top - 8, "left");
  if (legend) {
    plot_legend(sheet, &(plot_frame){.right = frame.right, .top = frame.top - GAP + 4}, 1);
    fputs("set key width -0.7\n", sheet->script); /* else PDF would have it in two rows */
  }
  draw_curves(sheet, o, points, legend);
}

static int draw(const void *user, plot_sheet *sheet) {
  const network_sweep *sweep = user;
  for (size_t row = 0; row < sweep->options->n_sweep_widths; row++)
    for (size_t column = 0; column < sweep->options->n_sweep_batches; column++)
      draw_panel(sheet, sweep, row, column);
  return TOOL_OK;
}

int network_sweep_plot(const network_sweep *sweep) {
  const network_options *o = sweep->options;
  const size_t width = PLOT_MARGIN_LEFT + PLOT_MARGIN_RIGHT + o->n_sweep_batches * PANEL_WIDTH;
  const size_t height = TOP + PLOT_MARGIN_BOTTOM + PLOT_CAPTION + o->n_sweep_widths * PANEL_HEIGHT;
  return picture_make(&o->plot, clif_context_device(sweep->context),
                      width < LEAST_WIDTH ? LEAST_WIDTH : width, height, draw, sweep);
}
