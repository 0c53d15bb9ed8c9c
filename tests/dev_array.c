/* dev_array.c - arrays on the device: padded, zero, counted, copied from and to any host view. */
#include "nets.h"

#include "core/core.h"

static clif_context *ctx;
static uint64_t held; /* device bytes before the test */

static int open_device(void **state) {
  (void)state;
  ctx = open_context(NULL);
  held = clif_context_memory(ctx).device_bytes;
  return 0;
}

static int close_device(void **state) {
  (void)state;
  assert_int_equal(clif_context_memory(ctx).device_bytes, held);
  clif_context_destroy(ctx);
  return 0;
}

static const clif_dtype DTYPES[] = {CLIF_U8, CLIF_I64, CLIF_F32, CLIF_F64, CLIF_U32};
enum { N_DTYPES = sizeof DTYPES / sizeof DTYPES[0], ROOM = 1 << 17 };

/* ---- what is expected, by plain loops ---- */

/* Bytes from the first element to the i-th in C order. */
static size_t place(const clif_array *a, size_t i) {
  size_t bytes = 0;
  for (unsigned d = a->ndim; d-- > 0;) {
    bytes += i % a->shape[d] * a->strides[d];
    i /= a->shape[d];
  }
  return bytes;
}

static size_t buffer_bytes(const clif_array *device) {
  size_t bytes = 0;
  assert_int_equal(clGetMemObjectInfo(device->device, CL_MEM_SIZE, sizeof bytes, &bytes, NULL),
                   CL_SUCCESS);
  assert_true(bytes <= ROOM);
  return bytes;
}

static void read_buffer(const clif_array *device, unsigned char *into) {
  const clif__buffer buffer = {.mem = device->device};
  const clif__box box = clif__box_flat(buffer_bytes(device));
  assert_ok(ctx, clif__buffer_read(ctx, ctx->queue, &buffer, &box, into));
  assert_ok(ctx, clif__finish(ctx));
}

/* Copies `host`, a view into the ROOM bytes at `memory`, to `device` and back, and compares every
 * byte of both memories, those between the elements too. Returns the commands of one way. */
static unsigned long check_copies(const clif_array *host, unsigned char *memory,
                                  const clif_array *device) {
  static unsigned char expected[ROOM], seen[ROOM];
  const size_t size = clif_dtype_size(host->dtype), count = clif_array_count(host);
  const size_t first = (size_t)((unsigned char *)host->data - memory);
  for (size_t i = 0; i < ROOM; i++) memory[i] = (unsigned char)(1 + i % 251);
  read_buffer(device, expected);
  for (size_t i = 0; i < count; i++)
    memcpy(expected + device->offset + place(device, i), memory + first + place(host, i), size);
  const clif_counters before = clif_context_counters(ctx);
  assert_ok(ctx, clif_array_copy(ctx, host, device));
  const clif_counters between = clif_context_counters(ctx);
  read_buffer(device, seen);
  assert_memory_equal(seen, expected, buffer_bytes(device));

  memset(memory, 0xee, ROOM);
  memset(expected, 0xee, ROOM);
  for (size_t i = 0; i < count; i++)
    memcpy(expected + first + place(host, i), seen + device->offset + place(device, i), size);
  const clif_counters again = clif_context_counters(ctx);
  assert_ok(ctx, clif_array_copy(ctx, device, host));
  const clif_counters after = clif_context_counters(ctx);
  assert_memory_equal(memory, expected, ROOM);

  assert_int_equal(between.bytes_uploaded - before.bytes_uploaded, count * size);
  assert_int_equal(between.bytes_downloaded, before.bytes_downloaded);
  assert_int_equal(after.bytes_downloaded - again.bytes_downloaded, count * size);
  assert_int_equal(after.bytes_uploaded, again.bytes_uploaded);
  assert_int_equal(between.blocking_calls - before.blocking_calls, 1);
  assert_int_equal(after.blocking_calls - again.blocking_calls, 1);
  assert_int_equal(after.host_allocations, before.host_allocations);
  assert_int_equal(after.commands - again.commands, between.commands - before.commands);
  return (unsigned long)(between.commands - before.commands);
}

/* ---- making ---- */

static void a_new_array_is_zero_padded_and_counted(void **state) {
  (void)state;
  static unsigned char seen[ROOM], zero[ROOM];
  const size_t lengths[] = {1, 15, 16, 17, 40}, padded[] = {16, 16, 16, 32, 48};
  for (size_t k = 0; k < 5; k++)
    for (size_t d = 0; d < N_DTYPES; d++) {
      const size_t row = padded[k] * clif_dtype_size(DTYPES[d]), bytes = 2 * 3 * row;
      const clif_counters before = clif_context_counters(ctx);
      clif_array a;
      assert_ok(ctx, clif_array_create_device(ctx, DTYPES[d], 3, (size_t[]){2, 3, lengths[k]}, &a));
      assert_int_equal(clif_context_counters(ctx).blocking_calls, before.blocking_calls);
      assert_null(a.data);
      assert_int_equal(a.offset, 0);
      assert_int_equal(clif_array_count(&a), 6 * lengths[k]);
      assert_memory_equal(a.shape, ((size_t[]){2, 3, lengths[k]}), 3 * sizeof(size_t));
      assert_memory_equal(a.strides, ((size_t[]){3 * row, row, clif_dtype_size(DTYPES[d])}),
                          3 * sizeof(size_t));
      assert_int_equal(buffer_bytes(&a), bytes);
      assert_int_equal(clif_context_memory(ctx).device_bytes, held + bytes);
      read_buffer(&a, seen);
      assert_memory_equal(seen, zero, bytes);
      clif_array_free(ctx, &a);
      assert_null(a.device);
      assert_int_equal(a.ndim, 0);
      assert_int_equal(clif_context_memory(ctx).device_bytes, held);
      clif_array_free(ctx, &a);
    }
  assert_int_equal(clif_context_memory(ctx).device_bytes, held);
}

static void an_array_too_large_for_the_device_is_refused(void **state) {
  (void)state;
  const uint64_t largest = clif_context_device(ctx)->max_allocation_bytes;
  if (largest >= SIZE_MAX) skip();
  clif_array a;
  memset(&a, 0x5a, sizeof a);
  assert_refused(ctx, CLIF_OUT_OF_DEVICE_MEMORY, "a device array needs a buffer",
                 clif_array_create_device(ctx, CLIF_U8, 1, (size_t[]){(size_t)largest + 1}, &a));
  assert_null(a.device);
  assert_int_equal(a.ndim, 0);
}

/* ---- copying ---- */

static const size_t SHAPE[CLIF_MAX_DIMS] = {2, 1, 3, 2, 2, 5};

/* The last `ndim` of these dimensions, each larger by `more`. */
static void shape_of(unsigned ndim, size_t more, size_t *shape) {
  for (unsigned d = 0; d < ndim; d++) shape[d] = SHAPE[CLIF_MAX_DIMS - ndim + d] + more;
}

static void whole_arrays_come_back_by_one_command(void **state) {
  (void)state;
  static unsigned char memory[ROOM];
  for (unsigned ndim = 1; ndim <= CLIF_MAX_DIMS; ndim++)
    for (size_t d = 0; d < N_DTYPES; d++) {
      size_t shape[CLIF_MAX_DIMS];
      clif_array device;
      shape_of(ndim, 0, shape);
      assert_ok(ctx, clif_array_create_device(ctx, DTYPES[d], ndim, shape, &device));
      const clif_array host = clif_array_view(memory + 8, DTYPES[d], ndim, shape);
      assert_int_equal(check_copies(&host, memory, &device), 1);
      clif_array_free(ctx, &device);
    }
}

/* Of an array with one more in every dimension, all but the first. */
static clif_array cut(clif_array whole) {
  for (unsigned d = 0; d < whole.ndim; d++)
    whole = clif_array_slice(&whole, d, 1, whole.shape[d] - 1);
  return whole;
}

/* The same elements at the same indices, with the outer dimensions' order in memory turned round;
 * rows stay rows. */
static clif_array turned(const clif_array *packed) {
  clif_array out = *packed;
  size_t stride = packed->shape[packed->ndim - 1] * clif_dtype_size(packed->dtype);
  for (unsigned d = 0; d + 1 < packed->ndim; d++) {
    out.strides[d] = stride;
    stride *= packed->shape[d];
  }
  return out;
}

static void parts_and_turned_views_come_back(void **state) {
  (void)state;
  static unsigned char memory[ROOM];
  for (unsigned ndim = 1; ndim <= CLIF_MAX_DIMS; ndim++)
    for (size_t d = 0; d < N_DTYPES; d++) {
      size_t shape[CLIF_MAX_DIMS], larger[CLIF_MAX_DIMS];
      clif_array device;
      shape_of(ndim, 0, shape);
      shape_of(ndim, 1, larger);
      assert_ok(ctx, clif_array_create_device(ctx, DTYPES[d], ndim, larger, &device));
      const clif_array part = cut(device);
      const clif_array packed = clif_array_view(memory, DTYPES[d], ndim, shape);
      const clif_array around = clif_array_view(memory, DTYPES[d], ndim, larger);
      const clif_array views[] = {packed, turned(&packed), cut(around), cut(turned(&around))};
      for (size_t v = 0; v < 4; v++) check_copies(&views[v], memory, &part);
      const clif_array turned_around = turned(&around);
      check_copies(&turned_around, memory, &device);
      clif_array_free(ctx, &device);
    }
}

static void the_stride_of_a_dimension_of_one_does_not_matter(void **state) {
  (void)state;
  static unsigned char memory[ROOM];
  clif_array device, host = clif_array_view(memory, CLIF_F32, 4, (size_t[]){2, 1, 3, 5});
  assert_ok(ctx, clif_array_create_device(ctx, CLIF_F32, 4, host.shape, &device));
  host.strides[1] = 12345;
  assert_int_equal(check_copies(&host, memory, &device), 1);
  clif_array_free(ctx, &device);
}

static void elements_may_lie_at_any_address(void **state) {
  (void)state;
  static unsigned char memory[ROOM];
  clif_array device;
  assert_ok(ctx, clif_array_create_device(ctx, CLIF_F64, 2, (size_t[]){3, 5}, &device));
  const clif_array host = clif_array_view(memory + 3, CLIF_F64, 2, (size_t[]){3, 5});
  assert_int_equal(check_copies(&host, memory, &device), 1);
  clif_array_free(ctx, &device);
}

static void one_row_may_be_copied_to_many(void **state) {
  (void)state;
  uint32_t row[5] = {1, 2, 3, 4, 5}, seen[2][3][5];
  const size_t shape[3] = {2, 3, 5};
  clif_array device, from = clif_array_view(row, CLIF_U32, 3, shape);
  const clif_array to = clif_array_view(seen, CLIF_U32, 3, shape);
  from.strides[0] = from.strides[1] = 0;
  assert_ok(ctx, clif_array_create_device(ctx, CLIF_U32, 3, shape, &device));
  assert_ok(ctx, clif_array_copy(ctx, &from, &device));
  assert_ok(ctx, clif_array_copy(ctx, &device, &to));
  for (int i = 0; i < 6; i++) assert_memory_equal(seen[i / 3][i % 3], row, sizeof row);
  /* And from the device: its last row to all of them. */
  row[0] = 77;
  clif_array last = clif_array_slice(&device, 0, 1, 1);
  last = clif_array_slice(&last, 1, 2, 1);
  const clif_array one = clif_array_view(row, CLIF_U32, 3, (size_t[]){1, 1, 5});
  assert_ok(ctx, clif_array_copy(ctx, &one, &last));
  last.shape[0] = 2, last.shape[1] = 3;
  last.strides[0] = last.strides[1] = 0;
  assert_ok(ctx, clif_array_copy(ctx, &last, &to));
  for (int i = 0; i < 6; i++) assert_memory_equal(seen[i / 3][i % 3], row, sizeof row);
  clif_array_free(ctx, &device);
}

/* ---- refusals ---- */

static void a_view_beyond_its_buffer_is_refused(void **state) {
  (void)state;
  float x[12] = {0};
  const clif_array host = clif_array_view(x, CLIF_F32, 2, (size_t[]){3, 4});
  clif_array a, good;
  assert_ok(ctx, clif_array_create_device(ctx, CLIF_F32, 2, host.shape, &good));
  const size_t slack = buffer_bytes(&good) - (2 * 64 + 16);
  const clif_counters before = clif_context_counters(ctx);
  a = good;
  a.offset = slack + 1;
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "copy to reaches beyond its buffer of 192 bytes",
                 clif_array_copy(ctx, &host, &a));
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "copy from reaches beyond",
                 clif_array_copy(ctx, &a, &host));
  a.offset = SIZE_MAX - 8; /* the sum with the extent would come round */
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "beyond", clif_array_copy(ctx, &a, &host));
  a.offset = 0;
  a.strides[0] = SIZE_MAX / 2 + 1; /* and here the extent itself */
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "beyond", clif_array_copy(ctx, &a, &host));
  a.strides[0] = 128;
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "beyond", clif_array_copy(ctx, &a, &host));
  assert_int_equal(clif_context_counters(ctx).commands, before.commands);
  a = good;
  a.offset = slack;
  assert_ok(ctx, clif_array_copy(ctx, &a, &host));
  clif_array_free(ctx, &good);
}

static void device_arrays_that_cannot_be_copied_are_refused(void **state) {
  (void)state;
  float x[24] = {0};
  const clif_array host = clif_array_view(x, CLIF_F32, 2, (size_t[]){3, 4});
  const clif_array wider = clif_array_view(x, CLIF_F32, 2, (size_t[]){3, 8});
  clif_array a, b, odd;
  assert_ok(ctx, clif_array_create_device(ctx, CLIF_F32, 2, host.shape, &a));
  assert_ok(ctx, clif_array_create_device(ctx, CLIF_F32, 2, host.shape, &b));
  const clif_counters before = clif_context_counters(ctx);
  assert_refused(ctx, CLIF_UNSUPPORTED, "both arrays lie on the device",
                 clif_array_copy(ctx, &a, &b));
  assert_refused(ctx, CLIF_SHAPE, "float32 (3, 8) cannot be copied to float32 (3, 4)",
                 clif_array_copy(ctx, &wider, &a));
  odd = a;
  odd.strides[1] = 8;
  assert_refused(ctx, CLIF_SHAPE, "side by side", clif_array_copy(ctx, &host, &odd));
  odd = a;
  odd.strides[0] = 12;
  assert_refused(ctx, CLIF_SHAPE, "overlap", clif_array_copy(ctx, &host, &odd));
  clif_context *other = open_context(NULL);
  assert_refused(other, CLIF_INVALID_ARGUMENT, "copy to belongs to another context",
                 clif_array_copy(other, &host, &a));
  assert_int_equal(clif_context_counters(other).commands, 0);
  clif_context_destroy(other);
  assert_int_equal(clif_context_counters(ctx).commands, before.commands);
  assert_int_equal(clif_context_counters(ctx).blocking_calls, before.blocking_calls);
  clif_array_free(ctx, &a);
  clif_array_free(ctx, &b);
}

/* Where host arrays are taken, a device array is refused by a sentence that tells what to do. */
static void others_take_host_arrays_only(void **state) {
  (void)state;
  float x[2] = {0};
  clif_array a, out;
  assert_ok(ctx, clif_array_create_device(ctx, CLIF_F32, 3, (size_t[]){2, 1, 1}, &a));
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "clif_array_copy()",
                 clif_array_convert(ctx, &a, CLIF_F64, &out));
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "clif_array_copy()",
                 clif_npy_write(ctx, "/dev/null", &a));
  clif_network *net = new_network(ctx);
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {1}}));
  assert_ok(ctx, clif_network_add_relu(net, "out"));
  assert_ok(ctx, clif_network_connect(net, "in", "out", 0));
  assert_ok(ctx, clif_network_record(net, "out", CLIF_OUTPUT));
  assert_ok(ctx, clif_network_prepare(net, NULL));
  clif_binding in = bind("in", CLIF_OUTPUT, a);
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "'in' lies on the device", run(net, &in, 1, NULL, 0));
  in.array = view3(x, CLIF_F32, 2, 1, 1);
  const clif_binding y = bind("out", CLIF_OUTPUT, a);
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "'out' lies on the device", run(net, &in, 1, &y, 1));
  clif_network_destroy(net);
  clif_array_free(ctx, &a);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_device, close_device)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_new_array_is_zero_padded_and_counted),
      TEST(an_array_too_large_for_the_device_is_refused),
      TEST(whole_arrays_come_back_by_one_command),
      TEST(parts_and_turned_views_come_back),
      TEST(the_stride_of_a_dimension_of_one_does_not_matter),
      TEST(elements_may_lie_at_any_address),
      TEST(one_row_may_be_copied_to_many),
      TEST(a_view_beyond_its_buffer_is_refused),
      TEST(device_arrays_that_cannot_be_copied_are_refused),
      TEST(others_take_host_arrays_only),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
