/* device.h - the device a command works on. */
#ifndef CLIF_TOOL_DEVICE_H
#define CLIF_TOOL_DEVICE_H

#include <stdio.h>

#include "message.h"

/* `name` as given to --device, or NULL. Answers an exit code, after a sentence unless TOOL_OK. */
int device_open(const char *name, bool quiet, clif_context **context);

/* The report's lines about the device, and about the memory used on it. */
void device_report(FILE *out, const clif_context *context);
void device_report_memory(FILE *out, const clif_context *context);

#endif
