/* lif_run.c - runs a group of neurons over all parts of the time. */
#include "interrupt.h"
#include "lif.h"
#include "progress.h"

uint64_t lif_work(const lif_session *session) {
  return (uint64_t)session->steps * session->samples;
}

static int on_progress(void *user, uint64_t done, uint64_t total) {
  lif_session *session = user;
  (void)total;
  session->done = session->done_before + done;
  progress_show((double)session->done, (double)session->done);
  return interrupt_came();
}

static int complain_part(lif_session *session, size_t first, size_t steps, clif_status status) {
  if (status == CLIF_CANCELLED) return complain_interrupted(session->done, lif_work(session));
  if (steps == session->steps) return lif_complain(session);
  /* The library counts from the start of the slices it was given. */
  return complain("counting from step %zu: %s", first, clif_context_error(session->context));
}

static void expand_bits(const clif_array *bits, const clif_array *bytes) {
  for (size_t t = 0; t < bytes->shape[0]; t++)
    for (size_t b = 0; b < bytes->shape[1]; b++) {
      const char *from = (const char *)bits->data + t * bits->strides[0] + b * bits->strides[1];
      const uint32_t *words = (const uint32_t *)(const void *)from;
      uint8_t *to = (uint8_t *)bytes->data + t * bytes->strides[0] + b * bytes->strides[1];
      for (size_t i = 0; i < bytes->shape[2]; i++) to[i] = words[i / 32] >> i % 32 & 1;
    }
}

/* The part of an output that these steps fill; ndim 0 where it is not asked for. */
static clif_array cut(const lif_session *session, lif_output output, size_t first, size_t steps) {
  return clif_array_slice(&session->outputs[output], 0, first, steps);
}

static int run_part(lif_session *session, size_t first, size_t steps) {
  const clif_array bits = session->options->outputs[LIF_SPIKE_BITS]
                              ? cut(session, LIF_SPIKE_BITS, first, steps)
                              : clif_array_slice(&session->bits, 0, 0, steps);
  const clif_group_io io = {.size = sizeof io,
                            .input = lif_input_part(session, first, steps),
                            .spikes = bits,
                            .v = cut(session, LIF_V, first, steps),
                            .v_pre = cut(session, LIF_V_PRE, first, steps),
                            .th = cut(session, LIF_TH, first, steps),
                            .progress = on_progress,
                            .progress_user = session};
  const clif_status status = clif_group_run(session->group, &io);
  if (status != CLIF_OK) return complain_part(session, first, steps, status);
  if (!session->options->quiet) lif_statistics_add(session, first, &bits);
  const clif_array bytes = cut(session, LIF_SPIKES, first, steps);
  if (bytes.ndim) expand_bits(&bits, &bytes);
  session->done_before += (uint64_t)steps * session->samples;
  session->done = session->done_before;
  /* A part that was a single tile may not have asked. */
  return interrupt_came() ? complain_part(session, first, steps, CLIF_CANCELLED) : TOOL_OK;
}

int lif_run(lif_session *session) {
  progress_start((double)lif_work(session), "steps x samples");
  int code = TOOL_OK;
  size_t steps;
  for (size_t first = 0; code == TOOL_OK && first < session->steps; first += steps) {
    steps = session->steps - first < session->chunk ? session->steps - first : session->chunk;
    code = run_part(session, first, steps);
  }
  progress_end();
  return code;
}
