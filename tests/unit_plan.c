/* unit_plan.c - the plan of a network and the size of its tiles, without running anything: devices
 * are only numbers here, so that ones we do not have can be tried too. */
#include "nets.h"
#include "network/network.h"
#include "network/schedule.h"

/* in (64) -> fc -> lif (100), both ways, with 16 lanes. A row of a tile: what is uploaded, inputs
 * as floats or lists of events, currents, bits of the input, a count of events, bits of spikes. */
enum {
  IN = 64,
  OUT = 100,
  IN_ROW = 64 * 4,
  OUT_ROW = 112 * 4,
  TILE_ROW = 2 * IN_ROW + OUT_ROW + 8 + 4 + 16
};
/* weights in both layouts, coefficients, start of v, statistics */
enum { FIXED = 2 * 64 * OUT_ROW + 13 * 4 + 4 + (4 + 1) * 4 };

static clif_context *open_wide(void) {
  const clif_context_options wide = {.size = sizeof wide, .lanes = 16};
  return open_context(&wide);
}

static clif__plan *make_plan(clif_context *ctx, clif_network **net) {
  float *w = random_floats(IN * OUT, -1, 1, 1);
  clif_lif_params p = clif_lif_defaults();
  clif__plan *plan = NULL;
  *net = new_network(ctx);
  assert_ok(ctx, clif_network_add_input(*net, "in", &(clif_shape){1, {IN}}));
  assert_ok(ctx, clif_network_add_linear(*net, "fc", IN, OUT, w, NULL));
  assert_ok(ctx, clif_network_add_lif(*net, "lif", &p));
  assert_ok(ctx, clif_network_connect(*net, "in", "fc", 0));
  assert_ok(ctx, clif_network_add_output(*net, "out"));
  assert_ok(ctx, clif_network_connect(*net, "fc", "lif", 0));
  assert_ok(ctx, clif_network_connect(*net, "lif", "out", 0));
  assert_ok(ctx, clif__network_infer(*net));
  assert_ok(ctx, clif__network_plan(*net, CLIF_LINEAR_AUTO, CLIF_DENSE_AUTO, &plan));
  free(w);
  return plan;
}

static size_t wanted_scratch;

static clif__limits limits_of(size_t batch, size_t steps, uint64_t cap, uint64_t max_buffer) {
  return (clif__limits){.batch = batch, .steps = steps, .cap = cap, .max_buffer = max_buffer};
}

static clif_status scratch_per_row(clif_context *ctx, const clif__plan *plan,
                                   const clif__command *product, size_t rows, size_t *bytes) {
  (void)ctx, (void)plan;
  assert_int_equal(product->layer->data.linear.in, IN);
  assert_int_equal(product->columns, 112);
  /* As some of CLBlast's kernels: nothing for whole blocks of rows, all rounded up for others. */
  *bytes = wanted_scratch == SIZE_MAX ? (rows % 32 ? 1000 : 0) : wanted_scratch * rows;
  return CLIF_OK;
}

typedef struct fit_case {
  size_t batch, steps;
  uint64_t cap, max_buffer;
  size_t scratch, tile_steps, tile_samples;
} fit_case;

static void tiles_are_as_large_as_fits(void **state) {
  (void)state;
  static const uint64_t plenty = 1ull << 40;
  const fit_case cases[] = {
      {1, 0, plenty, plenty, 0, 1024, 1},        /* the longest tile there is */
      {1, 25, plenty, plenty, 0, 25, 1},         /* no longer than the run */
      {16, 100, plenty, plenty, 0, 100, 16},     /* all of it */
      {1024, 1024, plenty, plenty, 0, 16, 1024}, /* 16 MiB is enough for a tile */
      {100000, 100, plenty, plenty, 0, 1, 100000},
      /* one buffer: rows of 448 bytes */
      {16, 64, plenty, 16 * 8 * OUT_ROW, 0, 8, 16},
      {16, 64, plenty, 16 * 8 * OUT_ROW - 1, 0, 7, 16},
      {16, 60, plenty, 16 * 8 * OUT_ROW - 1, 0, 7, 16}, /* 9 tiles of 6 or 7 */
      {16, 57, plenty, 16 * 8 * OUT_ROW, 0, 8, 16},
      {16, 65, plenty, 16 * 8 * OUT_ROW, 0, 8, 16},
      {16, 64, plenty, 64 * OUT_ROW, 0, 4, 16},
      /* the cap: to the byte */
      {16, 64, FIXED + 16 * OUT_ROW + 16 * 8 * TILE_ROW, plenty, 0, 8, 16},
      {16, 64, FIXED + 16 * OUT_ROW + 16 * 8 * TILE_ROW - 1, plenty, 0, 7, 16},
      {16, 64, FIXED + 16 * OUT_ROW + 4 * TILE_ROW, plenty, 0, 1, 4},
      {16, 64, FIXED + 16 * OUT_ROW + 1 * TILE_ROW, plenty, 0, 1, 1},
      /* scratch counts too */
      {16, 64, FIXED + 16 * OUT_ROW + 16 * 8 * (TILE_ROW + 100), plenty, 100, 8, 16},
      {16, 64, FIXED + 16 * OUT_ROW + 16 * 8 * (TILE_ROW + 100), plenty, 101, 7, 16},
  };
  clif_context *ctx = open_wide();
  clif_network *net;
  clif__plan *plan = make_plan(ctx, &net);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const fit_case *c = &cases[i];
    clif__limits limits = limits_of(c->batch, c->steps, c->cap, c->max_buffer);
    limits.scratch = scratch_per_row;
    wanted_scratch = c->scratch;
    assert_ok(ctx, clif__plan_fit(ctx, plan, &limits));
    if (plan->tile_steps != c->tile_steps || plan->tile_samples != c->tile_samples)
      fail_msg("case %zu: %zu steps x %zu samples, expected %zu x %zu", i, plan->tile_steps,
               plan->tile_samples, c->tile_steps, c->tile_samples);
    uint64_t rows = (uint64_t)c->tile_steps * c->tile_samples;
    uint64_t tiles = (c->batch + c->tile_samples - 1) / c->tile_samples;
    assert_int_equal(plan->bytes,
                     FIXED + tiles * c->tile_samples * OUT_ROW + rows * (TILE_ROW + c->scratch));
    assert_true(plan->bytes <= c->cap);
  }
  clif__plan_destroy(ctx, plan);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

/* What is uploaded has two buffers where copies overlap; one tile has nothing to overlap with. */
static void overlapping_copies_are_counted_twice(void **state) {
  (void)state;
  static const uint64_t plenty = 1ull << 40, state_of_16 = FIXED + 16 * OUT_ROW;
  const uint64_t eight = state_of_16 + 16 * 8 * (TILE_ROW + IN_ROW);
  const struct {
    size_t steps;
    uint64_t cap;
    clif__overlap overlap;
    size_t tile_steps;
    bool on;
  } cases[] = {{64, eight, CLIF__OVERLAP_TILES, 8, true},
               {64, eight - 1, CLIF__OVERLAP_TILES, 7, true},
               {64, eight, CLIF__OVERLAP_ALWAYS, 8, true},
               {64, eight, CLIF__OVERLAP_NEVER, 10, false},
               {8, eight, CLIF__OVERLAP_TILES, 8, false},
               {64, plenty, CLIF__OVERLAP_TILES, 64, false},
               {64, plenty, CLIF__OVERLAP_ALWAYS, 64, true},
               {0, plenty, CLIF__OVERLAP_TILES, 842, true}}; /* 16 MiB */
  clif_context *ctx = open_wide();
  clif_network *net;
  clif__plan *plan = make_plan(ctx, &net);
  wanted_scratch = 0;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    clif__limits limits = limits_of(16, cases[i].steps, cases[i].cap, plenty);
    limits.scratch = scratch_per_row;
    limits.overlap = cases[i].overlap;
    assert_ok(ctx, clif__plan_fit(ctx, plan, &limits));
    const size_t row = TILE_ROW + (cases[i].on ? IN_ROW : 0);
    if (plan->tile_steps != cases[i].tile_steps || plan->overlap != cases[i].on)
      fail_msg("case %zu: tiles of %zu steps, overlap %d", i, plan->tile_steps, plan->overlap);
    assert_int_equal(plan->bytes, state_of_16 + plan->tile_steps * 16 * row);
  }
  clif__plan_destroy(ctx, plan);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

/* 64 rows want nothing, but 63 do, and a run may end with such a tile. */
static void scratch_is_enough_for_shorter_tiles_too(void **state) {
  (void)state;
  clif_context *ctx = open_wide();
  clif_network *net;
  clif__plan *plan = make_plan(ctx, &net);
  clif__limits limits = limits_of(1, 64, 1u << 30, 1u << 30);
  limits.scratch = scratch_per_row;
  wanted_scratch = SIZE_MAX;
  assert_ok(ctx, clif__plan_fit(ctx, plan, &limits));
  assert_int_equal(plan->tile_steps, 64);
  assert_int_equal(plan->tensors[plan->scratch].bytes, 1000);
  clif__plan_destroy(ctx, plan);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

static void what_cannot_fit_is_refused_with_its_reason(void **state) {
  (void)state;
  clif_context *ctx = open_wide();
  clif_network *net;
  clif__plan *plan = make_plan(ctx, &net);
  clif__limits limits = limits_of(16, 64, FIXED + 16 * OUT_ROW + TILE_ROW - 1, 1u << 30);
  assert_refused(ctx, CLIF_OUT_OF_DEVICE_MEMORY, "raise the cap",
                 clif__plan_fit(ctx, plan, &limits));
  limits = limits_of(16, 64, 1u << 30, 64 * OUT_ROW - 1);
  assert_refused(ctx, CLIF_OUT_OF_DEVICE_MEMORY, "28672 bytes for the weight of 'fc'",
                 clif__plan_fit(ctx, plan, &limits));
  limits = limits_of(INT32_MAX, 64, UINT64_MAX, UINT64_MAX);
  assert_ok(ctx, clif__plan_fit(ctx, plan, &limits)); /* counted without overflow */
  assert_true(plan->tile_samples * 112 <= INT32_MAX);
  clif__plan_destroy(ctx, plan);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

static void the_plan_has_the_commands_of_both_ways(void **state) {
  (void)state;
  clif_context *ctx = open_wide();
  clif_network *net;
  clif__plan *plan = make_plan(ctx, &net);
  static const struct {
    const char *kernel; /* NULL: none */
    clif__command_kind kind;
    clif__way way;
    clif_dtype dtype;
  } expected[] = {{NULL, CLIF__UPLOAD, CLIF__ANY_WAY, 0},
                  {"input_load", CLIF__KERNEL, CLIF__DENSE, CLIF_U8},
                  {"input_load", CLIF__KERNEL, CLIF__DENSE, CLIF_F32},
                  {NULL, CLIF__PRODUCT, CLIF__DENSE, 0},
                  {"input_bits", CLIF__KERNEL, CLIF__EVENTS, CLIF_U8},
                  {"input_bits", CLIF__KERNEL, CLIF__EVENTS, CLIF_F32},
                  {"spikes_list", CLIF__KERNEL, CLIF__EVENTS, 0},
                  {NULL, CLIF__CLEAR, CLIF__ANY_WAY, 0},
                  {"lif_tile", CLIF__KERNEL, CLIF__DENSE, 0},
                  {"lif_tile", CLIF__KERNEL, CLIF__EVENTS, 0}};
  enum { N = sizeof expected / sizeof *expected };
  assert_int_equal(plan->tile.n, N);
  for (size_t i = 0; i < N; i++) {
    const clif__command *c = &plan->tile.commands[i];
    assert_int_equal(c->kind, expected[i].kind);
    assert_int_equal(c->when.way, expected[i].way);
    assert_int_equal(c->when.dtype, expected[i].dtype);
    if (expected[i].kernel) assert_string_equal(c->kernel, expected[i].kernel);
  }
  assert_int_equal(plan->start.n, 1);
  clif__plan_destroy(ctx, plan);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

/* ---- work-items ---- */

/* Iterations of all loops that one work-item of FOR_ROWS and FOR_COLUMNS goes through. */
static size_t iterations(const clif__command *c, unsigned lanes, size_t rows,
                         const size_t global[2]) {
  size_t blocks = c->pitch / lanes;
  size_t my_blocks = (blocks + global[0] - 1) / global[0],
         my_rows = (rows + global[1] - 1) / global[1];
  return my_rows * (my_blocks * (c->inner + 1) + 1);
}

static void no_work_item_loops_longer_than_llvmpipe_allows(void **state) {
  (void)state;
  static const size_t pitches[] = {16, 128, 4096, 1 << 20}, inners[] = {0, 64, 4096, 60000};
  static const size_t tiles[][2] = {{1, 1}, {25, 360}, {1, 1 << 20}, {1024, 3}, {1 << 17, 1}};
  static const size_t units[] = {1, 2, 132};
  for (size_t i = 0; i < 4 * 4 * 5 * 3 * 2; i++) {
    clif__command c = {
        .grid = CLIF__OVER_ROWS, .pitch = pitches[i % 4], .inner = inners[i / 4 % 4]};
    clif__tile tile = {.steps = tiles[i / 16 % 5][0], .samples = tiles[i / 16 % 5][1]};
    unsigned lanes = i / 240 ? 16 : 1;
    size_t local[2], global[2], blocks;
    clif__grid_local(&c, lanes, 1024, local);
    clif__grid_global(&c, lanes, units[i / 80 % 3], &tile, local, global, &blocks);
    size_t n = iterations(&c, lanes, tile.steps * tile.samples, global);
    if (n > 65535)
      fail_msg("pitch %zu, inner %zu, %zu x %zu rows, lanes %u: %zu iterations", c.pitch, c.inner,
               tile.steps, tile.samples, lanes, n);
  }
}

static void work_items_over_neurons_share_the_work_and_end_in_time(void **state) {
  (void)state;
  static const size_t pitches[] = {16, 1024, 1 << 14, 10000000 / 16 * 16};
  static const size_t tiles[][2] = {{1, 1}, {4, 16}, {32, 1}, {1024, 1}, {1024, 360}};
  for (size_t i = 0; i < 4 * 5 * 3; i++) {
    clif__command c = {.grid = CLIF__OVER_NEURONS, .pitch = pitches[i % 4]};
    clif__tile tile = {.steps = tiles[i / 4 % 5][0], .samples = tiles[i / 4 % 5][1]};
    const size_t units[] = {1, 2, 64}, local[2] = {1, 1};
    size_t global[2], blocks, cores = units[i / 20], all = c.pitch / 16 * tile.samples;
    clif__grid_global(&c, 16, cores, &tile, local, global, &blocks);
    /* Each quad of steps goes over the blocks; 65535 is llvmpipe's limit. */
    assert_true((tile.steps / 4 + 2) * blocks <= 65535 / 2);
    if (all >= 4 * 32 * cores) assert_true(global[0] * global[1] >= 2 * cores);
  }
}

static void work_groups_keep_to_the_kernels_limit(void **state) {
  (void)state;
  static const size_t limits[] = {1, 32, 64, 256, 1024};
  for (size_t pitch = 16; pitch <= 4096; pitch *= 2)
    for (size_t i = 0; i < 5; i++) {
      clif__command c = {.grid = CLIF__OVER_NEURONS, .pitch = pitch};
      clif__tile tile = {.steps = 7, .samples = 13};
      size_t local[2], global[2], blocks;
      clif__grid_local(&c, 1, limits[i], local);
      clif__grid_global(&c, 1, 4, &tile, local, global, &blocks);
      assert_true(local[0] * local[1] <= limits[i] && local[0] * local[1] <= 64);
      assert_true(global[0] % local[0] == 0 && global[1] % local[1] == 0);
      assert_true(blocks == 1 && global[0] >= pitch &&
                  global[1] >= 13); /* every neuron has its work-item */
      clif__grid_local(&c, 16, limits[i], local);
      clif__grid_global(&c, 16, 4, &tile, local, global, &blocks);
      assert_true(local[0] == 1 && local[1] == 1 && global[0] == 13);
      /* Whole units of lane blocks, which are packed into bits together. */
      assert_true(blocks % 8 == 0 && global[1] * blocks >= pitch / 16);
      /* Events: by units; the samples of a work-group would have different ones. */
      c.unit = 6;
      clif__grid_local(&c, 16, limits[i], local);
      clif__grid_global(&c, 16, 4, &tile, local, global, &blocks);
      assert_true(blocks == 6 && global[0] == 13 && global[1] * 6 >= pitch / 16);
      clif__grid_local(&c, 1, limits[i], local);
      assert_true(local[1] == 1 && local[0] <= 64);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tiles_are_as_large_as_fits),
      cmocka_unit_test(overlapping_copies_are_counted_twice),
      cmocka_unit_test(scratch_is_enough_for_shorter_tiles_too),
      cmocka_unit_test(what_cannot_fit_is_refused_with_its_reason),
      cmocka_unit_test(the_plan_has_the_commands_of_both_ways),
      cmocka_unit_test(no_work_item_loops_longer_than_llvmpipe_allows),
      cmocka_unit_test(work_items_over_neurons_share_the_work_and_end_in_time),
      cmocka_unit_test(work_groups_keep_to_the_kernels_limit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
