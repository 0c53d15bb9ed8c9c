/* network_profile.c - what each command of each way costs, as the library tells it. */
#include <stdlib.h>

#include "network.h"

static int keep_text(network_bench *bench, linear_way way) {
  const size_t length = clif_network_explain(bench->networks[way], NULL, 0);
  bench->profiles[way] = malloc(length + 1);
  if (!bench->profiles[way]) return complain("no memory; ask for fewer layers");
  clif_network_explain(bench->networks[way], bench->profiles[way], length + 1);
  return TOOL_OK;
}

/* The run before the one that counts shows auto what comes in, and warms up; it is in the figures,
 * which are means over both. */
static int profile_way(network_bench *bench, linear_way way) {
  const clif_plan_info plan = bench->ways[way].plan;
  double not_used;
  int code = network_prepare_way(bench, way, true, &not_used);
  bench->ways[way].plan = plan;
  for (int i = 0; i < 2 && code == TOOL_OK; i++)
    code = network_run_compared(bench, way, CUT_WHOLE, &not_used);
  if (code == TOOL_OK) code = keep_text(bench, way);
  if (code == TOOL_OK) progress_log("profiled %s", way_names[way]);
  clif_network_destroy(bench->networks[way]);
  bench->networks[way] = NULL;
  return code;
}

int network_profile(network_bench *bench) {
  int code = TOOL_OK;
  for (linear_way way = 0; way < N_WAYS && code == TOOL_OK; way++)
    if (bench->options->ways[way]) code = profile_way(bench, way);
  return code;
}
