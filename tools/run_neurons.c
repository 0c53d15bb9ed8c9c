/* run_neurons.c - clif run: options of neurons that a NIR file does not have. */
#include <string.h>

#include "run.h"

/* The kinds of layers that have these options; those whose unit of time is a step, or dt. */
static bool takes_options(const clif_layer_info *layer, bool *in_steps) {
  *in_steps = strcmp(layer->kind, "if") == 0;
  return *in_steps || strcmp(layer->kind, "lif") == 0;
}

static int set_layer(const run_session *session, const char *name, bool in_steps) {
  clif_neuron_options options = clif_neuron_options_defaults();
  neuron_options_apply(&session->options->neurons, &options);
  if (in_steps && options.refractory.value > 0)
    options.refractory.value /= session->options->nir.dt;
  if (clif_network_set_options(session->network, name, &options) == CLIF_OK) return TOOL_OK;
  return run_complain(session);
}

int run_neurons_set(run_session *session) {
  if (!neuron_options_any(&session->options->neurons)) return TOOL_OK;
  const size_t count = clif_network_layer_count(session->network);
  size_t found = 0;
  for (size_t i = 0; i < count; i++) {
    clif_layer_info layer;
    bool in_steps;
    if (clif_network_layer(session->network, i, &layer) != CLIF_OK) return run_complain(session);
    if (!takes_options(&layer, &in_steps)) continue;
    const int code = set_layer(session, layer.name, in_steps);
    if (code != TOOL_OK) return code;
    found++;
  }
  if (found > 0) return TOOL_OK;
  return complain("'%s' has no LIF or IF nodes, whose options these would be; leave out --noise, "
                  "--stochastic and the like",
                  session->options->model);
}

/* Numbers of 0 switch nothing on. */
static bool in_force(const clif_neuron_options *options) {
  return options->stochastic || options->adaptive || options->noise_std.value > 0 ||
         options->refractory.value > 0;
}

void run_neurons_report(const run_session *session) {
  clif_neuron_options options = clif_neuron_options_defaults();
  neuron_options_apply(&session->options->neurons, &options);
  if (!in_force(&options)) return;
  fputs("neurons  all lif and if layers", session->report);
  neuron_options_print(session->report, &options);
  fputc('\n', session->report);
}
