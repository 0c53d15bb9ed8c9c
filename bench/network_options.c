/* network_options.c - the command line of clif-bench network. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "network.h"
#include "size.h"

enum {
  OPTION_BATCH = 256, /* above every char, see complain_option() */
  OPTION_BATCHES,
  OPTION_CHUNK,
  OPTION_CSV,
  OPTION_DENSE,
  OPTION_DENSITIES,
  OPTION_DENSITY,
  OPTION_DEVICE,
  OPTION_HELP,
  OPTION_JSON,
  OPTION_LAYERS,
  OPTION_LINEAR,
  OPTION_PROFILE,
  OPTION_REPEAT,
  OPTION_SEED,
  OPTION_STEPS,
  OPTION_SWEEP,
  OPTION_WIDTHS,
  OPTIONS_END
};

enum { FIRST = OPTION_BATCH, N_OPTIONS = OPTIONS_END - FIRST };

static const struct option long_options[] = {
    {"batch", required_argument, NULL, OPTION_BATCH},
    {"batches", required_argument, NULL, OPTION_BATCHES},
    {"chunk", required_argument, NULL, OPTION_CHUNK},
    {"csv", no_argument, NULL, OPTION_CSV},
    {"dense", required_argument, NULL, OPTION_DENSE},
    {"densities", required_argument, NULL, OPTION_DENSITIES},
    {"density", required_argument, NULL, OPTION_DENSITY},
    {"device", required_argument, NULL, OPTION_DEVICE},
    {"help", no_argument, NULL, OPTION_HELP},
    {"json", no_argument, NULL, OPTION_JSON},
    {"layers", required_argument, NULL, OPTION_LAYERS},
    {"linear", required_argument, NULL, OPTION_LINEAR},
    {"profile", no_argument, NULL, OPTION_PROFILE},
    {"repeat", required_argument, NULL, OPTION_REPEAT},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"steps", required_argument, NULL, OPTION_STEPS},
    {"sweep", no_argument, NULL, OPTION_SWEEP},
    {"widths", required_argument, NULL, OPTION_WIDTHS},
    {0}};

/* ---- lists ---- */

static int set_layers(const char *text, network_options *options) {
  const int code = read_list(text, parse_count, &options->widths, &options->n_widths);
  if (code == TOOL_FAILED || (code == TOOL_OK && options->n_widths >= 2)) return code;
  return complain_usage("network",
                        "--layers is the input's width and those of one or more layers, such as "
                        "64,128,10, not '%s'",
                        text);
}

static int set_counts(const char *option, const char *text, size_t **values, size_t *n) {
  const int code = read_list(text, parse_count, values, n);
  if (code != TOOL_USAGE) return code;
  return complain_usage("network", "%s is a list of whole numbers from 1 on, not '%s'", option,
                        text);
}

static bool parse_density(const char *text, double *out) {
  double value;
  if (!parse_positive(text, &value) || value > 1) return false;
  *out = value;
  return true;
}

static int set_density(const char *text, double *out) {
  if (parse_density(text, out)) return TOOL_OK;
  return complain_usage("network", "--density is a number above 0, up to 1, not '%s'", text);
}

/* The next number of a list, up to a comma or the end; *text is moved behind it. */
static bool read_density(const char **text, double *out) {
  char item[32];
  const size_t length = strcspn(*text, ",");
  if (length >= sizeof item) return false;
  memcpy(item, *text, length);
  item[length] = 0;
  *text += length + ((*text)[length] == ',');
  return parse_density(item, out);
}

static int set_densities(const char *text, network_options *options) {
  size_t n = 1;
  for (const char *at = text; *at; at++) n += *at == ',';
  free(options->sweep_densities);
  options->n_sweep_densities = n;
  options->sweep_densities = calloc(n, sizeof *options->sweep_densities);
  if (!options->sweep_densities) return complain("no memory; ask for fewer densities");
  const char *rest = text;
  for (size_t i = 0; i < n; i++)
    if (!read_density(&rest, options->sweep_densities + i))
      return complain_usage("network",
                            "--densities is a list of numbers above 0, up to 1, not '%s'", text);
  return TOOL_OK;
}

/* ---- one option ---- */

static void set_flag(int option, network_options *options) {
  options->csv |= option == OPTION_CSV;
  options->help |= option == OPTION_HELP;
  options->json |= option == OPTION_JSON;
  options->profile |= option == OPTION_PROFILE;
  options->sweep |= option == OPTION_SWEEP;
}

static int set_number(int option, const char *text, network_options *options) {
  switch (option) {
  case OPTION_BATCH:
    return set_count("network", "--batch", text, &options->batch);
  case OPTION_CHUNK:
    return set_count("network", "--chunk", text, &options->chunk);
  case OPTION_DENSITY:
    return set_density(text, &options->density);
  case OPTION_REPEAT:
    return set_repeat("network", 1, text, &options->repeat);
  case OPTION_SEED:
    return set_count("network", "--seed", text, &options->seed);
  default:
    return set_count("network", "--steps", text, &options->steps);
  }
}

static int set_option(int option, const char *text, network_options *options) {
  if (!text) {
    set_flag(option, options);
    return TOOL_OK;
  }
  switch (option) {
  case OPTION_BATCHES:
    return set_counts("--batches", text, &options->sweep_batches, &options->n_sweep_batches);
  case OPTION_DENSE:
    return set_dense("network", text, &options->dense);
  case OPTION_DENSITIES:
    return set_densities(text, options);
  case OPTION_DEVICE:
    options->device = text;
    return TOOL_OK;
  case OPTION_LAYERS:
    return set_layers(text, options);
  case OPTION_LINEAR:
    return set_ways("network", text, options->ways);
  case OPTION_WIDTHS:
    return set_counts("--widths", text, &options->sweep_widths, &options->n_sweep_widths);
  default:
    return set_number(option, text, options);
  }
}

/* ---- all together ---- */

/* An option that could have no effect is refused. */
static int check_effect(const network_options *options, const bool given[N_OPTIONS]) {
  static const int of_sweep[] = {OPTION_WIDTHS, OPTION_BATCHES, OPTION_DENSITIES};
  static const int of_one[] = {OPTION_LAYERS, OPTION_BATCH, OPTION_DENSITY, OPTION_CHUNK,
                               OPTION_PROFILE};
  const int *idle = options->sweep ? of_one : of_sweep;
  const size_t n =
      options->sweep ? sizeof of_one / sizeof *of_one : sizeof of_sweep / sizeof *of_sweep;
  for (size_t i = 0; i < n; i++)
    if (given[idle[i] - FIRST])
      return complain_usage("network", "--%s has no effect %s --sweep",
                            long_options[idle[i] - FIRST].name,
                            options->sweep ? "with" : "without");
  if (options->profile && options->csv)
    return complain_usage("network", "--profile has no place in --csv; leave out one of them");
  return TOOL_OK;
}

/* What holds where the command line says nothing. */
static int complete_lists(network_options *options) {
  int code = TOOL_OK;
  if (!options->widths) code = set_layers("64,128,10", options);
  if (code == TOOL_OK && !options->sweep_widths)
    code = set_option(OPTION_WIDTHS, "64,256,1024,4096", options);
  if (code == TOOL_OK && !options->sweep_batches)
    code = set_option(OPTION_BATCHES, "1,16,64", options);
  if (code == TOOL_OK && !options->sweep_densities)
    code = set_densities("0.01,0.05,0.2,0.5,1", options);
  return code;
}

static int complete(network_options *options) {
  if (options->steps == 0) options->steps = options->sweep ? 50 : 128;
  if (options->repeat == 0) options->repeat = options->sweep ? 5 : 7;
  return complete_lists(options);
}

int network_options_parse(int argc, char **argv, network_options *options) {
  bool given[N_OPTIONS] = {false};
  *options = (network_options){
      .batch = 360, .chunk = 32, .seed = 1, .density = 0.3, .ways = {true, true, true}};
  opterr = 0;
  for (;;) {
    const int option = getopt_long(argc, argv, ":", long_options, NULL);
    if (option == -1) break;
    if (option == '?' || option == ':') return complain_option("network", option, argv);
    given[option - FIRST] = true;
    const int code = set_option(option, optarg, options);
    if (code != TOOL_OK || options->help) return code;
  }
  int code = check_rest("network", argc, argv, options->json && options->csv);
  if (code == TOOL_OK) code = check_effect(options, given);
  return code == TOOL_OK ? complete(options) : code;
}

void network_options_free(network_options *options) {
  free(options->widths);
  free(options->sweep_widths);
  free(options->sweep_batches);
  free(options->sweep_densities);
}
