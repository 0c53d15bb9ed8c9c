/* layer_core.c - the core under the loader layer: every OpenCL call made to fail, nothing leaked,
 * nothing waited for but in clif__finish(). */
#include "support.h"

#include <unistd.h>

#include "cl_layer.h"
#include "core/core.h"

static const char PRELUDE[] = "#pragma OPENCL FP_CONTRACT OFF\n";
static const char DOUBLE[] = "__kernel void twice(__global int *x) { x[get_global_id(0)] *= 2; }\n";

static char directory[64], cache[96];

static void write_text(const char *name, const char *text) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static int make_directory(void **state) {
  (void)state;
  snprintf(directory, sizeof directory, "/tmp/clif-test-XXXXXX");
  if (!mkdtemp(directory)) return 1;
  snprintf(cache, sizeof cache, "%s/cache", directory);
  write_text("prelude.cl", PRELUDE);
  write_text("random.cl", "");
  write_text("twice.cl", DOUBLE);
  return 0;
}

static int remove_directory(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -r '%s'", directory);
  return system(command) == 0 ? 0 : 1;
}

static clif_status double_on(clif_context *ctx, int *x, size_t n) {
  clif_status status = CLIF_OK;
  clif__buffer buffer = {0};
  cl_kernel kernel = NULL;
  const clif__box box = clif__box_flat(n * sizeof *x);
  CLIF_TRY_OR_FAIL(clif__buffer_create(ctx, box.row_bytes, "numbers", &buffer));
  CLIF_TRY_OR_FAIL(clif__buffer_write(ctx, ctx->queue, &buffer, &box, x));
  CLIF_TRY_OR_FAIL(clif__kernel_create(ctx, "twice", "twice", NULL, &kernel));
  CLIF_TRY_OR_FAIL(CLIF_CL(ctx, clSetKernelArg, (kernel, 0, sizeof buffer.mem, &buffer.mem)));
  CLIF_TRY_OR_FAIL(clif__launch(ctx, kernel, 1, &n, NULL));
  CLIF_TRY_OR_FAIL(clif__buffer_read(ctx, ctx->queue, &buffer, &box, x));
  CLIF_TRY_OR_FAIL(clif__finish(ctx));
  clif__programs_save(ctx);

fail:
  if (status != CLIF_OK && clif__finish(ctx) != CLIF_OK) status = CLIF_OPENCL;
  if (kernel) clReleaseKernel(kernel);
  clif__buffer_release(ctx, &buffer);
  return status;
}

/* A view of 2 x 2 x 2 x 2 elements whose dimensions are in no order of OpenCL's: copying it takes
 * several commands. */
static clif_array scattered(uint32_t *memory) {
  clif_array a = clif_array_view(memory, CLIF_U32, 4, (size_t[]){2, 2, 2, 2});
  const size_t element = sizeof *memory;
  memcpy(a.strides, ((size_t[]){2 * element, 8 * element, 4 * element, element}),
         4 * sizeof a.strides[0]);
  return a;
}

/* Adds to each number what came back of it from the device. */
static clif_status double_by_arrays(clif_context *ctx, int *x, size_t n) {
  clif_status status = CLIF_OK;
  uint32_t there[16] = {0}, back[16] = {0};
  clif_array device = {0}, from = scattered(there), to = scattered(back);
  assert_true(n <= 16);
  for (size_t i = 0; i < n; i++) there[i] = (uint32_t)x[i];
  CLIF_TRY_OR_FAIL(clif_array_create_device(ctx, CLIF_U32, 4, from.shape, &device));
  CLIF_TRY_OR_FAIL(clif_array_copy(ctx, &from, &device));
  CLIF_TRY_OR_FAIL(clif_array_copy(ctx, &device, &to));
  for (size_t i = 0; i < n; i++) x[i] += (int)back[i];

fail:
  clif_array_free(ctx, &device);
  return status;
}

typedef clif_status work(clif_context *ctx, int *x, size_t n);

/* A context's whole life. `why` is left with the sentence of the first failure. */
static clif_status whole_life(work *doubles, const char *cache_dir, int *x, size_t n, char *why,
                              size_t room) {
  clif_context_options options = {
      .size = sizeof options, .cache_dir = cache_dir, .kernel_dir = directory};
  clif_context *ctx = NULL;
  CLIF_TRY(clif_context_create(&options, &ctx, why, room));
  clif_status status = doubles(ctx, x, n);
  if (status != CLIF_OK) snprintf(why, room, "%s", clif_context_error(ctx));
  assert_int_equal(clif_context_memory(ctx).device_bytes, 0);
  clif_context_destroy(ctx);
  return status;
}

static void fail_each_call(work *doubles, const char *cache_dir, int persistent) {
  bool reached = true;
  for (long k = 1; reached; k++) {
    int x[2] = {3, 4};
    char why[1024] = "";
    cl_layer_fail_at(k, persistent);
    clif_status status = whole_life(doubles, cache_dir, x, 2, why, sizeof why);
    const char *failed = cl_layer_failed();
    reached = failed != NULL;
    cl_layer_fail_at(0, 0);
    if (cl_layer_live(NULL) != 0) {
      cl_layer_print();
      fail_msg("call %ld, %s, made to fail: objects leaked", k, failed);
    }
    if (status == CLIF_OK && (x[0] != 6 || x[1] != 8))
      fail_msg("call %ld, %s, made to fail: a wrong result and CLIF_OK", k, failed);
    if (status != CLIF_OK && (!reached || !why[0]))
      fail_msg("call %ld: %s '%s'", k, clif_status_name(status), why);
    if (!reached) assert_true(k > 20);
  }
}

static void every_call_may_fail(void **state) {
  (void)state;
  for (int persistent = 0; persistent <= 1; persistent++)
    fail_each_call(double_on, "off", persistent);
  assert_true(cl_layer_active());
}

static void every_call_may_fail_with_a_cache(void **state) {
  (void)state;
  int x[2] = {3, 4};
  char why[1024] = "";
  assert_int_equal(whole_life(double_on, cache, x, 2, why, sizeof why), CLIF_OK);
  fail_each_call(double_on, cache, 0);
}

static void every_call_for_arrays_may_fail(void **state) {
  (void)state;
  for (int persistent = 0; persistent <= 1; persistent++)
    fail_each_call(double_by_arrays, "off", persistent);
}

/* Whichever of a copy's calls fails: the queue is empty when the copy returns, and the sentence is
 * about the call that failed first. */
static void a_failed_copy_leaves_nothing_under_way(void **state) {
  (void)state;
  uint32_t host[16] = {0};
  clif_array device, view = scattered(host);
  clif_context *ctx = open_context(NULL);
  assert_ok(ctx, clif_array_create_device(ctx, CLIF_U32, 4, view.shape, &device));
  for (int way = 0; way < 2; way++) {
    const clif_array *from = way ? &device : &view, *to = way ? &view : &device;
    cl_layer_reset();
    assert_ok(ctx, clif_array_copy(ctx, from, to));
    const long calls = cl_layer_fallible(), waits = 1, questions = 2;
    assert_int_equal(cl_layer_count("clFinish"), waits);
    assert_int_equal(cl_layer_count("clGetMemObjectInfo"), questions);
    assert_true(calls > questions + 1 + waits); /* more than one command */
    for (long k = 1; k <= calls; k++) {
      cl_layer_reset();
      cl_layer_fail_at(k, 1);
      clif_status status = clif_array_copy(ctx, from, to);
      const char *failed = cl_layer_failed();
      cl_layer_fail_at(0, 0);
      assert_non_null(failed);
      assert_refused(ctx, strstr(failed, "Info") ? CLIF_OUT_OF_MEMORY : CLIF_OPENCL, failed,
                     status);
      if (k > questions) assert_true(cl_layer_count("clFinish") >= 1);
    }
  }
  clif_array_free(ctx, &device);
  clif_context_destroy(ctx);
  assert_int_equal(cl_layer_live(NULL), 0);
}

static void only_finish_waits(void **state) {
  (void)state;
  int x[2] = {3, 4};
  char why[1024] = "";
  cl_layer_reset();
  assert_int_equal(whole_life(double_on, "off", x, 2, why, sizeof why), CLIF_OK);
  assert_int_equal(cl_layer_blocking(), 1);
  assert_int_equal(cl_layer_count("clFinish"), 1);
  assert_int_equal(cl_layer_bytes_written(), sizeof x);
  assert_int_equal(cl_layer_bytes_read(), sizeof x);
}

static void what_lies_in_one_piece_is_copied_without_a_rectangle(void **state) {
  (void)state;
  static unsigned char host[1024];
  const clif__box boxes[] = {{12, 5, 7, 4, 12, 60, 12, 60}, /* no gaps anywhere */
                             {12, 1, 7, 4, 99, 12, 99, 12}, /* pitch of a single sample */
                             {12, 7, 1, 4, 12, 99, 12, 99}};
  clif_context *ctx = open_context(NULL);
  clif__buffer buffer;
  assert_ok(ctx, clif__buffer_create(ctx, sizeof host, "a test", &buffer));
  cl_layer_reset();
  for (size_t i = 0; i < sizeof boxes / sizeof boxes[0]; i++) {
    assert_ok(ctx, clif__buffer_write(ctx, ctx->queue, &buffer, &boxes[i], host));
    assert_ok(ctx, clif__buffer_read(ctx, ctx->queue, &buffer, &boxes[i], host));
  }
  assert_ok(ctx, clif__finish(ctx));
  assert_int_equal(cl_layer_count("clEnqueueWriteBuffer"), 3);
  assert_int_equal(cl_layer_count("clEnqueueReadBuffer"), 3);
  assert_int_equal(cl_layer_count("clEnqueueWriteBufferRect"), 0);
  assert_int_equal(cl_layer_count("clEnqueueReadBufferRect"), 0);
  clif__buffer_release(ctx, &buffer);
  clif_context_destroy(ctx);
}

static clif_status multiply(clif_context *ctx, float *c) {
  const clif__gemm g = {4, 16, 4, 4, 16, 16};
  const clif__box box = clif__box_flat(4 * 16 * sizeof *c);
  clif__buffer a = {0}, b = {0}, product = {0};
  clif_status status = CLIF_OK;
  CLIF_TRY_OR_FAIL(clif__buffer_create(ctx, 4 * 4 * sizeof *c, "a", &a));
  CLIF_TRY_OR_FAIL(clif__buffer_create(ctx, box.row_bytes, "b", &b));
  CLIF_TRY_OR_FAIL(clif__buffer_create(ctx, box.row_bytes, "c", &product));
  CLIF_TRY_OR_FAIL(clif__gemm_enqueue(ctx, CLIF__BY_CLBLAST, &g, a.mem, b.mem, product.mem, NULL));
  CLIF_TRY_OR_FAIL(clif__buffer_read(ctx, ctx->queue, &product, &box, c));
  CLIF_TRY_OR_FAIL(clif__finish(ctx));

fail:
  clif__buffer_release(ctx, &product);
  clif__buffer_release(ctx, &b);
  clif__buffer_release(ctx, &a);
  return status;
}

static void the_last_context_empties_clblasts_cache(void **state) {
  (void)state;
  float c[4 * 16];
  clif_context *first = open_context(NULL), *second = open_context(NULL);
  assert_ok(first, multiply(first, c));
  assert_ok(second, multiply(second, c));
  clif_context_destroy(first);
  assert_true(cl_layer_live("program") > 0);
  assert_ok(second, multiply(second, c));
  clif_context_destroy(second);
  if (cl_layer_live(NULL) != 0) cl_layer_print();
  assert_int_equal(cl_layer_live(NULL), 0);
}

static void a_matrix_product_does_not_wait(void **state) {
  (void)state;
  float c[4 * 16];
  clif_context *ctx = open_context(NULL);
  assert_ok(ctx, multiply(ctx, c));
  cl_layer_reset();
  assert_ok(ctx, multiply(ctx, c));
  assert_int_equal(cl_layer_blocking(), 1);
  clif_context_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_call_may_fail),
      cmocka_unit_test(every_call_may_fail_with_a_cache),
      cmocka_unit_test(every_call_for_arrays_may_fail),
      cmocka_unit_test(a_failed_copy_leaves_nothing_under_way),
      cmocka_unit_test(only_finish_waits),
      cmocka_unit_test(what_lies_in_one_piece_is_copied_without_a_rectangle),
      cmocka_unit_test(the_last_context_empties_clblasts_cache),
      cmocka_unit_test(a_matrix_product_does_not_wait),
  };
  return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
