/* lif.cl - the neuron step, defined once, and the kernel that moves membranes with it.
 *
 * Put behind bits.cl and a synapse, current.cl or events.cl, which says where the current comes
 * from: SYNAPSE_SUM() sums it up for a unit of SYNAPSE_UNIT lane blocks and a quad of steps, and
 * SYNAPSE_CURRENT() hands it out.
 *
 * Options (clif__neuron_defines() in src/neuron/coefficients.c, add_step() in src/layer/neurons.c):
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
 *   CLIF_BIAS          a bias is added to the current
 *   CLIF_LOOK          the current is looked over for NaN and infinity
 *   CLIF_OUT_F32, CLIF_OUT_U8, CLIF_OUT_BITS, CLIF_RECORD_V, CLIF_RECORD_V_PRE, CLIF_RECORD_TH
 *                      what is written out in every step
 * src/neuron/twin.c is the same step on the host: change both together. */

#if defined(CLIF_ADAPTIVE) || defined(CLIF_CLAMP)
#define LIF_TH_MOVES
#endif
#if defined(CLIF_NOISE) || defined(CLIF_STOCHASTIC)
#define LIF_RANDOM
#endif

/* In the order of clif__coefficients (src/neuron/neuron.h). */
struct lif_coefficients {
  lanes a, b, c, threshold, v_reset, noise_std, slope, eta, th_rest, th_min, th_max, wait;
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

lanes lif_adapt(const struct lif_coefficients *p, lanes th, lanes_int fired) {
#ifdef CLIF_ADAPTIVE
  th = select(th - p->eta * (th - p->th_rest), th + p->eta, fired);
#endif
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

/* Twelve rows of `pitch`, or twelve numbers; what a specialisation does not use is not read.
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
}

/* ---- the kernel ---- */

/* What comes in beside the current; of a quad of steps the words are shared (docs/model.md). */
struct lif_random {
  lanes eps[4], u[4];
};

struct lif_source {
  __global const float *eps, *u; /* with CLIF_INJECT */
  uint key0, key1, stream, quad, first_sample;
};

/* Where everything goes out. */
struct lif_sink {
  __global float *f32, *v, *v_pre, *th;
  __global uchar *u8;
  __global uint *bits;
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

/* What goes to other layers: spikes, of a readout v. */
lanes lif_output(const struct lif_state *s, lanes_int fired, lanes_int inside) {
#ifdef CLIF_READOUT
  return select((lanes)0.0f, s->v, inside);
#else
  return select((lanes)0.0f, (lanes)1.0f, fired);
#endif
}

/* What one step of one lane block puts out, all but packed bits: `at` is its place in arrays of
 * neurons, `word` that of its row in the array of bits, j its first neuron. */
void lif_put(const struct lif_sink *out, uint at, uint word, uint j, lanes_int fired,
             lanes_int inside, const struct lif_state *s, lanes v_pre) {
#ifdef CLIF_OUT_F32
  LANES_STORE(lif_output(s, fired, inside), out->f32 + at);
#endif
#ifdef CLIF_OUT_U8
  LANES_TO_UCHAR(lif_output(s, fired, inside), out->u8 + at);
#endif
#if defined(CLIF_OUT_BITS) && CLIF_LANES == 1
  if (fired) bits_set(out->bits + word, j);
#endif
#ifdef CLIF_RECORD_V
  LANES_STORE(s->v, out->v + at);
#endif
#ifdef CLIF_RECORD_V_PRE
  LANES_STORE(v_pre, out->v_pre + at);
#endif
#ifdef CLIF_RECORD_TH
  LANES_STORE(s->th, out->th + at);
#endif
}

/* Spikes as bits: one neuron a work-item sets its own, 16 lanes gather a quad of a unit. */
#if CLIF_LANES == 16 && defined(CLIF_OUT_BITS)
#define LIF_PACK(statement) statement
#else
#define LIF_PACK(statement)
#endif

void lif_state_load(struct lif_state *s, __global const float *v, __global const float *th,
                    __global const float *wait, uint at, lanes threshold) {
  s->v = LANES_LOAD(v + at);
  s->th = threshold;
  s->wait = (lanes)0.0f;
#ifdef LIF_TH_MOVES
  s->th = LANES_LOAD(th + at);
#endif
#ifdef CLIF_REFRACTORY
  s->wait = LANES_LOAD(wait + at);
#endif
}

void lif_state_store(const struct lif_state *s, __global float *v, __global float *th,
                     __global float *wait, uint at) {
  LANES_STORE(s->v, v + at);
#ifdef LIF_TH_MOVES
  LANES_STORE(s->th, th + at);
#endif
#ifdef CLIF_REFRACTORY
  LANES_STORE(s->wait, wait + at);
#endif
}

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

/* Looking over the current. */
#ifdef CLIF_LOOK
#define LIF_LOOK(statement) statement
#else
#define LIF_LOOK(statement)
#endif

#ifdef CLIF_BIAS
#define LIF_BIAS(current, j) ((current) + LANES_LOAD(bias + (j)))
#else
#define LIF_BIAS(current, j) (current)
#endif

/* Steps `steps` steps of (batch, n) neurons. What a specialisation has no use for may be anything.
 *
 * x .. weight, in: the synapse's, see current.cl and events.cl. bias: one row, with CLIF_BIAS.
 *
 * v, th, wait: (batch, pitch) float32, the state, read at the start and written at the end.
 *
 * coefficients: see lif_coefficients_load(). eps, u: (steps, batch, pitch), with CLIF_INJECT.
 *
 * key0, key1: halves of the seed, low and high. stream: 16 * layer id. The first step is number
 *   4 * quad + phase, the first sample number first_sample.
 *
 * out_f32, out_u8: (steps, batch, pitch) spikes, 0 or 1; of a readout (f32 only) v. Padding 0.
 *
 * out_bits: (steps, batch, words) uint, cleared before where CLIF_LANES is 1.
 *
 * record_v, record_v_pre, record_th: (steps, batch, pitch) float32; padding undefined.
 *
 * stats: [stat] is increased by the number of spikes; with CLIF_LOOK [stat + 1] becomes other than
 * 0 where a current is NaN or infinite. [other]: the synapse's.
 *
 * Launch: a work-item for `blocks` lane blocks (RUN_ID; a multiple of SYNAPSE_UNIT, with 1 lane 1)
 *   of a sample (SAMPLE_ID). Both may be rounded up; those without neurons only keep their
 *   work-group company. */
__kernel void lif_tile(__global const float *restrict x, uint x_bytes, uint x_first, uint x_step,
                       uint x_sample, __global const synapse_index *restrict index,
                       __global const uint *restrict counts, uint index_pitch,
                       __global const float *restrict weight, uint in,
                       __global const float *restrict bias, uint other, __global float *restrict v,
                       __global float *restrict th, __global float *restrict wait,
                       __global const float *restrict coefficients,
                       __global const float *restrict eps, __global const float *restrict u,
                       uint key0, uint key1, uint stream, uint quad, uint phase, uint first_sample,
                       __global float *restrict out_f32, __global uchar *restrict out_u8,
                       __global uint *restrict out_bits, uint words,
                       __global float *restrict record_v, __global float *restrict record_v_pre,
                       __global float *restrict record_th, __global volatile uint *stats, uint stat,
                       uint n, uint pitch, uint batch, uint steps, uint blocks) {
  SYNAPSE_LOCAL
  const struct synapse synapse = SYNAPSE_INIT;
  const struct lif_source source = {eps, u, key0, key1, stream, quad, first_sample};
  const struct lif_sink out = {out_f32, record_v, record_v_pre, record_th, out_u8, out_bits};
  uint first = RUN_ID * LIF_BLOCKS(blocks), sample = SAMPLE_ID, all = pitch / CLIF_LANES;
  if (sample >= batch) return;
  bool writes = first < all;
  first = writes ? first : 0;
  uint last = min(first + LIF_BLOCKS(blocks), all);
  uint states = sample * pitch, row = batch * pitch; /* no array has 2^32 elements */
  lanes_int spikes = 0;
  LIF_LOOK(lanes_int largest = 0;)
  struct lif_coefficients p;
  struct lif_state s = {(lanes)0.0f, (lanes)0.0f, (lanes)0.0f};
  LIF_P_PER_TILE(lif_coefficients_load(coefficients, pitch, first, &p);)
  /* Not by those that keep company: the neurons they stand in for are written by others. */
  LIF_PER_TILE(if (writes) lif_state_load(&s, v, th, wait, states + first, p.threshold);)

  for (uint base = 0; base < phase + steps; base += 4) {
    uint from = base == 0 ? phase : 0, to = min(4u, phase + steps - base);
    uint t0 = base - phase; /* wraps where the quad began before the first step */
    for (uint unit = first; unit < last; unit += SYNAPSE_UNIT) {
      LIF_PACK(lanes_int packed = 0;)
      lanes sums[4 * SYNAPSE_UNIT];
      SYNAPSE_SUM(&synapse, sums, unit, sample, t0, from, to);
      uint end = min(unit + SYNAPSE_UNIT, last);
      for (uint block = unit; block < end; block++) {
        uint j = block * CLIF_LANES;
        lanes_int inside = lanes_inside(j, writes ? n : 0);
        LIF_P_PER_QUAD(lif_coefficients_load(coefficients, pitch, j, &p);)
        LIF_PER_QUAD(lif_state_load(&s, v, th, wait, states + j, p.threshold);)
        struct lif_random random = {{0.0f, 0.0f, 0.0f, 0.0f}, {0.0f, 0.0f, 0.0f, 0.0f}};
        lif_draw(&source, j, sample, base / 4, from, to, t0 * row + states + j, row, &random);
#pragma unroll
        for (uint i = 0; i < 4; i++) {
          if (i < from || i >= to) continue;
          uint t = t0 + i;
          lanes current = SYNAPSE_CURRENT(&synapse, sums, i, block - unit, t, sample, j), v_pre;
          current = LIF_BIAS(current, j);
          LIF_LOOK(largest = max(largest, LANES_BITS(current) & 0x7fffffff & inside);)
          lanes_int fired = lif_step(&p, current, random.eps[i], random.u[i], &s, &v_pre) & inside;
          spikes -= fired;
          if (writes)
            lif_put(&out, t * row + states + j, (t * batch + sample) * words, j, fired, inside, &s,
                    v_pre);
          LIF_PACK(packed |= fired & (int)(1u << (8 * i + block - unit));)
        }
        LIF_PER_QUAD(lif_state_store(&s, v, th, wait, states + j);)
      }
      LIF_PACK(bits_put_quad(packed, from, to, out_bits + sample * words, t0, batch * words,
                             unit / 2, end < all ? end / 2 : words);)
    }
  }

  LIF_PER_TILE(if (writes) lif_state_store(&s, v, th, wait, states + first);)
  int n_spikes = lanes_sum(spikes);
  if (n_spikes != 0) atomic_add(stats + stat, (uint)n_spikes);
  LIF_LOOK(if (lanes_largest(largest) >= 0x7f800000) atomic_or(stats + stat + 1, 1u);)
}
