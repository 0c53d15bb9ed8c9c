/* main.c - the program `clif-bench`: finds the benchmark and hands over. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

const char program_name[] = "clif-bench";

/* A new benchmark is a new line here. */
static const struct {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *about;
} commands[] = {
    {"gemm", gemm_command, "matrix products: CLBlast, tuned or not, and OpenBLAS"},
    {"network", network_command, "a whole network: dense, by events or chosen; whole or in chunks"},
    {"neurons", neurons_command, "a group of neurons: time and memory against their number"},
    {"onm", onm_command, "one wide layer: the work of the Open Neuromorphic benchmark"},
    {"startup", startup_command, "the program clif as a whole process, with and without caches"},
};

enum { N_COMMANDS = sizeof commands / sizeof *commands };

static int print_help(void) {
  puts("clif-bench - what clif costs, in ratios taken side by side\n"
       "\n"
       "usage: clif-bench COMMAND [OPTION]...\n"
       "\n"
       "commands:");
  for (size_t i = 0; i < N_COMMANDS; i++)
    printf("  %-24s %s\n", commands[i].name, commands[i].about);
  puts("\n"
       "  clif-bench COMMAND --help  about one command\n"
       "  clif-bench --version       the version of the program and of the library\n"
       "\n"
       "environment:\n"
       "  CLIF_DEVICE                which device to use, as for --device\n"
       "  CLIF_CACHE_DIR             where compiled programs are kept; off: nowhere\n"
       "\n"
       "exit code: 0 done, 1 failed, 2 wrong use; no time that was measured makes it fail\n"
       "\n"
       "examples:\n"
       "  clif-bench gemm --sizes 512x512x512\n"
       "  clif-bench network --layers 64,128,10 --steps 25 --batch 360\n"
       "  clif-bench neurons --max 1e6 --modes adaptive,stochastic\n"
       "  clif-bench onm --n 512 --steps 50");
  return TOOL_OK;
}

static int print_version(void) {
  printf("clif-bench %d.%d.%d (library %s)\n", CLIF_VERSION_MAJOR, CLIF_VERSION_MINOR,
         CLIF_VERSION_PATCH, clif_version());
  return TOOL_OK;
}

static int dispatch(int argc, char **argv) {
  const char *word = argc > 1 ? argv[1] : NULL;
  if (!word) return complain_usage("", "no command given");
  for (size_t i = 0; i < N_COMMANDS; i++)
    if (strcmp(word, commands[i].name) == 0) return commands[i].run(argc - 1, argv + 1);
  if (strcmp(word, "--version") == 0) return print_version();
  if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) return print_help();
  if (word[0] == '-') return complain_usage("", "no command before option '%s'", word);
  return complain_usage("", "unknown command '%s'", word);
}

int main(int argc, char **argv) {
  const int code = dispatch(argc, argv);
  /* Figures that did not fit on the disk must not pass for a success. */
  if ((fflush(stdout) != 0 || ferror(stdout)) && code == TOOL_OK)
    return complain("cannot write to standard output (%s); check where it goes", strerror(errno));
  return code;
}
