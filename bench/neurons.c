/* neurons.c - clif-bench neurons: time and memory of a group of neurons against their number. */
#include "neurons.h"

#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "usage: clif-bench neurons [OPTION]...\n"
    "\n"
    "Steps groups of LIF neurons of many sizes on random currents: one step per call, and many\n"
    "steps per call, with and without recording. Beside each time stands that of a plain kernel\n"
    "with the same reads and writes, taken in turns. Fails if spikes differ between the ways of a\n"
    "mode, or if device memory is not what group.h says.\n"
    "\n"
    "the neurons and their input:\n"
    "  --sizes N,N,...      numbers of neurons, as 1000 or 1e6 (1e3,1e4,1e5,1e6,1e7)\n"
    "  --max N              none of these above N\n"
    "  --modes M,M,...      deterministic, adaptive, noisy, stochastic (these four), seed,\n"
    "                       seed-fixed, seed-deterministic\n"
    "  --record WHAT        none; v,th in every step; or both, one after the other (both)\n"
    "  --steps N            time steps (32)\n"
    "  --batch N            samples side by side (1)\n"
    "  --low X, --high X    currents are uniform from X up to X (0, 3)\n"
    "  --seed N             of input and neurons, from 1 on (1)\n"
    "  --protocol seed      other defaults: the three cases that the PyTorch project Extended LIF\n"
    "                       Neurons published, 1e4 to 1e7 neurons, 10 samples, 16 steps, 0 to 1\n"
    "\n"
    "measuring:\n"
    "  --repeat N           timed rounds, 5 or more (7)\n"
    "  --max-memory BYTES   of the device, with K, M, G or T (three quarters); sizes that need "
    "more\n"
    "                       are skipped\n"
    "  --fit-from N         fit the growth from this size on (beyond the last-level cache)\n"
    "  --device D           platform:device, numbers or parts of names (clif devices lists them)\n"
    "  --log                a line on stderr for each row or point measured, and no bar\n"
    "\n"
    "results, on standard output:\n"
    "  --json               one JSON object; bench/README.md has its keys\n"
    "  --csv                a line of names, and one line per point\n"
    "\n"
    "  --plot FILE          draws time, memory and share of the limit as well: .png, .svg or .pdf\n"
    "\n"
    "Times hold for this machine at this moment; the shares are what can be compared.\n"
    "\n"
    "examples:\n"
    "  clif-bench neurons --max 1e5\n"
    "  clif-bench neurons --sizes 1e6,1e7,1e8 --modes adaptive --record none\n"
    "  clif-bench neurons --protocol seed --json\n";

static void print_results(const neurons_bench *bench) {
  if (bench->options->json)
    neurons_json(bench);
  else if (bench->options->csv)
    neurons_csv(bench);
  else
    neurons_report(bench);
}

static void release(neurons_bench *bench) {
  free(bench->seconds);
  free(bench->points);
  free(bench->series);
  clif_context_destroy(bench->context);
}

static int measure_and_tell(const neurons_options *options) {
  neurons_bench bench = {.options = options};
  int code = picture_check(&options->plot);
  if (code == TOOL_OK) code = open_device(options->device, &bench.context);
  if (code == TOOL_OK) code = neurons_measure(&bench);
  if (code == TOOL_OK) print_results(&bench);
  if (code == TOOL_OK && options->plot.out) code = neurons_plot(&bench);
  release(&bench);
  return code;
}

int neurons_command(int argc, char **argv) {
  neurons_options options;
  int code = neurons_options_parse(argc, argv, &options);
  if (code == TOOL_OK && options.help)
    fputs(help, stdout);
  else if (code == TOOL_OK)
    code = measure_and_tell(&options);
  neurons_options_free(&options);
  return code;
}
