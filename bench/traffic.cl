/* traffic.cl - moves the bytes that neurons move, and computes next to nothing: their limit.
 *
 * Options:
 *   LANES    1 or 16: floats that a work-item handles at once
 *   RUN      so many of them, one behind the other, belong to a work-item. With 1 the states stay
 *            in registers over all steps, else in whatever cache holds them
 *   STATES   1 or 2 arrays that are read and written where they are
 *   RECORDS  0, 1 or 2 arrays that are written in every step
 *   STEPS    the number of steps, where it is known; without it the argument counts
 *
 * input:    float, step t begins at (first_step + t) * pitch
 * bits:     one bit per element, step t begins at bit t * record_pitch
 * state*:   float, one row
 * record*:  float, step t begins at t * record_pitch
 * The elements [first, end) of the input's rows and of the states are handled; in bits and records
 * they begin at 0. Arrays beyond STATES and RECORDS are not touched. All numbers of elements are
 * multiples of 16. Launch: one dimension, a work-item for every LANES * RUN elements; may be
 * rounded up. */

#if LANES == 16
typedef float16 lanes;
#define LOAD(p) vload16(0, (p))
#define STORE(v, p) vstore16((v), 0, (p))
#define ANY_LANE(v) ((v).s0)
#else
typedef float lanes;
#define LOAD(p) (*(p))
#define STORE(v, p) (*(p) = (v))
#define ANY_LANE(v) (v)
#endif

#ifndef STEPS
#define STEPS steps
#endif

/* What is written of elements from `at` on in every step. Of the bits, two bytes for 16 elements:
 * what is in them does not matter. */
void put_out(lanes a, lanes b, size_t at, __global ushort *bits, __global float *record0,
             __global float *record1) {
  if (LANES == 16 || at % 16 == 0) bits[at / 16] = (ushort)as_uint(ANY_LANE(a));
  if (RECORDS > 0) STORE(a, record0 + at);
  if (RECORDS > 1) STORE(b, record1 + at);
}

__kernel void traffic(__global const float *restrict input, __global ushort *restrict bits,
                      __global float *restrict state0, __global float *restrict state1,
                      __global float *restrict record0, __global float *restrict record1,
                      ulong pitch, ulong record_pitch, ulong first, ulong end, ulong first_step,
                      uint steps) {
  size_t begin = first + get_global_id(0) * (LANES * RUN);
  if (begin >= end) return;
  input += first_step * pitch;
#if RUN == 1
  lanes a = LOAD(state0 + begin), b = STATES > 1 ? LOAD(state1 + begin) : (lanes)1.0f;
  for (uint t = 0; t < STEPS; t++) {
    a += LOAD(input + t * pitch + begin);
    if (STATES > 1) b += a;
    put_out(a, b, t * record_pitch + begin - first, bits, record0, record1);
  }
  STORE(a, state0 + begin);
  if (STATES > 1) STORE(b, state1 + begin);
#else
  size_t stop = min((size_t)end, begin + LANES * RUN);
  for (uint t = 0; t < STEPS; t++)
    for (size_t i = begin; i < stop; i += LANES) {
      lanes a = LOAD(state0 + i) + LOAD(input + t * pitch + i), b = (lanes)1.0f;
      STORE(a, state0 + i);
      if (STATES > 1) {
        b = LOAD(state1 + i) + a;
        STORE(b, state1 + i);
      }
      put_out(a, b, t * record_pitch + i - first, bits, record0, record1);
    }
#endif
}
