/* gemm_clblast.c - matrix products by CLBlast.
 *
 * CLBlast keeps its compiled programs in one cache for the whole process, and before 1.6.1 two
 * threads that miss in it at once break it: every call here holds one lock.
 *
 * Rows of c = a b are columns of c' = b' a', in the same memory. Which of the two CLBlast is asked
 * for depends on the parameters in force (clblast_force.c): the wrong one turns matrices over
 * before and after, which takes time and scratch. */
#include <pthread.h>

#include "core/clblast_set.h"
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

/* A matrix as CLBlast is told of it. */
typedef struct operand {
  CLBlastTranspose turned;
  size_t first, distance;
  cl_mem mem;
} operand;

/* A product as CLBlast is asked for it. */
typedef struct question {
  CLBlastLayout layout;
  size_t m, n;
  operand a, b;
} question;

static operand tell(bool turned, size_t first, size_t distance, cl_mem mem) {
  return (operand){turned ? CLBlastTransposeYes : CLBlastTransposeNo, first, distance, mem};
}

static question ask(const clif__gemm *g, const clif__gemm_form *f, bool by_rows, cl_mem a,
                    cl_mem b) {
  const operand of_a = tell(f->a_turned, f->a_first, g->lda, a);
  const operand of_b = tell(f->b_turned, f->b_first, g->ldb, b);
  const question rows = {CLBlastLayoutRowMajor, g->m, g->n, of_a, of_b};
  const question columns = {CLBlastLayoutColMajor, g->n, g->m, of_b, of_a};
  return by_rows ? rows : columns;
}

static clif_status find_scratch(clif_context *ctx, const clif__gemm *g, const clif__gemm_form *f,
                                size_t *bytes) {
  bool by_rows;
  CLIF_TRY(clif__clblast_force(ctx, &by_rows));
  const question q = ask(g, f, by_rows, NULL, NULL);
  return check(ctx,
               CLBlastSGemmTempBufferSize(q.layout, q.a.turned, q.b.turned, q.m, q.n, g->k,
                                          q.a.first, q.a.distance, q.b.first, q.b.distance,
                                          f->c_first, g->ldc, &ctx->queue, bytes),
               "CLBlastSGemmTempBufferSize", g);
}

clif_status clif__clblast_scratch(clif_context *ctx, const clif__gemm *g,
                                  const clif__gemm_form *form, size_t *bytes) {
  pthread_mutex_lock(&lock);
  const clif_status status = find_scratch(ctx, g, form, bytes);
  pthread_mutex_unlock(&lock);
  return status;
}

static clif_status enqueue(clif_context *ctx, const clif__gemm *g, const clif__gemm_form *f,
                           cl_mem a, cl_mem b, cl_mem c, cl_mem scratch) {
  bool by_rows;
  CLIF_TRY(clif__clblast_force(ctx, &by_rows));
  const question q = ask(g, f, by_rows, a, b);
  return check(ctx,
               CLBlastSgemmWithTempBuffer(q.layout, q.a.turned, q.b.turned, q.m, q.n, g->k, 1.0f,
                                          q.a.mem, q.a.first, q.a.distance, q.b.mem, q.b.first,
                                          q.b.distance, f->add ? 1.0f : 0.0f, c, f->c_first, g->ldc,
                                          &ctx->queue, NULL, scratch),
               "CLBlastSgemmWithTempBuffer", g);
}

clif_status clif__clblast_enqueue(clif_context *ctx, const clif__gemm *g,
                                  const clif__gemm_form *form, cl_mem a, cl_mem b, cl_mem c,
                                  cl_mem scratch) {
  pthread_mutex_lock(&lock);
  const clif_status status = enqueue(ctx, g, form, a, b, c, scratch);
  pthread_mutex_unlock(&lock);
  return status;
}
