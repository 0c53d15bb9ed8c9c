/* tune_try.c - is a set of CLBlast's parameters right, and how fast is it?
 *
 * CLBlast takes parameters that break its kernels' rules without a word, and drivers have faults
 * that only some parameters show, so every set is checked before it is timed: rows of zeros and
 * ones must have the bits of the plain sum over ascending k, other rows must be near the exact sum.
 */
#include <math.h>
#include <string.h>

#include "core/tune.h"

struct clif__tune_product {
  clif__gemm g;
  float *a, *b, *c;
  clif__buffer da, db, dc;
};

/* ---- products ---- */

static float random_float(cl_uint *state) {
  *state = *state * 1664525u + 1013904223u;
  return ((float)(*state >> 8) - 0x1p23f) * 0x1p-23f; /* -1 to 1 */
}

/* Even rows of a are zeros and ones, odd ones are not. What lies between rows must never get into a
 * sum. */
static void fill(clif__tune_product *p) {
  const clif__gemm *g = &p->g;
  cl_uint state = 1;
  for (size_t i = 0; i < g->m * g->lda; i++) p->a[i] = 1e30f;
  for (size_t i = 0; i < g->k * g->ldb; i++) p->b[i] = 1e30f;
  for (size_t i = 0; i < g->m; i++)
    for (size_t k = 0; k < g->k; k++) {
      const float x = random_float(&state);
      p->a[i * g->lda + k] = i % 2 == 1 ? x : x > 0 ? 1.0f : 0.0f;
    }
  for (size_t k = 0; k < g->k; k++)
    for (size_t j = 0; j < g->n; j++) p->b[k * g->ldb + j] = random_float(&state);
}

/* The device first: what is too large for it need not be asked of the host. */
static clif_status make_matrix(clif_context *ctx, size_t rows, size_t distance, float **host,
                               clif__buffer *buffer) {
  size_t bytes;
  if (!clif__multiply(rows, distance, &bytes) || !clif__multiply(bytes, sizeof **host, &bytes))
    bytes = SIZE_MAX;
  CLIF_TRY(clif__buffer_create(ctx, bytes, "a matrix to tune with", buffer));
  *host = clif__calloc(ctx, bytes, 1);
  return *host ? CLIF_OK : CLIF_OUT_OF_MEMORY;
}

static clif_status make_product(clif_context *ctx, clif__tune_product *p) {
  const clif__gemm *g = &p->g;
  CLIF_TRY(make_matrix(ctx, g->m, g->lda, &p->a, &p->da));
  CLIF_TRY(make_matrix(ctx, g->k, g->ldb, &p->b, &p->db));
  CLIF_TRY(make_matrix(ctx, g->m, g->ldc, &p->c, &p->dc));
  fill(p);
  const clif__box a = clif__box_flat(p->da.bytes), b = clif__box_flat(p->db.bytes);
  CLIF_TRY(clif__buffer_write(ctx, ctx->queue, &p->da, &a, p->a));
  CLIF_TRY(clif__buffer_write(ctx, ctx->queue, &p->db, &b, p->b));
  return clif__finish(ctx);
}

clif_status clif__trial_create(clif_context *ctx, const clif_tune_product *timed, size_t n_timed,
                               clif__trial *trial) {
  /* A single row, sizes on both sides of a tile's edge, rows with gaps. */
  static const clif__gemm checked[] = {
      {1, 16, 100, 100, 16, 16}, {66, 33, 70, 80, 48, 40}, {130, 64, 65, 65, 64, 64}};
  const size_t n_checked = sizeof checked / sizeof *checked;
  *trial = (clif__trial){.n_timed = n_timed};
  trial->products = clif__calloc(ctx, n_checked + n_timed, sizeof *trial->products);
  if (!trial->products) return CLIF_OUT_OF_MEMORY;
  trial->n = n_checked + n_timed;
  for (size_t i = 0; i < n_checked; i++) trial->products[i].g = checked[i];
  for (size_t i = 0; i < n_timed; i++) {
    const clif_tune_product *t = &timed[i];
    trial->products[n_checked + i].g = (clif__gemm){t->m, t->n, t->k, t->k, t->n, t->n};
  }
  for (size_t i = 0; i < trial->n; i++) CLIF_TRY(make_product(ctx, &trial->products[i]));
  return CLIF_OK;
}

void clif__trial_release(clif_context *ctx, clif__trial *trial) {
  clFinish(ctx->queue); /* after a failure matrices may still be in use */
  for (size_t i = 0; i < trial->n; i++) {
    clif__tune_product *p = &trial->products[i];
    clif__buffer_release(ctx, &p->dc);
    clif__buffer_release(ctx, &p->db);
    clif__buffer_release(ctx, &p->da);
    clif__free(ctx, p->c);
    clif__free(ctx, p->b);
    clif__free(ctx, p->a);
  }
  clif__buffer_release(ctx, &trial->scratch);
  clif__free(ctx, trial->products);
  *trial = (clif__trial){0};
}

/* ---- computing ---- */

/* Other parameters, other scratch. */
static clif_status make_scratch(clif_context *ctx, const clif__tune_product *p,
                                clif__buffer *scratch) {
  size_t bytes;
  CLIF_TRY(clif__gemm_scratch(ctx, CLIF__BY_CLBLAST, &p->g, &bytes));
  if (bytes <= scratch->bytes) return CLIF_OK;
  clif__buffer_release(ctx, scratch);
  return clif__buffer_create(ctx, bytes, "CLBlast's scratch", scratch);
}

static clif_status multiply(clif_context *ctx, const clif__tune_product *p,
                            const clif__buffer *scratch) {
  CLIF_TRY(clif__gemm_enqueue(ctx, CLIF__BY_CLBLAST, &p->g, p->da.mem, p->db.mem, p->dc.mem,
                              scratch->mem));
  return clif__finish(ctx);
}

/* ---- checking ---- */

static uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* Any order of additions is within k roundings of the sum of magnitudes. */
static bool element_is_right(const clif__tune_product *p, size_t i, size_t j) {
  const clif__gemm *g = &p->g;
  const float got = p->c[i * g->ldc + j];
  double exact = 0, magnitude = 0;
  float sum = 0;
  for (size_t k = 0; k < g->k; k++) {
    const float a = p->a[i * g->lda + k], b = p->b[k * g->ldb + j], term = a * b;
    sum += term;
    exact += (double)a * (double)b;
    magnitude += fabs((double)a * (double)b);
  }
  if (i % 2 == 0) return bits_of(got) == bits_of(sum);
  return fabs((double)got - exact) <= (double)(g->k + 1) * 0x1p-24 * magnitude;
}

/* All rows of a small product, the first, middle and last ones of a large one. */
static bool is_right(const clif__tune_product *p) {
  const clif__gemm *g = &p->g;
  const size_t few = 8, step = g->m <= 256 ? 1 : (g->m - 1) / few;
  for (size_t i = 0; i < g->m; i += step)
    for (size_t row = i; row < g->m && row < i + 2; row++)
      for (size_t j = 0; j < g->n; j++)
        if (!element_is_right(p, row, j)) return false;
  return true;
}

static clif_status check_product(clif_context *ctx, clif__trial *trial, clif__tune_product *p,
                                 clif__verdict *verdict) {
  const clif__box box = clif__box_flat(p->dc.bytes);
  CLIF_TRY(make_scratch(ctx, p, &trial->scratch));
  CLIF_TRY(clif__buffer_clear(ctx, &p->dc, p->dc.bytes));
  const clif_status status = multiply(ctx, p, &trial->scratch);
  if (status == CLIF_CLBLAST) *verdict = CLIF__FAILED;
  if (status == CLIF_CLBLAST) return clif__finish(ctx);
  CLIF_TRY(status);
  CLIF_TRY(clif__buffer_read(ctx, ctx->queue, &p->dc, &box, p->c));
  CLIF_TRY(clif__finish(ctx));
  if (!is_right(p)) *verdict = CLIF__WRONG;
  return CLIF_OK;
}

/* ---- timing ---- */

/* The quickest of a few: whatever else goes on can only make it slower. */
static clif_status time_product(clif_context *ctx, const clif__tune_product *p,
                                const clif__buffer *scratch, double *seconds) {
  static const double long_enough = 0.15;
  const int least = 3, most = 200;
  const double begin = clif__seconds();
  *seconds = HUGE_VAL;
  for (int i = 0; i < least || (i < most && clif__seconds() - begin < long_enough); i++) {
    const double start = clif__seconds();
    CLIF_TRY(multiply(ctx, p, scratch));
    const double took = clif__seconds() - start;
    if (took < *seconds) *seconds = took;
  }
  return CLIF_OK;
}

clif_status clif__trial_time(clif_context *ctx, clif__trial *trial,
                             double seconds[CLIF_TUNE_PRODUCTS]) {
  for (size_t i = 0; i < trial->n_timed; i++) {
    const clif__tune_product *p = &trial->products[trial->n - trial->n_timed + i];
    CLIF_TRY(make_scratch(ctx, p, &trial->scratch));
    CLIF_TRY(multiply(ctx, p, &trial->scratch)); /* compiles, where the set is another */
    CLIF_TRY(time_product(ctx, p, &trial->scratch, &seconds[i]));
  }
  return CLIF_OK;
}

clif_status clif__trial_run(clif_context *ctx, clif__trial *trial, clif__verdict *verdict,
                            double seconds[CLIF_TUNE_PRODUCTS]) {
  *verdict = CLIF__RIGHT;
  for (size_t i = 0; i < trial->n && *verdict == CLIF__RIGHT; i++)
    CLIF_TRY(check_product(ctx, trial, &trial->products[i], verdict));
  return *verdict == CLIF__RIGHT ? clif__trial_time(ctx, trial, seconds) : CLIF_OK;
}
