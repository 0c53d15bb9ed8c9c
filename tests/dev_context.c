/* dev_context.c - opening and closing a device: options, refusals, memory, the log. */
#include "support.h"

#include <sys/wait.h>
#include <unistd.h>

#include "core/core.h"

/* An allocator that keeps its own books and, once `left` calls are used up, refuses: the next one
 * only, or all from then on. */
typedef struct books {
  long left; /* below 0: never refuses */
  bool persistent;
  size_t bytes;
  long blocks;
} books;

static void *booking_alloc(void *user, void *ptr, size_t old_size, size_t new_size) {
  books *b = user;
  if (new_size == 0) {
    free(ptr);
    b->blocks--;
    b->bytes -= old_size;
    return NULL;
  }
  if (b->left == 0) {
    if (!b->persistent) b->left = -1;
    return NULL;
  }
  if (b->left > 0) b->left--;
  void *block = realloc(ptr, new_size);
  if (!ptr) b->blocks++;
  b->bytes += new_size - old_size;
  return block;
}

static clif_context_options with_books(books *b) {
  *b = (books){.left = -1};
  return (clif_context_options){
      .size = sizeof(clif_context_options), .alloc = booking_alloc, .alloc_user = b};
}

/* Creates a context and expects a refusal whose sentence has these words. */
static void assert_not_created(const clif_context_options *options, clif_status expected,
                               const char *words) {
  clif_context *ctx = (clif_context *)(uintptr_t)1;
  char why[1024] = "";
  clif_status status = clif_context_create(options, &ctx, why, sizeof why);
  assert_null(ctx);
  if (status != expected)
    fail_msg("expected %s, got %s: %s", clif_status_name(expected), clif_status_name(status), why);
  if (!strstr(why, words)) fail_msg("no '%s' in: %s", words, why);
}

/* Has to be the first test: the loader looks for drivers only once in a process. */
static void without_any_driver_the_sentence_says_what_to_install(void **state) {
  (void)state;
  if (is_slow_device()) skip(); /* Oclgrind takes the loader's place */
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    setenv("OCL_ICD_VENDORS", "/nowhere/no.icd", 1);
    unsetenv("CLIF_DEVICE");
    clif_context *ctx;
    char why[512];
    clif_status status = clif_context_create(NULL, &ctx, why, sizeof why);
    _exit(status == CLIF_NO_DEVICE && strstr(why, "pocl-opencl-icd") ? 0 : 1);
  }
  int code = -1;
  assert_int_equal(waitpid(child, &code, 0), child);
  assert_true(WIFEXITED(code));
  assert_int_equal(WEXITSTATUS(code), 0);
}

static void the_defaults_open_a_usable_device(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  const clif_device_info *info = clif_context_device(ctx);
  assert_true(info->usable);
  assert_true(strlen(info->name) > 0 && strlen(info->platform) > 0);
  assert_true(info->max_allocation_bytes > 0);
  assert_true(info->max_work_group > 0);
  assert_string_equal(clif_context_error(ctx), "");
  assert_int_equal(ctx->lanes, info->type == CLIF_DEVICE_CPU ? 16 : 1);
  clif_context_destroy(ctx);
  clif_context_destroy(NULL);
}

static void a_device_in_the_list_can_be_chosen_by_its_numbers(void **state) {
  (void)state;
  clif_device_info list[16];
  size_t count = 0;
  assert_int_equal(clif_device_list(list, 16, &count), CLIF_OK);
  assert_true(count > 0);
  for (size_t i = 0; i < count && i < 16; i++) {
    if (!list[i].usable) continue;
    char wanted[64];
    snprintf(wanted, sizeof wanted, "%u:%u", list[i].platform_index, list[i].device_index);
    clif_context_options options = {.size = sizeof options, .device = wanted};
    clif_context *ctx = open_context(&options);
    assert_string_equal(clif_context_device(ctx)->name, list[i].name);
    assert_int_equal(clif_context_device(ctx)->device_index, list[i].device_index);
    clif_context_destroy(ctx);
  }
}

static void options_out_of_range_are_refused_with_a_sentence(void **state) {
  (void)state;
  clif_context_options options = {.size = 3};
  assert_not_created(&options, CLIF_INVALID_ARGUMENT, "sizeof(clif_context_options)");
  options.size = sizeof options;
  options.lanes = 4;
  assert_not_created(&options, CLIF_INVALID_ARGUMENT, "lanes is 4");
  options.lanes = 0;
  options.device = "no such thing:0";
  assert_not_created(&options, CLIF_NO_DEVICE, "'no such thing:0'");
  assert_not_created(&options, CLIF_NO_DEVICE, "choose one of");
  char why[512];
  assert_int_equal(clif_context_create(NULL, NULL, why, sizeof why), CLIF_INVALID_ARGUMENT);
  assert_non_null(strstr(why, "out"));
}

static void a_message_is_cut_to_its_room_and_may_be_missing(void **state) {
  (void)state;
  clif_context_options options = {.size = sizeof options, .device = "no such thing"};
  clif_context *ctx;
  char why[8];
  memset(why, 'x', sizeof why);
  assert_int_equal(clif_context_create(&options, &ctx, why, 4), CLIF_NO_DEVICE);
  assert_int_equal(strlen(why), 3);
  assert_int_equal(why[4], 'x');
  assert_int_equal(clif_context_create(&options, &ctx, why, 0), CLIF_NO_DEVICE);
  assert_int_equal(clif_context_create(&options, &ctx, NULL, 0), CLIF_NO_DEVICE);
}

static void both_lane_counts_can_be_forced(void **state) {
  (void)state;
  for (unsigned lanes = 1; lanes <= 16; lanes += 15) {
    clif_context_options options = {.size = sizeof options, .lanes = lanes};
    clif_context *ctx = open_context(&options);
    assert_int_equal(ctx->lanes, lanes);
    clif_context_destroy(ctx);
  }
}

static void the_allocator_gets_back_all_it_gave(void **state) {
  (void)state;
  books b;
  clif_context_options options = with_books(&b);
  clif_context *ctx = open_context(&options);
  clif_array array;
  assert_ok(ctx, clif_array_create(ctx, CLIF_F32, 2, (size_t[]){10, 10}, &array));
  clif_memory_use use = clif_context_memory(ctx);
  assert_int_equal(use.host_bytes, b.bytes);
  assert_true(use.host_bytes >= 400 && use.host_peak >= use.host_bytes);
  assert_true(clif_context_counters(ctx).host_allocations >= 2);
  clif_array_free(ctx, &array);
  assert_int_equal(clif_context_memory(ctx).host_bytes, b.bytes);
  clif_context_destroy(ctx);
  assert_int_equal(b.bytes, 0);
  assert_int_equal(b.blocks, 0);
}

static void refused_memory_fails_the_creation_and_leaves_nothing_behind(void **state) {
  (void)state;
  for (int persistent = 0; persistent <= 1; persistent++) {
    clif_status status = CLIF_OUT_OF_MEMORY;
    long k = 0;
    for (; status != CLIF_OK && k < 100; k++) {
      books b;
      clif_context_options options = with_books(&b);
      options.kernel_dir = "/somewhere";
      b.left = k;
      b.persistent = persistent;
      clif_context *ctx = NULL;
      char why[256] = "";
      status = clif_context_create(&options, &ctx, why, sizeof why);
      if (status != CLIF_OK) {
        assert_int_equal(status, CLIF_OUT_OF_MEMORY);
        assert_non_null(strstr(why, "refused"));
        assert_null(ctx);
      }
      clif_context_destroy(ctx);
      assert_int_equal(b.blocks, 0);
      assert_int_equal(b.bytes, 0);
    }
    assert_int_equal(status, CLIF_OK);
    assert_true(k > 2); /* the context and the kernel directory at least */
  }
}

static void what_holds_the_context_keeps_it_alive(void **state) {
  (void)state;
  books b;
  clif_context_options options = with_books(&b);
  clif_context *ctx = open_context(&options);
  clif__context_hold(ctx);
  clif_context_destroy(ctx);
  assert_true(b.blocks > 0);
  assert_ok(ctx, clif__finish(ctx));
  clif__context_release(ctx);
  assert_int_equal(b.blocks, 0);
}

static void waiting_is_counted(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  assert_int_equal(clif_context_counters(ctx).blocking_calls, 0);
  assert_ok(ctx, clif__finish(ctx));
  assert_ok(ctx, clif__finish(ctx));
  assert_int_equal(clif_context_counters(ctx).blocking_calls, 2);
  clif_context_destroy(ctx);
}

typedef struct lines {
  int count;
  clif_log_level level;
  char last[1024];
} lines;

static void keep_line(void *user, clif_log_level level, const char *line) {
  lines *l = user;
  l->count++;
  l->level = level;
  snprintf(l->last, sizeof l->last, "%s", line);
}

static void the_log_receives_single_lines(void **state) {
  (void)state;
  lines l = {0};
  clif_context_options options = {.size = sizeof options, .log = keep_line, .log_user = &l};
  clif_context *ctx = open_context(&options);
  assert_int_equal(l.count, 0); /* nothing to say about an ordinary start */
  clif__log(ctx, CLIF_LOG_WARNING, "one\ntwo %d", 3);
  assert_int_equal(l.level, CLIF_LOG_WARNING);
  assert_string_equal(l.last, "one two 3");
  clif_context_destroy(ctx);
  ctx = open_context(NULL);
  clif__log(ctx, CLIF_LOG_WARNING, "to nobody");
  clif_context_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_any_driver_the_sentence_says_what_to_install),
      cmocka_unit_test(the_defaults_open_a_usable_device),
      cmocka_unit_test(a_device_in_the_list_can_be_chosen_by_its_numbers),
      cmocka_unit_test(options_out_of_range_are_refused_with_a_sentence),
      cmocka_unit_test(a_message_is_cut_to_its_room_and_may_be_missing),
      cmocka_unit_test(both_lane_counts_can_be_forced),
      cmocka_unit_test(the_allocator_gets_back_all_it_gave),
      cmocka_unit_test(refused_memory_fails_the_creation_and_leaves_nothing_behind),
      cmocka_unit_test(what_holds_the_context_keeps_it_alive),
      cmocka_unit_test(waiting_is_counted),
      cmocka_unit_test(the_log_receives_single_lines),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
