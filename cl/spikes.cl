/* spikes.cl - from one form of spikes to another. Behind bits.cl. */

/* bits: (rows, words). x: rows of `pitch` float32, 0 or 1. Launch as FOR_ROWS says. */
__kernel void spikes_to_floats(__global const uint *bits, uint words, __global float *x, uint pitch,
                               uint rows) {
  FOR_ROWS(row, rows) FOR_COLUMNS(j, pitch) {
    LANES_STORE(bits_lanes(bits + (size_t)row * words, j), x + (size_t)row * pitch + j);
  }
}

/* The same to bytes. */
__kernel void spikes_to_bytes(__global const uint *bits, uint words, __global uchar *x, uint pitch,
                              uint rows) {
  FOR_ROWS(row, rows) FOR_COLUMNS(j, pitch) {
    LANES_TO_UCHAR(bits_lanes(bits + (size_t)row * words, j), x + (size_t)row * pitch + j);
  }
}

/* Which elements of x are not 0. x: rows of `pitch` float32, padding 0. bits: (rows, words). */
__kernel void spikes_of_floats(__global const float *x, uint pitch, __global uint *bits, uint words,
                               uint rows) {
  FOR_ROWS(row, rows) FOR_WORDS(word, words) {
    bits_packed packed = 0;
    for (uint k = 0; k < BITS_BLOCKS; k++) {
      uint j = BITS_BLOCK(word, k) * CLIF_LANES;
      if (j >= pitch) break;
      lanes v = LANES_LOAD(x + (size_t)row * pitch + j);
      packed |= BITS_PACK(LANES_MASK(v != (lanes)0.0f), k);
    }
    bits_put(packed, bits + (size_t)row * words, word, words);
  }
}

/* Turns spikes over: of each of n neurons, in which of the rows it fired. bits: (rows, words).
 * turned: (n, row_words). Launch: dimension 1 over lane blocks, dimension 0 over row_words, any
 * sizes. */
__kernel void spikes_turn(__global const uint *bits, uint words, uint rows, __global uint *turned,
                          uint row_words, uint n) {
  for (uint j = (uint)get_global_id(1) * CLIF_LANES; j < n;
       j += (uint)get_global_size(1) * CLIF_LANES)
    for (uint to = (uint)get_global_id(0); to < row_words; to += (uint)get_global_size(0)) {
      lanes_int word = 0;
      for (uint i = 0; i < min(32u, rows - min(rows, 32 * to)); i++)
        word |= bits_mask(bits + (size_t)(32 * to + i) * words, j) & (int)(1u << i);
      int out[CLIF_LANES];
      LANES_INT_STORE(word, out);
      for (uint k = 0; k < min((uint)CLIF_LANES, n - j); k++)
        turned[(size_t)(j + k) * row_words + to] = (uint)out[k];
    }
}

#if CLIF_LANES == 16

#ifdef CLIF_WIDE
typedef uint list_index;
#else
typedef ushort list_index;
#endif

/* Lists the set bits of each row, ascending: `lists` has rows of list_pitch numbers, at least 4
 * more than there can be set bits; counts[row] of them count. ushort, or uint with CLIF_WIDE.
 *
 * Four are written at a time, set or not: that loop's end can be foretold where one that ends
 * after each bit cannot. Launch as FOR_ROWS says, with one work-item in dimension 0. */
__kernel void spikes_list(__global const uint *bits, uint words, __global list_index *lists,
                          uint list_pitch, __global uint *counts, uint rows) {
  FOR_ROWS(row, rows) {
    __global const uint *from = bits + (size_t)row * words;
    __global list_index *to = lists + (size_t)row * list_pitch;
    uint n = 0;
    for (uint word = 0; word < words; word += 2) {
      ulong m = from[word] | (ulong)from[word + 1] << 32;
      uint end = n + (uint)popcount(m), base = 32 * word;
      while (m != 0) {
#pragma unroll
        for (uint i = 0; i < 4; i++) {
          to[n + i] = (list_index)(base + 63 - (uint)clz(m & (~m + 1)));
          m &= m - 1;
        }
        n += 4;
      }
      n = end;
    }
    counts[row] = n;
  }
}

#endif
