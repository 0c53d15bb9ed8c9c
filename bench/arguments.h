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

/* A whole number from 1 on. */
int set_count(const char *command, const char *option, const char *text, size_t *out);

/* --repeat: a whole number from `least` to a million. */
int set_repeat(const char *command, size_t least, const char *text, size_t *out);

/* What getopt_long() left over, and --json together with --csv. */
int check_rest(const char *command, int argc, char **argv, bool json_and_csv);

#endif
