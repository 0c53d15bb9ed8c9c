/* arguments.c - what the command lines of all benchmarks have in common. */
#include "arguments.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "progress.h"
#include "size.h"

enum {
  MOST_REPEATS = 1000000,
  MOST_ARGUMENTS = 32, /* no benchmark has more */
  FIRST_CODE = 256     /* above every char, see complain_option() */
};

bool parse_size(const char *text, size_t *out) {
  double value;
  if (parse_count(text, out)) return true;
  /* strtod() takes more than the digits, the point and the exponent that are meant. */
  if (text[strspn(text, "0123456789.e")] || !parse_positive(text, &value)) return false;
  if (value < 1 || value >= 0x1p53 || value > (double)SIZE_MAX || floor(value) < value)
    return false;
  *out = (size_t)value;
  return true;
}

/* The next number, up to a comma or the end; *text is moved behind it. */
static bool read_item(const char **text, bool (*parse)(const char *, size_t *), size_t *out) {
  char item[32];
  const size_t length = strcspn(*text, ",");
  if (length >= sizeof item) return false;
  memcpy(item, *text, length);
  item[length] = 0;
  *text += length + ((*text)[length] == ',');
  return parse(item, out);
}

int read_list(const char *text, bool (*parse)(const char *text, size_t *out), size_t **values,
              size_t *n) {
  size_t count = 1;
  for (const char *at = text; *at; at++) count += *at == ',';
  free(*values);
  *n = count;
  *values = calloc(count, sizeof **values);
  if (!*values) return complain("no memory; close other programs and try again");
  for (size_t i = 0; i < count; i++)
    if (!read_item(&text, parse, *values + i)) return TOOL_USAGE;
  return TOOL_OK;
}

bool choose_words(const char *text, const char *const *names, size_t n, bool *chosen) {
  for (;;) {
    const size_t length = strcspn(text, ",");
    size_t i = 0;
    while (i < n && (strlen(names[i]) != length || strncmp(text, names[i], length) != 0)) i++;
    if (i == n) return false;
    chosen[i] = true;
    if (!text[length]) return true;
    text += length + 1;
  }
}

/* ---- one option ---- */

int read_flag(const char *text, void *out) {
  (void)text;
  *(bool *)out = true;
  return TOOL_OK;
}

int read_text(const char *text, void *out) {
  *(const char **)out = text;
  return TOOL_OK;
}

int read_count(const char *text, void *out) {
  return parse_count(text, out) ? TOOL_OK : TOOL_USAGE;
}

int read_repeat(const char *text, void *out) {
  return parse_count(text, out) && *(size_t *)out <= MOST_REPEATS ? TOOL_OK : TOOL_USAGE;
}

/* ---- the command line of a benchmark ---- */

/* As getopt_long() wants them; the code of an option is FIRST_CODE and its place. */
static void list_options(const argument *arguments, struct option *options) {
  for (size_t i = 0; arguments[i].name; i++)
    options[i] =
        (struct option){.name = arguments[i].name,
                        .has_arg = arguments[i].read == read_flag ? no_argument : required_argument,
                        .val = FIRST_CODE + (int)i};
}

bool argument_given(const argument *arguments, const char *name) {
  while (arguments->name && strcmp(arguments->name, name) != 0) arguments++;
  return arguments->given;
}

static int check_rest(int argc, char **argv, const argument *arguments) {
  if (optind < argc) return complain_usage(argv[0], "'%s' is one word too many", argv[optind]);
  if (argument_given(arguments, "json") && argument_given(arguments, "csv"))
    return complain_usage(argv[0], "--json and --csv cannot both go to standard output");
  return progress_choose(argv[0], false, argument_given(arguments, "log"));
}

int read_arguments(int argc, char **argv, argument *arguments) {
  struct option options[MOST_ARGUMENTS + 1] = {{0}};
  list_options(arguments, options);
  opterr = 0;
  for (;;) {
    const int option = getopt_long(argc, argv, ":", options, NULL);
    if (option == -1) return check_rest(argc, argv, arguments);
    if (option == '?' || option == ':') return complain_option(argv[0], option, argv);
    argument *a = &arguments[option - FIRST_CODE];
    a->given = true;
    const int code = a->read(optarg, a->out);
    if (code == TOOL_USAGE)
      return complain_usage(argv[0], "--%s is %s, not '%s'", a->name, a->what, optarg);
    if (code != TOOL_OK || argument_given(arguments, "help")) return code;
  }
}
