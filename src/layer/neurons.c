/* neurons.c - the layers lif, if and li: all steps of a tile in one launch. */
#include <stdio.h>
#include <string.h>

#include "clif/group.h"
#include "layer/layer.h"

typedef clif__neuron_tensors tensors;

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
  d->start = clif__calloc(ctx, CLIF__STATES * pitch, sizeof *d->start);
  if (!d->start) return CLIF_OUT_OF_MEMORY;
  for (int s = 0; s < CLIF__STATES; s++)
    for (size_t i = 0; i < n; i++)
      d->start[(size_t)s * pitch + i] = clif__neuron_start(&d->neuron, &d->coefficients, s, i);
  return CLIF_OK;
}

static clif_status add_state(clif_context *ctx, clif__layer *layer, clif__plan *plan, size_t n,
                             int which, int *out) {
  const clif__tensor t = {.layer = layer,
                          .what = clif__state_names[which],
                          .life = CLIF__STATE,
                          .width = n,
                          .pitch = clif__padded(n),
                          .element = sizeof(float)};
  CLIF_TRY(clif__plan_tensor(ctx, plan, t, out));
  if (plan->gradient) {
    const clif__tensor kept = {.layer = layer,
                               .what = "checkpoints",
                               .life = CLIF__CHECKPOINT,
                               .width = n,
                               .pitch = t.pitch,
                               .element = sizeof(float)};
    int checkpoint;
    CLIF_TRY(clif__plan_tensor(ctx, plan, kept, &checkpoint));
    plan->tensors[*out].kept = checkpoint;
  }
  /* Where neurons do not differ one number will do. */
  const clif__neurons *d = &layer->data.neurons;
  return clif__plan_start(ctx, plan, layer, *out, d->start + (size_t)which * t.pitch,
                          !d->coefficients.rows);
}

static clif_status add_states(clif_context *ctx, clif__layer *layer, clif__plan *plan, size_t n,
                              tensors *t) {
  for (int which = 0; which < CLIF__STATES; which++)
    if (clif__neuron_has_state(&layer->data.neurons.neuron, which))
      CLIF_TRY(add_state(ctx, layer, plan, n, which, &t->states[which]));
  return CLIF_OK;
}

/* One row for each coefficient, or one number. */
static clif_status add_coefficients(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                                    size_t n, tensors *t) {
  const clif__coefficients *c = &layer->data.neurons.coefficients;
  const clif__tensor rows = {.layer = layer,
                             .what = "coefficients",
                             .life = CLIF__CONSTANT,
                             .width = c->rows ? n : 1,
                             .pitch = c->rows ? c->pitch : 1,
                             .element = sizeof(float),
                             .rows = CLIF__COEFFICIENTS,
                             .data = c->rows ? c->rows : c->value};
  return clif__plan_tensor(ctx, plan, rows, &t->coefficients);
}

static clif_status add_injected(clif_context *ctx, clif__layer *layer, clif__plan *plan, size_t n,
                                tensors *t) {
  const clif__neurons *d = &layer->data.neurons;
  if (!d->inject) return CLIF_OK;
  if (clif__neuron_noisy(&d->neuron)) {
    CLIF_TRY(clif__plan_rows(ctx, plan, layer, "eps", n, &t->eps));
    CLIF_TRY(clif__plan_transfer(ctx, plan, CLIF__UPLOAD, layer, t->eps, CLIF__EPS));
  }
  if (d->neuron.stochastic) {
    CLIF_TRY(clif__plan_rows(ctx, plan, layer, "u", n, &t->u));
    CLIF_TRY(clif__plan_transfer(ctx, plan, CLIF__UPLOAD, layer, t->u, CLIF__U));
  }
  return CLIF_OK;
}

/* ---- what is written out in every step ---- */

/* By clif_quantity. */
static const struct {
  const char *what, *define;
} records[CLIF__QUANTITIES] = {
    [CLIF_OUTPUT] = {"recorded spikes", "-DCLIF_OUT_U8"},
    [CLIF_V] = {"recorded v", "-DCLIF_RECORD_V"},
    [CLIF_V_PRE] = {"recorded v_pre", "-DCLIF_RECORD_V_PRE"},
    [CLIF_TH] = {"recorded th", "-DCLIF_RECORD_TH"},
    [CLIF_SPIKE_F32] = {"recorded spikes as float32", "-DCLIF_OUT_F32"},
    [CLIF_SPIKE_BITS] = {"", ""}, /* is what goes out; so is CLIF_OUTPUT of a readout */
};

/* What other layers take: spikes as bits, of a readout v. */
static clif_status add_out(clif_context *ctx, clif__layer *layer, clif__plan *plan, size_t n,
                           tensors *t) {
  const bool *record = layer->record;
  if (!layer->spiking && (layer->takers || record[CLIF_OUTPUT]))
    return clif__plan_rows(ctx, plan, layer, "out", n, &t->out);
  if (!layer->spiking || (!layer->takers && !record[CLIF_SPIKE_BITS] && !plan->gradient))
    return CLIF_OK;
  return clif__plan_bits(ctx, plan, layer, "spike bits", n, &t->out);
}

/* Is this quantity kept, to be read back or for a backward pass? */
static bool is_kept(const clif__layer *layer, const clif__plan *plan, int quantity) {
  bool moves = clif__neuron_clamps(&layer->data.neurons.neuron);
  return layer->record[quantity] ||
         (plan->gradient && (quantity == CLIF_V_PRE || (quantity == CLIF_TH && moves)));
}

static clif_status add_outputs(clif_context *ctx, clif__layer *layer, clif__plan *plan, size_t n,
                               tensors *t) {
  CLIF_TRY(add_out(ctx, layer, plan, n, t));
  for (int q = CLIF_OUTPUT; q < CLIF__QUANTITIES; q++) {
    if (!is_kept(layer, plan, q)) continue;
    if (q == CLIF_SPIKE_BITS || (q == CLIF_OUTPUT && !layer->spiking)) {
      t->records[q] = t->out;
      continue;
    }
    CLIF_TRY(clif__plan_rows(ctx, plan, layer, records[q].what, n, &t->records[q]));
    plan->tensors[t->records[q]].taped = plan->gradient && (q == CLIF_V_PRE || q == CLIF_TH);
    if (q == CLIF_OUTPUT) plan->tensors[t->records[q]].element = 1;
  }
  if (plan->gradient && clif__neuron_refractory(&layer->data.neurons.neuron))
    CLIF_TRY(clif__plan_rows(ctx, plan, layer, "kept wait", n, &t->waits));
  /* Who wants spikes as float32 has them then. */
  if (t->out >= 0 && layer->record[CLIF_SPIKE_F32])
    plan->tensors[t->out].real = t->records[CLIF_SPIKE_F32];
  return CLIF_OK;
}

static clif_status add_downloads(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                                 const tensors *t) {
  for (int q = CLIF_OUTPUT; q < CLIF__QUANTITIES; q++)
    if (layer->record[q])
      CLIF_TRY(clif__plan_transfer(ctx, plan, CLIF__DOWNLOAD, layer, t->records[q], q));
  return CLIF_OK;
}

/* ---- the step ---- */

static void set_defines(const clif_context *ctx, const clif__layer *layer, const tensors *t,
                        clif__command *step) {
  const clif__neurons *d = &layer->data.neurons;
  size_t length = strlen(step->defines), capacity = sizeof step->defines;
  const char *out = t->out < 0 ? "" : layer->spiking ? " -DCLIF_OUT_BITS" : " -DCLIF_OUT_F32";
  step->defines[length++] = ' ';
  clif__neuron_defines(&d->neuron, &d->coefficients, step->defines + length, capacity - length);
  for (int q = CLIF_OUTPUT; q < CLIF__QUANTITIES; q++) {
    length = strlen(step->defines);
    if (t->records[q] >= 0 && t->records[q] != t->out)
      snprintf(step->defines + length, capacity - length, " %s", records[q].define);
  }
  length = strlen(step->defines);
  snprintf(step->defines + length, capacity - length, "%s%s%s%s %s", out,
           t->waits >= 0 ? " -DCLIF_RECORD_WAIT" : "", layer->looks ? " -DCLIF_LOOK" : "",
           d->inject ? " -DCLIF_INJECT" : "",
           d->neuron.form == CLIF_FORM_SEED ? clif__division_option(ctx) : "");
}

/* Those behind the synapse's. */
static void add_arguments(const clif__layer *layer, const clif__plan *plan, const tensors *t,
                          size_t n, clif__command *step) {
  bool spiking = layer->spiking;
  for (int which = 0; which < CLIF__STATES; which++) clif__arg_tensor(step, t->states[which]);
  clif__arg_tensor(step, t->coefficients);
  clif__arg_tensor(step, t->eps);
  clif__arg_tensor(step, t->u);
  clif__arg_slot(step, CLIF__KEY_LOW);
  clif__arg_slot(step, CLIF__KEY_HIGH);
  clif__arg_uint(step, 16 * (size_t)layer->id);
  clif__arg_slot(step, CLIF__QUAD);
  clif__arg_slot(step, CLIF__PHASE);
  clif__arg_slot(step, CLIF__FIRST_SAMPLE);
  clif__arg_tensor(step, spiking ? t->records[CLIF_SPIKE_F32] : t->out);
  clif__arg_tensor(step, spiking ? t->records[CLIF_OUTPUT] : -1);
  clif__arg_tensor(step, spiking ? t->out : -1);
  clif__arg_uint(step, clif_spike_words(n));
  clif__arg_tensor(step, t->records[CLIF_V]);
  clif__arg_tensor(step, t->records[CLIF_V_PRE]);
  clif__arg_tensor(step, t->records[CLIF_TH]);
  clif__arg_tensor(step, plan->stats);
  clif__arg_uint(step, (size_t)layer->stats);
  clif__arg_uint(step, n);
  clif__arg_slot(step, CLIF__SAMPLES);
  clif__arg_slot(step, CLIF__STEPS);
  clif__arg_slot(step, CLIF__BLOCKS);
  if (t->waits >= 0) clif__arg_tensor(step, t->waits);
}

static clif_status add_step(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                            const clif__synapse *synapse, const tensors *t, size_t n) {
  clif__command *step =
      clif__synapse_kernel(ctx, plan, layer, synapse, "lif+tile", "lif_tile", clif__padded(n));
  if (!step) return CLIF_OUT_OF_MEMORY;
  set_defines(ctx, layer, t, step);
  clif__arg_uint(step, (size_t)synapse->other);
  add_arguments(layer, plan, t, n, step);
  return CLIF_OK;
}

/* One for each way in which the current may come. */
static clif_status add_steps(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                             const tensors *t, size_t n) {
  if (plan->tensors[t->in].form == CLIF__CURRENT) {
    const clif__linear *linear = &plan->tensors[t->in].layer->data.linear;
    for (unsigned i = 0; i < linear->n_synapses; i++)
      CLIF_TRY(add_step(ctx, layer, plan, &linear->synapses[i], t, n));
    return CLIF_OK;
  }
  const clif__synapse current = clif__synapse_current(t->in, plan->tensors[t->in].pitch, -1);
  return add_step(ctx, layer, plan, &current, t, n);
}

static clif_status plan_neurons(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                                int *out) {
  size_t n = clif__shape_count(&layer->shape), pitch = clif__padded(n);
  CLIF_TRY(clif__plan_real(ctx, plan, layer, in, &in));
  tensors t = {in, -1, -1, {-1, -1, -1}, {-1, -1, -1, -1, -1, -1}, -1, -1, -1};
  /* What a run brings has not been looked over; everything else has. */
  layer->looks = plan->tensors[in].life == CLIF__BOUND;
  layer->stats = clif__plan_stats(plan, layer->looks ? 2 : 1);
  CLIF_TRY(make_numbers(ctx, layer, n, pitch));
  CLIF_TRY(add_states(ctx, layer, plan, n, &t));
  CLIF_TRY(add_coefficients(ctx, layer, plan, n, &t));
  CLIF_TRY(add_injected(ctx, layer, plan, n, &t));
  CLIF_TRY(add_outputs(ctx, layer, plan, n, &t));
  CLIF_TRY(add_steps(ctx, layer, plan, &t, n));
  if (t.out >= 0) plan->tensors[t.out].stats = layer->stats;
  layer->data.neurons.tensors = t;
  *out = t.out;
  return add_downloads(ctx, layer, plan, &t);
}

static void release(clif_context *ctx, clif__layer *layer) {
  clif__neurons *d = &layer->data.neurons;
  clif__neuron_release(ctx, &d->neuron);
  clif__coefficients_release(ctx, &d->coefficients);
  clif__free(ctx, d->start);
}

#define NEURONS(name)                                                                              \
  {                                                                                                \
    .kind = name, .takes_input = true, .records = true, .infer = infer, .plan = plan_neurons,      \
    .back = clif__neurons_back, .release = release                                                 \
  }

const clif__layer_class clif__lif_class = NEURONS("lif");
const clif__layer_class clif__if_class = NEURONS("if");
const clif__layer_class clif__li_class = NEURONS("li");

bool clif__is_neurons(const clif__layer *layer) {
  return layer->type == &clif__lif_class || layer->type == &clif__if_class ||
         layer->type == &clif__li_class;
}
