/* plot_options.c - the command line of clif plot. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "options.h"
#include "plot.h"
#include "size.h"

enum {
  OPTION_DARK = 256, /* above every char, see complain_option() */
  OPTION_DT,
  OPTION_FORMAT,
  OPTION_HELP,
  OPTION_LABEL,
  OPTION_NEURONS,
  OPTION_OUT,
  OPTION_PREVIEW,
  OPTION_QUIET,
  OPTION_SAMPLE,
  OPTION_SIZE,
  OPTION_STEPS,
  OPTION_THRESHOLD,
  OPTION_TITLE,
  OPTION_UNIT,
  OPTION_WINDOW,
  OPTION_EXTRA /* + a plot_extra */
};

static const struct option long_options[] = {
    {"dark", no_argument, NULL, OPTION_DARK},
    {"dt", required_argument, NULL, OPTION_DT},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"help", no_argument, NULL, OPTION_HELP},
    {"label", required_argument, NULL, OPTION_LABEL},
    {"neurons", required_argument, NULL, OPTION_NEURONS},
    {"out", required_argument, NULL, OPTION_OUT},
    {"preview", no_argument, NULL, OPTION_PREVIEW},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"sample", required_argument, NULL, OPTION_SAMPLE},
    {"size", required_argument, NULL, OPTION_SIZE},
    {"spikes", required_argument, NULL, OPTION_EXTRA + PLOT_SPIKES},
    {"steps", required_argument, NULL, OPTION_STEPS},
    {"th", required_argument, NULL, OPTION_EXTRA + PLOT_TH},
    {"threshold", required_argument, NULL, OPTION_THRESHOLD},
    {"title", required_argument, NULL, OPTION_TITLE},
    {"unit", required_argument, NULL, OPTION_UNIT},
    {"v-pre", required_argument, NULL, OPTION_EXTRA + PLOT_V_PRE},
    {"window", required_argument, NULL, OPTION_WINDOW},
    {0}};

static const char *const extra_options[PLOT_EXTRAS] = {
    [PLOT_V_PRE] = "--v-pre", [PLOT_TH] = "--th", [PLOT_SPIKES] = "--spikes"};

static const choice kinds[] = {{"traces", PLOT_TRACES},
                               {"raster", PLOT_RASTER},
                               {"heatmap", PLOT_HEATMAP},
                               {"rates", PLOT_RATES},
                               {"isi", PLOT_ISI},
                               {"stack", PLOT_STACK},
                               {NULL, 0}};

static const choice panels[] = {{"traces", PANEL_TRACES},
                                {"input", PANEL_INPUT},
                                {"raster", PANEL_RASTER},
                                {"counts", PANEL_COUNTS},
                                {NULL, 0}};

const char *plot_kind_name(plot_kind kind) {
  return kinds[kind].word;
}

/* ---- values ---- */

/* "5", "5:9", "5:" or ":9"; the second number is not among them, as in Python. */
static int set_range(const char *option, const char *text, plot_range *range) {
  uint64_t first = 0, end = SIZE_MAX;
  const char *colon = strchr(text, ':');
  char before[24] = "";
  const size_t length = colon ? (size_t)(colon - text) : strlen(text);
  bool good = length < sizeof before && strcmp(text, ":") != 0;
  if (good) snprintf(before, sizeof before, "%.*s", (int)length, text);
  if (good && (length > 0 || !colon)) good = parse_seed(before, &first);
  if (good && colon && colon[1]) good = parse_seed(colon + 1, &end);
  if (good && !colon && first < SIZE_MAX) end = first + 1;
  if (!good)
    return complain_usage("plot", "%s is a number, or A:B for A to B - 1, not '%s'", option, text);
  if (first >= end)
    return complain_usage("plot", "%s %s selects nothing; the second number is not selected",
                          option, text);
  *range = (plot_range){text, (size_t)first, (size_t)end};
  return TOOL_OK;
}

static int set_size(const char *text, plot_options *options) {
  enum { LEAST = 240, MOST = 10000 };
  char width[16] = "";
  size_t w = 0, h = 0;
  const size_t length = strcspn(text, "x");
  if (length < sizeof width) memcpy(width, text, length);
  if (!parse_count(width, &w) || text[length] != 'x' || !parse_count(text + length + 1, &h) ||
      w < LEAST || h < LEAST || w > MOST || h > MOST)
    return complain_usage("plot", "--size is WIDTHxHEIGHT in pixels, each from %d to %d, not '%s'",
                          LEAST, MOST, text);
  options->paper.width = w;
  options->paper.height = h;
  return TOOL_OK;
}

/* A line break or another control character has no place in a label. */
static int set_text(const char *option, const char *text, const char **value) {
  for (const char *c = text; *c; c++)
    if ((unsigned char)*c < ' ' || *c == 127)
      return complain_usage("plot", "%s is text without control characters, in one line", option);
  *value = text;
  return TOOL_OK;
}

static int set_sample(const char *text, plot_options *options) {
  uint64_t sample;
  if (!parse_seed(text, &sample) || sample > SIZE_MAX)
    return complain_usage("plot", "--sample is a number, counted from 0, not '%s'", text);
  options->sample = (size_t)sample;
  options->has_sample = true;
  return TOOL_OK;
}

static int set_value(int option, const char *text, plot_options *options) {
  switch (option) {
  case OPTION_DT:
    options->has_dt = true;
    return option_number("plot", "--dt", "the length of a step", NUMBER_POSITIVE, text,
                         &options->dt);
  case OPTION_FORMAT:
    return option_choice("plot", "--format", plot_formats, text, &options->paper.format);
  case OPTION_LABEL:
    return set_text("--label", text, &options->label);
  case OPTION_NEURONS:
    return set_range("--neurons", text, &options->neurons);
  case OPTION_OUT:
    return option_path("plot", "--out", text, &options->paper.out);
  case OPTION_SAMPLE:
    return set_sample(text, options);
  case OPTION_SIZE:
    return set_size(text, options);
  case OPTION_STEPS:
    return set_range("--steps", text, &options->steps);
  case OPTION_THRESHOLD:
    options->has_threshold = true;
    return option_number("plot", "--threshold", "where neurons fire", NUMBER_ANY, text,
                         &options->threshold);
  case OPTION_TITLE:
    return set_text("--title", text, &options->paper.title);
  case OPTION_UNIT:
    return set_text("--unit", text, &options->unit);
  default:
    return option_count("plot", "--window", "steps", text, &options->window);
  }
}

static int set_option(int option, const char *text, plot_options *options) {
  if (option >= OPTION_EXTRA) {
    const int i = option - OPTION_EXTRA;
    return option_path("plot", extra_options[i], text, &options->extras[i]);
  }
  switch (option) {
  case OPTION_DARK:
    options->paper.dark = true;
    return TOOL_OK;
  case OPTION_HELP:
    options->help = true;
    return TOOL_OK;
  case OPTION_PREVIEW:
    options->preview = true;
    return TOOL_OK;
  case OPTION_QUIET:
    options->quiet = true;
    return TOOL_OK;
  default:
    return set_value(option, text, options);
  }
}

/* ---- words ---- */

/* PANEL=FILE or PANEL:LABEL=FILE */
static int add_panel(const char *word, plot_options *options) {
  char kind[16] = "";
  const char *equals = strchr(word, '=');
  const size_t length = strcspn(word, ":=");
  int value = 0;
  if (!equals || !equals[1] || length >= sizeof kind)
    return complain_usage("plot", "'%s' is no panel; write PANEL=FILE or PANEL:LABEL=FILE", word);
  if (options->n_requests == PLOT_MOST_PANELS)
    return complain_usage("plot", "'%s' is one panel too many; %d fit", word, PLOT_MOST_PANELS);
  memcpy(kind, word, length);
  int code = option_choice("plot", "a panel", panels, kind, &value);
  if (code != TOOL_OK) return code;
  plot_request *request = &options->requests[options->n_requests++];
  request->kind = (plot_panel_kind)value;
  request->path = or_stdin(equals + 1);
  if (word[length] == '=') return TOOL_OK;
  const size_t size = (size_t)(equals - word) - length - 1;
  if (size >= sizeof request->label)
    return complain_usage("plot", "the label in '%s' is longer than %zu bytes", word,
                          sizeof request->label - 1);
  memcpy(request->label, word + length + 1, size);
  const char *checked;
  return set_text("a panel's label", request->label, &checked);
}

static int set_words(int count, char **words, plot_options *options) {
  int kind = 0, code = TOOL_OK;
  if (count == 0)
    return complain_usage("plot", "what to draw is missing: traces, raster, heatmap, rates, isi or "
                                  "stack, and a file");
  code = option_choice("plot", "what to draw", kinds, words[0], &kind);
  if (code != TOOL_OK) return code;
  options->kind = (plot_kind)kind;
  if (count == 1)
    return complain_usage("plot", "'%s' needs a file, or - for standard input", words[0]);
  if (options->kind == PLOT_STACK) {
    for (int i = 1; code == TOOL_OK && i < count; i++) code = add_panel(words[i], options);
    return code;
  }
  if (count > 2) return complain_usage("plot", "'%s' is one word too many", words[2]);
  options->requests[0].kind = options->kind == PLOT_TRACES ? PANEL_TRACES : PANEL_RASTER;
  options->requests[0].path = or_stdin(words[1]);
  options->n_requests = 1;
  return *words[1] ? TOOL_OK : complain_usage("plot", "the file has an empty name");
}

/* ---- what fits together ---- */

static int check_traces(const plot_options *options) {
  size_t traces = 0;
  for (size_t i = 0; i < options->n_requests; i++)
    traces += options->requests[i].kind == PANEL_TRACES;
  if (traces > 1)
    return complain_usage("plot", "a stack has one panel of traces; use input for others");
  if (options->extras[PLOT_TH] && options->has_threshold)
    return complain_usage("plot", "--th and --threshold exclude each other");
  if (traces) return TOOL_OK;
  for (int i = 0; i < PLOT_EXTRAS; i++)
    if (options->extras[i])
      return complain_usage("plot", "%s has no effect without traces", extra_options[i]);
  return options->has_threshold ? complain_usage("plot", "--threshold has no effect without traces")
                                : TOOL_OK;
}

static int check_preview(const plot_options *options) {
  if (options->paper.out || options->paper.format >= 0)
    return complain_usage("plot", "--preview draws on the terminal, leave out --out and --format");
  if (options->paper.width || options->paper.dark || options->paper.title || options->label ||
      options->window)
    return complain_usage("plot",
                          "--size, --dark, --title, --label and --window have no effect with "
                          "--preview");
  for (int i = 0; i < PLOT_EXTRAS; i++)
    if (options->extras[i])
      return complain_usage("plot", "%s has no effect with --preview", extra_options[i]);
  return options->has_threshold ? complain_usage("plot", "--threshold has no effect with --preview")
                                : TOOL_OK;
}

static int check_effects(const plot_options *options) {
  const plot_kind kind = options->kind;
  if (options->window && kind != PLOT_RATES && kind != PLOT_RASTER)
    return complain_usage("plot", "--window has no effect without rates or raster");
  if (options->label && kind != PLOT_TRACES && kind != PLOT_HEATMAP)
    return complain_usage("plot", "--label has no effect without traces or heatmap%s",
                          kind == PLOT_STACK ? "; write PANEL:LABEL=FILE" : "");
  return options->preview ? check_preview(options) : TOOL_OK;
}

/* ---- where the picture goes ---- */

static int set_format(plot_options *options) {
  if (options->paper.format >= 0 || plot_format_find(options->paper.out, &options->paper.format))
    return TOOL_OK;
  if (is_stdout(options->paper.out))
    return complain_usage("plot", "--out - needs --format png, svg or pdf");
  return complain_usage("plot",
                        "'%s' ends in neither .png, .svg nor .pdf; rename it, or say --format",
                        options->paper.out);
}

static int set_out(plot_options *options) {
  static const size_t sizes[][2] = {
      [PLOT_TRACES] = {900, 420}, [PLOT_RASTER] = {900, 620}, [PLOT_HEATMAP] = {900, 480},
      [PLOT_RATES] = {900, 620},  [PLOT_ISI] = {720, 420},    [PLOT_STACK] = {900, 0}};
  if (!options->paper.width) {
    options->paper.width = sizes[options->kind][0];
    options->paper.height = sizes[options->kind][1];
    if (options->kind == PLOT_STACK) options->paper.height = 110 + 190 * options->n_requests;
  }
  if (!options->paper.out) {
    if (options->paper.format < 0) options->paper.format = PLOT_PNG;
    snprintf(options->default_out, sizeof options->default_out, "%s.%s",
             plot_kind_name(options->kind), plot_formats[options->paper.format].word);
    options->paper.out = options->default_out;
  }
  options->paper.out = or_stdout(options->paper.out);
  return set_format(options);
}

int plot_options_parse(int argc, char **argv, plot_options *options) {
  *options = (plot_options){.dt = 1, .paper = {.format = -1}};
  opterr = 0;
  for (;;) {
    const int option = getopt_long(argc, argv, ":", long_options, NULL);
    if (option == -1) break;
    if (option == '?' || option == ':') return complain_option("plot", option, argv);
    const int code = set_option(option, optarg, options);
    if (code != TOOL_OK || options->help) return code;
  }
  int code = set_words(argc - optind, argv + optind, options);
  for (int i = 0; i < PLOT_EXTRAS; i++) options->extras[i] = or_stdin(options->extras[i]);
  if (code == TOOL_OK) code = check_traces(options);
  if (code == TOOL_OK) code = check_effects(options);
  if (code == TOOL_OK && !options->preview) code = set_out(options);
  return code;
}
