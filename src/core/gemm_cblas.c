/* gemm_cblas.c - matrix products by a CBLAS library, in the device's queue.
 *
 * Some devices that are the host's own processor (PoCL's) run functions of the host as commands, on
 * their buffers, without a copy. What comes of it depends on the library: another order of
 * additions, so other last bits, than CLBlast or the plain kernel. */
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

/* What the driver copies, and puts the buffers' addresses into. */
typedef struct native_gemm {
  int m, n, k, lda, ldb, ldc;
  void *a, *b, *c;
} native_gemm;

static void CL_CALLBACK run(void *arguments) {
  const native_gemm *g = arguments;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, g->m, g->n, g->k, 1.0f, g->a, g->lda, g->b,
              g->ldb, 0.0f, g->c, g->ldc);
}

static bool fits(const clif__gemm *g) {
  return g->m <= INT_MAX && g->lda <= INT_MAX && g->ldb <= INT_MAX && g->ldc <= INT_MAX &&
         g->k <= INT_MAX; /* n <= ldb */
}

clif_status clif__cblas_enqueue(clif_context *ctx, const clif__gemm *g, cl_mem a, cl_mem b,
                                cl_mem c) {
  if (!clif__cblas_available(ctx))
    return clif__fail(ctx, CLIF_UNSUPPORTED,
                      "matrix product by CBLAS: device '%s' does not run functions of the host "
                      "(CL_EXEC_NATIVE_KERNEL); use CLBlast or the plain kernel",
                      ctx->info.name);
  if (!fits(g))
    return clif__fail(ctx, CLIF_UNSUPPORTED,
                      "matrix product of %zux%zu by %zux%zu by CBLAS: it counts in int, up to %d; "
                      "use smaller tiles, CLBlast or the plain kernel",
                      g->m, g->k, g->k, g->n, INT_MAX);
  native_gemm native = {.m = (int)g->m,
                        .n = (int)g->n,
                        .k = (int)g->k,
                        .lda = (int)g->lda,
                        .ldb = (int)g->ldb,
                        .ldc = (int)g->ldc};
  const cl_mem buffers[] = {a, b, c};
  const void *places[] = {&native.a, &native.b, &native.c};
  return CLIF_CL(ctx, clEnqueueNativeKernel,
                 (ctx->queue, run, &native, sizeof native, 3, buffers, places, 0, NULL, NULL));
}

#else

bool clif__cblas_available(const clif_context *ctx) {
  (void)ctx;
  return false;
}

clif_status clif__cblas_enqueue(clif_context *ctx, const clif__gemm *g, cl_mem a, cl_mem b,
                                cl_mem c) {
  (void)g;
  (void)a;
  (void)b;
  (void)c;
  return clif__fail(ctx, CLIF_UNSUPPORTED,
                    "matrix product by CBLAS: this clif was built without a CBLAS library; install "
                    "OpenBLAS (libopenblas-dev) and build again, or use CLBlast");
}

#endif
