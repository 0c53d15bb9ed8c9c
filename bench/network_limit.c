/* network_limit.c - what the way of events is compared with: how fast weights are added. */
#include <stdlib.h>

#include "network.h"

static size_t largest_layer(const network_options *o) {
  size_t largest = 1;
  double most = 0;
  for (size_t i = 1; i < o->n_widths; i++) {
    const double weights = (double)o->widths[i - 1] * (double)o->widths[i];
    if (weights > most) {
      most = weights;
      largest = i;
    }
  }
  return largest;
}

int network_limit_make(network_bench *bench, double events_seconds) {
  const network_options *o = bench->options;
  const size_t layer = largest_layer(o);
  char message[LIMIT_MESSAGE_SIZE];
  const adding_shape shape = {.in = o->widths[layer - 1],
                              .out = o->widths[layer],
                              .samples = bench->ways[WAY_EVENTS].plan.tile_batch,
                              .seconds = events_seconds};
  bench->limit_rates = calloc(o->repeat, sizeof *bench->limit_rates);
  if (!bench->limit_rates) return complain("no memory; ask for fewer repeats");
  if (adding_create(bench->context, &shape, &bench->limit, message)) return TOOL_OK;
  return complain("%s", message);
}

int network_limit_measure(network_bench *bench, size_t round) {
  char message[LIMIT_MESSAGE_SIZE];
  if (adding_measure(bench->limit, &bench->limit_rates[round], message)) return TOOL_OK;
  return complain("%s", message);
}

void network_limit_sum_up(network_bench *bench, const double *events_seconds, double *ratios) {
  const double events = network_count_work(bench).events;
  for (size_t i = 0; i < bench->rounds; i++)
    ratios[i] = events / events_seconds[i] / bench->limit_rates[i];
  bench->ratio_events_limit = summarise(ratios, bench->rounds);
  bench->limit_rate = summarise(bench->limit_rates, bench->rounds);
}
