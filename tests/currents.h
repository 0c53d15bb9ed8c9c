/* currents.h - what a linear layer gives, on the host, and weights that show what is done to it. */
#ifndef CLIF_TEST_CURRENTS_H
#define CLIF_TEST_CURRENTS_H

#include <math.h>

#include "layer/layer.h"
#include "nets.h"

/* One weight; `spread` tells how far sums of about `events` of them lie from 0.
 *
 * Of four outputs three have weights on a grid, so that no sum is rounded and thresholds are met
 * exactly now and then. Those of the fourth are of very different sizes, so that every sum is
 * rounded, and differently when it is added up in another order. */
static inline float make_weight(size_t output, double events, double spread, uint32_t *seed) {
  double size = spread / sqrt(events), grid = exp2(floor(log2(size / 4.0)));
  double w = between(seed, -size, size) + 0.5 * spread / events, below = next_number(seed);
  if (output % 4 == 3) return (float)(w * exp2(-floor(12.0 * below)));
  return (float)(floor(w / grid + below) * grid);
}

/* [out][in] weights for inputs of which about `events` are not 0 in a step. */
static inline float *make_weights(size_t in, size_t out, double events, double spread,
                                  uint32_t seed) {
  float *w = make_floats(in * out);
  for (size_t j = 0; j < out; j++)
    for (size_t k = 0; k < in; k++)
      w[j * in + k] = make_weight(j, events > 1.0 ? events : 1.0, spread, &seed);
  return w;
}

static inline float *make_bias(size_t out, uint32_t seed) {
  float *bias = make_floats(out);
  for (size_t j = 0; j < out; j++) bias[j] = make_weight(j, 4.0, 0.5, &seed);
  return bias;
}

/* (rows, out): the host twin on (rows, in) values. */
static inline float *make_currents(const float *x, size_t rows, size_t in, size_t out,
                                   const float *weight, const float *bias) {
  float *turned = make_floats(in * out), *y = make_floats(rows * out), *own = make_floats(out);
  if (bias) memcpy(own, bias, out * sizeof *own);
  for (size_t j = 0; j < out; j++)
    for (size_t k = 0; k < in; k++) turned[k * out + j] = weight[j * in + k];
  const clif__linear linear = {
      .in = in, .out = out, .pitch = out, .weight = turned, .bias = bias ? own : NULL};
  for (size_t row = 0; row < rows; row++) clif__twin_linear(&linear, x + row * in, y + row * out);
  free(turned), free(own);
  return y;
}

static inline clif_layer_info info_of(clif_context *ctx, const clif_network *net,
                                      const char *name) {
  clif_layer_info info = {.name = NULL};
  for (size_t i = 0; i < clif_network_layer_count(net); i++) {
    assert_ok(ctx, clif_network_layer(net, i, &info));
    if (strcmp(info.name, name) == 0) return info;
  }
  fail_msg("no layer '%s'", name);
  return info;
}

#endif
