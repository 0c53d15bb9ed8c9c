/* startup_options.c - the command line of clif-bench startup. */
#include <getopt.h>

#include "arguments.h"
#include "startup.h"

enum {
  OPTION_CSV = 256, /* above every char, see complain_option() */
  OPTION_DEVICE,
  OPTION_HELP,
  OPTION_INPUT,
  OPTION_JSON,
  OPTION_MODEL,
  OPTION_PROGRAM,
  OPTION_REPEAT
};

static const struct option long_options[] = {{"csv", no_argument, NULL, OPTION_CSV},
                                             {"device", required_argument, NULL, OPTION_DEVICE},
                                             {"help", no_argument, NULL, OPTION_HELP},
                                             {"input", required_argument, NULL, OPTION_INPUT},
                                             {"json", no_argument, NULL, OPTION_JSON},
                                             {"model", required_argument, NULL, OPTION_MODEL},
                                             {"program", required_argument, NULL, OPTION_PROGRAM},
                                             {"repeat", required_argument, NULL, OPTION_REPEAT},
                                             {0}};

static int set_option(int option, const char *text, startup_options *options) {
  switch (option) {
  case OPTION_CSV:
    options->csv = true;
    break;
  case OPTION_DEVICE:
    options->device = text;
    break;
  case OPTION_HELP:
    options->help = true;
    break;
  case OPTION_INPUT:
    options->input = text;
    break;
  case OPTION_JSON:
    options->json = true;
    break;
  case OPTION_MODEL:
    options->model = text;
    break;
  case OPTION_PROGRAM:
    options->program = text;
    break;
  default:
    return set_repeat("startup", 1, text, &options->repeat);
  }
  return TOOL_OK;
}

int startup_options_parse(int argc, char **argv, startup_options *options) {
  *options = (startup_options){.repeat = 7,
                               .model = "examples/digits/digits.nir",
                               .input = "examples/digits/input_spikes.npy"};
  opterr = 0;
  for (;;) {
    const int option = getopt_long(argc, argv, ":", long_options, NULL);
    if (option == -1) break;
    if (option == '?' || option == ':') return complain_option("startup", option, argv);
    const int code = set_option(option, optarg, options);
    if (code != TOOL_OK || options->help) return code;
  }
  return check_rest("startup", argc, argv, options->json && options->csv);
}
