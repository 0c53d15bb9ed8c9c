/* linear_events.c - a linear layer event by event: the weights of what is not 0 are added up. */
#include "clif/group.h"
#include "layer/linear.h"

#include <stdio.h>
#include <string.h>

/* ---- weights ---- */

/* Lane blocks that are summed up together with 16 lanes: as many as there are registers for, but
 * no more than keeps their part of the weights in a core's own cache. Even where there are several
 * units, so that none ends inside a word of bits. */
size_t clif__linear_unit(const clif__linear *linear) {
  enum { MOST = 8, CACHE_BYTES = 1 << 20 };
  size_t blocks = linear->pitch / CLIF__LANE_BLOCK, most = MOST;
  while (most > 2 && most * CLIF__LANE_BLOCK * sizeof(float) * linear->in > CACHE_BYTES) most /= 2;
  size_t units = (blocks + most - 1) / most, unit = (blocks + units - 1) / units;
  return units > 1 ? (unit + 1) / 2 * 2 : unit;
}

size_t clif__linear_columns(const clif__linear *linear, const clif__plan *plan) {
  return plan->lanes == 1 ? linear->pitch : clif__linear_unit(linear) * CLIF__LANE_BLOCK;
}

size_t clif__linear_units(const clif__linear *linear, const clif__plan *plan) {
  size_t columns = clif__linear_columns(linear, plan);
  return (linear->pitch + columns - 1) / columns;
}

clif_status clif__linear_unit_weights(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                                      int *out) {
  const clif__linear *linear = &layer->data.linear;
  clif__tensor t = clif__linear_constant(layer, "weight by units", linear->in, linear->weight);
  t.data_pitch = linear->pitch;
  t.width = t.pitch = clif__linear_columns(linear, plan);
  t.rows = clif__linear_units(linear, plan) * linear->in;
  return clif__plan_tensor(ctx, plan, t, out);
}

/* ---- what the inputs become ---- */

/* The bits of what is not 0. */
clif_status clif__linear_bits(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                              clif__when when, int *out) {
  size_t words = clif_spike_words(layer->data.linear.in);
  *out = in;
  if (plan->tensors[in].form == CLIF__BITS) return CLIF_OK;
  CLIF_TRY(clif__plan_shared(ctx, plan, CLIF__INPUT_BITS, words, out));
  if (plan->tensors[in].form == CLIF__SOURCE)
    return clif__input_to_bits(ctx, plan, layer, in, *out, when);
  clif__command *pack = clif__plan_kernel(ctx, plan->list, layer, "bits+spikes", "spikes_of_floats",
                                          CLIF__OVER_ROWS, clif__padded(words));
  if (!pack) return CLIF_OUT_OF_MEMORY;
  enum { BLOCKS = 32 }; /* lane blocks in 16 words, or neurons in one */
  pack->inner = BLOCKS;
  pack->when = when;
  clif__arg_tensor(pack, in);
  clif__arg_uint(pack, plan->tensors[in].pitch);
  clif__arg_tensor(pack, *out);
  clif__arg_uint(pack, words);
  clif__arg_slot(pack, CLIF__ROWS);
  return CLIF_OK;
}

/* With 16 lanes lists are made of the bits, once for all units. */
static clif_status add_lists(clif_context *ctx, clif__layer *layer, clif__plan *plan, int bits,
                             clif__synapse *s) {
  bool wide = s->in > 1u << 16;
  size_t words = clif_spike_words(s->in), index = wide ? sizeof(cl_uint) : sizeof(cl_ushort);
  s->index_pitch = clif__row_list(s->in);
  CLIF_TRY(clif__plan_shared(ctx, plan, CLIF__INPUTS, s->index_pitch * index / sizeof(cl_uint),
                             &s->index));
  CLIF_TRY(clif__plan_shared(ctx, plan, CLIF__COUNTS, 1, &s->counts));
  clif__command *list = clif__plan_kernel(ctx, plan->list, layer, "bits+spikes", "spikes_list",
                                          CLIF__OVER_ROWS, CLIF__LANE_BLOCK);
  if (!list) return CLIF_OUT_OF_MEMORY;
  list->inner = words + s->in / 4;
  list->when = s->when;
  snprintf(list->defines, sizeof list->defines, "%s", wide ? "-DCLIF_WIDE" : "");
  clif__arg_tensor(list, bits);
  clif__arg_uint(list, words);
  clif__arg_tensor(list, s->index);
  clif__arg_uint(list, s->index_pitch);
  clif__arg_tensor(list, s->counts);
  clif__arg_slot(list, CLIF__ROWS);
  return CLIF_OK;
}

/* ---- the sums ---- */

/* The sums written out, for layers that are no neurons. */
static clif_status add_sums(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                            const clif__synapse *s, int out) {
  size_t pitch = layer->data.linear.pitch;
  clif__command *sums = clif__synapse_kernel(ctx, plan, layer, s, "sums", "sums_tile", pitch);
  if (!sums) return CLIF_OUT_OF_MEMORY;
  clif__arg_tensor(sums, plan->stats);
  clif__arg_uint(sums, (size_t)s->other);
  clif__arg_tensor(sums, out);
  clif__arg_uint(sums, pitch);
  clif__arg_slot(sums, CLIF__SAMPLES);
  clif__arg_slot(sums, CLIF__ROWS);
  return CLIF_OK;
}

/* What is not 0 has a value: always where numbers come in, and in what was uploaded perhaps. */
static void set_values(clif__synapse *s, const clif__plan *plan, int in) {
  const clif__tensor *t = &plan->tensors[in];
  size_t length = strlen(s->defines);
  if (t->form == CLIF__BITS) return;
  s->x = in;
  s->x_pitch = t->pitch;
  if (t->form == CLIF__SOURCE) s->other = t->stats + 3;
  snprintf(s->defines + length, sizeof s->defines - length, " -DCLIF_VALUES%s",
           t->form == CLIF__SOURCE ? " -DCLIF_VALUE_MAY" : "");
}

static clif_status make_events(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                               int weight, int bias, clif__synapse *s) {
  const clif__linear *linear = &layer->data.linear;
  int bits;
  *s = (clif__synapse){.name = "events",
                       .when = {.linear = layer, .way = CLIF__EVENTS},
                       .x = -1,
                       .counts = -1,
                       .weight = weight,
                       .bias = bias,
                       .in = linear->in,
                       .unit = plan->lanes == 1 ? 1 : clif__linear_unit(linear)};
  CLIF_TRY(clif__linear_bits(ctx, layer, plan, in, s->when, &bits));
  s->index = bits;
  s->index_pitch = clif_spike_words(linear->in);
  if (plan->lanes > 1) CLIF_TRY(add_lists(ctx, layer, plan, bits, s));
  snprintf(s->defines, sizeof s->defines, "-DCLIF_UNIT=%zu%s%s", s->unit,
           linear->in > 1u << 16 && plan->lanes > 1 ? " -DCLIF_WIDE" : "",
           bias >= 0 ? " -DCLIF_BIAS" : "");
  set_values(s, plan, in);
  return CLIF_OK;
}

clif_status clif__linear_events(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                                int weight, int bias, int out) {
  clif__linear *linear = &layer->data.linear;
  clif__synapse s;
  CLIF_TRY(make_events(ctx, layer, plan, in, weight, bias, &s));
  if (out >= 0) return add_sums(ctx, layer, plan, &s, out);
  linear->synapses[linear->n_synapses++] = s;
  return CLIF_OK;
}
