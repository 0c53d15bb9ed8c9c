/* neuron_options.h - the options of neurons that clif run and clif lif share. */
#ifndef CLIF_TOOL_NEURON_OPTIONS_H
#define CLIF_TOOL_NEURON_OPTIONS_H

#include <stdio.h>

#include "options.h"

typedef enum neuron_number {
  NEURON_NOISE,
  NEURON_SLOPE,
  NEURON_ETA,
  NEURON_TH_REST,
  NEURON_TH_MIN,
  NEURON_TH_MAX,
  NEURON_REFRACTORY,
  NEURON_NUMBERS
} neuron_number;

/* Codes for getopt_long(): NEURON_OPTION + a neuron_number, and those of the flags. */
enum {
  NEURON_OPTION = 1024,
  NEURON_ADAPTIVE = NEURON_OPTION + NEURON_NUMBERS,
  NEURON_STOCHASTIC,
  NEURON_OPTIONS_END
};

/* For a table of long options. */
#define NEURON_LONG_OPTIONS                                                                        \
  {"adaptive", no_argument, NULL, NEURON_ADAPTIVE},                                                \
      {"eta", required_argument, NULL, NEURON_OPTION + NEURON_ETA},                                \
      {"noise", required_argument, NULL, NEURON_OPTION + NEURON_NOISE},                            \
      {"refractory", required_argument, NULL, NEURON_OPTION + NEURON_REFRACTORY},                  \
      {"slope", required_argument, NULL, NEURON_OPTION + NEURON_SLOPE},                            \
      {"stochastic", no_argument, NULL, NEURON_STOCHASTIC},                                        \
      {"th-max", required_argument, NULL, NEURON_OPTION + NEURON_TH_MAX},                          \
      {"th-min", required_argument, NULL, NEURON_OPTION + NEURON_TH_MIN}, {                        \
    "th-rest", required_argument, NULL, NEURON_OPTION + NEURON_TH_REST                             \
  }

/* For a help text. */
#define NEURON_OPTIONS_HELP                                                                        \
  "  --noise STD          Gaussian noise on v in every step\n"                                     \
  "  --stochastic         fire by chance: 1 / (1 + exp(-slope * (v - threshold)))\n"               \
  "  --slope X            of that probability (1)\n"                                               \
  "  --adaptive           the threshold moves: up at a spike, else back to where it rests\n"       \
  "  --eta X              how far up, and what share of the way back in a step (0.1)\n"            \
  "  --th-rest X          where it rests (each neuron's own threshold)\n"                          \
  "  --th-min X           the lowest it may be (0.5)\n"                                            \
  "  --th-max X           the highest (2)\n"                                                       \
  "  --refractory X       how long a neuron is silent after a spike, in the unit of --dt\n"

/* What the command line says. */
typedef struct neuron_options {
  bool stochastic, adaptive;
  bool given[NEURON_NUMBERS];
  double number[NEURON_NUMBERS];
} neuron_options;

/* Takes an option with a code of this file. Answers TOOL_OK or TOOL_USAGE. */
int neuron_options_set(const char *command, int code, const char *text, neuron_options *options);

/* Refuses numbers of an option that is off. `clamped`: the threshold is held between th_min and
 * th_max even where it does not move otherwise. */
int neuron_options_check(const char *command, const neuron_options *options, bool stochastic,
                         bool adaptive, bool clamped);

/* Whether anything was asked for. */
bool neuron_options_any(const neuron_options *options);

/* Changes what was asked for, and leaves the rest. */
void neuron_options_apply(const neuron_options *options, clif_neuron_options *out);

/* ", noise 0.1, stochastic with slope 1, ..." for a report. */
void neuron_options_print(FILE *out, const clif_neuron_options *options);

#endif
