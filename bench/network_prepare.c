/* network_prepare.c - the networks of clif-bench network, one for each way. */
#include "network.h"

static size_t count_ways(const network_options *options) {
  size_t n = 0;
  for (linear_way way = 0; way < N_WAYS; way++) n += options->ways[way];
  return n;
}

int network_prepare_way(network_bench *bench, linear_way way, bool profile, double *seconds) {
  const network_options *o = bench->options;
  clif_network **network = &bench->networks[way];
  clif_network_destroy(*network);
  *network = NULL;
  if (network_build(bench->context, o, network) != CLIF_OK) return network_complain(bench);
  const uint64_t memory = clif_context_device(bench->context)->memory_bytes;
  const clif_prepare_options wanted = {.size = sizeof wanted,
                                       .batch = o->batch,
                                       .steps = o->steps,
                                       /* The networks share what one would have by default. */
                                       .max_device_bytes = memory / 4 * 3 / count_ways(o),
                                       .linear = way_to_library(way),
                                       .dense = o->dense,
                                       .profile = profile};
  const double started = seconds_now();
  if (clif_network_prepare(*network, &wanted) != CLIF_OK) return network_complain(bench);
  *seconds = seconds_now() - started;
  bench->ways[way].plan = clif_network_plan(*network);
  return TOOL_OK;
}
