/* main.c - the program `clif`: finds the command and hands over. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"

const char program_name[] = "clif";

static const char help[] =
    "clif - spiking neural networks on any OpenCL device\n"
    "\n"
    "usage: clif COMMAND [OPTION]...\n"
    "\n"
    "commands:\n"
    "  devices                    list the OpenCL devices there are\n"
    "  lif                        simulate a group of LIF neurons\n"
    "  plot KIND FILE.npy         draw what was recorded\n"
    "  run MODEL.nir INPUT.npy    run a network on input data\n"
    "  tune                       make matrix products faster on this device\n"
    "\n"
    "  clif COMMAND --help        about one command\n"
    "  clif --version             the version of the program and of the library\n"
    "\n"
    "environment:\n"
    "  CLIF_DEVICE                which device to use, as --device\n"
    "  CLIF_CACHE_DIR             where compiled programs are kept; off: nowhere\n"
    "\n"
    "exit code: 0 done, 1 failed, 2 wrong use, 130 stopped by Ctrl-C\n"
    "\n"
    "example, from the root of the source tree:\n"
    "  clif run examples/digits/digits.nir examples/digits/input_spikes.npy --dt 1e-3\n";

static int print_version(void) {
  printf("clif %d.%d.%d (library %s)\n", CLIF_VERSION_MAJOR, CLIF_VERSION_MINOR, CLIF_VERSION_PATCH,
         clif_version());
  return TOOL_OK;
}

static int dispatch(int argc, char **argv) {
  const char *word = argc > 1 ? argv[1] : NULL;
  if (!word) return complain_usage("", "no command given");
  if (strcmp(word, "devices") == 0) return devices_command(argc - 1, argv + 1);
  if (strcmp(word, "lif") == 0) return lif_command(argc - 1, argv + 1);
  if (strcmp(word, "plot") == 0) return plot_command(argc - 1, argv + 1);
  if (strcmp(word, "run") == 0) return run_command(argc - 1, argv + 1);
  if (strcmp(word, "tune") == 0) return tune_command(argc - 1, argv + 1);
  if (strcmp(word, "--version") == 0) return print_version();
  if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
    fputs(help, stdout);
    return TOOL_OK;
  }
  if (word[0] == '-') return complain_usage("", "no command before option '%s'", word);
  return complain_usage("", "unknown command '%s'", word);
}

int main(int argc, char **argv) {
  const int code = dispatch(argc, argv);
  /* A report that did not fit on the disk must not pass for a success. */
  if ((fflush(stdout) != 0 || ferror(stdout)) && code == TOOL_OK)
    return complain("cannot write to standard output (%s); check where it goes", strerror(errno));
  return code;
}
