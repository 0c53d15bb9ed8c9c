/* interrupt.h - Ctrl-C asks for a clean stop. */
#ifndef CLIF_TOOL_INTERRUPT_H
#define CLIF_TOOL_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

/* From now on the first SIGINT only sets a flag; a second one ends the program as it always would.
 * Does nothing where whoever started the program had SIGINT ignored. */
void interrupt_watch(void);

bool interrupt_came(void);

/* Tells how far the work had come, in steps x samples. Answers TOOL_INTERRUPTED. */
int complain_interrupted(uint64_t done, uint64_t total);

#endif
