/* input.cl - takes uploaded data in: to float32 or to bits, looked over while it passes. Behind
 * bits.cl.
 *
 * source: (steps, samples) rows of `pitch` elements (uchar or float), `width` of them valid, the
 *   rest anything; source_step elements from step to step, 0 where every step is the same.
 *
 * x: (steps, samples) rows of `pitch` float32; padding is written 0.
 *
 * stats: four words from stats[stat] on, added to: [0] values put out that are not 0, [1] values
 *   that came in NaN or infinite, [2] the complement of the smallest row * width + column of such a
 *   value (0: none), [3] values put out that are neither 0 nor 1.
 *
 * Options: CLIF_INPUT_BYTES (source is uchar); for input_code CLIF_CODING (1 rate, 2 latency, 3
 *   delta) and CLIF_NEGATIVE (delta puts out -1, too). */

#if CLIF_INPUT_BYTES
typedef uchar source_type;
#define SOURCE_LOAD(p) LANES_FROM_UCHAR(p)
#else
typedef float source_type;
#define SOURCE_LOAD(p) LANES_LOAD(p)
#endif

/* Masks of a lane block as it lies there: what is not 0, and what is neither 0 nor 1. */
#if CLIF_INPUT_BYTES
#define SOURCE_BITS(p) LANES_INT_FROM_UCHAR(p)
#define SOURCE_NONZERO(bits) LANES_MASK((bits) != 0)
#define SOURCE_OTHER(bits) LANES_MASK((bits) > 1)
#else
#define SOURCE_BITS(p) LANES_BITS(LANES_LOAD(p))
#define SOURCE_NONZERO(bits) LANES_MASK(((bits)&0x7fffffff) != 0)
#define SOURCE_OTHER(bits) (SOURCE_NONZERO(bits) & LANES_MASK((bits) != 0x3f800000))
#endif

/* ---- looking over ---- */

struct input_counts {
  lanes_int nonzero, bad, other;
  uint first_bad;
};

/* What came in and what goes out, of lanes `inside`; the first lane's number is `place`. */
void input_look(lanes in, lanes out, lanes_int inside, uint place, struct input_counts *counts) {
  lanes_int is_zero = LANES_MASK(out == (lanes)0.0f) | ~inside;
  lanes_int is_bad = LANES_MASK((LANES_BITS(in) & 0x7f800000) == 0x7f800000) & inside;
  counts->nonzero -= ~is_zero;
  counts->other -= ~(is_zero | LANES_MASK(out == (lanes)1.0f));
  counts->bad -= is_bad;
  /* Complements, so that the smallest position is the largest number and 0 means none. */
  lanes_int places = (lanes_int)((int)~place) - LANES_INDEX;
  int here = lanes_largest(places & is_bad & 0x7fffffff);
  if (here != 0) counts->first_bad = max(counts->first_bad, (uint)here | 0x80000000u);
}

/* Atomics once per work-item. */
void input_tell(const struct input_counts *counts, __global volatile uint *stats) {
  uint nonzero = (uint)lanes_sum(counts->nonzero), other = (uint)lanes_sum(counts->other);
  if (nonzero != 0) atomic_add(stats, nonzero);
  if (counts->first_bad != 0) {
    atomic_add(stats + 1, (uint)lanes_sum(counts->bad));
    atomic_max(stats + 2, counts->first_bad);
  }
  if (other != 0) atomic_add(stats + 3, other);
}

/* ---- the values themselves ---- */

/* `rows` = steps x samples. Launch as FOR_ROWS says. */
__kernel void input_load(__global const source_type *source, uint source_step, __global float *x,
                         __global volatile uint *stats, uint stat, uint width, uint pitch,
                         uint samples, uint rows) {
  struct input_counts counts = {(lanes_int)0, (lanes_int)0, (lanes_int)0, 0};
  FOR_ROWS(row, rows) FOR_COLUMNS(j, pitch) {
    /* Not by a remainder, which becomes an instruction that Oclgrind does not know. */
    size_t back = (size_t)samples * pitch - source_step; /* to the first step's rows, or 0 */
    size_t from = (size_t)row * pitch - (row / samples) * back + j;
    lanes_int inside = lanes_inside(j, width);
    lanes v = select((lanes)0.0f, SOURCE_LOAD(source + from), inside);
    LANES_STORE(v, x + (size_t)row * pitch + j);
    input_look(v, v, inside, row * width + j, &counts);
  }
  input_tell(&counts, stats + stat);
}

/* ---- to bits ---- */

/* The BITS_BLOCKS lane blocks that go into the words from `word` on of a row of `width`: which
 * values are not 0; *other: is there one that is neither 0 nor 1? */
bits_packed input_pack(__global const source_type *row, uint word, uint width, lanes_int *other) {
  bits_packed packed = 0;
  for (uint k = 0; k < BITS_BLOCKS; k++) {
    uint j = BITS_BLOCK(word, k) * CLIF_LANES;
    if (j >= width) break;
    lanes_int bits = select((lanes_int)0, SOURCE_BITS(row + j), lanes_inside(j, width));
    packed |= BITS_PACK(SOURCE_NONZERO(bits), k);
    *other |= SOURCE_OTHER(bits);
  }
  return packed;
}

/* Looks the same blocks over for what they are; zeros and ones need no second look. */
void input_look_again(__global const source_type *row, uint word, uint width, uint place,
                      struct input_counts *counts) {
  for (uint k = 0; k < BITS_BLOCKS; k++) {
    uint j = BITS_BLOCK(word, k) * CLIF_LANES;
    if (j >= width) break;
    lanes_int inside = lanes_inside(j, width);
    lanes v = select((lanes)0.0f, SOURCE_LOAD(row + j), inside);
    input_look(v, v, inside, place + j, counts);
  }
}

/* bits: (steps, samples) rows of `words`: which values are not 0. Launch as FOR_ROWS says. */
__kernel void input_bits(__global const source_type *source, uint source_step, uint source_sample,
                         __global uint *bits, uint words, __global volatile uint *stats, uint stat,
                         uint width, uint samples, uint rows) {
  struct input_counts counts = {(lanes_int)0, (lanes_int)0, (lanes_int)0, 0};
  FOR_ROWS(row, rows) FOR_WORDS(word, words) {
    uint step = row / samples, sample = row - step * samples;
    __global const source_type *from = source + (size_t)step * source_step + sample * source_sample;
    lanes_int other = (lanes_int)0;
    bits_packed packed = input_pack(from, word, width, &other);
    bits_put(packed, bits + (size_t)row * words, word, words);
    if (lanes_largest(-other) > 0)
      input_look_again(from, word, width, row * width, &counts);
    else
      counts.nonzero += BITS_COUNT(packed);
  }
  input_tell(&counts, stats + stat);
}

/* ---- spikes ---- */

#ifdef CLIF_CODING

enum { LONGEST_WINDOW = 1 << 24 };

/* What a lane block puts out in the step i of a quad. c is gain * x, `word` its random word. */
lanes input_spikes(lanes c, lanes *previous, lanes_word word, uint quad, uint i, float threshold,
                   float slope) {
#if CLIF_CODING == 1
  return select((lanes)0.0f, (lanes)1.0f, LANES_MASK(lanes_unit(word) < c));
#elif CLIF_CODING == 2
  lanes below_1 = select(c, (lanes)1.0f, LANES_MASK(c > (lanes)1.0f));
  lanes_int at = LANES_TO_INT((1.0f - below_1) * slope + 0.5f);
  lanes_int now = LANES_MASK(at == (lanes_int)((int)(4 * quad + i)));
  if (quad >= LONGEST_WINDOW / 4) now = (lanes_int)0;
  return select((lanes)0.0f, (lanes)1.0f, now & LANES_MASK(c > (lanes)threshold));
#else
  lanes change = c - *previous;
  lanes out = select((lanes)0.0f, (lanes)1.0f, LANES_MASK(change >= (lanes)threshold));
#ifdef CLIF_NEGATIVE
  out = select(out, (lanes)-1.0f, LANES_MASK(change <= (lanes)-threshold));
#endif
  *previous = c;
  return out;
#endif
}

/* Spikes go out as bits, in words cleared before where CLIF_LANES is 1; with CLIF_NEGATIVE x gets
 * float32. */
#ifdef CLIF_NEGATIVE
#define CODE_FLOATS(statement) statement
#define CODE_BITS(statement)
#define CODE_PACK(statement)
#elif CLIF_LANES == 1
#define CODE_FLOATS(statement)
#define CODE_BITS(statement) statement
#define CODE_PACK(statement)
#else
#define CODE_FLOATS(statement)
#define CODE_BITS(statement)
#define CODE_PACK(statement) statement
#endif

enum { CODE_UNIT = 8 }; /* lane blocks packed together */

/* previous: (samples, pitch) float32, delta's state. latency: `slope` steps for each unit below 1.
 * bits: (steps, samples) rows of `words`. Seed, stream, quad, phase, first_sample, blocks and
 * launch as lif_tile's in lif.cl. */
__kernel void input_code(__global const source_type *source, uint source_step, __global float *x,
                         __global uint *bits, uint words, __global float *previous, float gain,
                         float threshold, float slope, uint key0, uint key1, uint stream, uint quad,
                         uint phase, uint first_sample, __global volatile uint *stats, uint stat,
                         uint width, uint pitch, uint samples, uint steps, uint blocks) {
  uint first = RUN_ID * blocks, sample = SAMPLE_ID, all = pitch / CLIF_LANES;
  if (first >= all || sample >= samples) return;
  uint last = min(first + blocks, all);
  struct input_counts counts = {(lanes_int)0, (lanes_int)0, (lanes_int)0, 0};
  for (uint base = 0; base < phase + steps; base += 4) {
    uint from = base == 0 ? phase : 0, to = min(4u, phase + steps - base);
    for (uint unit = first; unit < last; unit += CODE_UNIT) {
      CODE_PACK(lanes_int packed = 0;)
      uint end = min(unit + CODE_UNIT, last);
      for (uint block = unit; block < end; block++) {
        uint j = block * CLIF_LANES, quad_now = quad + base / 4;
        lanes_int inside = lanes_inside(j, width);
        lanes before = (lanes)0.0f;
        struct lanes_words words_now = {
            {(lanes_word)0u, (lanes_word)0u, (lanes_word)0u, (lanes_word)0u}};
#if CLIF_CODING == 1
        words_now = lanes_philox(j, first_sample + sample, quad_now, stream, key0, key1);
#elif CLIF_CODING == 3
        before = LANES_LOAD(previous + (size_t)sample * pitch + j);
#endif
#pragma unroll
        for (uint i = 0; i < 4; i++) {
          if (i < from || i >= to) continue;
          uint t = base + i - phase;
          lanes v = SOURCE_LOAD(source + (size_t)t * source_step + (size_t)sample * pitch + j);
          v = select((lanes)0.0f, v, inside);
          lanes out =
              input_spikes(v * gain, &before, words_now.w[i], quad_now, i, threshold, slope);
          out = select((lanes)0.0f, out, inside);
          CODE_FLOATS(LANES_STORE(out, x + ((size_t)t * samples + sample) * pitch + j);)
          CODE_BITS(if (out != 0.0f) bits_set(bits + (t * samples + sample) * words, j);)
          CODE_PACK(packed |= (out != (lanes)0.0f) & (int)(1u << (8 * i + block - unit));)
          input_look(v, out, inside, (t * samples + sample) * width + j, &counts);
        }
#if CLIF_CODING == 3
        LANES_STORE(before, previous + (size_t)sample * pitch + j);
#endif
      }
      CODE_PACK(bits_put_quad(packed, from, to, bits + sample * words, base - phase,
                              samples * words, unit / 2, end < all ? end / 2 : words);)
    }
  }
  input_tell(&counts, stats + stat);
}

#endif
