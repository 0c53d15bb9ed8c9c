/* plot_picture.c - from a function that draws to a file, through gnuplot. */
#include <string.h>
#include <strings.h>

#include "files.h"
#include "gnuplot.h"
#include "interrupt.h"
#include "plot_sheet.h"

const choice plot_formats[] = {{"png", PLOT_PNG}, {"svg", PLOT_SVG}, {"pdf", PLOT_PDF}, {NULL, 0}};

bool plot_format_find(const char *path, int *format) {
  const char *dot = strrchr(path, '.');
  for (size_t i = 0; dot && plot_formats[i].word; i++)
    if (strcasecmp(dot + 1, plot_formats[i].word) == 0) {
      *format = plot_formats[i].value;
      return true;
    }
  return false;
}

int plot_picture(const plot_paper *paper, const char *otherwise,
                 int (*draw)(const void *user, plot_sheet *sheet), const void *user) {
  gnuplot g;
  plot_sheet sheet;
  memset(&g, 0, sizeof g);
  interrupt_watch(); /* else a Ctrl-C would leave a file without a picture behind */
  int code = gnuplot_start(&g, paper->out, otherwise);
  if (code != TOOL_OK) return code;
  plot_sheet_begin(&sheet, paper, g.script);
  code = draw(user, &sheet);
  fputs("unset multiplot\n", g.script);
  const int finished = gnuplot_finish(&g, code == TOOL_OK);
  return code == TOOL_OK ? finished : code;
}

int plot_picture_check(const plot_paper *paper, const char *otherwise) {
  gnuplot g;
  memset(&g, 0, sizeof g);
  int code = check_writable(paper->out);
  if (code == TOOL_OK) code = gnuplot_start(&g, "/dev/null", otherwise);
  if (code == TOOL_OK) gnuplot_finish(&g, false);
  return code;
}
