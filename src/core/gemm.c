/* gemm.c - matrix products: the sizes are checked here, then somebody computes.
 *
 * CBLAS trusts its arguments and would read and write beyond the buffers, so what is wrong with
 * them is found before, in the same words for all. */
#include "core/gemm.h"

bool clif__gemm_available(const clif_context *ctx, clif__gemm_by by) {
  return by == CLIF__BY_CLBLAST || clif__cblas_available(ctx);
}

static clif_status check_sizes(clif_context *ctx, const clif__gemm *g) {
  const char *wrong = NULL;
  if (g->m == 0 || g->n == 0 || g->k == 0) wrong = "a size is 0";
  if (g->lda < g->k) wrong = "rows of a are longer than their distance lda";
  if (g->ldb < g->n) wrong = "rows of b are longer than their distance ldb";
  if (g->ldc < g->n) wrong = "rows of c are longer than their distance ldc";
  if (!wrong) return CLIF_OK;
  return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                    "matrix product of %zux%zu by %zux%zu with lda %zu, ldb %zu, ldc %zu: %s", g->m,
                    g->k, g->k, g->n, g->lda, g->ldb, g->ldc, wrong);
}

/* Is there room for `rows` rows of `width` elements, `distance` from start to start? */
static clif_status check_buffer(clif_context *ctx, const char *name, cl_mem mem, size_t rows,
                                size_t width, size_t distance) {
  size_t there = 0, elements = 0;
  if (!mem)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "matrix product: the buffer of %s is NULL", name);
  CLIF_TRY(CLIF_CL(ctx, clGetMemObjectInfo, (mem, CL_MEM_SIZE, sizeof there, &there, NULL)));
  /* The last row need not be filled up. */
  if (clif__multiply(rows - 1, distance, &elements) && there / sizeof(float) >= width &&
      elements <= there / sizeof(float) - width)
    return CLIF_OK;
  return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                    "matrix product: %s has %zu rows of %zu, %zu from start to start, which do not "
                    "fit into its buffer of %zu bytes",
                    name, rows, width, distance, there);
}

clif_status clif__gemm_scratch(clif_context *ctx, clif__gemm_by by, const clif__gemm *g,
                               size_t *bytes) {
  *bytes = 0;
  CLIF_TRY(check_sizes(ctx, g));
  return by == CLIF__BY_CBLAS ? CLIF_OK : clif__clblast_scratch(ctx, g, bytes);
}

clif_status clif__gemm_enqueue(clif_context *ctx, clif__gemm_by by, const clif__gemm *g, cl_mem a,
                               cl_mem b, cl_mem c, cl_mem scratch) {
  CLIF_TRY(check_sizes(ctx, g));
  CLIF_TRY(check_buffer(ctx, "a", a, g->m, g->k, g->lda));
  CLIF_TRY(check_buffer(ctx, "b", b, g->k, g->n, g->ldb));
  CLIF_TRY(check_buffer(ctx, "c", c, g->m, g->n, g->ldc));
  ctx->counters.commands++;
  return by == CLIF__BY_CBLAS ? clif__cblas_enqueue(ctx, g, a, b, c)
                              : clif__clblast_enqueue(ctx, g, a, b, c, scratch);
}
