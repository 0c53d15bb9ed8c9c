/* startup_run.c - rounds of cold and warm starts, each round with caches of its own. */
/* nftw() */
#define _XOPEN_SOURCE 700 // NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
#include "startup.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names of the temporary directory's files are short: they fit behind any directory that does. */
enum { FILE_NAME_SIZE = STARTUP_PATH_SIZE + 16 };

const char *const startup_kind_names[STARTUP_KINDS] = {"clif run, caches empty", "clif run again",
                                                       "clif devices"};

/* ---- what is run ---- */

/* Beside this program, where the system tells where that is, or on the search path. */
static void find_program(startup_bench *bench) {
  const char *wanted = bench->options->program;
  if (wanted) {
    snprintf(bench->program, sizeof bench->program, "%s", wanted);
    return;
  }
  const ssize_t length =
      readlink("/proc/self/exe", bench->program, sizeof bench->program - sizeof "clif");
  bench->program[length > 0 ? length : 0] = 0;
  const char *slash = strrchr(bench->program, '/');
  const size_t folder = slash ? (size_t)(slash + 1 - bench->program) : 0;
  snprintf(bench->program + folder, sizeof bench->program - folder, "clif");
}

static int check_file(const char *option, const char *path) {
  if (access(path, R_OK) == 0) return TOOL_OK;
  return complain("cannot read '%s' (%s); run this in clif's source tree, or name a file by %s",
                  path, strerror(errno), option);
}

static int run_kind(const startup_bench *bench, startup_kind kind, double *seconds) {
  const startup_options *o = bench->options;
  const char *const run[] = {bench->program, "run",      o->model,   o->input, "--dt",
                             "1e-3",         "--compat", "snntorch", NULL};
  const char *const devices[] = {bench->program, "devices", NULL};
  char messages[FILE_NAME_SIZE];
  snprintf(messages, sizeof messages, "%s/messages", bench->directory);
  const int code =
      startup_spawn(bench->program, kind == STARTUP_DEVICES ? devices : run, messages, seconds);
  progress_add(1, 1);
  return code;
}

/* ---- caches ---- */

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *where) {
  (void)about, (void)kind, (void)where;
  return remove(path);
}

static void remove_tree(const char *path) {
  enum { OPEN_AT_ONCE = 16 };
  nftw(path, remove_entry, OPEN_AT_ONCE, FTW_DEPTH | FTW_PHYS);
}

static int make_directory(startup_bench *bench) {
  const char *base = getenv("TMPDIR");
  const int length = snprintf(bench->directory, sizeof bench->directory, "%s/clif-bench-XXXXXX",
                              base && *base ? base : "/tmp");
  if (length > 0 && (size_t)length < sizeof bench->directory && mkdtemp(bench->directory))
    return TOOL_OK;
  bench->directory[0] = 0;
  return complain("cannot make a temporary directory (%s); say where by TMPDIR", strerror(errno));
}

/* Empty directories for clif's cache, for PoCL's, and for those of drivers that keep theirs where
 * XDG_CACHE_HOME says, such as Mesa's. */
static int set_caches(const startup_bench *bench, bool there) {
  static const char *const caches[][2] = {
      {"CLIF_CACHE_DIR", "clif"}, {"POCL_CACHE_DIR", "pocl"}, {"XDG_CACHE_HOME", "others"}};
  for (size_t i = 0; i < sizeof caches / sizeof *caches; i++) {
    char path[FILE_NAME_SIZE];
    snprintf(path, sizeof path, "%s/%s", bench->directory, caches[i][1]);
    if (there) remove_tree(path);
    if (mkdir(path, 0700) != 0 || setenv(caches[i][0], path, 1) != 0)
      return complain("cannot make the directory '%s' (%s); check the disk", path, strerror(errno));
  }
  return TOOL_OK;
}

/* ---- all rounds ---- */

static double *kind_seconds(const startup_bench *bench, startup_kind kind) {
  return bench->seconds + (size_t)kind * bench->options->repeat;
}

static int run_rounds(const startup_bench *bench) {
  int code = TOOL_OK;
  for (size_t round = 0; round < bench->options->repeat && code == TOOL_OK; round++) {
    code = set_caches(bench, round > 0);
    for (startup_kind kind = 0; kind < STARTUP_KINDS && code == TOOL_OK; kind++)
      code = run_kind(bench, kind, kind_seconds(bench, kind) + round);
  }
  return code;
}

static int run_in_directory(startup_bench *bench) {
  int code = make_directory(bench);
  if (code != TOOL_OK) return code;
  void (*before)(int) = signal(SIGINT, SIG_IGN);
  /* Both programs take it from there; clif devices has no option for it. */
  if (bench->options->device && setenv("CLIF_DEVICE", bench->options->device, 1) != 0)
    code = complain("no memory; close other programs and try again");
  if (code == TOOL_OK) code = run_rounds(bench);
  remove_tree(bench->directory);
  signal(SIGINT, before);
  return code;
}

static void sum_up(startup_bench *bench) {
  const size_t n = bench->options->repeat;
  const double *warm = kind_seconds(bench, STARTUP_WARM);
  const double *devices = kind_seconds(bench, STARTUP_DEVICES);
  double *ratio = bench->seconds + STARTUP_KINDS * n;
  for (size_t i = 0; i < n; i++) ratio[i] = warm[i] / devices[i];
  bench->ratio_warm_devices = summarise(ratio, n);
  for (startup_kind kind = 0; kind < STARTUP_KINDS; kind++) {
    bench->kinds[kind] = summarise(kind_seconds(bench, kind), n);
    progress_log("ran %s: %.3g s, median of %zu rounds", startup_kind_names[kind],
                 bench->kinds[kind].median, n);
  }
}

int startup_measure(startup_bench *bench) {
  const startup_options *o = bench->options;
  int code = check_file("--model", o->model);
  if (code == TOOL_OK) code = check_file("--input", o->input);
  find_program(bench);
  bench->seconds = calloc(o->repeat, (STARTUP_KINDS + 1) * sizeof *bench->seconds);
  if (code == TOOL_OK && !bench->seconds) code = complain("no memory; ask for fewer repeats");
  progress_start((double)(STARTUP_KINDS * o->repeat), "processes");
  if (code == TOOL_OK) code = run_in_directory(bench);
  progress_end();
  if (code == TOOL_OK) sum_up(bench);
  return code;
}
