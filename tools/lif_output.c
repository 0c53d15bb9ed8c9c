/* lif_output.c - what clif lif keeps: arrays for files and parts, and the files. */
#include "lif.h"

static int create(lif_session *session, clif_dtype dtype, size_t steps, size_t width,
                  clif_array *out) {
  const size_t shape[] = {steps, session->samples, width};
  if (clif_array_create(session->context, dtype, 3, shape, out) == CLIF_OK) return TOOL_OK;
  return lif_complain(session);
}

int lif_output_create(lif_session *session) {
  static const clif_dtype dtypes[LIF_OUTPUTS] = {[LIF_SPIKES] = CLIF_U8,
                                                 [LIF_SPIKE_BITS] = CLIF_U32,
                                                 [LIF_V] = CLIF_F32,
                                                 [LIF_V_PRE] = CLIF_F32,
                                                 [LIF_TH] = CLIF_F32};
  const lif_options *options = session->options;
  const size_t words = clif_spike_words(session->neurons);
  int code = TOOL_OK;
  for (int i = 0; code == TOOL_OK && i < LIF_OUTPUTS; i++)
    if (options->outputs[i])
      code = create(session, dtypes[i], session->steps,
                    i == LIF_SPIKE_BITS ? words : session->neurons, &session->outputs[i]);
  if (code == TOOL_OK && session->needs_spikes && !options->outputs[LIF_SPIKE_BITS])
    code = create(session, CLIF_U32, session->chunk, words, &session->bits);
  if (code == TOOL_OK && !session->ready.ndim) {
    const bool constant = options->input.source == LIF_CONST && options->input.noise == 0;
    code =
        create(session, CLIF_F32, constant ? 1 : session->chunk, session->neurons, &session->drawn);
  }
  return code;
}

int lif_output_write(const lif_session *session) {
  for (int i = 0; i < LIF_OUTPUTS; i++) {
    const char *path = session->options->outputs[i];
    if (path && clif_npy_write(session->context, path, &session->outputs[i]) != CLIF_OK)
      return lif_complain(session);
  }
  return TOOL_OK;
}
