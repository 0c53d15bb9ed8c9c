/* product.c - is the promised order of additions kept on this device?
 *
 * For input of zeros and ones a linear layer must give the bits of the plain sum over ascending k
 * (docs/model.md), whoever computes it. CLBlast says nothing about its order, and drivers have
 * limits they do not tell of, so every product that spikes may go through is tried once, at its
 * real size and with its real weights, before it may be used. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "network/schedule.h"

enum { ROWS = 3 };

/* About half of the inputs are 1, in no pattern that a blocked sum would hide in; in the last row
 * all are, so that no input can be left out unseen. */
static void make_spikes(float *x, size_t n, size_t row, size_t n_rows) {
  cl_uint seed = 1u + (cl_uint)row;
  for (size_t i = 0; i < n; i++) {
    seed = seed * 1664525u + 1013904223u;
    x[i] = row + 1 == n_rows ? 1.0f : (float)(seed >> 31);
  }
}

static clif__box row_box(size_t row, size_t pitch) {
  clif__box box = clif__box_flat(pitch * sizeof(float));
  box.device_offset = row * pitch * sizeof(float);
  return box;
}

/* Puts the rows of x into tensor a, or reads rows of tensor c into y. */
static clif_status write_rows(clif_context *ctx, const clif__buffer *a, const size_t rows[ROWS],
                              size_t pitch, const float *x) {
  for (size_t i = 0; i < ROWS; i++) {
    clif__box box = row_box(rows[i], pitch);
    CLIF_TRY(clif__buffer_write(ctx, ctx->queue, a, &box, x + i * pitch));
  }
  return CLIF_OK;
}

static clif_status read_rows(clif_context *ctx, const clif__buffer *c, const size_t rows[ROWS],
                             size_t pitch, float *y) {
  for (size_t i = 0; i < ROWS; i++) {
    clif__box box = row_box(rows[i], pitch);
    CLIF_TRY(clif__buffer_read(ctx, ctx->queue, c, &box, y + i * pitch));
  }
  return clif__finish(ctx);
}

/* A device may flush denormals: they count as 0. */
static float normal(float x) {
  return fabsf(x) < FLT_MIN ? 0.0f : x;
}

static bool rows_agree(const clif__linear *linear, size_t x_pitch, const float *x, const float *y,
                       float *expected) {
  clif__linear no_bias = *linear;
  no_bias.bias = NULL;
  for (size_t i = 0; i < ROWS; i++) {
    memset(expected, 0, linear->pitch * sizeof *expected);
    clif__twin_linear(&no_bias, x + i * x_pitch, expected);
    for (size_t j = 0; j < linear->pitch; j++)
      if (normal(y[i * linear->pitch + j]) != normal(expected[j])) return false;
  }
  return true;
}

clif_status clif__product_check(clif_context *ctx, const clif__schedule *s,
                                const clif__command *command, size_t n_rows, bool *same) {
  clif_status status = CLIF_OUT_OF_MEMORY;
  const clif__linear *linear = &command->layer->data.linear;
  const clif__buffer *a = s->buffers[command->x], *c = s->buffers[command->g];
  size_t a_pitch = command->x_pitch, c_pitch = linear->pitch;
  size_t rows[ROWS] = {0, n_rows / 2, n_rows - 1};
  float *x = clif__calloc(ctx, ROWS * a_pitch, sizeof *x);
  float *y = clif__calloc(ctx, (ROWS + 1) * c_pitch, sizeof *y);
  if (!x || !y) goto fail;
  for (size_t i = 0; i < ROWS; i++) /* equal rows where a short product has fewer than ROWS */
    make_spikes(x + i * a_pitch, linear->in, rows[i], n_rows);
  CLIF_TRY_OR_FAIL(write_rows(ctx, a, rows, a_pitch, x));
  CLIF_TRY_OR_FAIL(clif__schedule_product(ctx, s, command, NULL, n_rows));
  CLIF_TRY_OR_FAIL(read_rows(ctx, c, rows, c_pitch, y));
  *same = rows_agree(linear, a_pitch, x, y, y + ROWS * c_pitch);
  memset(x, 0, ROWS * a_pitch * sizeof *x); /* leave the tensor as it was found */
  CLIF_TRY_OR_FAIL(write_rows(ctx, a, rows, a_pitch, x));
  CLIF_TRY_OR_FAIL(clif__finish(ctx));
fail:
  if (status != CLIF_OK) clFinish(ctx->queue); /* x and y may still be in use */
  clif__free(ctx, y);
  clif__free(ctx, x);
  return status;
}
