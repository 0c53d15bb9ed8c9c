/* network_sweep_report.c - what clif-bench network --sweep tells a reader: a table. */
#include <stdio.h>

#include "network.h"

static void report_head(const network_sweep *sweep) {
  const network_options *o = sweep->options;
  const clif_device_info *device = clif_context_device(sweep->context);
  printf("device   %s (%u compute units), %s\n", device->name, device->compute_units,
         device->platform);
  printf(
      "sweep    width -> width, %zu steps, seed %zu, dense by %s; median ms of up to %zu rounds\n",
      o->steps, o->seed, dense_name(o->dense), o->repeat);
  printf("\n%6s %6s %8s %8s", "width", "batch", "density", "rate");
  for (linear_way way = 0; way < N_WAYS; way++)
    if (o->ways[way]) printf(" %12s", way_names[way]);
  if (network_has_all(o)) printf("  auto / better");
  printf("\n");
}

static void report_point(const network_options *o, const network_point *point) {
  printf("%6zu %6zu %8.4f %8.4f", point->width, point->batch, point->input_rate, point->rate);
  for (linear_way way = 0; way < N_WAYS; way++)
    if (o->ways[way]) printf(" %12.3f", 1e3 * point->seconds[way].median);
  const summary *ratio = &point->ratio_auto_better;
  if (network_has_all(o))
    printf("  %7.3f (%.3f to %.3f)%s", ratio->median, ratio->min, ratio->max,
           ratio->median > NETWORK_MOST_AUTO ? " *" : "");
  printf("\n");
}

static void report_worst(const network_sweep *sweep) {
  const network_point *worst = &sweep->points[sweep->worst];
  printf("\nworst    auto / the better of both is %.3f, at width %zu, batch %zu, density %g\n",
         worst->ratio_auto_better.median, worst->width, worst->batch, worst->density);
  printf("         asked for: at most %.2f; %zu of %zu points are above (*)\n", NETWORK_MOST_AUTO,
         sweep->above, sweep->n_points);
}

static void report_spikes(const network_sweep *sweep) {
  bool all = true;
  for (linear_way way = 0; way < N_WAYS; way++)
    for (size_t i = 0; i < sweep->n_points; i++) all = all && !sweep->points[i].not_compared[way];
  printf("spikes   the same in all runs of a point%s\n",
         all ? "" : ", but for those by CBLAS, which sums in no promised order: not compared");
}

void network_sweep_report(const network_sweep *sweep) {
  report_head(sweep);
  for (size_t i = 0; i < sweep->n_points; i++) report_point(sweep->options, &sweep->points[i]);
  if (network_has_all(sweep->options))
    report_worst(sweep);
  else
    printf("\n");
  report_spikes(sweep);
}
