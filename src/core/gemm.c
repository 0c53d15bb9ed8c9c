/* gemm.c - matrix products: the sizes are checked here, then somebody computes.
 *
 * CBLAS trusts its arguments and would read and write beyond the buffers, so what is wrong with
 * them is found before, in the same words for all. */
#include "core/gemm.h"

bool clif__gemm_available(const clif_context *ctx, clif__gemm_by by) {
  return by == CLIF__BY_CLBLAST || clif__cblas_available(ctx);
}

clif__gemm_form clif__gemm_one(const clif__gemm_form *form, size_t i) {
  clif__gemm_form one = *form;
  one.more = 0;
  one.a_first += i * form->a_step;
  one.b_first += i * form->b_step;
  one.c_first += i * form->c_step;
  one.add = form->add || (i > 0 && form->c_step == 0);
  return one;
}

static clif_status check_sizes(clif_context *ctx, const clif__gemm *g, const clif__gemm_form *f) {
  const char *wrong = NULL;
  if (g->m == 0 || g->n == 0 || g->k == 0) wrong = "a size is 0";
  if (g->lda < (f->a_turned ? g->m : g->k)) wrong = "rows of a are longer than their distance lda";
  if (g->ldb < (f->b_turned ? g->k : g->n)) wrong = "rows of b are longer than their distance ldb";
  if (g->ldc < g->n) wrong = "rows of c are longer than their distance ldc";
  if (!wrong) return CLIF_OK;
  return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                    "matrix product of %zux%zu by %zux%zu with lda %zu, ldb %zu, ldc %zu: %s", g->m,
                    g->k, g->k, g->n, g->lda, g->ldb, g->ldc, wrong);
}

/* A matrix in memory: its first element, and rows of `width`, `distance` from start to start. */
typedef struct matrix {
  const char *name;
  size_t first, rows, width, distance;
} matrix;

/* Is there room for it? The last row need not be filled up. */
static clif_status check_buffer(clif_context *ctx, cl_mem mem, const matrix *m) {
  size_t there = 0, elements = 0;
  if (!mem)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "matrix product: the buffer of %s is NULL",
                      m->name);
  CLIF_TRY(CLIF_CL(ctx, clGetMemObjectInfo, (mem, CL_MEM_SIZE, sizeof there, &there, NULL)));
  size_t room = there / sizeof(float);
  if (m->first <= room && clif__multiply(m->rows - 1, m->distance, &elements) &&
      room - m->first >= m->width && elements <= room - m->first - m->width)
    return CLIF_OK;
  return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                    "matrix product: %s has %zu rows of %zu, %zu from start to start, which do not "
                    "fit into its buffer of %zu bytes",
                    m->name, m->rows, m->width, m->distance, there);
}

static clif_status check_buffers(clif_context *ctx, const clif__gemm *g, const clif__gemm_form *f,
                                 cl_mem a, cl_mem b, cl_mem c) {
  const matrix of_a = {"a", f->a_first, f->a_turned ? g->k : g->m, f->a_turned ? g->m : g->k,
                       g->lda};
  const matrix of_b = {"b", f->b_first, f->b_turned ? g->n : g->k, f->b_turned ? g->k : g->n,
                       g->ldb};
  const matrix of_c = {"c", f->c_first, g->m, g->n, g->ldc};
  CLIF_TRY(check_buffer(ctx, a, &of_a));
  CLIF_TRY(check_buffer(ctx, b, &of_b));
  return check_buffer(ctx, c, &of_c);
}

clif_status clif__gemm_scratch_as(clif_context *ctx, clif__gemm_by by, const clif__gemm *g,
                                  const clif__gemm_form *form, size_t *bytes) {
  /* Matrices that begin in the middle of a buffer may want more. */
  const clif__gemm_form last = clif__gemm_one(form, form->more);
  *bytes = 0;
  CLIF_TRY(check_sizes(ctx, g, form));
  return by == CLIF__BY_CBLAS ? CLIF_OK : clif__clblast_scratch(ctx, g, &last, bytes);
}

clif_status clif__gemm_enqueue_as(clif_context *ctx, clif__gemm_by by, const clif__gemm *g,
                                  const clif__gemm_form *form, cl_mem a, cl_mem b, cl_mem c,
                                  cl_mem scratch) {
  const clif__gemm_form last = clif__gemm_one(form, form->more);
  CLIF_TRY(check_sizes(ctx, g, form));
  CLIF_TRY(check_buffers(ctx, g, &last, a, b, c));
  if (by == CLIF__BY_CBLAS) {
    ctx->counters.commands++;
    return clif__cblas_enqueue(ctx, g, form, a, b, c);
  }
  for (size_t i = 0; i <= form->more; i++) {
    const clif__gemm_form one = clif__gemm_one(form, i);
    ctx->counters.commands++;
    CLIF_TRY(clif__clblast_enqueue(ctx, g, &one, a, b, c, scratch));
  }
  return CLIF_OK;
}

static const clif__gemm_form plain;

clif_status clif__gemm_scratch(clif_context *ctx, clif__gemm_by by, const clif__gemm *g,
                               size_t *bytes) {
  return clif__gemm_scratch_as(ctx, by, g, &plain, bytes);
}

clif_status clif__gemm_enqueue(clif_context *ctx, clif__gemm_by by, const clif__gemm *g, cl_mem a,
                               cl_mem b, cl_mem c, cl_mem scratch) {
  return clif__gemm_enqueue_as(ctx, by, g, &plain, a, b, c, scratch);
}
