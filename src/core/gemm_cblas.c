/* gemm_cblas.c - matrix products by a CBLAS library, in the device's queue.
 *
 * Some devices that are the host's own processor (PoCL's) run functions of the host as commands, on
 * their buffers, without a copy. What comes of it depends on the library: another order of
 * additions, so other last bits, than CLBlast. */
#include "core/gemm.h"

#ifdef CLIF_WITH_CBLAS

#include <cblas.h>
#include <limits.h>

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

static void CL_CALLBACK run(void *arguments) {
  const native_gemm *g = arguments;
  const clif__gemm_form *f = &g->form;
  cblas_sgemm(CblasRowMajor, f->a_turned ? CblasTrans : CblasNoTrans,
              f->b_turned ? CblasTrans : CblasNoTrans, g->m, g->n, g->k, 1.0f,
              (const float *)g->from->a + f->a_first, g->lda,
              (const float *)g->from->b + f->b_first, g->ldb, f->add ? 1.0f : 0.0f,
              (float *)g->c + f->c_first, g->ldc);
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
  CLIF_TRY(enqueue_note(ctx, a, &ctx->cblas.a));
  CLIF_TRY(enqueue_note(ctx, b, &ctx->cblas.b));
  return CLIF_CL(ctx, clEnqueueNativeKernel,
                 (ctx->queue, run, &native, sizeof native, 1, &c, &address, 0, NULL, NULL));
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
