/* gemm_options.c - the command line of clif-bench gemm. */
#include <getopt.h>
#include <limits.h>
#include <string.h>

#include "arguments.h"
#include "gemm.h"
#include "size.h"

enum {
  OPTION_CORE = 256, /* above every char, see complain_option() */
  OPTION_CSV,
  OPTION_DEVICE,
  OPTION_HELP,
  OPTION_JSON,
  OPTION_REPEAT,
  OPTION_SIZES
};

static const struct option long_options[] = {{"core", required_argument, NULL, OPTION_CORE},
                                             {"csv", no_argument, NULL, OPTION_CSV},
                                             {"device", required_argument, NULL, OPTION_DEVICE},
                                             {"help", no_argument, NULL, OPTION_HELP},
                                             {"json", no_argument, NULL, OPTION_JSON},
                                             {"repeat", required_argument, NULL, OPTION_REPEAT},
                                             {"sizes", required_argument, NULL, OPTION_SIZES},
                                             {0}};

/* A count up to one of the characters `ends`; moves *text behind it and says which it was. */
static bool read_count(const char **text, const char *ends, char *end, size_t *out) {
  char digits[16];
  const size_t length = strcspn(*text, ends);
  if (length >= sizeof digits) return false;
  memcpy(digits, *text, length);
  digits[length] = 0;
  *end = (*text)[length];
  *text += length + (*end != 0);
  return parse_count(digits, out) && *out <= INT_MAX;
}

/* 8000x512x512,64x64x64 */
static bool read_sizes(const char *text, gemm_options *options) {
  char end = ',';
  options->n_sizes = 0;
  while (end == ',') {
    if (options->n_sizes == MOST_SIZES) return false;
    gemm_size *s = &options->sizes[options->n_sizes++];
    if (!read_count(&text, "x,", &end, &s->m) || end != 'x') return false;
    if (!read_count(&text, "x,", &end, &s->n) || end != 'x') return false;
    if (!read_count(&text, "x,", &end, &s->k) || end == 'x') return false;
  }
  return true;
}

static int set_option(int option, const char *text, gemm_options *options) {
  switch (option) {
  case OPTION_CORE:
    if (!*text) return complain_usage("gemm", "--core is the name of an OpenBLAS core, not ''");
    options->core = text;
    break;
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
  case OPTION_REPEAT:
    return set_repeat("gemm", 1, text, &options->repeat);
  case OPTION_SIZES:
    if (read_sizes(text, options)) break;
    return complain_usage("gemm",
                          "--sizes is 1 to %d sizes MxNxK between commas, such as "
                          "8000x512x512,64x64x64, not '%s'",
                          MOST_SIZES, text);
  default:
    break;
  }
  return TOOL_OK;
}

int gemm_options_parse(int argc, char **argv, gemm_options *options) {
  *options =
      (gemm_options){.sizes = {{8000, 512, 512}, {1024, 1024, 1024}}, .n_sizes = 2, .repeat = 7};
  opterr = 0;
  for (;;) {
    const int option = getopt_long(argc, argv, ":", long_options, NULL);
    if (option == -1) break;
    if (option == '?' || option == ':') return complain_option("gemm", option, argv);
    const int code = set_option(option, optarg, options);
    if (code != TOOL_OK || options->help) return code;
  }
  return check_rest("gemm", argc, argv, options->json && options->csv);
}
