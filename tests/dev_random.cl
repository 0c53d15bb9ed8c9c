/* dev_random.cl - the functions of cl/random.cl, each called with the arguments it is given, for
 * dev_random.c. Launch: dimension 0 over lane blocks of 16 neighbours, dimension 1 over rows of 16.
 */

#if CLIF_LANES == 16
#define STORE_WORD(word, p) vstore16(convert_uint16(word), 0, (p))
/* With something in the half that must not count. */
#define LOAD_WORD(p) (convert_ulong16(vload16(0, (p))) | 0xdeadbeef00000000UL)
#else
#define STORE_WORD(word, p) (*(p) = (word))
#define LOAD_WORD(p) (*(p))
#endif

/* places[row]: neuron, sample, quad, stream, key0, key1. words[row][4][16]: of 16 neurons. */
__kernel void words(__global const uint *restrict places, __global uint *restrict words) {
  uint lane = (uint)get_global_id(0) * CLIF_LANES;
  __global const uint *place = places + get_global_id(1) * 6;
  struct lanes_words w =
      lanes_philox(place[0] + lane, place[1], place[2], place[3], place[4], place[5]);
  words += get_global_id(1) * 64 + lane;
  for (uint i = 0; i < 4; i++) STORE_WORD(w.w[i], words + i * 16);
}

/* words[row][2][16]. values[row][3][16]: uniform of the first word, cosine and sine of both. */
__kernel void numbers(__global const uint *restrict words, __global float *restrict values) {
  size_t lane = get_global_id(0) * CLIF_LANES;
  words += get_global_id(1) * 32 + lane;
  values += get_global_id(1) * 48 + lane;
  lanes_word first = LOAD_WORD(words), second = LOAD_WORD(words + 16);
  struct lanes_pair pair = lanes_normals(first, second);
  LANES_STORE(lanes_unit(first), values);
  LANES_STORE(pair.a, values + 16);
  LANES_STORE(pair.b, values + 32);
}

/* arguments[row][2][16]. values[row][3][16]: exp of the first, software quotient, quotient. */
__kernel void functions(__global const float *restrict arguments, __global float *restrict values) {
  size_t lane = get_global_id(0) * CLIF_LANES;
  arguments += get_global_id(1) * 32 + lane;
  values += get_global_id(1) * 48 + lane;
  lanes x = LANES_LOAD(arguments), y = LANES_LOAD(arguments + 16);
  LANES_STORE(lanes_exp(x), values);
  LANES_STORE(lanes_divide_soft(x, y), values + 16);
  LANES_STORE(lanes_divide(x, y), values + 32);
}
