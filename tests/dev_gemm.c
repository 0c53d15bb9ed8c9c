/* dev_gemm.c - CLBlast's products: for spikes the plain ascending sum, bit for bit. */
#include "support.h"

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
  assert_ok(ctx, clif__buffer_write(ctx, out, &box, host));
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
  assert_ok(ctx, clif__gemm_scratch(ctx, &g, &bytes));
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

static void compute(product *p) {
  const clif__box box = clif__box_flat(p->g.m * p->g.ldc * sizeof *p->c);
  assert_ok(ctx, clif__gemm_enqueue(ctx, &p->g, p->da.mem, p->db.mem, p->dc.mem, p->scratch.mem));
  assert_ok(ctx, clif__buffer_read(ctx, &p->dc, &box, p->c));
  assert_ok(ctx, clif__finish(ctx));
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

static void what_lies_between_the_rows_is_neither_read_nor_written(void **state) {
  (void)state;
  product p = make((clif__gemm){3, 20, 17, 32, 48, 24}, 50);
  compute(&p);
  assert_ascending_sums(&p);
  for (size_t i = 0; i < 3; i++)
    for (size_t j = 20; j < 24; j++) assert_true(p.c[i * 24 + j] == 1e30f);
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
  assert_refused(ctx, CLIF_CLBLAST, "CLBlastInsufficientMemoryTemp",
                 clif__gemm_enqueue(ctx, &g, p.da.mem, p.db.mem, p.dc.mem, small.mem));
  clif__buffer_release(ctx, &small);
  release(&p);
}

static void a_product_that_does_not_fit_is_refused_by_name(void **state) {
  (void)state;
  product p = make((clif__gemm){2, 16, 4, 4, 16, 16}, 50);
  clif__gemm wrong = p.g;
  wrong.lda = 3;
  assert_refused(ctx, CLIF_CLBLAST, "2x4 by 4x16: CLBlastInvalidLeadDimA (-1016)",
                 clif__gemm_enqueue(ctx, &wrong, p.da.mem, p.db.mem, p.dc.mem, NULL));
  assert_int_equal(clif_context_native_code(ctx), -1016);
  wrong = p.g;
  wrong.m = 200;
  assert_refused(ctx, CLIF_CLBLAST, "CLBlastInsufficientMemory",
                 clif__gemm_enqueue(ctx, &wrong, p.da.mem, p.db.mem, p.dc.mem, NULL));
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
    if (status == CLIF_OK) status = clif__buffer_write(own, &buffers[i], &box, host[i]);
  }
  const clif__box box = clif__box_flat(bytes[2]);
  if (status == CLIF_OK)
    status = clif__gemm_enqueue(own, &p->g, buffers[0].mem, buffers[1].mem, buffers[2].mem, NULL);
  if (status == CLIF_OK) status = clif__buffer_read(own, &buffers[2], &box, p->c);
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
      TEST(the_planned_scratch_is_enough_and_needed),
      TEST(a_product_that_does_not_fit_is_refused_by_name),
      TEST(products_work_after_another_context_was_closed),
      TEST(threads_with_a_context_each_compute_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
