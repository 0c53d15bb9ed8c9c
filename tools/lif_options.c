/* lif_options.c - the command line of clif lif. */
#include <getopt.h>
#include <string.h>

#include "files.h"
#include "lif.h"
#include "progress.h"

enum {
  OPTION_BATCH = 256, /* above every char, see complain_option() */
  OPTION_CHUNK,
  OPTION_DEVICE,
  OPTION_HELP,
  OPTION_INPUT,
  OPTION_INPUT_NOISE,
  OPTION_LOG,
  OPTION_MAX_MEMORY,
  OPTION_NEURONS,
  OPTION_QUIET,
  OPTION_RELU,
  OPTION_SEED,
  OPTION_STEPS,
  OPTION_OUTPUT /* + a lif_output */
};

static const struct option long_options[] = {
    {"batch", required_argument, NULL, OPTION_BATCH},
    {"chunk", required_argument, NULL, OPTION_CHUNK},
    {"deterministic", no_argument, NULL, LIF_DETERMINISTIC},
    {"device", required_argument, NULL, OPTION_DEVICE},
    {"dt", required_argument, NULL, LIF_NEURON_OPTION + LIF_DT},
    {"fixed-threshold", no_argument, NULL, LIF_FIXED_THRESHOLD},
    {"help", no_argument, NULL, OPTION_HELP},
    {"input", required_argument, NULL, OPTION_INPUT},
    {"input-noise", required_argument, NULL, OPTION_INPUT_NOISE},
    {"integration", required_argument, NULL, LIF_INTEGRATION},
    {"log", no_argument, NULL, OPTION_LOG},
    {"max-memory", required_argument, NULL, OPTION_MAX_MEMORY},
    {"neurons", required_argument, NULL, OPTION_NEURONS},
    {"preset", required_argument, NULL, LIF_PRESET},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"r", required_argument, NULL, LIF_NEURON_OPTION + LIF_R},
    {"record-th", required_argument, NULL, OPTION_OUTPUT + LIF_TH},
    {"record-v", required_argument, NULL, OPTION_OUTPUT + LIF_V},
    {"record-v-pre", required_argument, NULL, OPTION_OUTPUT + LIF_V_PRE},
    {"relu", no_argument, NULL, OPTION_RELU},
    {"reset", required_argument, NULL, LIF_RESET},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"spike-bits", required_argument, NULL, OPTION_OUTPUT + LIF_SPIKE_BITS},
    {"spikes", required_argument, NULL, OPTION_OUTPUT + LIF_SPIKES},
    {"steps", required_argument, NULL, OPTION_STEPS},
    {"strict", no_argument, NULL, LIF_STRICT},
    {"tau", required_argument, NULL, LIF_NEURON_OPTION + LIF_TAU},
    {"threshold", required_argument, NULL, LIF_NEURON_OPTION + LIF_THRESHOLD},
    {"v-leak", required_argument, NULL, LIF_NEURON_OPTION + LIF_V_LEAK},
    {"v-reset", required_argument, NULL, LIF_NEURON_OPTION + LIF_V_RESET},
    NEURON_LONG_OPTIONS,
    {0}};

static const char *const output_options[LIF_OUTPUTS] = {[LIF_SPIKES] = "--spikes",
                                                        [LIF_SPIKE_BITS] = "--spike-bits",
                                                        [LIF_V] = "--record-v",
                                                        [LIF_V_PRE] = "--record-v-pre",
                                                        [LIF_TH] = "--record-th"};

static int set_number(int option, const char *text, lif_options *options) {
  switch (option) {
  case OPTION_BATCH:
    return option_count("lif", "--batch", "samples", text, &options->batch);
  case OPTION_CHUNK:
    return option_count("lif", "--chunk", "steps", text, &options->chunk);
  case OPTION_NEURONS:
    return option_count("lif", "--neurons", "neurons", text, &options->neurons);
  case OPTION_STEPS:
    return option_count("lif", "--steps", "steps", text, &options->steps);
  case OPTION_SEED:
    return option_seed("lif", text, &options->seed);
  case OPTION_INPUT_NOISE:
    return option_number("lif", "--input-noise", "the standard deviation of the input's noise",
                         NUMBER_NOT_NEGATIVE, text, &options->input.noise);
  default:
    return option_memory("lif", text, &options->max_memory);
  }
}

static int set_option(int option, const char *text, lif_options *options) {
  if (option >= LIF_NEURON_OPTION) return lif_neuron_set(option, text, &options->neuron);
  if (option >= NEURON_OPTION)
    return neuron_options_set("lif", option, text, &options->neuron.options);
  if (option >= OPTION_OUTPUT) {
    const int i = option - OPTION_OUTPUT;
    return option_path("lif", output_options[i], text, &options->outputs[i]);
  }
  switch (option) {
  case OPTION_HELP:
    options->help = true;
    return TOOL_OK;
  case OPTION_LOG:
    options->log = true;
    return TOOL_OK;
  case OPTION_QUIET:
    options->quiet = true;
    return TOOL_OK;
  case OPTION_RELU:
    options->input.relu = true;
    return TOOL_OK;
  case OPTION_DEVICE:
    options->device = text;
    return TOOL_OK;
  case OPTION_INPUT:
    return lif_input_parse(text, &options->input);
  default:
    return set_number(option, text, options);
  }
}

int lif_options_parse(int argc, char **argv, lif_options *options) {
  *options = (lif_options){.input = {.source = LIF_CONST, .a = 1.5, .text = "const:1.5"},
                           .neuron = {.integration = -1, .reset = -1}};
  opterr = 0;
  for (;;) {
    const int option = getopt_long(argc, argv, ":", long_options, NULL);
    if (option == -1) break;
    if (option == '?' || option == ':') return complain_option("lif", option, argv);
    const int code = set_option(option, optarg, options);
    if (code != TOOL_OK || options->help) return code;
  }
  if (optind < argc)
    return complain_usage("lif", "'%s' is one word too many; an input file stands behind --input",
                          argv[optind]);
  for (int i = 0; i < LIF_OUTPUTS; i++) options->outputs[i] = or_stdout(options->outputs[i]);
  const int code = progress_choose("lif", options->quiet, options->log);
  return code == TOOL_OK ? lif_neuron_check(&options->neuron) : code;
}
