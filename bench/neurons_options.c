/* neurons_options.c - the command line of clif-bench neurons. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "neurons.h"
#include "size.h"

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

static int read_size(const char *text, void *out) {
  return parse_size(text, out) ? TOOL_OK : TOOL_USAGE;
}

static int read_current(const char *text, void *out) {
  char *end;
  const double value = strtod(text, &end);
  if (end == text || *end || !(fabs(value) <= 1e6)) return TOOL_USAGE;
  *(double *)out = value;
  return TOOL_OK;
}

static int read_memory(const char *text, void *out) {
  return parse_bytes(text, out) ? TOOL_OK : TOOL_USAGE;
}

static int read_five_or_more(const char *text, void *out) {
  const int code = read_repeat(text, out);
  return code == TOOL_OK && *(size_t *)out < 5 ? TOOL_USAGE : code;
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
  static const char size[] = "a whole number from 1 on, such as 1e6";
  static const char current[] = "a number from -1e6 to 1e6";
  *options = (neurons_options){.repeat = 7, .seed = 1, .low = (double)NAN, .high = (double)NAN};
  given_words given = {0};
  argument arguments[] = {
      ARGUMENTS_OF_ALL(options),
      ARGUMENT_PICTURE(&options->plot),
      ARGUMENT("repeat", read_five_or_more, &options->repeat, "a whole number from 5 to 1000000"),
      ARGUMENT_COUNT("batch", &options->batch),
      ARGUMENT_COUNT("seed", &options->seed),
      ARGUMENT_COUNT("steps", &options->steps),
      ARGUMENT("fit-from", read_size, &options->fit_from, size),
      ARGUMENT("max", read_size, &given.most, size),
      ARGUMENT("low", read_current, &options->low, current),
      ARGUMENT("high", read_current, &options->high, current),
      ARGUMENT("max-memory", read_memory, &options->max_memory,
               "a number of bytes, such as 800M or 4G"),
      ARGUMENT_TEXT("modes", &given.modes),
      ARGUMENT_TEXT("protocol", &given.protocol),
      ARGUMENT_TEXT("record", &given.record),
      ARGUMENT_TEXT("sizes", &given.sizes),
      {0}};
  picture_name(&options->plot, argc, argv);
  const int code = read_arguments(argc, argv, arguments);
  return code == TOOL_OK && !options->help ? complete(options, &given) : code;
}

void neurons_options_free(neurons_options *options) {
  free(options->sizes);
}
