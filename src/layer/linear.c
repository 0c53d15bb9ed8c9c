/* linear.c - the linear layer and its two ways.
 *
 * Dense: one matrix product over all rows of a tile. Events: the rows of the weights that belong to
 * inputs which are not 0 are added up, in the kernel of the neurons behind it where there are such.
 * The plan has the commands of both; which are run is decided from tile to tile (network/choose.c).
 */
#include "clif/group.h"
#include "layer/layer.h"

#include <stdio.h>
#include <string.h>

static clif_status infer(clif_context *ctx, clif__layer *layer, const clif_shape *in) {
  const clif__linear *linear = &layer->data.linear;
  char text[96];
  if (in->ndim != 1 || in->dim[0] != linear->in)
    return clif__fail(ctx, CLIF_SHAPE, "it takes %zu inputs, but what comes in has shape %s%s",
                      linear->in, clif__shape_text(in, text, sizeof text),
                      in->ndim > 1 ? "; put a flatten layer before it" : "");
  layer->shape = (clif_shape){1, {linear->out}};
  return CLIF_OK;
}

/* ---- constants ---- */

static clif__tensor constant(const clif__layer *layer, const char *what, size_t rows,
                             const float *data) {
  const clif__linear *linear = &layer->data.linear;
  return (clif__tensor){.layer = layer,
                        .what = what,
                        .life = CLIF__CONSTANT,
                        .width = linear->out,
                        .pitch = linear->pitch,
                        .element = sizeof(float),
                        .rows = rows,
                        .data = data};
}

/* Lane blocks that are summed up together with 16 lanes: as many as there are registers for, but
 * no more than keeps their part of the weights in a core's own cache. Even where there are several
 * units, so that none ends inside a word of bits. */
static size_t unit_of(const clif__linear *linear) {
  enum { MOST = 8, CACHE_BYTES = 1 << 20 };
  size_t blocks = linear->pitch / CLIF__LANE_BLOCK, most = MOST;
  while (most > 2 && most * CLIF__LANE_BLOCK * sizeof(float) * linear->in > CACHE_BYTES) most /= 2;
  size_t units = (blocks + most - 1) / most, unit = (blocks + units - 1) / units;
  return units > 1 ? (unit + 1) / 2 * 2 : unit;
}

/* The weights by units: a column of the matrix, 16 * unit wide, lies in one piece. */
static clif_status add_unit_weights(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                                    size_t unit, int *out) {
  const clif__linear *linear = &layer->data.linear;
  clif__tensor t = constant(layer, "weight by units", linear->in, linear->weight);
  size_t columns = unit * CLIF__LANE_BLOCK, units = (linear->pitch + columns - 1) / columns;
  t.data_pitch = linear->pitch;
  t.width = t.pitch = columns;
  t.rows = units * linear->in;
  return clif__plan_tensor(ctx, plan, t, out);
}

/* ---- what the inputs become ---- */

/* Where the product finds its inputs, as float32. */
typedef struct floats {
  int tensor;
  size_t pitch;
} floats;

static clif_status spread_bits(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                               const floats *to, clif__when when) {
  clif__command *spread = clif__plan_kernel(ctx, &plan->tile, layer, "bits+spikes",
                                            "spikes_to_floats", CLIF__OVER_ROWS, to->pitch);
  if (!spread) return CLIF_OUT_OF_MEMORY;
  spread->when = when;
  clif__arg_tensor(spread, in);
  clif__arg_uint(spread, plan->tensors[in].pitch);
  clif__arg_tensor(spread, to->tensor);
  clif__arg_uint(spread, to->pitch);
  clif__arg_slot(spread, CLIF__ROWS);
  return CLIF_OK;
}

static clif_status add_floats(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                              clif__when when, floats *out) {
  clif__form form = plan->tensors[in].form;
  *out = (floats){in, plan->tensors[in].pitch};
  if (form == CLIF__REAL) return CLIF_OK;
  if (form == CLIF__BITS && plan->tensors[in].real >= 0) {
    *out = (floats){plan->tensors[in].real, clif__padded(layer->data.linear.in)};
    return CLIF_OK;
  }
  out->pitch = clif__padded(layer->data.linear.in);
  CLIF_TRY(clif__plan_shared(ctx, plan, CLIF__INPUTS, out->pitch, &out->tensor));
  return form == CLIF__BITS ? spread_bits(ctx, layer, plan, in, out, when)
                            : clif__input_to_floats(ctx, plan, layer, in, out->tensor, when);
}

/* The bits of what is not 0. */
static clif_status add_bits(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                            clif__when when, int *out) {
  size_t words = clif_spike_words(layer->data.linear.in);
  *out = in;
  if (plan->tensors[in].form == CLIF__BITS) return CLIF_OK;
  CLIF_TRY(clif__plan_shared(ctx, plan, CLIF__INPUT_BITS, words, out));
  if (plan->tensors[in].form == CLIF__SOURCE)
    return clif__input_to_bits(ctx, plan, layer, in, *out, when);
  clif__command *pack = clif__plan_kernel(ctx, &plan->tile, layer, "bits+spikes",
                                          "spikes_of_floats", CLIF__OVER_ROWS, clif__padded(words));
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
  s->index_pitch = clif__padded(s->in + 4); /* spikes_list writes up to 4 too many */
  CLIF_TRY(clif__plan_shared(ctx, plan, CLIF__INPUTS, s->index_pitch * index / sizeof(cl_uint),
                             &s->index));
  CLIF_TRY(clif__plan_shared(ctx, plan, CLIF__COUNTS, 1, &s->counts));
  clif__command *list = clif__plan_kernel(ctx, &plan->tile, layer, "bits+spikes", "spikes_list",
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

/* ---- the ways ---- */

static clif_status add_product(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                               const floats *in, int weight, int out, clif__when when) {
  const clif__linear *linear = &layer->data.linear;
  if (plan->scratch < 0) {
    clif__tensor scratch = {.what = "scratch", .life = CLIF__SCRATCH, .element = 1};
    CLIF_TRY(clif__plan_tensor(ctx, plan, scratch, &plan->scratch));
  }
  clif__command *product = clif__plan_command(ctx, &plan->tile, CLIF__PRODUCT, layer);
  if (!product) return CLIF_OUT_OF_MEMORY;
  product->when = when;
  product->a = in->tensor;
  product->lda = in->pitch;
  product->b = weight;
  product->c = out;
  product->scratch = plan->scratch;
  product->k = linear->in;
  product->n = linear->pitch; /* padding too: its weights are 0, which keeps the rows' padding 0 */
  return CLIF_OK;
}

static clif_status add_bias(clif_context *ctx, clif__layer *layer, clif__plan *plan, int bias,
                            int out, clif__when when) {
  size_t pitch = layer->data.linear.pitch;
  clif__command *add =
      clif__plan_kernel(ctx, &plan->tile, layer, "rows", "rows_add_bias", CLIF__OVER_ROWS, pitch);
  if (!add) return CLIF_OUT_OF_MEMORY;
  add->when = when;
  clif__arg_tensor(add, out);
  clif__arg_tensor(add, bias);
  clif__arg_uint(add, pitch);
  clif__arg_slot(add, CLIF__ROWS);
  return CLIF_OK;
}

/* `out` -1: into the shared currents, for neurons, which add the bias themselves. */
static clif_status add_dense(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                             int weight, int bias, int out) {
  clif__linear *linear = &layer->data.linear;
  const clif__when when = {.linear = layer, .way = CLIF__DENSE};
  bool for_neurons = out < 0;
  floats x;
  CLIF_TRY(add_floats(ctx, layer, plan, in, when, &x));
  if (for_neurons) CLIF_TRY(clif__plan_shared(ctx, plan, CLIF__CURRENTS, linear->pitch, &out));
  CLIF_TRY(add_product(ctx, layer, plan, &x, weight, out, when));
  if (for_neurons) {
    clif__synapse *s = &linear->synapses[linear->n_synapses++];
    *s = clif__synapse_current(out, linear->pitch, bias);
    s->when = when;
    return CLIF_OK;
  }
  return bias >= 0 ? add_bias(ctx, layer, plan, bias, out, when) : CLIF_OK;
}

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
  clif__arg_slot(sums, CLIF__STEPS);
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
                       .unit = plan->lanes == 1 ? 1 : unit_of(linear)};
  CLIF_TRY(add_bits(ctx, layer, plan, in, s->when, &bits));
  s->index = bits;
  s->index_pitch = clif_spike_words(linear->in);
  if (plan->lanes > 1) CLIF_TRY(add_lists(ctx, layer, plan, bits, s));
  snprintf(s->defines, sizeof s->defines, "-DCLIF_UNIT=%zu%s%s", s->unit,
           linear->in > 1u << 16 && plan->lanes > 1 ? " -DCLIF_WIDE" : "",
           bias >= 0 ? " -DCLIF_BIAS" : "");
  set_values(s, plan, in);
  return CLIF_OK;
}

static clif_status add_events(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                              int weight, int bias, int out) {
  clif__linear *linear = &layer->data.linear;
  clif__synapse s;
  CLIF_TRY(make_events(ctx, layer, plan, in, weight, bias, &s));
  if (out >= 0) return add_sums(ctx, layer, plan, &s, out);
  linear->synapses[linear->n_synapses++] = s;
  return CLIF_OK;
}

/* ---- the plan ---- */

/* Neurons take the sums in themselves where nobody else wants them. */
static clif_status add_out(clif_context *ctx, clif__layer *layer, clif__plan *plan, int *out) {
  const clif__tensor inside = {
      .layer = layer, .what = "current", .life = CLIF__TILE, .form = CLIF__CURRENT, .element = 4};
  if (layer->taker && clif__is_neurons(layer->taker) && !layer->record[CLIF_OUTPUT])
    return clif__plan_tensor(ctx, plan, inside, out);
  return clif__plan_rows(ctx, plan, layer, "out", layer->data.linear.out, out);
}

/* Which ways and providers there are to choose from. What never pays is not prepared: it would take
 * memory, and CLBlast's kernels take seconds to compile. */
static void set_choices(clif__linear *l, const clif__plan *plan, const clif__tensor *in) {
  l->in_stats = in->stats;
  l->source = in->form == CLIF__SOURCE ? in->layer : NULL;
  l->always_real = in->form == CLIF__REAL;
  static const double worth =
      1.15; /* less is not, of what hardly any spikes are dense enough for */
  bool pays = worth * clif__cost_dense(plan, l, CLIF__BY_CLBLAST) < clif__cost_events(plan, l, 1.0);
  l->dense_spikes = !l->always_real && (plan->linear == CLIF_LINEAR_DENSE ||
                                        (plan->linear == CLIF_LINEAR_AUTO && pays));
  l->clblast = plan->dense == CLIF_DENSE_CLBLAST ||
               (plan->dense == CLIF_DENSE_AUTO && (l->dense_spikes || !plan->cblas));
}

static bool may_be_dense(const clif__linear *l, const clif__plan *plan) {
  if (plan->linear != CLIF_LINEAR_AUTO) return plan->linear == CLIF_LINEAR_DENSE;
  return l->dense_spikes || l->source || l->always_real;
}

static clif_status plan_linear(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                               int *out) {
  clif__linear *linear = &layer->data.linear;
  set_choices(linear, plan, &plan->tensors[in]);
  bool dense = may_be_dense(linear, plan), events = plan->linear != CLIF_LINEAR_DENSE;
  int weight = -1, by_units = -1, bias = -1;
  linear->n_synapses = 0;
  if (dense || plan->lanes == 1)
    CLIF_TRY(clif__plan_tensor(ctx, plan, constant(layer, "weight", linear->in, linear->weight),
                               &weight));
  if (events && plan->lanes > 1)
    CLIF_TRY(add_unit_weights(ctx, layer, plan, unit_of(linear), &by_units));
  if (linear->bias)
    CLIF_TRY(clif__plan_tensor(ctx, plan, constant(layer, "bias", 1, linear->bias), &bias));
  CLIF_TRY(add_out(ctx, layer, plan, out));
  int sums = plan->tensors[*out].form == CLIF__CURRENT ? -1 : *out;
  if (dense) CLIF_TRY(add_dense(ctx, layer, plan, in, weight, bias, sums));
  if (events)
    CLIF_TRY(add_events(ctx, layer, plan, in, by_units >= 0 ? by_units : weight, bias, sums));
  return CLIF_OK;
}

static void release(clif_context *ctx, clif__layer *layer) {
  clif__free(ctx, layer->data.linear.weight);
  clif__free(ctx, layer->data.linear.bias);
}

/* Row by row of the weights, which is how they lie in memory; each sum is still over ascending k.
 */
void clif__twin_linear(const clif__linear *linear, const float *x, float *y) {
  for (size_t j = 0; j < linear->out; j++) y[j] = 0.0f;
  for (size_t k = 0; k < linear->in; k++)
    for (size_t j = 0; j < linear->out; j++)
      y[j] = y[j] + x[k] * linear->weight[k * linear->pitch + j];
  for (size_t j = 0; linear->bias && j < linear->out; j++) y[j] = y[j] + linear->bias[j];
}

const clif__layer_class clif__linear_class = {
    .kind = "linear", .takes_input = true, .infer = infer, .plan = plan_linear, .release = release};
