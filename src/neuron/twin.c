/* twin.c - the host twin of lif_step() in cl/lif.cl: the same operations in the same order.
 *
 * Built without contraction (-ffp-contract=off), so that each product and sum is rounded by itself.
 * Change both together; the tests compare them bit for bit. */
#include "neuron/neuron.h"
#include "neuron/random.h"

/* One neuron in one step: its coefficients, and what it has to do with. */
typedef struct cell {
  const clif__neuron *neuron;
  float k[CLIF__COEFFICIENTS];
  float v, th, wait, x, eps, u;
  bool noisy;
} cell;

static float integrate(const cell *c) {
  if (c->neuron->form == CLIF_FORM_SEED) {
    float drift = ((c->x - c->v) / c->k[CLIF__A]) * c->k[CLIF__B];
    if (c->noisy) drift = drift + (c->k[CLIF__NOISE_STD] * c->eps) / c->th;
    return c->v + drift;
  }
  float v = (c->k[CLIF__A] * c->v + c->k[CLIF__B] * c->x) + c->k[CLIF__C];
  return c->noisy ? v + c->k[CLIF__NOISE_STD] * c->eps : v;
}

static bool fires(const cell *c, float v) {
  if (c->neuron->stochastic) /* v == v: a membrane that is NaN never fires */
    return c->u + c->u * clif__exp(c->k[CLIF__SLOPE] * (c->th - v)) < 1.0f && v == v;
  return c->neuron->compare == CLIF_FIRE_ABOVE_THRESHOLD ? v > c->th : v >= c->th;
}

static float reset(const cell *c, float v) {
  switch (c->neuron->reset) {
  case CLIF_RESET_VALUE:
    return c->k[CLIF__V_RESET];
  case CLIF_RESET_SUBTRACT:
    return v - c->th;
  case CLIF_RESET_NONE:
    break;
  }
  return v;
}

static float adapt(const cell *c, bool fired) {
  float th = c->th, eta = c->k[CLIF__ETA];
  if (c->neuron->adaptive) th = fired ? th + eta : th - eta * (th - c->k[CLIF__TH_REST]);
  if (!clif__neuron_clamps(c->neuron)) return th;
  if (th < c->k[CLIF__TH_MIN]) th = c->k[CLIF__TH_MIN];
  if (th > c->k[CLIF__TH_MAX]) th = c->k[CLIF__TH_MAX];
  return th;
}

/* Moves the cell and says whether it fires; *v_pre is the membrane before the reset. */
static bool step(cell *c, float *v_pre) {
  bool waits = c->wait > 0.0f, fired = false;
  float v = waits ? c->v : integrate(c);
  if (waits)
    c->wait = c->wait - 1.0f;
  else
    fired = c->neuron->model != CLIF__LI && fires(c, v);
  *v_pre = v;
  if (fired) {
    v = reset(c, v);
    c->wait = c->k[CLIF__WAIT];
  }
  c->v = v;
  c->th = adapt(c, fired);
  return fired;
}

void clif__twin_step(const clif__neuron *neuron, const clif__coefficients *coefficients, size_t n,
                     const clif__twin *io) {
  const bool noisy = clif__neuron_noisy(neuron);
  for (size_t i = 0; i < n; i++) {
    cell c = {.neuron = neuron, .noisy = noisy, .v = io->v[i], .x = io->x[i]};
    for (int which = 0; which < CLIF__COEFFICIENTS; which++)
      c.k[which] = clif__coefficient(coefficients, which, i);
    c.th = io->th ? io->th[i] : c.k[CLIF__THRESHOLD];
    if (io->wait) c.wait = io->wait[i];
    if (io->eps) c.eps = io->eps[i];
    if (io->u) c.u = io->u[i];
    bool fired = step(&c, &io->v_pre[i]);
    io->v[i] = c.v;
    if (io->th) io->th[i] = c.th;
    if (io->wait) io->wait[i] = c.wait;
    if (io->th_after) io->th_after[i] = c.th;
    io->s[i] = neuron->model == CLIF__LI ? c.v : fired ? 1.0f : 0.0f;
  }
}
