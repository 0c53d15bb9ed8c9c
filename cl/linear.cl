/* linear.cl - a linear layer as the plain sum of MODEL: ascending input index, multiply then add.
 *
 * x: rows of x_pitch float32, k valid. weight: [k][pitch]. y: rows of pitch float32, overwritten.
 * Padding columns of weight are 0, so those of y become 0. Launch as FOR_ROWS says.
 *
 * Used where CLBlast does not give these bits for zeros and ones, or where the same bits are wanted
 * for any input. */
__kernel void linear_plain(__global const float *x, __global const float *weight, __global float *y,
                           uint x_pitch, uint k, uint pitch, uint rows) {
  FOR_ROWS(row, rows) FOR_COLUMNS(j, pitch) {
    __global const float *in = x + (size_t)row * x_pitch;
    __global const float *w = weight + j;
    lanes sum = 0.0f;
    for (uint i = 0; i < k; i++, w += pitch) sum = sum + (lanes)in[i] * LANES_LOAD(w);
    LANES_STORE(sum, y + (size_t)row * pitch + j);
  }
}
