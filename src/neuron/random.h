/* random.h - random numbers on the host: the bits of cl/random.cl, and what they mean.
 *
 * The numbers are a promise, the same on every device and in every version: each is a function of
 * the seed, the layer's id, the purpose, the neuron, the sample and the step, and of nothing else.
 *
 *   key      the seed: low 32 bits, high 32 bits
 *   counter  neuron, sample, step / 4, 16 * layer id + purpose
 *
 * The four words of a counter serve the steps 4q to 4q+3. Word i is the uniform number of step
 * 4q+i: (w >> 8) * 2^-24. Words 0 and 1 are the pair of normals (cosine, sine) of the steps 4q and
 * 4q+1, words 2 and 3 those of 4q+2 and 4q+3. Steps from 2^34 on repeat the numbers of the first
 * ones. */
#ifndef CLIF_NEURON_RANDOM_H
#define CLIF_NEURON_RANDOM_H

#include <stdint.h>

typedef enum clif__purpose {
  CLIF__NOISE = 0,
  CLIF__FIRE = 1,
  CLIF__CODING = 2,
  CLIF__WEIGHTS = 3
} clif__purpose;

/* Uniform in [0, 1), a multiple of 2^-24. `layer_id` below 2^28. */
float clif__random_uniform(uint64_t seed, uint32_t layer_id, clif__purpose purpose, uint32_t neuron,
                           uint32_t sample, uint64_t step);
/* Normal, mean 0 and standard deviation 1, of magnitude 5.77 at most. */
float clif__random_normal(uint64_t seed, uint32_t layer_id, clif__purpose purpose, uint32_t neuron,
                          uint32_t sample, uint64_t step);

/* ---- the functions of cl/random.cl, one lane ---- */

void clif__philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
float clif__unit(uint32_t word);
float clif__exp(float x);
void clif__normals(uint32_t word0, uint32_t word1, float out[2]);
/* For a normal y > 0. Correctly rounded, but 0 for denormal x and below the smallest normal. */
float clif__divide_soft(float x, float y);

#endif
