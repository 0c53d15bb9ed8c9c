/* draw.h - random numbers of inputs, drawn on the host.
 *
 * A number belongs to a seed, a purpose, a step, and an index; it does not depend on which numbers
 * were drawn before, so that work may be cut in any way. docs/cli.md has the definition, which is
 * not to change: the same seed is to give the same input in every version, on every machine. */
#ifndef CLIF_TOOL_DRAW_H
#define CLIF_TOOL_DRAW_H

#include <stdint.h>

enum { DRAW_INPUT = 0, DRAW_INPUT_NOISE = 1 }; /* purposes */

/* Numbers of other keys have nothing in common. */
uint64_t draw_key(uint64_t seed, uint64_t purpose, uint64_t step);

/* From 0 up to, not including, 1. */
double draw_unit(uint64_t key, uint64_t index);

/* Of mean 0 and standard deviation 1; right to 7 digits. */
double draw_normal(uint64_t key, uint64_t index);

#endif
