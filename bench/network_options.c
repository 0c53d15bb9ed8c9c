/* network_options.c - the command line of clif-bench network. */
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "network.h"
#include "size.h"

/* ---- lists ---- */

static int read_layers(const char *text, void *out) {
  network_options *options = out;
  const int code = read_list(text, parse_count, &options->widths, &options->n_widths);
  return code == TOOL_OK && options->n_widths < 2 ? TOOL_USAGE : code;
}

static int read_widths(const char *text, void *out) {
  network_options *options = out;
  return read_list(text, parse_count, &options->sweep_widths, &options->n_sweep_widths);
}

static int read_batches(const char *text, void *out) {
  network_options *options = out;
  return read_list(text, parse_count, &options->sweep_batches, &options->n_sweep_batches);
}

static int read_density(const char *text, void *out) {
  double value;
  if (!parse_positive(text, &value) || value > 1) return TOOL_USAGE;
  *(double *)out = value;
  return TOOL_OK;
}

/* The next number of a list, up to a comma or the end; *text is moved behind it. */
static int read_next_density(const char **text, double *out) {
  char item[32];
  const size_t length = strcspn(*text, ",");
  if (length >= sizeof item) return TOOL_USAGE;
  memcpy(item, *text, length);
  item[length] = 0;
  *text += length + ((*text)[length] == ',');
  return read_density(item, out);
}

static int read_densities(const char *text, void *out) {
  network_options *options = out;
  size_t n = 1;
  for (const char *at = text; *at; at++) n += *at == ',';
  free(options->sweep_densities);
  options->n_sweep_densities = n;
  options->sweep_densities = calloc(n, sizeof *options->sweep_densities);
  if (!options->sweep_densities) return complain("no memory; ask for fewer densities");
  int code = TOOL_OK;
  for (size_t i = 0; i < n && code == TOOL_OK; i++)
    code = read_next_density(&text, options->sweep_densities + i);
  return code;
}

/* ---- all together ---- */

/* An option that could have no effect is refused. */
static int check_effect(const network_options *options, const argument *arguments) {
  static const char *const of_sweep[] = {"widths", "batches", "densities", "plot", NULL};
  static const char *const of_one[] = {"layers", "batch", "density", "chunk", "profile", NULL};
  for (const char *const *idle = options->sweep ? of_one : of_sweep; *idle; idle++)
    if (argument_given(arguments, *idle))
      return complain_usage("network", "--%s has no effect %s --sweep", *idle,
                            options->sweep ? "with" : "without");
  if (options->profile && options->csv)
    return complain_usage("network", "--profile has no place in --csv; leave out one of them");
  return TOOL_OK;
}

/* What holds where the command line says nothing. */
static int complete(network_options *options) {
  int code = TOOL_OK;
  if (options->steps == 0) options->steps = options->sweep ? 50 : 128;
  if (options->repeat == 0) options->repeat = options->sweep ? 5 : 7;
  if (!options->widths) code = read_layers("64,128,10", options);
  if (code == TOOL_OK && !options->sweep_widths) code = read_widths("64,256,1024,4096", options);
  if (code == TOOL_OK && !options->sweep_batches) code = read_batches("1,16,64", options);
  if (code == TOOL_OK && !options->sweep_densities)
    code = read_densities("0.01,0.05,0.2,0.5,1", options);
  return code;
}

int network_options_parse(int argc, char **argv, network_options *options) {
  static const char counts[] = "a list of whole numbers from 1 on";
  *options = (network_options){
      .batch = 360, .chunk = 32, .seed = 1, .density = 0.3, .ways = {true, true, true}};
  argument arguments[] = {
      ARGUMENTS_OF_ALL(options),
      ARGUMENT_REPEAT(options),
      ARGUMENT_PICTURE(&options->plot),
      ARGUMENT_DENSE(options),
      ARGUMENT("linear", read_ways, options->ways, "a list of dense, events and auto"),
      ARGUMENT("layers", read_layers, options,
               "the input's width and those of one or more layers, such as 64,128,10"),
      ARGUMENT("density", read_density, &options->density, "a number above 0, up to 1"),
      ARGUMENT_COUNT("batch", &options->batch),
      ARGUMENT_COUNT("chunk", &options->chunk),
      ARGUMENT_COUNT("seed", &options->seed),
      ARGUMENT_COUNT("steps", &options->steps),
      ARGUMENT_FLAG("profile", &options->profile),
      ARGUMENT_FLAG("sweep", &options->sweep),
      ARGUMENT("batches", read_batches, options, counts),
      ARGUMENT("widths", read_widths, options, counts),
      ARGUMENT("densities", read_densities, options, "a list of numbers above 0, up to 1"),
      {0}};
  picture_name(&options->plot, argc, argv);
  int code = read_arguments(argc, argv, arguments);
  if (code == TOOL_OK && !options->help) code = check_effect(options, arguments);
  return code == TOOL_OK && !options->help ? complete(options) : code;
}

void network_options_free(network_options *options) {
  free(options->widths);
  free(options->sweep_widths);
  free(options->sweep_batches);
  free(options->sweep_densities);
}
