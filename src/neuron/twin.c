/* twin.c - the host twin of lif_step() in cl/lif.cl: the same operations in the same order.
 *
 * Built without contraction (-ffp-contract=off), so that each product and sum is rounded by itself.
 * Change both together; the tests compare them bit for bit. */
#include "neuron/neuron.h"

static float reset(const clif__neuron *neuron, float v, float threshold, float v_reset) {
  switch (neuron->reset) {
  case CLIF_RESET_VALUE:
    return v_reset;
  case CLIF_RESET_SUBTRACT:
    return v - threshold;
  case CLIF_RESET_NONE:
    break;
  }
  return v;
}

void clif__twin_step(const clif__neuron *neuron, const clif__coefficients *c, size_t n,
                     const float *x, float *v, float *s, float *v_pre) {
  for (size_t i = 0; i < n; i++) {
    float a = clif__coefficient(c, CLIF__A, i), b = clif__coefficient(c, CLIF__B, i);
    float u = (a * v[i] + b * x[i]) + clif__coefficient(c, CLIF__C, i);
    if (v_pre) v_pre[i] = u;
    if (neuron->model == CLIF__LI) {
      v[i] = s[i] = u;
      continue;
    }
    float threshold = clif__coefficient(c, CLIF__THRESHOLD, i);
    bool fired = neuron->compare == CLIF_FIRE_ABOVE_THRESHOLD ? u > threshold : u >= threshold;
    v[i] = fired ? reset(neuron, u, threshold, clif__coefficient(c, CLIF__V_RESET, i)) : u;
    s[i] = fired ? 1.0f : 0.0f;
  }
}
