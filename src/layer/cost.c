/* cost.c - what a row of inputs costs a linear layer, dense and by events, in seconds. Which way is
 * gone follows from it, and nothing else. */
#include "layer/layer.h"

double clif__cost_dense(const clif__plan *plan, const clif__linear *l, clif__gemm_by by) {
  double in = (double)l->in, out = (double)l->pitch;
  return in * out * plan->costs.product[by] + (in + out) * plan->costs.dense_io;
}

double clif__cost_events(const clif__plan *plan, const clif__linear *l, double density) {
  double in = (double)l->in, out = (double)l->pitch;
  return in * out * density * plan->costs.event + in * plan->costs.scan;
}
