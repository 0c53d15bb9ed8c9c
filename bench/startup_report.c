/* startup_report.c - what clif-bench startup tells a reader. */
#include <stdio.h>

#include "startup.h"

void startup_report(const startup_bench *bench) {
  const clif_device_info *device = &bench->device;
  printf("device   %s (%u compute units), %s\n", device->name, device->compute_units,
         device->platform);
  printf("run      %s run %s %s\n", bench->program, bench->options->model, bench->options->input);
  for (startup_kind kind = 0; kind < STARTUP_KINDS; kind++) {
    const summary *s = &bench->kinds[kind];
    printf("time     %-23s %8.4f s (%.4f to %.4f)", startup_kind_names[kind], s->median, s->min,
           s->max);
    if (kind == STARTUP_WARM) printf("  asked for: %.2f s", STARTUP_MOST_WARM);
    printf("\n");
  }
  const summary *ratio = &bench->ratio_warm_devices;
  printf("ratio    run again / devices     %8.3f   (%.3f to %.3f)\n", ratio->median, ratio->min,
         ratio->max);
  printf("         medians of %zu rounds (smallest to largest), each with caches of its own\n",
         bench->options->repeat);
}
