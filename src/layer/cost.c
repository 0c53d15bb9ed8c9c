/* cost.c - what a row of inputs costs a linear layer, dense and by events.
 *
 * In units of one weight that is added for an event. On CPUs the numbers are from `clif-bench
 * network --sweep` with the built-in parameters of CLBlast: adding weights of events and multiplying
 * all of them go at about one speed, so that events win as long as not nearly everything fires. For
 * GPUs they are reckoned from the memory and arithmetic speeds of current ones, and not measured. */
#include "layer/layer.h"

typedef struct costs {
  double product;  /* of one weight */
  double dense_io; /* of one input or output of a product, which go through memory */
  double scan;     /* of one input, to find the events */
} costs;

static const costs of_cpus = {1.0, 4.0, 1.0}, of_gpus = {0.05, 0.1, 0.1};

static const costs *costs_of(const clif__plan *plan) {
  return plan->lanes > 1 ? &of_cpus : &of_gpus;
}

double clif__cost_dense(const clif__plan *plan, const clif__linear *l) {
  const costs *c = costs_of(plan);
  double in = (double)l->in, out = (double)l->pitch;
  return in * out * c->product + (in + out) * c->dense_io;
}

double clif__cost_events(const clif__plan *plan, const clif__linear *l, double density) {
  double in = (double)l->in, out = (double)l->pitch;
  return in * out * density + in * costs_of(plan)->scan;
}
