/* layer_product.c - products by OpenBLAS under the loader layer: in parts where there are rows
 * enough, in any form; every call made to fail. */
#include "support.h"

#include <math.h>

#include "cl_layer.h"
#include "core/core.h"
#ifdef CLIF_WITH_CBLAS
#include <cblas.h>
#endif

enum { N = 20, K = 33, A = 0, B = 1, C = 2 };

/* Elements between the rows' starts, none of them what a matrix needs, and before the first. */
static const size_t GAP = 5, FIRST[3] = {64, 16, 48};

static clif_context *ctx;
static long cores;

typedef struct product {
  clif__gemm g;
  clif__gemm_form form;
  size_t count[3]; /* elements of a, b, c with what is before them */
  float *host[3], *got;
  clif__buffer buffer[3];
} product;

/* From 0 to 1, so that no sum is smaller than its terms; others each time. */
static float *random_matrix(size_t count) {
  static uint32_t seed = 7;
  float *m = malloc(count * sizeof *m);
  assert_non_null(m);
  for (size_t i = 0; i < count; i++) {
    seed = seed * 1664525u + 1013904223u;
    m[i] = (float)(seed >> 8) * 0x1p-24f;
  }
  return m;
}

/* Bits of a form. Of SEVERAL products there are three: all into one c, or APART one behind the
 * other. */
enum { A_TURNED = 1, B_TURNED = 2, ADDS = 4, SEVERAL = 8, APART = 16, FORMS = 32 };

static product make(size_t m, int form) {
  const bool a_turned = form & A_TURNED, b_turned = form & B_TURNED;
  product p = {.g = {m, N, K, (a_turned ? m : K) + GAP, (b_turned ? K : N) + GAP, N + GAP},
               .form = {.a_turned = a_turned,
                        .b_turned = b_turned,
                        .add = form & ADDS,
                        .more = form & SEVERAL ? 2 : 0,
                        .a_first = FIRST[A],
                        .b_first = FIRST[B],
                        .c_first = FIRST[C]}};
  const size_t a = (a_turned ? K : m) * p.g.lda, b = (b_turned ? N : K) * p.g.ldb;
  p.form.a_step = a, p.form.b_step = b, p.form.c_step = form & APART ? m * p.g.ldc : 0;
  p.count[A] = FIRST[A] + (p.form.more + 1) * a;
  p.count[B] = FIRST[B] + (p.form.more + 1) * b;
  p.count[C] = FIRST[C] + m * p.g.ldc + p.form.more * p.form.c_step;
  for (int i = 0; i < 3; i++) {
    const clif__box box = clif__box_flat(p.count[i] * sizeof(float));
    p.host[i] = random_matrix(p.count[i]);
    assert_ok(ctx, clif__buffer_create(ctx, box.row_bytes, "a matrix", &p.buffer[i]));
    assert_ok(ctx, clif__buffer_write(ctx, ctx->queue, &p.buffer[i], &box, p.host[i]));
  }
  p.got = malloc(p.count[C] * sizeof *p.got);
  assert_non_null(p.got);
  assert_ok(ctx, clif__finish(ctx));
  return p;
}

static void release(product *p) {
  for (int i = 0; i < 3; i++) {
    clif__buffer_release(ctx, &p->buffer[i]);
    free(p->host[i]);
  }
  free(p->got);
}

static clif_status enqueue(const product *p) {
  return clif__gemm_enqueue_as(ctx, CLIF__BY_CBLAS, &p->g, &p->form, p->buffer[A].mem,
                               p->buffer[B].mem, p->buffer[C].mem, NULL);
}

/* What the product of that number adds to element (i, j) of its c. */
static double term(const product *p, size_t number, size_t i, size_t j) {
  const float *a = p->host[A] + FIRST[A] + number * p->form.a_step;
  const float *b = p->host[B] + FIRST[B] + number * p->form.b_step;
  double sum = 0.0;
  for (size_t k = 0; k < K; k++)
    sum += (double)a[p->form.a_turned ? k * p->g.lda + i : i * p->g.lda + k] *
           (double)b[p->form.b_turned ? j * p->g.ldb + k : k * p->g.ldb + j];
  return sum;
}

/* Row i of all c, one behind the other. */
static double exact(const product *p, size_t i, size_t j) {
  double sum = p->form.add ? (double)p->host[C][FIRST[C] + i * p->g.ldc + j] : 0.0;
  if (p->form.c_step != 0) return sum + term(p, i / p->g.m, i % p->g.m, j);
  for (size_t number = 0; number <= p->form.more; number++) sum += term(p, number, i, j);
  return sum;
}

/* c is the product, and around its rows is what was there. */
static void check(product *p) {
  const clif__box box = clif__box_flat(p->count[C] * sizeof(float));
  assert_ok(ctx, clif__buffer_read(ctx, ctx->queue, &p->buffer[C], &box, p->got));
  assert_ok(ctx, clif__finish(ctx));
  for (size_t at = 0; at < p->count[C]; at++) {
    const size_t i = at < FIRST[C] ? 0 : (at - FIRST[C]) / p->g.ldc;
    const size_t j = at < FIRST[C] ? N : (at - FIRST[C]) % p->g.ldc;
    const double right = j < N ? exact(p, i, j) : (double)p->host[C][at];
    if (!(fabs((double)p->got[at] - right) <= (j < N ? (3 * K + 2) * 0x1p-24 * right : 0.0)))
      fail_msg(
          "%zu rows, form %d%d%d, %zu more, %zu apart, row %zu, column %zu: expected %.9g, got "
          "%.9g",
          p->g.m, p->form.a_turned, p->form.b_turned, p->form.add, p->form.more, p->form.c_step, i,
          j, right, (double)p->got[at]);
  }
}

static int open_device(void **state) {
  (void)state;
  ctx = open_context(NULL);
  cores = ctx->info.compute_units;
  return 0;
}

static int close_device(void **state) {
  (void)state;
  clif_context_destroy(ctx);
  if (cl_layer_active()) assert_int_equal(cl_layer_live(NULL), 0);
  return 0;
}

/* Rows that are just enough for a part of each core. */
static size_t enough(void) {
  return 128 * (size_t)cores;
}

static int threads(void) {
#ifdef CLIF_WITH_CBLAS
  return openblas_get_num_threads();
#else
  return 0;
#endif
}

static bool goes_in_parts(void) {
  cl_command_queue_properties can = 0;
  clGetDeviceInfo(ctx->device, CL_DEVICE_QUEUE_PROPERTIES, sizeof can, &can, NULL);
  return cores > 1 && cores <= 64 && (can & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
}

static void products_of_any_form_are_near_the_exact_sum(void **state) {
  (void)state;
  if (!clif__gemm_available(ctx, CLIF__BY_CBLAS)) skip();
  const size_t rows[] = {7, enough() - 1, enough(), enough() + 21};
  const int before = threads();
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (int form = 0; form < FORMS; form++) {
      product p = make(rows[i], form);
      cl_layer_reset();
      assert_ok(ctx, enqueue(&p));
      const bool parts = goes_in_parts() && rows[i] >= enough();
      if (cl_layer_active()) {
        /* Two say where the factors are; nothing waits. */
        assert_int_equal(cl_layer_count("clEnqueueNativeKernel"), 2 + (parts ? cores : 1));
        assert_int_equal(cl_layer_blocking(), 0);
      }
      check(&p);
      release(&p);
    }
  assert_int_equal(threads(), before);
}

/* In the queue they keep their order: each finds its own factors, and what the one before made. */
static void products_one_behind_the_other_add_up(void **state) {
  (void)state;
  if (!clif__gemm_available(ctx, CLIF__BY_CBLAS)) skip();
  enum { TIMES = 20 };
  const size_t rows = 8 * enough(); /* so that one lasts while the next is enqueued */
  product first = make(rows, 0), second = make(rows, ADDS);
  const clif__buffer own = second.buffer[C];
  second.buffer[C] = first.buffer[C];
  for (int i = 0; i < TIMES; i++) {
    assert_ok(ctx, enqueue(&first));
    assert_ok(ctx, enqueue(&second));
  }
  /* What the second is added to is the first's product. */
  memcpy(second.host[C], first.host[C], first.count[C] * sizeof(float));
  for (size_t i = 0; i < first.g.m; i++)
    for (size_t j = 0; j < N; j++)
      second.host[C][FIRST[C] + i * first.g.ldc + j] = (float)exact(&first, i, j);
  check(&second);
  second.buffer[C] = own;
  release(&first), release(&second);
}

static void every_call_may_fail(void **state) {
  (void)state;
  if (!cl_layer_active() || !clif__gemm_available(ctx, CLIF__BY_CBLAS)) skip();
  const int before = threads();
  for (int persistent = 0; persistent < 2; persistent++) {
    bool reached = true;
    for (long k = 1; reached; k++) {
      product p = make(enough(), B_TURNED | SEVERAL);
      const long events = cl_layer_live("event");
      cl_layer_reset();
      cl_layer_fail_at(k, persistent);
      const clif_status status = enqueue(&p);
      const char *failed = cl_layer_failed();
      reached = failed != NULL;
      cl_layer_fail_at(0, 0);
      /* By then parts may be under way. */
      if (reached && (strcmp(failed, "clFlush") == 0 || strstr(failed, "Barrier")))
        assert_int_equal(cl_layer_count("clFinish"), 1);
      /* Where the device does not tell what queues it has, there are no parts. */
      if (reached && status == CLIF_OK) assert_string_equal(failed, "clGetDeviceInfo");
      assert_int_equal(cl_layer_live("event"), events);
      assert_ok(ctx, clif__finish(ctx));
      assert_int_equal(threads(), before); /* no part is under way */
      if (status != CLIF_OK) assert_ok(ctx, enqueue(&p));
      check(&p);
      release(&p);
      if (!reached) assert_true(k > 6);
    }
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_device, close_device)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(products_of_any_form_are_near_the_exact_sum),
      TEST(products_one_behind_the_other_add_up),
      TEST(every_call_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
