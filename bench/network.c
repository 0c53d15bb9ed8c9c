/* network.c - clif-bench network: a whole network, its ways side by side. */
#include "network.h"

#include <stdio.h>

static const char help[] =
    "usage: clif-bench network [OPTION]...\n"
    "\n"
    "Runs a network of linear and LIF layers with random weights on random spikes, its linear\n"
    "layers dense, by events, and whichever the library chooses, in turns; each both in one run\n"
    "and in chunks of steps. Beside events stands how fast the device adds weights from\n"
    "its cache. Fails if spikes are not the same in all runs that must give the same.\n"
    "\n"
    "the network and its input:\n"
    "  --layers N,N,...     width of the input, then of each layer (64,128,10)\n"
    "  --steps N            time steps of a run (128; with --sweep 50)\n"
    "  --batch N            samples side by side (360)\n"
    "  --density X          how much of the input is ones, above 0, up to 1 (0.3)\n"
    "  --seed N             of weights and input, from 1 on (1)\n"
    "\n"
    "many networks of one layer, each as wide as its input; all combinations:\n"
    "  --sweep              instead of one network\n"
    "  --widths N,N,...     (64,256,1024,4096)\n"
    "  --batches N,N,...    (1,16,64)\n"
    "  --densities X,X,...  (0.01,0.05,0.2,0.5,1)\n"
    "\n"
    "ways:\n"
    "  --linear W,W,...     dense, events, auto: which are run (all)\n"
    "  --dense BY           auto, clblast or cblas: who computes dense products (auto)\n"
    "\n"
    "measuring:\n"
    "  --repeat N           timed rounds, each of one run of every kind (7; with --sweep 5)\n"
    "  --chunk N            steps of a chunk (32)\n"
    "  --profile            then time every command of another network of each way\n"
    "  --device D           platform:device, numbers or parts of names (clif devices lists them)\n"
    "  --log                a line on stderr for each row or point measured, and no bar\n"
    "\n"
    "results, on standard output:\n"
    "  --json               one JSON object; bench/README.md has its keys\n"
    "  --csv                a line of names, and one line per way, or per point of a sweep\n"
    "\n"
    "  --plot FILE          draws a sweep as well, time against density: .png, .svg or .pdf\n"
    "\n"
    "Times hold for this machine at this moment; the ratios are what can be compared.\n"
    "\n"
    "examples:\n"
    "  clif-bench network --layers 64,128,10 --steps 25 --batch 360\n"
    "  clif-bench network --layers 256,256 --batch 16 --density 0.05 --linear auto,events "
    "--profile\n"
    "  clif-bench network --sweep --widths 64,256 --batches 1,16 --densities 0.05,0.5\n";

static void print_results(const network_bench *bench) {
  if (bench->options->json)
    network_json(bench);
  else if (bench->options->csv)
    network_csv(bench);
  else
    network_report(bench);
}

static int measure(network_bench *bench) {
  const network_options *o = bench->options;
  progress_start((double)network_progress_steps(o, false), "runs");
  int code = network_measure(bench);
  if (code == TOOL_OK && o->profile) code = network_profile(bench);
  progress_end();
  return code;
}

static int measure_and_tell(const network_options *options) {
  network_bench bench = {.options = options};
  int code = open_device(options->device, &bench.context);
  if (code == TOOL_OK) code = measure(&bench);
  if (code == TOOL_OK) print_results(&bench);
  network_release(&bench);
  clif_context_destroy(bench.context);
  return code;
}

int network_command(int argc, char **argv) {
  network_options options;
  int code = network_options_parse(argc, argv, &options);
  if (code == TOOL_OK && options.help)
    fputs(help, stdout);
  else if (code == TOOL_OK)
    code = options.sweep ? network_sweep_command(&options) : measure_and_tell(&options);
  network_options_free(&options);
  return code;
}
