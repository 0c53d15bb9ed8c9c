/* plot.c - clif plot: pictures of arrays, through gnuplot. */
#include <string.h>

#include "files.h"
#include "plot.h"

static const char help[] =
    "usage: clif plot KIND FILE.npy [OPTION]...\n"
    "       clif plot stack PANEL=FILE.npy... [OPTION]...\n"
    "\n"
    "Draws what clif lif and clif run recorded, arrays (T, N) or (T, B, N), through gnuplot, into "
    "a\n"
    "PNG, SVG or PDF file. FILE may be -, standard input. Numbers in brackets hold where an "
    "option\n"
    "is left out.\n"
    "\n"
    "kinds:\n"
    "  traces               membrane potentials, or other numbers, as curves; of more than 7 "
    "neurons\n"
    "                       thin ones and their mean, of more than 30 the median and quantiles\n"
    "  raster               spikes; beside them the rate of each neuron, below them that of all\n"
    "  heatmap              numbers as colours\n"
    "  rates                the rate of all over time, and the rates of the neurons\n"
    "  isi                  histogram of the intervals between two spikes of a neuron\n"
    "  stack                panels over one time axis. PANEL is input, traces, raster, or counts:\n"
    "                       how many spikes each neuron has had so far. PANEL:LABEL=FILE names "
    "its\n"
    "                       vertical axis\n"
    "\n"
    "with traces:\n"
    "  --threshold X        a line at X\n"
    "  --th FILE            the moving threshold (--record-th, NODE.th)\n"
    "  --v-pre FILE         v before the reset: shows how high it came (--record-v-pre, "
    "NODE.v_pre)\n"
    "  --spikes FILE        marks the spikes\n"
    "\n"
    "what is drawn:\n"
    "  --neurons A:B        neurons A to B - 1; A: and :B are open, a number is one (all)\n"
    "  --steps A:B          the same for steps (all)\n"
    "  --sample N           counted from 0 (0)\n"
    "  --window N           steps that one bar of the rate of all stands for, with rates and "
    "raster\n"
    "\n"
    "the time axis:\n"
    "  --dt X               length of a step (1)\n"
    "  --unit TEXT          its unit; with s, ms, us and ns rates are in Hz (steps)\n"
    "\n"
    "the picture:\n"
    "  --out FILE           ends in .png, .svg or .pdf; - is standard output (KIND.png)\n"
    "  --format F           png, svg or pdf, where FILE does not say it\n"
    "  --size WxH           in pixels; of a PDF 96 are an inch\n"
    "  --title TEXT  --label TEXT\n"
    "                       above the picture; of the numbers of traces and heatmap\n"
    "  --dark               on a dark ground\n"
    "  --preview            no picture: a small one on the terminal, without gnuplot\n"
    "  --quiet              no report\n"
    "\n"
    "examples:\n"
    "  clif plot raster examples/digits/input_spikes.npy --out /dev/null --format svg\n"
    "  clif plot raster examples/digits/input_spikes.npy --preview\n"
    "  clif plot heatmap examples/digits/input_spikes.npy --sample 7 --out /dev/null --format "
    "png\n";

static int draw(const void *user, plot_sheet *sheet) {
  const plot_session *session = user;
  sheet->options = session->options;
  switch (session->options->kind) {
  case PLOT_RASTER:
    return plot_raster(session, sheet);
  case PLOT_HEATMAP:
    return plot_heatmap(session, sheet);
  case PLOT_RATES:
    return plot_rates(session, sheet);
  case PLOT_ISI:
    return plot_isi(session, sheet);
  default:
    return plot_stack(session, sheet);
  }
}

static int make_picture(const plot_session *session) {
  return plot_picture(&session->options->paper, ", or look at --preview, which does without", draw,
                      session);
}

static int go(plot_session *session) {
  const plot_options *options = session->options;
  int code = plot_load(session);
  if (code == TOOL_OK) code = options->preview ? plot_preview(session) : make_picture(session);
  if (code == TOOL_OK && !options->preview && !options->quiet)
    plot_report(session, is_stdout(options->paper.out) ? stderr : stdout);
  return code;
}

int plot_command(int argc, char **argv) {
  plot_options options;
  int code = plot_options_parse(argc, argv, &options);
  if (code == TOOL_OK && options.help) {
    fputs(help, stdout);
  } else if (code == TOOL_OK && (code = plot_files_check(&options)) == TOOL_OK) {
    plot_session session;
    memset(&session, 0, sizeof session);
    session.options = &options;
    code = go(&session);
    plot_unload(&session);
  }
  return code;
}
