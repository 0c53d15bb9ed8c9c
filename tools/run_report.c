/* run_report.c - what clif run tells: a line begins with what it is about. */
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "run.h"
#include "size.h"

static bool run_is_random(const run_options *options) {
  const neuron_options *neurons = &options->neurons;
  return neurons->stochastic || options->coding.coding == CLIF_CODING_RATE ||
         (neurons->given[NEURON_NOISE] && neurons->number[NEURON_NOISE] > 0);
}

void run_report_start(const run_session *session) {
  const clif_array *file = &session->file_shape;
  char shape[SHAPE_TEXT_SIZE];
  FILE *out = session->report;
  device_report(out, session->context);
  fprintf(out, "input    %s %s %s\n", session->options->input,
          format_shape("", file->ndim, file->shape, shape), clif_dtype_name(file->dtype));
  if (file->dtype != session->loaded.dtype)
    fprintf(out, "input    converted from %s to %s\n", clif_dtype_name(file->dtype),
            clif_dtype_name(session->loaded.dtype));
  run_coding_report(session);
  run_neurons_report(session);
  if (run_is_random(session->options))
    fprintf(out, "seed     %llu\n", (unsigned long long)session->options->seed);
}

void run_report_plan(const run_session *session) {
  const size_t size = clif_network_explain(session->network, NULL, 0) + 1;
  char *text = malloc(size);
  if (!text) return;
  clif_network_explain(session->network, text, size);
  fputs(text, session->report);
  fflush(session->report);
  free(text);
}

/* Widths of the columns of text. */
typedef struct columns {
  int name, kind, shape;
} columns;

static void widen(int *width, const char *text) {
  const int length = (int)strlen(text);
  if (length > *width) *width = length;
}

static columns measure_layers(const run_session *session, size_t count) {
  columns widths = {0, 0, 0};
  for (size_t i = 0; i < count; i++) {
    clif_layer_info layer;
    char shape[SHAPE_TEXT_SIZE];
    if (clif_network_layer(session->network, i, &layer) != CLIF_OK) continue;
    widen(&widths.name, layer.name);
    widen(&widths.kind, layer.kind);
    widen(&widths.shape, format_shape("", layer.shape.ndim, layer.shape.dim, shape));
  }
  return widths;
}

/* A rate has a meaning only where there are spikes; of an input it is the share of what is not 0.
 */
static void report_layer(const run_session *session, size_t index, const columns *widths) {
  clif_layer_info layer;
  char shape[SHAPE_TEXT_SIZE];
  if (clif_network_layer(session->network, index, &layer) != CLIF_OK) return;
  const layer_total *total = &session->totals[index];
  const bool has_rate = (layer.spiking || strcmp(layer.kind, "input") == 0) && total->updates > 0;
  fprintf(session->report, "layer    %-*s  %-*s  %-*s", widths->name, layer.name, widths->kind,
          layer.kind, has_rate ? widths->shape : 0,
          format_shape("", layer.shape.ndim, layer.shape.dim, shape));
  if (has_rate)
    fprintf(session->report, "  spikes %10llu  rate %.6f", (unsigned long long)total->spikes,
            (double)total->spikes / (double)total->updates);
  if (total->differs)
    fputs("  not reproducible across devices; with --linear events it is", session->report);
  fputc('\n', session->report);
}

void run_report_end(const run_session *session) {
  const size_t count = clif_network_layer_count(session->network);
  const columns widths = measure_layers(session, count);
  FILE *out = session->report;
  fprintf(out, "network  %s, %zu layers, %zu steps, %zu samples\n", session->options->model, count,
          session->steps, session->samples);
  for (size_t i = 0; i < count; i++) report_layer(session, i, &widths);
  if (session->options->labels)
    fprintf(out, "accuracy %.3f (%zu/%zu)\n", (double)session->correct / (double)session->samples,
            session->correct, session->samples);
  fprintf(out, "time     prepared in %.3f s, run in %.3f s\n", session->prepare_seconds,
          session->run_seconds);
  device_report_memory(out, session->context);
}
