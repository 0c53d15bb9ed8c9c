/* onm.c - clif-bench onm: the work of the Open Neuromorphic benchmark, with the clock stopped only
 * when the work is done. */
#include "onm.h"

#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "usage: clif-bench onm [OPTION]...\n"
    "\n"
    "One linear layer and one LIF layer of the same width on normal numbers, forward: the work of\n"
    "the Open Neuromorphic benchmark of SNN libraries. All that is timed is done when the clock\n"
    "stops. Beside it, in turns, the linear layer alone, and on CPUs one product by OpenBLAS.\n"
    "\n"
    "the work:\n"
    "  --n N                inputs, and neurons (4096)\n"
    "  --steps N            time steps (500)\n"
    "  --batch N            samples side by side (16)\n"
    "  --linear WAY         dense, events or auto (auto)\n"
    "  --dense BY           auto, clblast or cblas: who computes dense products (auto)\n"
    "\n"
    "measuring:\n"
    "  --repeat N           timed rounds (3)\n"
    "  --device D           platform:device, numbers or parts of names (clif devices lists them)\n"
    "  --log                a line on stderr for each row or point measured, and no bar\n"
    "\n"
    "results, on standard output:\n"
    "  --json               one JSON object; bench/README.md has its keys\n"
    "  --csv                a line of names, and a line of numbers\n"
    "\n"
    "Times hold for this machine at this moment; the ratios are what can be compared.\n"
    "\n"
    "examples:\n"
    "  clif-bench onm --n 512 --steps 50\n"
    "  clif-bench onm --n 256 --steps 100 --dense clblast --json\n";

static void print_results(const onm_bench *bench) {
  if (bench->options->json)
    onm_json(bench);
  else if (bench->options->csv)
    onm_csv(bench);
  else
    onm_report(bench);
}

static void release(onm_bench *bench) {
  for (onm_part part = 0; part < ONM_PARTS; part++) clif_network_destroy(bench->networks[part]);
  if (bench->context) {
    clif_array_free(bench->context, &bench->input);
    clif_array_free(bench->context, &bench->spikes);
    clif_array_free(bench->context, &bench->weight);
    clif_array_free(bench->context, &bench->sums);
  }
  free(bench->seconds);
  clif_context_destroy(bench->context);
}

int onm_command(int argc, char **argv) {
  onm_options options;
  int code = onm_options_parse(argc, argv, &options);
  if (code != TOOL_OK) return code;
  if (options.help) {
    fputs(help, stdout);
    return TOOL_OK;
  }
  onm_bench bench = {.options = &options};
  code = open_device(options.device, &bench.context);
  if (code == TOOL_OK) code = onm_measure(&bench);
  if (code == TOOL_OK) print_results(&bench);
  release(&bench);
  return code;
}
