/* gemm_cblas.c - matrix products by OpenBLAS, in the device's queue.
 *
 * Some devices that are the host's own processor (PoCL's) run functions of the host as commands, on
 * their buffers, without a copy. What comes of it depends on the library: another order of
 * additions, so other last bits, than CLBlast.
 *
 * OpenBLAS's threads go on spinning for 0.03 s when a product is done, in the way of the kernels
 * that follow. So a product of many rows goes to the device in parts, one for each of its cores,
 * which run side by side and are computed by one thread each. */
#include "core/gemm.h"

#ifdef CLIF_WITH_CBLAS

#include <cblas.h>
#include <limits.h>
#include <pthread.h>

bool clif__cblas_available(const clif_context *ctx) {
  cl_device_exec_capabilities can = 0;
  return clGetDeviceInfo(ctx->device, CL_DEVICE_EXECUTION_CAPABILITIES, sizeof can, &can, NULL) ==
             CL_SUCCESS &&
         (can & CL_EXEC_NATIVE_KERNEL);
}

/* PoCL 3.1 sorts the buffers of a native command by their age, but not the places that their
 * addresses go to, so that a command with several gets them mixed up. So each buffer has a command
 * of its own, which notes its address where the last one finds it; the queue is in order, and on
 * such a device buffers stay where they are. */

/* What the driver copies, and puts a buffer's address into. */
typedef struct native_note {
  const void **place;
  void *address;
} native_note;

static void CL_CALLBACK note(void *arguments) {
  const native_note *n = arguments;
  *n->place = n->address;
}

typedef struct native_gemm {
  int m, n, k, lda, ldb, ldc;
  clif__gemm_form form;
  const clif__cblas_places *from;
  void *c;
} native_gemm;

static void CL_CALLBACK multiply(void *arguments) {
  const native_gemm *g = arguments;
  for (size_t i = 0; i <= g->form.more; i++) {
    const clif__gemm_form f = clif__gemm_one(&g->form, i);
    cblas_sgemm(CblasRowMajor, f.a_turned ? CblasTrans : CblasNoTrans,
                f.b_turned ? CblasTrans : CblasNoTrans, g->m, g->n, g->k, 1.0f,
                (const float *)g->from->a + f.a_first, g->lda,
                (const float *)g->from->b + f.b_first, g->ldb, f.add ? 1.0f : 0.0f,
                (float *)g->c + f.c_first, g->ldc);
  }
}

/* How many threads OpenBLAS uses is a number for the whole process. While parts are computed it is
 * 1: products that others ask for meanwhile are slower, no more. */
static pthread_mutex_t threads_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned parts_running;
static int threads_before;

static void CL_CALLBACK multiply_alone(void *arguments) {
  pthread_mutex_lock(&threads_lock);
  if (parts_running++ == 0) {
    threads_before = openblas_get_num_threads();
    openblas_set_num_threads(1);
  }
  pthread_mutex_unlock(&threads_lock);
  multiply(arguments);
  pthread_mutex_lock(&threads_lock);
  if (--parts_running == 0) openblas_set_num_threads(threads_before);
  pthread_mutex_unlock(&threads_lock);
}

static clif_status enqueue_note(clif_context *ctx, cl_mem mem, const void **place) {
  native_note n = {.place = place};
  const void *address = &n.address;
  ctx->counters.commands++;
  return CLIF_CL(ctx, clEnqueueNativeKernel,
                 (ctx->queue, note, &n, sizeof n, 1, &mem, &address, 0, NULL, NULL));
}

static bool fits(const clif__gemm *g) {
  return g->m <= INT_MAX && g->lda <= INT_MAX && g->ldb <= INT_MAX && g->ldc <= INT_MAX &&
         g->n <= INT_MAX && g->k <= INT_MAX;
}

/* ---- parts ---- */

enum { MOST_PARTS = 64 };

static bool has_queue_beside(const clif_context *ctx) {
  cl_command_queue_properties can = 0;
  return clGetDeviceInfo(ctx->device, CL_DEVICE_QUEUE_PROPERTIES, sizeof can, &can, NULL) ==
             CL_SUCCESS &&
         (can & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
}

/* Each part packs all of b for itself, for which there must be rows enough; and where there is not
 * one for each core OpenBLAS's own threads are faster. */
static size_t parts_of(const clif_context *ctx, const clif__gemm *g) {
  enum { LEAST = 128 };
  const size_t rows = g->n / 2 > LEAST ? g->n / 2 : LEAST, cores = ctx->info.compute_units;
  if (cores > MOST_PARTS || g->m / rows < cores || !has_queue_beside(ctx)) return 1;
  return cores;
}

/* The rows of c from `first` to `end`. */
static native_gemm part_of(const native_gemm *all, size_t first, size_t end) {
  native_gemm part = *all;
  part.m = (int)(end - first);
  part.form.a_first += first * (all->form.a_turned ? 1 : (size_t)all->lda);
  part.form.c_first += first * (size_t)all->ldc;
  return part;
}

/* Enqueues parts behind `start`; done: an event of each. */
static clif_status enqueue_parts(clif_context *ctx, const native_gemm *all, cl_mem c, size_t parts,
                                 const cl_event *start, cl_event *done) {
  enum { ROWS = 16 }; /* what OpenBLAS's kernels take at once; only the last part has others */
  size_t first = 0;
  for (size_t i = 0; i < parts; i++) {
    size_t end = (size_t)all->m * (i + 1) / parts;
    if (i + 1 < parts) end = end / ROWS * ROWS;
    native_gemm part = part_of(all, first, end);
    const void *address = &part.c;
    CLIF_TRY(CLIF_CL(
        ctx, clEnqueueNativeKernel,
        (ctx->beside, multiply_alone, &part, sizeof part, 1, &c, &address, 1, start, &done[i])));
    first = end;
  }
  return CLIF_CL(ctx, clFlush, (ctx->beside));
}

static clif_status multiply_in_parts(clif_context *ctx, const native_gemm *all, cl_mem c,
                                     size_t parts) {
  cl_event start = NULL, done[MOST_PARTS] = {NULL};
  CLIF_TRY(clif__queue_beside_open(ctx));
  CLIF_TRY(CLIF_CL(ctx, clEnqueueMarkerWithWaitList, (ctx->queue, 0, NULL, &start)));
  clif_status status = enqueue_parts(ctx, all, c, parts, &start, done);
  if (status == CLIF_OK)
    status = CLIF_CL(ctx, clEnqueueBarrierWithWaitList, (ctx->queue, (cl_uint)parts, done, NULL));
  if (status != CLIF_OK) { /* nothing may go on behind the caller's back */
    clFlush(ctx->queue);
    clFinish(ctx->beside);
  }
  for (size_t i = 0; i < parts; i++)
    if (done[i]) clReleaseEvent(done[i]);
  clReleaseEvent(start);
  return status;
}

clif_status clif__cblas_enqueue(clif_context *ctx, const clif__gemm *g, const clif__gemm_form *form,
                                cl_mem a, cl_mem b, cl_mem c) {
  if (!clif__cblas_available(ctx))
    return clif__fail(ctx, CLIF_UNSUPPORTED,
                      "matrix product by CBLAS: device '%s' does not run functions of the host "
                      "(CL_EXEC_NATIVE_KERNEL); use CLBlast",
                      ctx->info.name);
  if (!fits(g))
    return clif__fail(ctx, CLIF_UNSUPPORTED,
                      "matrix product of %zux%zu by %zux%zu by CBLAS: it counts in int, up to %d; "
                      "use smaller tiles, or CLBlast",
                      g->m, g->k, g->k, g->n, INT_MAX);
  native_gemm native = {.m = (int)g->m,
                        .n = (int)g->n,
                        .k = (int)g->k,
                        .lda = (int)g->lda,
                        .ldb = (int)g->ldb,
                        .ldc = (int)g->ldc,
                        .form = *form,
                        .from = &ctx->cblas};
  const void *address = &native.c;
  const size_t parts = parts_of(ctx, g);
  CLIF_TRY(enqueue_note(ctx, a, &ctx->cblas.a));
  CLIF_TRY(enqueue_note(ctx, b, &ctx->cblas.b));
  if (parts > 1) return multiply_in_parts(ctx, &native, c, parts);
  return CLIF_CL(ctx, clEnqueueNativeKernel,
                 (ctx->queue, multiply, &native, sizeof native, 1, &c, &address, 0, NULL, NULL));
}

#else

bool clif__cblas_available(const clif_context *ctx) {
  (void)ctx;
  return false;
}

clif_status clif__cblas_enqueue(clif_context *ctx, const clif__gemm *g, const clif__gemm_form *form,
                                cl_mem a, cl_mem b, cl_mem c) {
  (void)g;
  (void)form;
  (void)a;
  (void)b;
  (void)c;
  return clif__fail(ctx, CLIF_UNSUPPORTED,
                    "matrix product by CBLAS: this clif was built without a CBLAS library; install "
                    "OpenBLAS (libopenblas-dev) and build again, or use CLBlast");
}

#endif
