/* network.c - clif-bench network: a whole network, its ways side by side. */
#include "network.h"

#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "usage: clif-bench network [OPTION]...\n"
    "\n"
    "Runs a network of linear and LIF layers with random weights on random spikes, once with its\n"
    "matrix products by CLBlast and once by clif's plain kernel, in turns; each both in one run "
    "and\n"
    "in chunks of 5 steps. Fails if the spikes are not the same in all runs.\n"
    "\n"
    "the network and its input:\n"
    "  --layers N,N,...     width of the input, then of each layer (64,128,10)\n"
    "  --steps N            time steps of a run (25)\n"
    "  --batch N            samples side by side (360)\n"
    "  --density X          how much of the input is ones, above 0, up to 1 (0.3)\n"
    "  --seed N             of weights and input, from 1 on (1)\n"
    "\n"
    "measuring:\n"
    "  --repeat N           timed rounds, each of one run of every kind (7)\n"
    "  --device D           platform:device, numbers or parts of names (clif devices lists them)\n"
    "\n"
    "results, on standard output:\n"
    "  --json               one JSON object; bench/README.md has its keys\n"
    "  --csv                a line of names, and one line per way\n"
    "\n"
    "Times hold for this machine at this moment; the ratios are what can be compared.\n"
    "\n"
    "example:\n"
    "  clif-bench network --layers 64,128,10 --steps 25 --batch 360\n";

static void print_results(const network_bench *bench) {
  if (bench->options->json)
    network_json(bench);
  else if (bench->options->csv)
    network_csv(bench);
  else
    network_report(bench);
}

static void release(network_bench *bench) {
  for (network_way way = 0; way < N_WAYS; way++) clif_network_destroy(bench->networks[way]);
  if (bench->context) {
    clif_array_free(bench->context, &bench->input);
    clif_array_free(bench->context, &bench->expected);
    clif_array_free(bench->context, &bench->got);
  }
  free(bench->seconds);
  free(bench->spikes);
  clif_context_destroy(bench->context);
}

static int measure_and_tell(const network_options *options) {
  network_bench bench = {.options = options};
  int code = open_device(options->device, &bench.context);
  if (code == TOOL_OK) code = network_measure(&bench);
  if (code == TOOL_OK) print_results(&bench);
  release(&bench);
  return code;
}

int network_command(int argc, char **argv) {
  network_options options;
  int code = network_options_parse(argc, argv, &options);
  if (code == TOOL_OK && options.help)
    fputs(help, stdout);
  else if (code == TOOL_OK)
    code = measure_and_tell(&options);
  network_options_free(&options);
  return code;
}
