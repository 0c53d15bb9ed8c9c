/* unit_core.c - statuses, error sentences, host memory and arrays; needs no device. */
#include "support.h"

#include <math.h>

#include "core/core.h"

static void *plain_alloc(void *user, void *ptr, size_t old_size, size_t new_size) {
  (void)user;
  (void)old_size;
  if (new_size) return realloc(ptr, new_size);
  free(ptr);
  return NULL;
}

/* Refuses everything once *user calls have been answered. */
static void *failing_alloc(void *user, void *ptr, size_t old_size, size_t new_size) {
  int *left = user;
  if (new_size && (*left)-- <= 0) return NULL;
  return plain_alloc(NULL, ptr, old_size, new_size);
}

/* As much of a context as memory and errors need. */
static clif_context ctx;

static int open_bare(void **state) {
  (void)state;
  ctx = (clif_context){.holders = 1, .alloc = plain_alloc};
  return 0;
}

static int nothing_held(void **state) {
  (void)state;
  assert_int_equal(ctx.memory.host_bytes, 0);
  return 0;
}

/* ---- statuses and sentences ---- */

static void every_status_has_a_name_and_a_text(void **state) {
  (void)state;
#define CHECK(name, value, text)                                                                   \
  assert_int_equal(CLIF_##name, value);                                                            \
  assert_string_equal(clif_status_name(CLIF_##name), "CLIF_" #name);                               \
  assert_string_equal(clif_status_text(CLIF_##name), text);
  CLIF_STATUS_TABLE(CHECK)
#undef CHECK
  assert_string_equal(clif_status_name((clif_status)999), "CLIF_?");
  assert_true(strlen(clif_status_text((clif_status)999)) > 0);
}

static void the_version_is_that_of_the_header(void **state) {
  (void)state;
  char text[64];
  snprintf(text, sizeof text, "%d.%d.%d", CLIF_VERSION_MAJOR, CLIF_VERSION_MINOR,
           CLIF_VERSION_PATCH);
  assert_string_equal(clif_version(), text);
}

static void a_failure_says_where_it_happened(void **state) {
  (void)state;
  assert_string_equal(clif_context_error(&ctx), "");
  clif__where(&ctx, "layer '%s'", "fc1");
  assert_int_equal(clif__fail(&ctx, CLIF_SHAPE, "%d is not %d", 2, 3), CLIF_SHAPE);
  assert_string_equal(clif_context_error(&ctx), "layer 'fc1': 2 is not 3");
  clif__where(&ctx, NULL);
  assert_int_equal(clif__fail(&ctx, CLIF_IO, "gone"), CLIF_IO);
  assert_string_equal(clif_context_error(&ctx), "gone");
}

static void a_failed_opencl_call_is_named_with_its_code(void **state) {
  (void)state;
  assert_int_equal(clif__check_cl(&ctx, CL_SUCCESS, "clFinish"), CLIF_OK);
  assert_int_equal(clif__check_cl(&ctx, CL_OUT_OF_RESOURCES, "clFinish"), CLIF_OPENCL);
  assert_string_equal(clif_context_error(&ctx), "clFinish: CL_OUT_OF_RESOURCES (-5)");
  assert_int_equal(clif_context_native_code(&ctx), -5);
  assert_int_equal(clif__check_cl(&ctx, CL_OUT_OF_HOST_MEMORY, "x"), CLIF_OUT_OF_MEMORY);
  assert_int_equal(clif__check_cl(&ctx, CL_MEM_OBJECT_ALLOCATION_FAILURE, "x"),
                   CLIF_OUT_OF_DEVICE_MEMORY);
  assert_int_equal(clif__check_cl(&ctx, -7777, "x"), CLIF_OPENCL);
  assert_string_equal(clif_context_error(&ctx), "x: unknown code (-7777)");
  clif_status ours = clif__fail(&ctx, CLIF_STATE, "nothing of OpenCL's");
  assert_int_equal(ours, CLIF_STATE);
  assert_int_equal(clif_context_native_code(&ctx), 0);
}

static void a_sentence_longer_than_its_room_is_cut(void **state) {
  (void)state;
  static char longer[2 * sizeof ctx.error];
  memset(longer, 'a', sizeof longer - 1);
  clif__where(&ctx, "%s", longer);
  assert_int_equal(clif__fail(&ctx, CLIF_IO, "%s", longer), CLIF_IO);
  assert_int_equal(strlen(ctx.where), sizeof ctx.where - 1);
  assert_int_equal(strlen(ctx.error), sizeof ctx.error - 1);
}

static void an_option_struct_of_another_size_is_refused(void **state) {
  (void)state;
  assert_int_equal(clif__check_size(&ctx, 8, 8, "clif_run"), CLIF_OK);
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "sizeof(clif_run)",
                 clif__check_size(&ctx, 0, 8, "clif_run"));
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "16", clif__check_size(&ctx, 16, 8, "clif_run"));
}

/* ---- memory ---- */

static void memory_is_zeroed_counted_and_aligned(void **state) {
  (void)state;
  unsigned char *block = clif__calloc(&ctx, 100, 3);
  for (int i = 0; i < 300; i++) assert_int_equal(block[i], 0);
  assert_int_equal((uintptr_t)block % sizeof(max_align_t), 0);
  assert_true(ctx.memory.host_bytes >= 300);
  assert_int_equal(ctx.counters.host_allocations, 1);
  memset(block, 7, 300);
  block = clif__realloc(&ctx, block, 1000, 1);
  for (int i = 0; i < 300; i++) assert_int_equal(block[i], 7);
  assert_true(ctx.memory.host_bytes >= 1000);
  assert_int_equal(ctx.counters.host_allocations, 2);
  block = clif__realloc(&ctx, block, 10, 1);
  assert_int_equal(ctx.counters.host_allocations, 2);
  assert_true(ctx.memory.host_bytes < 300);
  assert_true(ctx.memory.host_peak >= 1000);
  clif__free(&ctx, block);
  clif__free(&ctx, NULL);
}

static void a_product_that_overflows_allocates_nothing(void **state) {
  (void)state;
  size_t product;
  assert_true(clif__multiply(SIZE_MAX / 2, 2, &product));
  assert_int_equal(product, SIZE_MAX - 1);
  assert_false(clif__multiply(SIZE_MAX / 2 + 1, 2, &product));
  assert_true(clif__multiply(SIZE_MAX, 0, &product));
  assert_null(clif__calloc(&ctx, SIZE_MAX / 2, 3));
  assert_non_null(strstr(clif_context_error(&ctx), "more than memory can count"));
  assert_null(clif__calloc(&ctx, SIZE_MAX, 1)); /* fits, but not with what is put in front */
  assert_int_equal(ctx.counters.host_allocations, 0);
}

static void refused_memory_leaves_the_old_block(void **state) {
  (void)state;
  int calls = 1;
  ctx.alloc = failing_alloc;
  ctx.alloc_user = &calls;
  char *text = clif__strdup(&ctx, "kept");
  assert_null(clif__realloc(&ctx, text, 1000, 1));
  assert_non_null(strstr(clif_context_error(&ctx), "refused"));
  assert_null(clif__format(&ctx, "%d", 1));
  assert_string_equal(text, "kept");
  clif__free(&ctx, text);
}

static void texts_are_formatted_into_memory_of_their_length(void **state) {
  (void)state;
  char *text = clif__format(&ctx, "%s/%04d.cl", "dir", 12);
  assert_string_equal(text, "dir/0012.cl");
  clif__free(&ctx, text);
}

/* ---- arrays ---- */

static void dtypes_have_sizes_and_names(void **state) {
  (void)state;
  assert_int_equal(clif_dtype_size(CLIF_U8), 1);
  assert_int_equal(clif_dtype_size(CLIF_I64), 8);
  assert_int_equal(clif_dtype_size(CLIF_F32), 4);
  assert_int_equal(clif_dtype_size(CLIF_F64), 8);
  assert_int_equal(clif_dtype_size(CLIF_U32), 4);
  assert_int_equal(clif_dtype_size((clif_dtype)0), 0);
  assert_string_equal(clif_dtype_name(CLIF_U8), "uint8");
  assert_string_equal(clif_dtype_name(CLIF_I64), "int64");
  assert_string_equal(clif_dtype_name(CLIF_F32), "float32");
  assert_string_equal(clif_dtype_name(CLIF_F64), "float64");
  assert_string_equal(clif_dtype_name(CLIF_U32), "uint32");
  assert_string_equal(clif_dtype_name((clif_dtype)77), "?");
}

static void a_view_has_the_strides_of_c_order(void **state) {
  (void)state;
  float data[24];
  clif_array a = clif_array_view(data, CLIF_F32, 3, (size_t[]){2, 3, 4});
  assert_int_equal(a.ndim, 3);
  assert_int_equal(a.strides[0], 48);
  assert_int_equal(a.strides[1], 16);
  assert_int_equal(a.strides[2], 4);
  assert_int_equal(clif_array_count(&a), 24);
  assert_true(clif__array_packed_from(&a, 0));
}

static void a_view_that_makes_no_sense_has_no_dimensions(void **state) {
  (void)state;
  float data[1];
  const size_t one[7] = {1, 1, 1, 1, 1, 1, 1};
  assert_int_equal(clif_array_view(data, CLIF_F32, 0, one).ndim, 0);
  assert_int_equal(clif_array_view(data, CLIF_F32, 7, one).ndim, 0);
  assert_int_equal(clif_array_view(data, (clif_dtype)9, 1, one).ndim, 0);
  assert_int_equal(clif_array_view(data, CLIF_F32, 1, NULL).ndim, 0);
  assert_int_equal(clif_array_view(data, CLIF_F32, 2, (size_t[]){4, 0}).ndim, 0);
  assert_int_equal(clif_array_view(data, CLIF_F32, 2, (size_t[]){SIZE_MAX / 4, 2}).ndim, 0);
  assert_int_equal(clif_array_view(data, CLIF_F32, 1, (size_t[]){SIZE_MAX / 2}).ndim, 0);
  clif_array none = clif_array_view(data, CLIF_F32, 0, one);
  assert_int_equal(clif_array_count(&none), 0);
  assert_false(clif__array_valid(&none));
  assert_false(clif__array_valid(NULL));
  clif_array no_data = clif_array_view(NULL, CLIF_F32, 1, one);
  assert_false(clif__array_valid(&no_data));
}

static void a_slice_is_a_part_without_a_copy(void **state) {
  (void)state;
  unsigned char data[2][5][3] = {{{0}}};
  clif_array a = clif_array_view(data, CLIF_U8, 3, (size_t[]){2, 5, 3});
  clif_array part = clif_array_slice(&a, 1, 2, 3);
  assert_ptr_equal(part.data, &data[0][2][0]);
  assert_int_equal(part.shape[1], 3);
  assert_int_equal(clif_array_count(&part), 18);
  assert_false(clif__array_packed_from(&part, 0));
  assert_true(clif__array_packed_from(&part, 1));
  clif_array one_step = clif_array_slice(&part, 0, 1, 1);
  assert_true(clif__array_packed_from(&one_step, 0));
  assert_int_equal(clif_array_slice(&a, 1, 2, 4).ndim, 0);
  assert_int_equal(clif_array_slice(&a, 1, 6, 1).ndim, 0);
  assert_int_equal(clif_array_slice(&a, 1, 1, SIZE_MAX).ndim, 0);
  assert_int_equal(clif_array_slice(&a, 1, 1, 0).ndim, 0);
  assert_int_equal(clif_array_slice(&a, 3, 0, 1).ndim, 0);
}

static void an_array_is_made_of_zeros_and_refused_when_it_makes_no_sense(void **state) {
  (void)state;
  clif_array a;
  assert_ok(&ctx, clif_array_create(&ctx, CLIF_F64, 2, (size_t[]){3, 2}, &a));
  for (int i = 0; i < 6; i++) assert_true(((double *)a.data)[i] == 0);
  clif_array_free(&ctx, &a);
  assert_null(a.data);
  assert_int_equal(a.ndim, 0);
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "dtype",
                 clif_array_create(&ctx, (clif_dtype)9, 1, (size_t[]){3}, &a));
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "0 dimensions",
                 clif_array_create(&ctx, CLIF_U8, 0, (size_t[]){3}, &a));
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "sizes above 0",
                 clif_array_create(&ctx, CLIF_U8, 2, (size_t[]){3, 0}, &a));
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "bytes",
                 clif_array_create(&ctx, CLIF_F32, 2, (size_t[]){SIZE_MAX / 2, 2}, &a));
  assert_int_equal(a.ndim, 0);
  int calls = 0;
  ctx.alloc = failing_alloc;
  ctx.alloc_user = &calls;
  assert_refused(&ctx, CLIF_OUT_OF_MEMORY, "refused",
                 clif_array_create(&ctx, CLIF_U8, 1, (size_t[]){3}, &a));
  assert_int_equal(clif_array_create(&ctx, CLIF_U8, 1, (size_t[]){3}, NULL), CLIF_INVALID_ARGUMENT);
  assert_int_equal(clif_array_create(NULL, CLIF_U8, 1, (size_t[]){3}, &a), CLIF_INVALID_ARGUMENT);
}

static void converting_follows_strides(void **state) {
  (void)state;
  int64_t data[6] = {0, 1, 2, 3, 4, 5};
  clif_array a = clif_array_view(data, CLIF_I64, 2, (size_t[]){3, 2}), b;
  /* Turned round: shape (2, 3), columns first. */
  a.shape[0] = 2, a.shape[1] = 3;
  a.strides[0] = 8, a.strides[1] = 16;
  assert_ok(&ctx, clif_array_convert(&ctx, &a, CLIF_U8, &b));
  assert_true(clif__array_packed_from(&b, 0));
  const unsigned char expected[6] = {0, 2, 4, 1, 3, 5};
  assert_memory_equal(b.data, expected, 6);
  clif_array_free(&ctx, &b);
}

static void floats_are_rounded_once_to_nearest(void **state) {
  (void)state;
  /* Rounded to double first, the first would come out one float lower: it would then lie exactly
   * between two floats. */
  int64_t whole_numbers[2] = {((int64_t)1 << 54) + ((int64_t)1 << 30) + 1, -3};
  clif_array a = clif_array_view(whole_numbers, CLIF_I64, 1, (size_t[]){2}), b;
  assert_ok(&ctx, clif_array_convert(&ctx, &a, CLIF_F32, &b));
  assert_true(((float *)b.data)[0] == 0x1.000002p54f);
  assert_true(((float *)b.data)[1] == -3.0f);
  clif_array_free(&ctx, &b);
  double reals[4] = {1e300, -1e300, 0.1, (double)NAN};
  a = clif_array_view(reals, CLIF_F64, 1, (size_t[]){4});
  assert_ok(&ctx, clif_array_convert(&ctx, &a, CLIF_F32, &b));
  const float *f = b.data;
  assert_true(f[0] == INFINITY && f[1] == -INFINITY && f[2] == 0.1f && f[3] != f[3]);
  clif_array back;
  assert_ok(&ctx, clif_array_convert(&ctx, &b, CLIF_F64, &back));
  assert_true(((double *)back.data)[2] == (double)0.1f);
  clif_array_free(&ctx, &back);
  clif_array_free(&ctx, &b);
}

static void integers_take_only_what_fits_exactly(void **state) {
  (void)state;
  const struct {
    double value;
    clif_dtype dtype;
    bool fits;
  } cases[] = {{255, CLIF_U8, true},           {256, CLIF_U8, false},
               {-1, CLIF_U8, false},           {0x1p32 - 1, CLIF_U32, true},
               {0x1p32, CLIF_U32, false},      {-1, CLIF_U32, false},
               {0.5, CLIF_U32, false},         {(double)NAN, CLIF_U32, false},
               {0.5, CLIF_U8, false},          {0.5, CLIF_I64, false},
               {(double)NAN, CLIF_I64, false}, {(double)INFINITY, CLIF_I64, false},
               {0x1p63, CLIF_I64, false},      {-0x1p63, CLIF_I64, true},
               {0x1p62, CLIF_I64, true}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    double value = cases[i].value;
    clif_array a = clif_array_view(&value, CLIF_F64, 1, (size_t[]){1}), b;
    clif_status status = clif_array_convert(&ctx, &a, cases[i].dtype, &b);
    if ((status == CLIF_OK) != cases[i].fits)
      fail_msg("%g to %s: %s", value, clif_dtype_name(cases[i].dtype), clif_status_name(status));
    if (status != CLIF_OK) assert_non_null(strstr(clif_context_error(&ctx), "element 0"));
    if (status == CLIF_OK && cases[i].dtype == CLIF_I64)
      assert_true((double)*(int64_t *)b.data == value);
    if (status == CLIF_OK && cases[i].dtype == CLIF_U32)
      assert_true((double)*(uint32_t *)b.data == value);
    clif_array_free(&ctx, &b);
  }
  clif_array none = {0}, out;
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "valid view",
                 clif_array_convert(&ctx, &none, CLIF_F32, &out));
}

/* All values of uint32 come through, those beyond int32 and float32's 24 bits too. */
static void uint32_is_converted_without_loss(void **state) {
  (void)state;
  static const clif_dtype wide[] = {CLIF_I64, CLIF_F64, CLIF_U32};
  uint32_t values[4] = {0, 0x80000001u, UINT32_MAX, 16777217u};
  clif_array a = clif_array_view(values, CLIF_U32, 1, (size_t[]){4}), b, back;
  for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
    assert_ok(&ctx, clif_array_convert(&ctx, &a, wide[i], &b));
    assert_ok(&ctx, clif_array_convert(&ctx, &b, CLIF_U32, &back));
    assert_memory_equal(back.data, values, sizeof values);
    if (wide[i] == CLIF_I64) assert_true(((int64_t *)b.data)[2] == UINT32_MAX);
    clif_array_free(&ctx, &back);
    clif_array_free(&ctx, &b);
  }
  assert_ok(&ctx, clif_array_convert(&ctx, &a, CLIF_F32, &b));
  assert_true(((float *)b.data)[2] == 0x1p32f && ((float *)b.data)[3] == 16777216.0f);
  clif_array_free(&ctx, &b);
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "element 1",
                 clif_array_convert(&ctx, &a, CLIF_U8, &b));
}

/* ---- arrays on the device, as far as they can be told without one ---- */

static clif_array pretended_device_array(void) {
  static int somewhere;
  clif_array a = clif_array_view(NULL, CLIF_F32, 2, (size_t[]){5, 3});
  a.strides[0] = 64;
  a.device = &somewhere;
  a.offset = 128;
  return a;
}

static void a_device_array_is_counted_and_sliced(void **state) {
  (void)state;
  clif_array a = pretended_device_array();
  assert_true(clif__array_valid_device(&a));
  assert_int_equal(clif_array_count(&a), 15);
  clif_array part = clif_array_slice(&a, 0, 2, 3);
  part = clif_array_slice(&part, 1, 1, 2);
  assert_null(part.data);
  assert_ptr_equal(part.device, a.device);
  assert_int_equal(part.offset, 128 + 2 * 64 + 4);
  assert_int_equal(part.shape[0], 3);
  assert_int_equal(part.shape[1], 2);
  assert_int_equal(part.strides[0], 64);
  assert_int_equal(clif_array_slice(&a, 0, 2, 4).ndim, 0);
  assert_true(clif__array_packed_from(&a, 1));
  assert_false(clif__array_packed_from(&a, 0));
}

static void an_array_lies_in_one_place_only(void **state) {
  (void)state;
  float data[15];
  clif_array a = pretended_device_array(), b;
  assert_false(clif__array_valid(&a));
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "lies on the device",
                 clif_array_convert(&ctx, &a, CLIF_F64, &b));
  a.data = data;
  assert_false(clif__array_valid(&a));
  assert_false(clif__array_valid_device(&a));
  assert_int_equal(clif_array_count(&a), 0);
  assert_int_equal(clif_array_slice(&a, 0, 0, 1).ndim, 0);
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "not a valid view", clif_array_copy(&ctx, &a, &a));
  a.offset = 0;
  assert_false(clif__array_valid(&a));
  a.offset = 128;
  a.device = NULL; /* a host array begins at `data`: no offset */
  assert_false(clif__array_valid(&a));
  a.offset = 0;
  assert_true(clif__array_valid(&a));
  assert_false(clif__array_valid_device(&a));
}

static void a_device_array_that_makes_no_sense_is_refused(void **state) {
  (void)state;
  clif_array a;
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "dtype",
                 clif_array_create_device(&ctx, (clif_dtype)9, 1, (size_t[]){3}, &a));
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "sizes above 0",
                 clif_array_create_device(&ctx, CLIF_U8, 2, (size_t[]){3, 0}, &a));
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "7 dimensions",
                 clif_array_create_device(&ctx, CLIF_U8, 7, (size_t[7]){1}, &a));
  /* Countable as they are, and no more once padded. */
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "padded",
                 clif_array_create_device(&ctx, CLIF_U8, 1, (size_t[]){SIZE_MAX - 1}, &a));
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "padded",
                 clif_array_create_device(&ctx, CLIF_F64, 2, (size_t[]){SIZE_MAX / 64, 1}, &a));
  assert_int_equal(a.ndim, 0);
  assert_int_equal(clif_array_create_device(&ctx, CLIF_U8, 1, (size_t[]){3}, NULL),
                   CLIF_INVALID_ARGUMENT);
  assert_int_equal(clif_array_create_device(NULL, CLIF_U8, 1, (size_t[]){3}, &a),
                   CLIF_INVALID_ARGUMENT);
}

/* ---- copying on the host ---- */

static void copying_follows_the_strides_of_both_sides(void **state) {
  (void)state;
  uint32_t x[2][3][4], y[3][2][8], expected[3][2][8];
  memset(y, 0xee, sizeof y);
  memset(expected, 0xee, sizeof expected);
  for (uint32_t i = 0; i < 24; i++) {
    x[i / 12][i / 4 % 3][i % 4] = i;
    expected[i / 4 % 3][i / 12][2 + i % 4] = i;
  }
  clif_array from = clif_array_view(x, CLIF_U32, 3, (size_t[]){2, 3, 4});
  clif_array whole = clif_array_view(y, CLIF_U32, 3, (size_t[]){3, 2, 8});
  clif_array to = clif_array_slice(&whole, 2, 2, 4);
  to.shape[0] = 2, to.shape[1] = 3; /* the first two dimensions exchanged */
  to.strides[0] = sizeof y[0][0], to.strides[1] = sizeof y[0];
  assert_ok(&ctx, clif_array_copy(&ctx, &from, &to));
  assert_memory_equal(y, expected, sizeof y);
  assert_int_equal(ctx.counters.blocking_calls, 0);
  memset(x, 0, sizeof x);
  assert_ok(&ctx, clif_array_copy(&ctx, &to, &from));
  for (uint32_t i = 0; i < 24; i++) assert_int_equal(x[i / 12][i / 4 % 3][i % 4], i);
}

static void a_source_may_repeat_itself(void **state) {
  (void)state;
  unsigned char row[3] = {1, 2, 3}, y[2][2][3];
  clif_array from = clif_array_view(row, CLIF_U8, 3, (size_t[]){2, 2, 3});
  clif_array to = clif_array_view(y, CLIF_U8, 3, (size_t[]){2, 2, 3});
  from.strides[0] = from.strides[1] = 0;
  assert_ok(&ctx, clif_array_copy(&ctx, &from, &to));
  for (int i = 0; i < 4; i++) assert_memory_equal(y[i / 2][i % 2], row, 3);
}

static void copies_that_do_not_fit_are_refused(void **state) {
  (void)state;
  float x[24] = {0};
  clif_array a = clif_array_view(x, CLIF_F32, 2, (size_t[]){3, 4});
  clif_array b = clif_array_view(x + 12, CLIF_F32, 2, (size_t[]){4, 3}), none = {0};
  assert_refused(&ctx, CLIF_SHAPE, "float32 (3, 4) cannot be copied to float32 (4, 3)",
                 clif_array_copy(&ctx, &a, &b));
  b = clif_array_view(x + 12, CLIF_U32, 1, (size_t[]){12});
  assert_refused(&ctx, CLIF_SHAPE, "to uint32 (12,)", clif_array_copy(&ctx, &a, &b));
  b = a;
  b.dtype = CLIF_U32;
  assert_refused(&ctx, CLIF_SHAPE, "to uint32 (3, 4)", clif_array_copy(&ctx, &a, &b));
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "copy from", clif_array_copy(&ctx, &none, &a));
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "copy from", clif_array_copy(&ctx, NULL, &a));
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "copy to", clif_array_copy(&ctx, &a, &none));
  assert_int_equal(clif_array_copy(NULL, &a, &b), CLIF_INVALID_ARGUMENT);
  b = a;
  b.strides[1] = 8;
  assert_refused(&ctx, CLIF_SHAPE, "side by side", clif_array_copy(&ctx, &b, &a));
  assert_refused(&ctx, CLIF_SHAPE, "side by side", clif_array_copy(&ctx, &a, &b));
  b.strides[1] = 4;
  b.strides[0] = 15; /* one byte less than a row */
  assert_refused(&ctx, CLIF_SHAPE, "overlap", clif_array_copy(&ctx, &a, &b));
  b.strides[0] = 0;
  assert_refused(&ctx, CLIF_SHAPE, "overlap", clif_array_copy(&ctx, &a, &b));
  b.strides[0] = SIZE_MAX / 2;
  assert_refused(&ctx, CLIF_INVALID_ARGUMENT, "count", clif_array_copy(&ctx, &a, &b));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_bare, nothing_held)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(every_status_has_a_name_and_a_text),
      TEST(the_version_is_that_of_the_header),
      TEST(a_failure_says_where_it_happened),
      TEST(a_failed_opencl_call_is_named_with_its_code),
      TEST(a_sentence_longer_than_its_room_is_cut),
      TEST(an_option_struct_of_another_size_is_refused),
      TEST(memory_is_zeroed_counted_and_aligned),
      TEST(a_product_that_overflows_allocates_nothing),
      TEST(refused_memory_leaves_the_old_block),
      TEST(texts_are_formatted_into_memory_of_their_length),
      TEST(dtypes_have_sizes_and_names),
      TEST(a_view_has_the_strides_of_c_order),
      TEST(a_view_that_makes_no_sense_has_no_dimensions),
      TEST(a_slice_is_a_part_without_a_copy),
      TEST(an_array_is_made_of_zeros_and_refused_when_it_makes_no_sense),
      TEST(converting_follows_strides),
      TEST(floats_are_rounded_once_to_nearest),
      TEST(integers_take_only_what_fits_exactly),
      TEST(uint32_is_converted_without_loss),
      TEST(a_device_array_is_counted_and_sliced),
      TEST(an_array_lies_in_one_place_only),
      TEST(a_device_array_that_makes_no_sense_is_refused),
      TEST(copying_follows_the_strides_of_both_sides),
      TEST(a_source_may_repeat_itself),
      TEST(copies_that_do_not_fit_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
