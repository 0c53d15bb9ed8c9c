/* startup_options.c - the command line of clif-bench startup. */
#include "arguments.h"
#include "startup.h"

int startup_options_parse(int argc, char **argv, startup_options *options) {
  *options = (startup_options){.repeat = 7,
                               .model = "examples/digits/digits.nir",
                               .input = "examples/digits/input_spikes.npy"};
  argument arguments[] = {ARGUMENTS_OF_ALL(options),
                          ARGUMENT_REPEAT(options),
                          ARGUMENT_TEXT("input", &options->input),
                          ARGUMENT_TEXT("model", &options->model),
                          ARGUMENT_TEXT("program", &options->program),
                          {0}};
  return read_arguments(argc, argv, arguments);
}
