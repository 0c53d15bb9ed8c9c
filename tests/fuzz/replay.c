/* replay.c - stands in for libFuzzer in ordinary builds: hands every file of the folders given to
 * the fuzzer's function, so that what was mended once stays mended. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SKIPPED = 77 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Exits when the file cannot be read: the corpus is a part of the tests. */
static void replay(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) goto fail;
  long size = ftell(file);
  if (size < 0) goto fail;
  rewind(file);
  /* Exactly as large as the file: one byte read too far is seen by the address sanitizer. */
  uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
  if (!data || fread(data, 1, (size_t)size, file) != (size_t)size) goto fail;
  fclose(file);
  printf("%s\n", path);
  LLVMFuzzerTestOneInput(data, (size_t)size);
  free(data);
  return;
fail:
  perror(path);
  exit(1);
}

int main(int argc, char **argv) {
  int files = 0;
  for (int i = 1; i < argc; i++) {
    DIR *folder = opendir(argv[i]);
    if (!folder) continue;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
      char path[4096];
      if (entry->d_name[0] == '.') continue;
      snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
      replay(path);
      files++;
    }
    closedir(folder);
  }
  if (files > 0) return 0;
  puts("skipped: there are no files to replay");
  return SKIPPED;
}
