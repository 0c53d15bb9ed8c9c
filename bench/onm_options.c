/* onm_options.c - the command line of clif-bench onm. */
#include "arguments.h"
#include "onm.h"

int onm_options_parse(int argc, char **argv, onm_options *options) {
  *options = (onm_options){.n = 4096, .steps = 500, .batch = 16, .repeat = 3, .way = WAY_AUTO};
  argument arguments[] = {ARGUMENTS_OF_ALL(options),
                          ARGUMENT_REPEAT(options),
                          ARGUMENT_DENSE(options),
                          ARGUMENT("linear", read_way, &options->way, "dense, events or auto"),
                          ARGUMENT_COUNT("batch", &options->batch),
                          ARGUMENT_COUNT("n", &options->n),
                          ARGUMENT_COUNT("steps", &options->steps),
                          {0}};
  return read_arguments(argc, argv, arguments);
}
