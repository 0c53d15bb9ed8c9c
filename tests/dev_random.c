/* dev_random.c - cl/random.cl gives the same bits on the device as on the host, for both numbers of
 * lanes. The kernels that call it are in dev_random.cl. */
#include <float.h>
#include <math.h>

#include "core/core.h"
#include "files.h"
#include "neuron/random.h"

enum { LANES = 16 };

static size_t rows_of(size_t fast) {
  return is_slow_device() ? 64 : fast;
}

/* splitmix64 */
static uint64_t mix(uint64_t *state) {
  uint64_t z = (*state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/* Of any size: as many large as small ones. */
static uint32_t any_word(uint64_t *state) {
  uint64_t random = mix(state);
  return (uint32_t)random >> (random >> 32) % 32;
}

static float float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static uint32_t float_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static void assert_same(const char *what, size_t at, float found, float expected) {
  if (isnan(expected) ? !isnan(found) : float_bits(found) != float_bits(expected))
    fail_msg("%s %zu: %a on the device, %a on the host", what, at, (double)found, (double)expected);
}

/* ---- running a kernel of dev_random.cl ---- */

static void copy_kernels(const char *from, const char *name) {
  char path[64];
  size_t bytes;
  snprintf(path, sizeof path, "%s/%s", from, name);
  void *text = get_file(source_file(path), &bytes);
  put_file(in_folder(name), text, bytes);
  free(text);
}

static int make_kernels(void **state) {
  (void)state;
  if (make_folder() != 0) return -1;
  copy_kernels("cl", "prelude.cl");
  copy_kernels("cl", "random.cl");
  copy_kernels("tests", "dev_random.cl");
  return 0;
}

static int remove_kernels(void **state) {
  (void)state;
  return remove_folder();
}

static clif_context *open_with_lanes(unsigned lanes) {
  clif_context_options options = {
      .size = sizeof options, .cache_dir = "off", .kernel_dir = test_folder, .lanes = lanes};
  return open_context(&options);
}

/* `in` and `out`: rows of so many bytes. */
static void run(clif_context *ctx, const char *name, const char *defines, size_t rows,
                const void *in, size_t in_bytes, void *out, size_t out_bytes) {
  cl_kernel kernel;
  clif__buffer from, to;
  const size_t global[2] = {LANES / ctx->lanes, rows};
  const clif__box in_box = clif__box_flat(rows * in_bytes);
  const clif__box out_box = clif__box_flat(rows * out_bytes);
  assert_ok(ctx, clif__kernel_create(ctx, "dev_random", name, defines, &kernel));
  assert_ok(ctx, clif__buffer_create(ctx, rows * in_bytes, "arguments", &from));
  assert_ok(ctx, clif__buffer_create(ctx, rows * out_bytes, "results", &to));
  assert_ok(ctx, clif__buffer_write(ctx, ctx->queue, &from, &in_box, in));
  assert_int_equal(clSetKernelArg(kernel, 0, sizeof from.mem, &from.mem), CL_SUCCESS);
  assert_int_equal(clSetKernelArg(kernel, 1, sizeof to.mem, &to.mem), CL_SUCCESS);
  assert_ok(ctx, clif__launch(ctx, kernel, 2, global, NULL));
  assert_ok(ctx, clif__buffer_read(ctx, ctx->queue, &to, &out_box, out));
  assert_ok(ctx, clif__finish(ctx));
  clif__buffer_release(ctx, &from);
  clif__buffer_release(ctx, &to);
  clReleaseKernel(kernel);
}

/* Each test for both numbers of lanes, but with CLIF_TEST_LANES for that one only. */
static void for_lanes(void (*test)(clif_context *ctx)) {
  static const unsigned both[] = {1, 16};
  for (int i = 0; i < 2; i++) {
    if (test_lanes() != 0 && test_lanes() != both[i]) continue;
    clif_context *ctx = open_with_lanes(both[i]);
    test(ctx);
    clif_context_destroy(ctx);
  }
}

/* ---- words ---- */

typedef struct place {
  uint32_t counter[4], key[2];
} place;

static place any_place(uint64_t *seed, size_t row) {
  /* Neurons at the end of the range, and around it: lane by lane it wraps. */
  static const uint32_t neurons[] = {0, 0xfffffff0u, 0xfffffff8u, 0xffffffffu, 0x7ffffff8u};
  place p;
  for (int i = 0; i < 4; i++) p.counter[i] = any_word(seed);
  for (int i = 0; i < 2; i++) p.key[i] = any_word(seed);
  if (row < sizeof neurons / sizeof neurons[0]) p.counter[0] = neurons[row];
  if (row == 0) memset(&p, 0, sizeof p);
  if (row == 1) memset(p.counter + 1, 0xff, sizeof p - sizeof p.counter[0]);
  return p;
}

static void check_words(clif_context *ctx) {
  const size_t rows = rows_of(4096);
  place *places = malloc(rows * sizeof *places);
  uint32_t(*words)[4][LANES] = malloc(rows * sizeof *words);
  uint64_t seed = 1;
  assert_true(places && words);
  for (size_t row = 0; row < rows; row++) places[row] = any_place(&seed, row);
  run(ctx, "words", NULL, rows, places, sizeof *places, words, sizeof *words);
  for (size_t row = 0; row < rows; row++) {
    for (uint32_t lane = 0; lane < LANES; lane++) {
      uint32_t expected[4];
      place p = places[row];
      p.counter[0] += lane;
      clif__philox(p.counter, p.key, expected);
      for (int i = 0; i < 4; i++) assert_int_equal(words[row][i][lane], expected[i]);
    }
  }
  free(words);
  free(places);
}

static void the_words_are_those_of_the_host(void **state) {
  (void)state;
  for_lanes(check_words);
}

/* ---- uniform and normal numbers ---- */

static void check_numbers(clif_context *ctx) {
  static const uint32_t ends[] = {0, 0xff, 0x100, 0x7fffffff, 0x80000000, 0xfffffeff, 0xffffffff};
  enum { ENDS = sizeof ends / sizeof ends[0] };
  const size_t rows = rows_of(65536);
  uint32_t(*words)[2][LANES] = malloc(rows * sizeof *words);
  float(*values)[3][LANES] = malloc(rows * sizeof *values);
  uint64_t seed = 2;
  assert_true(words && values);
  for (size_t i = 0; i < rows * LANES; i++) {
    words[i / LANES][0][i % LANES] = i < ENDS * ENDS ? ends[i / ENDS] : (uint32_t)mix(&seed);
    words[i / LANES][1][i % LANES] = i < ENDS * ENDS ? ends[i % ENDS] : (uint32_t)mix(&seed);
  }
  run(ctx, "numbers", NULL, rows, words, sizeof *words, values, sizeof *values);
  for (size_t i = 0; i < rows * LANES; i++) {
    const size_t row = i / LANES, lane = i % LANES;
    float pair[2];
    clif__normals(words[row][0][lane], words[row][1][lane], pair);
    assert_same("uniform", i, values[row][0][lane], clif__unit(words[row][0][lane]));
    assert_same("cosine", i, values[row][1][lane], pair[0]);
    assert_same("sine", i, values[row][2][lane], pair[1]);
  }
  free(values);
  free(words);
}

static void uniform_and_normal_numbers_are_those_of_the_host(void **state) {
  (void)state;
  for_lanes(check_numbers);
}

/* ---- exp and division ---- */

typedef float triple[3][LANES];

/* Half of them numbers as they occur, half any that there are. */
static void any_arguments(size_t rows, float (*arguments)[2][LANES]) {
  static const float xs[] = {0.0f,    -0.0f,     0x1p-149f,        -0x1p-127f, FLT_MIN,
                             FLT_MAX, -INFINITY, 0x1.fffffep-126f, NAN,        87.5f};
  static const float ys[] = {FLT_MIN, 0x1.fffffep-126f, 1.0f, 3.0f, 0x1p+127f, FLT_MAX};
  enum { XS = sizeof xs / sizeof xs[0], YS = sizeof ys / sizeof ys[0] };
  uint64_t seed = 3;
  for (size_t i = 0; i < rows * LANES; i++) {
    uint32_t random = (uint32_t)mix(&seed);
    float x = float_of((uint32_t)mix(&seed)), y = float_of(random & 0x7fffffff);
    if (i % 2) x = (float)(int32_t)mix(&seed) * 0x1p-24f, y = 1.0f + (float)random * 0x1p-26f;
    if (i < XS * YS) x = xs[i / YS], y = ys[i % YS];
    if (!isnormal(y)) y = 1.0f;
    arguments[i / LANES][0][i % LANES] = x;
    arguments[i / LANES][1][i % LANES] = y;
  }
}

/* Where a device divides by itself its rule for denormals counts, not ours. */
static bool is_denormal_case(float x, float y) {
  return fabsf(x) < FLT_MIN || fabs((double)x / (double)y) < (double)FLT_MIN;
}

static void compare_functions(size_t rows, float (*arguments)[2][LANES], triple *values,
                              bool soft) {
  for (size_t i = 0; i < rows * LANES; i++) {
    const size_t row = i / LANES, lane = i % LANES;
    const float x = arguments[row][0][lane], y = arguments[row][1][lane];
    assert_same("exp", i, values[row][0][lane], clif__exp(x));
    assert_same("software quotient", i, values[row][1][lane], clif__divide_soft(x, y));
    if (soft || !is_denormal_case(x, y))
      assert_same("quotient", i, values[row][2][lane], clif__divide_soft(x, y));
  }
}

static void check_functions(clif_context *ctx) {
  const size_t rows = rows_of(65536);
  float(*arguments)[2][LANES] = malloc(rows * sizeof *arguments);
  triple *values = malloc(rows * sizeof *values);
  assert_true(arguments && values);
  any_arguments(rows, arguments);
  const char *options[] = {"-DCLIF_SOFT_DIVIDE", clif__division_option(ctx)};
  for (int i = 0; i < 2; i++) {
    run(ctx, "functions", options[i], rows, arguments, sizeof *arguments, values, sizeof *values);
    bool soft = strcmp(options[i], "-DCLIF_SOFT_DIVIDE") == 0;
    compare_functions(rows, arguments, values, soft);
  }
  free(values);
  free(arguments);
}

static void exp_and_division_are_those_of_the_host(void **state) {
  (void)state;
  for_lanes(check_functions);
}

static void what_rounds_divisions_depends_on_the_device(void **state) {
  (void)state;
  clif_context *ctx = open_with_lanes(0);
  cl_device_fp_config config = 0;
  assert_int_equal(
      clGetDeviceInfo(ctx->device, CL_DEVICE_SINGLE_FP_CONFIG, sizeof config, &config, NULL),
      CL_SUCCESS);
  bool correct = (config & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
  print_message("%s: divisions are rounded by %s\n", clif_context_device(ctx)->name,
                correct ? "the device" : "software");
  assert_int_equal(ctx->correct_division, correct);
  assert_string_equal(clif__division_option(ctx),
                      correct ? "-cl-fp32-correctly-rounded-divide-sqrt" : "-DCLIF_SOFT_DIVIDE");
  clif_context_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_words_are_those_of_the_host),
      cmocka_unit_test(uniform_and_normal_numbers_are_those_of_the_host),
      cmocka_unit_test(exp_and_division_are_those_of_the_host),
      cmocka_unit_test(what_rounds_divisions_depends_on_the_device),
  };
  return cmocka_run_group_tests(tests, make_kernels, remove_kernels);
}
