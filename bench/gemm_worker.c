/* gemm_worker.c - a process that multiplies in one way, whenever it is asked to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/core.h"
#include "gemm.h"

#ifdef CLIF_WITH_CBLAS
#include <cblas.h>
#endif

const char *const gemm_row_names[N_ROWS] = {"clblast-own", "clblast-builtin", "clblast-tuned",
                                            "cblas-queue", "openblas"};

/* One size: on the host, and but for OpenBLAS called directly on the device. */
typedef struct task {
  gemm_host host;
  clif__buffer a, b, c, scratch;
  size_t calls; /* that are timed together; 0: not yet made */
  bool ascending;
} task;

typedef struct worker {
  const gemm_options *options;
  gemm_row row;
  clif_context *context; /* NULL for OpenBLAS called directly */
  task tasks[MOST_SIZES];
} worker;

static clif__gemm product_of(const task *t) {
  const gemm_size *s = &t->host.size;
  return (clif__gemm){s->m, s->n, s->k, s->k, s->n, s->n};
}

static clif__gemm_by provider(const worker *w) {
  return w->row == ROW_CBLAS_QUEUE ? CLIF__BY_CBLAS : CLIF__BY_CLBLAST;
}

/* ---- the beginning ---- */

static void open_openblas(gemm_hello *hello) {
#ifdef CLIF_WITH_CBLAS
  hello->there = true;
  snprintf(hello->about, sizeof hello->about, "core %s, %s", openblas_get_corename(),
           openblas_get_config());
#else
  snprintf(hello->about, sizeof hello->about, "this clif was built without OpenBLAS");
#endif
}

static void open_row(worker *w, gemm_hello *hello) {
  static const clif__clblast_whose whose[] = {[ROW_CLBLAST_OWN] = CLIF__CLBLAST_OWN,
                                              [ROW_CLBLAST_BUILTIN] = CLIF__CLBLAST_BUILTIN,
                                              [ROW_CLBLAST_TUNED] = CLIF__CLBLAST_TUNED};
  static const char *const none[] = {
      [ROW_CLBLAST_OWN] = "",
      [ROW_CLBLAST_BUILTIN] = "clif has no parameters for this kind of device",
      [ROW_CLBLAST_TUNED] = "clif tune has kept nothing for this device"};
  hello->device = *clif_context_device(w->context);
  if (w->row == ROW_CBLAS_QUEUE) {
    hello->there = clif__gemm_available(w->context, CLIF__BY_CBLAS);
    if (!hello->there)
      snprintf(hello->about, sizeof hello->about,
               "no OpenBLAS in this clif, or the device runs no functions of the host");
    return;
  }
  if (clif__clblast_choose(w->context, whose[w->row], &hello->there) != CLIF_OK)
    hello->code = complain("%s", clif_context_error(w->context));
  if (!hello->there) snprintf(hello->about, sizeof hello->about, "%s", none[w->row]);
}

static void open_worker(worker *w, gemm_hello *hello) {
  if (w->row == ROW_OPENBLAS) {
    open_openblas(hello);
    return;
  }
  hello->code = open_device(w->options->device, &w->context);
  if (hello->code == TOOL_OK) open_row(w, hello);
}

/* ---- a product ---- */

static clif_status make_buffers(clif_context *ctx, clif__gemm_by by, task *t) {
  const clif__gemm g = product_of(t);
  const clif__box a = clif__box_flat(g.m * g.k * sizeof(float));
  const clif__box b = clif__box_flat(g.k * g.n * sizeof(float));
  size_t scratch = 0;
  CLIF_TRY(clif__buffer_create(ctx, a.row_bytes, "matrix a", &t->a));
  CLIF_TRY(clif__buffer_create(ctx, b.row_bytes, "matrix b", &t->b));
  CLIF_TRY(clif__buffer_create(ctx, g.m * g.n * sizeof(float), "matrix c", &t->c));
  CLIF_TRY(clif__gemm_scratch(ctx, by, &g, &scratch));
  if (scratch) CLIF_TRY(clif__buffer_create(ctx, scratch, "CLBlast's scratch", &t->scratch));
  CLIF_TRY(clif__buffer_write(ctx, ctx->queue, &t->a, &a, t->host.a));
  CLIF_TRY(clif__buffer_write(ctx, ctx->queue, &t->b, &b, t->host.b));
  return clif__finish(ctx);
}

static clif_status multiply_in_queue(clif_context *ctx, clif__gemm_by by, const task *t,
                                     size_t calls) {
  const clif__gemm g = product_of(t);
  for (size_t i = 0; i < calls; i++)
    CLIF_TRY(clif__gemm_enqueue(ctx, by, &g, t->a.mem, t->b.mem, t->c.mem, t->scratch.mem));
  return clif__finish(ctx);
}

static void multiply_directly(const task *t, size_t calls) {
#ifdef CLIF_WITH_CBLAS
  const int m = (int)t->host.size.m, n = (int)t->host.size.n, k = (int)t->host.size.k;
  for (size_t i = 0; i < calls; i++)
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0f, t->host.a, k, t->host.b,
                n, 0.0f, t->host.c, n);
#else
  (void)t;
  (void)calls;
#endif
}

/* *seconds: of one of `calls` products in a row. */
static int time_calls(worker *w, const task *t, size_t calls, double *seconds) {
  const double start = seconds_now();
  clif_status status = CLIF_OK;
  if (w->context)
    status = multiply_in_queue(w->context, provider(w), t, calls);
  else
    multiply_directly(t, calls);
  *seconds = (seconds_now() - start) / (double)calls;
  return status == CLIF_OK ? TOOL_OK : complain("%s", clif_context_error(w->context));
}

static int check_result(worker *w, task *t) {
  const gemm_size *s = &t->host.size;
  const clif__box c = clif__box_flat(s->m * s->n * sizeof(float));
  if (w->context &&
      (clif__buffer_read(w->context, w->context->queue, &t->c, &c, t->host.c) != CLIF_OK ||
       clif__finish(w->context) != CLIF_OK))
    return complain("%s", clif_context_error(w->context));
  if (gemm_host_check(&t->host, &t->ascending)) return TOOL_OK;
  return complain("%s gives wrong numbers for %zux%zux%zu; report it", gemm_row_names[w->row], s->m,
                  s->n, s->k);
}

/* Input, one product that is checked, and how many together take long enough to be timed. */
static int prepare(worker *w, task *t, gemm_size size) {
  static const double long_enough = 0.02;
  double seconds;
  if (!gemm_host_make(&t->host, size))
    return complain("no memory for matrices of %zux%zux%zu; use smaller --sizes", size.m, size.n,
                    size.k);
  if (w->context && make_buffers(w->context, provider(w), t) != CLIF_OK)
    return complain("%s", clif_context_error(w->context));
  int code = time_calls(w, t, 1, &seconds);
  if (code == TOOL_OK) code = check_result(w, t);
  if (code == TOOL_OK) code = time_calls(w, t, 1, &seconds);
  const double calls = seconds > 0 ? long_enough / seconds : 1000;
  t->calls = calls < 1 ? 1 : calls > 1000 ? 1000 : (size_t)calls;
  return code;
}

static gemm_answer answer(worker *w, size_t index) {
  gemm_answer answer = {.code = TOOL_OK};
  task *t = &w->tasks[index];
  if (t->calls == 0) answer.code = prepare(w, t, w->options->sizes[index]);
  if (answer.code == TOOL_OK) answer.code = time_calls(w, t, t->calls, &answer.seconds);
  answer.scratch = t->scratch.bytes;
  answer.ascending = t->ascending;
  return answer;
}

static void close_worker(worker *w) {
  for (size_t i = 0; i < MOST_SIZES; i++) {
    task *t = &w->tasks[i];
    if (w->context) {
      clif__buffer_release(w->context, &t->a);
      clif__buffer_release(w->context, &t->b);
      clif__buffer_release(w->context, &t->c);
      clif__buffer_release(w->context, &t->scratch);
    }
    gemm_host_free(&t->host);
  }
  clif_context_destroy(w->context);
}

void gemm_work(const gemm_options *options, gemm_row row, int from, int to) {
  worker w = {.options = options, .row = row};
  gemm_hello hello = {.code = TOOL_OK};
  size_t index;
  open_worker(&w, &hello);
  bool going = write(to, &hello, sizeof hello) == (ssize_t)sizeof hello && hello.code == TOOL_OK &&
               hello.there;
  while (going && read(from, &index, sizeof index) == (ssize_t)sizeof index) {
    const gemm_answer said = answer(&w, index);
    going = write(to, &said, sizeof said) == (ssize_t)sizeof said && said.code == TOOL_OK;
  }
  close_worker(&w);
}
