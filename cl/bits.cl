/* bits.cl - spikes as bits: neuron i of a row is bit i % 32 of word i / 32.
 *
 * Rows have `words` words, padded to whole pairs (64 neurons); padding bits are 0. */

#if CLIF_LANES == 16

/* Swaps the squares of d x d bits off the diagonal of each 2d x 2d square: `other` has lanes l and
 * l ^ d exchanged, `low` the bits k with (k & d) == 0. */
#define BITS_SELECT(lo, hi, d) select(hi, lo, ((LANES_INDEX & (d)) == 0))
#define BITS_TURN(x, other, d, low)                                                                \
  BITS_SELECT(((x) & (low)) | (((other) << (d)) & ~(low)),                                         \
              ((x) & ~(low)) | (((other) >> (d)) & (low)), d)

/* Turns a 32 x 16 matrix of bits over: bit k of lane l goes to bit 16 * (k % 2) + l of word k / 2.
 */
uint16 bits_turn_over(int16 x) {
  x = BITS_TURN(x, x.s89abcdef01234567, 8, 0x00ff00ff);
  x = BITS_TURN(x, x.s45670123cdef89ab, 4, 0x0f0f0f0f);
  x = BITS_TURN(x, x.s23016745ab89efcd, 2, 0x33333333);
  x = BITS_TURN(x, x.s1032547698badcfe, 1, 0x55555555);
  /* Lane k: bit row k in the low half, bit row 16 + k in the high half. */
  int8 low = (x.even & 0xffff) | (x.odd << 16);
  int8 high = ((x.even >> 16) & 0xffff) | (x.odd & ~0xffff);
  return as_uint16((int16)(low, high));
}

/* Stores a quad of steps of a unit of up to 8 lane blocks, of which bit 8 i + k of `packed` is step
 * i, block k: four words for each of the steps from .. to - 1. The quad begins at step t0 (below 0
 * where it began before the first step). row: the sample's row of step 0; pitch: words from step to
 * step; only words first .. last - 1, at most four. */
void bits_put_quad(int16 packed, uint from, uint to, __global uint *row, uint t0, uint pitch,
                   uint first, uint last) {
  uint word[16];
  vstore16(bits_turn_over(packed), 0, word);
  for (uint i = from; i < to; i++)
    for (uint k = 0; first + k < last; k++) row[(t0 + i) * pitch + first + k] = word[4 * i + k];
}

#else

/* Sets bit j of a row whose words were cleared before. */
void bits_set(__global uint *row, uint j) {
  atomic_or((volatile __global uint *)row + j / 32, 1u << (j % 32));
}

#endif

/* ---- whole rows ----
 *
 * FOR_WORDS(word, words): a work-item takes CLIF_LANES words at a time, from `word` on. Launch as
 * FOR_ROWS says, over rows of `words` elements, rounded up to whole lane blocks. */
#define FOR_WORDS(word, words) FOR_COLUMNS(word, words)

#if CLIF_LANES == 16
enum { BITS_BLOCKS = 32 }; /* lane blocks in 16 words */
typedef int16 bits_packed;
#define BITS_BLOCK(word, k) (2 * (word) + (k))
#define BITS_PACK(mask, k) ((mask) & (int)(1u << (k)))
#define BITS_COUNT(packed) popcount(packed)
#else
enum { BITS_BLOCKS = 32 }; /* neurons in 1 word */
typedef uint bits_packed;
#define BITS_BLOCK(word, k) ((word)*32 + (k))
#define BITS_PACK(mask, k) ((uint)(mask) & (1u << (k)))
#define BITS_COUNT(packed) ((int)popcount(packed))
#endif

/* Puts the masks of BITS_BLOCKS lane blocks, packed with BITS_PACK(), into their words of a row. */
void bits_put(bits_packed packed, __global uint *row, uint word, uint words) {
#if CLIF_LANES == 16
  uint16 turned = bits_turn_over(packed);
  if (word + 16 <= words) {
    vstore16(turned, 0, row + word);
    return;
  }
  uint out[16];
  vstore16(turned, 0, out);
  for (uint i = 0; word + i < words; i++) row[word + i] = out[i];
#else
  row[word] = packed;
#endif
}

/* The lane block that begins at neuron j, as 0 and 1. */
lanes_int bits_ints(__global const uint *row, uint j) {
  return ((lanes_int)((int)(row[j / 32] >> (j % 32))) >> LANES_INDEX) & 1;
}

/* The same as a mask, and as 0.0f and 1.0f. */
lanes_int bits_mask(__global const uint *row, uint j) {
  return -bits_ints(row, j);
}
lanes bits_lanes(__global const uint *row, uint j) {
  return LANES_FROM_INT(bits_ints(row, j));
}
