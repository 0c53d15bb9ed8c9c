/* tile.cl - the kernel that moves membranes: all steps of a tile, with the step of lif.cl.
 *
 * Put behind bits.cl, a synapse, and lif.cl. The synapse, current.cl or events.cl, says where the
 * current comes from: SYNAPSE_SUM() sums it up for a unit of SYNAPSE_UNIT lane blocks and a quad of
 * steps, and SYNAPSE_CURRENT() hands it out.
 *
 * Options beside those of lif.cl (add_step() in src/layer/neurons.c):
 *   CLIF_BIAS          a bias is added to the current
 *   CLIF_LOOK          the current is looked over for NaN and infinity
 *   CLIF_OUT_F32, CLIF_OUT_U8, CLIF_OUT_BITS, CLIF_RECORD_V, CLIF_RECORD_V_PRE, CLIF_RECORD_TH,
 *   CLIF_RECORD_WAIT   what is written out in every step */

/* Where everything goes out. */
struct lif_sink {
  __global float *f32, *v, *v_pre, *th;
  __global uchar *u8;
  __global uint *bits;
};

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
  LANES_STREAM(lif_output(s, fired, inside), out->f32 + at);
#endif
#ifdef CLIF_OUT_U8
  LANES_TO_UCHAR(lif_output(s, fired, inside), out->u8 + at);
#endif
#if defined(CLIF_OUT_BITS) && CLIF_LANES == 1
  if (fired) bits_set(out->bits + word, j);
#endif
#ifdef CLIF_RECORD_V
  LANES_STREAM(s->v, out->v + at);
#endif
#ifdef CLIF_RECORD_V_PRE
  LANES_STREAM(v_pre, out->v_pre + at);
#endif
#ifdef CLIF_RECORD_TH
  LANES_STREAM(s->th, out->th + at);
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

/* An argument that is there only where it is used: with one more all the time compilers for Intel
 * run out of registers. */
#ifdef CLIF_RECORD_WAIT
#define LIF_WAIT_ARGUMENT , __global float *restrict record_wait
#define LIF_WAIT(statement) statement
#else
#define LIF_WAIT_ARGUMENT
#define LIF_WAIT(statement)
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
 * record_v, record_v_pre, record_th, record_wait: (steps, batch, pitch) float32; padding undefined.
 *   wait is that before the step, the others are those of lif_step().
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
                       uint n, uint batch, uint steps, uint blocks LIF_WAIT_ARGUMENT) {
  SYNAPSE_LOCAL
  const uint pitch = (n + 15) / 16 * 16; /* of all rows of neurons, those of weights too */
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
          LIF_WAIT(if (writes) LANES_STREAM(s.wait, record_wait + (t * row + states + j));)
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
