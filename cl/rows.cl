/* rows.cl - what is done to every element of a (rows, pitch) float32 array, row by row.
 *
 * All: pitch is a multiple of 16; padding columns are 0 in and 0 out. Launch as FOR_ROWS says. */

/* x[r][j] += bias[j]; bias has one padded row. */
__kernel void rows_add_bias(__global float *x, __global const float *bias, uint pitch, uint rows) {
  FOR_ROWS(row, rows) FOR_COLUMNS(j, pitch) {
    __global float *p = x + (size_t)row * pitch + j;
    LANES_STORE(LANES_LOAD(p) + LANES_LOAD(bias + j), p);
  }
}

/* sum = x + y: several edges into one layer. sum may be x. */
__kernel void rows_add(__global const float *x, __global const float *y, __global float *sum,
                       uint pitch, uint rows) {
  FOR_ROWS(row, rows) FOR_COLUMNS(j, pitch) {
    size_t at = (size_t)row * pitch + j;
    LANES_STORE(LANES_LOAD(x + at) + LANES_LOAD(y + at), sum + at);
  }
}

/* y = x where x > 0, else 0. */
__kernel void rows_relu(__global const float *x, __global float *y, uint pitch, uint rows) {
  FOR_ROWS(row, rows) FOR_COLUMNS(j, pitch) {
    size_t at = (size_t)row * pitch + j;
    lanes v = LANES_LOAD(x + at);
    LANES_STORE(select((lanes)0.0f, v, LANES_MASK(v > (lanes)0.0f)), y + at);
  }
}

/* y[r][j] = scale[j] * x[r][j]; scale has one padded row. */
__kernel void rows_scale(__global const float *x, __global const float *scale, __global float *y,
                         uint pitch, uint rows) {
  FOR_ROWS(row, rows) FOR_COLUMNS(j, pitch) {
    size_t at = (size_t)row * pitch + j;
    LANES_STORE(LANES_LOAD(scale + j) * LANES_LOAD(x + at), y + at);
  }
}

/* x[r] = row[0] for all r: state at step 0. */
__kernel void rows_spread(__global const float *first, __global float *x, uint pitch, uint rows) {
  FOR_ROWS(row, rows) FOR_COLUMNS(j, pitch) {
    LANES_STORE(LANES_LOAD(first + j), x + (size_t)row * pitch + j);
  }
}

/* x[r][j] = number[0] for all, padding too: the same where all neurons start alike. */
__kernel void rows_fill(__global const float *number, __global float *x, uint pitch, uint rows) {
  FOR_ROWS(row, rows) FOR_COLUMNS(j, pitch) {
    LANES_STORE((lanes)number[0], x + (size_t)row * pitch + j);
  }
}
