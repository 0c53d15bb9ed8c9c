/* files.c - looks at the files of a command before anything slow begins. */
#include "files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *or_stream(const char *path, const char *stream) {
  return path && strcmp(path, "-") == 0 ? stream : path;
}

const char *or_stdin(const char *path) {
  return or_stream(path, "/dev/stdin");
}

const char *or_stdout(const char *path) {
  return or_stream(path, "/dev/stdout");
}

bool is_stdout(const char *path) {
  return strcmp(path, "/dev/stdout") == 0;
}

int check_readable(const char *path) {
  struct stat about;
  if (stat(path, &about) != 0 || access(path, R_OK) != 0)
    return complain("cannot open '%s' (%s); check its name", path, strerror(errno));
  if (S_ISDIR(about.st_mode)) return complain("'%s' is a directory; name a file in it", path);
  if (isatty(STDIN_FILENO) && strcmp(path, "/dev/stdin") == 0)
    return complain("standard input is a terminal; send a .npy file into it, or name a file");
  return TOOL_OK;
}

file_kind kind_of_file(const char *path) {
  struct stat about;
  char head[6] = "";
  if (stat(path, &about) != 0 || !S_ISREG(about.st_mode) || strcmp(path, "/dev/stdin") == 0)
    return FILE_OTHER;
  FILE *file = fopen(path, "rb");
  if (!file) return FILE_OTHER;
  const size_t got = fread(head, 1, sizeof head, file);
  fclose(file);
  if (got < sizeof head) return FILE_OTHER;
  if (memcmp(head, "\x93NUMPY", sizeof head) == 0) return FILE_ARRAY;
  return memcmp(head, "\x89HDF\r\n", sizeof head) == 0 ? FILE_MODEL : FILE_OTHER;
}

/* The directory of a path, to be freed by the caller; NULL where there is no memory. */
static char *directory_of(const char *path) {
  const char *slash = strrchr(path, '/');
  const size_t length = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;
  char *directory = calloc(length + 2, 1);
  if (directory) memcpy(directory, length ? path : ".", length ? length : 1);
  return directory;
}

int check_writable(const char *path) {
  struct stat about;
  if (stat(path, &about) == 0) {
    if (S_ISDIR(about.st_mode))
      return complain("cannot write to '%s', a directory; name a file in it", path);
    if (access(path, W_OK) != 0)
      return complain("cannot write to '%s' (%s); name another file", path, strerror(errno));
    return TOOL_OK;
  }
  char *directory = directory_of(path);
  if (!directory) return complain("no memory; close other programs and try again");
  int code = TOOL_OK;
  if (stat(directory, &about) != 0 || access(directory, W_OK) != 0)
    code =
        complain("cannot write '%s': directory '%s' cannot be used (%s); make it or name another",
                 path, directory, strerror(errno));
  else if (!S_ISDIR(about.st_mode))
    code = complain("cannot write '%s': '%s' is no directory; name another", path, directory);
  free(directory);
  return code;
}

/* Whether both names lead to one file with contents. */
static bool same_file(const char *a, const char *b) {
  struct stat about_a, about_b;
  return stat(a, &about_a) == 0 && stat(b, &about_b) == 0 && S_ISREG(about_a.st_mode) &&
         about_a.st_dev == about_b.st_dev && about_a.st_ino == about_b.st_ino;
}

static const char *last_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* Whether both names stand for one file that is not there yet. */
static bool same_new_file(const char *a, const char *b) {
  struct stat about_a, about_b;
  if (stat(a, &about_a) == 0 || strcmp(last_name(a), last_name(b)) != 0) return false;
  char *in_a = directory_of(a), *in_b = directory_of(b);
  const bool same = in_a && in_b && stat(in_a, &about_a) == 0 && stat(in_b, &about_b) == 0 &&
                    about_a.st_dev == about_b.st_dev && about_a.st_ino == about_b.st_ino;
  free(in_a);
  free(in_b);
  return same;
}

/* Two outputs in one file or one pipe; only /dev/null takes any number. */
static bool same_output(const char *a, const char *b) {
  if (strcmp(a, b) == 0) return strcmp(a, "/dev/null") != 0;
  return same_file(a, b) || same_new_file(a, b);
}

int check_clashes(const char *command, const char *const *inputs, size_t n_inputs,
                  const char *const *outputs, size_t n_outputs) {
  for (size_t i = 0; i < n_outputs; i++) {
    if (!outputs[i]) continue;
    for (size_t k = 0; k < n_inputs; k++)
      if (inputs[k] && same_file(outputs[i], inputs[k]))
        return complain_usage(command, "'%s' would be overwritten, name another file", inputs[k]);
    for (size_t k = 0; k < i; k++)
      if (outputs[k] && same_output(outputs[i], outputs[k]))
        return complain_usage(command, "two outputs go to '%s', name two files", outputs[i]);
  }
  return TOOL_OK;
}
