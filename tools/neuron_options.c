/* neuron_options.c - the options of neurons that clif run and clif lif share. */
#include "neuron_options.h"

typedef enum needed { NEEDS_NOTHING, NEEDS_STOCHASTIC, NEEDS_ADAPTIVE, NEEDS_CLAMP } needed;

static const struct {
  const char *name;
  const char *what;
  number_range range;
  needed needs;
} numbers[NEURON_NUMBERS] = {
    [NEURON_NOISE] = {"--noise", "the standard deviation of the noise on v", NUMBER_NOT_NEGATIVE,
                      NEEDS_NOTHING},
    [NEURON_SLOPE] = {"--slope", "how steeply the chance of a spike grows with v", NUMBER_POSITIVE,
                      NEEDS_STOCHASTIC},
    [NEURON_ETA] = {"--eta", "the step of the moving threshold", NUMBER_SHARE, NEEDS_ADAPTIVE},
    [NEURON_TH_REST] = {"--th-rest", "where the threshold rests", NUMBER_POSITIVE, NEEDS_ADAPTIVE},
    [NEURON_TH_MIN] = {"--th-min", "the lowest threshold", NUMBER_POSITIVE, NEEDS_CLAMP},
    [NEURON_TH_MAX] = {"--th-max", "the highest threshold", NUMBER_POSITIVE, NEEDS_CLAMP},
    [NEURON_REFRACTORY] = {"--refractory", "the time of silence after a spike", NUMBER_NOT_NEGATIVE,
                           NEEDS_NOTHING},
};

int neuron_options_set(const char *command, int code, const char *text, neuron_options *options) {
  if (code == NEURON_ADAPTIVE || code == NEURON_STOCHASTIC) {
    *(code == NEURON_ADAPTIVE ? &options->adaptive : &options->stochastic) = true;
    return TOOL_OK;
  }
  const int i = code - NEURON_OPTION;
  options->given[i] = true;
  return option_number(command, numbers[i].name, numbers[i].what, numbers[i].range, text,
                       &options->number[i]);
}

int neuron_options_check(const char *command, const neuron_options *options, bool stochastic,
                         bool adaptive, bool clamped) {
  for (int i = 0; i < NEURON_NUMBERS; i++) {
    const needed needs = numbers[i].needs;
    if (!options->given[i]) continue;
    if (needs == NEEDS_STOCHASTIC && !stochastic)
      return complain_usage(command, "%s has no effect without --stochastic", numbers[i].name);
    if ((needs == NEEDS_ADAPTIVE && !adaptive) || (needs == NEEDS_CLAMP && !adaptive && !clamped))
      return complain_usage(command, "%s has no effect without --adaptive", numbers[i].name);
  }
  return TOOL_OK;
}

bool neuron_options_any(const neuron_options *options) {
  bool any = options->stochastic || options->adaptive;
  for (int i = 0; i < NEURON_NUMBERS; i++) any |= options->given[i];
  return any;
}

void neuron_options_apply(const neuron_options *options, clif_neuron_options *out) {
  clif_param *const targets[NEURON_NUMBERS] = {
      [NEURON_NOISE] = &out->noise_std,
      [NEURON_SLOPE] = &out->slope,
      [NEURON_ETA] = &out->eta,
      [NEURON_TH_REST] = &out->th_rest,
      [NEURON_TH_MIN] = &out->th_min,
      [NEURON_TH_MAX] = &out->th_max,
      [NEURON_REFRACTORY] = &out->refractory,
  };
  for (int i = 0; i < NEURON_NUMBERS; i++)
    if (options->given[i]) *targets[i] = clif_scalar(options->number[i]);
  if (options->given[NEURON_TH_REST]) out->rest_at_threshold = 0;
  if (options->stochastic) out->stochastic = 1;
  if (options->adaptive) out->adaptive = 1;
}

void neuron_options_print(FILE *out, const clif_neuron_options *options) {
  if (options->noise_std.value > 0) fprintf(out, ", noise %g", options->noise_std.value);
  if (options->stochastic) fprintf(out, ", stochastic with slope %g", options->slope.value);
  if (options->adaptive) {
    fprintf(out, ", adaptive with eta %g, ", options->eta.value);
    if (options->rest_at_threshold)
      fputs("rest at the threshold", out);
    else
      fprintf(out, "rest %g", options->th_rest.value);
    fprintf(out, ", from %g to %g", options->th_min.value, options->th_max.value);
  }
  if (options->refractory.value > 0) fprintf(out, ", refractory %g", options->refractory.value);
}
