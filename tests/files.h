/* files.h - files for tests: a folder of their own, made and emptied around each test. */
#ifndef CLIF_TEST_FILES_H
#define CLIF_TEST_FILES_H

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

/* The folder of this test; "" before make_folder(). */
static char test_folder[512];

static inline int make_folder(void) {
  const char *base = getenv("TMPDIR");
  snprintf(test_folder, sizeof test_folder, "%s/clif-test-XXXXXX", base && *base ? base : "/tmp");
  return mkdtemp(test_folder) ? 0 : -1;
}

/* A file in it. A few calls' results may be used at once. */
static inline const char *in_folder(const char *name) {
  static char paths[4][1024];
  static unsigned next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", test_folder, name);
  return path;
}

/* Number of files in it. */
static inline int count_files(void) {
  int count = 0;
  DIR *folder = opendir(test_folder);
  assert_non_null(folder);
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) count += entry->d_name[0] != '.';
  closedir(folder);
  return count;
}

static inline int remove_folder(void) {
  DIR *folder = opendir(test_folder);
  if (!folder) return -1;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
    if (entry->d_name[0] != '.') remove(in_folder(entry->d_name));
  closedir(folder);
  return rmdir(test_folder);
}

static inline void put_file(const char *path, const void *data, size_t bytes) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, bytes, file), bytes);
  assert_int_equal(fclose(file), 0);
}

/* The whole file; the caller frees it. */
static inline void *get_file(const char *path, size_t *bytes) {
  struct stat about;
  assert_int_equal(stat(path, &about), 0);
  *bytes = (size_t)about.st_size;
  void *data = malloc(*bytes + 1);
  FILE *file = fopen(path, "rb");
  assert_true(data && file);
  assert_int_equal(fread(data, 1, *bytes, file), *bytes);
  fclose(file);
  return data;
}

/* A link to /dev/full: never the device itself, which code gone wrong could replace when it is run
 * by root. NULL where there is none. */
static inline const char *full_disk(void) {
  struct stat about;
  if (stat("/dev/full", &about) != 0 || !S_ISCHR(about.st_mode)) return NULL;
  const char *path = in_folder("full");
  return symlink("/dev/full", path) == 0 ? path : NULL;
}

/* Lets no file grow beyond this size, until called with 0. */
static inline void limit_files(unsigned bytes) {
  static struct rlimit before_limit;
  struct rlimit limit;
  if (bytes) {
    signal(SIGXFSZ, SIG_IGN); /* so that the write fails, not the program */
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before_limit), 0);
    limit = before_limit;
    limit.rlim_cur = bytes;
  } else {
    limit = before_limit;
  }
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* An allocator that refuses the call after `left` ones. */
static inline void *failing_alloc(void *user, void *ptr, size_t old_size, size_t new_size) {
  long *left = user;
  (void)old_size;
  if (new_size == 0) {
    free(ptr);
    return NULL;
  }
  return (*left)-- > 0 ? realloc(ptr, new_size) : NULL;
}

#endif
