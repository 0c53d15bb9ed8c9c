/* random.c - numbers that look random and are the same everywhere. */
#include "random.h"

static uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

random_stream random_start(uint64_t seed, uint64_t stream) {
  return (random_stream){mix(mix(seed) + stream)};
}

double random_unit(random_stream *stream) {
  stream->state += UINT64_C(0x9e3779b97f4a7c15);
  return (double)(mix(stream->state) >> 11) * 0x1p-53;
}
