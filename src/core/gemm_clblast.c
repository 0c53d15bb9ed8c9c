/* gemm_clblast.c - matrix products by CLBlast.
 *
 * CLBlast keeps its compiled programs in one cache for the whole process, and before 1.6.1 two
 * threads that miss in it at once break it: every call here holds one lock.
 *
 * Rows of c = a b are columns of c' = b' a'. CLBlast is asked for the latter, by columns: its main
 * kernel takes b and c as they then lie, and only a is turned over first. Asked by rows it turns
 * over a and c, which costs a pass over c more, and as much scratch. */
#include <pthread.h>

#include "core/gemm.h"

#include <clblast_c.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t open_contexts; /* under the lock */

void clif__gemm_open(void) {
  pthread_mutex_lock(&lock);
  open_contexts++;
  pthread_mutex_unlock(&lock);
}

void clif__gemm_close(void) {
  pthread_mutex_lock(&lock);
  if (--open_contexts == 0) CLBlastClearCache();
  pthread_mutex_unlock(&lock);
}

/* CLBlast's own codes, as far as a product can answer them. Those of OpenCL have OpenCL's names. */
static const char *error_name(int code) {
  switch (code) {
  case CLBlastInvalidMatrixA:
    return "CLBlastInvalidMatrixA";
  case CLBlastInvalidMatrixB:
    return "CLBlastInvalidMatrixB";
  case CLBlastInvalidMatrixC:
    return "CLBlastInvalidMatrixC";
  case CLBlastInvalidDimension:
    return "CLBlastInvalidDimension";
  case CLBlastInvalidLeadDimA:
    return "CLBlastInvalidLeadDimA";
  case CLBlastInvalidLeadDimB:
    return "CLBlastInvalidLeadDimB";
  case CLBlastInvalidLeadDimC:
    return "CLBlastInvalidLeadDimC";
  case CLBlastInsufficientMemoryA:
    return "CLBlastInsufficientMemoryA";
  case CLBlastInsufficientMemoryB:
    return "CLBlastInsufficientMemoryB";
  case CLBlastInsufficientMemoryC:
    return "CLBlastInsufficientMemoryC";
  case CLBlastInsufficientMemoryTemp:
    return "CLBlastInsufficientMemoryTemp";
  case CLBlastInvalidLocalMemUsage:
    return "CLBlastInvalidLocalMemUsage";
  case CLBlastDatabaseError:
    return "CLBlastDatabaseError";
  case CLBlastUnexpectedError:
    return "CLBlastUnexpectedError";
  default:
    return clif__cl_error_name(code);
  }
}

static clif_status check(clif_context *ctx, CLBlastStatusCode code, const char *function,
                         const clif__gemm *g) {
  if (code == CLBlastSuccess) return CLIF_OK;
  clif_status status = CLIF_CLBLAST;
  if (code == CLBlastOpenCLOutOfHostMemory) status = CLIF_OUT_OF_MEMORY;
  if (code == CLBlastTempBufferAllocFailure) status = CLIF_OUT_OF_DEVICE_MEMORY;
  clif__set_error(ctx, "%s of %zux%zu by %zux%zu: %s (%d)", function, g->m, g->k, g->k, g->n,
                  error_name(code), (int)code);
  ctx->native_code = (int)code;
  return status;
}

clif_status clif__clblast_scratch(clif_context *ctx, const clif__gemm *g, size_t *bytes) {
  pthread_mutex_lock(&lock);
  CLBlastStatusCode code = CLBlastSGemmTempBufferSize(
      CLBlastLayoutColMajor, CLBlastTransposeNo, CLBlastTransposeNo, g->n, g->m, g->k, 0, g->ldb, 0,
      g->lda, 0, g->ldc, &ctx->queue, bytes);
  pthread_mutex_unlock(&lock);
  return check(ctx, code, "CLBlastSGemmTempBufferSize", g);
}

clif_status clif__clblast_enqueue(clif_context *ctx, const clif__gemm *g, cl_mem a, cl_mem b,
                                  cl_mem c, cl_mem scratch) {
  pthread_mutex_lock(&lock);
  CLBlastStatusCode code = CLBlastSgemmWithTempBuffer(
      CLBlastLayoutColMajor, CLBlastTransposeNo, CLBlastTransposeNo, g->n, g->m, g->k, 1.0f, b, 0,
      g->ldb, a, 0, g->lda, 0.0f, c, 0, g->ldc, &ctx->queue, NULL, scratch);
  pthread_mutex_unlock(&lock);
  return check(ctx, code, "CLBlastSgemmWithTempBuffer", g);
}
