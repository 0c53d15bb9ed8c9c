/* lif_report.c - what clif lif tells: a line begins with what it is about. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "lif.h"
#include "size.h"

static void report_group(const lif_session *session) {
  static const char *const resets[] = {[CLIF_RESET_VALUE] = "to",
                                       [CLIF_RESET_SUBTRACT] = "by subtraction",
                                       [CLIF_RESET_NONE] = "none"};
  const clif_lif_params *p = &session->params;
  const bool seed = p->form == CLIF_FORM_SEED;
  clif_neuron_options options = p->options;
  FILE *out = session->report;
  fprintf(out, "group    %zu neurons, %zu samples, %zu steps, preset %s, tau %g, dt %g",
          session->neurons, session->samples, session->steps, seed ? "seed" : "default",
          p->tau.value, p->dt);
  if (p->r.value != 1) fprintf(out, ", r %g", p->r.value);
  if (p->v_leak.value != 0) fprintf(out, ", leak to %g", p->v_leak.value);
  fprintf(out, ", threshold %g%s, reset %s", p->threshold.value,
          p->compare == CLIF_FIRE_ABOVE_THRESHOLD ? " (strict)" : "", resets[p->reset]);
  if (p->reset == CLIF_RESET_VALUE) fprintf(out, " %g", p->v_reset.value);
  if (p->integration == CLIF_EXACT) fputs(", exact", out);
  if (seed) { /* where it rests is not a parameter of the original */
    options.rest_at_threshold = 0;
    options.th_rest = clif_scalar(1);
  }
  neuron_options_print(out, &options);
  if (seed && !options.adaptive) /* held in this range although it does not move */
    fprintf(out, ", threshold held from %g to %g", options.th_min.value, options.th_max.value);
  fputc('\n', out);
}

static void report_input(const lif_session *session) {
  const lif_input *input = &session->options->input;
  const clif_array *file = &session->file_shape;
  char shape[SHAPE_TEXT_SIZE];
  FILE *out = session->report;
  fprintf(out, "input    %s", input->text);
  if (file->ndim)
    fprintf(out, " %s %s", format_shape("", file->ndim, file->shape, shape),
            clif_dtype_name(file->dtype));
  if (input->relu) fputs(", relu", out);
  if (input->noise > 0) fprintf(out, ", noise %g", input->noise);
  fputc('\n', out);
  if (file->ndim && file->dtype != session->loaded.dtype)
    fprintf(out, "input    converted from %s to %s\n", clif_dtype_name(file->dtype),
            clif_dtype_name(session->loaded.dtype));
}

static bool draws_numbers(const lif_session *session) {
  const lif_input *input = &session->options->input;
  return input->source == LIF_UNIFORM || input->source == LIF_NORMAL || input->noise > 0 ||
         session->params.options.stochastic || session->params.options.noise_std.value > 0;
}

void lif_report_start(const lif_session *session) {
  device_report(session->report, session->context);
  report_group(session);
  report_input(session);
  if (draws_numbers(session))
    fprintf(session->report, "seed     %llu\n", (unsigned long long)session->options->seed);
}

static int compare_counts(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

/* Of the mean of all rates, from how much neurons differ. */
static double standard_error(const lif_statistics *s, double mean, double steps) {
  double squares = 0;
  for (size_t i = 0; i < s->units; i++) {
    const double difference = (double)s->spikes[i] / steps - mean;
    squares += difference * difference;
  }
  const double n = (double)s->units;
  return sqrt(squares / (n - 1) / n);
}

static void report_rates(const lif_session *session, const uint64_t *sorted) {
  const lif_statistics *s = &session->statistics;
  const double steps = (double)session->steps;
  const double mean = (double)s->count / steps / (double)s->units;
  FILE *out = session->report;
  fprintf(out, "spikes   %llu, rate %.6f per neuron and step", (unsigned long long)s->count, mean);
  if (s->units > 1) fprintf(out, ", standard error %.6f", standard_error(s, mean, steps));
  fputc('\n', out);
  const size_t below = (s->units - 1) / 2, above = s->units / 2; /* the same where they are odd */
  const double median = ((double)sorted[below] + (double)sorted[above]) / 2 / steps;
  size_t silent = 0;
  while (silent < s->units && sorted[silent] == 0) silent++;
  fprintf(out, "neurons  rates from %.6f to %.6f, median %.6f; %zu of %zu silent\n",
          (double)sorted[0] / steps, (double)sorted[s->units - 1] / steps, median, silent,
          s->units);
}

static void report_times(const lif_session *session) {
  const lif_statistics *s = &session->statistics;
  if (s->units > 1 || s->count == 0) return;
  fputs("times   ", session->report);
  for (uint64_t i = 0; i < s->count && i < LIF_FIRST_TIMES; i++)
    fprintf(session->report, " %llu", (unsigned long long)s->first_times[i]);
  fputs(s->count > LIF_FIRST_TIMES ? " ...\n" : "\n", session->report);
}

/* Divided by their number, as all are known. */
static double standard_deviation(double n, double sum, double squares) {
  const double variance = (squares - sum * sum / n) / n;
  return variance > 0 ? sqrt(variance) : 0;
}

/* Mean over neurons of each one's own: pooled intervals would tell how much neurons differ, and
 * not how regularly they fire. False where none has two intervals. */
static bool mean_variation(const lif_statistics *s, double *mean) {
  size_t found = 0;
  double sum = 0;
  for (size_t i = 0; i < s->units; i++) {
    if (s->spikes[i] < 3) continue;
    const double n = (double)(s->spikes[i] - 1);
    sum += standard_deviation(n, s->sums[i], s->squares[i]) / (s->sums[i] / n);
    found++;
  }
  *mean = found ? sum / (double)found : 0;
  return found > 0;
}

static void report_intervals(const lif_session *session) {
  const lif_statistics *s = &session->statistics;
  if (s->intervals == 0) {
    fputs("interval none, no neuron fired twice\n", session->report);
    return;
  }
  const double n = (double)s->intervals;
  double variation;
  fprintf(session->report, "interval %llu, mean %.3f steps", (unsigned long long)s->intervals,
          s->interval_sum / n);
  if (mean_variation(s, &variation))
    fprintf(session->report, ", standard deviation %.3f, coefficient of variation %.3f",
            standard_deviation(n, s->interval_sum, s->interval_squares), variation);
  fprintf(session->report, ", from %llu to %llu\n", (unsigned long long)s->shortest,
          (unsigned long long)s->longest);
}

int lif_report_end(const lif_session *session) {
  const lif_statistics *s = &session->statistics;
  uint64_t *sorted = calloc(s->units, sizeof *sorted);
  if (!sorted) return complain("no memory for the report; run fewer neurons, or with --quiet");
  memcpy(sorted, s->spikes, s->units * sizeof *sorted);
  qsort(sorted, s->units, sizeof *sorted, compare_counts);
  report_rates(session, sorted);
  free(sorted);
  report_times(session);
  report_intervals(session);
  fprintf(session->report, "time     prepared in %.3f s, run in %.3f s\n", session->prepare_seconds,
          session->run_seconds);
  device_report_memory(session->report, session->context);
  return TOOL_OK;
}
