/* nets.h - small networks and reproducible numbers for the tests. */
#ifndef CLIF_TEST_NETS_H
#define CLIF_TEST_NETS_H

#include "support.h"

/* Reproducible numbers in [0, 1), the same everywhere. */
static inline double next_number(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return (double)(*seed >> 8) / 16777216.0;
}

static inline double between(uint32_t *seed, double low, double high) {
  return low + (high - low) * next_number(seed);
}

static inline float *make_floats(size_t n) {
  float *x = calloc(n > 0 ? n : 1, sizeof *x);
  assert_non_null(x);
  return x;
}

static inline float *random_floats(size_t n, double low, double high, uint32_t seed) {
  float *x = make_floats(n);
  for (size_t i = 0; i < n; i++) x[i] = (float)between(&seed, low, high);
  return x;
}

static inline uint8_t *random_spikes(size_t n, double density, uint32_t seed) {
  uint8_t *x = calloc(n, 1);
  assert_non_null(x);
  for (size_t i = 0; i < n; i++) x[i] = next_number(&seed) < density;
  return x;
}

/* (steps, samples, n) in C order. */
static inline clif_array view3(void *data, clif_dtype dtype, size_t steps, size_t samples,
                               size_t n) {
  return clif_array_view(data, dtype, 3, (size_t[]){steps, samples, n});
}

static inline clif_binding bind(const char *layer, clif_quantity quantity, clif_array array) {
  return (clif_binding){layer, quantity, array};
}

static inline clif_network *new_network(clif_context *ctx) {
  clif_network *net = NULL;
  assert_ok(ctx, clif_network_create(ctx, &net));
  return net;
}

static inline clif_status prepare(clif_network *net, size_t batch, size_t steps, uint64_t cap,
                                  clif_linear_way linear) {
  clif_prepare_options o = {
      .size = sizeof o, .batch = batch, .steps = steps, .max_device_bytes = cap, .linear = linear};
  return clif_network_prepare(net, &o);
}

static inline clif_status run(clif_network *net, const clif_binding *in, size_t n_in,
                              const clif_binding *out, size_t n_out) {
  clif_run r = {
      .size = sizeof r, .inputs = in, .n_inputs = n_in, .outputs = out, .n_outputs = n_out};
  return clif_network_run(net, &r);
}

/* Membranes below 2^-100 count as 0: a device may flush denormals, which changes no spike. */
static inline uint32_t bits_of(float x) {
  uint32_t bits;
  if (x < 0x1p-100f && x > -0x1p-100f) x = 0.0f;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* Fails with the place and both values unless all floats have the same bits. */
static inline void assert_same_bits(const char *what, const float *got, const float *expected,
                                    size_t n) {
  for (size_t i = 0; i < n; i++)
    if (bits_of(got[i]) != bits_of(expected[i]))
      fail_msg("%s: element %zu of %zu is %.9g, expected %.9g", what, i, n, (double)got[i],
               (double)expected[i]);
}

#endif
