/* network_options.c - the command line of clif-bench network. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

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

enum { MOST_REPEATS = 1000000 };

static char default_layers[] = "64,128,10";

/* Takes the text apart at its commas, in place, and puts it together again. */
static bool read_widths(char *text, size_t *widths, size_t n) {
  bool good = true;
  for (size_t i = 0; i < n && good; i++) {
    char *comma = strchr(text, ',');
    if (comma) *comma = 0;
    good = parse_count(text, &widths[i]);
    if (comma) *comma = ',';
    if (comma) text = comma + 1;
  }
  return good;
}

static int set_layers(char *text, network_options *options) {
  size_t n = 1;
  for (const char *at = text; *at; at++) n += *at == ',';
  free(options->widths);
  options->n_widths = n;
  options->widths = calloc(n, sizeof *options->widths);
  if (!options->widths) return complain("no memory; close other programs and try again");
  if (n >= 2 && read_widths(text, options->widths, n)) return TOOL_OK;
  return complain_usage("network",
                        "--layers is the input's width and those of one or more layers, such as "
                        "64,128,10, not '%s'",
                        text);
}

static int set_count(const char *option, const char *text, size_t *out) {
  if (parse_count(text, out)) return TOOL_OK;
  return complain_usage("network", "%s is a whole number from 1 on, not '%s'", option, text);
}

static int set_repeat(const char *text, size_t *out) {
  size_t value;
  if (!parse_count(text, &value) || value > MOST_REPEATS)
    return complain_usage("network", "--repeat is a whole number from 1 to %d, not '%s'",
                          MOST_REPEATS, text);
  *out = value;
  return TOOL_OK;
}

static int set_density(const char *text, double *out) {
  double value;
  if (!parse_positive(text, &value) || value > 1)
    return complain_usage("network", "--density is a number above 0, up to 1, not '%s'", text);
  *out = value;
  return TOOL_OK;
}

static int set_option(int option, char *text, network_options *options) {
  switch (option) {
  case OPTION_BATCH:
    return set_count("--batch", text, &options->batch);
  case OPTION_DENSITY:
    return set_density(text, &options->density);
  case OPTION_LAYERS:
    return set_layers(text, options);
  case OPTION_REPEAT:
    return set_repeat(text, &options->repeat);
  case OPTION_SEED:
    return set_count("--seed", text, &options->seed);
  case OPTION_STEPS:
    return set_count("--steps", text, &options->steps);
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
  if (optind < argc) return complain_usage("network", "'%s' is one word too many", argv[optind]);
  if (options->json && options->csv)
    return complain_usage("network", "--json and --csv cannot both go to standard output");
  return options->widths ? TOOL_OK : set_layers(default_layers, options);
}

void network_options_free(network_options *options) {
  free(options->widths);
}
