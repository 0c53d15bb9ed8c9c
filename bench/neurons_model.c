/* neurons_model.c - the neurons that clif-bench neurons compares, and what they need of memory. */
#include "neurons.h"

const char *const neurons_mode_names[N_MODES] = {
    "deterministic", "adaptive", "noisy", "stochastic", "seed", "seed-fixed", "seed-deterministic"};
const char *const neurons_record_names[N_RECORDS] = {"none", "v,th"};
const char *const neurons_way_names[N_WAYS] = {"stepwise", "fused"};

static const double NOISE_STD = 0.1;

clif_lif_params neurons_params(neurons_mode mode) {
  clif_lif_params lif = mode >= MODE_SEED ? clif_seed_defaults() : clif_lif_defaults();
  clif_neuron_options *options = &lif.options;
  if (mode == MODE_NOISY || mode == MODE_STOCHASTIC) options->noise_std = clif_scalar(NOISE_STD);
  if (mode == MODE_ADAPTIVE || mode == MODE_STOCHASTIC) options->adaptive = 1;
  if (mode == MODE_STOCHASTIC) options->stochastic = 1;
  if (mode == MODE_SEED_FIXED) options->adaptive = 0;
  if (mode == MODE_SEED_DETERMINISTIC) {
    options->stochastic = 0;
    options->noise_std = clif_scalar(0);
  }
  return lif;
}

size_t neurons_states(neurons_mode mode) {
  return mode >= MODE_SEED || mode == MODE_ADAPTIVE || mode == MODE_STOCHASTIC ? 2 : 1;
}

size_t neurons_records(neurons_record record) {
  return record == RECORD_V_TH ? 2 : 0;
}

size_t neurons_pitch(size_t neurons) {
  return (neurons + 15) / 16 * 16;
}

/* Words of a row of spikes; not clif_spike_words(), as this is the other side of a comparison. */
static uint64_t words(size_t neurons) {
  return ((uint64_t)neurons + 63) / 64 * 2;
}

static size_t parts(size_t whole, size_t part) {
  return (whole + part - 1) / part;
}

uint64_t neurons_formula(const neurons_shape *s) {
  enum { COEFFICIENTS = 13, STATISTICS = 2 };
  const uint64_t pitch = neurons_pitch(s->neurons);
  const uint64_t rows = (uint64_t)s->tile_steps * s->tile_batch;
  const uint64_t samples = (uint64_t)parts(s->batch, s->tile_batch) * s->tile_batch;
  const uint64_t state = samples * pitch * s->states;
  const uint64_t spikes = rows * words(s->neurons), records = rows * pitch * s->records;
  return 4 * (state + COEFFICIENTS + s->states + spikes + records + STATISTICS);
}

double neurons_traffic(const neurons_shape *s) {
  const double pitch = (double)neurons_pitch(s->neurons), batch = (double)s->batch;
  /* A tile does not go on into the next call. */
  const size_t launches = s->steps / s->call_steps * parts(s->call_steps, s->tile_steps) +
                          parts(s->steps % s->call_steps, s->tile_steps);
  const double state = 8 * (double)launches * pitch * (double)s->states;
  const double step = 4 * pitch * (double)(1 + s->records) + 4 * (double)words(s->neurons);
  return batch * (state + (double)s->steps * step);
}
