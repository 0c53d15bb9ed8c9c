/* events.cl - a synapse for lif.cl and sums.cl: a linear layer, event by event.
 *
 * For each input that is not 0 a row of the weights is added to the sums of the neurons: ascending
 * input index, from 0, value times weight and then added, the bias last (docs/model.md). What is 0
 * costs nothing, and what is skipped would have added 0: the bits are those of the whole sum.
 *
 * With 16 lanes a work-item sums for a unit of CLIF_UNIT lane blocks at once, in registers; its
 * part of the weights stays in the cache while samples and steps pass.
 *   index: lists of the inputs that are not 0, (steps, batch) rows of index_pitch ushort, with
 *     CLIF_WIDE uint; counts: (steps, batch), how many there are (spikes_list of spikes.cl makes both).
 *   weight: [unit][in][16 * CLIF_UNIT].
 * With 1 lane a work-item has one neuron; neighbours read neighbouring weights.
 *   index: (steps, batch) rows of index_pitch words of bits, which a work-group passes through its
 *     local memory; so all of a work-group have one sample. counts is not used.
 *   weight: [in][pitch].
 *
 * Options: CLIF_UNIT (1 to 8; with 1 lane 1); CLIF_WIDE; CLIF_VALUES: inputs have values, x[x_first +
 *   t * x_step + b * x_sample + k], float32, or uchar where x_bytes is 1; CLIF_VALUE_MAY: only where
 *   stats[other] is not 0 are there values other than 1. */

#if CLIF_LANES == 16
enum { SYNAPSE_UNIT = CLIF_UNIT };
#ifdef CLIF_WIDE
typedef uint synapse_index;
#else
typedef ushort synapse_index;
#endif
#else
enum { SYNAPSE_UNIT = 1 };
typedef uint synapse_index;
#endif

struct synapse {
  __global const float *x;
  uint x_bytes, first, step, sample;
  __global const synapse_index *index;
  __global const uint *counts;
  uint index_pitch;
  __global const float *weight;
  uint in, pitch, batch;
  bool values;
  __local uint *staged; /* with 1 lane */
};

/* The value at a place of x. */
float synapse_value(const struct synapse *s, uint at) {
  return s->x_bytes ? (float)((__global const uchar *)s->x)[at] : s->x[at];
}

#ifdef CLIF_VALUE_MAY
#define SYNAPSE_VALUES (stats[other] != 0)
#else
#define SYNAPSE_VALUES true
#endif

#if CLIF_LANES == 16

#define SYNAPSE_LOCAL
#define SYNAPSE_INIT                                                                               \
  {x, x_bytes, x_first, x_step, x_sample, index, counts, index_pitch, weight, in, pitch, batch,             \
   SYNAPSE_VALUES, 0}

/* One row of inputs: adds the rows of `weight` that the list names. */
void synapse_add(__global const synapse_index *list, uint n, __global const float *weight,
                 lanes sums[CLIF_UNIT]) {
  for (uint e = 0; e < n; e++) {
    __global const float *w = weight + (size_t)list[e] * (16 * CLIF_UNIT);
#pragma unroll
    for (uint k = 0; k < CLIF_UNIT; k++) sums[k] = sums[k] + LANES_LOAD(w + 16 * k);
  }
}

void synapse_add_values(const struct synapse *s, __global const synapse_index *list, uint n,
                        __global const float *weight, uint x, lanes sums[CLIF_UNIT]) {
  for (uint e = 0; e < n; e++) {
    __global const float *w = weight + (size_t)list[e] * (16 * CLIF_UNIT);
    lanes value = (lanes)synapse_value(s, x + list[e]);
#pragma unroll
    for (uint k = 0; k < CLIF_UNIT; k++) sums[k] = sums[k] + value * LANES_LOAD(w + 16 * k);
  }
}

/* sums[i * CLIF_UNIT + k]: step t0 + i, for i from .. to - 1, lane block `block` + k. */
void synapse_sum(const struct synapse *s, lanes sums[4 * CLIF_UNIT], uint block, uint sample,
                 uint t0, uint from, uint to) {
  __global const float *weight = s->weight + (size_t)block * 16 * s->in;
  for (uint i = from; i < to; i++) {
    uint t = t0 + i, row = t * s->batch + sample;
    __global const synapse_index *list = s->index + (size_t)row * s->index_pitch;
    lanes sum[CLIF_UNIT];
#pragma unroll
    for (uint k = 0; k < CLIF_UNIT; k++) sum[k] = (lanes)0.0f;
#ifdef CLIF_VALUES
    if (s->values)
      synapse_add_values(s, list, s->counts[row], weight,
                         s->first + t * s->step + sample * s->sample, sum);
    else
#endif
      synapse_add(list, s->counts[row], weight, sum);
#pragma unroll
    for (uint k = 0; k < CLIF_UNIT; k++) sums[i * CLIF_UNIT + k] = sum[k];
  }
}

#else

enum { SYNAPSE_STAGED = 64 }; /* words of a step; no work-group is larger */

#define SYNAPSE_LOCAL __local uint staged[4 * SYNAPSE_STAGED];
#define SYNAPSE_INIT                                                                               \
  {x, x_bytes, x_first, x_step, x_sample, index, counts, index_pitch, weight, in, pitch, batch,             \
   SYNAPSE_VALUES, staged}

/* The sum over the inputs 32 * word to 32 * word + 31, of which `bits` are not 0. */
float synapse_add(const struct synapse *s, uint bits, uint word, uint j,
                  uint x, float sum) {
  while (bits != 0) {
    uint k = 32 * word + 31 - (uint)clz(bits & (~bits + 1));
    bits &= bits - 1;
    float w = s->weight[(size_t)k * s->pitch + j];
#ifdef CLIF_VALUES
    if (s->values) w = synapse_value(s, x + k) * w;
#endif
    sum = sum + w;
  }
  return sum;
}

/* Brings `chunk` words of the bits of the steps from .. to - 1 of a quad into local memory. */
void synapse_stage(const struct synapse *s, uint first, uint sample, uint t0, uint from, uint to) {
  uint here = (uint)get_local_id(0);
  if (first + here >= s->index_pitch) return;
  for (uint i = from; i < to; i++) {
    uint row = (t0 + i) * s->batch + sample;
    s->staged[SYNAPSE_STAGED * i + here] = s->index[(size_t)row * s->index_pitch + first + here];
  }
}

/* sums[i]: step t0 + i, for i from .. to - 1, neuron `block`. All of a work-group come here. The loop
 * over i has no barrier inside: compilers do not unroll those, and sums would be memory then. */
void synapse_sum(const struct synapse *s, float sums[4], uint block, uint sample, uint t0,
                 uint from, uint to) {
  uint chunk = (uint)get_local_size(0);
#pragma unroll
  for (uint i = 0; i < 4; i++) sums[i] = 0.0f;
  for (uint first = 0; first < s->index_pitch; first += chunk) {
    barrier(CLK_LOCAL_MEM_FENCE);
    synapse_stage(s, first, sample, t0, from, to);
    barrier(CLK_LOCAL_MEM_FENCE);
    uint n = min(chunk, s->index_pitch - first);
#pragma unroll
    for (uint i = 0; i < 4; i++) {
      if (i < from || i >= to) continue;
      uint x = s->first + (t0 + i) * s->step + sample * s->sample;
      for (uint word = 0; word < n; word++)
        sums[i] = synapse_add(s, s->staged[SYNAPSE_STAGED * i + word], first + word, block, x,
                              sums[i]);
    }
  }
}

#endif

#define SYNAPSE_SUM(s, sums, block, sample, t0, from, to)                                          \
  synapse_sum(s, sums, block, sample, t0, from, to)
#if CLIF_LANES == 16
#define SYNAPSE_CURRENT(s, sums, i, k, t, b, j) ((sums)[(i)*SYNAPSE_UNIT + (k)])
#else
#define SYNAPSE_CURRENT(s, sums, i, k, t, b, j) ((sums)[i]) /* k is 0 */
#endif
