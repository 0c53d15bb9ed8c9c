/* tune.c - clif tune: faster matrix products on this device. */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "device.h"
#include "interrupt.h"
#include "options.h"
#include "progress.h"
#include "size.h"

enum {
  OPTION_DEVICE = 256, /* above every char, see complain_option() */
  OPTION_DRY_RUN,
  OPTION_HELP,
  OPTION_LOG,
  OPTION_QUIET,
  OPTION_SECONDS,
  OPTION_SIZES
};

static const struct option long_options[] = {{"device", required_argument, NULL, OPTION_DEVICE},
                                             {"dry-run", no_argument, NULL, OPTION_DRY_RUN},
                                             {"help", no_argument, NULL, OPTION_HELP},
                                             {"log", no_argument, NULL, OPTION_LOG},
                                             {"quiet", no_argument, NULL, OPTION_QUIET},
                                             {"seconds", required_argument, NULL, OPTION_SECONDS},
                                             {"sizes", required_argument, NULL, OPTION_SIZES},
                                             {0}};

static const char help[] =
    "usage: clif tune [OPTION]...\n"
    "\n"
    "Looks for parameters of CLBlast's matrix products that are faster on this device, and keeps\n"
    "them in the cache directory, where every later run finds them. Spikes do not change by it:\n"
    "each set is checked against the host, and those that give other bits are dropped. Best done\n"
    "while the machine does nothing else.\n"
    "\n"
    "  --seconds N          how long to search (120); may take longer by one set of parameters\n"
    "  --sizes MxNxK,...    the products to make fast: steps x samples, outputs and inputs of a\n"
    "                       linear layer (1024x1024x1024,8000x512x512,400x128x64)\n"
    "  --dry-run            search and tell, but keep nothing\n"
    "  --device D           platform:device, numbers or parts of names (clif devices lists them)\n"
    "  --quiet              no report, no notes, no progress bar\n"
    "  --log                a line on stderr for each set that is tried, and no progress bar\n"
    "\n"
    "example:\n"
    "  clif tune --seconds 1 --sizes 256x256x256 --dry-run\n";

typedef struct tune_options {
  double seconds;
  clif_tune_product products[CLIF_TUNE_PRODUCTS];
  size_t n_products;
  const char *device;
  bool dry_run, quiet, log, help;
} tune_options;

/* ---- the command line ---- */

/* A number up to one of `ends`, which is put into *end; *text is moved behind it. */
static bool read_count(const char **text, char *end, size_t *out) {
  char digits[16];
  const size_t length = strcspn(*text, "x,");
  if (length >= sizeof digits) return false;
  memcpy(digits, *text, length);
  digits[length] = 0;
  *end = (*text)[length];
  *text += length + (*end != 0);
  return parse_count(digits, out) && *out <= INT_MAX;
}

static bool read_sizes(const char *text, tune_options *options) {
  char end = ',';
  options->n_products = 0;
  while (end == ',') {
    if (options->n_products == CLIF_TUNE_PRODUCTS) return false;
    clif_tune_product *p = &options->products[options->n_products++];
    if (!read_count(&text, &end, &p->m) || end != 'x') return false;
    if (!read_count(&text, &end, &p->n) || end != 'x') return false;
    if (!read_count(&text, &end, &p->k) || end == 'x') return false;
  }
  return true;
}

static int set_option(int option, const char *text, tune_options *options) {
  switch (option) {
  case OPTION_DEVICE:
    options->device = text;
    break;
  case OPTION_DRY_RUN:
    options->dry_run = true;
    break;
  case OPTION_HELP:
    options->help = true;
    break;
  case OPTION_LOG:
    options->log = true;
    break;
  case OPTION_QUIET:
    options->quiet = true;
    break;
  case OPTION_SECONDS:
    return option_number("tune", "--seconds", "how long to search", NUMBER_POSITIVE, text,
                         &options->seconds);
  case OPTION_SIZES:
    if (read_sizes(text, options)) break;
    return complain_usage("tune",
                          "--sizes is 1 to %d sizes MxNxK between commas, such as "
                          "8000x512x512,64x64x64, not '%s'",
                          CLIF_TUNE_PRODUCTS, text);
  default:
    break;
  }
  return TOOL_OK;
}

static int parse(int argc, char **argv, tune_options *options) {
  opterr = 0;
  for (;;) {
    const int option = getopt_long(argc, argv, ":", long_options, NULL);
    if (option == -1) break;
    if (option == '?' || option == ':') return complain_option("tune", option, argv);
    const int code = set_option(option, optarg, options);
    if (code != TOOL_OK || options->help) return code;
  }
  if (optind < argc) return complain_usage("tune", "'%s' is one word too many", argv[optind]);
  return progress_choose("tune", options->quiet, options->log);
}

/* ---- the report ---- */

static void report_product(const clif_tune_product *p) {
  const double work = 2e-9 * (double)p->m * (double)p->n * (double)p->k;
  char size[64];
  snprintf(size, sizeof size, "%zux%zux%zu", p->m, p->n, p->k);
  printf("product  %-18s %9.1f %9.1f %9.2f\n", size, work / p->seconds_before,
         work / p->seconds_after, p->seconds_before / p->seconds_after);
}

static void report_kept(const tune_options *options, const clif_tune_result *result) {
  if (result->ratio <= 1)
    puts("kept     nothing: no set was more than 2 % faster");
  else if (options->dry_run)
    puts("kept     nothing: --dry-run");
  else if (result->kept)
    printf("kept     %s\n", result->path);
  else
    puts("kept     nothing: there is no cache directory (CLIF_CACHE_DIR)");
}

static void report(const tune_options *options, const clif_context *context,
                   const clif_tune_result *result) {
  device_report(stdout, context);
  printf("search   %zu sets in %.1f s, %zu wrong, %zu failed\n", result->tried, result->seconds,
         result->wrong, result->failed);
  printf("         %-18s %9s %9s %9s\n", "GFLOP/s of", "before", "after", "ratio");
  for (size_t i = 0; i < result->n_products; i++) report_product(&result->products[i]);
  printf("speed    %.2f times as fast as before, geometric mean\n", result->ratio);
  report_kept(options, result);
}

/* ---- the search ---- */

typedef struct tune_session {
  double seconds;   /* to search */
  size_t tried;     /* sets that have been told of */
  char remark[128]; /* behind the bar */
} tune_session;

/* Comes also before the first set, and once the best have been compared again. */
static int on_progress(void *user, const clif_tune_result *so_far) {
  tune_session *session = user;
  if (so_far->tried > session->tried)
    progress_log("set %zu after %.1f s: %zu wrong, %zu failed, best %.2f times as fast",
                 so_far->tried, so_far->seconds, so_far->wrong, so_far->failed, so_far->ratio);
  session->tried = so_far->tried;
  snprintf(session->remark, sizeof session->remark, ", %zu wrong, best %.2f times as fast",
           so_far->wrong, so_far->ratio);
  progress_remark(session->remark);
  progress_show(so_far->seconds, (double)so_far->tried);
  return interrupt_came();
}

static int search(const tune_options *options, clif_context *context) {
  clif_tune_result result;
  tune_session session = {.seconds = options->seconds};
  const clif_tune_options wanted = {.size = sizeof wanted,
                                    .seconds = options->seconds,
                                    .products = options->n_products ? options->products : NULL,
                                    .n_products = options->n_products,
                                    .dry_run = options->dry_run,
                                    .progress = on_progress,
                                    .progress_user = &session};
  progress_start(options->seconds, "sets");
  const clif_status status = clif_tune(context, &wanted, &result);
  progress_end();
  if (status == CLIF_CANCELLED) {
    say_sentence("stopped by Ctrl-C after %zu sets; nothing was kept", result.tried);
    return TOOL_INTERRUPTED;
  }
  if ((status == CLIF_OK || status == CLIF_IO) && !options->quiet)
    report(options, context, &result);
  return status == CLIF_OK ? TOOL_OK : complain("%s", clif_context_error(context));
}

int tune_command(int argc, char **argv) {
  tune_options options = {.seconds = 120};
  clif_context *context = NULL;
  int code = parse(argc, argv, &options);
  if (code != TOOL_OK) return code;
  if (options.help) {
    fputs(help, stdout);
    return TOOL_OK;
  }
  interrupt_watch();
  code = device_open(options.device, options.quiet, &context);
  if (code == TOOL_OK) code = search(&options, context);
  clif_context_destroy(context);
  return code;
}
