/* gemm_check.c - the input of a product, and whether what came out is right. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "gemm.h"

static uint32_t next(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

bool gemm_host_make(gemm_host *host, gemm_size size) {
  uint32_t state = 1;
  host->size = size;
  host->a = malloc(size.m * size.k * sizeof *host->a);
  host->b = malloc(size.k * size.n * sizeof *host->b);
  host->c = malloc(size.m * size.n * sizeof *host->c);
  if (!host->a || !host->b || !host->c) return false;
  for (size_t i = 0; i < size.m * size.k; i++) host->a[i] = next(&state) % 10 < 3 ? 1.0f : 0.0f;
  for (size_t i = 0; i < size.k * size.n; i++)
    host->b[i] = ((float)next(&state) - 0x1p23f) * 0x1p-23f;
  return true;
}

void gemm_host_free(gemm_host *host) {
  free(host->c);
  free(host->b);
  free(host->a);
}

/* Any order of additions is within k roundings of the sum of magnitudes. */
static bool check_element(const gemm_host *host, size_t row, size_t column, bool *ascending) {
  const gemm_size *s = &host->size;
  const float got = host->c[row * s->n + column];
  double exact = 0, magnitude = 0;
  float sum = 0;
  for (size_t k = 0; k < s->k; k++) {
    const float term = host->a[row * s->k + k] * host->b[k * s->n + column];
    exact += (double)term;
    magnitude += fabs((double)term);
    sum += term;
  }
  if (got > sum || got < sum) *ascending = false;
  return fabs((double)got - exact) <= (double)(s->k + 1) * 0x1p-24 * magnitude;
}

bool gemm_host_check(const gemm_host *host, bool *ascending) {
  const gemm_size *s = &host->size;
  const size_t rows[] = {0, s->m / 2, s->m - 1};
  *ascending = true;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (size_t column = 0; column < s->n; column++)
      if (!check_element(host, rows[i], column, ascending)) return false;
  return true;
}
