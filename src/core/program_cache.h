/* program_cache.h - built programs in files; for the core room only. */
#ifndef CLIF_CORE_PROGRAM_CACHE_H
#define CLIF_CORE_PROGRAM_CACHE_H

#include "core/core.h"

/* Two programs with the same key are the same program. */
typedef struct clif__program_key {
  uint64_t word[2];
} clif__program_key;

bool clif__program_key_equal(const clif__program_key *a, const clif__program_key *b);

/* From everything the binary depends on: the sources, the options, device and driver. */
clif__program_key clif__program_key_make(const clif_context *ctx, size_t n_sources,
                                         const char *const *sources, const size_t *lengths,
                                         const char *options);

/* Sets ctx->cache_dir from clif_context_options.cache_dir and the environment; NULL where there is
 * to be no cache. */
clif_status clif__cache_open(clif_context *ctx, const char *asked);

/* The binary of this key, in memory that the caller frees; NULL for none (whatever the reason). */
unsigned char *clif__cache_read(clif_context *ctx, const clif__program_key *key, size_t *length);

/* The file of this key, there or not; the caller frees. NULL where memory is refused. Only with a
 * cache. */
char *clif__cache_path(clif_context *ctx, const clif__program_key *key);

/* Keeps a binary. Fails silently, except for a line in the log when the directory is refused. */
void clif__cache_write(clif_context *ctx, const clif__program_key *key, const unsigned char *binary,
                       size_t length);

#endif
