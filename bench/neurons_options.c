/* neurons_options.c - the command line of clif-bench neurons. */
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "neurons.h"
#include "size.h"

enum {
  OPTION_BATCH = 256, /* above every char, see complain_option() */
  OPTION_CSV,
  OPTION_DEVICE,
  OPTION_FIT_FROM,
  OPTION_HELP,
  OPTION_HIGH,
  OPTION_JSON,
  OPTION_LOW,
  OPTION_MAX,
  OPTION_MAX_MEMORY,
  OPTION_MODES,
  OPTION_PROTOCOL,
  OPTION_RECORD,
  OPTION_REPEAT,
  OPTION_SEED,
  OPTION_SIZES,
  OPTION_STEPS
};

static const struct option long_options[] = {
    {"batch", required_argument, NULL, OPTION_BATCH},
    {"csv", no_argument, NULL, OPTION_CSV},
    {"device", required_argument, NULL, OPTION_DEVICE},
    {"fit-from", required_argument, NULL, OPTION_FIT_FROM},
    {"help", no_argument, NULL, OPTION_HELP},
    {"high", required_argument, NULL, OPTION_HIGH},
    {"json", no_argument, NULL, OPTION_JSON},
    {"low", required_argument, NULL, OPTION_LOW},
    {"max", required_argument, NULL, OPTION_MAX},
    {"max-memory", required_argument, NULL, OPTION_MAX_MEMORY},
    {"modes", required_argument, NULL, OPTION_MODES},
    {"protocol", required_argument, NULL, OPTION_PROTOCOL},
    {"record", required_argument, NULL, OPTION_RECORD},
    {"repeat", required_argument, NULL, OPTION_REPEAT},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"sizes", required_argument, NULL, OPTION_SIZES},
    {"steps", required_argument, NULL, OPTION_STEPS},
    {0}};

enum { LEAST_REPEATS = 5 };

/* What holds where the command line says nothing. */
typedef struct protocol {
  const char *name, *sizes, *modes, *record;
  size_t steps, batch;
  double low, high;
} protocol;

static const protocol protocols[] = {
    {"clif", "1e3,1e4,1e5,1e6,1e7", "deterministic,adaptive,noisy,stochastic", "both", 32, 1, 0, 3},
    /* src/test/performance_test.py of the PyTorch project Extended LIF Neurons. */
    {"seed", "1e4,1e5,1e6,1e7", "seed,seed-fixed,seed-deterministic", "none", 16, 10, 0, 1}};

enum { N_PROTOCOLS = sizeof protocols / sizeof *protocols };

/* As they stand on the command line; what is not there is NULL, 0 or NaN. */
typedef struct given_words {
  const char *sizes, *modes, *record, *protocol;
  size_t most;
} given_words;

/* ---- lists ---- */

static int compare_sizes(const void *a, const void *b) {
  const size_t x = *(const size_t *)a, y = *(const size_t *)b;
  return (x > y) - (x < y);
}

/* Ascending, each once, none above `most` (0: any). */
static void tidy_sizes(neurons_options *options, size_t most) {
  size_t n = 0;
  qsort(options->sizes, options->n_sizes, sizeof *options->sizes, compare_sizes);
  for (size_t i = 0; i < options->n_sizes; i++) {
    const size_t size = options->sizes[i];
    if ((n == 0 || options->sizes[n - 1] != size) && (most == 0 || size <= most))
      options->sizes[n++] = size;
  }
  options->n_sizes = n;
}

static int set_sizes(const char *text, size_t most, neurons_options *options) {
  const int code = read_list(text, parse_size, &options->sizes, &options->n_sizes);
  if (code == TOOL_USAGE)
    return complain_usage("neurons",
                          "--sizes is a list of whole numbers from 1 on, such as 1000,1e6, not "
                          "'%s'",
                          text);
  if (code != TOOL_OK) return code;
  tidy_sizes(options, most);
  if (options->n_sizes > 0) return TOOL_OK;
  return complain_usage("neurons", "--max %zu leaves no size to measure", most);
}

static int set_modes(const char *text, neurons_options *options) {
  if (choose_words(text, neurons_mode_names, N_MODES, options->modes)) return TOOL_OK;
  return complain_usage("neurons",
                        "--modes is a list of deterministic, adaptive, noisy, stochastic, seed, "
                        "seed-fixed and seed-deterministic, not '%s'",
                        text);
}

/* "v,th" is one choice, though it has a comma. */
static int set_record(const char *text, neurons_options *options) {
  const bool both = strcmp(text, "both") == 0;
  for (size_t i = 0; i < N_RECORDS; i++)
    options->records[i] = both || strcmp(text, neurons_record_names[i]) == 0;
  if (options->records[RECORD_NONE] || options->records[RECORD_V_TH]) return TOOL_OK;
  return complain_usage("neurons", "--record is none, v,th or both, not '%s'", text);
}

/* ---- numbers ---- */

static int set_size(const char *option, const char *text, size_t *out) {
  if (parse_size(text, out)) return TOOL_OK;
  return complain_usage("neurons", "%s is a whole number from 1 on, such as 1e6, not '%s'", option,
                        text);
}

static int set_current(const char *option, const char *text, double *out) {
  char *end;
  const double value = strtod(text, &end);
  if (end == text || *end || !(fabs(value) <= 1e6))
    return complain_usage("neurons", "%s is a number from -1e6 to 1e6, not '%s'", option, text);
  *out = value;
  return TOOL_OK;
}

static int set_memory(const char *text, uint64_t *out) {
  if (parse_bytes(text, out)) return TOOL_OK;
  return complain_usage("neurons",
                        "--max-memory is a number of bytes, such as 800M or 4G, not '%s'", text);
}

static int set_number(int option, const char *text, neurons_options *options, given_words *given) {
  switch (option) {
  case OPTION_BATCH:
    return set_count("neurons", "--batch", text, &options->batch);
  case OPTION_FIT_FROM:
    return set_size("--fit-from", text, &options->fit_from);
  case OPTION_HIGH:
    return set_current("--high", text, &options->high);
  case OPTION_LOW:
    return set_current("--low", text, &options->low);
  case OPTION_MAX:
    return set_size("--max", text, &given->most);
  case OPTION_MAX_MEMORY:
    return set_memory(text, &options->max_memory);
  case OPTION_REPEAT:
    return set_repeat("neurons", LEAST_REPEATS, text, &options->repeat);
  case OPTION_SEED:
    return set_count("neurons", "--seed", text, &options->seed);
  default:
    return set_count("neurons", "--steps", text, &options->steps);
  }
}

static int set_option(int option, const char *text, neurons_options *options, given_words *given) {
  switch (option) {
  case OPTION_CSV:
    options->csv = true;
    return TOOL_OK;
  case OPTION_DEVICE:
    options->device = text;
    return TOOL_OK;
  case OPTION_HELP:
    options->help = true;
    return TOOL_OK;
  case OPTION_JSON:
    options->json = true;
    return TOOL_OK;
  case OPTION_MODES:
    given->modes = text;
    return TOOL_OK;
  case OPTION_PROTOCOL:
    given->protocol = text;
    return TOOL_OK;
  case OPTION_RECORD:
    given->record = text;
    return TOOL_OK;
  case OPTION_SIZES:
    given->sizes = text;
    return TOOL_OK;
  default:
    return set_number(option, text, options, given);
  }
}

/* ---- all together ---- */

static int find_protocol(const char *name, const protocol **out) {
  *out = protocols;
  if (!name) return TOOL_OK;
  for (size_t i = 0; i < N_PROTOCOLS; i++)
    if (strcmp(name, protocols[i].name) == 0) {
      *out = &protocols[i];
      return TOOL_OK;
    }
  return complain_usage("neurons", "--protocol is clif or seed, not '%s'", name);
}

static int complete(neurons_options *options, const given_words *given) {
  const protocol *usual;
  int code = find_protocol(given->protocol, &usual);
  if (code != TOOL_OK) return code;
  options->protocol = usual->name;
  if (options->steps == 0) options->steps = usual->steps;
  if (options->batch == 0) options->batch = usual->batch;
  if (isnan(options->low)) options->low = usual->low;
  if (isnan(options->high)) options->high = usual->high;
  if (options->low >= options->high)
    return complain_usage("neurons", "--low must be below --high, but %g is not below %g",
                          options->low, options->high);
  code = set_modes(given->modes ? given->modes : usual->modes, options);
  if (code == TOOL_OK) code = set_record(given->record ? given->record : usual->record, options);
  if (code == TOOL_OK)
    code = set_sizes(given->sizes ? given->sizes : usual->sizes, given->most, options);
  return code;
}

int neurons_options_parse(int argc, char **argv, neurons_options *options) {
  *options = (neurons_options){.repeat = 7, .seed = 1, .low = (double)NAN, .high = (double)NAN};
  given_words given = {0};
  opterr = 0;
  for (;;) {
    const int option = getopt_long(argc, argv, ":", long_options, NULL);
    if (option == -1) break;
    if (option == '?' || option == ':') return complain_option("neurons", option, argv);
    const int code = set_option(option, optarg, options, &given);
    if (code != TOOL_OK || options->help) return code;
  }
  const int code = check_rest("neurons", argc, argv, options->json && options->csv);
  return code == TOOL_OK ? complete(options, &given) : code;
}

void neurons_options_free(neurons_options *options) {
  free(options->sizes);
}
