/* input.c - the input layer: uploads a tile, makes float32 or spikes of it and looks it over. */
#include <math.h>
#include <stdio.h>

#include "clif/group.h"
#include "layer/layer.h"
#include "neuron/random.h"

clif_coding_params clif_coding_defaults(clif_coding coding) {
  return (clif_coding_params){.size = sizeof(clif_coding_params),
                              .coding = coding,
                              .gain = 1.0,
                              .threshold = coding == CLIF_CODING_LATENCY ? 0.01 : 0.1,
                              .window = 0};
}

clif_status clif__coding_check(clif_context *ctx, const clif_coding_params *p) {
  enum { LONGEST_WINDOW = 1 << 24 }; /* float32 counts its steps exactly; also in cl/input.cl */
  if (!p) return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "the coding is NULL");
  CLIF_TRY(clif__check_size(ctx, p->size, sizeof *p, "clif_coding_params"));
  if ((unsigned)p->coding > CLIF_CODING_DELTA)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "coding is %d, which is no clif_coding",
                      (int)p->coding);
  if (!isfinite((float)p->gain))
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "gain is %g; it must be a finite number",
                      p->gain);
  if (p->coding == CLIF_CODING_LATENCY && !(p->threshold >= 0.0 && (float)p->threshold < 1.0f))
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                      "threshold is %g; for latency coding it must be from 0 to below 1",
                      p->threshold);
  if (p->coding == CLIF_CODING_LATENCY && (p->window == 0 || p->window > LONGEST_WINDOW))
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "window is %zu; it must be from 1 to %d steps",
                      p->window, LONGEST_WINDOW);
  if (p->coding == CLIF_CODING_DELTA && !((float)p->threshold > 0.0f && isfinite(p->threshold)))
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                      "threshold is %g; for delta coding it must be above 0", p->threshold);
  return CLIF_OK;
}

static clif_status infer(clif_context *ctx, clif__layer *layer, const clif_shape *in) {
  (void)ctx, (void)in; /* the shape was given when the layer was added */
  const clif_coding_params *coding = &layer->data.input.coding;
  bool negative = coding->coding == CLIF_CODING_DELTA && coding->negative;
  layer->spiking = coding->coding != CLIF_CODING_NONE && !negative;
  return CLIF_OK;
}

/* ---- the values themselves ---- */

static const clif_dtype dtypes[] = {CLIF_U8, CLIF_F32}; /* which comes, only a run tells */
enum { DTYPES = sizeof dtypes / sizeof *dtypes };

/* A kernel of input.cl over what was uploaded as `dtype`, with its first arguments. */
static clif__command *source_kernel(clif_context *ctx, clif__plan *plan, clif__layer *layer,
                                    int source, const char *kernel, size_t pitch, clif__when when,
                                    clif_dtype dtype) {
  const clif__tensor *t = &plan->tensors[source];
  clif__command *command =
      clif__plan_kernel(ctx, plan->list, layer, "bits+input", kernel, CLIF__OVER_ROWS, pitch);
  if (!command) return NULL;
  snprintf(command->defines, sizeof command->defines, "-DCLIF_INPUT_BYTES=%d", dtype == CLIF_U8);
  command->when = when;
  command->when.input = t->layer;
  command->when.dtype = dtype;
  clif__arg_tensor(command, source);
  clif__arg_place(command, source, CLIF__PLACE_STEP, t->pitch);
  return command;
}

clif_status clif__input_to_floats(clif_context *ctx, clif__plan *plan, clif__layer *layer,
                                  int source, int out, clif__when when) {
  size_t pitch = plan->tensors[source].pitch;
  for (int i = 0; i < DTYPES; i++) {
    clif__command *load =
        source_kernel(ctx, plan, layer, source, "input_load", pitch, when, dtypes[i]);
    if (!load) return CLIF_OUT_OF_MEMORY;
    clif__arg_tensor(load, out);
    clif__arg_tensor(load, plan->stats);
    clif__arg_uint(load, (size_t)plan->tensors[source].stats);
    clif__arg_uint(load, plan->tensors[source].width);
    clif__arg_uint(load, pitch);
    clif__arg_slot(load, CLIF__SAMPLES);
    clif__arg_slot(load, CLIF__ROWS);
  }
  return CLIF_OK;
}

clif_status clif__input_to_bits(clif_context *ctx, clif__plan *plan, clif__layer *layer, int source,
                                int out, clif__when when) {
  enum { BLOCKS = 32 }; /* lane blocks in 16 words, or neurons in one */
  size_t words = clif_spike_words(plan->tensors[source].width);
  for (int i = 0; i < DTYPES; i++) {
    clif__command *load =
        source_kernel(ctx, plan, layer, source, "input_bits", clif__padded(words), when, dtypes[i]);
    if (!load) return CLIF_OUT_OF_MEMORY;
    load->inner = BLOCKS;
    clif__arg_place(load, source, CLIF__PLACE_SAMPLE, plan->tensors[source].pitch);
    clif__arg_tensor(load, out);
    clif__arg_uint(load, words);
    clif__arg_tensor(load, plan->stats);
    clif__arg_uint(load, (size_t)plan->tensors[source].stats);
    clif__arg_uint(load, plan->tensors[source].width);
    clif__arg_slot(load, CLIF__SAMPLES);
    clif__arg_slot(load, CLIF__ROWS);
  }
  return CLIF_OK;
}

/* ---- spikes ---- */

/* Delta's values of the step before, 0 before the first. */
static clif_status add_previous(clif_context *ctx, clif__layer *layer, clif__plan *plan, int source,
                                int *previous) {
  static const float zero = 0.0f;
  const clif__tensor *x = &plan->tensors[source];
  const clif__tensor state = {.layer = layer,
                              .what = "previous",
                              .life = CLIF__STATE,
                              .width = x->width,
                              .pitch = x->pitch,
                              .element = sizeof(float)};
  if (layer->data.input.coding.coding != CLIF_CODING_DELTA) return CLIF_OK;
  CLIF_TRY(clif__plan_tensor(ctx, plan, state, previous));
  return clif__plan_start(ctx, plan, layer, *previous, &zero, true);
}

/* Steps for each unit that a value is below 1. */
static double latency_slope(const clif_coding_params *p) {
  return ((double)p->window - 1.0) / (1.0 - p->threshold);
}

static clif_status add_code(clif_context *ctx, clif__layer *layer, clif__plan *plan, int source,
                            int out, int previous, clif_dtype dtype) {
  const clif_coding_params *p = &layer->data.input.coding;
  const clif__tensor *x = &plan->tensors[source];
  bool bits = plan->tensors[out].form == CLIF__BITS;
  clif__command *code = clif__plan_kernel(ctx, plan->list, layer, "bits+input", "input_code",
                                          CLIF__OVER_NEURONS, x->pitch);
  if (!code) return CLIF_OUT_OF_MEMORY;
  snprintf(code->defines, sizeof code->defines, "-DCLIF_INPUT_BYTES=%d -DCLIF_CODING=%d%s",
           dtype == CLIF_U8, (int)p->coding, bits ? "" : " -DCLIF_NEGATIVE");
  code->when = (clif__when){.input = layer, .dtype = dtype};
  clif__arg_tensor(code, source);
  clif__arg_place(code, source, CLIF__PLACE_STEP, x->pitch);
  clif__arg_tensor(code, bits ? -1 : out);
  clif__arg_tensor(code, bits ? out : -1);
  clif__arg_uint(code, clif_spike_words(x->width));
  clif__arg_tensor(code, previous);
  clif__arg_float(code, p->gain);
  clif__arg_float(code, p->threshold);
  clif__arg_float(code, latency_slope(p));
  clif__arg_slot(code, CLIF__KEY_LOW);
  clif__arg_slot(code, CLIF__KEY_HIGH);
  clif__arg_uint(code, 16 * (size_t)layer->id + CLIF__CODING);
  clif__arg_slot(code, CLIF__QUAD);
  clif__arg_slot(code, CLIF__PHASE);
  clif__arg_slot(code, CLIF__FIRST_SAMPLE);
  clif__arg_tensor(code, plan->stats);
  clif__arg_uint(code, (size_t)plan->tensors[out].stats);
  clif__arg_uint(code, x->width);
  clif__arg_uint(code, x->pitch);
  clif__arg_slot(code, CLIF__SAMPLES);
  clif__arg_slot(code, CLIF__STEPS);
  clif__arg_slot(code, CLIF__BLOCKS);
  return CLIF_OK;
}

static clif_status plan_coded(clif_context *ctx, clif__layer *layer, clif__plan *plan, int source,
                              int *out) {
  int previous = -1;
  size_t width = clif__shape_count(&layer->shape);
  CLIF_TRY(add_previous(ctx, layer, plan, source, &previous));
  CLIF_TRY(layer->spiking ? clif__plan_bits(ctx, plan, layer, "spike bits", width, out)
                          : clif__plan_rows(ctx, plan, layer, "out", width, out));
  plan->tensors[*out].stats = plan->tensors[source].stats;
  for (int i = 0; i < DTYPES; i++)
    CLIF_TRY(add_code(ctx, layer, plan, source, *out, previous, dtypes[i]));
  return CLIF_OK;
}

/* ---- the plan ---- */

/* What runs bring is used where it is. */
static clif_status plan_bound(clif_context *ctx, clif__layer *layer, clif__plan *plan, int *out) {
  size_t width = clif__shape_count(&layer->shape);
  const clif__tensor array = {.layer = layer,
                              .what = "bound",
                              .life = CLIF__BOUND,
                              .width = width,
                              .pitch = clif__padded(width),
                              .element = sizeof(float)};
  CLIF_TRY(clif__plan_tensor(ctx, plan, array, out));
  return clif__plan_transfer(ctx, plan, CLIF__BIND, layer, *out, CLIF_OUTPUT);
}

/* Does a linear layer take it, and nobody else? */
static bool is_taken_in(const clif__layer *layer) {
  return layer->taker && layer->taker->type == &clif__linear_class && !layer->record[CLIF_OUTPUT];
}

static clif_status plan_input(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                              int *out) {
  (void)in;
  int source;
  size_t width = clif__shape_count(&layer->shape);
  if (layer->data.input.on_device) return plan_bound(ctx, layer, plan, out);
  CLIF_TRY(clif__plan_rows(ctx, plan, layer, "uploaded", width, &source));
  plan->tensors[source].stats = clif__plan_stats(plan, 4);
  CLIF_TRY(clif__plan_transfer(ctx, plan, CLIF__UPLOAD, layer, source, CLIF_OUTPUT));
  if (layer->data.input.coding.coding != CLIF_CODING_NONE)
    return plan_coded(ctx, layer, plan, source, out);
  *out = source;
  if (is_taken_in(layer)) {
    plan->tensors[source].form = CLIF__SOURCE;
    return CLIF_OK;
  }
  CLIF_TRY(clif__plan_rows(ctx, plan, layer, "out", width, out));
  plan->tensors[*out].stats = plan->tensors[source].stats;
  return clif__input_to_floats(ctx, plan, layer, source, *out, (clif__when){.linear = NULL});
}

const clif__layer_class clif__input_class = {.kind = "input", .infer = infer, .plan = plan_input};
