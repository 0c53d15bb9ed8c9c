/* file.h - files that appear whole or not at all, and sentences about files. */
#ifndef CLIF_IO_FILE_H
#define CLIF_IO_FILE_H

#include <stdio.h>

#include "core/core.h"

/* A file being written. A regular or new file is made under another name beside it and renamed
 * when it is whole. Pipes and devices, and links too (/dev/stdout is one), are written through. */
typedef struct clif__file {
  clif_context *ctx;
  const char *path; /* not a copy */
  char *temporary;  /* NULL: written through */
  FILE *stream;
} clif__file;

clif_status clif__file_create(clif_context *ctx, const char *path, clif__file *out);
clif_status clif__file_write(clif__file *file, const void *data, size_t bytes);
/* Closes the file and gives it its name. */
clif_status clif__file_commit(clif__file *file);
/* Closes and removes what was not committed; after a commit it does nothing. */
void clif__file_abandon(clif__file *file);

/* CLIF_IO with the sentence "'path': what: <text of the errno code>". */
clif_status clif__file_fail(clif_context *ctx, const char *path, const char *what, int code);

#endif
