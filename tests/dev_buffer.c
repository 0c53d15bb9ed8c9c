/* dev_buffer.c - device buffers: zero at first, counted, copied in boxes of any pitches. */
#include "support.h"

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

static void a_new_buffer_is_zero_to_its_last_byte(void **state) {
  (void)state;
  const size_t sizes[] = {1, 3, 4, 7, 64, 1021};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    /* Dirt first, so that memory given out again would show. */
    unsigned char dirt[1024], seen[1024];
    memset(dirt, 0xa5, sizeof dirt);
    memset(seen, 0x11, sizeof seen);
    const clif__box box = clif__box_flat(sizes[i]);
    clif__buffer buffer;
    for (int round = 0; round < 2; round++) {
      assert_ok(ctx, clif__buffer_create(ctx, sizes[i], "a test", &buffer));
      assert_ok(ctx, clif__buffer_read(ctx, ctx->queue, &buffer, &box, seen));
      assert_ok(ctx, clif__finish(ctx));
      for (size_t b = 0; b < sizes[i]; b++) assert_int_equal(seen[b], 0);
      assert_int_equal(seen[sizes[i]], 0x11);
      assert_ok(ctx, clif__buffer_write(ctx, ctx->queue, &buffer, &box, dirt));
      assert_ok(ctx, clif__finish(ctx));
      clif__buffer_release(ctx, &buffer);
    }
  }
}

static void device_bytes_are_counted_and_given_back(void **state) {
  (void)state;
  clif__buffer a, b;
  assert_ok(ctx, clif__buffer_create(ctx, 100, "a", &a));
  assert_ok(ctx, clif__buffer_create(ctx, 50, "b", &b));
  assert_int_equal(clif_context_memory(ctx).device_bytes, 150);
  clif__buffer_release(ctx, &a);
  assert_null(a.mem);
  clif__buffer_release(ctx, &a);
  assert_int_equal(clif_context_memory(ctx).device_bytes, 50);
  assert_int_equal(clif_context_memory(ctx).device_peak, 150);
  clif__buffer_release(ctx, &b);
}

static void a_buffer_that_cannot_be_is_refused_with_figures(void **state) {
  (void)state;
  uint64_t largest = clif_context_device(ctx)->max_allocation_bytes;
  clif__buffer buffer = {(cl_mem)(uintptr_t)1, 1};
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "the weights",
                 clif__buffer_create(ctx, 0, "the weights", &buffer));
  if (largest >= SIZE_MAX) skip();
  char figure[32];
  snprintf(figure, sizeof figure, "%llu", (unsigned long long)largest);
  assert_refused(ctx, CLIF_OUT_OF_DEVICE_MEMORY, figure,
                 clif__buffer_create(ctx, (size_t)largest + 1, "the weights", &buffer));
  snprintf(figure, sizeof figure, "%llu", (unsigned long long)largest + 1);
  assert_non_null(strstr(clif_context_error(ctx), figure));
  assert_non_null(strstr(clif_context_error(ctx), "the weights"));
  assert_null(buffer.mem);
}

static void a_failed_call_keeps_opencls_code(void **state) {
  (void)state;
  clif__buffer buffer;
  unsigned char host[16];
  assert_ok(ctx, clif__buffer_create(ctx, 8, "a test", &buffer));
  uint64_t before = clif_context_counters(ctx).bytes_downloaded;
  const clif__box box = clif__box_flat(16);
  assert_refused(ctx, CLIF_OPENCL, "clEnqueueReadBuffer: CL_INVALID_VALUE (-30)",
                 clif__buffer_read(ctx, ctx->queue, &buffer, &box, host));
  assert_int_equal(clif_context_native_code(ctx), CL_INVALID_VALUE);
  assert_int_equal(clif_context_counters(ctx).bytes_downloaded, before);
  clif__buffer_release(ctx, &buffer);
}

/* ---- boxes ---- */

enum { ROOM = 4096 };

/* Writes a box and reads it back, and compares every byte of both memories, those between the rows
 * too, with a plain loop. Returns how many OpenCL commands each of the two took. */
static unsigned long check_box(const clif__box *box) {
  static unsigned char host[ROOM], device[ROOM], expected[ROOM], back[ROOM], expected_back[ROOM];
  for (size_t i = 0; i < ROOM; i++) host[i] = (unsigned char)(1 + i % 251);
  memset(expected, 0, ROOM);
  memset(back, 0xee, ROOM);
  memset(expected_back, 0xee, ROOM);
  for (size_t t = 0; t < box->steps; t++)
    for (size_t b = 0; b < box->samples; b++) {
      size_t h = t * box->host_step_pitch + b * box->host_sample_pitch;
      size_t d = box->device_offset + t * box->device_step_pitch + b * box->device_sample_pitch;
      memcpy(expected + d, host + h, box->row_bytes);
      memcpy(expected_back + h, host + h, box->row_bytes);
    }
  const clif__box whole = clif__box_flat(ROOM);
  clif__buffer buffer;
  assert_ok(ctx, clif__buffer_create(ctx, ROOM, "a test", &buffer));
  clif_counters before = clif_context_counters(ctx);
  assert_ok(ctx, clif__buffer_write(ctx, ctx->queue, &buffer, box, host));
  clif_counters between = clif_context_counters(ctx);
  assert_ok(ctx, clif__buffer_read(ctx, ctx->queue, &buffer, box, back));
  clif_counters after = clif_context_counters(ctx);
  assert_ok(ctx, clif__buffer_read(ctx, ctx->queue, &buffer, &whole, device));
  assert_ok(ctx, clif__finish(ctx));
  clif__buffer_release(ctx, &buffer);
  assert_memory_equal(device, expected, ROOM);
  assert_memory_equal(back, expected_back, ROOM);
  size_t bytes = box->row_bytes * box->samples * box->steps;
  assert_int_equal(between.bytes_uploaded - before.bytes_uploaded, bytes);
  assert_int_equal(after.bytes_downloaded - between.bytes_downloaded, bytes);
  assert_int_equal(after.commands - between.commands, between.commands - before.commands);
  assert_int_equal(after.blocking_calls, before.blocking_calls);
  return (unsigned long)(after.commands - between.commands);
}

static void a_box_without_gaps_is_one_copy(void **state) {
  (void)state;
  clif__box flat = clif__box_flat(1000);
  assert_int_equal(check_box(&flat), 1);
  flat.device_offset = 37;
  assert_int_equal(check_box(&flat), 1);
  const clif__box packed = {12, 5, 7, 4, 12, 60, 12, 60};
  assert_int_equal(check_box(&packed), 1);
  const clif__box nothing = {12, 5, 0, 4, 12, 60, 12, 60};
  assert_int_equal(check_box(&nothing), 0);
}

static void a_padded_box_is_one_copy(void **state) {
  (void)state;
  const clif__box rows = {12, 5, 7, 64, 16, 80, 12, 60};     /* device rows padded */
  const clif__box samples = {12, 5, 7, 64, 16, 128, 12, 96}; /* and the steps, on both sides */
  const clif__box one_sample = {12, 1, 7, 64, 16, 48, 12, 36};
  const clif__box any_pitch = {12, 1, 7, 64, 0, 48, 1, 36}; /* of a single sample */
  const clif__box one_step = {12, 7, 1, 64, 16, 3, 24, 5};  /* the steps' pitch does not count */
  assert_int_equal(check_box(&rows), 1);
  assert_int_equal(check_box(&samples), 1);
  assert_int_equal(check_box(&one_sample), 1);
  assert_int_equal(check_box(&any_pitch), 1);
  assert_int_equal(check_box(&one_step), 1);
}

static void pitches_that_opencl_refuses_are_copied_in_parts(void **state) {
  (void)state;
  /* A step's pitch that is no multiple of a sample's: a slice of a batch of 5 out of 7, rows of 12
   * in 16 with 4 bytes more per step. */
  const clif__box ragged = {12, 5, 7, 0, 16, 116, 12, 60};
  assert_int_equal(check_box(&ragged), 5);
  /* The host has samples before steps: time runs inside. */
  const clif__box turned = {12, 3, 20, 8, 16, 48, 240, 12};
  assert_int_equal(check_box(&turned), 3);
  const clif__box turned_wide = {12, 20, 3, 8, 16, 320, 36, 12};
  assert_int_equal(check_box(&turned_wide), 3);
}

static void one_host_row_can_be_written_to_many(void **state) {
  (void)state;
  const clif__box repeated = {12, 5, 7, 0, 16, 80, 0, 12};
  assert_int_equal(check_box(&repeated), 5);
  const clif__box repeated_often = {12, 7, 5, 0, 16, 112, 0, 12};
  assert_int_equal(check_box(&repeated_often), 7);
  const clif__box same_in_every_step = {12, 3, 7, 0, 16, 48, 12, 0};
  assert_int_equal(check_box(&same_in_every_step), 7);
  const clif__box windows = {12, 5, 7, 0, 16, 80, 12, 24}; /* steps overlap on the host */
  assert_int_equal(check_box(&windows), 5);
  const clif__box all_the_same = {12, 5, 7, 0, 16, 80, 0, 0};
  assert_int_equal(check_box(&all_the_same), 35);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_device, close_device)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_new_buffer_is_zero_to_its_last_byte),
      TEST(device_bytes_are_counted_and_given_back),
      TEST(a_buffer_that_cannot_be_is_refused_with_figures),
      TEST(a_failed_call_keeps_opencls_code),
      TEST(a_box_without_gaps_is_one_copy),
      TEST(a_padded_box_is_one_copy),
      TEST(pitches_that_opencl_refuses_are_copied_in_parts),
      TEST(one_host_row_can_be_written_to_many),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
