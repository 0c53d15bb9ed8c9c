/* options.h - reading the values of options.
 *
 * Each function answers TOOL_OK, or TOOL_USAGE after a sentence; what it was to fill in is then as
 * it was. `command` is "run" and the like, `option` "--batch" and the like. */
#ifndef CLIF_TOOL_OPTIONS_H
#define CLIF_TOOL_OPTIONS_H

#include "message.h"

/* A word and what it stands for; a list ends with a NULL word. */
typedef struct choice {
  const char *word;
  int value;
} choice;

int option_choice(const char *command, const char *option, const choice *choices, const char *word,
                  int *value);

typedef enum number_range {
  NUMBER_ANY,
  NUMBER_NOT_NEGATIVE,
  NUMBER_POSITIVE,
  NUMBER_SHARE /* from 0 to 1 */
} number_range;

/* A finite number; `what` says in the sentence what it is ("the time constant"). */
int option_number(const char *command, const char *option, const char *what, number_range range,
                  const char *text, double *value);

/* A whole number from 1 on; `what` is what is counted ("samples"). */
int option_count(const char *command, const char *option, const char *what, const char *text,
                 size_t *value);

/* --max-memory */
int option_memory(const char *command, const char *text, uint64_t *value);

/* --seed */
int option_seed(const char *command, const char *text, uint64_t *value);

/* A file's name. */
int option_path(const char *command, const char *option, const char *text, const char **path);

#endif
