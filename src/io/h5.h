/* h5.h - the few things NIR needs of HDF5: groups of numbers and strings, in and out.
 *
 * A clif__h5 is a session: opening takes a process-wide lock (libhdf5 is seldom built for threads)
 * and silences libhdf5's printing; closing gives both back. A thread holds one session at a time.
 * Fields are named relative to the group entered last, and every sentence names file, group and
 * field. Only what lies in the file itself is read: links and external storage are refused, and no
 * memory is taken for sizes that the file cannot hold. */
#ifndef CLIF_IO_H5_H
#define CLIF_IO_H5_H

#include "clif/network.h"
#include "core/core.h"

typedef struct clif__h5 {
  clif_context *ctx;
  const char *path;    /* not a copy */
  int64_t file, group; /* hid_t; -1 for none */
  uint64_t bytes;      /* size of a file that is read */
  char label[192];     /* of the group, for sentences: "node 'fc1'" */
} clif__h5;

typedef struct clif__names {
  char **name;
  size_t count;
} clif__names;

/* Numbers in C order, whatever they were stored as. */
typedef struct clif__numbers {
  clif_dtype dtype; /* CLIF_F32 or CLIF_F64 */
  unsigned ndim;    /* 0: a single number */
  size_t shape[CLIF_MAX_SHAPE];
  size_t count;
  void *data;
} clif__numbers;

/* CLIF_IO: cannot be opened; CLIF_FORMAT: not HDF5, or damaged. On failure nothing is held. */
clif_status clif__h5_open(clif_context *ctx, const char *path, clif__h5 *out);
/* A new file in memory; clif__h5_save() puts it where `path` says. */
clif_status clif__h5_create(clif_context *ctx, const char *path, clif__h5 *out);
/* Fine to call twice, and on a session that was never opened and is all zero. */
void clif__h5_close(clif__h5 *h5);

/* The sentence "'file': label: 'field' ...", or without field where it is NULL. */
clif_status clif__h5_fail(clif__h5 *h5, clif_status status, const char *field, const char *format,
                          ...) CLIF__PRINTF(4, 5);

/* ---- reading: CLIF_OK, CLIF_FORMAT, CLIF_UNSUPPORTED (links, external storage) or
 * CLIF_OUT_OF_MEMORY ---- */

/* Goes to a group by its whole path, one level at a time from the root. */
clif_status clif__h5_enter(clif__h5 *h5, const char *group, const char *label);
bool clif__h5_has(clif__h5 *h5, const char *field);
/* The groups in this group, in the order they were made where the file tells, else by name. */
clif_status clif__h5_groups(clif__h5 *h5, clif__names *out);
clif_status clif__h5_string(clif__h5 *h5, const char *field, char **out);
/* A list of pairs, (n, 2): 2n strings. */
clif_status clif__h5_pairs(clif__h5 *h5, const char *field, clif__names *out);
/* Integers, floats or bools of any width, of 0 to CLIF_MAX_SHAPE dimensions. */
clif_status clif__h5_numbers(clif__h5 *h5, const char *field, clif_dtype dtype, clif__numbers *out);

void clif__names_free(clif_context *ctx, clif__names *names);
void clif__numbers_free(clif_context *ctx, clif__numbers *numbers);

/* ---- writing: CLIF_OK, CLIF_IO or CLIF_OUT_OF_MEMORY ---- */

/* Makes a group and goes to it. */
clif_status clif__h5_make(clif__h5 *h5, const char *group, const char *label);
clif_status clif__h5_put_string(clif__h5 *h5, const char *field, const char *text);
/* `names` holds 2 * pairs strings. */
clif_status clif__h5_put_pairs(clif__h5 *h5, const char *field, const char *const *names,
                               size_t pairs);
/* CLIF_I64, CLIF_F32 or CLIF_F64; ndim 0 for a single number. */
clif_status clif__h5_put_numbers(clif__h5 *h5, const char *field, clif_dtype dtype, unsigned ndim,
                                 const size_t *shape, const void *data);
clif_status clif__h5_save(clif__h5 *h5);

#endif
