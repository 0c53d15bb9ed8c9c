/* sums.cl - the sums of a synapse (events.cl) written out, for layers that are no neurons.
 *
 * y: `rows` rows of `pitch` float32, with bias (one row, with CLIF_BIAS) added last; with
 * CLIF_BY_UNITS (and 16 lanes) unit by unit, each of rows of 16 * SYNAPSE_UNIT. CLIF_ADD: added to
 * what is there, if `adds` is not 0. Row t * batch + b is step t of sample b. The other arguments
 * are the synapse's. Launch as lif_tile's in tile.cl. */

#ifdef CLIF_BY_UNITS
#define SUMS_PLACE(row, rows, block)                                                               \
  (((block) / SYNAPSE_UNIT * (rows) + (row)) * (16 * SYNAPSE_UNIT) + (block) % SYNAPSE_UNIT * 16)
#else
#define SUMS_PLACE(row, rows, block) ((row)*pitch + (block)*CLIF_LANES)
#endif

#ifdef CLIF_ADD
#define SUMS_ADD_ARGUMENT , uint adds
#define SUMS_ADD(statement) statement
#else
#define SUMS_ADD_ARGUMENT
#define SUMS_ADD(statement)
#endif

__kernel void sums_tile(__global const float *restrict x, uint x_bytes, uint x_first, uint x_step,
                        uint x_sample, __global const synapse_index *restrict index,
                        __global const uint *restrict counts, uint index_pitch,
                        __global const float *restrict weight, uint in,
                        __global const float *restrict bias, __global const uint *stats, uint other,
                        __global float *restrict y, uint pitch, uint batch,
                        uint rows SUMS_ADD_ARGUMENT) {
  SYNAPSE_LOCAL
  const struct synapse s = SYNAPSE_INIT;
  uint first = RUN_ID * SYNAPSE_UNIT, sample = SAMPLE_ID, blocks = pitch / CLIF_LANES;
  if (sample >= batch) return;
  bool writes = first < blocks;
  first = writes ? first : 0;
  for (uint t = 0; t * batch + sample < rows; t++) {
    lanes sums[4 * SYNAPSE_UNIT];
    SYNAPSE_SUM(&s, sums, first, sample, t, 0, 1);
    for (uint block = first; block < min(first + SYNAPSE_UNIT, blocks) && writes; block++) {
      lanes sum = SYNAPSE_CURRENT(&s, sums, 0, block - first, t, sample, block * CLIF_LANES);
#ifdef CLIF_BIAS
      sum = sum + LANES_LOAD(bias + block * CLIF_LANES);
#endif
      __global float *to = y + SUMS_PLACE(t * batch + sample, rows, block);
      SUMS_ADD(if (adds) sum = LANES_LOAD(to) + sum;)
      LANES_STORE(sum, to);
    }
  }
}
