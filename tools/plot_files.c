/* plot_files.c - looks at the files of clif plot. */
#include <string.h>

#include "files.h"
#include "plot.h"

static int check_input(const char *path, size_t *pipes) {
  int code = check_readable(path);
  if (code == TOOL_OK && kind_of_file(path) == FILE_MODEL)
    code = complain_usage("plot", "'%s' is a model, but arrays are drawn", path);
  if (code == TOOL_OK && strcmp(path, "/dev/stdin") == 0 && ++*pipes > 1)
    code = complain_usage("plot", "standard input can be one of the files only");
  return code;
}

int plot_files_check(const plot_options *options) {
  const char *inputs[PLOT_MOST_PANELS + PLOT_EXTRAS];
  size_t n = 0, pipes = 0;
  for (size_t i = 0; i < options->n_requests; i++) inputs[n++] = options->requests[i].path;
  for (int i = 0; i < PLOT_EXTRAS; i++)
    if (options->extras[i]) inputs[n++] = options->extras[i];
  int code = TOOL_OK;
  for (size_t i = 0; code == TOOL_OK && i < n; i++) code = check_input(inputs[i], &pipes);
  if (code == TOOL_OK && options->paper.out) code = check_writable(options->paper.out);
  if (code == TOOL_OK) code = check_clashes("plot", inputs, n, &options->paper.out, 1);
  return code;
}
