/* unit_random.c - random numbers on the host: Philox against its published answers, what the
 * counter and the words mean, and how exact exp, the normals and the software division are. */
#include "support.h"

#include <float.h>
#include <math.h>

#include "neuron/random.h"

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

/* Numbers for tests, from elsewhere than what is tested: splitmix64. */
static uint64_t mix(uint64_t *state) {
  uint64_t z = (*state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static void assert_bits(float found, uint32_t expected) {
  if (bits_of(found) != expected)
    fail_msg("expected %08x (%a), found %08x (%a)", (unsigned)expected, (double)float_of(expected),
             (unsigned)bits_of(found), (double)found);
}

/* ---- Philox ---- */

/* From kat_vectors of Random123, "philox4x32 10". */
static void philox_gives_the_published_answers(void **state) {
  (void)state;
  static const struct {
    uint32_t counter[4], key[2], expected[4];
  } known[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
       {0xffffffff, 0xffffffff},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    uint32_t words[4];
    clif__philox(known[i].counter, known[i].key, words);
    for (int w = 0; w < 4; w++) assert_int_equal(words[w], known[i].expected[w]);
  }
}

/* Philox as its paper has it: ten rounds of the same. */
static void philox_as_published(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint32_t c[4], k[2];
  memcpy(c, counter, sizeof c);
  memcpy(k, key, sizeof k);
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)0xD2511F53 * c[0], p1 = (uint64_t)0xCD9E8D57 * c[2];
    uint32_t next[4] = {(uint32_t)(p1 >> 32) ^ c[1] ^ k[0], (uint32_t)p1,
                        (uint32_t)(p0 >> 32) ^ c[3] ^ k[1], (uint32_t)p0};
    memcpy(c, next, sizeof c);
    k[0] += 0x9E3779B9;
    k[1] += 0xBB67AE85;
  }
  memcpy(out, c, sizeof c);
}

static void philox_is_that_of_the_paper_for_any_counter_and_key(void **state) {
  (void)state;
  uint64_t seed = 1;
  for (int i = 0; i < 100000; i++) {
    uint32_t counter[4], key[2], words[4], expected[4];
    for (int w = 0; w < 4; w++) counter[w] = (uint32_t)(mix(&seed) >> (mix(&seed) % 64));
    for (int w = 0; w < 2; w++) key[w] = (uint32_t)(mix(&seed) >> (mix(&seed) % 64));
    clif__philox(counter, key, words);
    philox_as_published(counter, key, expected);
    assert_memory_equal(words, expected, sizeof words);
  }
}

/* ---- what the counter and the words mean ---- */

typedef struct place {
  uint64_t seed;
  uint32_t layer_id;
  clif__purpose purpose;
  uint32_t neuron, sample;
  uint64_t step;
} place;

static float uniform_at(place p) {
  return clif__random_uniform(p.seed, p.layer_id, p.purpose, p.neuron, p.sample, p.step);
}
static float normal_at(place p) {
  return clif__random_normal(p.seed, p.layer_id, p.purpose, p.neuron, p.sample, p.step);
}

/* For each example: the counter, the key and the word that serve it, written out. */
static void each_number_has_its_counter_and_word(void **state) {
  (void)state;
  static const struct {
    place at;
    uint32_t counter[4], key[2];
    unsigned word;
  } examples[] = {
      {{0, 0, CLIF__NOISE, 0, 0, 0}, {0, 0, 0, 0}, {0, 0}, 0},
      {{0x1122334455667788, 0, CLIF__NOISE, 0, 0, 0}, {0, 0, 0, 0}, {0x55667788, 0x11223344}, 0},
      {{5, 0, CLIF__FIRE, 7, 9, 0}, {7, 9, 0, 1}, {5, 0}, 0},
      {{5, 0, CLIF__FIRE, 7, 9, 1}, {7, 9, 0, 1}, {5, 0}, 1},
      {{5, 0, CLIF__FIRE, 7, 9, 2}, {7, 9, 0, 1}, {5, 0}, 2},
      {{5, 0, CLIF__FIRE, 7, 9, 3}, {7, 9, 0, 1}, {5, 0}, 3},
      {{5, 0, CLIF__FIRE, 7, 9, 4}, {7, 9, 1, 1}, {5, 0}, 0},
      {{5, 3, CLIF__CODING, 0xffffffff, 0xfffffffe, 4007},
       {0xffffffff, 0xfffffffe, 1001, 0x32},
       {5, 0},
       3},
      {{5, 0xfffffff, CLIF__WEIGHTS, 1, 2, 0}, {1, 2, 0, 0xfffffff3}, {5, 0}, 0},
      {{5, 1, CLIF__NOISE, 1, 2, 0x100000006}, {1, 2, 0x40000001, 0x10}, {5, 0}, 2},
      {{5, 1, CLIF__NOISE, 1, 2, 0x3ffffffff}, {1, 2, 0xffffffff, 0x10}, {5, 0}, 3},
      {{5, 1, CLIF__NOISE, 1, 2, 0x400000001}, {1, 2, 0, 0x10}, {5, 0}, 1},
  };
  for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
    uint32_t words[4];
    float pair[2];
    philox_as_published(examples[i].counter, examples[i].key, words);
    unsigned word = examples[i].word;
    assert_bits(uniform_at(examples[i].at), bits_of((float)(words[word] >> 8) * 0x1p-24f));
    clif__normals(words[word & 2], words[(word & 2) + 1], pair);
    assert_bits(normal_at(examples[i].at), bits_of(pair[word & 1]));
  }
}

/* These may never change: results that were published with a seed must come again. */
static void the_promised_numbers_stay(void **state) {
  (void)state;
  static const struct {
    place at;
    uint32_t uniform, normal;
  } kept[] = {
      {{0x0, 0, CLIF__NOISE, 0, 0, 0x0}, 0x3ecc4fd0, 0x3f7dbb31},
      {{0x2a, 1, CLIF__NOISE, 10, 3, 0x5}, 0x3f4a0b2a, 0xbf61c882},
      {{0xfedcba9876543210, 2, CLIF__FIRE, 1000000, 59999, 0x3ff}, 0x3e8a562c, 0x40291f84},
      {{0x7, 5, CLIF__CODING, 783, 0, 0x100000002}, 0x3f4bf8fd, 0xbf26b738},
      {{0x7, 5, CLIF__WEIGHTS, 12345, 0, 0x3}, 0x3f4b4cb9, 0xbf19137e},
  };
  for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
    assert_bits(uniform_at(kept[i].at), kept[i].uniform);
    assert_bits(normal_at(kept[i].at), kept[i].normal);
  }
}

static void uniform_and_normal_numbers_are_distributed_as_named(void **state) {
  (void)state;
  enum { N = 1000000 };
  double u1 = 0, u2 = 0, n1 = 0, n2 = 0, n3 = 0, n4 = 0, next = 0, last = 0;
  for (uint32_t i = 0; i < N; i++) {
    place p = {42, 1, i % 2 ? CLIF__FIRE : CLIF__NOISE, i % 1000, i / 100000, i % 100000 / 1000};
    double u = (double)uniform_at(p), n = (double)normal_at(p);
    u1 += u, u2 += u * u;
    n1 += n, n2 += n * n, n3 += n * n * n, n4 += n * n * n * n;
    next += n * last, last = n;
  }
  /* Within five standard errors each. */
  assert_true(fabs(u1 / N - 0.5) < 5 * sqrt(1.0 / 12 / N));
  assert_true(fabs(u2 / N - 1.0 / 3) < 5 * sqrt(4.0 / 45 / N));
  assert_true(fabs(n1 / N) < 5 * sqrt(1.0 / N));
  assert_true(fabs(n2 / N - 1) < 5 * sqrt(2.0 / N));
  assert_true(fabs(n3 / N) < 5 * sqrt(15.0 / N));
  assert_true(fabs(n4 / N - 3) < 5 * sqrt(96.0 / N));
  assert_true(fabs(next / N) < 5 * sqrt(1.0 / N));
}

/* ---- the functions ---- */

/* Prints what was found, so that the figures in the comments can be checked. */
static void assert_error(const char *what, double error, double bound) {
  print_message("%s: largest error %.3g\n", what, error);
  if (!(error <= bound)) fail_msg("%s: the error is %g, allowed is %g", what, error, bound);
}

static void a_uniform_number_is_the_upper_24_bits(void **state) {
  (void)state;
  assert_bits(clif__unit(0), bits_of(0.0f));
  assert_bits(clif__unit(0xff), bits_of(0.0f));
  assert_bits(clif__unit(0x100), bits_of(0x1p-24f));
  assert_bits(clif__unit(0x80000000), bits_of(0.5f));
  assert_bits(clif__unit(0xffffffff), bits_of(1 - 0x1p-24f));
}

static void exp_is_near_libm_over_its_whole_range(void **state) {
  (void)state;
  double worst = 0;
  for (uint32_t bits = 0; bits < 0xff800000u; bits += 101) {
    float x = float_of(bits);
    if (!(x >= -87.0f && x <= 88.0f)) continue;
    double exact = exp((double)x);
    worst = fmax(worst, fabs((double)clif__exp(x) - exact) / exact);
  }
  assert_error("exp, relative", worst, 1.9e-7);
  assert_bits(clif__exp(0.0f), bits_of(1.0f));
}

static void exp_beyond_its_range_is_that_of_the_end(void **state) {
  (void)state;
  const uint32_t low = bits_of(clif__exp(-87.0f)), high = bits_of(clif__exp(88.0f));
  assert_bits(clif__exp(-87.1f), low);
  assert_bits(clif__exp(-FLT_MAX), low);
  assert_bits(clif__exp(-INFINITY), low);
  assert_bits(clif__exp(NAN), low);
  assert_bits(clif__exp(88.1f), high);
  assert_bits(clif__exp(FLT_MAX), high);
  assert_bits(clif__exp(INFINITY), high);
  assert_true(isnormal(float_of(low)) && isnormal(float_of(high)));
}

/* All 2^24 radii, with turn 0: the cosine is 1 and the sine 0. */
static void every_radius_is_near_libm(void **state) {
  (void)state;
  double worst = 0;
  for (uint32_t k = 0; k < 1u << 24; k++) {
    float pair[2];
    clif__normals(k << 8 | 0xff, 0xff, pair);
    worst = fmax(worst, fabs((double)pair[0] - sqrt(-2 * log((k + 1) * 0x1p-24))));
    if (!(pair[1] == 0.0f)) fail_msg("the sine of 0 at %08x is %a", k << 8, (double)pair[1]);
  }
  assert_error("radius", worst, 1e-6);
}

/* All 2^24 turns, with the largest radius. */
static void every_turn_is_near_libm(void **state) {
  (void)state;
  const double radius = sqrt(2 * 24 * log(2)), pi = acos(-1);
  double worst = 0;
  for (uint32_t k = 0; k < 1u << 24; k++) {
    float pair[2];
    clif__normals(0, k << 8, pair);
    double angle = 2 * pi * (k * 0x1p-24);
    worst = fmax(worst, fabs((double)pair[0] - radius * cos(angle)));
    worst = fmax(worst, fabs((double)pair[1] - radius * sin(angle)));
  }
  assert_error("normals of the largest radius", worst, 1.3e-6);
}

static void normals_are_numbers_at_the_ends(void **state) {
  (void)state;
  static const uint32_t ends[] = {0, 0xff, 0x100, 0x7fffffff, 0x80000000, 0xfffffeff, 0xffffffff};
  for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
    float pair[2];
    for (size_t j = 0; j < sizeof ends / sizeof ends[0]; j++) {
      clif__normals(ends[i], ends[j], pair);
      assert_true(fabsf(pair[0]) < 5.769f && fabsf(pair[1]) < 5.769f);
    }
    clif__normals(0xffffff00, ends[i], pair); /* u = 1 */
    assert_true(pair[0] == 0.0f && pair[1] == 0.0f);
  }
}

/* ---- division ---- */

/* The host's division with the rule for what is denormal. */
static void assert_divides(float x, float y) {
  float expected = x / y, found = clif__divide_soft(x, y);
  if (fabsf(x) < FLT_MIN || fabs((double)x / (double)y) < (double)FLT_MIN)
    expected = copysignf(0.0f, x);
  if (isnan(expected) ? !isnan(found) : bits_of(found) != bits_of(expected))
    fail_msg("%a / %a: expected %a, found %a", (double)x, (double)y, (double)expected,
             (double)found);
}

static void division_of_any_floats_is_correctly_rounded(void **state) {
  (void)state;
  uint64_t seed = 2;
  for (int i = 0; i < 10000000; i++) {
    uint64_t random = mix(&seed);
    float x = float_of((uint32_t)random), y = float_of((uint32_t)(random >> 33));
    if (isnormal(y)) assert_divides(x, y);
  }
}

/* Mantissas alone, also those at the ends, where rounding is closest to going wrong. */
static void division_of_any_mantissas_is_correctly_rounded(void **state) {
  (void)state;
  uint64_t seed = 3;
  for (int i = 0; i < 10000000; i++) {
    uint64_t random = mix(&seed);
    uint32_t x = (uint32_t)random & 0x7fffff, y = (uint32_t)(random >> 32) & 0x7fffff;
    if (random >> 63) x = 0x7fffff - x % 64;
    if (random >> 62 & 1) y = random >> 61 & 1 ? 0x7fffff - y % 64 : y % 64;
    assert_divides(float_of(0x3f800000 | x), float_of(0x3f800000 | y));
  }
}

static void division_at_the_ends(void **state) {
  (void)state;
  static const float xs[] = {0.0f, 0x1p-149f,  0x1p-127f, FLT_MIN, 0x1.fffffep-126f,
                             1.0f, 0x1.8p+64f, 0x1p+127f, FLT_MAX, INFINITY,
                             NAN,  3.0f};
  static const float ys[] = {FLT_MIN, 0x1.fffffep-126f, 0x1p-64f,  1.0f,   0x1.000002p+0f,
                             3.0f,    0x1p+64f,         0x1p+127f, FLT_MAX};
  for (size_t i = 0; i < sizeof xs / sizeof xs[0]; i++) {
    for (size_t j = 0; j < sizeof ys / sizeof ys[0]; j++) {
      assert_divides(xs[i], ys[j]);
      assert_divides(-xs[i], ys[j]);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(philox_gives_the_published_answers),
      cmocka_unit_test(philox_is_that_of_the_paper_for_any_counter_and_key),
      cmocka_unit_test(each_number_has_its_counter_and_word),
      cmocka_unit_test(the_promised_numbers_stay),
      cmocka_unit_test(uniform_and_normal_numbers_are_distributed_as_named),
      cmocka_unit_test(a_uniform_number_is_the_upper_24_bits),
      cmocka_unit_test(exp_is_near_libm_over_its_whole_range),
      cmocka_unit_test(exp_beyond_its_range_is_that_of_the_end),
      cmocka_unit_test(every_radius_is_near_libm),
      cmocka_unit_test(every_turn_is_near_libm),
      cmocka_unit_test(normals_are_numbers_at_the_ends),
      cmocka_unit_test(division_of_any_floats_is_correctly_rounded),
      cmocka_unit_test(division_of_any_mantissas_is_correctly_rounded),
      cmocka_unit_test(division_at_the_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
