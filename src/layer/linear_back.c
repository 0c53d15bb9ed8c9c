/* linear_back.c - backward passes of a linear layer.
 *
 * g: gradients of the sums, from the neurons behind it. Of the weights it is x^T g over all rows of
 * a tile: for zeros and ones event by event, with the spikes turned over, so that the rows of g are
 * added up in which an input fired; for other input a matrix product. Of the inputs it is g w^T.
 * All that has a column for each neuron goes by units (linear.h). */
#include <stdio.h>

#include "clif/group.h"
#include "layer/linear.h"

static clif_status add_tensor(clif_context *ctx, clif__plan *plan, clif__tensor t, int *out) {
  t.width = t.width ? t.width : t.pitch;
  return clif__plan_tensor(ctx, plan, t, out);
}

/* ---- weights, event by event ---- */

/* Bits of each input: in which rows of the tile it was not 0. */
static clif_status add_turned(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                              clif__when when, int *out) {
  enum { PITCH = 64 };
  const clif__linear *linear = &layer->data.linear;
  size_t words = clif_spike_words(linear->in);
  int bits;
  clif__when dense = when; /* by events they are there */
  dense.linear = layer;
  dense.way = CLIF__DENSE;
  CLIF_TRY(clif__linear_bits(ctx, layer, plan, linear->input, dense, &bits));
  const clif__tensor turned = {.layer = layer,
                               .what = "turned bits",
                               .life = CLIF__TILE,
                               .pitch = (linear->in + 7) / 8,
                               .element = 1,
                               .rows = PITCH}; /* rows are padded to so many */
  CLIF_TRY(add_tensor(ctx, plan, turned, out));
  clif__command *turn = clif__plan_kernel(ctx, plan->list, layer, "bits+spikes", "spikes_turn",
                                          CLIF__OVER_ROWS, PITCH);
  if (!turn) return CLIF_OUT_OF_MEMORY;
  turn->when = when;
  turn->rows = clif__padded(linear->in) / plan->lanes;
  turn->inner = 32;
  clif__arg_tensor(turn, bits);
  clif__arg_uint(turn, words);
  clif__arg_slot(turn, CLIF__ROWS);
  clif__arg_tensor(turn, *out);
  clif__arg_slot(turn, CLIF__ROW_WORDS);
  clif__arg_uint(turn, linear->in);
  return CLIF_OK;
}

/* The same as lists; with 16 lanes. */
static clif_status add_lists(clif_context *ctx, clif__layer *layer, clif__plan *plan, int turned,
                             clif__when when, int *lists, int *counts) {
  const size_t in = layer->data.linear.in;
  const clif__tensor list = {.layer = layer,
                             .what = "lists of rows",
                             .life = CLIF__TILE,
                             .pitch = in,
                             .element = sizeof(cl_uint),
                             .rows = clif__row_list(0) + CLIF__LANE_BLOCK};
  const clif__tensor count = {.layer = layer,
                              .what = "counts of rows",
                              .life = CLIF__CONSTANT,
                              .pitch = in,
                              .element = sizeof(cl_uint),
                              .rows = 1};
  CLIF_TRY(add_tensor(ctx, plan, list, lists));
  CLIF_TRY(add_tensor(ctx, plan, count, counts));
  clif__command *make = clif__plan_kernel(ctx, plan->list, layer, "bits+spikes", "spikes_list",
                                          CLIF__OVER_ROWS, CLIF__LANE_BLOCK);
  if (!make) return CLIF_OUT_OF_MEMORY;
  make->when = when;
  make->rows = in;
  snprintf(make->defines, sizeof make->defines, "-DCLIF_WIDE");
  clif__arg_tensor(make, turned);
  clif__arg_slot(make, CLIF__ROW_WORDS);
  clif__arg_tensor(make, *lists);
  clif__arg_slot(make, CLIF__ROW_LIST);
  clif__arg_tensor(make, *counts);
  clif__arg_uint(make, in);
  return CLIF_OK;
}

static clif_status add_sums(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                            clif__when when, int index, int counts) {
  enum { NO_TENSOR = -1, X_ARGUMENTS = 4, EACH = 8 };
  const clif__linear *linear = &layer->data.linear;
  bool vector = plan->lanes > 1;
  /* A core that takes several inputs at a time stays with one unit, whose rows of g it has near. */
  const size_t each = vector && ctx->most_iterations == 0 ? EACH : 1;
  const size_t groups = (linear->in + each - 1) / each;
  clif__command *sums = clif__plan_kernel(ctx, plan->list, layer, "bits+events+sums", "sums_tile",
                                          CLIF__OVER_NEURONS, linear->pitch);
  if (!sums) return CLIF_OUT_OF_MEMORY;
  sums->when = when;
  sums->rows = groups;
  sums->unit = vector ? clif__linear_unit(linear) : 1;
  sums->inner = 3;
  snprintf(sums->defines, sizeof sums->defines, "-DCLIF_UNIT=%zu -DCLIF_ADD%s", sums->unit,
           vector ? " -DCLIF_WIDE -DCLIF_BY_UNITS" : "");
  clif__arg_tensor(sums, NO_TENSOR);
  for (int i = 0; i < X_ARGUMENTS; i++) clif__arg_uint(sums, 0);
  clif__arg_tensor(sums, index);
  clif__arg_tensor(sums, counts);
  clif__arg_slot(sums, vector ? CLIF__ROW_LIST : CLIF__ROW_WORDS);
  clif__arg_tensor(sums, linear->g);
  clif__arg_slot(sums, CLIF__ROWS);
  clif__arg_tensor(sums, NO_TENSOR);
  clif__arg_tensor(sums, plan->stats);
  clif__arg_uint(sums, 0);
  clif__arg_tensor(sums, plan->gradients.weight);
  clif__arg_uint(sums, linear->pitch);
  clif__arg_uint(sums, groups);
  clif__arg_uint(sums, linear->in);
  clif__arg_slot(sums, CLIF__ADDS);
  return CLIF_OK;
}

static clif_status add_events(clif_context *ctx, clif__layer *layer, clif__plan *plan) {
  const clif__when when = {.taker = layer, .real = false};
  int turned, index, counts = -1;
  CLIF_TRY(add_turned(ctx, layer, plan, when, &turned));
  index = turned;
  if (plan->lanes > 1) CLIF_TRY(add_lists(ctx, layer, plan, turned, when, &index, &counts));
  return add_sums(ctx, layer, plan, when, index, counts);
}

/* ---- products ---- */

static clif__command *add_product(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                                  clif__product what, int x, size_t x_pitch, int w) {
  const clif__linear *linear = &layer->data.linear;
  clif__command *product = clif__linear_product(ctx, layer, plan, what);
  if (!product) return NULL;
  product->x = x;
  product->x_pitch = x_pitch;
  product->w = w;
  product->g = linear->g;
  product->columns = clif__linear_columns(linear, plan);
  product->units = clif__linear_units(linear, plan);
  return product;
}

static clif_status add_weights(clif_context *ctx, clif__layer *layer, clif__plan *plan) {
  const clif__when when = {.taker = layer, .real = true};
  int x;
  size_t pitch;
  CLIF_TRY(clif__linear_floats(ctx, layer, plan, layer->data.linear.input, when, &x, &pitch));
  clif__command *product =
      add_product(ctx, layer, plan, CLIF__WEIGHTS_BACK, x, pitch, plan->gradients.weight);
  if (!product) return CLIF_OUT_OF_MEMORY;
  product->when = when;
  return CLIF_OK;
}

static clif_status add_inputs(clif_context *ctx, clif__layer *layer, clif__plan *plan) {
  const clif__linear *linear = &layer->data.linear;
  int out;
  CLIF_TRY(clif__plan_rows(ctx, plan, layer, "gradients of inputs", linear->in, &out));
  if (!add_product(ctx, layer, plan, CLIF__INPUTS_BACK, out, clif__padded(linear->in),
                   linear->by_units))
    return CLIF_OUT_OF_MEMORY;
  return clif__plan_transfer(ctx, plan, CLIF__DOWNLOAD, layer, out, CLIF__G_INPUT);
}

clif_status clif__linear_back(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                              clif__layer *before) {
  (void)before;
  const clif__linear *linear = &layer->data.linear;
  const clif__tensor weight = {.layer = layer,
                               .what = "gradient of weight",
                               .life = CLIF__CONSTANT,
                               .pitch = clif__linear_columns(linear, plan),
                               .element = sizeof(float),
                               .rows = clif__linear_units(linear, plan) * linear->in};
  CLIF_TRY(add_tensor(ctx, plan, weight, &plan->gradients.weight));
  CLIF_TRY(add_events(ctx, layer, plan));
  CLIF_TRY(add_weights(ctx, layer, plan));
  return plan->gradient->input ? add_inputs(ctx, layer, plan) : CLIF_OK;
}
