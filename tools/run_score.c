/* run_score.c - how many samples the network got right. */
#include <stdlib.h>

#include "run.h"

static int64_t label_of(const clif_array *labels, size_t sample) {
  if (labels->dtype == CLIF_U8) return ((const uint8_t *)labels->data)[sample];
  return ((const int64_t *)labels->data)[sample];
}

static size_t output_elements(const clif_array *output) {
  return clif_array_count(output) / (output->shape[0] * output->shape[1]);
}

int run_score_check(const run_session *session) {
  if (!session->options->labels) return TOOL_OK;
  const size_t classes = output_elements(&session->recordings[session->out_record].array);
  for (size_t i = 0; i < session->samples; i++) {
    const int64_t label = label_of(&session->labels, i);
    if (label < 0 || (uint64_t)label >= classes)
      return complain(
          "label %lld of sample %zu is outside 0..%zu, the network's outputs; check '%s'",
          (long long)label, i, classes - 1, session->options->labels);
  }
  return TOOL_OK;
}

/* The output with the largest sum over time; the lowest index where several have it. Counts of
 * spikes are exact in a double. */
static size_t strongest_output(const clif_array *output, size_t sample) {
  const size_t elements = output_elements(output);
  const char *data = output->data;
  size_t best = 0;
  double most = 0;
  for (size_t k = 0; k < elements; k++) {
    double sum = 0;
    for (size_t t = 0; t < output->shape[0]; t++) {
      const char *row = data + t * output->strides[0] + sample * output->strides[1];
      sum += output->dtype == CLIF_U8 ? ((const uint8_t *)row)[k]
                                      : (double)((const float *)(const void *)row)[k];
    }
    if (k > 0 && !(sum > most)) continue;
    best = k;
    most = sum;
  }
  return best;
}

void run_score(run_session *session) {
  if (!session->options->labels) return;
  const clif_array *output = &session->recordings[session->out_record].array;
  for (size_t i = 0; i < session->samples; i++)
    session->correct += strongest_output(output, i) == (size_t)label_of(&session->labels, i);
}
