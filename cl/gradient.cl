/* gradient.cl - the step of lif.cl taken back: gradients through time.
 *
 * Behind bits.cl and lif.cl. From the gradients of a loss with respect to the spikes of every step
 * (and to v, if it was recorded) to those with respect to the currents, from the last step of a
 * tile to the first. What the forward pass kept of each step, its tape, comes in.
 *
 * Options beside those of lif.cl (add_back() in src/layer/neurons_back.c):
 *   CLIF_SURROGATE          the number of a clif_surrogate
 *   CLIF_ATTACH_RESET       the loss reaches spikes through the reset, too
 *   CLIF_REST_AT_THRESHOLD  th_rest is the threshold
 *   CLIF_GRADIENT_V         dL/dv comes in
 *   CLIF_GRADIENT_BIAS, CLIF_GRADIENT_TAU, CLIF_GRADIENT_THRESHOLD
 *                           what is summed up over the steps, for each sample and neuron
 * src/neuron/gradient.c is the same on the host: change both together. */

#if defined(CLIF_SEED) && defined(CLIF_NOISE)
#define LIF_NOISE_BY_TH /* the noise is divided by the threshold */
#endif

/* What is known of a step: before it v and th, then v_pre, and what happened. */
struct lif_tape {
  lanes v, th, v_pre, current, eps;
  lanes_int fired, waits;
};

/* dL/dv and dL/dth of a state. Without LIF_TH_MOVES th is not used. */
struct lif_adjoint {
  lanes v, th;
};

struct lif_totals {
  lanes bias, tau, threshold;
};

/* a / (1 + exp(-a x)) / (1 + exp(a x)), which is even in x. */
lanes lif_logistic(lanes a, lanes x) {
  lanes e = lanes_exp(-fabs(a * x)), q = e + 1.0f;
  return a * lanes_divide(e, q * q);
}

/* The derivative of s by v - th = x. What may become infinite is cut where the quotient is next to
 * nothing anyway: lanes_divide() wants a finite divisor. */
lanes lif_surrogate(const struct lif_coefficients *p, lanes x, float slope) {
#if defined(CLIF_STOCHASTIC)
  return lif_logistic(p->slope, x);
#else
  lanes a = (lanes)slope;
#if CLIF_SURROGATE == 0
  lanes y = x * (1.57079633f * slope), z = y * y;
  return lanes_divide(a * 0.5f, select((lanes)1e30f, z, LANES_MASK(z < 1e30f)) + 1.0f);
#elif CLIF_SURROGATE == 1
  lanes y = fabs(a * x) + 1.0f, z = y * y;
  return lanes_divide((lanes)1.0f, select((lanes)1e30f, z, LANES_MASK(z < 1e30f)));
#elif CLIF_SURROGATE == 2
  return lif_logistic(a, x);
#elif CLIF_SURROGATE == 3
  lanes y = 1.0f - fabs(a * x);
  return a * select((lanes)0.0f, y, LANES_MASK(y > 0.0f));
#elif CLIF_SURROGATE == 4
  lanes y = a * x;
  return (a * 0.398942280f) * lanes_exp((y * y) * -0.5f);
#elif CLIF_SURROGATE == 5
  return select((lanes)0.0f, a, LANES_MASK(fabs(a * x) < 0.5f));
#else
  (void)a;
  return (lanes)1.0f;
#endif
#endif
}

/* dL/ds and dL/dth through the threshold that moves, from *g_th behind the step to before it. */
void lif_back_adapt(const struct lif_coefficients *p, const struct lif_tape *t, lanes *g_th,
                    lanes *g_s, struct lif_totals *sum) {
#ifdef CLIF_CLAMP
  lanes moved = lif_move(p, t->th, t->fired);
  *g_th =
      select((lanes)0.0f, *g_th, LANES_MASK(moved >= p->th_min) & LANES_MASK(moved <= p->th_max));
#endif
#ifdef CLIF_ADAPTIVE
  lanes decay = p->eta * *g_th;
  *g_s = *g_s + decay * (1.0f + (t->th - p->th_rest));
#if defined(CLIF_GRADIENT_THRESHOLD) && defined(CLIF_REST_AT_THRESHOLD)
  sum->threshold = sum->threshold + select(decay, (lanes)0.0f, t->fired);
#endif
  *g_th = select(*g_th - decay, *g_th, t->fired);
#endif
}

/* From *g_v behind the reset to before it. */
void lif_back_reset(const struct lif_coefficients *p, const struct lif_tape *t, lanes *g_v,
                    lanes *g_th, lanes *g_s) {
#if CLIF_RESET == 0
#ifdef CLIF_ATTACH_RESET
  *g_s = *g_s + *g_v * (p->v_reset - t->v_pre);
#endif
  *g_v = select(*g_v, (lanes)0.0f, t->fired);
#elif CLIF_RESET == 1
#ifdef CLIF_ATTACH_RESET
  *g_s = *g_s - *g_v * t->th;
#endif
  *g_th = *g_th - select((lanes)0.0f, *g_v, t->fired);
#endif
}

/* dL/dI of *g_v, which comes to be that of v before the step. */
lanes lif_back_integrate(const struct lif_coefficients *p, const struct lif_tape *t, lanes *g_v,
                         lanes *g_th, struct lif_totals *sum) {
#ifdef CLIF_SEED
  lanes g_current = lanes_divide(*g_v, p->a) * p->b, before = *g_v - g_current;
#ifdef LIF_NOISE_BY_TH
  *g_th = *g_th - *g_v * lanes_divide(lanes_divide(p->noise_std * t->eps, t->th), t->th);
#endif
#ifdef CLIF_GRADIENT_TAU
  lanes drift = lanes_divide(t->current - t->v, p->a) * p->b;
#endif
#else
  lanes g_current = p->b * *g_v, before = p->a * *g_v;
#ifdef CLIF_GRADIENT_TAU
  lanes drift = (p->b * t->current + p->c) - p->k * t->v;
#endif
#endif
#ifdef CLIF_GRADIENT_TAU
  sum->tau = sum->tau + *g_v * drift;
#endif
  *g_v = before;
  return g_current;
}

/* One step of one lane block: *a is of the state behind the step, and then of that before it. g_s
 * is dL/ds. Returns dL/dI. sum->tau is dL/dtau but for a factor (clif__tau_factor()). */
lanes lif_back(const struct lif_coefficients *p, float slope, const struct lif_tape *t, lanes g_s,
               struct lif_adjoint *a, struct lif_totals *sum) {
  lanes g_v = a->v, g_th = (lanes)0.0f;
#ifdef LIF_TH_MOVES
  g_th = a->th;
  lif_back_adapt(p, t, &g_th, &g_s, sum);
#endif
  lif_back_reset(p, t, &g_v, &g_th, &g_s);
  lanes g = g_s * lif_surrogate(p, t->v_pre - t->th, slope);
#ifdef CLIF_REFRACTORY
  g = select(g, (lanes)0.0f, t->waits);
#endif
  g_v = g_v + g;
  g_th = g_th - g;
  a->v = g_v;
#ifdef CLIF_REFRACTORY
  a->v = select(a->v, (lanes)0.0f, t->waits); /* nothing to integrate */
#endif
  lanes g_current = lif_back_integrate(p, t, &a->v, &g_th, sum);
#ifdef CLIF_REFRACTORY
  a->v = select(a->v, g_v, t->waits);
#endif
#ifdef LIF_TH_MOVES
  a->th = g_th;
#elif defined(CLIF_GRADIENT_THRESHOLD)
  sum->threshold = sum->threshold + g_th;
#endif
#ifdef CLIF_GRADIENT_BIAS
  sum->bias = sum->bias + g_current;
#endif
  return g_current;
}

/* ---- the kernel ---- */

/* The tape in memory; see lif_back_tile(). */
struct lif_kept {
  __global const float *v_pre, *th, *wait;
  __global const uint *bits;
  uint words;
  __global const float *start_v, *start_th;
  uint start; /* where the tile's first state lies in these */
  __global const float *x;
  uint first, step, sample;
  uint batch, row; /* samples; elements from step to step */
};

lanes_int lif_kept_fired(const struct lif_kept *k, uint t, uint sample, uint j) {
  return bits_mask(k->bits + (t * k->batch + sample) * k->words, j);
}

/* th before step t, whose neurons are at `at` in a row. */
lanes lif_kept_th(const struct lif_coefficients *p, const struct lif_kept *k, uint t, uint at) {
#ifdef LIF_TH_MOVES
  if (t > 0) return LANES_LOAD(k->th + (t - 1) * k->row + at);
  return LANES_LOAD(k->start_th + k->start + at);
#else
  return p->threshold;
#endif
}

/* v before step t: of the step before it what the reset left. */
lanes lif_kept_v(const struct lif_coefficients *p, const struct lif_kept *k, uint t, uint sample,
                 uint at, uint j) {
  if (t == 0) return LANES_LOAD(k->start_v + k->start + at);
  return lif_reset(p, LANES_LOAD(k->v_pre + (t - 1) * k->row + at), lif_kept_th(p, k, t - 1, at),
                   lif_kept_fired(k, t - 1, sample, j));
}

/* The neurons from j on of a sample, whose row of step 0 begins at `states`. */
void lif_kept_step(const struct lif_coefficients *p, const struct lif_kept *k, uint t, uint sample,
                   uint states, uint j, lanes eps, struct lif_tape *out) {
  uint at = states + j;
  out->v_pre = LANES_LOAD(k->v_pre + t * k->row + at);
  out->th = lif_kept_th(p, k, t, at);
  out->fired = lif_kept_fired(k, t, sample, j);
  out->eps = eps;
  out->waits = 0;
#ifdef CLIF_REFRACTORY
  out->waits = LANES_MASK(LANES_LOAD(k->wait + t * k->row + at) > (lanes)0.0f);
#endif
  out->v = out->current = (lanes)0.0f;
#ifdef CLIF_GRADIENT_TAU
  out->v = lif_kept_v(p, k, t, sample, at, j);
  out->current = LANES_LOAD(k->x + k->first + t * k->step + sample * k->sample + j);
#endif
}

/* What is kept from step to step, and in memory from quad to quad or from tile to tile: (batch,
 * pitch) each. */
struct lif_carried {
  __global float *v, *th, *bias, *tau, *threshold;
};

void lif_carried_load(const struct lif_carried *c, uint at, struct lif_adjoint *a,
                      struct lif_totals *sum) {
  a->v = LANES_LOAD(c->v + at);
  a->th = sum->bias = sum->tau = sum->threshold = (lanes)0.0f;
#ifdef LIF_TH_MOVES
  a->th = LANES_LOAD(c->th + at);
#endif
#ifdef CLIF_GRADIENT_BIAS
  sum->bias = LANES_LOAD(c->bias + at);
#endif
#ifdef CLIF_GRADIENT_TAU
  sum->tau = LANES_LOAD(c->tau + at);
#endif
#ifdef CLIF_GRADIENT_THRESHOLD
  sum->threshold = LANES_LOAD(c->threshold + at);
#endif
}

void lif_carried_store(const struct lif_carried *c, uint at, const struct lif_adjoint *a,
                       const struct lif_totals *sum) {
  LANES_STORE(a->v, c->v + at);
#ifdef LIF_TH_MOVES
  LANES_STORE(a->th, c->th + at);
#endif
#ifdef CLIF_GRADIENT_BIAS
  LANES_STORE(sum->bias, c->bias + at);
#endif
#ifdef CLIF_GRADIENT_TAU
  LANES_STORE(sum->tau, c->tau + at);
#endif
#ifdef CLIF_GRADIENT_THRESHOLD
  LANES_STORE(sum->threshold, c->threshold + at);
#endif
}

/* Takes `steps` steps of (batch, n) neurons back. What a specialisation has no use for may be
 * anything.
 *
 * v_pre, th, wait: (steps, batch, pitch) as tile.cl records them: th behind, wait before the step.
 * bits: (steps, batch, words), the spikes. start_v, start_th: (tiles, batch, pitch), of which the
 *   tile-th is the state that the first step began with.
 * coefficients, eps, key0 .. first_sample: as for lif_tile(). x, x_first, x_step, x_sample: the
 *   current, as in current.cl, with CLIF_GRADIENT_TAU.
 * slope: of the surrogate.
 * g_s, g_v: (steps, batch, pitch), dL/ds and dL/dv.
 * carried_v .. carried_threshold: (batch, pitch), dL/d of the state behind the last step and what
 *   has been summed up so far; then of that before the first step.
 * g_x: dL/dI, by units of `columns` neurons: (units, steps, batch, columns), padding 0. With 1 lane
 *   there is one unit.
 *
 * Launch: as lif_tile(), over all neurons of all units. */
__kernel void
lif_back_tile(__global const float *restrict v_pre, __global const float *restrict th,
              __global const float *restrict wait, __global const uint *restrict bits, uint words,
              __global const float *restrict start_v, __global const float *restrict start_th,
              uint tile, __global const float *restrict coefficients,
              __global const float *restrict x, uint x_first, uint x_step, uint x_sample,
              __global const float *restrict eps, uint key0, uint key1, uint stream, uint quad,
              uint phase, uint first_sample, float slope, __global const float *restrict g_s,
              __global const float *restrict g_v, __global float *restrict carried_v,
              __global float *restrict carried_th, __global float *restrict carried_bias,
              __global float *restrict carried_tau, __global float *restrict carried_threshold,
              __global float *restrict g_x, uint columns, uint n, uint pitch, uint batch,
              uint steps, uint blocks) {
  const struct lif_kept kept = {
      v_pre, th,      wait,   bits,     words, start_v,      start_th, tile * batch * pitch,
      x,     x_first, x_step, x_sample, batch, batch * pitch};
#ifdef LIF_NOISE_BY_TH
  /* Of what is drawn only the noise is looked at: anything will do for u. */
  const struct lif_source source = {eps, eps, key0, key1, stream, quad, first_sample};
#endif
  const struct lif_carried carried = {carried_v, carried_th, carried_bias, carried_tau,
                                      carried_threshold};
  uint first = RUN_ID * LIF_BLOCKS(blocks), sample = SAMPLE_ID;
  uint all = (pitch + columns - 1) / columns * (columns / CLIF_LANES);
  if (sample >= batch || first >= all) return;
  uint last = min(first + LIF_BLOCKS(blocks), all);
  uint states = sample * pitch, row = batch * pitch;
  struct lif_coefficients p;
  struct lif_adjoint adjoint;
  struct lif_totals sum;
  LIF_P_PER_TILE(lif_coefficients_load(coefficients, pitch, first, &p);)
  LIF_PER_TILE(lif_carried_load(&carried, states + first, &adjoint, &sum);)

  for (uint quads = (phase + steps + 3) / 4; quads-- > 0;) {
    uint from = quads == 0 ? phase : 0, to = min(4u, phase + steps - 4 * quads);
    uint t0 = 4 * quads - phase; /* wraps where the quad began before the first step */
    for (uint block = first; block < last; block++) {
      uint j = block * CLIF_LANES;
      uint out = (j / columns * steps * batch + sample) * columns + j % columns;
      if (j >= pitch) { /* the last unit need not be full */
        for (uint i = from; i < to; i++)
          LANES_STORE((lanes)0.0f, g_x + out + (t0 + i) * batch * columns);
        continue;
      }
      lanes_int inside = lanes_inside(j, n);
      LIF_P_PER_QUAD(lif_coefficients_load(coefficients, pitch, j, &p);)
      LIF_PER_QUAD(lif_carried_load(&carried, states + j, &adjoint, &sum);)
      struct lif_random random = {{0.0f, 0.0f, 0.0f, 0.0f}, {0.0f, 0.0f, 0.0f, 0.0f}};
#ifdef LIF_NOISE_BY_TH
      lif_draw(&source, j, sample, quads, from, to, t0 * row + states + j, row, &random);
#endif
#pragma unroll
      for (uint back = 0; back < 4; back++) {
        uint i = 3 - back, t = t0 + i, at = t * row + states + j;
        if (i < from || i >= to) continue;
        struct lif_tape tape;
        lif_kept_step(&p, &kept, t, sample, states, j, random.eps[i], &tape);
#ifdef CLIF_GRADIENT_V
        adjoint.v = adjoint.v + LANES_LOAD(g_v + at);
#endif
        lanes g = lif_back(&p, slope, &tape, LANES_LOAD(g_s + at), &adjoint, &sum);
        LANES_STORE(select((lanes)0.0f, g, inside), g_x + out + t * batch * columns);
      }
      LIF_PER_QUAD(lif_carried_store(&carried, states + j, &adjoint, &sum);)
    }
  }
  LIF_PER_TILE(lif_carried_store(&carried, states + first, &adjoint, &sum);)
}
