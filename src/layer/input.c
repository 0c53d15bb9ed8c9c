/* input.c - the input layer: uploads a tile, makes float32 or spikes of it and looks it over. */
#include <math.h>
#include <stdio.h>

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

static clif_status add_load(clif_context *ctx, clif__layer *layer, clif__plan *plan, int source,
                            int out, clif_dtype dtype) {
  const clif__tensor *x = &plan->tensors[out];
  clif__command *load =
      clif__plan_kernel(ctx, &plan->tile, layer, "input", "input_load", CLIF__OVER_ROWS, x->pitch);
  if (!load) return CLIF_OUT_OF_MEMORY;
  snprintf(load->defines, sizeof load->defines, "-DCLIF_INPUT_BYTES=%d", dtype == CLIF_U8);
  load->only_for = dtype;
  clif__arg_tensor(load, source);
  clif__arg_place(load, source, CLIF__PLACE_STEP);
  clif__arg_tensor(load, out);
  clif__arg_tensor(load, plan->stats);
  clif__arg_uint(load, (size_t)x->stats);
  clif__arg_uint(load, x->width);
  clif__arg_uint(load, x->pitch);
  clif__arg_slot(load, CLIF__SAMPLES);
  clif__arg_slot(load, CLIF__ROWS);
  return CLIF_OK;
}

/* ---- spikes ---- */

/* Delta's values of the step before, 0 before the first. */
static clif_status add_previous(clif_context *ctx, clif__layer *layer, clif__plan *plan, int out,
                                int *previous) {
  static const float zero = 0.0f;
  const clif__tensor *x = &plan->tensors[out];
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
  const clif__tensor *x = &plan->tensors[out];
  clif__command *code = clif__plan_kernel(ctx, &plan->tile, layer, "input", "input_code",
                                          CLIF__OVER_NEURONS, x->pitch);
  if (!code) return CLIF_OUT_OF_MEMORY;
  snprintf(code->defines, sizeof code->defines, "-DCLIF_INPUT_BYTES=%d -DCLIF_CODING=%d%s",
           dtype == CLIF_U8, (int)p->coding, p->negative ? " -DCLIF_NEGATIVE" : "");
  code->only_for = dtype;
  clif__arg_tensor(code, source);
  clif__arg_place(code, source, CLIF__PLACE_STEP);
  clif__arg_tensor(code, out);
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
  clif__arg_uint(code, (size_t)x->stats);
  clif__arg_uint(code, x->width);
  clif__arg_uint(code, x->pitch);
  clif__arg_slot(code, CLIF__SAMPLES);
  clif__arg_slot(code, CLIF__STEPS);
  clif__arg_slot(code, CLIF__BLOCKS);
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

static clif_status plan_input(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in,
                              int *out) {
  (void)in;
  static const clif_dtype dtypes[] = {CLIF_U8, CLIF_F32}; /* which comes, only a run tells */
  int source, previous = -1;
  size_t width = clif__shape_count(&layer->shape);
  if (layer->data.input.on_device) return plan_bound(ctx, layer, plan, out);
  CLIF_TRY(clif__plan_rows(ctx, plan, layer, "uploaded", width, &source));
  CLIF_TRY(clif__plan_rows(ctx, plan, layer, "out", width, out));
  plan->tensors[*out].stats = clif__plan_stats(plan, 4);
  CLIF_TRY(add_previous(ctx, layer, plan, *out, &previous));
  CLIF_TRY(clif__plan_transfer(ctx, plan, CLIF__UPLOAD, layer, source, CLIF_OUTPUT));
  for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
    CLIF_TRY(layer->data.input.coding.coding == CLIF_CODING_NONE
                 ? add_load(ctx, layer, plan, source, *out, dtypes[i])
                 : add_code(ctx, layer, plan, source, *out, previous, dtypes[i]));
  return CLIF_OK;
}

const clif__layer_class clif__input_class = {.kind = "input", .infer = infer, .plan = plan_input};
