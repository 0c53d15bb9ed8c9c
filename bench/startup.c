/* startup.c - clif-bench startup: how long the program clif takes from start to end. */
#include "startup.h"

#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "usage: clif-bench startup [OPTION]...\n"
    "\n"
    "Wall time of `clif run` as a whole process: with empty caches of compiled programs, and "
    "again\n"
    "with what the first run left there. Beside it `clif devices`, which does no more than open "
    "the\n"
    "device. The caches are in a temporary directory, which is removed again.\n"
    "\n"
    "  --model FILE         network to run (examples/digits/digits.nir)\n"
    "  --input FILE         its input (examples/digits/input_spikes.npy)\n"
    "  --program FILE       the program clif (the one beside clif-bench)\n"
    "  --repeat N           rounds (7)\n"
    "  --device D           platform:device, numbers or parts of names (clif devices lists them)\n"
    "  --log                a line on stderr for each row or point measured, and no bar\n"
    "\n"
    "results, on standard output:\n"
    "  --json               one JSON object; bench/README.md has its keys\n"
    "  --csv                a line of names, and a line of numbers\n"
    "\n"
    "examples, in clif's source tree:\n"
    "  clif-bench startup\n"
    "  clif-bench startup --repeat 21 --json\n";

static void print_results(const startup_bench *bench) {
  if (bench->options->json)
    startup_json(bench);
  else if (bench->options->csv)
    startup_csv(bench);
  else
    startup_report(bench);
}

/* Opened to learn which it is, and closed before anything is measured. */
static int look_at_device(const char *wanted, clif_device_info *out) {
  clif_context *context = NULL;
  const int code = open_device(wanted, &context);
  if (code == TOOL_OK) *out = *clif_context_device(context);
  clif_context_destroy(context);
  return code;
}

int startup_command(int argc, char **argv) {
  startup_options options;
  int code = startup_options_parse(argc, argv, &options);
  if (code != TOOL_OK) return code;
  if (options.help) {
    fputs(help, stdout);
    return TOOL_OK;
  }
  startup_bench bench = {.options = &options};
  code = look_at_device(options.device, &bench.device);
  if (code == TOOL_OK) code = startup_measure(&bench);
  if (code == TOOL_OK) print_results(&bench);
  free(bench.seconds);
  return code;
}
