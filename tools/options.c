/* options.c - reading the values of options. */
#include "options.h"

#include <stdio.h>
#include <string.h>

#include "size.h"

/* "auto, r or dt-r" */
static void list_words(const choice *choices, char *text, size_t size) {
  size_t used = 0;
  for (size_t i = 0; choices[i].word && used < size; i++) {
    const char *before = i == 0 ? "" : choices[i + 1].word ? ", " : " or ";
    used += (size_t)snprintf(text + used, size - used, "%s%s", before, choices[i].word);
  }
}

int option_choice(const char *command, const char *option, const choice *choices, const char *word,
                  int *value) {
  char words[128] = "";
  for (size_t i = 0; choices[i].word; i++) {
    if (strcmp(choices[i].word, word) != 0) continue;
    *value = choices[i].value;
    return TOOL_OK;
  }
  list_words(choices, words, sizeof words);
  return complain_usage(command, "%s is %s, not '%s'", option, words, word);
}

static bool in_range(number_range range, double value) {
  switch (range) {
  case NUMBER_NOT_NEGATIVE:
    return value >= 0;
  case NUMBER_POSITIVE:
    return value > 0;
  case NUMBER_SHARE:
    return value >= 0 && value <= 1;
  case NUMBER_ANY:
    break;
  }
  return true;
}

int option_number(const char *command, const char *option, const char *what, number_range range,
                  const char *text, double *value) {
  static const char *const ranges[] = {
      [NUMBER_ANY] = "a finite number",
      [NUMBER_NOT_NEGATIVE] = "a number from 0 on",
      [NUMBER_POSITIVE] = "a number above 0",
      [NUMBER_SHARE] = "a number from 0 to 1",
  };
  double number;
  if (!parse_number(text, &number) || !in_range(range, number))
    return complain_usage(command, "%s is %s, %s, not '%s'", option, what, ranges[range], text);
  *value = number;
  return TOOL_OK;
}

int option_count(const char *command, const char *option, const char *what, const char *text,
                 size_t *value) {
  if (parse_count(text, value)) return TOOL_OK;
  return complain_usage(command, "%s is a number of %s from 1 on, not '%s'", option, what, text);
}

int option_memory(const char *command, const char *text, uint64_t *value) {
  if (parse_bytes(text, value)) return TOOL_OK;
  return complain_usage(command, "--max-memory is a number of bytes such as 512M or 2G, not '%s'",
                        text);
}

int option_seed(const char *command, const char *text, uint64_t *value) {
  if (parse_seed(text, value)) return TOOL_OK;
  return complain_usage(command, "--seed is a whole number from 0 to %llu, not '%s'",
                        (unsigned long long)UINT64_MAX, text);
}

int option_path(const char *command, const char *option, const char *text, const char **path) {
  if (!*text) return complain_usage(command, "%s has an empty file name", option);
  *path = text;
  return TOOL_OK;
}
