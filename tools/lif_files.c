/* lif_files.c - looks at the files of clif lif. */
#include "files.h"
#include "lif.h"

bool lif_files_use_stdout(const lif_options *options) {
  for (int i = 0; i < LIF_OUTPUTS; i++)
    if (options->outputs[i] && is_stdout(options->outputs[i])) return true;
  return false;
}

int lif_files_check(const lif_options *options) {
  const char *input = options->input.source == LIF_FILE ? options->input.text : NULL;
  int code = input ? check_readable(input) : TOOL_OK;
  if (code == TOOL_OK && input && kind_of_file(input) == FILE_MODEL)
    code = complain_usage("lif", "'%s' is a model, but --input takes an array", input);
  for (int i = 0; code == TOOL_OK && i < LIF_OUTPUTS; i++)
    if (options->outputs[i]) code = check_writable(options->outputs[i]);
  if (code == TOOL_OK) code = check_clashes("lif", &input, 1, options->outputs, LIF_OUTPUTS);
  return code;
}
