/* onm_options.c - the command line of clif-bench onm. */
#include <getopt.h>

#include "arguments.h"
#include "onm.h"

enum {
  OPTION_BATCH = 256, /* above every char, see complain_option() */
  OPTION_CSV,
  OPTION_DENSE,
  OPTION_DEVICE,
  OPTION_HELP,
  OPTION_JSON,
  OPTION_LINEAR,
  OPTION_N,
  OPTION_REPEAT,
  OPTION_STEPS
};

static const struct option long_options[] = {{"batch", required_argument, NULL, OPTION_BATCH},
                                             {"csv", no_argument, NULL, OPTION_CSV},
                                             {"dense", required_argument, NULL, OPTION_DENSE},
                                             {"device", required_argument, NULL, OPTION_DEVICE},
                                             {"help", no_argument, NULL, OPTION_HELP},
                                             {"json", no_argument, NULL, OPTION_JSON},
                                             {"linear", required_argument, NULL, OPTION_LINEAR},
                                             {"n", required_argument, NULL, OPTION_N},
                                             {"repeat", required_argument, NULL, OPTION_REPEAT},
                                             {"steps", required_argument, NULL, OPTION_STEPS},
                                             {0}};

static int set_option(int option, const char *text, onm_options *options) {
  switch (option) {
  case OPTION_BATCH:
    return set_count("onm", "--batch", text, &options->batch);
  case OPTION_DENSE:
    return set_dense("onm", text, &options->dense);
  case OPTION_LINEAR:
    return set_way("onm", text, &options->way);
  case OPTION_N:
    return set_count("onm", "--n", text, &options->n);
  case OPTION_REPEAT:
    return set_repeat("onm", 1, text, &options->repeat);
  case OPTION_STEPS:
    return set_count("onm", "--steps", text, &options->steps);
  case OPTION_CSV:
    options->csv = true;
    break;
  case OPTION_DEVICE:
    options->device = text;
    break;
  case OPTION_HELP:
    options->help = true;
    break;
  case OPTION_JSON:
    options->json = true;
    break;
  default:
    break;
  }
  return TOOL_OK;
}

int onm_options_parse(int argc, char **argv, onm_options *options) {
  *options = (onm_options){.n = 4096, .steps = 500, .batch = 16, .repeat = 3, .way = WAY_AUTO};
  opterr = 0;
  for (;;) {
    const int option = getopt_long(argc, argv, ":", long_options, NULL);
    if (option == -1) break;
    if (option == '?' || option == ':') return complain_option("onm", option, argv);
    const int code = set_option(option, optarg, options);
    if (code != TOOL_OK || options->help) return code;
  }
  return check_rest("onm", argc, argv, options->json && options->csv);
}
