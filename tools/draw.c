/* draw.c - random numbers of inputs: SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom
 * number generators, 2014) entered at any place, and normals by Wichura's algorithm AS 241 (The
 * percentage points of the normal distribution, 1988; his PPND7).
 *
 * Only operations that IEEE 754 rounds in one way; the C library's log() is not among them. */
#include "draw.h"

#include <math.h>

static uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

uint64_t draw_key(uint64_t seed, uint64_t purpose, uint64_t step) {
  return mix(mix(mix(seed) + purpose) + step);
}

static uint64_t draw_bits(uint64_t key, uint64_t index) {
  return mix(key + (index + 1) * UINT64_C(0x9e3779b97f4a7c15));
}

double draw_unit(uint64_t key, uint64_t index) {
  return (double)(draw_bits(key, index) >> 11) * 0x1p-53;
}

/* Natural logarithm of a positive normal number, to about 1e-15: x = m * 2^e with m in
 * [sqrt(1/2), sqrt(2)), and log m = 2 * (z + z^3/3 + z^5/5 + ...), z = (m - 1) / (m + 1). */
static double logarithm(double x) {
  int e;
  double m = frexp(x, &e);
  if (m < 0.70710678118654752) {
    m *= 2;
    e--;
  }
  const double z = (m - 1) / (m + 1), z2 = z * z;
  double sum = 0;
  for (int k = 19; k >= 1; k -= 2) sum = sum * z2 + 1.0 / k;
  return 2 * z * sum + e * 0.69314718055994531;
}

double draw_normal(uint64_t key, uint64_t index) {
  /* Between -1/2 and 1/2, neither reached, and exact: 52 bits and a half. */
  const double q = ((double)(draw_bits(key, index) >> 12) + 0.5) * 0x1p-52 - 0.5;
  if (fabs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * (((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179) /
           (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1);
  }
  double r = sqrt(-logarithm(0.5 - fabs(q))), z;
  if (r <= 5) {
    r -= 1.6;
    z = (((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777) /
        ((0.12021132975 * r + 0.73700164250) * r + 1);
  } else {
    r -= 5;
    z = (((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r + 6.6579051150) /
        ((0.012258202635 * r + 0.24197894225) * r + 1);
  }
  return q < 0 ? -z : z;
}
