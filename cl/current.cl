/* current.cl - a synapse for lif.cl: the current lies in memory, summed up by somebody else.
 *
 * x: float32, the current of step t, sample b, neuron j at x[x_first + t * x_step + b * x_sample +
 * j]; rows can be read up to a multiple of 16. The other arguments of synapses are not used. */

typedef uint synapse_index;
enum { SYNAPSE_UNIT = 8 };

struct synapse {
  __global const float *x;
  uint first, step, sample;
};

#define SYNAPSE_LOCAL
#define SYNAPSE_INIT {x, x_first, x_step, x_sample}

/* Sums nothing: they are in memory already. */
#define SYNAPSE_SUM(s, sums, block, sample, t0, from, to) ((void)(sums))

/* The current of a lane block at step t: the i-th step of a quad, the k-th block of a unit. */
#define SYNAPSE_CURRENT(s, sums, i, k, t, b, j)                                                    \
  LANES_LOAD((s)->x + (s)->first + (t) * (s)->step + (b) * (s)->sample + (j))
