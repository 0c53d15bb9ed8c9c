/* files.h - looks at the files of a command before anything slow begins: a wrong name should not
 * cost a long run. Functions that answer an int answer an exit code, after a sentence on stderr
 * unless it is TOOL_OK. */
#ifndef CLIF_TOOL_FILES_H
#define CLIF_TOOL_FILES_H

#include "message.h"

/* The path that stands for "-": the library opens paths. Other names and NULL stay as they are. */
const char *or_stdin(const char *path);
const char *or_stdout(const char *path);

bool is_stdout(const char *path);

int check_readable(const char *path);

/* Writable as it stands (a pipe, a device, a file that is replaced), or in a directory that can
 * take a new file. */
int check_writable(const char *path);

typedef enum file_kind { FILE_OTHER, FILE_ARRAY, FILE_MODEL } file_kind;

/* By the first bytes. FILE_OTHER also of what cannot be read twice. */
file_kind kind_of_file(const char *path);

/* Writing over an input would destroy it, and of two outputs in one file only one would be left.
 * Entries may be NULL. */
int check_clashes(const char *command, const char *const *inputs, size_t n_inputs,
                  const char *const *outputs, size_t n_outputs);

#endif
