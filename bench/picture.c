/* picture.c - pictures of what was measured, through gnuplot. */
#include "picture.h"

#include <math.h>
#include <string.h>

int read_picture(const char *text, void *out) {
  picture *p = out;
  p->out = text;
  return plot_format_find(text, &p->format) ? TOOL_OK : TOOL_USAGE;
}

void picture_name(picture *p, int argc, char **argv) {
  size_t used = (size_t)snprintf(p->command, sizeof p->command, "%s", program_name);
  for (int i = 0; i < argc && used < sizeof p->command; i++) {
    if (strcmp(argv[i], "--plot") == 0)
      i++;
    else if (strncmp(argv[i], "--plot=", 7) != 0)
      used += (size_t)snprintf(p->command + used, sizeof p->command - used, " %s", argv[i]);
  }
}

int picture_check(const picture *p) {
  const plot_paper paper = {.out = p->out, .format = p->format};
  return p->out ? plot_picture_check(&paper, "") : TOOL_OK;
}

int picture_make(const picture *p, const clif_device_info *device, size_t width, size_t height,
                 int (*draw)(const void *user, plot_sheet *sheet), const void *user) {
  char machine[PICTURE_TEXT];
  snprintf(machine, sizeof machine, "%s (%u compute units), %s", device->name,
           device->compute_units, device->platform);
  const plot_paper paper = {.out = p->out,
                            .format = p->format,
                            .width = width,
                            .height = height,
                            .caption = {p->command, machine}};
  return plot_picture(&paper, "", draw, user);
}

void picture_curves(plot_sheet *sheet, const picture_curve *curves, size_t n) {
  const char *lead = "plot ";
  for (size_t i = 0; i < n; i++) {
    const picture_curve *c = &curves[i];
    if (!c->block) continue;
    fprintf(sheet->script,
            "%s$d%u using 1:2 with linespoints lc rgb '%s' lw 1.6 dt %d pt %d ps 0.6 ", lead,
            c->block, sheet->theme->curves[c->colour % PLOT_CURVES], c->dashed ? 2 : 1,
            c->dashed ? 6 : 7);
    fputs(c->title ? "title " : "notitle", sheet->script);
    if (c->title) plot_quote(sheet, c->title);
    lead = ", ";
  }
  /* Axes are drawn with curves only; where there is none, something that cannot be seen. */
  fputs(*lead == 'p' ? "plot 1/0 notitle\n" : "\n", sheet->script);
}

plot_axis picture_axis(const char *label, bool log) {
  return (plot_axis){
      .low = (double)INFINITY, .high = -(double)INFINITY, .label = label, .log = log};
}

/* What a clock too coarse makes 0, or not a number, has no place on a logarithmic axis. */
void picture_include(plot_axis *axis, double value) {
  if (!isfinite(value) || (axis->log && !(value > 0))) return;
  axis->low = fmin(axis->low, value);
  axis->high = fmax(axis->high, value);
}

void picture_round(plot_axis *axis) {
  if (axis->low > axis->high) axis->low = axis->high = 1;
  plot_widen(axis, 0.06);
}
