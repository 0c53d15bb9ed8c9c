/* adding.cl - adds rows of weights as events.cl of the library does, and nothing else: its limit.
 *
 * A work-item sums the columns of one unit, LANES * UNIT of them, over all rows in ascending order,
 * again and again without beginning anew. Floats are added in the order that is written, so no
 * compiler may leave out a row, or a time.
 *
 * Options:
 *   LANES  1 or 16: floats that a work-item handles at once
 *   UNIT   so many of them side by side, each with a sum in registers; with 1 lane 1
 *
 * weight: unit u begins at u * apart; its row k is LANES * UNIT floats at k * stride
 * sums:   (samples, units, LANES * UNIT); each sample gets the same, as each reads the same
 * Launch: two dimensions; with 16 lanes samples and units, else units, which may be rounded up, and
 * samples: neighbours share what the cache holds, or read side by side. */

#if LANES == 16
typedef float16 lanes;
#define LOAD(p) vload16(0, (p))
#define STORE(v, p) vstore16((v), 0, (p))
#define UNIT_ID get_global_id(1)
#define SAMPLE_ID get_global_id(0)
#else
typedef float lanes;
#define LOAD(p) (*(p))
#define STORE(v, p) (*(p) = (v))
#define UNIT_ID get_global_id(0)
#define SAMPLE_ID get_global_id(1)
#endif

__kernel void adding(__global const float *restrict weight, __global float *restrict sums,
                     ulong units, ulong apart, ulong stride, uint rows, uint times) {
  size_t unit = UNIT_ID;
  if (unit >= units) return;
  lanes sum[UNIT];
#pragma unroll
  for (uint i = 0; i < UNIT; i++) sum[i] = (lanes)0.0f;
  for (uint time = 0; time < times; time++) {
    __global const float *w = weight + unit * apart;
    for (uint k = 0; k < rows; k++, w += stride) {
#pragma unroll
      for (uint i = 0; i < UNIT; i++) sum[i] = sum[i] + LOAD(w + LANES * i);
    }
  }
  sums += (SAMPLE_ID * units + unit) * (LANES * UNIT);
#pragma unroll
  for (uint i = 0; i < UNIT; i++) STORE(sum[i], sums + LANES * i);
}
