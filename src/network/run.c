/* run.c - replays the tile program over the tiles of a run. One wait for the device per tile. */
#include <string.h>

#include "network/network.h"
#include "network/schedule.h"

/* ---- bindings ---- */

static const clif_binding *find_binding(const clif_binding *bindings, size_t n,
                                        const clif__layer *layer, clif_quantity quantity) {
  for (size_t i = 0; i < n; i++)
    if (bindings[i].quantity == quantity && strcmp(bindings[i].layer, layer->name) == 0)
      return &bindings[i];
  return NULL;
}

static bool shape_matches(const clif_array *a, const clif_shape *shape) {
  if (a->ndim == 3 && a->shape[2] == clif__shape_count(shape)) return true;
  if (a->ndim != 2 + shape->ndim) return false;
  for (unsigned i = 0; i < shape->ndim; i++)
    if (a->shape[2 + i] != shape->dim[i]) return false;
  return true;
}

/* A strided view's rows must not overlap, nor go backwards: T and B strides of whole rows. */
static bool strides_usable(const clif_array *a, const clif_shape *shape) {
  size_t row = clif__shape_count(shape) * clif_dtype_size(a->dtype);
  return clif__array_packed_from(a, 2) && (a->shape[1] == 1 || a->strides[1] >= row) &&
         (a->shape[0] == 1 || a->strides[0] >= row);
}

/* Rows that are written to must not lie on one another. */
static bool rows_apart(const clif_array *a, const clif_shape *shape) {
  size_t row = clif__shape_count(shape) * clif_dtype_size(a->dtype);
  size_t t = a->strides[0], b = a->strides[1], steps = a->shape[0], samples = a->shape[1];
  return steps == 1 || samples == 1 || t >= (samples - 1) * b + row || b >= (steps - 1) * t + row;
}

static clif_status check_array(clif_network *net, const clif__layer *layer, const clif_array *a) {
  char text[96];
  if (!clif__array_valid(a))
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT,
                      "the array for '%s' is not a valid view; make it with clif_array_view()",
                      layer->name);
  if (!shape_matches(a, &layer->shape))
    return clif__fail(
        net->ctx, CLIF_SHAPE,
        "the array for '%s' must have the dimensions (steps, samples, %s), but has %u "
        "dimensions with %zu elements per step and sample",
        layer->name, clif__shape_text(&layer->shape, text, sizeof text), a->ndim,
        a->ndim < 3 ? 0 : clif_array_count(a) / a->shape[0] / a->shape[1]);
  if (!strides_usable(a, &layer->shape))
    return clif__fail(net->ctx, CLIF_SHAPE,
                      "the array for '%s' has gaps inside a sample, or overlapping samples; make a "
                      "C-ordered copy of it",
                      layer->name);
  return CLIF_OK;
}

static clif_status check_input(clif_network *net, const clif__layer *layer, const clif_run *run,
                               size_t *steps, size_t *batch) {
  const clif_binding *b = find_binding(run->inputs, run->n_inputs, layer, CLIF_OUTPUT);
  if (!b)
    return clif__fail(net->ctx, CLIF_SHAPE, "no array is bound to the input '%s'", layer->name);
  CLIF_TRY(check_array(net, layer, &b->array));
  if (b->array.dtype != CLIF_U8 && b->array.dtype != CLIF_F32)
    return clif__fail(net->ctx, CLIF_SHAPE,
                      "the array for '%s' is %s; inputs must be uint8 or float32 "
                      "(clif_array_convert() makes one)",
                      layer->name, clif_dtype_name(b->array.dtype));
  if (*steps == 0) {
    *steps = b->array.shape[0];
    *batch = b->array.shape[1];
  }
  if (b->array.shape[0] != *steps || b->array.shape[1] != *batch)
    return clif__fail(
        net->ctx, CLIF_SHAPE,
        "the array for '%s' has %zu steps of %zu samples, but another input %zu of %zu",
        layer->name, b->array.shape[0], b->array.shape[1], *steps, *batch);
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
  if (index == net->n_layers || net->layers[index].type != &clif__input_class ||
      b->quantity != CLIF_OUTPUT)
    return clif__fail(net->ctx, CLIF_SHAPE, "'%s' is no input layer; nothing can be put into it",
                      b->layer);
  return CLIF_OK;
}

static clif_status check_output(clif_network *net, const clif_binding *b, size_t steps,
                                size_t batch) {
  size_t index = clif__network_find(net, b->layer);
  const clif__layer *layer = &net->layers[index];
  if (index == net->n_layers)
    return clif__fail(net->ctx, CLIF_SHAPE, "there is no layer named '%s'", b->layer);
  if ((unsigned)b->quantity > CLIF_V_PRE || !layer->record[b->quantity])
    return clif__fail(net->ctx, CLIF_STATE,
                      "that quantity of '%s' is not recorded; call clif_network_record() before "
                      "preparing",
                      layer->name);
  CLIF_TRY(check_array(net, layer, &b->array));
  clif_dtype dtype = b->quantity == CLIF_OUTPUT && layer->spiking ? CLIF_U8 : CLIF_F32;
  if (b->array.dtype != dtype)
    return clif__fail(net->ctx, CLIF_SHAPE, "the array for '%s' is %s; this quantity is %s",
                      layer->name, clif_dtype_name(b->array.dtype), clif_dtype_name(dtype));
  if (!rows_apart(&b->array, &layer->shape))
    return clif__fail(net->ctx, CLIF_SHAPE,
                      "the array for '%s' has steps and samples that overlap; give it room for all",
                      layer->name);
  if (b->array.shape[0] != steps || b->array.shape[1] != batch)
    return clif__fail(net->ctx, CLIF_SHAPE,
                      "the array for '%s' has %zu steps of %zu samples, but the input %zu of %zu",
                      layer->name, b->array.shape[0], b->array.shape[1], steps, batch);
  return CLIF_OK;
}

static clif_status check_batch(clif_network *net, size_t batch) {
  if (batch > net->plan->batch)
    return clif__fail(net->ctx, CLIF_STATE,
                      "the input has %zu samples, but the network was prepared for %zu", batch,
                      net->plan->batch);
  if (net->run_batch != 0 && net->run_batch != batch)
    return clif__fail(net->ctx, CLIF_STATE,
                      "the input has %zu samples, but the run before had %zu; reset the network "
                      "before other samples",
                      batch, net->run_batch);
  return CLIF_OK;
}

static clif_status check_idle(clif_network *net) {
  if (!net->running) return CLIF_OK;
  return clif__fail(net->ctx, CLIF_STATE, "the network is running; wait until the run returns");
}

static clif_status check_run(clif_network *net, const clif_run *run, size_t *steps, size_t *batch) {
  *steps = *batch = 0;
  if (!run) return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "clif_network_run: run is NULL");
  CLIF_TRY(clif__check_size(net->ctx, run->size, sizeof *run, "clif_run"));
  if (!net->schedule)
    return clif__fail(net->ctx, CLIF_STATE,
                      "the network is not prepared; call clif_network_prepare()");
  CLIF_TRY(check_idle(net));
  if (!net->valid)
    return clif__fail(net->ctx, CLIF_STATE,
                      "an earlier run failed, so the state cannot be trusted; call "
                      "clif_network_reset()");
  CLIF_TRY(check_bindings(net, run->inputs, run->n_inputs, "input"));
  CLIF_TRY(check_bindings(net, run->outputs, run->n_outputs, "output"));
  for (size_t i = 0; i < run->n_inputs; i++) CLIF_TRY(check_is_input(net, &run->inputs[i]));
  for (size_t i = 0; i < net->n_layers; i++)
    if (net->layers[i].type == &clif__input_class)
      CLIF_TRY(check_input(net, &net->layers[i], run, steps, batch));
  for (size_t i = 0; i < run->n_outputs; i++)
    CLIF_TRY(check_output(net, &run->outputs[i], *steps, *batch));
  return check_batch(net, *batch);
}

/* ---- one tile ---- */

static clif__box tile_box(const clif__tensor *t, const clif_array *a, const clif__tile *tile) {
  size_t element = clif_dtype_size(a->dtype);
  return (clif__box){.row_bytes = t->width * element,
                     .samples = tile->samples,
                     .steps = tile->steps,
                     .device_sample_pitch = t->pitch * element,
                     .device_step_pitch = t->pitch * element * tile->samples,
                     .host_sample_pitch = a->shape[1] == 1 ? t->width * element : a->strides[1],
                     .host_step_pitch = a->strides[0]};
}

static char *tile_start(const clif_array *a, const clif__tile *tile) {
  return (char *)a->data + tile->first_step * a->strides[0] + tile->first_sample * a->strides[1];
}

static clif_status upload(clif_network *net, const clif_run *run, const clif__command *command,
                          const clif__tile *tile) {
  const clif_array *a =
      &find_binding(run->inputs, run->n_inputs, command->layer, CLIF_OUTPUT)->array;
  clif__box box = tile_box(&net->plan->tensors[command->tensor], a, tile);
  return clif__buffer_write(net->ctx, net->schedule->buffers[command->tensor], &box,
                            tile_start(a, tile));
}

static clif_status download(clif_network *net, const clif_run *run, const clif__command *command,
                            const clif__tile *tile) {
  const clif_binding *b =
      find_binding(run->outputs, run->n_outputs, command->layer, command->quantity);
  if (!b) return CLIF_OK; /* recorded, but not wanted this time */
  clif__box box = tile_box(&net->plan->tensors[command->tensor], &b->array, tile);
  return clif__buffer_read(net->ctx, net->schedule->buffers[command->tensor], &box,
                           tile_start(&b->array, tile));
}

static clif_status run_command(clif_network *net, const clif_run *run, const clif__command *command,
                               const clif__work *work, const clif__tile *tile) {
  switch (command->kind) {
  case CLIF__UPLOAD:
    return upload(net, run, command, tile);
  case CLIF__DOWNLOAD:
    return download(net, run, command, tile);
  case CLIF__PRODUCT:
    return clif__schedule_product(net->ctx, net->plan, net->schedule, command, work,
                                  tile->steps * tile->samples);
  case CLIF__KERNEL:
    if (command->only_for != 0 &&
        command->only_for !=
            find_binding(run->inputs, run->n_inputs, command->layer, CLIF_OUTPUT)->array.dtype)
      return CLIF_OK;
    break;
  }
  return clif__schedule_launch(net->ctx, net->schedule, command, work, tile);
}

static clif_status run_list(clif_network *net, const clif_run *run, const clif__command_list *list,
                            const clif__work *work, const clif__tile *tile) {
  for (size_t i = 0; i < list->n; i++) {
    const clif__layer *layer = list->commands[i].layer;
    clif__where(net->ctx, "layer '%s' (%s)", layer->name, layer->type->kind);
    CLIF_TRY(run_command(net, run, &list->commands[i], &work[i], tile));
  }
  clif__where(net->ctx, NULL);
  return CLIF_OK;
}

/* ---- statistics ---- */

static clif_status check_input_stats(clif_network *net, const clif__layer *layer,
                                     const cl_uint *words, const clif__tile *tile) {
  if (words[1] == 0) return CLIF_OK;
  size_t width = clif__shape_count(&layer->shape), place = (cl_uint)~words[2];
  size_t row = place / width;
  return clif__fail(net->ctx, CLIF_NOT_FINITE,
                    "the input for '%s' has %u values that are NaN or infinite, the first at step "
                    "%zu, sample %zu, element %zu; mend the input, then reset the network",
                    layer->name, (unsigned)words[1], tile->first_step + row / tile->samples,
                    tile->first_sample + row % tile->samples, place % width);
}

static clif_status collect(clif_network *net, const clif__tile *tile) {
  const cl_uint *stats = net->schedule->stats;
  for (size_t i = 0; i < net->n_layers; i++) {
    clif__layer *layer = &net->layers[i];
    bool input = layer->type == &clif__input_class;
    if (input) CLIF_TRY(check_input_stats(net, layer, stats + layer->stats, tile));
    if (layer->stats >= 0) layer->spikes += stats[layer->stats];
    if (input) layer->others += stats[layer->stats + 3];
    layer->updates += (uint64_t)clif__shape_count(&layer->shape) * tile->steps * tile->samples;
  }
  return CLIF_OK;
}

static clif_status read_stats(clif_network *net) {
  clif__box all = clif__box_flat(net->plan->tensors[net->plan->stats].bytes);
  return clif__buffer_read(net->ctx, net->schedule->buffers[net->plan->stats], &all,
                           net->schedule->stats);
}

/* ---- the run ---- */

static clif_status run_tile(clif_network *net, const clif_run *run, const clif__tile *tile) {
  clif__schedule *s = net->schedule;
  const clif__plan *plan = net->plan;
  if (!s->started[tile->batch_tile]) {
    CLIF_TRY(run_list(net, run, &plan->start, s->start, tile));
    s->started[tile->batch_tile] = true;
  }
  CLIF_TRY(clif__buffer_clear(net->ctx, s->buffers[plan->stats]));
  CLIF_TRY(run_list(net, run, &plan->tile, s->tile, tile));
  CLIF_TRY(read_stats(net));
  CLIF_TRY(clif__finish(net->ctx));
  return collect(net, tile);
}

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

static clif_status run_tiles(clif_network *net, const clif_run *run, size_t steps, size_t batch) {
  const clif__plan *plan = net->plan;
  uint64_t done = 0, total = (uint64_t)steps * batch;
  clif__tile tile = {0};
  for (size_t b = 0; b < batch; b += tile.samples, tile.batch_tile++) {
    tile.first_sample = b;
    tile.samples = least(plan->tile_samples, batch - b);
    for (size_t t = 0; t < steps; t += tile.steps) {
      tile.first_step = t;
      tile.steps = least(plan->tile_steps, steps - t);
      CLIF_TRY(run_tile(net, run, &tile));
      done += (uint64_t)tile.steps * tile.samples;
      if (run->progress && run->progress(run->progress_user, done, total) != 0 && done < total)
        return clif__fail(net->ctx, CLIF_CANCELLED,
                          "the run was cancelled after %llu of %llu steps",
                          (unsigned long long)done, (unsigned long long)total);
    }
  }
  return CLIF_OK;
}

clif_status clif_network_run(clif_network *net, const clif_run *run) {
  size_t steps, batch;
  if (!net) return CLIF_INVALID_ARGUMENT;
  clif__where(net->ctx, NULL);
  CLIF_TRY(check_run(net, run, &steps, &batch));
  net->run_batch = batch;
  net->running = true;
  clif_status status = run_tiles(net, run, steps, batch);
  net->running = false;
  if (status != CLIF_OK) {
    clFinish(net->ctx->queue); /* the caller's arrays must be ours no more; the error is kept */
    clif__where(net->ctx, NULL);
    net->valid = false;
    return status;
  }
  clif__programs_save(net->ctx);
  return CLIF_OK;
}

clif_status clif_network_reset(clif_network *net) {
  if (!net) return CLIF_INVALID_ARGUMENT;
  clif__where(net->ctx, NULL);
  if (!net->schedule)
    return clif__fail(net->ctx, CLIF_STATE,
                      "the network is not prepared; call clif_network_prepare()");
  CLIF_TRY(check_idle(net));
  memset(net->schedule->started, 0, net->plan->batch_tiles * sizeof *net->schedule->started);
  for (size_t i = 0; i < net->n_layers; i++)
    net->layers[i].spikes = net->layers[i].others = net->layers[i].updates = 0;
  net->run_batch = 0;
  net->valid = true;
  return CLIF_OK;
}
