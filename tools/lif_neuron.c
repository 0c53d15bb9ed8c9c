/* lif_neuron.c - the neuron of clif lif: from options to parameters. */
#include "lif.h"

static const choice presets[] = {
    {"default", CLIF_FORM_STANDARD}, {"seed", CLIF_FORM_SEED}, {NULL, 0}};
static const choice integrations[] = {{"euler", CLIF_EULER}, {"exact", CLIF_EXACT}, {NULL, 0}};
static const choice resets[] = {{"value", CLIF_RESET_VALUE},
                                {"subtract", CLIF_RESET_SUBTRACT},
                                {"none", CLIF_RESET_NONE},
                                {NULL, 0}};

static const struct {
  const char *name;
  const char *what;
  number_range range;
} numbers[LIF_NUMBERS] = {
    [LIF_TAU] = {"--tau", "the time constant", NUMBER_POSITIVE},
    [LIF_DT] = {"--dt", "the length of a step", NUMBER_POSITIVE},
    [LIF_R] = {"--r", "what the input is multiplied by", NUMBER_ANY},
    [LIF_V_LEAK] = {"--v-leak", "where v goes without input", NUMBER_ANY},
    [LIF_V_RESET] = {"--v-reset", "where v is put after a spike", NUMBER_ANY},
    [LIF_THRESHOLD] = {"--threshold", "where the neuron fires", NUMBER_ANY},
};

static int set_choice(int code, const char *text, lif_neuron *neuron) {
  int value = 0;
  switch (code) {
  case LIF_INTEGRATION:
    return option_choice("lif", "--integration", integrations, text, &neuron->integration);
  case LIF_RESET:
    return option_choice("lif", "--reset", resets, text, &neuron->reset);
  default:
    if (option_choice("lif", "--preset", presets, text, &value) != TOOL_OK) return TOOL_USAGE;
    neuron->preset = (clif_form)value;
    return TOOL_OK;
  }
}

int lif_neuron_set(int code, const char *text, lif_neuron *neuron) {
  switch (code) {
  case LIF_STRICT:
    neuron->strict = true;
    return TOOL_OK;
  case LIF_FIXED_THRESHOLD:
    neuron->fixed_threshold = true;
    return TOOL_OK;
  case LIF_DETERMINISTIC:
    neuron->deterministic = true;
    return TOOL_OK;
  case LIF_PRESET:
  case LIF_INTEGRATION:
  case LIF_RESET:
    return set_choice(code, text, neuron);
  default:
    break;
  }
  const int i = code - LIF_NEURON_OPTION;
  neuron->given[i] = true;
  return option_number("lif", numbers[i].name, numbers[i].what, numbers[i].range, text,
                       &neuron->number[i]);
}

/* What the original project has not. */
static int check_seed(const lif_neuron *neuron) {
  const neuron_options *options = &neuron->options;
  const char *odd = NULL;
  if (neuron->given[LIF_R]) odd = "--r";
  if (neuron->given[LIF_V_LEAK]) odd = "--v-leak";
  if (neuron->integration == CLIF_EXACT) odd = "--integration exact";
  if (neuron->reset == CLIF_RESET_SUBTRACT) odd = "--reset subtract";
  if (neuron->reset == CLIF_RESET_NONE) odd = "--reset none";
  if (neuron->strict) odd = "--strict";
  if (options->given[NEURON_SLOPE]) odd = "--slope";
  if (options->given[NEURON_TH_REST]) odd = "--th-rest";
  if (options->given[NEURON_REFRACTORY]) odd = "--refractory";
  if (odd)
    return complain_usage("lif", "%s is not in --preset seed, leave it out or take another preset",
                          odd);
  if (options->stochastic && neuron->deterministic)
    return complain_usage("lif", "--stochastic and --deterministic exclude each other");
  if (options->adaptive && neuron->fixed_threshold)
    return complain_usage("lif", "--adaptive and --fixed-threshold exclude each other");
  if (options->given[NEURON_NOISE] && neuron->deterministic)
    return complain_usage("lif", "--noise has no effect with --preset seed and --deterministic, "
                                 "whose noise is that of stochastic neurons");
  if (options->given[NEURON_ETA] && neuron->fixed_threshold)
    return complain_usage("lif", "--eta has no effect with --fixed-threshold");
  return TOOL_OK;
}

int lif_neuron_check(const lif_neuron *neuron) {
  const neuron_options *options = &neuron->options;
  if (neuron->preset == CLIF_FORM_SEED) return check_seed(neuron);
  if (neuron->fixed_threshold || neuron->deterministic)
    return complain_usage(
        "lif", "%s only has an effect with --preset seed, other neurons are so without it",
        neuron->fixed_threshold ? "--fixed-threshold" : "--deterministic");
  if (neuron->strict && options->stochastic)
    return complain_usage("lif", "--strict has no effect with --stochastic");
  return neuron_options_check("lif", options, options->stochastic, options->adaptive, false);
}

clif_lif_params lif_neuron_params(const lif_neuron *neuron) {
  clif_lif_params params =
      neuron->preset == CLIF_FORM_SEED ? clif_seed_defaults() : clif_lif_defaults();
  clif_param *const targets[LIF_NUMBERS] = {
      [LIF_TAU] = &params.tau,
      [LIF_R] = &params.r,
      [LIF_V_LEAK] = &params.v_leak,
      [LIF_V_RESET] = &params.v_reset,
      [LIF_THRESHOLD] = &params.threshold,
  };
  for (int i = 0; i < LIF_NUMBERS; i++)
    if (neuron->given[i] && targets[i]) *targets[i] = clif_scalar(neuron->number[i]);
  if (neuron->given[LIF_DT]) params.dt = neuron->number[LIF_DT];
  if (neuron->integration >= 0) params.integration = (clif_integration)neuron->integration;
  if (neuron->reset >= 0) params.reset = (clif_reset)neuron->reset;
  if (neuron->strict) params.compare = CLIF_FIRE_ABOVE_THRESHOLD;
  neuron_options_apply(&neuron->options, &params.options);
  if (neuron->deterministic) { /* the preset's noise is part of firing by chance */
    params.options.stochastic = 0;
    params.options.noise_std = clif_scalar(0);
  }
  if (neuron->fixed_threshold) params.options.adaptive = 0;
  return params;
}
