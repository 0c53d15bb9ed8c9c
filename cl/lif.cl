/* lif.cl - the neuron step, defined once, and what every kernel with neurons needs beside it:
 * coefficients and random numbers. Kernels: tile.cl, gradient.cl.
 *
 * Options (clif__neuron_defines() in src/neuron/coefficients.c):
 *   CLIF_READOUT       a leaky integrator: no threshold, no reset, puts out v
 *   CLIF_RESET         0 to v_reset, 1 subtract the threshold, 2 none
 *   CLIF_STRICT        fires where v > threshold; without it where v >= threshold
 *   CLIF_NOISE         noise is added to v
 *   CLIF_STOCHASTIC    fires by chance
 *   CLIF_ADAPTIVE      the threshold moves
 *   CLIF_CLAMP         the threshold is kept in its range
 *   CLIF_REFRACTORY    waits after a spike
 *   CLIF_SEED          the step of Extended LIF Neurons
 *   CLIF_PER_NEURON    coefficients differ between neurons
 *   CLIF_INJECT        random numbers come from memory
 * src/neuron/twin.c is the same step on the host: change both together. */

#if defined(CLIF_ADAPTIVE) || defined(CLIF_CLAMP)
#define LIF_TH_MOVES
#endif
#if defined(CLIF_NOISE) || defined(CLIF_STOCHASTIC)
#define LIF_RANDOM
#endif

/* In the order of clif__coefficients (src/neuron/neuron.h). */
struct lif_coefficients {
  lanes a, b, c, threshold, v_reset, noise_std, slope, eta, th_rest, th_min, th_max, wait, k;
};

/* Without LIF_TH_MOVES th never changes; without CLIF_REFRACTORY wait is not used. */
struct lif_state {
  lanes v, th, wait;
};

lanes lif_integrate(const struct lif_coefficients *p, lanes current, lanes eps,
                    const struct lif_state *s) {
#ifdef CLIF_SEED
  lanes drift = lanes_divide(current - s->v, p->a) * p->b;
#ifdef CLIF_NOISE
  drift = drift + lanes_divide(p->noise_std * eps, s->th);
#endif
  return s->v + drift;
#else
  lanes v = (p->a * s->v + p->b * current) + p->c;
#ifdef CLIF_NOISE
  v = v + p->noise_std * eps;
#endif
  return v;
#endif
}

lanes_int lif_fires(const struct lif_coefficients *p, lanes v, lanes th, lanes u) {
#if defined(CLIF_READOUT)
  return (lanes_int)0;
#elif defined(CLIF_STOCHASTIC)
  /* u < 1 / (1 + exp(-slope (v - th))), without the division. v == v: NaN never fires. */
  return LANES_MASK(u + u * lanes_exp(p->slope * (th - v)) < (lanes)1.0f) & LANES_MASK(v == v);
#elif defined(CLIF_STRICT)
  return LANES_MASK(v > th);
#else
  return LANES_MASK(v >= th);
#endif
}

lanes lif_reset(const struct lif_coefficients *p, lanes v, lanes th, lanes_int fired) {
#if defined(CLIF_READOUT) || CLIF_RESET == 2
  return v;
#elif CLIF_RESET == 1
  return select(v, v - th, fired);
#else
  return select(v, p->v_reset, fired);
#endif
}

/* The threshold before it is put back into its range. */
lanes lif_move(const struct lif_coefficients *p, lanes th, lanes_int fired) {
#ifdef CLIF_ADAPTIVE
  th = select(th - p->eta * (th - p->th_rest), th + p->eta, fired);
#endif
  return th;
}

lanes lif_adapt(const struct lif_coefficients *p, lanes th, lanes_int fired) {
  th = lif_move(p, th, fired);
#ifdef CLIF_CLAMP
  th = select(th, p->th_min, LANES_MASK(th < p->th_min));
  th = select(th, p->th_max, LANES_MASK(th > p->th_max));
#endif
  return th;
}

/* One step of one lane block. `current`, the normal `eps` and the uniform `u` come in, *s is moved,
 * *v_pre is the membrane before the reset. Returns the spike mask (0 in all lanes for a readout).
 */
lanes_int lif_step(const struct lif_coefficients *p, lanes current, lanes eps, lanes u,
                   struct lif_state *s, lanes *v_pre) {
  lanes v = lif_integrate(p, current, eps, s);
#ifdef CLIF_REFRACTORY
  lanes_int waits = LANES_MASK(s->wait > (lanes)0.0f);
  v = select(v, s->v, waits);
  lanes_int fired = lif_fires(p, v, s->th, u) & ~waits;
  s->wait = select(select(s->wait, s->wait - 1.0f, waits), p->wait, fired);
#else
  lanes_int fired = lif_fires(p, v, s->th, u);
#endif
  *v_pre = v;
  s->v = lif_reset(p, v, s->th, fired);
  s->th = lif_adapt(p, s->th, fired);
  return fired;
}

#ifdef CLIF_PER_NEURON
#define COEFFICIENT(row) LANES_LOAD(coefficients + (row) * (size_t)pitch + j)
#else
#define COEFFICIENT(row) ((lanes)coefficients[row])
#endif

/* Thirteen rows of `pitch`, or thirteen numbers; what a specialisation does not use is not read.
 * Through a pointer, here and below: of structs that are returned compilers note that nothing else
 * points to them, in a way that Oclgrind does not know. */
void lif_coefficients_load(__global const float *coefficients, uint pitch, uint j,
                           struct lif_coefficients *p) {
  p->a = COEFFICIENT(0);
  p->b = COEFFICIENT(1);
  p->c = COEFFICIENT(2);
  p->threshold = COEFFICIENT(3);
  p->v_reset = COEFFICIENT(4);
  p->noise_std = COEFFICIENT(5);
  p->slope = COEFFICIENT(6);
  p->eta = COEFFICIENT(7);
  p->th_rest = COEFFICIENT(8);
  p->th_min = COEFFICIENT(9);
  p->th_max = COEFFICIENT(10);
  p->wait = COEFFICIENT(11);
  p->k = COEFFICIENT(12);
}

/* ---- random numbers ---- */

/* What comes in beside the current; of a quad of steps the words are shared (docs/model.md). */
struct lif_random {
  lanes eps[4], u[4];
};

struct lif_source {
  __global const float *eps, *u; /* with CLIF_INJECT */
  uint key0, key1, stream, quad, first_sample;
};

/* Normals and uniforms for steps from .. to - 1 of the quad `quads` after the first; the others may
 * stay as they are. `at` is the place of the step 0 of the quad, `row` the distance of steps. */
void lif_draw(const struct lif_source *in, uint neuron, uint sample, uint quads, uint from, uint to,
              uint at, uint row, struct lif_random *out) {
#ifdef CLIF_NOISE
#ifdef CLIF_INJECT
#pragma unroll
  for (uint i = 0; i < 4; i++)
    if (i >= from && i < to) out->eps[i] = LANES_LOAD(in->eps + (at + i * row));
#else
  struct lanes_words noise = lanes_philox(neuron, in->first_sample + sample, in->quad + quads,
                                          in->stream, in->key0, in->key1);
  if (from < 2) {
    struct lanes_pair pair = lanes_normals(noise.w[0], noise.w[1]);
    out->eps[0] = pair.a;
    out->eps[1] = pair.b;
  }
  if (to > 2) {
    struct lanes_pair pair = lanes_normals(noise.w[2], noise.w[3]);
    out->eps[2] = pair.a;
    out->eps[3] = pair.b;
  }
#endif
#endif
#ifdef CLIF_STOCHASTIC
#ifdef CLIF_INJECT
#pragma unroll
  for (uint i = 0; i < 4; i++)
    if (i >= from && i < to) out->u[i] = LANES_LOAD(in->u + (at + i * row));
#else
  struct lanes_words fire = lanes_philox(neuron, in->first_sample + sample, in->quad + quads,
                                         in->stream + 1, in->key0, in->key1);
#pragma unroll
  for (uint i = 0; i < 4; i++) out->u[i] = lanes_unit(fire.w[i]);
#endif
#endif
}

/* ---- who keeps what ---- */

/* With 1 lane a work-item has one neuron, whose state is in registers from the first step to the
 * last. With 16 lanes it has many blocks, so that memory is walked in long runs; their state goes
 * to memory, which is to say to a near cache, after each quad of steps. */
#if CLIF_LANES == 1
#define LIF_BLOCKS(given) 1u
#define LIF_PER_TILE(statement) statement
#define LIF_PER_QUAD(statement)
#else
#define LIF_BLOCKS(given) (given)
#define LIF_PER_TILE(statement)
#define LIF_PER_QUAD(statement) statement
#endif
#if CLIF_LANES == 1 || !defined(CLIF_PER_NEURON)
#define LIF_P_PER_TILE(statement) statement
#define LIF_P_PER_QUAD(statement)
#else
#define LIF_P_PER_TILE(statement)
#define LIF_P_PER_QUAD(statement) statement
#endif
