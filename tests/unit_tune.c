/* unit_tune.c - sets of CLBlast's parameters: as text, by their rules, and kept in files. */
#include "support.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/tune.h"

static char directory[] = "/tmp/clif-tune-XXXXXX";

static int make_directory(void **state) {
  (void)state;
  strcpy(directory + sizeof directory - 7, "XXXXXX");
  return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state) {
  (void)state;
  char path[512];
  DIR *dir = opendir(directory);
  for (struct dirent *entry; dir && (entry = readdir(dir));) {
    snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
    unlink(path);
  }
  if (dir) closedir(dir);
  return rmdir(directory);
}

static clif_context *open_here(void) {
  return open_context(
      &(clif_context_options){.size = sizeof(clif_context_options), .cache_dir = directory});
}

/* A set that clif does not come with. */
static clif__clblast_set another_set(clif_context *ctx) {
  clif__clblast_set set = {{0}};
  clif__tune_start(ctx, &set);
  assert_true(clif__clblast_set_read(&set, "PAD_DIMX=32"));
  assert_true(clif__clblast_set_valid(&set));
  return set;
}

static void a_set_is_text_and_back(void **state) {
  (void)state;
  char text[CLIF__CLBLAST_TEXT];
  clif__clblast_set set, again = {{0}};
  for (size_t i = 0; i < CLIF__CLBLAST_VALUES; i++) set.value[i] = 999999 - i;
  clif__clblast_set_write(&set, text);
  assert_true(clif__clblast_set_read(&again, text));
  assert_memory_equal(&set, &again, sizeof set);
  assert_int_equal(clif__clblast_set_value(&set, "GEMMK"), 999999);
  assert_int_equal(clif__clblast_set_value(&set, "PADTRA_WPT"), 999999 - CLIF__CLBLAST_VALUES + 1);
}

static void what_is_no_set_is_not_read(void **state) {
  (void)state;
  static const char *const wrong[] = {"MWG",    "MWG=",    "MWG=x",     "MWG=-1",      "=1",
                                      "MWGS=1", "MW=1",    "MWG=1.5",   "MWG=1234567", "MWG = 1",
                                      "mwg=1",  "MWG=1,2", "MWG=1 NWG", "MWG=1 NWGX=2"};
  clif__clblast_set set = {{0}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    if (clif__clblast_set_read(&set, wrong[i])) fail_msg("'%s' was read", wrong[i]);
  assert_true(clif__clblast_set_read(&set, " MWG=16\nNWG=8 "));
  assert_true(clif__clblast_set_read(&set, ""));
  assert_int_equal(clif__clblast_set_value(&set, "MWG"), 16);
  assert_int_equal(clif__clblast_set_value(&set, "NWG"), 8);
}

static void rules_are_kept(void **state) {
  (void)state;
  static const char base[] =
      "GEMMK=0 KREG=1 KWG=16 KWI=2 MDIMA=16 MDIMC=8 MWG=128 NDIMB=32 NDIMC=16 NWG=128 SA=0 SB=0 "
      "STRM=1 STRN=1 VWM=8 VWN=4 KWID=2 MDIMAD=8 MDIMCD=8 NDIMBD=8 NDIMCD=8 PADA=1 PADB=1 VWMD=4 "
      "VWND=4 WGD=32 XGEMM_MIN_INDIRECT_SIZE=576 COPY_DIMX=32 COPY_DIMY=16 COPY_VW=8 COPY_WPT=2 "
      "PAD_DIMX=32 PAD_DIMY=8 PAD_WPTX=4 PAD_WPTY=2 TRA_DIM=4 TRA_PAD=0 TRA_SHUFFLE=0 TRA_WPT=8 "
      "PADTRA_PAD=0 PADTRA_TILE=8 PADTRA_WPT=4";
  static const char *const broken[] = {
      "MWG=96",        "MWG=0",          "VWM=3",        "VWM=32",        "KWI=3",
      "KWG=12",        "MDIMA=0",        "NDIMB=3",      "GEMMK=2",       "KREG=2",
      "MDIMC=0",       "NWG=100",        "WGD=20",       "KWID=5",        "VWMD=16",
      "MDIMAD=0",      "NDIMCD=0",       "COPY_VW=0",    "PAD_DIMX=0",    "TRA_WPT=3",
      "PADTRA_TILE=0", "GEMMK=1 NWG=64", "GEMMK=1 SA=1", "GEMMK=1 KREG=2"};
  clif__clblast_set good = {{0}};
  assert_true(clif__clblast_set_read(&good, base));
  assert_true(clif__clblast_set_valid(&good));
  for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
    clif__clblast_set set = good;
    assert_true(clif__clblast_set_read(&set, broken[i]));
    if (clif__clblast_set_valid(&set)) fail_msg("%s passes for valid", broken[i]);
  }
}

static void every_starting_point_is_valid(void **state) {
  (void)state;
  clif_context *ctx = open_here();
  clif__clblast_set set = {{0}};
  const clif_device_type type = ctx->info.type;
  for (int gpu = 0; gpu < 2; gpu++) {
    ctx->info.type = gpu ? CLIF_DEVICE_GPU : type;
    clif__tune_start(ctx, &set);
    assert_true(clif__clblast_set_valid(&set));
    for (size_t i = 0; clif__tune_tile(ctx, i); i++) {
      clif__clblast_set tile = set;
      assert_true(clif__clblast_set_read(&tile, clif__tune_tile(ctx, i)));
      if (!clif__clblast_set_valid(&tile)) fail_msg("%s", clif__tune_tile(ctx, i));
    }
    for (size_t i = 0; clif__tune_step(ctx, i); i++) {
      clif__clblast_set step = set; /* a step need not fit every set */
      assert_true(clif__clblast_set_read(&step, clif__tune_step(ctx, i)));
    }
  }
  ctx->info.type = type;
  clif_context_destroy(ctx);
}

static void what_is_kept_is_loaded_by_the_next_context(void **state) {
  (void)state;
  bool there = false;
  clif__clblast_set loaded = {{0}};
  clif_context *ctx = open_here();
  const clif__clblast_set set = another_set(ctx);
  assert_false(clif__tune_load(ctx, &loaded));
  assert_ok(ctx, clif__clblast_choose(ctx, CLIF__CLBLAST_TUNED, &there));
  assert_false(there);
  assert_ok(ctx, clif__tune_keep(ctx, &set));
  clif_context_destroy(ctx);
  ctx = open_here();
  assert_non_null(ctx->clblast_set);
  assert_memory_equal(ctx->clblast_set, &set, sizeof set);
  assert_ok(ctx, clif__clblast_choose(ctx, CLIF__CLBLAST_OWN, &there));
  assert_true(there);
  assert_null(ctx->clblast_set);
  clif_context_destroy(ctx);
}

/* Every byte of the file in turn, and every shorter file. */
static void a_damaged_file_is_as_good_as_none(void **state) {
  (void)state;
  char path[CLIF_TUNE_PATH];
  unsigned char bytes[4096];
  clif__clblast_set loaded = {{0}};
  clif_context *ctx = open_here();
  const clif__clblast_set set = another_set(ctx);
  assert_ok(ctx, clif__tune_keep(ctx, &set));
  clif__tune_path(ctx, path);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  const size_t length = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  for (size_t i = 0; i < 2 * length; i++) {
    if (i < length) bytes[i] ^= 1;
    assert_non_null(file = fopen(path, "wb"));
    fwrite(bytes, 1, i < length ? length : i - length, file);
    fclose(file);
    if (clif__tune_load(ctx, &loaded)) fail_msg("damage %zu of %zu was not seen", i, length);
    if (i < length) bytes[i] ^= 1;
  }
  clif_context_destroy(ctx);
  ctx = open_here(); /* opens as if there were none */
  clif__clblast_set builtin = {{0}};
  if (clif__clblast_set_builtin(ctx, &builtin))
    assert_memory_equal(ctx->clblast_set, &builtin, sizeof builtin);
  assert_ok(ctx, clif__tune_keep(ctx, &set)); /* and is put right */
  assert_true(clif__tune_load(ctx, &loaded));
  clif_context_destroy(ctx);
}

static void a_whole_file_with_a_set_that_breaks_rules_is_not_used(void **state) {
  (void)state;
  clif__clblast_set loaded = {{0}};
  clif_context *ctx = open_here();
  clif__clblast_set set = another_set(ctx);
  assert_true(clif__clblast_set_read(&set, "MWG=17"));
  assert_refused(ctx, CLIF_IO, "cannot be kept", clif__tune_keep(ctx, &set));
  assert_false(clif__tune_load(ctx, &loaded));
  clif_context_destroy(ctx);
}

static void another_device_or_driver_has_another_file(void **state) {
  (void)state;
  char here[CLIF_TUNE_PATH], there[CLIF_TUNE_PATH];
  clif_context *ctx = open_here();
  clif__tune_path(ctx, here);
  assert_int_equal(strncmp(here, directory, strlen(directory)), 0);
  clif_device_info devices[16];
  size_t n = 0;
  assert_ok(ctx, clif_device_list(devices, 16, &n));
  for (size_t i = 0; i < n && i < 16; i++) {
    char id[32], why[256];
    clif_context *other = NULL;
    snprintf(id, sizeof id, "%u:%u", devices[i].platform_index, devices[i].device_index);
    const clif_context_options o = {.size = sizeof o, .device = id, .cache_dir = directory};
    if (clif_context_create(&o, &other, why, sizeof why) != CLIF_OK) continue;
    clif__tune_path(other, there);
    assert_int_equal(strcmp(here, there) == 0,
                     strcmp(devices[i].name, ctx->info.name) == 0 &&
                         strcmp(devices[i].platform, ctx->info.platform) == 0);
    clif_context_destroy(other);
  }
  clif_context_destroy(ctx);
}

static void a_directory_that_others_may_write_to_is_refused(void **state) {
  (void)state;
  clif_context *ctx = open_here();
  const clif__clblast_set set = another_set(ctx);
  clif__clblast_set loaded = {{0}};
  assert_ok(ctx, clif__tune_keep(ctx, &set));
  assert_int_equal(chmod(directory, 0777), 0);
  assert_false(clif__tune_load(ctx, &loaded));
  assert_refused(ctx, CLIF_IO, directory, clif__tune_keep(ctx, &set));
  clif_context_destroy(ctx);
  assert_int_equal(chmod(directory, 0700), 0);
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_set_is_text_and_back),
      cmocka_unit_test(what_is_no_set_is_not_read),
      cmocka_unit_test(rules_are_kept),
      IN_DIRECTORY(every_starting_point_is_valid),
      IN_DIRECTORY(what_is_kept_is_loaded_by_the_next_context),
      IN_DIRECTORY(a_damaged_file_is_as_good_as_none),
      IN_DIRECTORY(a_whole_file_with_a_set_that_breaks_rules_is_not_used),
      IN_DIRECTORY(another_device_or_driver_has_another_file),
      IN_DIRECTORY(a_directory_that_others_may_write_to_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
