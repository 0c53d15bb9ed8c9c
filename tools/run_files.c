/* run_files.c - looks at the files of clif run before anything slow begins: a wrong name should not
 * cost a long run. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"

static bool is_stdout(const char *path) {
  return strcmp(path, "/dev/stdout") == 0;
}

bool run_files_use_stdout(const run_options *options) {
  bool use = options->out && is_stdout(options->out);
  for (size_t i = 0; i < options->n_records; i++) use |= is_stdout(options->records[i].path);
  return use;
}

/* The n-th file to be written, --out first; NULL behind the last. */
static const char *nth_output(const run_options *options, size_t n) {
  if (options->out && n-- == 0) return options->out;
  return n < options->n_records ? options->records[n].path : NULL;
}

static int check_readable(const char *path) {
  struct stat about;
  if (stat(path, &about) != 0 || access(path, R_OK) != 0)
    return complain("cannot open '%s' (%s); check its name", path, strerror(errno));
  if (S_ISDIR(about.st_mode)) return complain("'%s' is a directory; name a file in it", path);
  if (isatty(STDIN_FILENO) && strcmp(path, "/dev/stdin") == 0)
    return complain("standard input is a terminal; send a .npy file into it, or name a file");
  return TOOL_OK;
}

/* Whether a file begins with these 6 bytes. Only asked of files that can be read twice. */
static bool begins_with(const char *path, const char *magic) {
  struct stat about;
  char head[6] = "";
  if (stat(path, &about) != 0 || !S_ISREG(about.st_mode) || strcmp(path, "/dev/stdin") == 0)
    return false;
  FILE *file = fopen(path, "rb");
  if (!file) return false;
  const size_t got = fread(head, 1, sizeof head, file);
  fclose(file);
  return got == sizeof head && memcmp(head, magic, sizeof head) == 0;
}

static int check_kinds(const run_options *options) {
  static const char array_magic[] = "\x93NUMPY";
  static const char model_magic[] = "\x89HDF\r\n";
  if (begins_with(options->model, array_magic))
    return complain_usage("run", "'%s' is an array, but the model comes first", options->model);
  if (begins_with(options->input, model_magic))
    return complain_usage("run", "'%s' is a model, but the second file is the input array",
                          options->input);
  if (options->labels && begins_with(options->labels, model_magic))
    return complain_usage("run", "'%s' is a model, but --labels takes an array", options->labels);
  return TOOL_OK;
}

/* Writable as it stands (a pipe, a device, a file that is replaced), or in a directory that can
 * take a new file. */
static int check_writable(const char *path) {
  struct stat about;
  if (stat(path, &about) == 0) {
    if (S_ISDIR(about.st_mode))
      return complain("cannot write to '%s', a directory; name a file in it", path);
    if (access(path, W_OK) != 0)
      return complain("cannot write to '%s' (%s); name another file", path, strerror(errno));
    return TOOL_OK;
  }
  const char *slash = strrchr(path, '/');
  const size_t length = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;
  char *directory = calloc(length + 2, 1);
  if (!directory) return complain("no memory; close other programs and try again");
  memcpy(directory, length ? path : ".", length ? length : 1);
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

/* Two outputs in one file or one pipe; only /dev/null takes any number. */
static bool same_output(const char *a, const char *b) {
  return same_file(a, b) || (strcmp(a, b) == 0 && strcmp(a, "/dev/null") != 0);
}

/* Writing over an input would destroy it, and of two outputs in one file only one would be left. */
static int check_clashes(const run_options *options) {
  const char *inputs[] = {options->model, options->input, options->labels};
  const char *path;
  for (size_t i = 0; (path = nth_output(options, i)) != NULL; i++) {
    for (size_t k = 0; k < sizeof inputs / sizeof *inputs; k++)
      if (inputs[k] && same_file(path, inputs[k]))
        return complain_usage("run", "'%s' would be overwritten, name another file", inputs[k]);
    for (size_t k = 0; k < i; k++)
      if (same_output(path, nth_output(options, k)))
        return complain_usage("run", "two outputs go to '%s', name two files", path);
  }
  if (options->labels && strcmp(options->input, options->labels) == 0)
    return complain_usage("run", "'%s' cannot be both the input and the labels", options->labels);
  return TOOL_OK;
}

int run_files_check(const run_options *options) {
  const char *path;
  int code = check_readable(options->model);
  if (code == TOOL_OK) code = check_readable(options->input);
  if (code == TOOL_OK && options->labels) code = check_readable(options->labels);
  if (code == TOOL_OK) code = check_kinds(options);
  for (size_t i = 0; code == TOOL_OK && (path = nth_output(options, i)) != NULL; i++)
    code = check_writable(path);
  if (code == TOOL_OK) code = check_clashes(options);
  return code;
}
