/* prelude.cl - put before every kernel file.
 *
 * Arithmetic: no contraction, no fast-math, and no function whose bits differ between devices, so
 * that every device and the host twin (src/neuron/twin.c) get the same bits.
 *
 * Lanes: a work-item handles one lane block of CLIF_LANES neighbouring neurons. 16 suits CPUs: the
 * block is one explicit vector and a work-group is one work-item. 1 suits GPUs: one neuron per
 * work-item, neighbours side by side. The kernels are the same text for both, and so are the
 * results. Rows are padded to 16 elements, so blocks are always whole; padding is kept 0.
 *
 * Masks are -1 (true) or 0 (false) in every lane, for both lane types. */

#pragma OPENCL FP_CONTRACT OFF

#if CLIF_LANES == 16

typedef float16 lanes;
typedef int16 lanes_int;
#define LANES_LOAD(p) vload16(0, (p))
#define LANES_STORE(v, p) vstore16((v), 0, (p))
#define LANES_INDEX ((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
#define LANES_MASK(condition) (condition)
#define LANES_BITS(v) as_int16(v)
#define LANES_FROM_UCHAR(p) convert_float16(vload16(0, (p)))
#define LANES_TO_UCHAR(v, p) vstore16(convert_uchar16(v), 0, (p))

int lanes_sum(int16 v) {
  int8 a = v.lo + v.hi;
  int4 b = a.lo + a.hi;
  int2 c = b.lo + b.hi;
  return c.lo + c.hi;
}

int lanes_largest(int16 v) {
  int8 a = max(v.lo, v.hi);
  int4 b = max(a.lo, a.hi);
  int2 c = max(b.lo, b.hi);
  return max(c.lo, c.hi);
}

#elif CLIF_LANES == 1

typedef float lanes;
typedef int lanes_int;
#define LANES_LOAD(p) (*(p))
#define LANES_STORE(v, p) (*(p) = (v))
#define LANES_INDEX 0
#define LANES_MASK(condition) (-(condition))
#define LANES_BITS(v) as_int(v)
#define LANES_FROM_UCHAR(p) ((float)*(p))
#define LANES_TO_UCHAR(v, p) (*(p) = (uchar)(v))

int lanes_sum(int v) {
  return v;
}
int lanes_largest(int v) {
  return v;
}

#else
#error "CLIF_LANES must be 1 or 16"
#endif

/* Which lanes of the block that starts at column `first` are inside a row of n elements. */
lanes_int lanes_inside(uint first, uint n) {
  return LANES_MASK((lanes_int)((int)first) + LANES_INDEX < (lanes_int)((int)n));
}

/* Loops of the kernels that go over rows. Launch: dimension 0 over lane blocks, dimension 1 over
 * rows, any sizes (work-items stride over the rest), so that a CPU walks whole rows in memory order
 * and a GPU reads neighbouring columns with neighbouring work-items. */
#define FOR_ROWS(row, rows)                                                                        \
  for (uint row = (uint)get_global_id(1); row < (rows); row += (uint)get_global_size(1))
#define FOR_COLUMNS(column, pitch)                                                                 \
  for (uint column = (uint)get_global_id(0) * CLIF_LANES; column < (pitch);                        \
       column += (uint)get_global_size(0) * CLIF_LANES)
