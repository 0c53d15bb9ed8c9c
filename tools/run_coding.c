/* run_coding.c - clif run: input as spikes. */
#include "run.h"

enum { STILL_STEPS = 25 };

size_t run_still_steps(const run_coding *coding) {
  return coding->steps ? coding->steps : STILL_STEPS;
}

int run_coding_check(const run_coding *coding) {
  const clif_coding way = coding->coding;
  const char *alone = coding->gain >= 0        ? "--gain"
                      : coding->steps          ? "--steps"
                      : coding->threshold >= 0 ? "--coding-threshold"
                      : coding->negative       ? "--negative"
                                               : NULL;
  if (way == CLIF_CODING_NONE && alone)
    return complain_usage("run", "%s has no effect without --coding", alone);
  if (coding->threshold >= 0 && way == CLIF_CODING_RATE)
    return complain_usage("run",
                          "--coding-threshold has no effect with --coding rate, only with latency "
                          "and delta");
  if (coding->negative && way != CLIF_CODING_DELTA)
    return complain_usage("run", "--negative has an effect only with --coding delta");
  return TOOL_OK;
}

static clif_coding_params make_params(const run_session *session) {
  const run_coding *coding = &session->options->coding;
  clif_coding_params params = clif_coding_defaults(coding->coding);
  if (coding->gain >= 0) params.gain = coding->gain;
  if (coding->threshold >= 0) params.threshold = coding->threshold;
  params.window = session->steps;
  params.negative = coding->negative;
  return params;
}

int run_coding_set(run_session *session) {
  if (session->options->coding.coding == CLIF_CODING_NONE) return TOOL_OK;
  const clif_coding_params params = make_params(session);
  if (clif_network_set_coding(session->network, session->input_layer, &params) == CLIF_OK)
    return TOOL_OK;
  return run_complain(session);
}

void run_coding_report(const run_session *session) {
  static const char *const names[] = {[CLIF_CODING_RATE] = "rate",
                                      [CLIF_CODING_LATENCY] = "latency",
                                      [CLIF_CODING_DELTA] = "delta"};
  const clif_coding way = session->options->coding.coding;
  if (way == CLIF_CODING_NONE) return;
  const clif_coding_params params = make_params(session);
  FILE *out = session->report;
  fprintf(out, "coding   %s, gain %g", names[way], params.gain);
  if (way != CLIF_CODING_RATE) fprintf(out, ", threshold %g", params.threshold);
  if (params.negative) fputs(", negative spikes too", out);
  if (session->still)
    fprintf(out, ", still images shown for %zu steps%s", session->steps,
            session->options->coding.steps ? "" : ", the default of --steps");
  fputc('\n', out);
}
