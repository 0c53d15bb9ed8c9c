/* onm_build.c - the network and the input of clif-bench onm.
 *
 * Weights and bias are uniform in +-1/sqrt(n), as PyTorch draws them for a linear layer; the
 * neurons are v <- 0.95 v + I, fire at 1, back to 0. */
#include <math.h>

#include "onm.h"
#include "random.h"

static const double TAU = 20; /* steps: 1 - 1/TAU is 0.95 */

enum { SEED = 1, STREAM_INPUT = 0, STREAM_WEIGHTS, STREAM_BIAS };

#define LINEAR "linear"

/* ---- numbers ---- */

static void fill_uniform(clif_array *array, uint64_t stream, double half_width) {
  random_stream random = random_start(SEED, stream);
  const size_t count = clif_array_count(array);
  float *value = array->data;
  for (size_t i = 0; i < count; i++)
    value[i] = (float)(half_width * (2 * random_unit(&random) - 1));
}

/* Two at a time (Box and Muller, 1958). */
static void draw_normals(random_stream *random, float pair[2]) {
  const double TWO_PI = 6.283185307179586;
  const double radius = sqrt(-2 * log(1 - random_unit(random)));
  const double angle = TWO_PI * random_unit(random);
  pair[0] = (float)(radius * cos(angle));
  pair[1] = (float)(radius * sin(angle));
}

clif_status onm_input(clif_context *context, const onm_options *options, clif_array *out) {
  const size_t shape[] = {options->steps, options->batch, options->n};
  const clif_status status = clif_array_create(context, CLIF_F32, 3, shape, out);
  if (status != CLIF_OK) return status;
  random_stream random = random_start(SEED, STREAM_INPUT);
  const size_t count = clif_array_count(out);
  float *value = out->data, pair[2] = {0, 0};
  for (size_t i = 0; i < count; i++) {
    if (i % 2 == 0) draw_normals(&random, pair);
    value[i] = pair[i % 2];
  }
  return CLIF_OK;
}

/* ---- networks ---- */

static clif_status make_uniform(clif_context *context, unsigned ndim, size_t n, uint64_t stream,
                                clif_array *out) {
  const clif_status status = clif_array_create(context, CLIF_F32, ndim, (size_t[]){n, n}, out);
  if (status == CLIF_OK) fill_uniform(out, stream, 1 / sqrt((double)n));
  return status;
}

clif_status onm_weights(clif_context *context, const onm_options *options, clif_array *out) {
  return make_uniform(context, 2, options->n, STREAM_WEIGHTS, out);
}

static clif_status add_linear(clif_context *context, clif_network *network, size_t n,
                              bool with_bias) {
  clif_array weight = {0}, bias = {0};
  clif_status status = make_uniform(context, 2, n, STREAM_WEIGHTS, &weight);
  if (status == CLIF_OK) status = make_uniform(context, 1, n, STREAM_BIAS, &bias);
  if (status == CLIF_OK)
    status =
        clif_network_add_linear(network, LINEAR, n, n, weight.data, with_bias ? bias.data : NULL);
  clif_array_free(context, &weight);
  clif_array_free(context, &bias);
  return status;
}

static clif_status add_neurons(clif_network *network) {
  clif_lif_params lif = clif_lif_defaults();
  lif.tau = clif_scalar(TAU);
  lif.r = clif_scalar(TAU); /* so that v grows by I and not by I / TAU */
  clif_status status = clif_network_add_lif(network, ONM_NEURONS, &lif);
  if (status == CLIF_OK) status = clif_network_connect(network, LINEAR, ONM_NEURONS, 0);
  if (status == CLIF_OK) status = clif_network_record(network, ONM_NEURONS, CLIF_OUTPUT);
  return status;
}

static clif_status build(clif_context *context, size_t n, bool neurons, clif_network **out) {
  const clif_shape shape = {1, {n}};
  clif_network *network = NULL;
  clif_status status = clif_network_create(context, &network);
  if (status == CLIF_OK) status = clif_network_add_input(network, ONM_INPUT, &shape);
  if (status == CLIF_OK) status = add_linear(context, network, n, neurons);
  if (status == CLIF_OK) status = clif_network_connect(network, ONM_INPUT, LINEAR, 0);
  if (status == CLIF_OK && neurons) status = add_neurons(network);
  if (status == CLIF_OK)
    *out = network;
  else
    clif_network_destroy(network);
  return status;
}

clif_status onm_build(clif_context *context, const onm_options *options, clif_network **out) {
  return build(context, options->n, true, out);
}

clif_status onm_build_alone(clif_context *context, const onm_options *options, clif_network **out) {
  return build(context, options->n, false, out);
}
