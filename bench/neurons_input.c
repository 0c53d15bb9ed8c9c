/* neurons_input.c - input currents of clif-bench neurons, in device memory.
 *
 * As many different steps as memory allows, up to those of a run. A run that is longer takes them
 * again from the first on, whatever way it is computed in, so that all ways get the same input. */
#include <stdio.h>

#include "neurons.h"
#include "random.h"
#include "size.h"

/* Half of the memory, in one buffer. */
static uint64_t input_room(const neurons_bench *bench) {
  const uint64_t buffer = clif_context_device(bench->context)->max_allocation_bytes;
  return bench->memory / 2 < buffer ? bench->memory / 2 : buffer;
}

/* One step at a time goes over, so that the host needs the memory of one step. */
static clif_status fill(neurons_bench *bench, clif_array *host, random_stream *random) {
  const neurons_options *o = bench->options;
  const size_t count = clif_array_count(host);
  for (size_t t = 0; t < bench->input.shape[0]; t++) {
    float *current = host->data;
    for (size_t i = 0; i < count; i++)
      current[i] = (float)(o->low + (o->high - o->low) * random_unit(random));
    const clif_array step = clif_array_slice(&bench->input, 0, t, 1);
    const clif_status status = clif_array_copy(bench->context, host, &step);
    if (status != CLIF_OK) return status;
  }
  return CLIF_OK;
}

static clif_status make(neurons_bench *bench, size_t steps, size_t neurons) {
  const size_t batch = bench->options->batch;
  const uint64_t before = clif_context_memory(bench->context).device_bytes;
  clif_array host = {0};
  clif_status status = clif_array_create_device(bench->context, CLIF_F32, 3,
                                                (size_t[]){steps, batch, neurons}, &bench->input);
  bench->input_bytes = clif_context_memory(bench->context).device_bytes - before;
  if (status == CLIF_OK)
    status = clif_array_create(bench->context, CLIF_F32, 3, (size_t[]){1, batch, neurons}, &host);
  random_stream random = random_start(bench->options->seed, 0);
  if (status == CLIF_OK) status = fill(bench, &host, &random);
  if (host.data) clif_array_free(bench->context, &host);
  return status;
}

int neurons_input(neurons_bench *bench, size_t neurons, char *skipped) {
  const size_t batch = bench->options->batch;
  const uint64_t room = input_room(bench);
  char needed[BYTES_TEXT_SIZE], there[BYTES_TEXT_SIZE];
  /* Sizes so large that their bytes cannot be counted are far beyond any memory. */
  const bool countable = neurons <= UINT64_MAX / 64 / batch;
  const uint64_t step_bytes = countable ? (uint64_t)4 * batch * neurons_pitch(neurons) : UINT64_MAX;
  if (step_bytes > room) {
    snprintf(skipped, REASON_SIZE,
             "one step of input takes %s, and there is room for %s (half of the memory, in one "
             "buffer)",
             format_bytes(step_bytes, needed), format_bytes(room, there));
    return TOOL_OK;
  }
  const uint64_t fit = room / step_bytes, all = bench->options->steps;
  const clif_status status = make(bench, (size_t)(fit < all ? fit : all), neurons);
  if (status == CLIF_OK) return TOOL_OK;
  if (bench->input.ndim) clif_array_free(bench->context, &bench->input);
  if (status != CLIF_OUT_OF_DEVICE_MEMORY && status != CLIF_OUT_OF_MEMORY)
    return complain("%s", clif_context_error(bench->context));
  snprintf(skipped, REASON_SIZE, "%s", clif_context_error(bench->context));
  return TOOL_OK;
}
