/* groups.h - neurons step by step on the host, for the tests of options and groups.
 *
 * The random numbers are drawn one by one as src/neuron/random.h promises them, so that whatever
 * the library does about quads of steps, tiles and parts of a batch must come to the same. */
#ifndef CLIF_TEST_GROUPS_H
#define CLIF_TEST_GROUPS_H

#include "clif/group.h"
#include "nets.h"
#include "neuron/neuron.h"
#include "neuron/random.h"

/* What every neuron did, (steps, batch, n) each, and the state after it, (batch, n). */
typedef struct trace {
  size_t n, batch, steps;
  float *s, *v, *v_pre, *th;
  float *end[CLIF__STATES];
} trace;

/* What comes in: x (steps, batch, n), and either random numbers or where they come from. */
typedef struct source {
  const float *x;
  const float *eps, *u; /* NULL: drawn */
  uint64_t seed;
  uint32_t id;
  uint64_t first_step, first_sample;
} source;

static inline trace new_trace(size_t n, size_t batch, size_t steps) {
  size_t count = n * batch * steps;
  trace t = {.n = n,
             .batch = batch,
             .steps = steps,
             .s = make_floats(count),
             .v = make_floats(count),
             .v_pre = make_floats(count),
             .th = make_floats(count)};
  for (int i = 0; i < CLIF__STATES; i++) t.end[i] = make_floats(n * batch);
  return t;
}

static inline void free_trace(trace *t) {
  free(t->s), free(t->v), free(t->v_pre), free(t->th);
  for (int i = 0; i < CLIF__STATES; i++) free(t->end[i]);
}

static inline size_t trace_count(const trace *t) {
  return t->n * t->batch * t->steps;
}

static inline double trace_rate(const trace *t) {
  double spikes = 0.0;
  for (size_t i = 0; i < trace_count(t); i++) spikes += (double)t->s[i];
  return spikes / (double)trace_count(t);
}

/* One row of random numbers: given, drawn, or none. */
static inline const float *random_row(const source *in, const float *given, clif__purpose purpose,
                                      size_t n, size_t batch, size_t t, size_t b, float *row) {
  if (given) return given + (t * batch + b) * n;
  for (size_t i = 0; i < n; i++) {
    uint32_t neuron = (uint32_t)i, sample = (uint32_t)(in->first_sample + b);
    uint64_t step = in->first_step + t;
    row[i] = purpose == CLIF__NOISE
                 ? clif__random_normal(in->seed, in->id, purpose, neuron, sample, step)
                 : clif__random_uniform(in->seed, in->id, purpose, neuron, sample, step);
  }
  return row;
}

/* The host twin over all steps, from its start or (from not NULL) from that state. */
static inline trace twin_trace_from(clif_context *ctx, const clif__neuron *neuron, size_t n,
                                    size_t batch, size_t steps, const source *in,
                                    const trace *from) {
  clif__coefficients k;
  trace out = new_trace(n, batch, steps);
  float *rows = make_floats(2 * n);
  assert_ok(ctx, clif__coefficients_make(ctx, neuron, n, n, &k));
  for (int s = 0; s < CLIF__STATES; s++)
    for (size_t i = 0; i < n * batch; i++)
      out.end[s][i] = from ? from->end[s][i] : clif__neuron_start(neuron, &k, s, i % n);
  for (size_t t = 0; t < steps; t++)
    for (size_t b = 0; b < batch; b++) {
      size_t at = (t * batch + b) * n, row = b * n;
      clif__twin io = {.x = in->x + at,
                       .v = out.end[CLIF__STATE_V] + row,
                       .s = out.s + at,
                       .v_pre = out.v_pre + at,
                       .th_after = out.th + at};
      if (clif__neuron_has_state(neuron, CLIF__STATE_TH)) io.th = out.end[CLIF__STATE_TH] + row;
      if (clif__neuron_has_state(neuron, CLIF__STATE_WAIT))
        io.wait = out.end[CLIF__STATE_WAIT] + row;
      if (clif__neuron_noisy(neuron))
        io.eps = random_row(in, in->eps, CLIF__NOISE, n, batch, t, b, rows);
      if (neuron->stochastic) io.u = random_row(in, in->u, CLIF__FIRE, n, batch, t, b, rows + n);
      clif__twin_step(neuron, &k, n, &io);
      memcpy(out.v + at, io.v, n * sizeof *io.v);
    }
  clif__coefficients_release(ctx, &k);
  free(rows);
  return out;
}

static inline trace twin_trace(clif_context *ctx, const clif__neuron *neuron, size_t n,
                               size_t batch, size_t steps, const source *in) {
  return twin_trace_from(ctx, neuron, n, batch, steps, in, NULL);
}

/* Rows of bits as floats; fails where a padding bit is 1. */
static inline void unpack_bits(const uint32_t *bits, size_t rows, size_t n, float *s) {
  size_t words = clif_spike_words(n);
  for (size_t row = 0; row < rows; row++)
    for (size_t i = 0; i < 32 * words; i++) {
      uint32_t bit = bits[row * words + i / 32] >> (i % 32) & 1;
      if (i < n)
        s[row * n + i] = (float)bit;
      else if (bit)
        fail_msg("row %zu has bit %zu set, beyond its %zu neurons", row, i, n);
    }
}

/* A context with so many lanes, without a cache; NULL where CLIF_TEST_LANES asks for others. */
static inline clif_context *open_with_lanes(unsigned lanes) {
  if (test_lanes() != 0 && test_lanes() != lanes) return NULL;
  return open_context(&(clif_context_options){sizeof(clif_context_options), .lanes = lanes});
}

#endif
