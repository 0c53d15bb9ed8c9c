/* random.c - cl/random.cl on the host: OpenCL's words for what it uses, then its text.
 *
 * Built without contraction (-ffp-contract=off), as every file here, so that each product and sum
 * is rounded by itself as it is in the kernels. */
#include "neuron/random.h"

#include <string.h>

/* ---- OpenCL C in C ---- */

typedef uint32_t cl_word;
typedef uint64_t cl_wide;

static uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static float float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

#define uint cl_word
#define ulong cl_wide
#define select(no, yes, mask) ((mask) ? (yes) : (no))

/* ---- one lane, as in cl/prelude.cl ---- */

typedef float lanes;
typedef int32_t lanes_int;
typedef uint32_t lanes_uint;
typedef uint32_t lanes_word;
typedef uint64_t lanes_product;

#define LANES_FUNCTION static
#define LANES_MASK(condition) (-(condition))
#define LANES_BITS(v) ((int32_t)bits_of(v))
#define LANES_FROM_BITS(v) float_of((uint32_t)(v))
#define LANES_FROM_INT(v) ((float)(v))
#define LANES_TO_INT(v) ((int32_t)(v))
#define LANES_INT(v) ((int32_t)(v))
#define LANES_UINT(v) ((uint32_t)(v))
#define LANES_WORD_INDEX 0u
#define LANES_PRODUCT(word, factor) ((uint64_t)(word) * (uint64_t)(factor))
#define LANES_HIGH(product) ((uint32_t)((product) >> 32))
#define LANES_LOW(product) ((uint32_t)(product))
#define LANES_TOP24(word) ((int32_t)((word) >> 8))

#define CLIF_SOFT_DIVIDE

#include "../../cl/random.cl"

/* ---- for the rest of the library ---- */

void clif__philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  struct lanes_words words =
      lanes_philox(counter[0], counter[1], counter[2], counter[3], key[0], key[1]);
  memcpy(out, words.w, sizeof words.w);
}

float clif__unit(uint32_t word) {
  return lanes_unit(word);
}

float clif__exp(float x) {
  return lanes_exp(x);
}

void clif__normals(uint32_t word0, uint32_t word1, float out[2]) {
  struct lanes_pair pair = lanes_normals(word0, word1);
  out[0] = pair.a;
  out[1] = pair.b;
}

float clif__divide_soft(float x, float y) {
  return lanes_divide(x, y);
}

static struct lanes_words words_of(uint64_t seed, uint32_t layer_id, clif__purpose purpose,
                                   uint32_t neuron, uint32_t sample, uint64_t step) {
  return lanes_philox(neuron, sample, (uint32_t)(step / 4), 16 * layer_id + (uint32_t)purpose,
                      (uint32_t)seed, (uint32_t)(seed >> 32));
}

float clif__random_uniform(uint64_t seed, uint32_t layer_id, clif__purpose purpose, uint32_t neuron,
                           uint32_t sample, uint64_t step) {
  return lanes_unit(words_of(seed, layer_id, purpose, neuron, sample, step).w[step % 4]);
}

float clif__random_normal(uint64_t seed, uint32_t layer_id, clif__purpose purpose, uint32_t neuron,
                          uint32_t sample, uint64_t step) {
  struct lanes_words words = words_of(seed, layer_id, purpose, neuron, sample, step);
  unsigned first = step % 4 & 2;
  struct lanes_pair pair = lanes_normals(words.w[first], words.w[first + 1]);
  return step % 2 ? pair.b : pair.a;
}
