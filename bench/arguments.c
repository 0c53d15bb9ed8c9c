/* arguments.c - what the command lines of all benchmarks have in common. */
#include "arguments.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "size.h"

enum { MOST_REPEATS = 1000000 };

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

int set_count(const char *command, const char *option, const char *text, size_t *out) {
  if (parse_count(text, out)) return TOOL_OK;
  return complain_usage(command, "%s is a whole number from 1 on, not '%s'", option, text);
}

int set_repeat(const char *command, size_t least, const char *text, size_t *out) {
  size_t value;
  if (!parse_count(text, &value) || value < least || value > MOST_REPEATS)
    return complain_usage(command, "--repeat is a whole number from %zu to %d, not '%s'", least,
                          MOST_REPEATS, text);
  *out = value;
  return TOOL_OK;
}

int check_rest(const char *command, int argc, char **argv, bool json_and_csv) {
  if (optind < argc) return complain_usage(command, "'%s' is one word too many", argv[optind]);
  if (json_and_csv)
    return complain_usage(command, "--json and --csv cannot both go to standard output");
  return TOOL_OK;
}
