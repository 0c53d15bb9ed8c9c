/* cost.c - what a row of inputs costs a linear layer, dense and by events, in seconds. Which way is
 * gone follows from it, and nothing else. */
#include "layer/layer.h"

double clif__cost_dense(const clif__plan *plan, const clif__linear *l, clif__gemm_by by) {
  static const size_t cached = (1u << 20) / sizeof(float);
  double in = (double)l->in, out = (double)l->pitch;
  const double *product = l->in * l->pitch <= cached ? plan->costs.product : plan->costs.large;
  return in * out * product[by] + (in + out) * plan->costs.dense_io;
}

double clif__cost_events(const clif__plan *plan, const clif__linear *l, double density) {
  double in = (double)l->in, out = (double)l->pitch;
  return in * out * density * plan->costs.event + in * plan->costs.scan;
}
