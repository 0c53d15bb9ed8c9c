/* arguments.h - what the command lines of all benchmarks have in common. An int that is returned is
 * an exit code; anything but TOOL_OK has been complained about, unless another is said. */
#ifndef CLIF_BENCH_ARGUMENTS_H
#define CLIF_BENCH_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

/* A whole number from 1 on, as digits or as 1e6 or 2.5e3 (exactly, below 2^53). False for anything
 * else, and *out is left as it was. */
bool parse_size(const char *text, size_t *out);

/* Numbers between commas, which `parse` reads. Replaces *values, which is freed with free(), and
 * their number. TOOL_USAGE where one is not a number: then nothing has been said yet. */
int read_list(const char *text, bool (*parse)(const char *text, size_t *out), size_t **values,
              size_t *n);

/* Sets the flag of every word between commas; false where one is not among the n names. */
bool choose_words(const char *text, const char *const *names, size_t n, bool *chosen);

/* ---- one option ---- */

/* Reads the text of an option, NULL for one without. TOOL_USAGE where it makes no sense: then
 * nothing has been said yet. */
typedef int argument_reader(const char *text, void *out);

argument_reader read_flag;   /* a bool: true; the only one that goes without a text */
argument_reader read_text;   /* a const char *: the text itself */
argument_reader read_count;  /* a size_t, from 1 on */
argument_reader read_repeat; /* a size_t, from 1 to a million */

/* ---- the command line of a benchmark ---- */

typedef struct argument {
  const char *name; /* without dashes; NULL ends a list */
  argument_reader *read;
  void *out;
  const char *what; /* for who gets it wrong: "--NAME is WHAT, not 'TEXT'" */
  bool given;       /* set where the command line has it */
} argument;

#define ARGUMENT_FLAG(NAME, OUT)                                                                   \
  { .name = (NAME), .read = read_flag, .out = (OUT) }
#define ARGUMENT_TEXT(NAME, OUT)                                                                   \
  { .name = (NAME), .read = read_text, .out = (OUT) }
#define ARGUMENT_COUNT(NAME, OUT)                                                                  \
  { .name = (NAME), .read = read_count, .out = (OUT), .what = "a whole number from 1 on" }
#define ARGUMENT(NAME, READ, OUT, WHAT)                                                            \
  { .name = (NAME), .read = (READ), .out = (OUT), .what = (WHAT) }

/* What every benchmark has. */
#define ARGUMENTS_OF_ALL(OPTIONS)                                                                  \
  ARGUMENT_FLAG("csv", &(OPTIONS)->csv), ARGUMENT_TEXT("device", &(OPTIONS)->device),              \
      ARGUMENT_FLAG("help", &(OPTIONS)->help), ARGUMENT_FLAG("json", &(OPTIONS)->json),            \
      ARGUMENT_FLAG("log", &(OPTIONS)->log)
#define ARGUMENT_REPEAT(OPTIONS)                                                                   \
  ARGUMENT("repeat", read_repeat, &(OPTIONS)->repeat, "a whole number from 1 to 1000000")

/* argv[0] is the name of the benchmark. What is behind --help is not looked at; otherwise words
 * that are left over are refused, and --json together with --csv. */
int read_arguments(int argc, char **argv, argument *arguments);

bool argument_given(const argument *arguments, const char *name);

#endif
