/* run_parts.c - runs the network over all groups of samples and all chunks of time. */
#include <stdlib.h>

#include "interrupt.h"
#include "progress.h"
#include "run.h"

uint64_t run_work(const run_session *session) {
  return (uint64_t)session->steps * session->samples;
}

static int on_progress(void *user, uint64_t done, uint64_t total) {
  run_session *session = user;
  (void)total;
  session->done = session->done_before + done;
  progress_show((double)session->done, (double)session->done);
  return interrupt_came();
}

/* The steps and samples of one call of clif_network_run(). */
typedef struct run_part {
  size_t first_step, steps;
  size_t first_sample, samples;
} run_part;

static clif_array cut(const clif_array *whole, const run_part *part) {
  const clif_array steps = clif_array_slice(whole, 0, part->first_step, part->steps);
  return clif_array_slice(&steps, 1, part->first_sample, part->samples);
}

static int complain_part(run_session *session, const run_part *part, clif_status status) {
  const char *sentence = clif_context_error(session->context);
  if (status == CLIF_CANCELLED) return complain_interrupted(session->done, run_work(session));
  if (part->steps == session->steps && part->samples == session->samples)
    return complain("%s", sentence);
  /* The library counts from the start of the slices it was given. */
  return complain("counting from step %zu and sample %zu: %s", part->first_step, part->first_sample,
                  sentence);
}

static int run_one(run_session *session, const run_part *part) {
  const clif_binding input = {session->input_layer, CLIF_OUTPUT, cut(&session->input, part)};
  for (size_t i = 0; i < session->n_recordings; i++) {
    const recording *record = &session->recordings[i];
    session->bindings[i] =
        (clif_binding){record->layer, record->quantity, cut(&record->array, part)};
  }
  const clif_run run = {.size = sizeof run,
                        .inputs = &input,
                        .n_inputs = 1,
                        .outputs = session->bindings,
                        .n_outputs = session->n_recordings,
                        .progress = on_progress,
                        .progress_user = session};
  const clif_status status = clif_network_run(session->network, &run);
  if (status != CLIF_OK) return complain_part(session, part, status);
  session->done_before += (uint64_t)part->steps * part->samples;
  session->done = session->done_before;
  /* A part that was a single tile may not have asked. */
  return interrupt_came() ? complain_part(session, part, CLIF_CANCELLED) : TOOL_OK;
}

static int add_totals(run_session *session) {
  const size_t count = clif_network_layer_count(session->network);
  for (size_t i = 0; i < count; i++) {
    clif_layer_info layer;
    if (clif_network_layer(session->network, i, &layer) != CLIF_OK) return run_complain(session);
    session->totals[i].spikes += layer.spikes;
    session->totals[i].updates += layer.updates;
    if (!layer.reproducible) session->totals[i].differs = true;
  }
  return TOOL_OK;
}

/* All steps of one group of samples, from a reset network. */
static int run_group(run_session *session, size_t first, size_t count) {
  /* Random numbers belong to a sample wherever it is run. */
  if (first > 0 && clif_network_reset_at(session->network, 0, first) != CLIF_OK)
    return run_complain(session);
  size_t steps;
  for (size_t step = 0; step < session->steps; step += steps) {
    steps = session->steps - step < session->chunk ? session->steps - step : session->chunk;
    const int code = run_one(session, &(run_part){step, steps, first, count});
    if (code != TOOL_OK) return code;
  }
  return add_totals(session);
}

int run_parts(run_session *session) {
  session->totals = calloc(clif_network_layer_count(session->network), sizeof *session->totals);
  if (!session->totals) return complain("no memory; close other programs and try again");
  progress_start((double)run_work(session), "steps x samples");
  int code = TOOL_OK;
  size_t count;
  for (size_t first = 0; code == TOOL_OK && first < session->samples; first += count) {
    count = session->samples - first < session->group ? session->samples - first : session->group;
    code = run_group(session, first, count);
  }
  progress_end();
  return code;
}
