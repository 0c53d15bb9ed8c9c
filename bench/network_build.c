/* network_build.c - the network and the input of clif-bench network, from a seed.
 *
 * The neurons: v <- (1 - 1/TAU) * v + I, fires at 1, back to 0. The weights are uniform around 0,
 * and so wide that the current I of a neuron has a standard deviation of about GAIN in every layer,
 * whatever its size: GAIN^2 / (inputs * rate) is the variance of a weight, where `rate` is how
 * often an input is 1. Of the input that is the density; of a neuron layer it is not known
 * beforehand and taken as TYPICAL_RATE. A layer before it that fires more often makes a layer fire
 * more often too, but less than in proportion, so that the rates stay where they are however many
 * layers there are. */
#include <math.h>
#include <stdio.h>

#include "network.h"
#include "random.h"

static const double TAU = 4, GAIN = 0.8, TYPICAL_RATE = 0.1;

/* Streams of random numbers: 0 is the input, i are the weights in front of neuron layer i. */
enum { STREAM_INPUT = 0 };

const char *network_lif_name(size_t layer, char *text) {
  snprintf(text, NAME_SIZE, layer == 0 ? NETWORK_INPUT_NAME : "lif%zu", layer);
  return text;
}

static clif_status make_weights(clif_context *context, const network_options *options, size_t layer,
                                clif_array *out) {
  const size_t n_in = options->widths[layer - 1], n_out = options->widths[layer];
  const clif_status status = clif_array_create(context, CLIF_F32, 2, (size_t[]){n_out, n_in}, out);
  if (status != CLIF_OK) return status;
  const double rate = layer == 1 ? options->density : TYPICAL_RATE;
  /* A third of the square of the half width is the variance of a uniform number. */
  const double half_width = GAIN * sqrt(3 / ((double)n_in * rate));
  random_stream random = random_start(options->seed, layer);
  float *weight = out->data;
  for (size_t i = 0; i < n_in * n_out; i++)
    weight[i] = (float)(half_width * (2 * random_unit(&random) - 1));
  return CLIF_OK;
}

static clif_status add_linear(clif_context *context, clif_network *network,
                              const network_options *options, size_t layer, const char *name) {
  clif_array weight;
  clif_status status = make_weights(context, options, layer, &weight);
  if (status != CLIF_OK) return status;
  status = clif_network_add_linear(network, name, options->widths[layer - 1],
                                   options->widths[layer], weight.data, NULL);
  clif_array_free(context, &weight);
  return status;
}

static clif_status add_layer(clif_context *context, clif_network *network,
                             const network_options *options, size_t layer) {
  char before[NAME_SIZE], linear[NAME_SIZE], neurons[NAME_SIZE];
  network_lif_name(layer - 1, before);
  network_lif_name(layer, neurons);
  snprintf(linear, sizeof linear, "linear%zu", layer);
  clif_lif_params lif = clif_lif_defaults();
  lif.tau = clif_scalar(TAU);
  lif.r = clif_scalar(TAU); /* so that v grows by I and not by I / TAU */
  clif_status status = add_linear(context, network, options, layer, linear);
  if (status == CLIF_OK) status = clif_network_add_lif(network, neurons, &lif);
  if (status == CLIF_OK) status = clif_network_connect(network, before, linear, 0);
  if (status == CLIF_OK) status = clif_network_connect(network, linear, neurons, 0);
  return status;
}

clif_status network_build(clif_context *context, const network_options *options,
                          clif_network **out) {
  char last[NAME_SIZE];
  const clif_shape shape = {1, {options->widths[0]}};
  clif_network *network = NULL;
  clif_status status = clif_network_create(context, &network);
  if (status == CLIF_OK) status = clif_network_add_input(network, NETWORK_INPUT_NAME, &shape);
  for (size_t layer = 1; layer < options->n_widths && status == CLIF_OK; layer++)
    status = add_layer(context, network, options, layer);
  if (status == CLIF_OK)
    status =
        clif_network_record(network, network_lif_name(options->n_widths - 1, last), CLIF_OUTPUT);
  if (status == CLIF_OK)
    *out = network;
  else
    clif_network_destroy(network);
  return status;
}

clif_status network_input(clif_context *context, const network_options *options, clif_array *out) {
  const size_t shape[] = {options->steps, options->batch, options->widths[0]};
  const clif_status status = clif_array_create(context, CLIF_U8, 3, shape, out);
  if (status != CLIF_OK) return status;
  random_stream random = random_start(options->seed, STREAM_INPUT);
  uint8_t *spikes = out->data;
  const size_t count = clif_array_count(out);
  for (size_t i = 0; i < count; i++) spikes[i] = random_unit(&random) < options->density;
  return CLIF_OK;
}
