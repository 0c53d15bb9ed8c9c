/* data.h - numbers and texts for programs: parts of JSON and CSV. */
#ifndef CLIF_BENCH_DATA_H
#define CLIF_BENCH_DATA_H

#include <clif/clif.h>

#include "summary.h"

/* `lead` and the number, or null where it is not finite: JSON has no infinities, and a clock too
 * coarse for a run makes such. */
void put_number(const char *lead, double value);

/* `lead` and a quoted text. */
void json_text(const char *lead, const char *text);

/* "key": {"min": , "median": , "max": } */
void json_summary(const char *key, const summary *s);

/* The opening brace, and the keys "benchmark", "clif" and "device", up to a comma. */
void json_begin(const char *benchmark, const clif_device_info *device);

void csv_text(const char *text);

/* Three fields, a comma before each. */
void csv_summary(const summary *s);

#endif
