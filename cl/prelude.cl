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
 * src/neuron/random.c has a third set, for random.cl on the host.
 *
 * Masks are -1 (true) or 0 (false) in every lane, for both lane types. */

#pragma OPENCL FP_CONTRACT OFF

/* Before every function of random.cl, which is compiled as C for the host, too. */
#define LANES_FUNCTION

#if CLIF_LANES == 16

typedef float16 lanes;
typedef int16 lanes_int;
typedef uint16 lanes_uint;
#define LANES_LOAD(p) vload16(0, (p))
#define LANES_STORE(v, p) vstore16((v), 0, (p))
#define LANES_STREAM(v, p) lanes_stream((v), (p))
#define LANES_INT_STORE(v, p) vstore16((v), 0, (p))
#define LANES_INDEX ((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
#define LANES_MASK(condition) (condition)
#define LANES_BITS(v) as_int16(v)
#define LANES_FROM_BITS(v) as_float16(v)
#define LANES_FROM_INT(v) convert_float16(v)
#define LANES_TO_INT(v) convert_int16(v) /* towards zero */
#define LANES_INT(v) as_int16(v)
#define LANES_UINT(v) as_uint16(v)
/* Bytes of rows padded to 16: of vload16 and vstore16, which know of no alignment, PoCL makes 16
 * loads and stores of a byte. */
#define LANES_UCHARS(p) as_uchar16(*(__global const uint4 *)(p))
#define LANES_FROM_UCHAR(p) convert_float16(LANES_UCHARS(p))
#define LANES_INT_FROM_UCHAR(p) convert_int16(LANES_UCHARS(p))
#define LANES_TO_UCHAR(v, p) (*(__global uint4 *)(p) = as_uint4(convert_uchar16(v)))

/* LANES_STREAM() stores what no kernel reads soon: past the caches, where the compiler knows how. A
 * cache would first have to read what is overwritten, and would give up weights for it. In pieces
 * that need not be aligned to more than 16 bytes, but at once a whole line of the cache: bytes,
 * which are only a part of one, are no quicker so. Drivers hand over from command to command with
 * locked instructions, behind which such stores are done. */
#ifdef __has_builtin
#if __has_builtin(__builtin_nontemporal_store)
#define LANES_PAST(v, p) __builtin_nontemporal_store((v), (p))
#endif
#endif
#ifndef LANES_PAST
#define LANES_PAST(v, p) (*(p) = (v))
#endif

void lanes_stream(float16 v, __global float *p) {
  __global float4 *to = (__global float4 *)p;
  LANES_PAST(v.s0123, to);
  LANES_PAST(v.s4567, to + 1);
  LANES_PAST(v.s89ab, to + 2);
  LANES_PAST(v.scdef, to + 3);
}

/* A word is 32 bits in the low half of 64. What is in the high half is of no account: each use
 * masks it, which costs nothing, as the vector units' multiplication looks at the low halves only.
 * With 32-bit words they would have to be spread for each multiplication and packed after it. */
typedef ulong16 lanes_word;
typedef ulong16 lanes_product;
#define LANES_WORD_INDEX ((ulong16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
#define LANES_PRODUCT(word, factor) (((word)&0xffffffffUL) * (ulong)(factor))
#define LANES_HIGH(product) ((product) >> 32)
#define LANES_LOW(product) (product)
#define LANES_TOP24(word) convert_int16(((word)&0xffffffffUL) >> 8)

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
typedef uint lanes_uint;
#define LANES_LOAD(p) (*(p))
#define LANES_STORE(v, p) (*(p) = (v))
#define LANES_STREAM LANES_STORE
#define LANES_INT_STORE(v, p) (*(p) = (v))
#define LANES_INDEX 0
#define LANES_MASK(condition) (-(condition))
#define LANES_BITS(v) as_int(v)
#define LANES_FROM_BITS(v) as_float(v)
#define LANES_FROM_INT(v) ((float)(v))
#define LANES_TO_INT(v) ((int)(v))
#define LANES_INT(v) ((int)(v))
#define LANES_UINT(v) ((uint)(v))
#define LANES_FROM_UCHAR(p) ((float)*(p))
#define LANES_INT_FROM_UCHAR(p) ((int)*(p))
#define LANES_TO_UCHAR(v, p) (*(p) = (uchar)(v))

typedef uint lanes_word;
typedef ulong lanes_product;
#define LANES_WORD_INDEX 0u
#define LANES_PRODUCT(word, factor) ((ulong)(word) * (ulong)(factor))
#define LANES_HIGH(product) ((uint)((product) >> 32))
#define LANES_LOW(product) ((uint)(product))
#define LANES_TOP24(word) ((int)((word) >> 8))

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

/* Kernels that go over neurons with all steps of a tile inside: which run of lane blocks, and which
 * sample. On GPUs neighbouring work-items have neighbouring neurons; on CPUs neighbouring samples,
 * so that what a run of neurons needs stays in the cache while all samples pass. */
#if CLIF_LANES == 16
#define RUN_ID ((uint)get_global_id(1))
#define SAMPLE_ID ((uint)get_global_id(0))
#else
#define RUN_ID ((uint)get_global_id(0))
#define SAMPLE_ID ((uint)get_global_id(1))
#endif
