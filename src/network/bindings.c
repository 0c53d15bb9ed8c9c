/* bindings.c - does what is bound to a run fit the network? */
#include <stdio.h>
#include <string.h>

#include "network/network.h"
#include "network/schedule.h"

const clif_binding *clif__find_binding(const clif_binding *bindings, size_t n,
                                       const clif__layer *layer, int quantity) {
  for (size_t i = 0; i < n; i++)
    if ((int)bindings[i].quantity == quantity && strcmp(bindings[i].layer, layer->name) == 0)
      return &bindings[i];
  return NULL;
}

/* ---- one array ---- */

/* What an array must be. */
typedef struct wanted {
  const clif__layer *layer;
  clif_shape shape; /* behind T and B */
  bool input;       /* read only, so that a stride of T may be 0 */
} wanted;

static bool shape_matches(const clif_array *a, const clif_shape *shape) {
  if (a->ndim == 3 && a->shape[2] == clif__shape_count(shape)) return true;
  if (a->ndim != 2 + shape->ndim) return false;
  for (unsigned i = 0; i < shape->ndim; i++)
    if (a->shape[2 + i] != shape->dim[i]) return false;
  return true;
}

/* A strided view's rows must not overlap, nor go backwards: T and B strides of whole rows. */
static bool strides_usable(const clif_array *a, const wanted *w) {
  size_t row = clif__shape_count(&w->shape) * clif_dtype_size(a->dtype);
  return clif__array_packed_from(a, 2) && (a->shape[1] == 1 || a->strides[1] >= row) &&
         (a->shape[0] == 1 || a->strides[0] >= row || (w->input && a->strides[0] == 0));
}

/* Rows that are written to must not lie on one another. */
static bool rows_apart(const clif_array *a, const wanted *w) {
  size_t row = clif__shape_count(&w->shape) * clif_dtype_size(a->dtype);
  size_t t = a->strides[0], b = a->strides[1], steps = a->shape[0], samples = a->shape[1];
  return steps == 1 || samples == 1 || t >= (samples - 1) * b + row || b >= (steps - 1) * t + row;
}

static clif_status check_shape(clif_network *net, const wanted *w, const clif_array *a) {
  char text[96];
  const char *name = w->layer->name;
  if (!shape_matches(a, &w->shape))
    return clif__fail(
        net->ctx, CLIF_SHAPE,
        "the array for '%s' must have the dimensions (steps, samples, %s), but has %u "
        "dimensions with %zu elements per step and sample",
        name, clif__shape_text(&w->shape, text, sizeof text), a->ndim,
        a->ndim < 3 ? 0 : clif_array_count(a) / a->shape[0] / a->shape[1]);
  if (!strides_usable(a, w))
    return clif__fail(net->ctx, CLIF_SHAPE,
                      "the array for '%s' has gaps inside a sample, or overlapping samples; make a "
                      "C-ordered copy of it",
                      name);
  return CLIF_OK;
}

static clif_status check_array(clif_network *net, const wanted *w, const clif_array *a) {
  if (!clif__array_valid(a))
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "the array for '%s' %s", w->layer->name,
                      clif__array_fault(a));
  return check_shape(net, w, a);
}

/* An array that kernels read where it is: whole rows of lane blocks. */
static clif_status check_device_array(clif_network *net, const wanted *w, const clif_array *a) {
  const char *name = w->layer->name;
  enum { BLOCK = CLIF__LANE_BLOCK * sizeof(float) };
  char what[160];
  snprintf(what, sizeof what, "the array for '%s'", name);
  CLIF_TRY(clif__array_check_device(net->ctx, a, what));
  if (a->dtype != CLIF_F32)
    return clif__fail(net->ctx, CLIF_SHAPE, "the device array for '%s' is %s; it must be float32",
                      name, clif_dtype_name(a->dtype));
  CLIF_TRY(check_shape(net, w, a));
  /* As kernels read it: whole lane blocks, which must lie in the buffer, too. */
  size_t n = clif__padded(clif__shape_count(&w->shape));
  const clif_array whole = {.device = a->device,
                            .offset = a->offset,
                            .dtype = CLIF_F32,
                            .ndim = 3,
                            .shape = {a->shape[0], a->shape[1], n},
                            .strides = {a->strides[0], a->strides[1], sizeof(float)}};
  CLIF_TRY(clif__array_check_device(net->ctx, &whole, what));
  size_t steps = a->shape[0] > 1 ? a->strides[0] : 0, samples = a->shape[1] > 1 ? a->strides[1] : 0;
  size_t elements = (a->offset + (a->shape[0] - 1) * steps + (a->shape[1] - 1) * samples) / 4 + n;
  if (steps % BLOCK || samples % BLOCK || a->offset % BLOCK || elements > UINT32_MAX)
    return clif__fail(net->ctx, CLIF_SHAPE,
                      "the rows of the device array for '%s' are not padded to %d elements, or are "
                      "too many; make it with clif_array_create_device()",
                      name, (int)CLIF__LANE_BLOCK);
  return CLIF_OK;
}

/* ---- inputs ---- */

/* T and B of the first input are those of the run. */
static clif_status check_length(clif_network *net, const clif__layer *layer, const clif_array *a,
                                size_t *steps, size_t *batch) {
  if (*steps == 0) {
    *steps = a->shape[0];
    *batch = a->shape[1];
  }
  if (a->shape[0] == *steps && a->shape[1] == *batch) return CLIF_OK;
  return clif__fail(net->ctx, CLIF_SHAPE,
                    "the array for '%s' has %zu steps of %zu samples, but another input %zu of %zu",
                    layer->name, a->shape[0], a->shape[1], *steps, *batch);
}

static clif_status check_input(clif_network *net, const clif__layer *layer, const clif_run *run,
                               size_t *steps, size_t *batch) {
  const clif_binding *b = clif__find_binding(run->inputs, run->n_inputs, layer, CLIF_OUTPUT);
  const wanted w = {layer, layer->shape, true};
  if (!b)
    return clif__fail(net->ctx, CLIF_SHAPE, "no array is bound to the input '%s'", layer->name);
  if (layer->data.input.on_device) {
    CLIF_TRY(check_device_array(net, &w, &b->array));
    return check_length(net, layer, &b->array, steps, batch);
  }
  CLIF_TRY(check_array(net, &w, &b->array));
  if (b->array.dtype != CLIF_U8 && b->array.dtype != CLIF_F32)
    return clif__fail(net->ctx, CLIF_SHAPE,
                      "the array for '%s' is %s; inputs must be uint8 or float32 "
                      "(clif_array_convert() makes one)",
                      layer->name, clif_dtype_name(b->array.dtype));
  return check_length(net, layer, &b->array, steps, batch);
}

/* Random numbers that the run brings for a layer. */
static clif_status check_injected(clif_network *net, const clif__layer *layer, const clif_run *run,
                                  int quantity, size_t *steps, size_t *batch) {
  const clif_binding *b = clif__find_binding(run->inputs, run->n_inputs, layer, quantity);
  const wanted w = {layer, layer->shape, true};
  const char *name = quantity == CLIF__EPS ? "eps" : "u";
  if (!b)
    return clif__fail(net->ctx, CLIF_SHAPE, "%s of '%s' is missing: it was to be given with runs",
                      name, layer->name);
  CLIF_TRY(check_array(net, &w, &b->array));
  if (b->array.dtype != CLIF_F32)
    return clif__fail(net->ctx, CLIF_SHAPE, "%s of '%s' is %s; it must be float32", name,
                      layer->name, clif_dtype_name(b->array.dtype));
  return check_length(net, layer, &b->array, steps, batch);
}

static clif_status check_layer_inputs(clif_network *net, const clif__layer *layer,
                                      const clif_run *run, size_t *steps, size_t *batch) {
  if (layer->type == &clif__input_class) return check_input(net, layer, run, steps, batch);
  if (!clif__is_neurons(layer) || !layer->data.neurons.inject) return CLIF_OK;
  const clif__neuron *neuron = &layer->data.neurons.neuron;
  if (clif__neuron_noisy(neuron))
    CLIF_TRY(check_injected(net, layer, run, CLIF__EPS, steps, batch));
  if (neuron->stochastic) CLIF_TRY(check_injected(net, layer, run, CLIF__U, steps, batch));
  return CLIF_OK;
}

static clif_status check_bindings(clif_network *net, const clif_binding *all, size_t n,
                                  const char *what) {
  if (n > 0 && !all)
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "there are %zu %ss at NULL", n, what);
  for (size_t i = 0; i < n; i++) {
    if (!all[i].layer)
      return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "an %s names no layer", what);
    for (size_t j = 0; j < i; j++)
      if (all[i].quantity == all[j].quantity && strcmp(all[i].layer, all[j].layer) == 0)
        return clif__fail(net->ctx, CLIF_SHAPE, "two arrays are bound as %s to '%s'", what,
                          all[i].layer);
  }
  return CLIF_OK;
}

static clif_status check_is_input(clif_network *net, const clif_binding *b) {
  size_t index = clif__network_find(net, b->layer);
  const clif__layer *layer = &net->layers[index];
  bool known = index < net->n_layers;
  bool input = known && layer->type == &clif__input_class && (int)b->quantity == CLIF_OUTPUT;
  bool injected = known && clif__is_neurons(layer) && layer->data.neurons.inject &&
                  ((int)b->quantity == CLIF__EPS || (int)b->quantity == CLIF__U);
  if (!input && !injected)
    return clif__fail(net->ctx, CLIF_SHAPE, "'%s' is no input layer; nothing can be put into it",
                      b->layer);
  return CLIF_OK;
}

/* ---- outputs ---- */

static clif_status check_output(clif_network *net, const clif_binding *b, size_t steps,
                                size_t batch) {
  size_t index = clif__network_find(net, b->layer);
  const clif__layer *layer = &net->layers[index];
  if (index == net->n_layers)
    return clif__fail(net->ctx, CLIF_SHAPE, "there is no layer named '%s'", b->layer);
  if ((unsigned)b->quantity >= CLIF__QUANTITIES || !layer->record[b->quantity])
    return clif__fail(net->ctx, CLIF_STATE,
                      "that quantity of '%s' is not recorded; ask for it before "
                      "preparing",
                      layer->name);
  const wanted w = {layer, clif__quantity_shape(layer, b->quantity), false};
  CLIF_TRY(check_array(net, &w, &b->array));
  clif_dtype dtype = clif__quantity_dtype(layer, b->quantity);
  if (b->array.dtype != dtype)
    return clif__fail(net->ctx, CLIF_SHAPE, "the array for '%s' is %s; this quantity is %s",
                      layer->name, clif_dtype_name(b->array.dtype), clif_dtype_name(dtype));
  if (!rows_apart(&b->array, &w))
    return clif__fail(net->ctx, CLIF_SHAPE,
                      "the array for '%s' has steps and samples that overlap; give it room for all",
                      layer->name);
  if (b->array.shape[0] != steps || b->array.shape[1] != batch)
    return clif__fail(net->ctx, CLIF_SHAPE,
                      "the array for '%s' has %zu steps of %zu samples, but the input %zu of %zu",
                      layer->name, b->array.shape[0], b->array.shape[1], steps, batch);
  return CLIF_OK;
}

/* ---- the whole run ---- */

static clif_status check_extent(clif_network *net, size_t steps, size_t batch) {
  const uint64_t most_steps = (uint64_t)1
                              << 34; /* random numbers count quads of steps in 32 bits */
  if (batch > net->plan->batch)
    return clif__fail(net->ctx, CLIF_STATE,
                      "the input has %zu samples, but it was prepared for %zu", batch,
                      net->plan->batch);
  if (net->run_batch != 0 && net->run_batch != batch)
    return clif__fail(net->ctx, CLIF_STATE,
                      "the input has %zu samples, but the run before had %zu; reset "
                      "before other samples",
                      batch, net->run_batch);
  if (net->gradient && steps > net->plan->steps)
    return clif__fail(net->ctx, CLIF_STATE,
                      "the input has %zu steps, but gradients were prepared for %zu", steps,
                      net->plan->steps);
  if (steps > most_steps - net->step)
    return clif__fail(net->ctx, CLIF_STATE,
                      "step %llu is the last one there is; reset before other steps",
                      (unsigned long long)most_steps - 1);
  return CLIF_OK;
}

clif_status clif__check_prepared(clif_network *net) {
  if (!net->schedule)
    return clif__fail(net->ctx, CLIF_STATE,
                      "the network is not prepared; call clif_network_prepare()");
  if (net->running)
    return clif__fail(net->ctx, CLIF_STATE, "the network is running; wait until the run returns");
  return CLIF_OK;
}

clif_status clif__check_inputs(clif_network *net, const clif_run *run, size_t *steps,
                               size_t *batch) {
  *steps = *batch = 0;
  CLIF_TRY(check_bindings(net, run->inputs, run->n_inputs, "input"));
  for (size_t i = 0; i < run->n_inputs; i++) CLIF_TRY(check_is_input(net, &run->inputs[i]));
  for (size_t i = 0; i < net->n_layers; i++)
    CLIF_TRY(check_layer_inputs(net, &net->layers[i], run, steps, batch));
  return CLIF_OK;
}

clif_status clif__check_run(clif_network *net, const clif_run *run, size_t *steps, size_t *batch) {
  *steps = *batch = 0;
  if (!run) return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "clif_network_run: run is NULL");
  CLIF_TRY(clif__check_size(net->ctx, run->size, sizeof *run, "clif_run"));
  CLIF_TRY(clif__check_prepared(net));
  if (!net->valid)
    return clif__fail(net->ctx, CLIF_STATE,
                      "an earlier run failed, so the state cannot be trusted; reset "
                      "it, or restore a snapshot");
  CLIF_TRY(clif__check_inputs(net, run, steps, batch));
  CLIF_TRY(check_bindings(net, run->outputs, run->n_outputs, "output"));
  for (size_t i = 0; i < run->n_outputs; i++)
    CLIF_TRY(check_output(net, &run->outputs[i], *steps, *batch));
  return check_extent(net, *steps, *batch);
}
