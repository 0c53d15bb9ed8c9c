/* size.c - numbers, sizes and shapes as text, both ways. */
#include "size.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads the digits at the start of `text`, at least one; false where the value is above `limit`.
 * strtoull() is no help: it takes signs and leading blanks. */
static bool read_digits(const char *text, uint64_t limit, uint64_t *value, const char **end) {
  uint64_t sum = 0;
  const char *at = text;
  for (; isdigit((unsigned char)*at); at++) {
    const uint64_t digit = (uint64_t)(*at - '0');
    if (sum > (limit - digit) / 10) return false;
    sum = sum * 10 + digit;
  }
  *value = sum;
  *end = at;
  return at != text;
}

bool parse_count(const char *text, size_t *out) {
  uint64_t value;
  const char *end;
  if (!read_digits(text, SIZE_MAX, &value, &end) || *end || value == 0) return false;
  *out = (size_t)value;
  return true;
}

bool parse_bytes(const char *text, uint64_t *out) {
  static const char suffixes[] = "KMGT";
  uint64_t value;
  const char *end;
  if (!read_digits(text, UINT64_MAX, &value, &end) || value == 0) return false;
  if (*end) {
    const char *suffix = strchr(suffixes, toupper((unsigned char)*end));
    if (!suffix || end[1]) return false;
    const unsigned shift = 10u * (unsigned)(suffix - suffixes + 1);
    if (value > UINT64_MAX >> shift) return false;
    value <<= shift;
  }
  *out = value;
  return true;
}

bool parse_seed(const char *text, uint64_t *out) {
  uint64_t value;
  const char *end;
  if (!read_digits(text, UINT64_MAX, &value, &end) || *end) return false;
  *out = value;
  return true;
}

bool parse_number(const char *text, double *out) {
  char *end;
  const double value = strtod(text, &end);
  if (end == text || *end || !isfinite(value)) return false;
  *out = value;
  return true;
}

bool parse_positive(const char *text, double *out) {
  double value;
  if (!parse_number(text, &value) || value <= 0) return false;
  *out = value;
  return true;
}

const char *format_bytes(uint64_t bytes, char *text) {
  static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = (double)bytes;
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < sizeof units / sizeof *units) {
    value /= 1024;
    unit++;
  }
  snprintf(text, BYTES_TEXT_SIZE, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
  return text;
}

const char *format_shape(const char *lead, unsigned ndim, const size_t *shape, char *text) {
  size_t used = (size_t)snprintf(text, SHAPE_TEXT_SIZE, "(%s", lead);
  for (unsigned i = 0; i < ndim && used < SHAPE_TEXT_SIZE; i++)
    used += (size_t)snprintf(text + used, SHAPE_TEXT_SIZE - used, i ? ", %zu" : "%zu", shape[i]);
  if (used < SHAPE_TEXT_SIZE)
    snprintf(text + used, SHAPE_TEXT_SIZE - used, ndim == 1 && !*lead ? ",)" : ")");
  return text;
}
