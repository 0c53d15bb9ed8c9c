/* dev_costs.c - what linear layers cost: reckoned, measured, kept; it steers the way and no bit. */
#include <math.h>

#include "core/core.h"
#include "files.h"
#include "nets.h"

enum { IN = 70, OUT = 40, STEPS = 6, SAMPLES = 5 };

static clif_context *open_here(void) {
  return open_context(
      &(clif_context_options){.size = sizeof(clif_context_options), .cache_dir = test_folder});
}

static int set_up(void **state) {
  (void)state;
  return make_folder();
}

static int tear_down(void **state) {
  (void)state;
  return remove_folder();
}

static clif_network *one_layer(clif_context *ctx, int tune) {
  const clif_lif_params lif = clif_lif_defaults();
  const clif_prepare_options o = {.size = sizeof o, .batch = SAMPLES, .steps = STEPS, .tune = tune};
  float *w = random_floats(IN * OUT, -1.0, 2.0, 3);
  clif_network *net = new_network(ctx);
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {IN}}));
  assert_ok(ctx, clif_network_add_linear(net, "fc", IN, OUT, w, NULL));
  assert_ok(ctx, clif_network_add_lif(net, "cell", &lif));
  assert_ok(ctx, clif_network_connect(net, "in", "fc", 0));
  assert_ok(ctx, clif_network_connect(net, "fc", "cell", 0));
  assert_ok(ctx, clif_network_record(net, "cell", CLIF_V_PRE));
  assert_ok(ctx, clif_network_prepare(net, &o));
  free(w);
  return net;
}

static void run_ones(clif_context *ctx, clif_network *net, float *v) {
  uint8_t x[STEPS * SAMPLES * IN];
  memset(x, 1, sizeof x);
  const clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_U8, STEPS, SAMPLES, IN));
  const clif_binding out = bind("cell", CLIF_V_PRE, view3(v, CLIF_F32, STEPS, SAMPLES, OUT));
  assert_ok(ctx, run(net, &in, 1, &out, 1));
}

/* Which way do all ones go, and with which membranes? */
static bool goes_dense(clif_context *ctx, float *v) {
  char plan[8192];
  clif_network *net = one_layer(ctx, 0);
  run_ones(ctx, net, v);
  assert_in_range(clif_network_explain(net, plan, sizeof plan), 1, sizeof plan - 1);
  bool dense = strstr(plan, "  fc           product") != NULL;
  clif_network_destroy(net);
  return dense;
}

static void costs_choose_the_way_and_change_no_bit(void **state) {
  (void)state;
  float by_events[STEPS * SAMPLES * OUT], by_product[STEPS * SAMPLES * OUT];
  clif_context *ctx = open_here();
  assert_true(ctx->costs.event > 0.0 && !ctx->costs.measured);
  ctx->costs = (clif__costs){.event = 1e-9, .product = {1e-8, 1e-8}, .large = {1e-8, 1e-8}};
  assert_false(goes_dense(ctx, by_events));
  ctx->costs = (clif__costs){.event = 1e-9, .product = {1e-11, 1e-11}, .large = {1e-11, 1e-11}};
  assert_true(goes_dense(ctx, by_product));
  assert_same_bits("membranes", by_product, by_events, STEPS * SAMPLES * OUT);
  clif_context_destroy(ctx);
}

static void costs_are_measured_once_and_kept(void **state) {
  (void)state;
  if (is_slow_device()) skip();
  clif_context *ctx = open_here();
  clif_network_destroy(one_layer(ctx, 1));
  const clif__costs costs = ctx->costs;
  assert_true(costs.measured && costs.event > 0.0 && costs.product[0] > 0.0 &&
              costs.product[1] > 0.0 && costs.large[0] > 0.0 && costs.large[1] > 0.0);
  assert_int_equal(clif_context_memory(ctx).device_bytes, 0); /* nothing stays of it */
  uint64_t commands = clif_context_counters(ctx).commands;
  clif_network_destroy(one_layer(ctx, 1));
  assert_in_range(clif_context_counters(ctx).commands - commands, 1, 40); /* not again */
  clif_context_destroy(ctx);
  ctx = open_here();
  assert_true(ctx->costs.measured);
  assert_true(fabs(ctx->costs.event / costs.event - 1.0) < 1e-6);
  clif_context_destroy(ctx);
}

/* Whatever is kept there, costs are usable ones. */
static void kept_costs_that_make_no_sense_are_not_used(void **state) {
  (void)state;
  static const clif__costs bad[] = {
      {.event = -1.0, .product = {1e-9, 1e-9}, .large = {1e-9, 1e-9}},
      {.event = 1e-9, .product = {0.0, 1e-9}, .large = {1e-9, 1e-9}},
      {.event = 1e-9, .product = {1e-9, 1e-9}, .large = {1e-9, (double)NAN}},
      {.event = (double)INFINITY, .product = {1e-9, 1e-9}, .large = {1e-9, 1e-9}}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    clif_context *ctx = open_here();
    clif__costs_keep(ctx, &bad[i]);
    clif_context_destroy(ctx);
    ctx = open_here();
    assert_true(!ctx->costs.measured && ctx->costs.event > 0.0 && ctx->costs.event < 1.0);
    clif_context_destroy(ctx);
  }
  clif_context *ctx = open_here();
  clif__costs_keep(ctx,
                   &(clif__costs){.event = 2e-9, .product = {3e-9, 4e-9}, .large = {5e-9, 6e-9}});
  clif_context_destroy(ctx);
  ctx = open_here();
  assert_true(ctx->costs.measured && ctx->costs.event == 2e-9 && ctx->costs.product[1] == 4e-9 &&
              ctx->costs.large[0] == 5e-9);
  clif_context_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(costs_choose_the_way_and_change_no_bit, set_up, tear_down),
      cmocka_unit_test_setup_teardown(costs_are_measured_once_and_kept, set_up, tear_down),
      cmocka_unit_test_setup_teardown(kept_costs_that_make_no_sense_are_not_used, set_up,
                                      tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
