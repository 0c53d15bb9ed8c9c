/* neurons.c - the layers lif, if and li: all steps of a tile in one launch. */
#include <stdio.h>

#include "layer/layer.h"

static clif_status infer(clif_context *ctx, clif__layer *layer, const clif_shape *in) {
  const clif__neuron *neuron = &layer->data.neurons.neuron;
  size_t given = clif__neuron_count(neuron), wanted = clif__shape_count(in);
  char text[96];
  if (given != 0 && given != wanted)
    return clif__fail(ctx, CLIF_SHAPE,
                      "its parameters are for %zu neurons, but what comes in has shape %s", given,
                      clif__shape_text(in, text, sizeof text));
  layer->shape = *in;
  layer->spiking = neuron->model != CLIF__LI;
  return CLIF_OK;
}

/* The numbers behind the tensors: coefficients, and the row that every state starts with. */
static clif_status make_numbers(clif_context *ctx, clif__layer *layer, size_t n, size_t pitch) {
  clif__neurons *d = &layer->data.neurons;
  clif__coefficients_release(ctx, &d->coefficients); /* of an earlier prepare that failed */
  clif__free(ctx, d->start);
  d->start = NULL;
  CLIF_TRY(clif__coefficients_make(ctx, &d->neuron, n, pitch, &d->coefficients));
  size_t n_states;
  const clif__state *states = clif__neuron_states(&d->neuron, &n_states);
  d->start = clif__calloc(ctx, n_states * pitch, sizeof *d->start);
  if (!d->start) return CLIF_OUT_OF_MEMORY;
  for (size_t s = 0; s < n_states; s++)
    for (size_t i = 0; i < n; i++)
      d->start[s * pitch + i] = states[s].start(&d->neuron, &d->coefficients, i);
  return CLIF_OK;
}

static clif_status add_states(clif_context *ctx, clif__layer *layer, clif__plan *plan, size_t n,
                              size_t pitch, int tensors[CLIF__MAX_STATES]) {
  const clif__neurons *d = &layer->data.neurons;
  size_t n_states;
  const clif__state *states = clif__neuron_states(&d->neuron, &n_states);
  for (size_t s = 0; s < n_states; s++) {
    int start;
    clif__tensor t = {.layer = layer,
                      .what = states[s].name,
                      .life = CLIF__STATE,
                      .width = n,
                      .pitch = pitch,
                      .element = sizeof(float)};
    CLIF_TRY(clif__plan_tensor(ctx, plan, t, &tensors[s]));
    t.what = "start";
    t.life = CLIF__CONSTANT;
    t.rows = 1;
    t.data = d->start + s * pitch;
    CLIF_TRY(clif__plan_tensor(ctx, plan, t, &start));
    clif__command *spread =
        clif__plan_kernel(ctx, &plan->start, layer, "rows", "rows_spread", CLIF__OVER_ROWS, pitch);
    if (!spread) return CLIF_OUT_OF_MEMORY;
    clif__arg_tensor(spread, start);
    clif__arg_tensor(spread, tensors[s]);
    clif__arg_uint(spread, pitch);
    clif__arg_slot(spread, CLIF__SAMPLES);
  }
  return CLIF_OK;
}

/* The coefficients as lif_tile takes them: one tensor of rows, or numbers. */
static void add_coefficients(clif__command *step, const clif__neurons *d, int rows) {
  if (d->coefficients.rows) {
    clif__arg_tensor(step, rows);
    return;
  }
  int last = d->neuron.model == CLIF__LI ? CLIF__C : CLIF__V_RESET;
  for (int which = CLIF__A; which <= last; which++)
    clif__arg_float(step, d->coefficients.value[which]);
}

/* The tensors of the recorded membranes; -1 where none is asked for. */
static clif_status add_records(clif_context *ctx, clif__layer *layer, clif__plan *plan, size_t n,
                               int records[3]) {
  static const char *const names[] = {"", "recorded v", "recorded v_pre"};
  for (int q = CLIF_V; q <= CLIF_V_PRE; q++) {
    records[q] = -1;
    if (layer->record[q]) CLIF_TRY(clif__plan_rows(ctx, plan, layer, names[q], n, &records[q]));
  }
  return CLIF_OK;
}

static clif_status add_downloads(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                                 const int records[3]) {
  for (int q = CLIF_V; q <= CLIF_V_PRE; q++) {
    if (records[q] < 0) continue;
    clif__command *download = clif__plan_command(ctx, &plan->tile, CLIF__DOWNLOAD, layer);
    if (!download) return CLIF_OUT_OF_MEMORY;
    download->tensor = records[q];
    download->quantity = (clif_quantity)q;
  }
  return CLIF_OK;
}

static clif_status add_step(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                            const int states[CLIF__MAX_STATES], int out, int coefficients,
                            const int records[3]) {
  const clif__neurons *d = &layer->data.neurons;
  const clif__tensor *t = &plan->tensors[out];
  clif__command *step =
      clif__plan_kernel(ctx, &plan->tile, layer, "lif", "lif_tile", CLIF__OVER_NEURONS, t->pitch);
  if (!step) return CLIF_OUT_OF_MEMORY;
  char model[96];
  clif__neuron_defines(&d->neuron, &d->coefficients, model, sizeof model);
  snprintf(step->defines, sizeof step->defines, "%s%s%s", model,
           records[CLIF_V] >= 0 ? " -DCLIF_RECORD_V" : "",
           records[CLIF_V_PRE] >= 0 ? " -DCLIF_RECORD_V_PRE" : "");

  clif__arg_tensor(step, in);
  clif__arg_tensor(step, out);
  size_t n_states;
  clif__neuron_states(&d->neuron, &n_states);
  for (size_t s = 0; s < n_states; s++) clif__arg_tensor(step, states[s]);
  add_coefficients(step, d, coefficients);
  for (int q = CLIF_V; q <= CLIF_V_PRE; q++)
    if (records[q] >= 0) clif__arg_tensor(step, records[q]);
  clif__arg_tensor(step, plan->stats);
  clif__arg_uint(step, (size_t)t->stats);
  clif__arg_uint(step, t->width);
  clif__arg_uint(step, t->pitch);
  clif__arg_slot(step, CLIF__SAMPLES);
  clif__arg_slot(step, CLIF__STEPS);
  return CLIF_OK;
}

static clif_status plan_neurons(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                                int *out) {
  clif__neurons *d = &layer->data.neurons;
  size_t n = clif__shape_count(&layer->shape), pitch = clif__padded(n);
  int states[CLIF__MAX_STATES] = {0}, coefficients = -1, records[3];
  CLIF_TRY(make_numbers(ctx, layer, n, pitch));
  CLIF_TRY(add_states(ctx, layer, plan, n, pitch, states));
  if (d->coefficients.rows) {
    clif__tensor t = {.layer = layer,
                      .what = "coefficients",
                      .life = CLIF__CONSTANT,
                      .width = n,
                      .pitch = pitch,
                      .element = sizeof(float),
                      .rows = CLIF__COEFFICIENTS,
                      .data = d->coefficients.rows};
    CLIF_TRY(clif__plan_tensor(ctx, plan, t, &coefficients));
  }
  CLIF_TRY(clif__plan_rows(ctx, plan, layer, "out", n, out));
  plan->tensors[*out].stats = clif__plan_stats(plan, 1);
  CLIF_TRY(add_records(ctx, layer, plan, n, records));
  CLIF_TRY(add_step(ctx, layer, plan, in, states, *out, coefficients, records));
  return add_downloads(ctx, layer, plan, records);
}

static void release(clif_context *ctx, clif__layer *layer) {
  clif__neurons *d = &layer->data.neurons;
  clif__neuron_release(ctx, &d->neuron);
  clif__coefficients_release(ctx, &d->coefficients);
  clif__free(ctx, d->start);
}

const clif__layer_class clif__lif_class = {
    .kind = "lif", .takes_input = true, .infer = infer, .plan = plan_neurons, .release = release};
const clif__layer_class clif__if_class = {
    .kind = "if", .takes_input = true, .infer = infer, .plan = plan_neurons, .release = release};
const clif__layer_class clif__li_class = {
    .kind = "li", .takes_input = true, .infer = infer, .plan = plan_neurons, .release = release};
