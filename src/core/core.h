/* core.h - what every room needs: the context's inside, errors, memory, device buffers, kernels. */
#ifndef CLIF_CORE_H
#define CLIF_CORE_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdbool.h>

#include "clif/array.h"
#include "clif/context.h"

typedef struct clif__program clif__program;
typedef struct clif__clblast_set clif__clblast_set;

/* Who computes a product. CLBlast adds in ascending k for zeros and ones wherever it was tried;
 * CBLAS adds in an order of its own that depends on m, n and the processor. */
typedef enum clif__gemm_by { CLIF__BY_CLBLAST, CLIF__BY_CBLAS } clif__gemm_by;

/* What the parts of a linear layer cost, in seconds of all compute units together (costs.c). */
typedef struct clif__costs {
  double event; /* adding one weight for an event */
  /* One weight of a product, by clif__gemm_by: of a matrix of up to 1 MiB, which a core's cache
   * holds, and of a larger one. */
  double product[2], large[2];
  double scan;     /* one input, to find the events; 0 where it was measured with the rest */
  double dense_io; /* one input or output of a product, which go through memory; as scan */
  bool measured;
} clif__costs;

/* Where the commands of a product by CBLAS find its matrices (gemm_cblas.c). */
typedef struct clif__cblas_places {
  const void *a, *b;
} clif__cblas_places;

struct clif_context {
  size_t holders;  /* the caller and every network */
  uint64_t serial; /* of the network that had gradients last */
  clif_device_info info;
  cl_device_id device;
  cl_context cl;
  cl_command_queue queue;    /* in order, as are the next two */
  cl_command_queue up, down; /* for copies beside it; NULL before clif__copy_queues_open() */
  cl_command_queue beside;   /* in no order; NULL before clif__queue_beside_open() */
  unsigned lanes;            /* neurons per work-item: 1 or 16 */
  bool correct_division;     /* can the device round float32 quotients correctly? */
  bool shares_memory;        /* can kernels use host memory where it is? */
  size_t most_iterations;    /* of a work-item's loops before the device ends them; 0: no limit */
  clif_alloc_fn alloc;
  void *alloc_user;
  clif_log_fn log;
  void *log_user;
  clif_memory_use memory;
  clif_counters counters;
  clif__cblas_places cblas;
  clif__costs costs;
  clif__program *programs;        /* list of those in use, see program.c */
  clif__clblast_set *clblast_set; /* parameters of its products; NULL: CLBlast's own */
  char *cache_dir;                /* NULL: off */
  char *kernel_dir;               /* NULL: the built-in sources */
  int native_code;
  char where[192]; /* put before error sentences: "layer 'fc1' (linear)"; "" outside a layer */
  char error[8192];
};

/* ---- errors (error.c) ---- */

#if defined(__GNUC__)
#define CLIF__PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define CLIF__PRINTF(f, a)
#endif

/* Forward a failure to the caller; for functions that hold nothing to release. */
#define CLIF_TRY(call)                                                                             \
  do {                                                                                             \
    clif_status clif__try_status = (call);                                                         \
    if (clif__try_status != CLIF_OK) return clif__try_status;                                      \
  } while (0)

/* The same for functions with something to release: needs a local `status` and a label `fail`. */
#define CLIF_TRY_OR_FAIL(call)                                                                     \
  do {                                                                                             \
    status = (call);                                                                               \
    if (status != CLIF_OK) goto fail;                                                              \
  } while (0)

/* An OpenCL call that answers a code: CLIF_CL(ctx, clFinish, (ctx->queue)) is a clif_status. */
#define CLIF_CL(ctx, function, arguments) clif__check_cl(ctx, function arguments, #function)

/* Sets the context's error sentence, printf style, with ctx->where in front. */
void clif__set_error(clif_context *ctx, const char *format, ...) CLIF__PRINTF(2, 3);

/* The same as an expression of value `status`. A macro, so that compilers see that it is no success
 * when `status` is none. */
#define clif__fail(ctx, status, ...) (clif__set_error((ctx), __VA_ARGS__), (status))

/* As clif__fail for an OpenCL code: "clEnqueueNDRangeKernel: CL_OUT_OF_RESOURCES (-5)". Codes that
 * mean "no memory" become CLIF_OUT_OF_MEMORY or CLIF_OUT_OF_DEVICE_MEMORY. CL_SUCCESS is CLIF_OK.
 */
clif_status clif__check_cl(clif_context *ctx, cl_int code, const char *function);

/* "CL_OUT_OF_RESOURCES"; "unknown code" for others. */
const char *clif__cl_error_name(cl_int code);

/* Sets ctx->where; format NULL clears it. */
void clif__where(clif_context *ctx, const char *format, ...) CLIF__PRINTF(2, 3);

void clif__log(clif_context *ctx, clif_log_level level, const char *format, ...) CLIF__PRINTF(3, 4);

/* Checks that an option struct with a leading size field is one we know; `what` names it. */
clif_status clif__check_size(clif_context *ctx, size_t given, size_t ours, const char *what);

/* ---- time (clock.c) ---- */

/* Of a clock that only goes forward. For measuring what things cost; results never depend on it. */
double clif__seconds(void);

/* ---- host memory (memory.c) ---- */

/* count * size zeroed bytes. NULL with the error set when the product overflows or memory is
 * refused: return CLIF_OUT_OF_MEMORY then. */
void *clif__calloc(clif_context *ctx, size_t count, size_t size);
/* Like realloc; new bytes are not zeroed; on failure the old block stays. */
void *clif__realloc(clif_context *ctx, void *block, size_t count, size_t size);
void clif__free(clif_context *ctx, void *block);
char *clif__strdup(clif_context *ctx, const char *text);
/* printf into a new string; NULL with the error set on failure. */
char *clif__format(clif_context *ctx, const char *format, ...) CLIF__PRINTF(2, 3);

/* *product = a * b; false when it does not fit. */
bool clif__multiply(size_t a, size_t b, size_t *product);

/* ---- context (context.c) ---- */

void clif__context_hold(clif_context *ctx);
void clif__context_release(clif_context *ctx); /* the last one closes the device */

/* What a program whose results hang on a division is built with, so that `lanes_divide` of
 * random.cl rounds correctly: put it after the program's defines. For no other program: a device
 * may then divide more slowly everywhere. */
const char *clif__division_option(const clif_context *ctx);

/* Waits for the queue; counted as a blocking call. */
clif_status clif__finish(clif_context *ctx);

/* Makes the queues for copies, unless they are there; they last as long as the context. */
clif_status clif__copy_queues_open(clif_context *ctx);
/* Opens the queue whose commands may run side by side. Only for devices that can have one. */
clif_status clif__queue_beside_open(clif_context *ctx);

/* ---- device buffers (buffer.c) ---- */

typedef struct clif__buffer {
  cl_mem mem;
  size_t bytes;
} clif__buffer;

/* A buffer filled with zero bytes (enqueued, not waited for); counted. `what` names it in errors.
 * CLIF_OUT_OF_DEVICE_MEMORY when larger than the device's largest allocation. */
clif_status clif__buffer_create(clif_context *ctx, size_t bytes, const char *what,
                                clif__buffer *out);
void clif__buffer_release(clif_context *ctx, clif__buffer *buffer);

/* Fills its first bytes with 0 again; enqueued, counted. */
clif_status clif__buffer_clear(clif_context *ctx, const clif__buffer *buffer, size_t bytes);

/* Copies bytes from one buffer to another; enqueued, counted. */
clif_status clif__buffer_copy(clif_context *ctx, const clif__buffer *from, size_t from_offset,
                              const clif__buffer *to, size_t to_offset, size_t bytes);

/* A box of rows to copy: steps x samples x bytes, each side with its own pitches. Offsets and
 * pitches in bytes. */
typedef struct clif__box {
  size_t row_bytes, samples, steps;
  size_t device_offset, device_sample_pitch, device_step_pitch;
  size_t host_sample_pitch, host_step_pitch;
} clif__box;

/* Enqueued in one of the context's queues, not waited for: host memory must stay until that queue
 * is finished. Counted. */
clif_status clif__buffer_write(clif_context *ctx, cl_command_queue queue,
                               const clif__buffer *buffer, const clif__box *box, const void *host);
clif_status clif__buffer_read(clif_context *ctx, cl_command_queue queue, const clif__buffer *buffer,
                              const clif__box *box, void *host);

/* A run of bytes from the buffer's start. */
clif__box clif__box_flat(size_t bytes);

/* ---- kernels (program.c, program_cache.c) ---- */

/* Builds the files of cl/ that are named ("bits+events+lif": without .cl, one behind the other),
 * behind prelude.cl and random.cl, with the defines ("-DA=1 -DB"), or takes the program from memory
 * or the cache directory, and makes a kernel of it. The caller releases the kernel.
 * CLIF_BUILD carries the end of the build log. */
clif_status clif__kernel_create(clif_context *ctx, const char *files, const char *kernel,
                                const char *defines, cl_kernel *out);

/* Writes programs that were compiled since the last call to the cache directory. After the first
 * run, because some drivers (PoCL) finish a program only when it is first launched. Never fails:
 * what cannot be written is compiled again next time. */
void clif__programs_save(clif_context *ctx);
void clif__programs_release(clif_context *ctx);

/* Enqueues a kernel; counted. `local` may be NULL. */
clif_status clif__launch(clif_context *ctx, cl_kernel kernel, unsigned dims, const size_t *global,
                         const size_t *local);

/* ---- matrix products (gemm.c, gemm_clblast.c, gemm_cblas.c, clblast_set.c) ---- */

/* c[m][n] = a[m][k] * b[k][n] in float32; lda, ldb, ldc in elements. */
typedef struct clif__gemm {
  size_t m, n, k;
  size_t lda, ldb, ldc;
} clif__gemm;

/* Other products than that: an operand lies in memory turned over, as [k][m] or [n][k]; matrices
 * begin so many elements into their buffers; what comes out is added to what is there. And so many
 * products more, of matrices that begin so much further on each time; with c_step 0 all are added
 * up. */
typedef struct clif__gemm_form {
  bool a_turned, b_turned, add;
  size_t a_first, b_first, c_first;
  size_t more, a_step, b_step, c_step;
} clif__gemm_form;
/* One of them, from 0 on. */
clif__gemm_form clif__gemm_one(const clif__gemm_form *form, size_t i);

/* CBLAS: was it there when clif was built, and does the device run functions of the host? */
bool clif__gemm_available(const clif_context *ctx, clif__gemm_by by);
/* Bytes of scratch wanted for this product; 0 for none, and always for CBLAS. */
clif_status clif__gemm_scratch(clif_context *ctx, clif__gemm_by by, const clif__gemm *g,
                               size_t *bytes);
/* Enqueued, not waited for. `scratch` has at least that many bytes, or is NULL where none are
 * wanted. CLIF_UNSUPPORTED by one that is not available, CLIF_INVALID_ARGUMENT for sizes that
 * contradict each other or the buffers. */
clif_status clif__gemm_enqueue(clif_context *ctx, clif__gemm_by by, const clif__gemm *g, cl_mem a,
                               cl_mem b, cl_mem c, cl_mem scratch);
/* The same for other forms; lda, ldb, ldc are from row to row as they lie in memory. */
clif_status clif__gemm_scratch_as(clif_context *ctx, clif__gemm_by by, const clif__gemm *g,
                                  const clif__gemm_form *form, size_t *bytes);
clif_status clif__gemm_enqueue_as(clif_context *ctx, clif__gemm_by by, const clif__gemm *g,
                                  const clif__gemm_form *form, cl_mem a, cl_mem b, cl_mem c,
                                  cl_mem scratch);
/* CLBlast keeps programs in a process-wide cache: contexts are counted, the last one clears it. */
void clif__gemm_open(void);
void clif__gemm_close(void);

/* Whose parameters CLBlast computes with: its own, those that come with clif, or those that
 * clif_tune() kept for this device. */
typedef enum clif__clblast_whose {
  CLIF__CLBLAST_OWN,
  CLIF__CLBLAST_BUILTIN,
  CLIF__CLBLAST_TUNED
} clif__clblast_whose;

/* Has the context's products from now on computed with them, where there are any for its device:
 * *there says so, and otherwise nothing changes. Scratch is to be asked for again. CLBlast's own
 * can only be had as long as nobody in the process has used others on the device.
 * CLIF_OUT_OF_MEMORY. */
clif_status clif__clblast_choose(clif_context *ctx, clif__clblast_whose whose, bool *there);

/* ---- costs (costs.c) ---- */

/* Sets ctx->costs: those kept in the cache directory for this device, else reckoned ones. */
void clif__costs_open(clif_context *ctx);
/* Uses them from now on, and keeps them; what cannot be kept is measured again next time. */
void clif__costs_keep(clif_context *ctx, const clif__costs *costs);

/* ---- arrays (array.c, array_copy.c) ---- */

/* Is it a valid array in host memory (dtype, 1..CLIF_MAX_DIMS dimensions, sizes above 0, data)? */
bool clif__array_valid(const clif_array *array);
/* The same for device memory. Where it lies in its buffer: clif__array_check_device(). */
bool clif__array_valid_device(const clif_array *array);
/* Of an array that is no valid host array, the end of a sentence: "lies on the device; ..." */
const char *clif__array_fault(const clif_array *array);
/* Is this an array, host or device, whose dimensions from `first` on lie in C order without gaps?
 */
bool clif__array_packed_from(const clif_array *array, unsigned first);

/* *bytes: from the first byte of an array to its last. false where size_t cannot count them. */
bool clif__array_extent(const clif_array *array, size_t *bytes);
/* Checks that this is a valid device array, of this context, that stays inside its buffer. `what`
 * begins the sentence: "the array to copy to". CLIF_INVALID_ARGUMENT, CLIF_OPENCL. */
clif_status clif__array_check_device(clif_context *ctx, const clif_array *array, const char *what);

#endif
