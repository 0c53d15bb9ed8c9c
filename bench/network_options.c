/* network_options.c - the command line of clif-bench network. */
#include <getopt.h>
#include <stdlib.h>

#include "arguments.h"
#include "network.h"
#include "size.h"

enum {
  OPTION_BATCH = 256, /* above every char, see complain_option() */
  OPTION_CSV,
  OPTION_DENSITY,
  OPTION_DEVICE,
  OPTION_HELP,
  OPTION_JSON,
  OPTION_LAYERS,
  OPTION_REPEAT,
  OPTION_SEED,
  OPTION_STEPS
};

static const struct option long_options[] = {{"batch", required_argument, NULL, OPTION_BATCH},
                                             {"csv", no_argument, NULL, OPTION_CSV},
                                             {"density", required_argument, NULL, OPTION_DENSITY},
                                             {"device", required_argument, NULL, OPTION_DEVICE},
                                             {"help", no_argument, NULL, OPTION_HELP},
                                             {"json", no_argument, NULL, OPTION_JSON},
                                             {"layers", required_argument, NULL, OPTION_LAYERS},
                                             {"repeat", required_argument, NULL, OPTION_REPEAT},
                                             {"seed", required_argument, NULL, OPTION_SEED},
                                             {"steps", required_argument, NULL, OPTION_STEPS},
                                             {0}};

static const char default_layers[] = "64,128,10";

static int set_layers(const char *text, network_options *options) {
  const int code = read_list(text, parse_count, &options->widths, &options->n_widths);
  if (code == TOOL_FAILED || (code == TOOL_OK && options->n_widths >= 2)) return code;
  return complain_usage("network",
                        "--layers is the input's width and those of one or more layers, such as "
                        "64,128,10, not '%s'",
                        text);
}

static int set_density(const char *text, double *out) {
  double value;
  if (!parse_positive(text, &value) || value > 1)
    return complain_usage("network", "--density is a number above 0, up to 1, not '%s'", text);
  *out = value;
  return TOOL_OK;
}

static int set_option(int option, const char *text, network_options *options) {
  switch (option) {
  case OPTION_BATCH:
    return set_count("network", "--batch", text, &options->batch);
  case OPTION_DENSITY:
    return set_density(text, &options->density);
  case OPTION_LAYERS:
    return set_layers(text, options);
  case OPTION_REPEAT:
    return set_repeat("network", 1, text, &options->repeat);
  case OPTION_SEED:
    return set_count("network", "--seed", text, &options->seed);
  case OPTION_STEPS:
    return set_count("network", "--steps", text, &options->steps);
  case OPTION_CSV:
    options->csv = true;
    break;
  case OPTION_DEVICE:
    options->device = text;
    break;
  case OPTION_HELP:
    options->help = true;
    break;
  case OPTION_JSON:
    options->json = true;
    break;
  default:
    break;
  }
  return TOOL_OK;
}

int network_options_parse(int argc, char **argv, network_options *options) {
  *options = (network_options){.steps = 25, .batch = 360, .repeat = 7, .seed = 1, .density = 0.3};
  opterr = 0;
  for (;;) {
    const int option = getopt_long(argc, argv, ":", long_options, NULL);
    if (option == -1) break;
    if (option == '?' || option == ':') return complain_option("network", option, argv);
    const int code = set_option(option, optarg, options);
    if (code != TOOL_OK || options->help) return code;
  }
  const int code = check_rest("network", argc, argv, options->json && options->csv);
  if (code != TOOL_OK) return code;
  return options->widths ? TOOL_OK : set_layers(default_layers, options);
}

void network_options_free(network_options *options) {
  free(options->widths);
}
