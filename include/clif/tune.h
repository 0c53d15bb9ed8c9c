/* tune.h - makes matrix products faster on the device at hand.
 *
 * Linear layers are computed by CLBlast, whose kernels have some forty parameters. clif brings
 * values for CPUs; clif_tune() looks for better ones, on any device, and keeps what it finds in the
 * cache directory, where every later context on the same device and driver finds it. Spikes never
 * change by it: for zeros and ones all values that it takes give the same bits. Sums of other input
 * may differ in their last bits where CLBlast is used. */
#ifndef CLIF_TUNE_H
#define CLIF_TUNE_H

#include "context.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A product c[m][n] = a[m][k] * b[k][n], and what one took before and after, in seconds. For a
 * linear layer m is steps x samples, n its outputs and k its inputs. */
typedef struct clif_tune_product {
  size_t m, n, k;
  double seconds_before;
  double seconds_after;
} clif_tune_product;

enum { CLIF_TUNE_PRODUCTS = 8, CLIF_TUNE_PATH = 1024 };

/* What has been found; also given to the progress function, then with all that is known so far. */
typedef struct clif_tune_result {
  double seconds; /* since the beginning */
  size_t tried;   /* sets of parameters */
  size_t wrong;   /* of these, how many gave wrong numbers or other bits, and were dropped */
  size_t failed;  /* of these, how many the device could not run */
  double ratio;   /* speed after / before, geometric mean over the products; 1: nothing better */
  size_t n_products;
  clif_tune_product products[CLIF_TUNE_PRODUCTS];
  int kept;                  /* 1: in the file `path`, and used by the context from now on */
  char path[CLIF_TUNE_PATH]; /* where it is kept, or would be; "" without a cache directory */
} clif_tune_result;

/* Called after every set of parameters. Anything but 0 ends the search with CLIF_CANCELLED. */
typedef int (*clif_tune_progress_fn)(void *user, const clif_tune_result *so_far);

/* Set `size` to sizeof(clif_tune_options) and zero the rest for the defaults. */
typedef struct clif_tune_options {
  size_t size;
  /* How long to search; 0: 120. It ends earlier where there is nothing left to try, and may take
   * longer by one set of parameters: a CPU compiles each for some seconds. */
  double seconds;
  /* The products to make fast, at most CLIF_TUNE_PRODUCTS; NULL: a square one, a tall one and a
   * small one. Their times are ignored. */
  const clif_tune_product *products;
  size_t n_products;
  int dry_run;                    /* 1: keep nothing, and leave the context as it was */
  clif_tune_progress_fn progress; /* or NULL */
  void *progress_user;
} clif_tune_options;

/* Searches, in the same order on every run. `options` may be NULL for the defaults. Each set of
 * parameters is first checked against the host: for zeros and ones bit for bit, for other numbers
 * within what rounding allows. Times are those of a device that does nothing else meanwhile; the
 * fastest three are compared with the former one in turns, and the best is kept if it is more than
 * 2 % faster.
 *
 * The context must have no networks and groups: the memory they planned may not fit other
 * parameters. Where the device had none but CLBlast's own, these cannot be had back in this
 * process, only in the next one.
 *
 * Returns CLIF_OK, also where nothing better was found; CLIF_CANCELLED (the context is as before,
 * and nothing is kept); CLIF_STATE (networks); CLIF_IO (found, used by this context, but it cannot
 * be kept); CLIF_INVALID_ARGUMENT; CLIF_CLBLAST (also: the parameters in use give wrong numbers, or
 * this version of CLBlast takes none); CLIF_OPENCL; CLIF_OUT_OF_MEMORY; CLIF_OUT_OF_DEVICE_MEMORY.
 * But for CLIF_INVALID_ARGUMENT *result is filled in as far as it went. */
CLIF_NODISCARD CLIF_API clif_status clif_tune(clif_context *context,
                                              const clif_tune_options *options,
                                              clif_tune_result *result);

#ifdef __cplusplus
}
#endif
#endif
