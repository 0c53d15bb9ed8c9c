/* run_options.c - the command line of clif run. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "progress.h"
#include "run.h"

enum {
  OPTION_BATCH = 256, /* above every char, see complain_option() */
  OPTION_CHUNK,
  OPTION_CODING,
  OPTION_CODING_THRESHOLD,
  OPTION_COMPAT,
  OPTION_DENSE,
  OPTION_DEVICE,
  OPTION_DT,
  OPTION_EXPLAIN,
  OPTION_GAIN,
  OPTION_HELP,
  OPTION_IF_GAIN,
  OPTION_LABELS,
  OPTION_LINEAR,
  OPTION_LOG,
  OPTION_MAX_MEMORY,
  OPTION_NEGATIVE,
  OPTION_OUT,
  OPTION_OVERLAP,
  OPTION_PROFILE,
  OPTION_QUIET,
  OPTION_RECORD,
  OPTION_SEED,
  OPTION_STEPS,
  OPTION_TUNE
};

static const struct option long_options[] = {
    {"batch", required_argument, NULL, OPTION_BATCH},
    {"chunk", required_argument, NULL, OPTION_CHUNK},
    {"coding", required_argument, NULL, OPTION_CODING},
    {"coding-threshold", required_argument, NULL, OPTION_CODING_THRESHOLD},
    {"compat", required_argument, NULL, OPTION_COMPAT},
    {"dense", required_argument, NULL, OPTION_DENSE},
    {"device", required_argument, NULL, OPTION_DEVICE},
    {"dt", required_argument, NULL, OPTION_DT},
    {"explain", no_argument, NULL, OPTION_EXPLAIN},
    {"gain", required_argument, NULL, OPTION_GAIN},
    {"help", no_argument, NULL, OPTION_HELP},
    {"if-gain", required_argument, NULL, OPTION_IF_GAIN},
    {"labels", required_argument, NULL, OPTION_LABELS},
    {"linear", required_argument, NULL, OPTION_LINEAR},
    {"log", no_argument, NULL, OPTION_LOG},
    {"max-memory", required_argument, NULL, OPTION_MAX_MEMORY},
    {"negative", no_argument, NULL, OPTION_NEGATIVE},
    {"out", required_argument, NULL, OPTION_OUT},
    {"overlap", required_argument, NULL, OPTION_OVERLAP},
    {"profile", no_argument, NULL, OPTION_PROFILE},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"record", required_argument, NULL, OPTION_RECORD},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"steps", required_argument, NULL, OPTION_STEPS},
    {"tune", no_argument, NULL, OPTION_TUNE},
    NEURON_LONG_OPTIONS,
    {0}};

static const choice codings[] = {{"none", CLIF_CODING_NONE},
                                 {"rate", CLIF_CODING_RATE},
                                 {"latency", CLIF_CODING_LATENCY},
                                 {"delta", CLIF_CODING_DELTA},
                                 {NULL, 0}};
static const choice compats[] = {
    {"plain", CLIF_NIR_PLAIN}, {"snntorch", CLIF_NIR_SNNTORCH}, {NULL, 0}};
static const choice if_gains[] = {
    {"auto", CLIF_NIR_IF_AUTO}, {"r", CLIF_NIR_IF_R}, {"dt-r", CLIF_NIR_IF_DT_R}, {NULL, 0}};
static const choice linears[] = {{"auto", CLIF_LINEAR_AUTO},
                                 {"dense", CLIF_LINEAR_DENSE},
                                 {"events", CLIF_LINEAR_EVENTS},
                                 {NULL, 0}};
static const choice denses[] = {{"auto", CLIF_DENSE_AUTO},
                                {"clblast", CLIF_DENSE_CLBLAST},
                                {"cblas", CLIF_DENSE_CBLAS},
                                {NULL, 0}};
static const choice overlaps[] = {
    {"auto", CLIF_OVERLAP_AUTO}, {"on", CLIF_OVERLAP_ON}, {"off", CLIF_OVERLAP_OFF}, {NULL, 0}};

static int set_choice(int option, const char *word, run_options *options) {
  int value = 0, code;
  switch (option) {
  case OPTION_CODING:
    code = option_choice("run", "--coding", codings, word, &value);
    options->coding.coding = (clif_coding)value;
    return code;
  case OPTION_COMPAT:
    code = option_choice("run", "--compat", compats, word, &value);
    options->nir.compat = (clif_nir_compat)value;
    return code;
  case OPTION_DENSE:
    code = option_choice("run", "--dense", denses, word, &value);
    options->dense = (clif_dense_by)value;
    return code;
  case OPTION_IF_GAIN:
    code = option_choice("run", "--if-gain", if_gains, word, &value);
    options->nir.if_gain = (clif_nir_if_gain)value;
    return code;
  case OPTION_OVERLAP:
    code = option_choice("run", "--overlap", overlaps, word, &value);
    options->overlap = (clif_overlap)value;
    return code;
  default:
    code = option_choice("run", "--linear", linears, word, &value);
    options->linear = (clif_linear_way)value;
    return code;
  }
}

static int set_number(int option, const char *text, run_options *options) {
  switch (option) {
  case OPTION_BATCH:
    return option_count("run", "--batch", "samples", text, &options->batch);
  case OPTION_CHUNK:
    return option_count("run", "--chunk", "steps", text, &options->chunk);
  case OPTION_STEPS:
    return option_count("run", "--steps", "steps", text, &options->coding.steps);
  case OPTION_DT:
    return option_number("run", "--dt", "the length of a step", NUMBER_POSITIVE, text,
                         &options->nir.dt);
  case OPTION_GAIN:
    return option_number("run", "--gain", "what the input is multiplied by", NUMBER_POSITIVE, text,
                         &options->coding.gain);
  case OPTION_CODING_THRESHOLD:
    return option_number("run", "--coding-threshold", "what a value or its change is compared with",
                         NUMBER_NOT_NEGATIVE, text, &options->coding.threshold);
  case OPTION_SEED:
    options->seed_given = true;
    return option_seed("run", text, &options->seed);
  default:
    return option_memory("run", text, &options->max_memory);
  }
}

static int add_record(char *text, run_options *options) {
  char *equals = strchr(text, '=');
  if (!equals || equals == text || !equals[1])
    return complain_usage("run", "--record is NODE=FILE.npy, not '%s'", text);
  *equals = 0;
  options->records[options->n_records++] = (record_request){text, equals + 1};
  return TOOL_OK;
}

static int set_text(int option, char *text, run_options *options) {
  switch (option) {
  case OPTION_LABELS:
    return option_path("run", "--labels", text, &options->labels);
  case OPTION_OUT:
    return option_path("run", "--out", text, &options->out);
  case OPTION_RECORD:
    return add_record(text, options);
  default:
    options->device = text;
    return TOOL_OK;
  }
}

static int set_option(int option, char *text, run_options *options) {
  if (option >= NEURON_OPTION) return neuron_options_set("run", option, text, &options->neurons);
  switch (option) {
  case OPTION_EXPLAIN:
    options->explain = true;
    return TOOL_OK;
  case OPTION_HELP:
    options->help = true;
    return TOOL_OK;
  case OPTION_LOG:
    options->log = true;
    return TOOL_OK;
  case OPTION_PROFILE:
    options->profile = true;
    return TOOL_OK;
  case OPTION_QUIET:
    options->quiet = true;
    return TOOL_OK;
  case OPTION_TUNE:
    options->tune = true;
    return TOOL_OK;
  case OPTION_NEGATIVE:
    options->coding.negative = true;
    return TOOL_OK;
  case OPTION_DEVICE:
  case OPTION_LABELS:
  case OPTION_OUT:
  case OPTION_RECORD:
    return set_text(option, text, options);
  case OPTION_CODING:
  case OPTION_COMPAT:
  case OPTION_DENSE:
  case OPTION_IF_GAIN:
  case OPTION_LINEAR:
  case OPTION_OVERLAP:
    return set_choice(option, text, options);
  default:
    return set_number(option, text, options);
  }
}

static int take_positionals(int argc, char **argv, run_options *options) {
  const char *model = optind < argc ? argv[optind] : NULL;
  const char *input = optind + 1 < argc ? argv[optind + 1] : NULL;
  if (!model) return complain_usage("run", "MODEL.nir and INPUT.npy are missing");
  if (!input) return complain_usage("run", "INPUT.npy is missing behind MODEL.nir");
  if (optind + 2 < argc)
    return complain_usage("run", "'%s' is one word too many", argv[optind + 2]);
  if (option_path("run", "MODEL.nir", model, &options->model)) return TOOL_USAGE;
  if (option_path("run", "INPUT.npy", input, &options->input)) return TOOL_USAGE;
  if (strcmp(model, "-") == 0)
    return complain_usage("run", "a model cannot be read from standard input, name its file");
  return TOOL_OK;
}

static int check_together(const run_options *options) {
  const neuron_options *neurons = &options->neurons;
  if (neurons->given[NEURON_REFRACTORY] && options->nir.dt == 0)
    return complain_usage("run", "--refractory needs --dt, the length of a step in the same unit");
  const int code =
      neuron_options_check("run", neurons, neurons->stochastic, neurons->adaptive, false);
  if (code != TOOL_OK) return code;
  /* With --noise 0 it may stand, so that a series of runs can begin there. */
  if (options->seed_given && !neurons->stochastic && !neurons->given[NEURON_NOISE] &&
      options->coding.coding != CLIF_CODING_RATE)
    return complain_usage("run", "--seed has no effect without --noise, --stochastic or "
                                 "--coding rate");
  return run_coding_check(&options->coding);
}

static void name_standard_streams(run_options *options) {
  options->input = or_stdin(options->input);
  options->labels = or_stdin(options->labels);
  options->out = or_stdout(options->out);
  for (size_t i = 0; i < options->n_records; i++)
    options->records[i].path = or_stdout(options->records[i].path);
}

int run_options_parse(int argc, char **argv, run_options *options) {
  memset(options, 0, sizeof *options);
  options->nir.size = sizeof options->nir;
  options->coding.gain = options->coding.threshold = -1;
  options->records = calloc((size_t)argc, sizeof *options->records);
  if (!options->records) return complain("no memory; close other programs and try again");
  opterr = 0;
  for (;;) {
    const int option = getopt_long(argc, argv, ":", long_options, NULL);
    if (option == -1) break;
    if (option == '?' || option == ':') return complain_option("run", option, argv);
    const int code = set_option(option, optarg, options);
    if (code != TOOL_OK || options->help) return code;
  }
  int code = progress_choose("run", options->quiet, options->log);
  if (code == TOOL_OK) code = take_positionals(argc, argv, options);
  if (code == TOOL_OK) code = check_together(options);
  if (code == TOOL_OK) name_standard_streams(options);
  return code;
}

void run_options_free(run_options *options) {
  free(options->records);
}
