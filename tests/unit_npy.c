/* unit_npy.c - NumPy's files: what is read, what is refused, what is written. */
#include <fcntl.h>
#include <pthread.h>

#include "files.h"

static clif_context *ctx;

static int open_all(void **state) {
  (void)state;
  ctx = open_context(NULL);
  return 0;
}

static int close_all(void **state) {
  (void)state;
  clif_context_destroy(ctx);
  return 0;
}

static int before(void **state) {
  (void)state;
  return make_folder();
}

static int after(void **state) {
  (void)state;
  return remove_folder();
}

/* ---- files made by hand ---- */

/* Version 1.0 head with this dict, padded to an even length; returns its bytes. */
static size_t make_head(char *file, const char *dict) {
  size_t length = strlen(dict) + 1;
  static const unsigned char magic[8] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  memcpy(file, magic, sizeof magic);
  file[8] = (char)(length & 0xff);
  file[9] = (char)(length >> 8);
  memcpy(file + 10, dict, length - 1);
  file[10 + length - 1] = '\n';
  return 10 + length;
}

static const char *make_file(const char *dict, const void *values, size_t bytes) {
  char file[4096];
  size_t used = make_head(file, dict);
  memcpy(file + used, values, bytes);
  put_file(in_folder("made.npy"), file, used + bytes);
  return in_folder("made.npy");
}

static void refused(clif_status status, const char *words, const char *dict, size_t bytes) {
  static const char zeros[256];
  clif_array x = {.ndim = 9};
  const char *path = make_file(dict, zeros, bytes);
  assert_refused(ctx, status, words, clif_npy_read(ctx, path, &x));
  assert_non_null(strstr(clif_context_error(ctx), "made.npy"));
  assert_int_equal(x.ndim, 0);
  assert_null(x.data);
}

/* ---- reading ---- */

static void heads_may_be_spelled_in_any_way_python_reads(void **state) {
  (void)state;
  static const char *const dicts[] = {
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
      "{'shape':(2,3),'fortran_order':False,'descr':'<f4'}",
      "{ \"fortran_order\" : False ,\t\"shape\" : ( 2 , 3 , ) , \"descr\" : \"=f4\" }   ",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L)}",
  };
  const float values[6] = {0, 1, 2, 3, 4, -5.5f};
  for (size_t i = 0; i < sizeof dicts / sizeof *dicts; i++) {
    clif_array x;
    assert_ok(ctx, clif_npy_read(ctx, make_file(dicts[i], values, sizeof values), &x));
    assert_int_equal(x.dtype, CLIF_F32);
    assert_int_equal(x.ndim, 2);
    assert_int_equal(x.shape[0], 2);
    assert_int_equal(x.shape[1], 3);
    assert_int_equal(x.strides[0], 12);
    assert_memory_equal(x.data, values, sizeof values);
    clif_array_free(ctx, &x);
  }
}

static void every_type_is_read(void **state) {
  (void)state;
  static const struct {
    const char *descr;
    clif_dtype dtype;
    size_t size;
  } known[] = {{"|u1", CLIF_U8, 1},  {"<u1", CLIF_U8, 1},  {"=u1", CLIF_U8, 1},
               {"<i8", CLIF_I64, 8}, {"=i8", CLIF_I64, 8}, {"<f4", CLIF_F32, 4},
               {"<f8", CLIF_F64, 8}, {"=f8", CLIF_F64, 8}, {"<u4", CLIF_U32, 4},
               {"=u4", CLIF_U32, 4}};
  const unsigned char bytes[16] = {7, 0, 1, 255, 9, 8, 2, 3, 1, 1, 1, 1, 1, 1, 1, 1};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    char dict[128];
    clif_array x;
    snprintf(dict, sizeof dict, "{'descr': '%s', 'fortran_order': False, 'shape': (2,)}",
             known[i].descr);
    assert_ok(ctx, clif_npy_read(ctx, make_file(dict, bytes, 2 * known[i].size), &x));
    assert_int_equal(x.dtype, known[i].dtype);
    assert_memory_equal(x.data, bytes, 2 * known[i].size);
    clif_array_free(ctx, &x);
  }
}

static void bools_become_zeros_and_ones(void **state) {
  (void)state;
  static const char *const orders[] = {"|", "<", "="};
  const unsigned char stored[4] = {0, 1, 2, 255}, expected[4] = {0, 1, 1, 1};
  for (size_t i = 0; i < 3; i++) {
    char dict[128];
    clif_array x;
    snprintf(dict, sizeof dict, "{'descr': '%sb1', 'fortran_order': False, 'shape': (4,)}",
             orders[i]);
    assert_ok(ctx, clif_npy_read(ctx, make_file(dict, stored, 4), &x));
    assert_int_equal(x.dtype, CLIF_U8);
    assert_memory_equal(x.data, expected, 4);
    clif_array_free(ctx, &x);
  }
}

static void formats_two_and_three_are_read(void **state) {
  (void)state;
  const char dict[] = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n";
  for (char major = 2; major <= 3; major++) {
    char file[256] = "\x93NUMPY";
    file[6] = major;
    file[8] = (char)(sizeof dict - 1);
    snprintf(file + 12, sizeof file - 12, "%s\4\5\6", dict);
    put_file(in_folder("x.npy"), file, 12 + sizeof dict - 1 + 3);
    clif_array x;
    assert_ok(ctx, clif_npy_read(ctx, in_folder("x.npy"), &x));
    assert_memory_equal(x.data, "\4\5\6", 3);
    clif_array_free(ctx, &x);
  }
}

static void fortran_order_is_read_where_it_is_also_c_order(void **state) {
  (void)state;
  clif_array x;
  assert_ok(ctx, clif_npy_read(ctx,
                               make_file("{'descr': '|u1', 'fortran_order': True, "
                                         "'shape': (1, 3, 1), }",
                                         "\1\2\3", 3),
                               &x));
  assert_int_equal(x.ndim, 3);
  assert_memory_equal(x.data, "\1\2\3", 3);
  clif_array_free(ctx, &x);
  refused(CLIF_UNSUPPORTED, "numpy.ascontiguousarray",
          "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", 6);
}

#define DICT(descr, shape) "{'descr': '" descr "', 'fortran_order': False, 'shape': " shape ", }"

static void what_cannot_be_read_is_refused_in_a_sentence(void **state) {
  (void)state;
  refused(CLIF_UNSUPPORTED, "'>f4'", DICT(">f4", "(2,)"), 8);
  refused(CLIF_UNSUPPORTED, "x.astype('float32')", DICT("<f2", "(2,)"), 4);
  refused(CLIF_UNSUPPORTED, "'|O'", DICT("|O", "(2,)"), 16);
  refused(CLIF_UNSUPPORTED, "'|f4'", DICT("|f4", "(2,)"), 8);
  refused(CLIF_UNSUPPORTED, "'|u4'", DICT("|u4", "(2,)"), 8);
  refused(CLIF_UNSUPPORTED, "'>u4'", DICT(">u4", "(2,)"), 8);
  refused(CLIF_UNSUPPORTED, "'<i4'", DICT("<i4", "(2,)"), 8);
  refused(CLIF_UNSUPPORTED, "'>u1'", DICT(">u1", "(2,)"), 2);
  refused(CLIF_UNSUPPORTED, "records",
          "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", 8);
  refused(CLIF_UNSUPPORTED, "atleast_1d", DICT("<f4", "()"), 4);
  refused(CLIF_UNSUPPORTED, "no values", DICT("<f4", "(2, 0)"), 0);
  refused(CLIF_UNSUPPORTED, "more than 6 dimensions", DICT("|u1", "(1, 1, 1, 1, 1, 1, 1)"), 1);
  refused(CLIF_FORMAT, "cut short", DICT("<f4", "(2, 3)"), 23);
  refused(CLIF_FORMAT, "behind its array", DICT("<f4", "(2, 3)"), 25);
  refused(CLIF_FORMAT, "too large", DICT("<f4", "(4294967296, 4294967296)"), 8);
  refused(CLIF_FORMAT, "too large", DICT("<f8", "(2305843009213693952,)"), 8);
  refused(CLIF_FORMAT, "too large", DICT("<f4", "(18446744073709551616,)"), 8);
}

static void damaged_heads_are_refused(void **state) {
  (void)state;
  static const char *const dicts[] = {
      "",
      "{",
      "{}",
      "[]",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x",
      "{'descr': '<f4', 'fortran_order': False}",
      "{'descr': '<f4', 'shape': (2,)}",
      "{'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}",
      "{'descr' '<f4', 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4\", 'fortran_order': False, 'shape': (2,)}",
      "{'descr': <f4, 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': 2}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2 1,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'extra': 1}",
      "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
  };
  for (size_t i = 0; i < sizeof dicts / sizeof *dicts; i++)
    refused(CLIF_FORMAT, "again", dicts[i], 8);
}

static void preambles_are_checked(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t count;
    clif_status status;
    const char *words;
  } cases[] = {
      {"", 0, CLIF_FORMAT, "is empty"},
      {"\x93NUM", 4, CLIF_FORMAT, "cut short"},
      {"\x93NUMPY\x01\x00\x76\x00", 10, CLIF_FORMAT, "cut short"},
      {"\x93NUMPY\x01\x00\x76\x00{'de", 14, CLIF_FORMAT, "cut short"},
      {"\x93NUMPY\x01\x00\x00\x00{'de", 14, CLIF_FORMAT, "damaged head"},
      {"\x93NUMPY\x04\x00\x76\x00{'de", 14, CLIF_UNSUPPORTED, "4.0"},
      {"\x93NUMPY\x01\x01\x76\x00{'de", 14, CLIF_UNSUPPORTED, "1.1"},
      {"\x93NUMPY\x02\x00\xff\xff\xff\xff{'", 14, CLIF_FORMAT, "cannot be"},
      {"PK\3\4 this is an .npz", 20, CLIF_FORMAT, "not a .npy file"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    clif_array x;
    put_file(in_folder("p.npy"), cases[i].bytes, cases[i].count);
    assert_refused(ctx, cases[i].status, cases[i].words,
                   clif_npy_read(ctx, in_folder("p.npy"), &x));
  }
}

static void files_that_cannot_be_opened_are_named(void **state) {
  (void)state;
  clif_array x;
  assert_refused(ctx, CLIF_IO, "no-such.npy", clif_npy_read(ctx, in_folder("no-such.npy"), &x));
  assert_refused(ctx, CLIF_IO, test_folder, clif_npy_read(ctx, test_folder, &x));
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "path", clif_npy_read(ctx, NULL, &x));
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "out", clif_npy_read(ctx, "x.npy", NULL));
}

/* A head that promises a terabyte must not make the reader ask for one. */
static void a_cut_file_takes_no_more_memory_than_it_has_bytes(void **state) {
  (void)state;
  uint64_t peak = clif_context_memory(ctx).host_peak, held = clif_context_memory(ctx).host_bytes;
  refused(CLIF_FORMAT, "cut short", DICT("<f4", "(1048576, 262144)"), 100);
  assert_in_range(clif_context_memory(ctx).host_peak, 0, peak + (4u << 20));
  assert_int_equal(clif_context_memory(ctx).host_bytes, held);
}

typedef struct pipe_end {
  int fd;
  const char *data;
  size_t bytes;
} pipe_end;

static void *feed(void *user) {
  pipe_end *end = user;
  for (size_t sent = 0; sent < end->bytes;) { /* in odd pieces, so that reads come back short */
    size_t piece = end->bytes - sent < 777 ? end->bytes - sent : 777;
    ssize_t n = write(end->fd, end->data + sent, piece);
    if (n <= 0) break;
    sent += (size_t)n;
  }
  close(end->fd);
  return NULL;
}

static clif_status read_piped(const char *data, size_t bytes, clif_array *out) {
  int ends[2];
  pthread_t feeder;
  char path[64];
  assert_int_equal(pipe(ends), 0);
  pipe_end end = {ends[1], data, bytes};
  assert_int_equal(pthread_create(&feeder, NULL, feed, &end), 0);
  snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
  clif_status status = clif_npy_read(ctx, path, out);
  close(ends[0]);
  pthread_join(feeder, NULL);
  return status;
}

static void pipes_are_read(void **state) {
  (void)state;
  enum { VALUES = 3 << 20 }; /* more than is taken before the first bytes have come */
  char *file = calloc(VALUES + 256, 1);
  assert_non_null(file);
  size_t head = make_head(file, DICT("|u1", "(3, 1048576)"));
  for (size_t i = 0; i < VALUES; i++) file[head + i] = (char)(i * 31 >> 3);
  clif_array x;
  assert_ok(ctx, read_piped(file, head + VALUES, &x));
  assert_memory_equal(x.data, file + head, VALUES);
  clif_array_free(ctx, &x);
  assert_refused(ctx, CLIF_FORMAT, "cut short", read_piped(file, head + VALUES - 1, &x));
  assert_refused(ctx, CLIF_FORMAT, "behind", read_piped(file, head + VALUES + 1, &x));
  free(file);
}

/* ---- writing ---- */

static void arrays_come_back_as_they_went(void **state) {
  (void)state;
  static const clif_dtype dtypes[] = {CLIF_U8, CLIF_I64, CLIF_F32, CLIF_F64, CLIF_U32};
  static unsigned char data[2 * 3 * 2 * 1 * 2 * 2 * 8];
  const size_t shape[CLIF_MAX_DIMS] = {2, 3, 2, 1, 2, 2};
  for (size_t i = 0; i < sizeof data; i++) data[i] = (unsigned char)(i * 7);
  for (size_t d = 0; d < sizeof dtypes / sizeof *dtypes; d++)
    for (unsigned ndim = 1; ndim <= CLIF_MAX_DIMS; ndim++) {
      clif_array x = clif_array_view(data, dtypes[d], ndim, shape), y;
      assert_ok(ctx, clif_npy_write(ctx, in_folder("y.npy"), &x));
      assert_ok(ctx, clif_npy_read(ctx, in_folder("y.npy"), &y));
      assert_int_equal(y.dtype, x.dtype);
      assert_int_equal(y.ndim, ndim);
      assert_memory_equal(y.shape, shape, ndim * sizeof *shape);
      assert_memory_equal(y.data, data, clif_array_count(&x) * clif_dtype_size(x.dtype));
      clif_array_free(ctx, &y);
    }
}

/* What NumPy itself writes for these arrays, byte for byte. */
static void heads_are_numpys(void **state) {
  (void)state;
  static const struct {
    clif_dtype dtype;
    unsigned ndim;
    size_t shape[3];
    const char *dict;
  } cases[] = {
      {CLIF_F32, 1, {3}, "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"},
      {CLIF_U32, 1, {3}, "{'descr': '<u4', 'fortran_order': False, 'shape': (3,), }"},
      {CLIF_F32, 2, {3, 1}, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 1), }"}};
  float values[3] = {1, 2, 3};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    size_t bytes, length = strlen(cases[i].dict);
    clif_array x = clif_array_view(values, cases[i].dtype, cases[i].ndim, cases[i].shape);
    assert_ok(ctx, clif_npy_write(ctx, in_folder("h.npy"), &x));
    char *file = get_file(in_folder("h.npy"), &bytes);
    assert_int_equal(bytes, 128 + sizeof values);
    assert_memory_equal(file, "\x93NUMPY\x01\x00\x76\x00", 10);
    assert_memory_equal(file + 10, cases[i].dict, length);
    for (size_t k = 10 + length; k < 127; k++) assert_int_equal(file[k], ' ');
    assert_int_equal(file[127], '\n');
    assert_memory_equal(file + 128, values, sizeof values);
    free(file);
  }
}

static void strided_arrays_are_written_in_order(void **state) {
  (void)state;
  uint8_t data[4 * 3 * 5], expected[2 * 3 * 2];
  for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)i;
  clif_array whole = clif_array_view(data, CLIF_U8, 3, (size_t[]){4, 3, 5}), y;
  clif_array part = clif_array_slice(&whole, 0, 1, 2);
  part = clif_array_slice(&part, 2, 3, 2);
  for (size_t i = 0; i < sizeof expected; i++)
    expected[i] = data[(1 + i / 6) * 15 + i / 2 % 3 * 5 + 3 + i % 2];
  assert_ok(ctx, clif_npy_write(ctx, in_folder("part.npy"), &part));
  assert_ok(ctx, clif_npy_read(ctx, in_folder("part.npy"), &y));
  assert_memory_equal(y.shape, ((size_t[]){2, 3, 2}), 3 * sizeof(size_t));
  assert_memory_equal(y.data, expected, sizeof expected);
  clif_array_free(ctx, &y);

  /* The same memory seen with its first two dimensions exchanged. */
  clif_array turned = clif_array_view(data, CLIF_U8, 3, (size_t[]){3, 4, 5});
  turned.strides[0] = 5;
  turned.strides[1] = 15;
  assert_ok(ctx, clif_npy_write(ctx, in_folder("part.npy"), &turned));
  assert_ok(ctx, clif_npy_read(ctx, in_folder("part.npy"), &y));
  for (size_t i = 0; i < sizeof data; i++)
    assert_int_equal(((uint8_t *)y.data)[i], data[i / 5 % 4 * 15 + i / 20 * 5 + i % 5]);
  clif_array_free(ctx, &y);
}

static void a_written_file_replaces_the_old_one_and_keeps_its_rights(void **state) {
  (void)state;
  float x[2] = {1, 2};
  struct stat about;
  clif_array a = clif_array_view(x, CLIF_F32, 1, (size_t[]){2}), y;
  put_file(in_folder("old.npy"), "old", 3);
  assert_int_equal(chmod(in_folder("old.npy"), 0640), 0);
  assert_ok(ctx, clif_npy_write(ctx, in_folder("old.npy"), &a));
  assert_int_equal(stat(in_folder("old.npy"), &about), 0);
  assert_int_equal(about.st_mode & 0777, 0640);
  assert_ok(ctx, clif_npy_read(ctx, in_folder("old.npy"), &y));
  assert_memory_equal(y.data, x, sizeof x);
  clif_array_free(ctx, &y);
  assert_int_equal(count_files(), 1);
}

static void pipes_are_written_straight_through(void **state) {
  (void)state;
  int ends[2];
  char path[64], got[256];
  uint8_t x[3] = {1, 2, 3};
  clif_array a = clif_array_view(x, CLIF_U8, 1, (size_t[]){3});
  assert_int_equal(pipe(ends), 0);
  snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
  assert_ok(ctx, clif_npy_write(ctx, path, &a));
  assert_int_equal(read(ends[0], got, sizeof got), 131);
  assert_memory_equal(got + 128, x, 3);
  close(ends[0]);
  close(ends[1]);
}

static void failed_writes_say_so_and_leave_nothing(void **state) {
  (void)state;
  float x[1] = {1};
  clif_array a = clif_array_view(x, CLIF_F32, 1, (size_t[]){1});
  clif_array none = clif_array_view(x, CLIF_F32, 0, NULL);
  assert_refused(ctx, CLIF_IO, "no-such-folder",
                 clif_npy_write(ctx, in_folder("no-such-folder/x.npy"), &a));
  assert_refused(ctx, CLIF_IO, test_folder, clif_npy_write(ctx, test_folder, &a));
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "not a valid view",
                 clif_npy_write(ctx, in_folder("x.npy"), &none));
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "not a valid view",
                 clif_npy_write(ctx, in_folder("x.npy"), NULL));
  clif_array away = a;
  away.data = NULL;
  away.device = x; /* anything but NULL */
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "lies on the device",
                 clif_npy_write(ctx, in_folder("x.npy"), &away));
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "path", clif_npy_write(ctx, NULL, &a));
  assert_int_equal(count_files(), 0);
}

static void a_full_disk_is_noticed(void **state) {
  (void)state;
  size_t bytes;
  static float x[5000];
  clif_array a = clif_array_view(x, CLIF_F32, 1, (size_t[]){5000}), small = a;
  small.shape[0] = 1;
  put_file(in_folder("x.npy"), "old", 3);
  limit_files(64);
  clif_status status = clif_npy_write(ctx, in_folder("x.npy"), &a);
  clif_status buffered = clif_npy_write(ctx, in_folder("x.npy"), &small);
  limit_files(0);
  assert_int_equal(status, CLIF_IO);
  assert_int_equal(buffered, CLIF_IO);
  assert_non_null(strstr(clif_context_error(ctx), "x.npy"));
  assert_int_equal(count_files(), 1);
  char *old = get_file(in_folder("x.npy"), &bytes);
  assert_true(bytes == 3 && memcmp(old, "old", 3) == 0);
  free(old);
  const char *full = full_disk();
  if (full) assert_refused(ctx, CLIF_IO, "full", clif_npy_write(ctx, full, &a));
}

static void a_file_that_may_not_be_written_is_not_replaced(void **state) {
  (void)state;
  float x[1] = {1};
  clif_array a = clif_array_view(x, CLIF_F32, 1, (size_t[]){1});
  put_file(in_folder("mine.npy"), "old", 3);
  assert_int_equal(chmod(in_folder("mine.npy"), 0444), 0);
  if (access(in_folder("mine.npy"), W_OK) == 0) skip(); /* root may write everything */
  assert_refused(ctx, CLIF_IO, "mine.npy", clif_npy_write(ctx, in_folder("mine.npy"), &a));
}

static void links_are_written_through(void **state) {
  (void)state;
  float x[1] = {1};
  struct stat about;
  clif_array a = clif_array_view(x, CLIF_F32, 1, (size_t[]){1}), y;
  assert_int_equal(symlink("real.npy", in_folder("link.npy")), 0);
  assert_ok(ctx, clif_npy_write(ctx, in_folder("link.npy"), &a));
  assert_int_equal(lstat(in_folder("link.npy"), &about), 0);
  assert_true(S_ISLNK(about.st_mode));
  assert_ok(ctx, clif_npy_read(ctx, in_folder("real.npy"), &y));
  clif_array_free(ctx, &y);
}

/* ---- memory ---- */

static void every_refused_allocation_is_survived(void **state) {
  (void)state;
  long left = 1000000;
  uint8_t x[2] = {3, 4};
  clif_context_options options = {
      .size = sizeof options, .alloc = failing_alloc, .alloc_user = &left};
  clif_context *small = open_context(&options);
  uint64_t held = clif_context_memory(small).host_bytes;
  clif_array a = clif_array_view(x, CLIF_U8, 1, (size_t[]){2}), y;
  assert_ok(small, clif_npy_write(small, in_folder("m.npy"), &a));
  clif_status status = CLIF_OUT_OF_MEMORY;
  long allowed;
  for (allowed = 0; status == CLIF_OUT_OF_MEMORY; allowed++) {
    left = allowed;
    status = clif_npy_read(small, in_folder("m.npy"), &y);
  }
  assert_int_equal(status, CLIF_OK);
  assert_true(allowed > 2);
  clif_array_free(small, &y);
  left = 0;
  assert_refused(small, CLIF_OUT_OF_MEMORY, "", clif_npy_write(small, in_folder("m.npy"), &a));
  left = 1000000;
  assert_int_equal(clif_context_memory(small).host_bytes, held);
  assert_int_equal(count_files(), 1);
  clif_context_destroy(small);
}

static void the_examples_file_is_read(void **state) {
  (void)state;
  clif_array x;
  assert_ok(ctx, clif_npy_read(ctx, source_file("examples/digits/input_spikes.npy"), &x));
  assert_int_equal(x.dtype, CLIF_U8);
  assert_int_equal(x.ndim, 3);
  assert_memory_equal(x.shape, ((size_t[]){25, 360, 64}), 3 * sizeof(size_t));
  clif_array_free(ctx, &x);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, before, after)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(heads_may_be_spelled_in_any_way_python_reads),
      TEST(every_type_is_read),
      TEST(bools_become_zeros_and_ones),
      TEST(formats_two_and_three_are_read),
      TEST(fortran_order_is_read_where_it_is_also_c_order),
      TEST(what_cannot_be_read_is_refused_in_a_sentence),
      TEST(damaged_heads_are_refused),
      TEST(preambles_are_checked),
      TEST(files_that_cannot_be_opened_are_named),
      TEST(a_cut_file_takes_no_more_memory_than_it_has_bytes),
      TEST(pipes_are_read),
      TEST(arrays_come_back_as_they_went),
      TEST(heads_are_numpys),
      TEST(strided_arrays_are_written_in_order),
      TEST(a_written_file_replaces_the_old_one_and_keeps_its_rights),
      TEST(pipes_are_written_straight_through),
      TEST(failed_writes_say_so_and_leave_nothing),
      TEST(a_full_disk_is_noticed),
      TEST(a_file_that_may_not_be_written_is_not_replaced),
      TEST(links_are_written_through),
      TEST(every_refused_allocation_is_survived),
      TEST(the_examples_file_is_read),
  };
  return cmocka_run_group_tests(tests, open_all, close_all);
}
