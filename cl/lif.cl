/* lif.cl - the neuron step, defined once, and the kernels that move membranes with it.
 *
 * Options (clif__neuron_defines() in src/neuron/coefficients.c):
 *   CLIF_READOUT       a leaky integrator: no threshold, no reset, puts out v
 *   CLIF_RESET         0 to v_reset, 1 subtract the threshold, 2 none
 *   CLIF_STRICT        fires where v > threshold; without it where v >= threshold
 *   CLIF_PER_NEURON    coefficients are rows, one number per neuron; without it they are arguments
 *   CLIF_RECORD_V, CLIF_RECORD_V_PRE   v after and before the reset are written out
 * src/neuron/twin.c is the same step on the host: change both together. */

struct lif_coefficients {
  lanes a, b, c;
#ifndef CLIF_READOUT
  lanes threshold, v_reset;
#endif
};

/* One step of one lane block. `current` comes in, *v is moved, *v_pre is the membrane before the
 * reset. Returns the spike mask (0 in all lanes for a readout). */
lanes_int lif_step(const struct lif_coefficients *p, lanes current, lanes *v, lanes *v_pre) {
  lanes u = (p->a * *v + p->b * current) + p->c;
  *v_pre = u;
#ifdef CLIF_READOUT
  *v = u;
  return (lanes_int)0;
#else
#ifdef CLIF_STRICT
  lanes_int fired = LANES_MASK(u > p->threshold);
#else
  lanes_int fired = LANES_MASK(u >= p->threshold);
#endif
#if CLIF_RESET == 0
  *v = select(u, p->v_reset, fired);
#elif CLIF_RESET == 1
  *v = select(u, u - p->threshold, fired);
#else
  *v = u;
#endif
  return fired;
#endif
}

/* Steps `steps` steps of (batch, n) neurons with v in registers.
 *
 * x, out:  (steps, batch, pitch) float32: current in; spikes 0.0f / 1.0f out, or v of a readout.
 * v:       (batch, pitch) float32, the state, read at the start and written at the end.
 * coefficients: five rows of `pitch`: a, b, c, threshold, v_reset.
 * record_v, record_v_pre: as x.
 * stats[stat] is increased by the number of spikes.
 * Launch: dimension 0 lane blocks of a row, dimension 1 samples; both may be rounded up. */
__kernel void lif_tile(__global const float *x, __global float *out, __global float *v,
#ifdef CLIF_PER_NEURON
                       __global const float *coefficients,
#else
                       float a, float b, float c,
#ifndef CLIF_READOUT
                       float threshold, float v_reset,
#endif
#endif
#ifdef CLIF_RECORD_V
                       __global float *record_v,
#endif
#ifdef CLIF_RECORD_V_PRE
                       __global float *record_v_pre,
#endif
                       __global volatile uint *stats, uint stat, uint n, uint pitch, uint batch,
                       uint steps) {
  uint j = (uint)get_global_id(0) * CLIF_LANES, sample = (uint)get_global_id(1);
  if (j >= pitch || sample >= batch) return;
  struct lif_coefficients p;
#ifdef CLIF_PER_NEURON
  p.a = LANES_LOAD(coefficients + j);
  p.b = LANES_LOAD(coefficients + pitch + j);
  p.c = LANES_LOAD(coefficients + 2 * (size_t)pitch + j);
#ifndef CLIF_READOUT
  p.threshold = LANES_LOAD(coefficients + 3 * (size_t)pitch + j);
  p.v_reset = LANES_LOAD(coefficients + 4 * (size_t)pitch + j);
#endif
#else
  p.a = a;
  p.b = b;
  p.c = c;
#ifndef CLIF_READOUT
  p.threshold = threshold;
  p.v_reset = v_reset;
#endif
#endif
  lanes_int inside = lanes_inside(j, n), spikes = 0;
  __global float *state = v + (size_t)sample * pitch + j;
  lanes membrane = LANES_LOAD(state);
  for (uint t = 0; t < steps; t++) {
    size_t at = ((size_t)t * batch + sample) * pitch + j;
    lanes v_pre;
    lanes_int fired = lif_step(&p, LANES_LOAD(x + at), &membrane, &v_pre) & inside;
    spikes -= fired;
#ifdef CLIF_READOUT
    LANES_STORE(select((lanes)0.0f, membrane, inside), out + at);
#else
    LANES_STORE(select((lanes)0.0f, (lanes)1.0f, fired), out + at);
#endif
#ifdef CLIF_RECORD_V
    LANES_STORE(membrane, record_v + at);
#endif
#ifdef CLIF_RECORD_V_PRE
    LANES_STORE(v_pre, record_v_pre + at);
#endif
  }
  LANES_STORE(membrane, state);
  int n_spikes = lanes_sum(spikes);
  if (n_spikes != 0) atomic_add(stats + stat, (uint)n_spikes);
}
