/* random.h - numbers that look random and are the same everywhere. */
#ifndef CLIF_BENCH_RANDOM_H
#define CLIF_BENCH_RANDOM_H

#include <stdint.h>

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
typedef struct random_stream {
  uint64_t state;
} random_stream;

/* Streams of one seed have nothing in common, so that the weights stay when the input's length
 * changes. */
random_stream random_start(uint64_t seed, uint64_t stream);

/* From 0 up to, not including, 1. */
double random_unit(random_stream *stream);

#endif
