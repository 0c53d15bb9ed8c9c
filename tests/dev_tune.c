/* dev_tune.c - clif_tune(): what it refuses, drops, keeps; and no spike changes by it.
 *
 * As in dev_provider.c the product is intercepted, to make CLBlast compute something else. */
#define _GNU_SOURCE 1 /* RTLD_NEXT, usleep() */
#include <dlfcn.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/tune.h"
#include <clblast_c.h>

#include "nets.h"

enum { FAITHFUL, LEAVES_OUT_THE_LAST, FAILS };
static int behaviour;

/* Its products take longer while it has the parameters that it had at first, or none: then whatever
 * is tried is better. */
static clif_context *watched;
static clif__clblast_set slow;

static void watch(clif_context *ctx) {
  watched = ctx;
  if (ctx->clblast_set) slow = *ctx->clblast_set;
}

static bool is_slow_set(void) {
  return watched &&
         (!watched->clblast_set || memcmp(watched->clblast_set, &slow, sizeof slow) == 0);
}

typedef CLBlastStatusCode (*sgemm)(CLBlastLayout, CLBlastTranspose, CLBlastTranspose, size_t,
                                   size_t, size_t, float, cl_mem, size_t, size_t, cl_mem, size_t,
                                   size_t, float, cl_mem, size_t, size_t, cl_command_queue *,
                                   cl_event *, cl_mem);

CLBlastStatusCode
CLBlastSgemmWithTempBuffer(const CLBlastLayout layout, const CLBlastTranspose a_transpose,
                           const CLBlastTranspose b_transpose, const size_t m, const size_t n,
                           const size_t k, const float alpha, const cl_mem a_buffer,
                           const size_t a_offset, const size_t a_ld, const cl_mem b_buffer,
                           const size_t b_offset, const size_t b_ld, const float beta,
                           cl_mem c_buffer, const size_t c_offset, const size_t c_ld,
                           cl_command_queue *queue, cl_event *event, cl_mem temp_buffer) {
  if (is_slow_set()) usleep(10000);
  if (behaviour == FAILS) return CLBlastInvalidLocalMemUsage;
  void *found = dlsym(RTLD_NEXT, "CLBlastSgemmWithTempBuffer");
  sgemm real;
  assert_non_null(found);
  memcpy(&real, &found, sizeof real);
  return real(layout, a_transpose, b_transpose, m, n, behaviour == FAITHFUL ? k : k - 1, alpha,
              a_buffer, a_offset, a_ld, b_buffer, b_offset, b_ld, beta, c_buffer, c_offset, c_ld,
              queue, event, temp_buffer);
}

static const clif_tune_product tiny = {.m = 17, .n = 16, .k = 9};
static const clif_tune_options quick = {
    .size = sizeof quick, .seconds = 1e-3, .products = &tiny, .n_products = 1};

static char directory[] = "/tmp/clif-tune-XXXXXX";

static int set_up(void **state) {
  (void)state;
  behaviour = FAITHFUL;
  watched = NULL;
  strcpy(directory + sizeof directory - 7, "XXXXXX");
  return mkdtemp(directory) ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", directory);
  return system(command);
}

static clif_context *open_here(void) {
  return open_context(
      &(clif_context_options){.size = sizeof(clif_context_options), .cache_dir = directory});
}

static void wrong_arguments_are_refused(void **state) {
  (void)state;
  clif_context *ctx = open_here();
  clif_tune_result result;
  clif_tune_options o = quick;
  clif_tune_product product = tiny;
  assert_int_equal(clif_tune(NULL, NULL, &result), CLIF_INVALID_ARGUMENT);
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "'result' is NULL", clif_tune(ctx, &o, NULL));
  o.size = 3;
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "clif_tune_options", clif_tune(ctx, &o, &result));
  o = quick;
  const double seconds[] = {-1, (double)NAN, (double)INFINITY};
  for (size_t i = 0; i < 3; i++) {
    o.seconds = seconds[i];
    assert_refused(ctx, CLIF_INVALID_ARGUMENT, "seconds", clif_tune(ctx, &o, &result));
  }
  o = quick;
  o.n_products = CLIF_TUNE_PRODUCTS + 1;
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "products", clif_tune(ctx, &o, &result));
  o.n_products = 0;
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "products", clif_tune(ctx, &o, &result));
  o.n_products = 1;
  o.products = &product;
  product.k = 0;
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "17x16x0", clif_tune(ctx, &o, &result));
  product.k = (size_t)1 << 40;
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "sizes are 1 to", clif_tune(ctx, &o, &result));
  clif_network *net = new_network(ctx);
  assert_refused(ctx, CLIF_STATE, "networks", clif_tune(ctx, &quick, &result));
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

static void what_is_faster_is_told_kept_and_used(void **state) {
  (void)state;
  if (is_slow_device()) skip();
  clif_context *ctx = open_here();
  clif_tune_result result;
  watch(ctx);
  assert_ok(ctx, clif_tune(ctx, &quick, &result));
  assert_true(result.tried >= 1);
  assert_int_equal(result.wrong + result.failed, 0);
  assert_int_equal(result.n_products, 1);
  assert_int_equal(result.products[0].m, tiny.m);
  assert_true(result.products[0].seconds_before >= 0.01);
  assert_true(result.products[0].seconds_before > result.products[0].seconds_after);
  assert_true(result.ratio > 1.02);
  assert_true(result.kept);
  assert_int_equal(strncmp(result.path, directory, strlen(directory)), 0);
  assert_int_equal(access(result.path, R_OK), 0);
  assert_false(is_slow_set());
  assert_int_equal(clif_context_memory(ctx).device_bytes, 0);
  clif_context *next = open_here();
  assert_memory_equal(next->clblast_set, ctx->clblast_set, sizeof slow);
  clif_context_destroy(next);
  clif_context_destroy(ctx);
}

static void a_dry_run_keeps_nothing(void **state) {
  (void)state;
  if (is_slow_device()) skip();
  clif_context *ctx = open_here();
  clif_tune_options o = quick;
  clif_tune_result result;
  watch(ctx);
  o.dry_run = 1;
  assert_ok(ctx, clif_tune(ctx, &o, &result));
  assert_true(result.ratio > 1.02);
  assert_false(result.kept);
  assert_int_not_equal(access(result.path, F_OK), 0);
  assert_true(is_slow_set());
  clif_context_destroy(ctx);
}

static void what_cannot_be_kept_is_used_and_told(void **state) {
  (void)state;
  if (is_slow_device()) skip();
  clif_context *ctx = open_here();
  clif_tune_result result;
  watch(ctx);
  assert_int_equal(chmod(directory, 0777), 0);
  assert_refused(ctx, CLIF_IO, "cannot be kept", clif_tune(ctx, &quick, &result));
  assert_true(result.ratio > 1.02);
  assert_false(result.kept);
  assert_false(is_slow_set());
  clif_context_destroy(ctx);
  assert_int_equal(chmod(directory, 0700), 0);
}

static int stop(void *user, const clif_tune_result *so_far) {
  size_t *calls = user;
  (void)so_far;
  return ++*calls == 1;
}

static void a_search_can_be_stopped(void **state) {
  (void)state;
  clif_context *ctx = open_here();
  clif_tune_options o = quick;
  clif_tune_result result;
  size_t calls = 0;
  o.progress = stop;
  o.progress_user = &calls;
  assert_refused(ctx, CLIF_CANCELLED, "stopped", clif_tune(ctx, &o, &result));
  assert_int_equal(calls, 1);
  assert_false(result.kept);
  assert_int_equal(clif_context_memory(ctx).device_bytes, 0);
  clif_context_destroy(ctx);
}

/* Called first when the parameters in use have been looked at: from then on all that is tried
 * computes something else. */
static int go_wrong(void *user, const clif_tune_result *so_far) {
  const int *how = user;
  if (so_far->tried == 0) behaviour = *how;
  return 0;
}

static void sets_that_compute_something_else_are_dropped(void **state) {
  (void)state;
  if (is_slow_device()) skip();
  for (int how = LEAVES_OUT_THE_LAST; how <= FAILS; how++) {
    clif_context *ctx = open_here();
    clif_tune_options o = quick;
    clif_tune_result result;
    behaviour = FAITHFUL;
    o.progress = go_wrong;
    o.progress_user = &how;
    assert_ok(ctx, clif_tune(ctx, &o, &result));
    assert_true(result.tried >= 1);
    assert_int_equal(result.wrong, how == FAILS ? 0 : result.tried);
    assert_int_equal(result.failed, how == FAILS ? result.tried : 0);
    assert_true(result.ratio <= 1);
    assert_false(result.kept);
    assert_int_not_equal(access(result.path, F_OK), 0);
    clif_context_destroy(ctx);
  }
}

static void parameters_in_use_that_are_wrong_are_told(void **state) {
  (void)state;
  clif_context *ctx = open_here();
  clif_tune_result result;
  behaviour = LEAVES_OUT_THE_LAST;
  assert_refused(ctx, CLIF_CLBLAST, "wrong numbers", clif_tune(ctx, &quick, &result));
  behaviour = FAILS;
  assert_refused(ctx, CLIF_CLBLAST, "errors", clif_tune(ctx, &quick, &result));
  assert_int_equal(clif_context_memory(ctx).device_bytes, 0);
  clif_context_destroy(ctx);
}

enum { IN = 50, OUT = 40, STEPS = 12, SAMPLES = 7 };

/* What a linear layer puts out for zeros and ones. */
static void run_linear(clif_context *ctx, const float *w, const uint8_t *x, float *y) {
  char plan[4096];
  clif_network *net = new_network(ctx);
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {IN}}));
  assert_ok(ctx, clif_network_add_linear(net, "fc", IN, OUT, w, NULL));
  assert_ok(ctx, clif_network_connect(net, "in", "fc", 0));
  assert_ok(ctx, clif_network_record(net, "fc", CLIF_OUTPUT));
  assert_ok(ctx, prepare(net, SAMPLES, STEPS, 0, CLIF_LINEAR_DENSE));
  clif_network_explain(net, plan, sizeof plan);
  assert_non_null(strstr(plan, "by CLBlast"));
  clif_binding in =
      bind("in", CLIF_OUTPUT, view3((void *)(uintptr_t)x, CLIF_U8, STEPS, SAMPLES, IN));
  clif_binding out = bind("fc", CLIF_OUTPUT, view3(y, CLIF_F32, STEPS, SAMPLES, OUT));
  assert_ok(ctx, run(net, &in, 1, &out, 1));
  clif_network_destroy(net);
}

static void no_sum_over_spikes_changes_by_tuning(void **state) {
  (void)state;
  if (is_slow_device()) skip();
  static uint8_t x[STEPS * SAMPLES * IN];
  static float before[STEPS * SAMPLES * OUT], after[STEPS * SAMPLES * OUT];
  float *w = random_floats(IN * OUT, -1.0, 1.0, 5);
  for (size_t i = 0; i < sizeof x; i++) x[i] = (i * 2654435761u >> 28) < 5;
  clif_context *ctx = open_here();
  run_linear(ctx, w, x, before);
  clif__clblast_set set = {{0}};
  clif__tune_start(ctx, &set);
  assert_true(clif__clblast_set_read(&set, clif__tune_tile(ctx, 0)));
  assert_ok(ctx, clif__tune_keep(ctx, &set));
  clif_context *next = open_here();
  assert_memory_equal(next->clblast_set, &set, sizeof set);
  run_linear(next, w, x, after);
  assert_same_bits("sums by a kept set", before, after, STEPS * SAMPLES * OUT);
  run_linear(ctx, w, x, after); /* the first context goes on with its own set */
  assert_same_bits("sums by two sets in turns", before, after, STEPS * SAMPLES * OUT);
  clif_context_destroy(next);
  clif_context_destroy(ctx);
  free(w);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(wrong_arguments_are_refused),
      TEST(a_search_can_be_stopped),
      TEST(parameters_in_use_that_are_wrong_are_told),
      TEST(what_is_faster_is_told_kept_and_used),
      TEST(what_cannot_be_kept_is_used_and_told),
      TEST(a_dry_run_keeps_nothing),
      TEST(sets_that_compute_something_else_are_dropped),
      TEST(no_sum_over_spikes_changes_by_tuning),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
