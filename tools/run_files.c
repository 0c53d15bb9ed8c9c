/* run_files.c - looks at the files of clif run. */
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "run.h"

bool run_files_use_stdout(const run_options *options) {
  bool use = options->out && is_stdout(options->out);
  for (size_t i = 0; i < options->n_records; i++) use |= is_stdout(options->records[i].path);
  return use;
}

static int check_kinds(const run_options *options) {
  if (kind_of_file(options->model) == FILE_ARRAY)
    return complain_usage("run", "'%s' is an array, but the model comes first", options->model);
  if (kind_of_file(options->input) == FILE_MODEL)
    return complain_usage("run", "'%s' is a model, but the second file is the input array",
                          options->input);
  if (options->labels && kind_of_file(options->labels) == FILE_MODEL)
    return complain_usage("run", "'%s' is a model, but --labels takes an array", options->labels);
  return TOOL_OK;
}

static int check_outputs(const run_options *options) {
  const char *inputs[] = {options->model, options->input, options->labels};
  const size_t n = options->n_records + 1;
  const char **outputs = calloc(n, sizeof *outputs);
  if (!outputs) return complain("no memory; close other programs and try again");
  outputs[0] = options->out;
  for (size_t i = 0; i < options->n_records; i++) outputs[i + 1] = options->records[i].path;
  int code = TOOL_OK;
  for (size_t i = 0; code == TOOL_OK && i < n; i++)
    if (outputs[i]) code = check_writable(outputs[i]);
  if (code == TOOL_OK)
    code = check_clashes("run", inputs, sizeof inputs / sizeof *inputs, outputs, n);
  free(outputs);
  return code;
}

int run_files_check(const run_options *options) {
  int code = check_readable(options->model);
  if (code == TOOL_OK) code = check_readable(options->input);
  if (code == TOOL_OK && options->labels) code = check_readable(options->labels);
  if (code == TOOL_OK) code = check_kinds(options);
  if (code == TOOL_OK) code = check_outputs(options);
  if (code == TOOL_OK && options->labels && strcmp(options->input, options->labels) == 0)
    code = complain_usage("run", "'%s' cannot be both the input and the labels", options->labels);
  return code;
}
