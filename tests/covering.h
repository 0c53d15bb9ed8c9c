/* covering.h - covering arrays: a few cases in which each two levels of all factors come together.
 *
 * A case is an array of levels, one for each factor. Cases are found greedily and from a fixed
 * seed, so that they are the same in every run. */
#ifndef CLIF_TEST_COVERING_H
#define CLIF_TEST_COVERING_H

#include <stdbool.h>

#include "nets.h"

enum { COVERING_FACTORS = 24, COVERING_LEVELS = 12 }; /* at most */

typedef struct covering {
  int factors;
  int (*levels)(int factor); /* levels of a factor are 0 .. levels(factor) - 1 */
  /* Makes a case possible: levels that mean nothing beside others become 0, or what will do. */
  void (*normalise)(int *level);
  uint32_t seed;
  /* Which pairs of levels a case has been found for; 2: there is none. */
  char pair[COVERING_FACTORS][COVERING_LEVELS][COVERING_FACTORS][COVERING_LEVELS];
} covering;

static inline void covering_begin(covering *c, int factors, int (*levels)(int),
                                  void (*normalise)(int *)) {
  memset(c, 0, sizeof *c);
  assert_in_range(factors, 1, COVERING_FACTORS);
  for (int f = 0; f < factors; f++) assert_in_range(levels(f), 1, COVERING_LEVELS);
  c->factors = factors;
  c->levels = levels;
  c->normalise = normalise;
  c->seed = 1;
}

/* Pairs of this case that are new; marked as covered where `mark`. */
static inline int covering_new_pairs(covering *c, const int *level, bool mark) {
  int n = 0;
  for (int f = 0; f < c->factors; f++)
    for (int g = f + 1; g < c->factors; g++) {
      char *pair = &c->pair[f][level[f]][g][level[g]];
      n += !*pair;
      if (mark) *pair = 1;
    }
  return n;
}

/* Of some random cases with these two levels the one with the most new pairs; false: none has them.
 */
static inline bool covering_best_case(covering *c, int f, int a, int g, int b, int *best) {
  enum { TRIES = 100 };
  int most = 0;
  for (int i = 0; i < TRIES; i++) {
    int level[COVERING_FACTORS];
    for (int h = 0; h < c->factors; h++)
      level[h] = (int)(next_number(&c->seed) * (double)c->levels(h));
    level[f] = a, level[g] = b;
    c->normalise(level);
    int n = level[f] == a && level[g] == b ? covering_new_pairs(c, level, false) : 0;
    if (n > most) most = n, memcpy(best, level, (size_t)c->factors * sizeof *level);
  }
  return most > 0;
}

/* The next case; false when every pair has been seen. */
static inline bool covering_next(covering *c, int *level) {
  for (int f = 0; f < c->factors; f++)
    for (int g = f + 1; g < c->factors; g++)
      for (int a = 0; a < c->levels(f); a++)
        for (int b = 0; b < c->levels(g); b++) {
          char *pair = &c->pair[f][a][g][b];
          if (*pair) continue;
          if (covering_best_case(c, f, a, g, b, level)) {
            covering_new_pairs(c, level, true);
            return true;
          }
          *pair = 2;
        }
  return false;
}

/* Pairs that no case can have. */
static inline int covering_impossible(const covering *c) {
  int n = 0;
  for (size_t i = 0; i < sizeof c->pair; i++) n += ((const char *)c->pair)[i] == 2;
  return n;
}

#endif
