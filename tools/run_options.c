/* run_options.c - the command line of clif run. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "size.h"

enum {
  OPTION_BATCH = 256, /* above every char, see complain_option() */
  OPTION_CHUNK,
  OPTION_COMPAT,
  OPTION_DEVICE,
  OPTION_DT,
  OPTION_EXPLAIN,
  OPTION_HELP,
  OPTION_IF_GAIN,
  OPTION_LABELS,
  OPTION_LINEAR,
  OPTION_MAX_MEMORY,
  OPTION_OUT,
  OPTION_QUIET,
  OPTION_RECORD
};

static const struct option long_options[] = {
    {"batch", required_argument, NULL, OPTION_BATCH},
    {"chunk", required_argument, NULL, OPTION_CHUNK},
    {"compat", required_argument, NULL, OPTION_COMPAT},
    {"device", required_argument, NULL, OPTION_DEVICE},
    {"dt", required_argument, NULL, OPTION_DT},
    {"explain", no_argument, NULL, OPTION_EXPLAIN},
    {"help", no_argument, NULL, OPTION_HELP},
    {"if-gain", required_argument, NULL, OPTION_IF_GAIN},
    {"labels", required_argument, NULL, OPTION_LABELS},
    {"linear", required_argument, NULL, OPTION_LINEAR},
    {"max-memory", required_argument, NULL, OPTION_MAX_MEMORY},
    {"out", required_argument, NULL, OPTION_OUT},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"record", required_argument, NULL, OPTION_RECORD},
    {0}};

/* A word and what it stands for; a list ends with a NULL word. */
typedef struct choice {
  const char *word;
  int value;
} choice;

static const choice compat_choices[] = {
    {"plain", CLIF_NIR_PLAIN}, {"snntorch", CLIF_NIR_SNNTORCH}, {NULL, 0}};
static const choice if_gain_choices[] = {
    {"auto", CLIF_NIR_IF_AUTO}, {"r", CLIF_NIR_IF_R}, {"dt-r", CLIF_NIR_IF_DT_R}, {NULL, 0}};
static const choice linear_choices[] = {{"auto", CLIF_LINEAR_AUTO},
                                        {"clblast", CLIF_LINEAR_CLBLAST},
                                        {"plain", CLIF_LINEAR_PLAIN},
                                        {NULL, 0}};

/* Index of the word in the list; -1 if it is not there. */
static int find_choice(const choice *choices, const char *word) {
  for (int i = 0; choices[i].word; i++)
    if (strcmp(choices[i].word, word) == 0) return i;
  return -1;
}

static int set_choices(int option, const char *word, run_options *options) {
  int i;
  switch (option) {
  case OPTION_COMPAT:
    if ((i = find_choice(compat_choices, word)) < 0)
      return complain_usage("run", "--compat is plain or snntorch, not '%s'", word);
    options->nir.compat = (clif_nir_compat)compat_choices[i].value;
    return TOOL_OK;
  case OPTION_IF_GAIN:
    if ((i = find_choice(if_gain_choices, word)) < 0)
      return complain_usage("run", "--if-gain is auto, r or dt-r, not '%s'", word);
    options->nir.if_gain = (clif_nir_if_gain)if_gain_choices[i].value;
    return TOOL_OK;
  default:
    if ((i = find_choice(linear_choices, word)) < 0)
      return complain_usage("run", "--linear is auto, clblast or plain, not '%s'", word);
    options->linear = (clif_linear_way)linear_choices[i].value;
    return TOOL_OK;
  }
}

static int set_number(int option, const char *text, run_options *options) {
  switch (option) {
  case OPTION_BATCH:
    if (parse_count(text, &options->batch)) return TOOL_OK;
    return complain_usage("run", "--batch is a number of samples from 1 on, not '%s'", text);
  case OPTION_CHUNK:
    if (parse_count(text, &options->chunk)) return TOOL_OK;
    return complain_usage("run", "--chunk is a number of steps from 1 on, not '%s'", text);
  case OPTION_DT:
    if (parse_positive(text, &options->nir.dt)) return TOOL_OK;
    return complain_usage("run", "--dt is the length of a step, a number above 0, not '%s'", text);
  default:
    if (parse_bytes(text, &options->max_memory)) return TOOL_OK;
    return complain_usage("run", "--max-memory is a number of bytes such as 512M or 2G, not '%s'",
                          text);
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

static int set_path(const char **path, const char *text, const char *option) {
  if (!*text) return complain_usage("run", "%s has an empty file name", option);
  *path = text;
  return TOOL_OK;
}

static int set_option(int option, char *text, run_options *options) {
  switch (option) {
  case OPTION_EXPLAIN:
    options->explain = true;
    return TOOL_OK;
  case OPTION_HELP:
    options->help = true;
    return TOOL_OK;
  case OPTION_QUIET:
    options->quiet = true;
    return TOOL_OK;
  case OPTION_DEVICE:
    options->device = text;
    return TOOL_OK;
  case OPTION_LABELS:
    return set_path(&options->labels, text, "--labels");
  case OPTION_OUT:
    return set_path(&options->out, text, "--out");
  case OPTION_RECORD:
    return add_record(text, options);
  case OPTION_COMPAT:
  case OPTION_IF_GAIN:
  case OPTION_LINEAR:
    return set_choices(option, text, options);
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
  if (set_path(&options->model, model, "MODEL.nir")) return TOOL_USAGE;
  if (set_path(&options->input, input, "INPUT.npy")) return TOOL_USAGE;
  if (strcmp(model, "-") == 0)
    return complain_usage("run", "a model cannot be read from standard input, name its file");
  return TOOL_OK;
}

/* The library opens paths, so that "-" needs one. */
static const char *or_stream(const char *path, const char *stream) {
  return path && strcmp(path, "-") == 0 ? stream : path;
}

static void name_standard_streams(run_options *options) {
  options->input = or_stream(options->input, "/dev/stdin");
  options->labels = or_stream(options->labels, "/dev/stdin");
  options->out = or_stream(options->out, "/dev/stdout");
  for (size_t i = 0; i < options->n_records; i++)
    options->records[i].path = or_stream(options->records[i].path, "/dev/stdout");
}

int run_options_parse(int argc, char **argv, run_options *options) {
  memset(options, 0, sizeof *options);
  options->nir.size = sizeof options->nir;
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
  const int code = take_positionals(argc, argv, options);
  if (code == TOOL_OK) name_standard_streams(options);
  return code;
}

void run_options_free(run_options *options) {
  free(options->records);
}
