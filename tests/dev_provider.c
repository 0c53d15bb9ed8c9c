/* dev_provider.c - what happens when CLBlast computes something else, or fails.
 *
 * The product is intercepted: this program has a CLBlastSgemmWithTempBuffer of its own, which is
 * found before the library's. */
#define _GNU_SOURCE 1 /* RTLD_NEXT */
#include <dlfcn.h>

#include "core/core.h"
#include <clblast_c.h>

#include "nets.h"

enum { FAITHFUL, LEAVES_OUT_THE_LAST_INPUT, FAILS } behaviour;

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
  if (behaviour == FAILS) return CLBlastInvalidLocalMemUsage;
  void *found = dlsym(RTLD_NEXT, "CLBlastSgemmWithTempBuffer");
  sgemm real;
  assert_non_null(found);
  memcpy(&real, &found, sizeof real);
  return real(layout, a_transpose, b_transpose, m, n, behaviour == FAITHFUL ? k : k - 1, alpha,
              a_buffer, a_offset, a_ld, b_buffer, b_offset, b_ld, beta, c_buffer, c_offset, c_ld,
              queue, event, temp_buffer);
}

enum { IN = 33, OUT = 20, STEPS = 3 };

static char last_warning[512];

static void keep_warning(void *user, clif_log_level level, const char *line) {
  (void)user;
  if (level == CLIF_LOG_WARNING) snprintf(last_warning, sizeof last_warning, "%s", line);
}

static clif_context *open_listening(void) {
  last_warning[0] = '\0';
  /* With one neuron per work-item, as on GPUs, products are worth a thought for spikes. */
  return open_context(&(clif_context_options){
      .size = sizeof(clif_context_options), .log = keep_warning, .lanes = 1});
}

static clif_network *one_layer(clif_context *ctx, const float *w) {
  clif_network *net = new_network(ctx);
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {IN}}));
  assert_ok(ctx, clif_network_add_linear(net, "fc", IN, OUT, w, NULL));
  assert_ok(ctx, clif_network_connect(net, "in", "fc", 0));
  assert_ok(ctx, clif_network_record(net, "fc", CLIF_OUTPUT));
  return net;
}

/* All inputs 1: every output is the sum of its weights. */
static void check_sums(clif_context *ctx, clif_network *net, const float *w) {
  uint8_t ones[STEPS * IN];
  float y[STEPS * OUT];
  memset(ones, 1, sizeof ones);
  clif_binding in = bind("in", CLIF_OUTPUT, view3(ones, CLIF_U8, STEPS, 1, IN));
  clif_binding out = bind("fc", CLIF_OUTPUT, view3(y, CLIF_F32, STEPS, 1, OUT));
  assert_ok(ctx, run(net, &in, 1, &out, 1));
  for (size_t i = 0; i < STEPS * OUT; i++) {
    float sum = 0.0f;
    for (size_t k = 0; k < IN; k++) sum += w[i % OUT * IN + k];
    assert_same_bits("sum", &y[i], &sum, 1);
  }
}

static void a_faithful_clblast_is_used(void **state) {
  (void)state;
  char plan[4096];
  clif_context *ctx = open_listening();
  float *w = random_floats(IN * OUT, -1.0, 1.0, 5);
  clif_network *net = one_layer(ctx, w);
  behaviour = FAITHFUL;
  assert_ok(ctx, prepare(net, 1, STEPS, 0, CLIF_LINEAR_AUTO));
  clif_network_explain(net, plan, sizeof plan);
  assert_non_null(strstr(plan, "by CLBlast"));
  assert_string_equal(last_warning, "");
  check_sums(ctx, net, w);
  clif_network_destroy(net);
  free(w);
  clif_context_destroy(ctx);
}

static void a_clblast_with_other_bits_is_not_used(void **state) {
  (void)state;
  char plan[4096];
  clif_context *ctx = open_listening();
  float *w = random_floats(IN * OUT, -1.0, 1.0, 5);
  clif_network *net = one_layer(ctx, w);
  behaviour = LEAVES_OUT_THE_LAST_INPUT;
  assert_refused(ctx, CLIF_CLBLAST, "'fc'", prepare(net, 1, STEPS, 0, CLIF_LINEAR_DENSE));
  assert_ok(ctx, prepare(net, 1, STEPS, 0, CLIF_LINEAR_AUTO)); /* usable after the refusal */
  assert_non_null(strstr(last_warning, "'fc'"));
  clif_network_explain(net, plan, sizeof plan);
  check_sums(ctx, net, w); /* all ones, for which a product would be the way otherwise */
  clif_network_explain(net, plan, sizeof plan);
  assert_non_null(strstr(plan, "- fc           product"));
  clif_network_destroy(net);
  free(w);
  clif_context_destroy(ctx);
}

static void a_failing_clblast_is_a_status_with_its_code(void **state) {
  (void)state;
  clif_context *ctx = open_listening();
  float *w = random_floats(IN * OUT, -1.0, 1.0, 5);
  clif_network *net = one_layer(ctx, w);
  behaviour = FAILS;
  assert_refused(ctx, CLIF_CLBLAST, "layer 'fc'", prepare(net, 1, STEPS, 0, CLIF_LINEAR_AUTO));
  assert_int_equal(clif_context_native_code(ctx), CLBlastInvalidLocalMemUsage);
  behaviour = FAITHFUL;
  assert_ok(ctx, prepare(net, 1, STEPS, 0, CLIF_LINEAR_DENSE));
  behaviour = FAILS; /* and in a run */
  uint8_t x[STEPS * IN] = {0};
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_U8, STEPS, 1, IN));
  assert_refused(ctx, CLIF_CLBLAST, "layer 'fc'", run(net, &in, 1, NULL, 0));
  behaviour = FAITHFUL;
  assert_refused(ctx, CLIF_STATE, "reset", run(net, &in, 1, NULL, 0));
  assert_ok(ctx, clif_network_reset(net));
  check_sums(ctx, net, w);
  clif_network_destroy(net);
  free(w);
  clif_context_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_faithful_clblast_is_used),
      cmocka_unit_test(a_clblast_with_other_bits_is_not_used),
      cmocka_unit_test(a_failing_clblast_is_a_status_with_its_code),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
