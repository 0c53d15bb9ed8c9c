/* dev_gemm.c - matrix products: by CLBlast, for spikes, the plain ascending sum bit for bit; by
 * both within a bound of the exact sum. */
#include "support.h"

#include <limits.h>
#include <math.h>
#include <pthread.h>

#include "core/core.h"

static clif_context *ctx;

static int open_device(void **state) {
  (void)state;
  ctx = open_context(NULL);
  return 0;
}

static int close_device(void **state) {
  (void)state;
  assert_int_equal(clif_context_memory(ctx).device_bytes, 0);
  clif_context_destroy(ctx);
  return 0;
}

static uint32_t random_bits;

static uint32_t next_random(void) {
  random_bits = random_bits * 1664525u + 1013904223u;
  return random_bits >> 8;
}

/* What a product works on: host copies and device buffers. */
typedef struct product {
  clif__gemm g;
  float *a, *b, *c;
  clif__buffer da, db, dc, scratch;
} product;

static float *matrix(size_t rows, size_t pitch) {
  float *m = malloc(rows * pitch * sizeof *m);
  assert_non_null(m);
  /* Between the rows lies what must never get into a sum. */
  for (size_t i = 0; i < rows * pitch; i++) m[i] = 1e30f;
  return m;
}

static void upload(const float *host, size_t count, clif__buffer *out) {
  const clif__box box = clif__box_flat(count * sizeof *host);
  assert_ok(ctx, clif__buffer_create(ctx, box.row_bytes, "a matrix", out));
  assert_ok(ctx, clif__buffer_write(ctx, ctx->queue, out, &box, host));
}

static product make(clif__gemm g, unsigned percent) {
  product p = {.g = g};
  p.a = matrix(g.m, g.lda);
  p.b = matrix(g.k, g.ldb);
  p.c = matrix(g.m, g.ldc);
  random_bits = 7;
  for (size_t i = 0; i < g.m; i++)
    for (size_t k = 0; k < g.k; k++) p.a[i * g.lda + k] = next_random() % 100 < percent;
  for (size_t k = 0; k < g.k; k++)
    for (size_t j = 0; j < g.n; j++)
      p.b[k * g.ldb + j] = ((float)next_random() - 8388608.0f) * 0x1p-24f;
  upload(p.a, g.m * g.lda, &p.da);
  upload(p.b, g.k * g.ldb, &p.db);
  upload(p.c, g.m * g.ldc, &p.dc);
  size_t bytes = 0;
  assert_ok(ctx, clif__gemm_scratch(ctx, CLIF__BY_CLBLAST, &g, &bytes));
  if (bytes) assert_ok(ctx, clif__buffer_create(ctx, bytes, "scratch", &p.scratch));
  assert_ok(ctx, clif__finish(ctx));
  return p;
}

static void release(product *p) {
  clif__buffer_release(ctx, &p->scratch);
  clif__buffer_release(ctx, &p->dc);
  clif__buffer_release(ctx, &p->db);
  clif__buffer_release(ctx, &p->da);
  free(p->c);
  free(p->b);
  free(p->a);
}

static void compute_by(clif__gemm_by by, product *p) {
  const clif__box box = clif__box_flat(p->g.m * p->g.ldc * sizeof *p->c);
  const uint64_t commands = clif_context_counters(ctx).commands;
  assert_ok(ctx,
            clif__gemm_enqueue(ctx, by, &p->g, p->da.mem, p->db.mem, p->dc.mem, p->scratch.mem));
  /* CBLAS is told first where the two factors are. */
  assert_int_equal(clif_context_counters(ctx).commands, commands + (by == CLIF__BY_CBLAS ? 3 : 1));
  assert_ok(ctx, clif__buffer_read(ctx, ctx->queue, &p->dc, &box, p->c));
  assert_ok(ctx, clif__finish(ctx));
}

static void compute(product *p) {
  compute_by(CLIF__BY_CLBLAST, p);
}

/* The order of additions that docs/model.md fixes. Rows are built up side by side: the order in
 * which each single sum grows is still that of k. */
static void assert_ascending_sums(const product *p) {
  const clif__gemm *g = &p->g;
  float *sum = malloc(g->n * sizeof *sum);
  assert_non_null(sum);
  for (size_t i = 0; i < g->m; i++) {
    for (size_t j = 0; j < g->n; j++) sum[j] = 0;
    for (size_t k = 0; k < g->k; k++)
      for (size_t j = 0; j < g->n; j++) {
        float term = p->a[i * g->lda + k] * p->b[k * g->ldb + j];
        sum[j] += term;
      }
    for (size_t j = 0; j < g->n; j++)
      if (p->c[i * g->ldc + j] != sum[j])
        fail_msg("%zux%zux%zu, row %zu, column %zu: expected %a, got %a", g->m, g->n, g->k, i, j,
                 (double)sum[j], (double)p->c[i * g->ldc + j]);
  }
  free(sum);
}

static void spikes_times_weights_are_the_plain_ascending_sum(void **state) {
  (void)state;
  const clif__gemm shapes[] = {{1, 16, 1, 1, 16, 16},          {1, 16, 5, 5, 16, 16},
                               {3, 16, 20, 20, 16, 16},        {1, 64, 100, 100, 64, 64},
                               {65, 48, 1, 1, 48, 48},         {130, 16, 70, 70, 16, 16},
                               {200, 512, 300, 300, 512, 512}, {9000, 128, 64, 64, 128, 128}};
  size_t count = is_slow_device() ? 3 : sizeof shapes / sizeof shapes[0];
  for (size_t i = 0; i < count; i++) {
    product p = make(shapes[i], 30);
    compute(&p);
    assert_ascending_sums(&p);
    release(&p);
  }
}

/* Any order of additions, fused or not, is within k roundings of the sum of magnitudes. */
static void assert_near_exact_sums(const product *p) {
  const clif__gemm *g = &p->g;
  for (size_t i = 0; i < g->m; i++)
    for (size_t j = 0; j < g->n; j++) {
      double sum = 0, magnitude = 0;
      for (size_t k = 0; k < g->k; k++) {
        const double term = (double)p->a[i * g->lda + k] * (double)p->b[k * g->ldb + j];
        sum += term;
        magnitude += fabs(term);
      }
      const double got = (double)p->c[i * g->ldc + j];
      if (!(fabs(got - sum) <= (double)(g->k + 1) * 0x1p-24 * magnitude))
        fail_msg("%zux%zux%zu, row %zu, column %zu: expected %.9g, got %.9g", g->m, g->n, g->k, i,
                 j, sum, got);
    }
}

static void assert_gaps_untouched(const product *p) {
  for (size_t i = 0; i < p->g.m; i++)
    for (size_t j = p->g.n; j < p->g.ldc; j++) assert_true(p->c[i * p->g.ldc + j] == 1e30f);
}

/* m, n, k, and rows with and without gaps between them: small enough for CLBlast's direct kernel,
 * large enough for its main one, and on both sides of a tile's edge. */
static const clif__gemm ragged[] = {
    {1, 1, 1, 1, 1, 1},       {3, 20, 17, 32, 48, 24},        {65, 33, 70, 70, 33, 40},
    {7, 130, 5, 9, 144, 130}, {129, 257, 100, 100, 272, 257}, {300, 260, 290, 304, 260, 272}};

static size_t count_ragged(void) {
  return is_slow_device() ? 2 : sizeof ragged / sizeof *ragged;
}

static void what_lies_between_the_rows_is_neither_read_nor_written(void **state) {
  (void)state;
  for (size_t i = 0; i < count_ragged(); i++) {
    product p = make(ragged[i], 50);
    compute(&p);
    assert_ascending_sums(&p);
    assert_gaps_untouched(&p);
    release(&p);
  }
}

static void real_input_is_near_the_exact_sum(void **state) {
  (void)state;
  const clif__gemm_by all[] = {CLIF__BY_CLBLAST, CLIF__BY_CBLAS};
  for (size_t by = 0; by < 2; by++)
    for (size_t i = 0; i < count_ragged() && clif__gemm_available(ctx, all[by]); i++) {
      product p = make(ragged[i], 50);
      for (size_t at = 0; at < p.g.m * p.g.lda; at++)
        if (p.a[at] < 2.0f) p.a[at] = ((float)next_random() - 8388608.0f) * 0x1p-22f;
      const clif__box box = clif__box_flat(p.g.m * p.g.lda * sizeof *p.a);
      assert_ok(ctx, clif__buffer_write(ctx, ctx->queue, &p.da, &box, p.a));
      compute_by(all[by], &p);
      assert_near_exact_sums(&p);
      assert_gaps_untouched(&p);
      release(&p);
    }
}

static bool native_kernels(void) {
  cl_device_exec_capabilities can = 0;
  assert_int_equal(
      clGetDeviceInfo(ctx->device, CL_DEVICE_EXECUTION_CAPABILITIES, sizeof can, &can, NULL),
      CL_SUCCESS);
  return (can & CL_EXEC_NATIVE_KERNEL) != 0;
}

static void cblas_is_refused_where_it_cannot_run(void **state) {
  (void)state;
  product p = make((clif__gemm){2, 16, 4, 4, 16, 16}, 50);
  assert_true(clif__gemm_available(ctx, CLIF__BY_CLBLAST));
  if (!native_kernels()) assert_false(clif__gemm_available(ctx, CLIF__BY_CBLAS));
  if (!clif__gemm_available(ctx, CLIF__BY_CBLAS))
    assert_refused(
        ctx, CLIF_UNSUPPORTED, "CBLAS",
        clif__gemm_enqueue(ctx, CLIF__BY_CBLAS, &p.g, p.da.mem, p.db.mem, p.dc.mem, NULL));
  release(&p);
}

static void cblas_wants_no_scratch_and_sizes_that_fit_an_int(void **state) {
  (void)state;
  if (!clif__gemm_available(ctx, CLIF__BY_CBLAS)) skip();
  size_t bytes = 1;
  product p = make((clif__gemm){1, 16, 4, 4, 16, 16}, 50);
  clif__gemm g = {3000, 3000, 3000, 3000, 3000, 3000};
  assert_ok(ctx, clif__gemm_scratch(ctx, CLIF__BY_CBLAS, &g, &bytes));
  assert_int_equal(bytes, 0);
  g = p.g;
  g.lda = (size_t)INT_MAX + 1; /* of one row: the buffer is large enough */
  assert_refused(ctx, CLIF_UNSUPPORTED, "int",
                 clif__gemm_enqueue(ctx, CLIF__BY_CBLAS, &g, p.da.mem, p.db.mem, p.dc.mem, NULL));
  compute_by(CLIF__BY_CBLAS, &p); /* still works */
  assert_near_exact_sums(&p);
  release(&p);
}

static void the_planned_scratch_is_enough_and_needed(void **state) {
  (void)state;
  if (is_slow_device()) skip(); /* large enough to need scratch is too large */
  clif__gemm g = {700, 520, 530, 530, 520, 520};
  product p = make(g, 20);
  if (!p.scratch.mem) { /* this device's parameters want none */
    release(&p);
    skip();
  }
  compute(&p);
  assert_ascending_sums(&p);
  clif__buffer small;
  assert_ok(ctx, clif__buffer_create(ctx, 4, "too little scratch", &small));
  assert_refused(
      ctx, CLIF_CLBLAST, "CLBlastInsufficientMemoryTemp",
      clif__gemm_enqueue(ctx, CLIF__BY_CLBLAST, &g, p.da.mem, p.db.mem, p.dc.mem, small.mem));
  clif__buffer_release(ctx, &small);
  release(&p);
}

static void assert_does_not_fit(const product *p, const clif__gemm *wrong, const char *words) {
  const clif__gemm_by all[] = {CLIF__BY_CLBLAST, CLIF__BY_CBLAS};
  for (size_t by = 0; by < 2; by++)
    assert_refused(
        ctx, CLIF_INVALID_ARGUMENT, words,
        clif__gemm_enqueue(ctx, all[by], wrong, p->da.mem, p->db.mem, p->dc.mem, p->scratch.mem));
}

static void a_product_that_does_not_fit_is_refused_by_name(void **state) {
  (void)state;
  size_t bytes = 0;
  product p = make((clif__gemm){2, 16, 4, 4, 16, 16}, 50);
  const size_t most = SIZE_MAX / 2;
  const struct {
    clif__gemm g;
    const char *words;
  } wrong[] = {{{2, 16, 4, 3, 16, 16}, "2x4 by 4x16 with lda 3"},
               {{2, 16, 4, 4, 15, 16}, "ldb"},
               {{2, 16, 4, 4, 16, 15}, "ldc"},
               {{0, 16, 4, 4, 16, 16}, "a size is 0"},
               {{2, 16, 0, 4, 16, 16}, "a size is 0"},
               {{200, 16, 4, 4, 16, 16}, "a has 200 rows"},
               {{2, 16, 5, 5, 16, 16}, "a has 2 rows of 5"},
               {{1, 16, 8, 8, 16, 16}, "b has 8 rows"},
               {{2, 16, 4, 4, 16, 20}, "c has 2 rows of 16, 20 from start to start"},
               {{2, 16, 4, most, 16, 16}, "fit into its buffer"},
               {{most, 16, 4, most, 16, 16}, "fit into its buffer"}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_does_not_fit(&p, &wrong[i].g, wrong[i].words);
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "lda 3",
                 clif__gemm_scratch(ctx, CLIF__BY_CLBLAST, &wrong[0].g, &bytes));
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "buffer of b is NULL",
                 clif__gemm_enqueue(ctx, CLIF__BY_CBLAS, &p.g, p.da.mem, NULL, p.dc.mem, NULL));
  compute(&p); /* still works */
  assert_ascending_sums(&p);
  release(&p);
}

static void products_work_after_another_context_was_closed(void **state) {
  (void)state;
  clif_context *first = ctx;
  ctx = open_context(NULL);
  product p = make((clif__gemm){2, 16, 4, 4, 16, 16}, 50);
  compute(&p);
  release(&p);
  clif_context_destroy(ctx);
  ctx = first;
  p = make((clif__gemm){2, 16, 4, 4, 16, 16}, 50);
  compute(&p);
  assert_ascending_sums(&p);
  release(&p);
}

static void *compute_in_thread(void *user) {
  /* No assertions here: cmocka's belong to the main thread. */
  product *p = user;
  clif_context *own = NULL;
  char why[256];
  const size_t bytes[3] = {p->g.m * p->g.k * 4, p->g.k * p->g.n * 4, p->g.m * p->g.n * 4};
  void *const host[3] = {p->a, p->b, p->c};
  clif__buffer buffers[3] = {{0}};
  clif_status status = clif_context_create(NULL, &own, why, sizeof why);
  for (int i = 0; i < 3 && status == CLIF_OK; i++) {
    const clif__box box = clif__box_flat(bytes[i]);
    status = clif__buffer_create(own, bytes[i], "a matrix", &buffers[i]);
    if (status == CLIF_OK) status = clif__buffer_write(own, own->queue, &buffers[i], &box, host[i]);
  }
  const clif__box box = clif__box_flat(bytes[2]);
  if (status == CLIF_OK)
    status = clif__gemm_enqueue(own, CLIF__BY_CLBLAST, &p->g, buffers[0].mem, buffers[1].mem,
                                buffers[2].mem, NULL);
  if (status == CLIF_OK) status = clif__buffer_read(own, own->queue, &buffers[2], &box, p->c);
  if (status == CLIF_OK) status = clif__finish(own);
  for (int i = 0; i < 3 && own; i++) clif__buffer_release(own, &buffers[i]);
  clif_context_destroy(own);
  return status == CLIF_OK ? p : NULL;
}

static void threads_with_a_context_each_compute_at_once(void **state) {
  (void)state;
  if (is_slow_device()) skip(); /* Oclgrind itself is not safe with threads */
  enum { THREADS = 4 };
  product p[THREADS];
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) p[i] = make((clif__gemm){10, 16, 30, 30, 16, 16}, 40);
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, compute_in_thread, &p[i]), 0);
  for (int i = 0; i < THREADS; i++) {
    void *done = NULL;
    assert_int_equal(pthread_join(threads[i], &done), 0);
    assert_ptr_equal(done, &p[i]);
    assert_ascending_sums(&p[i]);
    release(&p[i]);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_device, close_device)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(spikes_times_weights_are_the_plain_ascending_sum),
      TEST(what_lies_between_the_rows_is_neither_read_nor_written),
      TEST(real_input_is_near_the_exact_sum),
      TEST(cblas_is_refused_where_it_cannot_run),
      TEST(cblas_wants_no_scratch_and_sizes_that_fit_an_int),
      TEST(the_planned_scratch_is_enough_and_needed),
      TEST(a_product_that_does_not_fit_is_refused_by_name),
      TEST(products_work_after_another_context_was_closed),
      TEST(threads_with_a_context_each_compute_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
