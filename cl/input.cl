/* input.cl - takes uploaded data in: to float32, looked over while it passes.
 *
 * source: rows of `pitch` elements (uchar or float), `width` of them valid, the rest anything.
 * x:      rows of `pitch` float32; padding is written 0.
 * stats:  four words from stats[stat] on, added to: [0] values that are not 0, [1] values that are
 *         NaN or infinite, [2] the complement of the smallest row * width + column of such a value
 *         (0: none), [3] values other than 0 and 1.
 * Launch as FOR_ROWS says; atomics once per work-item. */

#if CLIF_INPUT_BYTES
typedef uchar source_type;
#define SOURCE_LOAD(p) LANES_FROM_UCHAR(p)
#else
typedef float source_type;
#define SOURCE_LOAD(p) LANES_LOAD(p)
#endif

__kernel void input_load(__global const source_type *source, __global float *x,
                         __global volatile uint *stats, uint stat, uint width, uint pitch,
                         uint rows) {
  lanes_int nonzero = 0, bad = 0, other = 0;
  uint first_bad = 0;
  FOR_ROWS(row, rows) FOR_COLUMNS(j, pitch) {
    size_t at = (size_t)row * pitch + j;
    lanes_int inside = lanes_inside(j, width);
    lanes v = select((lanes)0.0f, SOURCE_LOAD(source + at), inside);
    LANES_STORE(v, x + at);
    lanes_int is_zero = LANES_MASK(v == (lanes)0.0f);
    lanes_int is_bad = LANES_MASK((LANES_BITS(v) & 0x7f800000) == 0x7f800000);
    nonzero -= ~is_zero;
    other -= ~(is_zero | LANES_MASK(v == (lanes)1.0f));
    bad -= is_bad;
    /* Complements, so that the smallest position is the largest number and 0 means none. */
    lanes_int place = (lanes_int)((int)~(row * width + j)) - LANES_INDEX;
    int here = lanes_largest(place & is_bad & 0x7fffffff);
    if (here != 0) first_bad = max(first_bad, (uint)here | 0x80000000u);
  }
  uint n_nonzero = (uint)lanes_sum(nonzero), n_other = (uint)lanes_sum(other);
  if (n_nonzero != 0) atomic_add(stats + stat, n_nonzero);
  if (first_bad != 0) {
    atomic_add(stats + stat + 1, (uint)lanes_sum(bad));
    atomic_max(stats + stat + 2, first_bad);
  }
  if (n_other != 0) atomic_add(stats + stat + 3, n_other);
}
