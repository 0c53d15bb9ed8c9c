/* gemm_options.c - the command line of clif-bench gemm. */
#include <limits.h>
#include <string.h>

#include "arguments.h"
#include "gemm.h"
#include "size.h"

/* A count up to one of the characters `ends`; moves *text behind it and says which it was. */
static bool read_number(const char **text, const char *ends, char *end, size_t *out) {
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
static int read_sizes(const char *text, void *out) {
  gemm_options *options = out;
  char end = ',';
  options->n_sizes = 0;
  while (end == ',') {
    if (options->n_sizes == MOST_SIZES) return TOOL_USAGE;
    gemm_size *s = &options->sizes[options->n_sizes++];
    if (!read_number(&text, "x,", &end, &s->m) || end != 'x') return TOOL_USAGE;
    if (!read_number(&text, "x,", &end, &s->n) || end != 'x') return TOOL_USAGE;
    if (!read_number(&text, "x,", &end, &s->k) || end == 'x') return TOOL_USAGE;
  }
  return TOOL_OK;
}

static int read_core(const char *text, void *out) {
  return *text ? read_text(text, out) : TOOL_USAGE;
}

int gemm_options_parse(int argc, char **argv, gemm_options *options) {
  *options =
      (gemm_options){.sizes = {{8000, 512, 512}, {1024, 1024, 1024}}, .n_sizes = 2, .repeat = 7};
  argument arguments[] = {
      ARGUMENTS_OF_ALL(options),
      ARGUMENT_REPEAT(options),
      ARGUMENT("core", read_core, &options->core, "the name of an OpenBLAS core"),
      ARGUMENT("sizes", read_sizes, options,
               "1 to 16 sizes MxNxK between commas, such as "
               "8000x512x512,64x64x64"),
      {0}};
  return read_arguments(argc, argv, arguments);
}
