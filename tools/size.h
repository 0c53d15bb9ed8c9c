/* size.h - numbers, sizes and shapes as text, both ways. */
#ifndef CLIF_TOOL_SIZE_H
#define CLIF_TOOL_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A whole number from 1 on: digits only. False for anything else, and *out is left as it was. */
bool parse_count(const char *text, size_t *out);

/* The same with K, M, G or T behind it (either case; powers of 1024). */
bool parse_bytes(const char *text, uint64_t *out);

/* A whole number from 0 to 2^64 - 1. */
bool parse_seed(const char *text, uint64_t *out);

/* A finite number. */
bool parse_number(const char *text, double *out);

/* A finite number above 0. */
bool parse_positive(const char *text, double *out);

enum { BYTES_TEXT_SIZE = 32, SHAPE_TEXT_SIZE = 192 };

/* "21.4 GiB"; `text` has BYTES_TEXT_SIZE bytes. Returns text. */
const char *format_bytes(uint64_t bytes, char *text);

/* "(25, 360, 64)", of one dimension "(360,)" as Python writes it. `lead` is put before the first
 * dimension ("T, B, ", or ""); `text` has SHAPE_TEXT_SIZE bytes. Returns text. */
const char *format_shape(const char *lead, unsigned ndim, const size_t *shape, char *text);

#endif
