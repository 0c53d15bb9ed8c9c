/* startup_data.c - what clif-bench startup tells a program: JSON and CSV. Keys are documented in
 * bench/README.md; new ones may come, those that are there stay. */
#include <stdio.h>

#include "data.h"
#include "startup.h"

void startup_json(const startup_bench *bench) {
  static const char *const keys[STARTUP_KINDS] = {"seconds_cold", "seconds_warm",
                                                  "seconds_devices"};
  json_begin("startup", &bench->device);
  json_text("  \"settings\": {\"program\": ", bench->program);
  json_text(", \"model\": ", bench->options->model);
  json_text(", \"input\": ", bench->options->input);
  printf(", \"repeat\": %zu},\n", bench->options->repeat);
  for (startup_kind kind = 0; kind < STARTUP_KINDS; kind++) {
    printf("  ");
    json_summary(keys[kind], &bench->kinds[kind]);
    printf(",\n");
  }
  printf("  ");
  json_summary("ratio_warm_devices", &bench->ratio_warm_devices);
  printf("\n}\n");
}

void startup_csv(const startup_bench *bench) {
  puts("device,repeat,seconds_cold_min,seconds_cold_median,seconds_cold_max,"
       "seconds_warm_min,seconds_warm_median,seconds_warm_max,"
       "seconds_devices_min,seconds_devices_median,seconds_devices_max,"
       "ratio_warm_devices_min,ratio_warm_devices_median,ratio_warm_devices_max");
  csv_text(bench->device.name);
  printf(",%zu", bench->options->repeat);
  for (startup_kind kind = 0; kind < STARTUP_KINDS; kind++) csv_summary(&bench->kinds[kind]);
  csv_summary(&bench->ratio_warm_devices);
  putchar('\n');
}
