/* run.c - replays the tile program over the tiles of a run. One wait for the device per tile. */
#include <math.h>

#include "network/network.h"
#include "network/schedule.h"

/* ---- one tile ---- */

static clif_status clear(clif_network *net, const clif__command *command, const clif__tile *tile) {
  const clif__tensor *t = &net->plan->tensors[command->tensor];
  return clif__buffer_clear(net->ctx, clif__schedule_buffer(net->schedule, command->tensor, tile),
                            tile->steps * tile->samples * t->pitch * t->element);
}

static clif_status run_command(clif_network *net, const clif_run *run, const clif__command *command,
                               const clif__work *work, const clif__tile *tile) {
  switch (command->kind) {
  case CLIF__UPLOAD:
  case CLIF__BIND:
  case CLIF__DOWNLOAD:
    return clif__transfer_run(net, run, command, tile);
  case CLIF__CLEAR:
    return net->ctx->lanes == 1 ? clear(net, command, tile) : CLIF_OK;
  case CLIF__PRODUCT:
    return clif__schedule_product(net->ctx, net->schedule, command, tile,
                                  tile->steps * tile->samples);
  case CLIF__KERNEL:
    break;
  }
  return clif__schedule_launch(net->ctx, net->schedule, command, work, tile);
}

/* Is it one for this way and this type of input? */
static bool is_wanted(const clif_run *run, const clif__command *command) {
  const clif__when *when = &command->when;
  return clif__goes_this_way(command) &&
         (!when->input ||
          clif__find_binding(run->inputs, run->n_inputs, when->input, CLIF_OUTPUT)->array.dtype ==
              when->dtype);
}

static clif_status run_timed(clif_network *net, const clif_run *run, const clif__command *command,
                             clif__work *work, const clif__tile *tile) {
  double start = clif__seconds();
  CLIF_TRY(run_command(net, run, command, work, tile));
  CLIF_TRY(clif__finish(net->ctx));
  work->seconds += clif__seconds() - start;
  work->rows += tile->steps * tile->samples;
  work->runs++;
  return CLIF_OK;
}

clif_status clif__run_list(clif_network *net, const clif_run *run, const clif__command_list *list,
                           clif__work *work, const clif__tile *tile) {
  for (size_t i = 0; i < list->n; i++) {
    const clif__command *command = &list->commands[i];
    if (!is_wanted(run, command)) continue;
    clif__where(net->ctx, "layer '%s' (%s)", command->layer->name, command->layer->type->kind);
    CLIF_TRY(net->schedule->profile ? run_timed(net, run, command, &work[i], tile)
                                    : run_command(net, run, command, &work[i], tile));
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
                    "%zu, sample %zu, element %zu; mend the input, then reset",
                    layer->name, (unsigned)words[1], tile->first_step + row / tile->samples,
                    tile->first_sample + row % tile->samples, place % width);
}

/* A device array has been found to have a value that is not finite. Where it is, is looked for on
 * the host, row by row: this is the end of the run anyway. */
static clif_status refuse_bound(clif_network *net, const clif_run *run, const clif__tile *tile) {
  const clif__command *command = net->plan->tile.commands;
  while (command->kind != CLIF__BIND)
    command++; /* there is one, or nothing would have been found */
  const clif__layer *layer = command->layer;
  const clif_array *a = &clif__find_binding(run->inputs, run->n_inputs, layer, CLIF_OUTPUT)->array;
  size_t width = clif__shape_count(&layer->shape);
  const clif__buffer buffer = {.mem = a->device};
  clif_status status = CLIF_OK;
  float *row = clif__calloc(net->ctx, width, sizeof *row);
  if (!row) return CLIF_OUT_OF_MEMORY;
  for (size_t t = tile->first_step; t < tile->first_step + tile->steps; t++)
    for (size_t b = tile->first_sample; b < tile->first_sample + tile->samples; b++) {
      clif__box box = clif__box_flat(width * sizeof *row);
      box.device_offset = a->offset + t * a->strides[0] + b * a->strides[1];
      CLIF_TRY_OR_FAIL(clif__buffer_read(net->ctx, net->ctx->queue, &buffer, &box, row));
      CLIF_TRY_OR_FAIL(clif__finish(net->ctx));
      for (size_t i = 0; i < width; i++) {
        if (isfinite(row[i])) continue;
        status = clif__fail(net->ctx, CLIF_NOT_FINITE,
                            "the input has a value that is NaN or infinite, the first at step %zu, "
                            "sample %zu, element %zu; mend the input, then reset",
                            t, b, i);
        goto fail;
      }
    }
fail:
  if (status != CLIF_OK) clFinish(net->ctx->queue); /* row may still be in use */
  clif__free(net->ctx, row);
  return status;
}

static clif_status collect(clif_network *net, const clif_run *run, const clif__tile *tile) {
  const cl_uint *stats = net->schedule->stats;
  for (size_t i = 0; i < net->n_layers; i++) {
    clif__layer *layer = &net->layers[i];
    bool input = layer->type == &clif__input_class && !layer->data.input.on_device;
    if (layer->looks && stats[layer->stats + 1]) CLIF_TRY(refuse_bound(net, run, tile));
    if (input) CLIF_TRY(check_input_stats(net, layer, stats + layer->stats, tile));
    if (layer->stats >= 0) layer->spikes += stats[layer->stats];
    if (input) layer->others += stats[layer->stats + 3];
    layer->updates += (uint64_t)clif__shape_count(&layer->shape) * tile->steps * tile->samples;
  }
  return CLIF_OK;
}

static clif_status read_stats(clif_network *net) {
  clif__box all = clif__box_flat(net->plan->tensors[net->plan->stats].bytes);
  return clif__buffer_read(net->ctx, net->ctx->queue, net->schedule->buffers[net->plan->stats],
                           &all, net->schedule->stats);
}

/* ---- the run ---- */

/* A tile, and the copies that may go on beside it: the input of the next one, if there is one. */
static clif_status run_tile(clif_network *net, const clif_run *run, const clif__tile *tile,
                            const clif__tile *next) {
  clif__schedule *s = net->schedule;
  const clif__plan *plan = net->plan;
  clif__choose_ways(net, run, tile);
  CLIF_TRY(clif__transfer_await(net, tile));
  CLIF_TRY(clif__schedule_start(net->ctx, s, tile));
  CLIF_TRY(clif__buffer_clear(net->ctx, s->buffers[plan->stats], s->buffers[plan->stats]->bytes));
  if (s->profile) CLIF_TRY(clif__finish(net->ctx)); /* what comes before is nobody's */
  if (plan->gradient) CLIF_TRY(clif__checkpoint_keep(net, tile));
  CLIF_TRY(clif__transfer_share(net, run, &plan->tile, tile));
  CLIF_TRY(clif__run_list(net, run, &plan->tile, s->tile, tile));
  clif__transfer_part(net);
  if (next) CLIF_TRY(clif__transfer_up(net, run, next));
  CLIF_TRY(read_stats(net));
  CLIF_TRY(clif__finish(net->ctx));
  clif__choose_learn(net, tile);
  if (plan->gradient) clif__choice_keep(net, tile);
  CLIF_TRY(collect(net, run, tile));
  return clif__transfer_down(net, run, tile);
}

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

/* Where a tile lies that begins at this step and sample of the run. */
static void place_tile(const clif_network *net, size_t steps, size_t batch, clif__tile *tile) {
  tile->step = net->step + tile->first_step;
  tile->sample = net->first_sample + tile->first_sample;
  tile->steps = least(net->plan->tile_steps, steps - tile->first_step);
  tile->samples = least(net->plan->tile_samples, batch - tile->first_sample);
}

/* The tile behind this one; false behind the last. */
static bool next_tile(const clif_network *net, size_t steps, size_t batch, clif__tile *tile) {
  tile->number++;
  tile->first_step += tile->steps;
  if (tile->first_step == steps) {
    tile->first_step = 0;
    tile->first_sample += tile->samples;
    tile->batch_tile++;
  }
  if (tile->first_sample == batch) return false;
  place_tile(net, steps, batch, tile);
  return true;
}

static clif_status report(clif_network *net, const clif_run *run, uint64_t done, uint64_t total) {
  if (!run->progress || run->progress(run->progress_user, done, total) == 0 || done == total)
    return CLIF_OK;
  return clif__fail(net->ctx, CLIF_CANCELLED, "the run was cancelled after %llu of %llu steps",
                    (unsigned long long)done, (unsigned long long)total);
}

static clif_status run_tiles(clif_network *net, const clif_run *run, size_t steps, size_t batch) {
  uint64_t done = 0, total = (uint64_t)steps * batch;
  clif__tile tile = {0}, next = {.seed = net->seed};
  place_tile(net, steps, batch, &next);
  CLIF_TRY(clif__transfer_up(net, run, &next));
  for (bool more = true; more;) {
    tile = next;
    more = next_tile(net, steps, batch, &next);
    CLIF_TRY(run_tile(net, run, &tile, more ? &next : NULL));
    done += (uint64_t)tile.steps * tile.samples;
    CLIF_TRY(report(net, run, done, total));
  }
  return clif__transfer_finish(net, &tile);
}

clif_status clif_network_run(clif_network *net, const clif_run *run) {
  size_t steps, batch;
  if (!net) return CLIF_INVALID_ARGUMENT;
  clif__where(net->ctx, NULL);
  CLIF_TRY(clif__check_run(net, run, &steps, &batch));
  net->run_batch = batch;
  net->begun = net->running = true;
  clif_status status = run_tiles(net, run, steps, batch);
  net->running = false;
  if (status != CLIF_OK) {
    clFinish(net->ctx->queue); /* the caller's arrays must be ours no more; the error is kept */
    clif__transfer_abandon(net);
    clif__transfer_part(net);
    clif__where(net->ctx, NULL);
    net->valid = false;
    return status;
  }
  net->step += steps;
  clif__programs_save(net->ctx);
  return CLIF_OK;
}
