/* dev_program.c - from kernel sources to kernels: build errors, the kernel directory, the cache. */
#include "support.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/core.h"
#include "core/program_cache.h"

/* A directory of this test's own, with kernels/ and, once used, cache/ in it. */
static char root[64], kernels[96], cache[96];

static const char PRELUDE[] = "int from_prelude(int x) { return x + 1; }\n";
static const char RANDOM[] = "int from_random(int x) { return from_prelude(x); }\n";
static const char FILL[] = "__kernel void fill(__global int *out) {\n"
                           "  out[get_global_id(0)] = from_random(VALUE);\n"
                           "}\n"
                           "__kernel void lanes(__global int *out) {\n"
                           "  out[get_global_id(0)] = CLIF_LANES;\n"
                           "}\n";
static const char BROKEN[] = "__kernel void broken(__global int *out) {\n"
                             "  out[0] = no_such_name;\n"
                             "}\n";

static void write_text(const char *directory, const char *name, const char *text) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
  assert_int_equal(fclose(file), 0);
}

static void remove_all(const char *directory) {
  DIR *list = opendir(directory);
  if (!list) return;
  for (struct dirent *e = readdir(list); e; e = readdir(list)) {
    char path[512];
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
    snprintf(path, sizeof path, "%s/%s", directory, e->d_name);
    if (unlink(path) != 0) remove_all(path);
  }
  closedir(list);
  rmdir(directory);
}

static int make_directories(void **state) {
  (void)state;
  snprintf(root, sizeof root, "/tmp/clif-test-XXXXXX");
  if (!mkdtemp(root)) return 1;
  snprintf(kernels, sizeof kernels, "%s/kernels", root);
  snprintf(cache, sizeof cache, "%s/deep/cache", root);
  if (mkdir(kernels, 0700) != 0) return 1;
  write_text(kernels, "prelude.cl", PRELUDE);
  write_text(kernels, "random.cl", RANDOM);
  write_text(kernels, "fill.cl", FILL);
  write_text(kernels, "broken.cl", BROKEN);
  return 0;
}

static int remove_directories(void **state) {
  (void)state;
  chmod(cache, 0700);
  remove_all(root);
  return 0;
}

typedef struct warnings {
  int count;
  char last[512];
} warnings;

static void keep_warning(void *user, clif_log_level level, const char *line) {
  warnings *w = user;
  if (level != CLIF_LOG_WARNING) return;
  w->count++;
  snprintf(w->last, sizeof w->last, "%s", line);
}

static clif_context *open_with(const char *cache_dir, warnings *w) {
  clif_context_options options = {.size = sizeof options,
                                  .cache_dir = cache_dir,
                                  .kernel_dir = kernels,
                                  .log = w ? keep_warning : NULL,
                                  .log_user = w};
  return open_context(&options);
}

static int run(clif_context *ctx, cl_kernel kernel) {
  clif__buffer buffer;
  int out[4];
  const size_t global = 4;
  const clif__box box = clif__box_flat(sizeof out);
  assert_ok(ctx, clif__buffer_create(ctx, sizeof out, "a test", &buffer));
  assert_int_equal(clSetKernelArg(kernel, 0, sizeof buffer.mem, &buffer.mem), CL_SUCCESS);
  assert_ok(ctx, clif__launch(ctx, kernel, 1, &global, NULL));
  assert_ok(ctx, clif__buffer_read(ctx, ctx->queue, &buffer, &box, out));
  assert_ok(ctx, clif__finish(ctx));
  clif__buffer_release(ctx, &buffer);
  assert_int_equal(out[0], out[3]);
  return out[0];
}

static int build_and_run(clif_context *ctx, const char *name, const char *defines) {
  cl_kernel kernel;
  assert_ok(ctx, clif__kernel_create(ctx, "fill", name, defines, &kernel));
  int out = run(ctx, kernel);
  clReleaseKernel(kernel);
  return out;
}

/* ---- building ---- */

static void a_kernel_sees_prelude_random_defines_and_lanes(void **state) {
  (void)state;
  clif_context *ctx = open_with("off", NULL);
  assert_int_equal(build_and_run(ctx, "fill", "-DVALUE=41"), 42);
  assert_int_equal(build_and_run(ctx, "lanes", "-DVALUE=41"), (int)ctx->lanes);
  assert_int_equal(clif_context_counters(ctx).programs_compiled, 1);
  assert_int_equal(build_and_run(ctx, "fill", "-DVALUE=5"), 6);
  assert_int_equal(clif_context_counters(ctx).programs_compiled, 2);
  assert_int_equal(build_and_run(ctx, "fill", "-DVALUE=41"), 42);
  assert_int_equal(clif_context_counters(ctx).programs_compiled, 2);
  assert_int_equal(clif_context_counters(ctx).programs_loaded, 0);
  clif_context_destroy(ctx);
}

static void a_build_error_names_the_file_and_has_the_log(void **state) {
  (void)state;
  clif_context *ctx = open_with("off", NULL);
  cl_kernel kernel;
  clif__where(ctx, "layer '%s'", "fc1");
  assert_refused(ctx, CLIF_BUILD, "layer 'fc1': broken.cl does not build",
                 clif__kernel_create(ctx, "broken", "broken", "-DX=1", &kernel));
  assert_null(kernel);
  assert_true(clif_context_native_code(ctx) != 0);
  assert_non_null(strstr(clif_context_error(ctx), "-DX=1"));
  assert_non_null(strstr(clif_context_error(ctx), "no_such_name"));
  /* Oclgrind calls every source input.cl. */
  if (!is_slow_device()) assert_non_null(strstr(clif_context_error(ctx), "broken.cl:2"));
  clif__where(ctx, NULL);
  assert_int_equal(build_and_run(ctx, "fill", "-DVALUE=1"), 2); /* the context is still good */
  clif_context_destroy(ctx);
}

static void of_a_long_build_log_the_end_is_kept(void **state) {
  (void)state;
  char text[16384] = "__kernel void broken(__global int *out) {\n";
  for (int i = 0; i < 19; i++) {
    size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, "out[0] = missing_%02d_%0600d;\n", i, 0);
  }
  strcat(text, "}\n");
  write_text(kernels, "broken.cl", text);
  clif_context *ctx = open_with("off", NULL);
  cl_kernel kernel;
  assert_refused(ctx, CLIF_BUILD, ": ...",
                 clif__kernel_create(ctx, "broken", "broken", NULL, &kernel));
  assert_null(strstr(clif_context_error(ctx), "missing_00"));
  assert_true(strlen(clif_context_error(ctx)) < sizeof ctx->error - 1);
  clif_context_destroy(ctx);
}

static void a_kernel_that_a_file_does_not_have_is_named(void **state) {
  (void)state;
  clif_context *ctx = open_with("off", NULL);
  cl_kernel kernel;
  assert_refused(ctx, CLIF_OPENCL, "'nothing' of fill.cl",
                 clif__kernel_create(ctx, "fill", "nothing", "-DVALUE=1", &kernel));
  assert_null(kernel);
  clif_context_destroy(ctx);
}

static void a_launch_that_fails_names_the_kernel(void **state) {
  (void)state;
  clif_context *ctx = open_with("off", NULL);
  cl_kernel kernel;
  const size_t global = 1;
  assert_ok(ctx, clif__kernel_create(ctx, "fill", "fill", "-DVALUE=1", &kernel));
  assert_int_equal(run(ctx, kernel), 2);
  assert_refused(ctx, CLIF_OPENCL, "clEnqueueNDRangeKernel of fill: CL_INVALID_WORK_DIMENSION",
                 clif__launch(ctx, kernel, 9, &global, NULL));
  clReleaseKernel(kernel);
  clif_context_destroy(ctx);
}

/* ---- the kernel directory ---- */

static void a_file_missing_in_the_kernel_directory_is_named_with_its_path(void **state) {
  (void)state;
  clif_context *ctx = open_with("off", NULL);
  cl_kernel kernel;
  char path[256];
  snprintf(path, sizeof path, "%s/absent.cl", kernels);
  assert_refused(ctx, CLIF_IO, path, clif__kernel_create(ctx, "absent", "x", NULL, &kernel));
  static const char *const before_every_file[] = {"random", "prelude"};
  for (int i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "%s/%s.cl", kernels, before_every_file[i]);
    unlink(path);
    assert_refused(ctx, CLIF_IO, path,
                   clif__kernel_create(ctx, "fill", "fill", "-DVALUE=1", &kernel));
  }
  clif_context_destroy(ctx);
}

static void the_kernel_directory_can_come_from_the_environment(void **state) {
  (void)state;
  setenv("CLIF_KERNEL_DIR", kernels, 1);
  clif_context_options options = {.size = sizeof options, .cache_dir = "off"};
  clif_context *ctx = open_context(&options);
  unsetenv("CLIF_KERNEL_DIR");
  assert_int_equal(build_and_run(ctx, "fill", "-DVALUE=1"), 2);
  clif_context_destroy(ctx);
}

static void an_edited_kernel_is_built_again(void **state) {
  (void)state;
  clif_context *ctx = open_with(cache, NULL);
  assert_int_equal(build_and_run(ctx, "fill", "-DVALUE=1"), 2);
  clif__programs_save(ctx);
  write_text(kernels, "prelude.cl", "int from_prelude(int x) { return x + 100; }\n");
  assert_int_equal(build_and_run(ctx, "fill", "-DVALUE=1"), 101);
  assert_int_equal(clif_context_counters(ctx).programs_compiled, 2);
  clif_context_destroy(ctx);
}

static void without_a_kernel_directory_the_built_in_files_are_used(void **state) {
  (void)state;
  clif_context_options options = {.size = sizeof options, .cache_dir = "off"};
  clif_context *ctx = open_context(&options);
  cl_kernel kernel;
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "'fill.cl'",
                 clif__kernel_create(ctx, "fill", "fill", NULL, &kernel));
  clif_context_destroy(ctx);
}

/* ---- the cache ---- */

/* The one file in the cache directory; fails when there is another number of them. */
static const char *cache_file(void) {
  static char path[512];
  int count = 0;
  DIR *list = opendir(cache);
  assert_non_null(list);
  for (struct dirent *e = readdir(list); e; e = readdir(list)) {
    if (e->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/%s", cache, e->d_name);
    count++;
  }
  closedir(list);
  assert_int_equal(count, 1);
  return path;
}

static bool cache_exists(void) {
  struct stat about;
  return stat(cache, &about) == 0;
}

/* One context's life: opens, builds, gets the right number, saves. Returns what it counted. */
static clif_counters use_cache(const char *cache_dir, warnings *w) {
  clif_context *ctx = open_with(cache_dir, w);
  assert_int_equal(build_and_run(ctx, "fill", "-DVALUE=41"), 42);
  clif__programs_save(ctx);
  assert_string_equal(clif_context_error(ctx), "");
  clif_counters counters = clif_context_counters(ctx);
  clif_context_destroy(ctx);
  return counters;
}

static void assert_compiled(clif_counters c) {
  assert_int_equal(c.programs_compiled, 1);
  assert_int_equal(c.programs_loaded, 0);
}

static void assert_loaded(clif_counters c) {
  assert_int_equal(c.programs_compiled, 0);
  assert_int_equal(c.programs_loaded, 1);
}

static void a_second_context_loads_what_the_first_compiled(void **state) {
  (void)state;
  mode_t mask = umask(0); /* the modes must not depend on it */
  assert_compiled(use_cache(cache, NULL));
  umask(mask);
  struct stat about;
  assert_int_equal(stat(cache, &about), 0);
  assert_int_equal(about.st_mode & 0777, 0700);
  assert_int_equal(stat(cache_file(), &about), 0);
  assert_int_equal(about.st_mode & 0777, 0600);
  assert_loaded(use_cache(cache, NULL));
  assert_non_null(cache_file());
}

static void both_kernels_of_a_loaded_program_work(void **state) {
  (void)state;
  assert_compiled(use_cache(cache, NULL));
  clif_context *ctx = open_with(cache, NULL);
  assert_int_equal(build_and_run(ctx, "lanes", "-DVALUE=41"), (int)ctx->lanes);
  assert_int_equal(build_and_run(ctx, "fill", "-DVALUE=41"), 42);
  assert_int_equal(clif_context_counters(ctx).programs_loaded, 1);
  assert_int_equal(clif_context_counters(ctx).programs_compiled, 0);
  clif_context_destroy(ctx);
}

static void off_keeps_nothing(void **state) {
  (void)state;
  setenv("XDG_CACHE_HOME", root, 1);
  const char *words[] = {"off", "0"};
  for (int i = 0; i < 2; i++) {
    assert_compiled(use_cache(words[i], NULL));
    assert_compiled(use_cache(words[i], NULL));
  }
  unsetenv("XDG_CACHE_HOME");
  snprintf(cache, sizeof cache, "%s/clif", root);
  assert_false(cache_exists());
}

static void the_cache_directory_can_come_from_the_environment(void **state) {
  (void)state;
  const char *given = getenv("CLIF_CACHE_DIR"), *home = getenv("HOME");
  char *kept = given ? strdup(given) : NULL, *kept_home = home ? strdup(home) : NULL;
  setenv("CLIF_CACHE_DIR", cache, 1);
  assert_compiled(use_cache(NULL, NULL));
  assert_loaded(use_cache(NULL, NULL));
  unsetenv("CLIF_CACHE_DIR");
  setenv("XDG_CACHE_HOME", root, 1);
  assert_compiled(use_cache(NULL, NULL));
  snprintf(cache, sizeof cache, "%s/clif", root);
  assert_true(cache_exists());
  unsetenv("XDG_CACHE_HOME");
  setenv("HOME", root, 1);
  assert_compiled(use_cache(NULL, NULL));
  snprintf(cache, sizeof cache, "%s/.cache/clif", root);
  assert_true(cache_exists());
  if (kept) setenv("CLIF_CACHE_DIR", kept, 1);
  if (kept_home) setenv("HOME", kept_home, 1);
  free(kept);
  free(kept_home);
}

static void a_directory_of_others_is_refused(void **state) {
  (void)state;
  assert_compiled(use_cache(cache, NULL));
  chmod(cache, 0770);
  warnings w = {0};
  assert_compiled(use_cache(cache, &w));
  assert_int_equal(w.count, 1);
  assert_non_null(strstr(w.last, cache));
  chmod(cache, 0700);
  assert_loaded(use_cache(cache, NULL));
  if (geteuid() == 0 && chown(cache, 12345, (gid_t)-1) == 0)
    assert_compiled(use_cache(cache, NULL)); /* somebody else's */
}

static void a_cache_that_cannot_be_written_is_done_without(void **state) {
  (void)state;
  assert_compiled(use_cache("/dev/null/clif", NULL));
  write_text(root, "file", "not a directory");
  snprintf(cache, sizeof cache, "%s/file", root);
  assert_compiled(use_cache(cache, NULL));
  snprintf(cache, sizeof cache, "%s/read-only", root);
  assert_int_equal(mkdir(cache, 0500), 0);
  assert_compiled(use_cache(cache, NULL));
}

/* Makes a cache file, has it damaged, and expects a right result and a good file again. */
static void assert_healed(void (*damage)(const char *path)) {
  assert_compiled(use_cache(cache, NULL));
  damage(cache_file());
  assert_compiled(use_cache(cache, NULL));
  assert_loaded(use_cache(cache, NULL));
}

static void change_byte(const char *path, long offset, int from) {
  FILE *file = fopen(path, "r+b");
  assert_non_null(file);
  assert_int_equal(fseek(file, offset, from), 0);
  int byte = fgetc(file);
  assert_int_equal(fseek(file, offset, from), 0);
  assert_true(fputc(byte ^ 0x40, file) != EOF);
  assert_int_equal(fclose(file), 0);
}

static void cut_short(const char *path) {
  struct stat about;
  assert_int_equal(stat(path, &about), 0);
  assert_int_equal(truncate(path, about.st_size - 1), 0);
}
static void cut_header(const char *path) {
  assert_int_equal(truncate(path, 20), 0);
}
static void cut_all(const char *path) {
  assert_int_equal(truncate(path, 0), 0);
}
static void lengthen(const char *path) {
  FILE *file = fopen(path, "ab");
  assert_non_null(file);
  fputc('x', file);
  assert_int_equal(fclose(file), 0);
}
static void corrupt_payload(const char *path) {
  change_byte(path, -1, SEEK_END);
}
static void corrupt_magic(const char *path) {
  change_byte(path, 0, SEEK_SET);
}
static void corrupt_format(const char *path) {
  change_byte(path, 8, SEEK_SET);
}
static void corrupt_key(const char *path) {
  change_byte(path, 16, SEEK_SET);
}
static void corrupt_length(const char *path) {
  change_byte(path, 32 + 7, SEEK_SET);
}
static void corrupt_checksum(const char *path) {
  change_byte(path, 40, SEEK_SET);
}
static void garbage(const char *path) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  for (int i = 0; i < 5000; i++) fputc(i * 37 % 256, file);
  assert_int_equal(fclose(file), 0);
}

static void a_damaged_file_is_built_again(void **state) {
  (void)state;
  void (*const damages[])(const char *) = {
      cut_short,      cut_header,  cut_all,        lengthen,         corrupt_payload, corrupt_magic,
      corrupt_format, corrupt_key, corrupt_length, corrupt_checksum, garbage};
  for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
    assert_healed(damages[i]);
    assert_int_equal(unlink(cache_file()), 0);
  }
}

/* The key in the header of the one cache file. */
static clif__program_key cached_key(void) {
  FILE *file = fopen(cache_file(), "rb");
  assert_non_null(file);
  clif__program_key key;
  assert_int_equal(fseek(file, 16, SEEK_SET), 0);
  assert_int_equal(fread(&key, sizeof key, 1, file), 1);
  fclose(file);
  return key;
}

static void a_sound_file_that_the_driver_refuses_is_built_again(void **state) {
  (void)state;
  assert_compiled(use_cache(cache, NULL));
  const clif__program_key key = cached_key();
  const unsigned char nonsense[] = "this is no program of any driver's making";
  clif_context *ctx = open_with(cache, NULL);
  if (strstr(clif_context_device(ctx)->platform, "rusticl")) { /* it aborts on nonsense */
    clif_context_destroy(ctx);
    skip();
  }
  clif__cache_write(ctx, &key, nonsense, sizeof nonsense);
  size_t length = 0;
  unsigned char *read = clif__cache_read(ctx, &key, &length);
  assert_non_null(read); /* the file itself is good */
  assert_int_equal(length, sizeof nonsense);
  clif__free(ctx, read);
  clif_context_destroy(ctx);
  assert_compiled(use_cache(cache, NULL));
  assert_loaded(use_cache(cache, NULL));
}

/* The driver takes the binary but it has no such kernel: some drivers notice a broken one only
 * here. */
static void a_cached_program_without_the_kernel_is_built_again(void **state) {
  (void)state;
  write_text(kernels, "fill.cl", "__kernel void other(__global int *out) { out[0] = VALUE; }\n");
  clif_context *ctx = open_with(cache, NULL);
  cl_kernel kernel;
  assert_ok(ctx, clif__kernel_create(ctx, "fill", "other", "-DVALUE=41", &kernel));
  clReleaseKernel(kernel);
  clif__programs_save(ctx);
  clif__program_key other = cached_key(), key;
  size_t length = 0;
  unsigned char *binary = clif__cache_read(ctx, &other, &length);
  assert_non_null(binary);
  unlink(cache_file());
  write_text(kernels, "fill.cl", FILL);
  assert_compiled(use_cache(cache, NULL));
  key = cached_key();
  clif__cache_write(ctx, &key, binary, length);
  clif__free(ctx, binary);
  clif_context_destroy(ctx);
  assert_compiled(use_cache(cache, NULL));
  assert_loaded(use_cache(cache, NULL));
}

static void a_program_is_saved_once(void **state) {
  (void)state;
  clif_context *ctx = open_with(cache, NULL);
  assert_int_equal(build_and_run(ctx, "fill", "-DVALUE=41"), 42);
  clif__programs_save(ctx);
  const char *path = cache_file();
  assert_int_equal(unlink(path), 0);
  clif__programs_save(ctx);
  assert_int_equal(access(path, F_OK), -1);
  clif_context_destroy(ctx);
}

static void a_pipe_in_the_place_of_a_file_holds_nobody_up(void **state) {
  (void)state;
  assert_compiled(use_cache(cache, NULL));
  const char *path = cache_file();
  assert_int_equal(unlink(path), 0);
  assert_int_equal(mkfifo(path, 0600), 0);
  assert_compiled(use_cache(cache, NULL));
}

/* ---- memory ---- */

typedef struct countdown {
  long left;
  long blocks;
} countdown;

static void *refusing_alloc(void *user, void *ptr, size_t old_size, size_t new_size) {
  countdown *c = user;
  (void)old_size;
  if (new_size == 0) {
    c->blocks--;
    free(ptr);
    return NULL;
  }
  if (c->left-- == 0) return NULL;
  if (!ptr) c->blocks++;
  return realloc(ptr, new_size);
}

/* At each of its allocations once: either the call fails and says so, or it did without. */
static void refused_memory_leaves_the_context_in_order(void **state) {
  (void)state;
  for (int from_cache = 0; from_cache <= 1; from_cache++) {
    clif_status status = CLIF_OUT_OF_MEMORY;
    long k = 0;
    bool refused = true;
    for (; refused && k < 100; k++) {
      countdown c = {.left = -1};
      clif_context_options options = {.size = sizeof options,
                                      .cache_dir = from_cache ? cache : "off",
                                      .kernel_dir = kernels,
                                      .alloc = refusing_alloc,
                                      .alloc_user = &c};
      clif_context *ctx = open_context(&options);
      cl_kernel kernel = NULL;
      c.left = k;
      status = clif__kernel_create(ctx, "fill", "fill", "-DVALUE=41", &kernel);
      if (status == CLIF_OK) clif__programs_save(ctx);
      refused = c.left < 0;
      c.left = -1;
      if (status != CLIF_OK) {
        assert_int_equal(status, CLIF_OUT_OF_MEMORY);
        assert_non_null(strstr(clif_context_error(ctx), "refused"));
        assert_ok(ctx, clif__kernel_create(ctx, "fill", "fill", "-DVALUE=41", &kernel));
      }
      assert_int_equal(run(ctx, kernel), 42);
      clReleaseKernel(kernel);
      clif_context_destroy(ctx);
      assert_int_equal(c.blocks, 0);
    }
    assert_int_equal(status, CLIF_OK);
    assert_true(k > 5);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directories, remove_directories)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_kernel_sees_prelude_random_defines_and_lanes),
      TEST(a_build_error_names_the_file_and_has_the_log),
      TEST(of_a_long_build_log_the_end_is_kept),
      TEST(a_kernel_that_a_file_does_not_have_is_named),
      TEST(a_launch_that_fails_names_the_kernel),
      TEST(a_file_missing_in_the_kernel_directory_is_named_with_its_path),
      TEST(the_kernel_directory_can_come_from_the_environment),
      TEST(an_edited_kernel_is_built_again),
      TEST(without_a_kernel_directory_the_built_in_files_are_used),
      TEST(a_second_context_loads_what_the_first_compiled),
      TEST(both_kernels_of_a_loaded_program_work),
      TEST(off_keeps_nothing),
      TEST(the_cache_directory_can_come_from_the_environment),
      TEST(a_directory_of_others_is_refused),
      TEST(a_cache_that_cannot_be_written_is_done_without),
      TEST(a_damaged_file_is_built_again),
      TEST(a_sound_file_that_the_driver_refuses_is_built_again),
      TEST(a_cached_program_without_the_kernel_is_built_again),
      TEST(a_program_is_saved_once),
      TEST(a_pipe_in_the_place_of_a_file_holds_nobody_up),
      TEST(refused_memory_leaves_the_context_in_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
