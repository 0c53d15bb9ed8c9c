/* tune.h - the parts of clif_tune(); for the core room only. */
#ifndef CLIF_CORE_TUNE_H
#define CLIF_CORE_TUNE_H

#include "clif/tune.h"
#include "core/clblast_set.h"

/* ---- candidates (tune_candidates.c) ---- */

/* What to begin with where the context has no set: only a starting point, not known to be good. */
void clif__tune_start(const clif_context *ctx, clif__clblast_set *set);

/* Changes to make to a set, in the order of their promise: first whole tiles, each taken on its own
 * from the first set; then single steps, taken from the best so far. NULL behind the last. */
const char *clif__tune_tile(const clif_context *ctx, size_t index);
const char *clif__tune_step(const clif_context *ctx, size_t index);

/* ---- one set (tune_try.c) ---- */

typedef struct clif__tune_product clif__tune_product;

/* Products with their matrices: the caller's, which are timed, behind a few that are only checked.
 */
typedef struct clif__trial {
  clif__tune_product *products;
  size_t n, n_timed;
  clif__buffer scratch;
} clif__trial;

clif_status clif__trial_create(clif_context *ctx, const clif_tune_product *timed, size_t n_timed,
                               clif__trial *trial);
void clif__trial_release(clif_context *ctx, clif__trial *trial);

typedef enum clif__verdict { CLIF__RIGHT, CLIF__WRONG, CLIF__FAILED } clif__verdict;

/* Computes all products with what the context has, checks them against the host, and where all are
 * right times those that are timed. */
clif_status clif__trial_run(clif_context *ctx, clif__trial *trial, clif__verdict *verdict,
                            double seconds[CLIF_TUNE_PRODUCTS]);

/* Times them without another look at the numbers. */
clif_status clif__trial_time(clif_context *ctx, clif__trial *trial,
                             double seconds[CLIF_TUNE_PRODUCTS]);

/* ---- keeping (tune_file.c) ---- */

/* The set that was kept for this device; false for none, or none that is whole and valid. */
bool clif__tune_load(clif_context *ctx, clif__clblast_set *set);

/* Where it is kept; "" where the cache is off. */
void clif__tune_path(clif_context *ctx, char path[CLIF_TUNE_PATH]);

/* CLIF_IO with a sentence where it cannot be kept. */
clif_status clif__tune_keep(clif_context *ctx, const clif__clblast_set *set);

#endif
