/* lif_statistics.c - counts spikes and the intervals between them. */
#include <stdlib.h>

#include "lif.h"

int lif_statistics_create(lif_session *session) {
  lif_statistics *s = &session->statistics;
  s->units = session->neurons * session->samples;
  s->spikes = calloc(s->units, sizeof *s->spikes);
  s->after = calloc(s->units, sizeof *s->after);
  s->sums = calloc(s->units, sizeof *s->sums);
  s->squares = calloc(s->units, sizeof *s->squares);
  s->shortest = UINT64_MAX;
  if (s->spikes && s->after && s->sums && s->squares) return TOOL_OK;
  return complain("no memory to count the spikes of %zu neurons; run fewer", s->units);
}

static void add_spike(lif_statistics *s, size_t unit, uint64_t step) {
  if (s->count < LIF_FIRST_TIMES) s->first_times[s->count] = step;
  s->count++;
  s->spikes[unit]++;
  if (s->after[unit] > 0) {
    const uint64_t interval = step + 1 - s->after[unit];
    const double length = (double)interval;
    s->intervals++;
    s->interval_sum += length;
    s->interval_squares += length * length;
    s->sums[unit] += length;
    s->squares[unit] += length * length;
    if (interval < s->shortest) s->shortest = interval;
    if (interval > s->longest) s->longest = interval;
  }
  s->after[unit] = step + 1;
}

void lif_statistics_add(lif_session *session, size_t first, const clif_array *bits) {
  lif_statistics *s = &session->statistics;
  for (size_t t = 0; t < bits->shape[0]; t++)
    for (size_t b = 0; b < bits->shape[1]; b++) {
      const uint32_t *words =
          (const uint32_t *)(const void *)((const char *)bits->data + t * bits->strides[0] +
                                           b * bits->strides[1]);
      for (size_t w = 0; w < bits->shape[2]; w++) {
        size_t unit = b * session->neurons + 32 * w;
        for (uint32_t word = words[w]; word; word >>= 1, unit++)
          if (word & 1) add_spike(s, unit, first + t);
      }
    }
}

void lif_statistics_free(lif_statistics *statistics) {
  free(statistics->spikes);
  free(statistics->after);
  free(statistics->sums);
  free(statistics->squares);
}
