/* gemm.c - clif-bench gemm: who multiplies matrices how fast. */
#include "gemm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: clif-bench gemm [OPTION]...\n"
    "\n"
    "Multiplies float32 matrices, c[M][N] = a[M][K] * b[K][N], by all that clif has, in turns:\n"
    "\n"
    "  clblast-own      CLBlast with the parameters it has for the device\n"
    "  clblast-builtin  with those that come with clif, where it has any for the device\n"
    "  clblast-tuned    with those that clif tune kept, where it has been run\n"
    "  cblas-queue      OpenBLAS in the device's queue, where the device can do that\n"
    "  openblas         OpenBLAS called directly, on all cores: the yardstick\n"
    "\n"
    "Each computes in a process of its own, as CLBlast's own parameters cannot be had back once "
    "they\n"
    "have been replaced. A few rows of every result are checked against exact sums.\n"
    "\n"
    "  --sizes MxNxK,...    (8000x512x512,1024x1024x1024)\n"
    "  --repeat N           timed rounds (7)\n"
    "  --device D           platform:device, numbers or parts of names (clif devices lists them)\n"
    "  --log                a line on stderr for each row or point measured, and no bar\n"
    "  --core NAME          have OpenBLAS use its code for this processor, such as SkylakeX or\n"
    "                       Haswell; for processors that are newer than it. Otherwise it chooses:\n"
    "                       OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE are taken out of its "
    "environment\n"
    "\n"
    "results, on standard output:\n"
    "  --json               one JSON object; bench/README.md has its keys\n"
    "  --csv                a line of names, and one line for each size and row\n"
    "\n"
    "Times hold for this machine at this moment; the ratios are what can be compared.\n"
    "\n"
    "example:\n"
    "  clif-bench gemm --sizes 512x512x512\n";

static bool same_text(const char *a, const char *b) {
  return strcmp(a ? a : "", b ? b : "") == 0;
}

/* OpenBLAS reads its environment before main(): where it is not as wanted this program begins
 * again. */
static int set_environment(const gemm_options *options, int argc, char **argv) {
  if (same_text(getenv("OPENBLAS_CORETYPE"), options->core) && !getenv("OPENBLAS_L2_SIZE"))
    return TOOL_OK;
  char **again = calloc((size_t)argc + 2, sizeof *again);
  if (!again) return complain("no memory; close other programs and try again");
  unsetenv("OPENBLAS_L2_SIZE");
  unsetenv("OPENBLAS_CORETYPE");
  if (options->core) setenv("OPENBLAS_CORETYPE", options->core, 1);
  char name[] = "clif-bench";
  again[0] = name;
  memcpy(again + 1, argv, (size_t)argc * sizeof *again);
  execv("/proc/self/exe", again);
  free(again);
  return complain("cannot begin again without OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE (%s); unset "
                  "them before",
                  strerror(errno));
}

int gemm_command(int argc, char **argv) {
  gemm_options options;
  gemm_bench bench = {.options = &options};
  int code = gemm_options_parse(argc, argv, &options);
  if (code != TOOL_OK) return code;
  if (options.help) {
    fputs(help, stdout);
    return TOOL_OK;
  }
  code = set_environment(&options, argc, argv);
  if (code == TOOL_OK) code = gemm_measure(&bench);
  if (code != TOOL_OK) return code;
  if (options.json)
    gemm_json(&bench);
  else if (options.csv)
    gemm_csv(&bench);
  else
    gemm_report(&bench);
  return TOOL_OK;
}
