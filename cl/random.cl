/* random.cl - random numbers, and the functions that must not differ between devices.
 *
 * Put behind prelude.cl and before every kernel file; src/neuron/random.c compiles the same text
 * for the host. So it is written in what OpenCL C and C have in common: the lane macros, additions,
 * subtractions and multiplications of floats, integers, comparisons and select(). No branches, no
 * built-in function whose bits a device may choose.
 *
 * Philox4x32-10: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3", SC 2011. What the counter and the words mean is in src/neuron/random.h.
 *
 * The errors given with the polynomials were measured against libm in double, the coefficients as
 * rounded to float; those of whole functions, with all roundings, by tests/unit_random.c. */

/* ---- words ---- */

struct lanes_words {
  lanes_word w[4];
};

#define PHILOX_FACTOR_0 0xD2511F53u
#define PHILOX_FACTOR_1 0xCD9E8D57u
#define PHILOX_KEY_STEP_0 0x9E3779B9u
#define PHILOX_KEY_STEP_1 0xBB67AE85u

/* The four words of counter (neuron + lane, sample, quad, stream). Only the first counter word
 * differs between lanes: it takes two rounds until every word does, and what is the same in all
 * lanes until then is computed once. */
LANES_FUNCTION struct lanes_words lanes_philox(uint neuron, uint sample, uint quad, uint stream,
                                               uint key0, uint key1) {
  struct lanes_words r;
  /* round 1 */
  lanes_product p = LANES_PRODUCT((lanes_word)neuron + LANES_WORD_INDEX, PHILOX_FACTOR_0);
  ulong q = (ulong)quad * PHILOX_FACTOR_1;
  uint same0 = (uint)(q >> 32) ^ sample ^ key0, same1 = (uint)q;
  lanes_word w2 = LANES_HIGH(p) ^ (stream ^ key1), w3 = LANES_LOW(p);
  key0 += PHILOX_KEY_STEP_0;
  key1 += PHILOX_KEY_STEP_1;
  /* round 2 */
  p = LANES_PRODUCT(w2, PHILOX_FACTOR_1);
  q = (ulong)same0 * PHILOX_FACTOR_0;
  r.w[0] = LANES_HIGH(p) ^ (same1 ^ key0);
  r.w[1] = LANES_LOW(p);
  r.w[2] = w3 ^ ((uint)(q >> 32) ^ key1);
  r.w[3] = (lanes_word)(uint)q;
  /* rounds 3 to 10 */
  for (int i = 0; i < 8; i++) {
    key0 += PHILOX_KEY_STEP_0;
    key1 += PHILOX_KEY_STEP_1;
    lanes_product p0 = LANES_PRODUCT(r.w[0], PHILOX_FACTOR_0);
    lanes_product p1 = LANES_PRODUCT(r.w[2], PHILOX_FACTOR_1);
    r.w[0] = LANES_HIGH(p1) ^ r.w[1] ^ key0;
    r.w[1] = LANES_LOW(p1);
    r.w[2] = LANES_HIGH(p0) ^ r.w[3] ^ key1;
    r.w[3] = LANES_LOW(p0);
  }
  return r;
}

/* Uniform in [0, 1): the word's 24 upper bits times 2^-24, exactly. */
LANES_FUNCTION lanes lanes_unit(lanes_word word) {
  return LANES_FROM_INT(LANES_TOP24(word)) * 5.9604644775390625e-8f;
}

/* ---- exp ---- */

/* exp(x) for x in [-87, 88]; what is outside counts as the nearer end, and NaN as -87. Relative
 * error below 1.9e-7. */
LANES_FUNCTION lanes lanes_exp(lanes x) {
  x = select((lanes)-87.0f, x, LANES_MASK(x > -87.0f));
  x = select((lanes)88.0f, x, LANES_MASK(x < 88.0f));
  /* exp(x) = 2^n exp(r) with n the integer nearest to x / ln 2. Adding 1.5 * 2^23 rounds to an
   * integer and leaves it in the low bits. ln 2 is taken off in two parts, the first of so few bits
   * that its product with n is exact. */
  lanes shifted = x * 1.44269504f + 12582912.0f;
  lanes n = shifted - 12582912.0f;
  lanes r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  /* exp(r) - 1 - r = r^2 P(r), |r| <= ln(2)/2: degree 3, error 1.05e-7 of exp(r). In two halves,
   * because a neuron's steps wait for each other, and so for this. */
  lanes z = r * r;
  lanes p = (1.66671112e-1f * r + 4.99992311e-1f) + (8.31279159e-3f * r + 4.18901667e-2f) * z;
  p = (p * z + r) + 1.0f;
  return LANES_FROM_BITS(LANES_UINT(LANES_BITS(p)) + (LANES_UINT(LANES_BITS(shifted)) << 23));
}

/* ---- normals ---- */

/* sqrt(-2 ln u), u = ((word >> 8) + 1) * 2^-24. 0 for u = 1, at most 5.77. */
LANES_FUNCTION lanes lanes_radius(lanes_word word) {
  /* u = 2^-e (1 + f) with f in [-1/3, 1/3). */
  lanes_int bits = LANES_BITS(LANES_FROM_INT(LANES_TOP24(word) + 1)) - 0x3f2aaaab;
  lanes e = LANES_FROM_INT(24 - (bits >> 23));
  lanes f = LANES_FROM_BITS((bits & 0x7fffff) + 0x3f2aaaab) - 1.0f;
  /* -2 ln(1 + f) = f Q(f): degree 6, an error that changes the radius by 2.6e-7 at most. All is
   * scaled by 0.00420237149, for the leading coefficient 1 below. */
  lanes x = -1.53015077e-3f;
  x = x * f + 1.65290234e-3f;
  x = x * f + -1.64490333e-3f;
  x = x * f + 2.08452973e-3f;
  x = x * f + -2.80310446e-3f;
  x = x * f + 4.20267414e-3f;
  x = x * f + -8.40472337e-3f;
  x = e * 5.82572389e-3f + f * x;
  /* y = constant / sqrt(x), first from the exponent's half (error 3.4 %), then by a Newton step
   * with constants that spread its error over both signs (L. Moroz et al., "Fast calculation of
   * inverse square root with the use of magic constant", 2016): 0.065 %. With s = x y, s y is
   * near 2.02, and its constant / sqrt as a polynomial of degree 2, error 2.8e-10, makes s the
   * root. */
  lanes y = LANES_FROM_BITS(0x5f1ffff9 - (LANES_BITS(x) >> 1));
  y = y * (2.38924456f - (x * y) * y);
  lanes s = x * y;
  lanes w = s * y;
  return s * ((w + -6.72655153f) * w + 20.3609161f);
}

struct lanes_pair {
  lanes a, b;
};

/* cos and sin of 2 pi (word >> 8) 2^-24. */
LANES_FUNCTION struct lanes_pair lanes_turn(lanes_word word) {
  /* Quarters of a turn, and what is left over as x in [-1/8, 1/8) turns. */
  lanes_int k = LANES_TOP24(word);
  lanes_int quarters = (k + 0x200000) >> 22;
  lanes x = LANES_FROM_INT(k - quarters * 0x400000) * 5.9604644775390625e-8f;
  lanes z = x * x;
  /* sin(2 pi x) = x S(x^2): degree 3, error 5.1e-9. cos(2 pi x) = 1 + x^2 C(x^2): degree 2, error
   * 3.3e-8. */
  lanes s = -74.6154404f;
  s = s * z + 81.571701f;
  s = s * z + -41.341507f;
  s = (s * z + 6.28318501f) * x;
  lanes c = -83.6729279f;
  c = c * z + 64.9233932f;
  c = c * z + -19.7391682f;
  c = c * z + 1.0f;
  lanes_int odd = -(quarters & 1);
  lanes_uint q = LANES_UINT(quarters);
  struct lanes_pair r;
  r.a = LANES_FROM_BITS(LANES_UINT(LANES_BITS(select(c, s, odd))) ^ (((q + 1u) & 2u) << 30));
  r.b = LANES_FROM_BITS(LANES_UINT(LANES_BITS(select(s, c, odd))) ^ ((q & 2u) << 30));
  return r;
}

/* Two independent normal numbers of two words: radius of the first, turn of the second (Box and
 * Muller 1958). Absolute error below 1.3e-6. */
LANES_FUNCTION struct lanes_pair lanes_normals(lanes_word word0, lanes_word word1) {
  lanes r = lanes_radius(word0);
  struct lanes_pair t = lanes_turn(word1);
  t.a = t.a * r;
  t.b = t.b * r;
  return t;
}

/* ---- division ---- */

/* x / y correctly rounded, for a normal y > 0 and any x; denormal x counts as 0, and a quotient
 * below the smallest normal number gives 0. */
LANES_FUNCTION lanes lanes_divide_soft(lanes x, lanes y) {
  lanes_int bits = LANES_BITS(x), sign = bits & (lanes_int)(-0x7fffffff - 1);
  lanes_int exponent = (bits >> 23) & 255;
  lanes_int m = (bits & 0x7fffff) | 0x800000, d = (LANES_BITS(y) & 0x7fffff) | 0x800000;
  lanes_int below = LANES_MASK(m < d);
  m = m + (m & below); /* d <= m < 2 d */
  lanes_int e = exponent - (LANES_BITS(y) >> 23) + below + 127;

  /* 1 / d: a parabola, error 1 % where d 2^-24 is in [1/2, 1], and two Newton steps. */
  lanes fd = LANES_FROM_INT(d) * 5.9604644775390625e-8f;
  lanes inverse = (fd * 2.58585859f + -5.81818182f) * fd + 4.24242424f;
  inverse = inverse * (2.0f - fd * inverse);
  inverse = inverse * (2.0f - fd * inverse);

  /* q = floor(m 2^24 / d), 25 bits: a guess, some units off; then by how much, from what is left
   * over of m 2^24, a small number so that its low 32 bits are enough; then 1 less where that went
   * too far. */
  lanes_int q = LANES_TO_INT(LANES_FROM_INT(m) * inverse);
  lanes_int left = LANES_INT((LANES_UINT(m) << 24) - LANES_UINT(q) * LANES_UINT(d));
  lanes off = LANES_FROM_INT(left) * (inverse * 5.9604644775390625e-8f);
  lanes_int more = LANES_TO_INT((off + 12582912.0f) - 12582912.0f);
  q = q + more + LANES_MASK(left - more * d < 0);

  /* To 24 bits. No quotient of two floats is half way between two others, so that the last bit
   * says how to round. */
  lanes_int r = LANES_INT((LANES_UINT(e) << 23) + LANES_UINT((q + 1) >> 1) - 0x800000u);
  r = select(r, (lanes_int)0x7f800000, LANES_MASK(e > 254));
  r = select(r, (lanes_int)0, LANES_MASK(e < 1) | LANES_MASK(exponent == 0));
  r = select(r, bits & 0x7fffffff, LANES_MASK(exponent == 255));
  return LANES_FROM_BITS(r | sign);
}

/* x / y, for a normal y > 0. With the option or the define of clif__division_option() (core.h) it
 * is correctly rounded. */
LANES_FUNCTION lanes lanes_divide(lanes x, lanes y) {
#ifdef CLIF_SOFT_DIVIDE
  return lanes_divide_soft(x, y);
#else
  return x / y;
#endif
}
