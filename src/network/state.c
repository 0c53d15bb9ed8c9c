/* state.c - the state between runs: reset, get, set, save, restore.
 *
 * The state is the plan's tensors of life CLIF__STATE, one buffer for each tile of samples. */
#include <math.h>
#include <string.h>

#include "network/network.h"
#include "network/schedule.h"

/* ---- reset ---- */

/* State and counts as they are before the first step. */
static void restart(clif_network *net, uint64_t step, uint64_t first_sample) {
  memset(net->schedule->started, 0, net->plan->batch_tiles * sizeof *net->schedule->started);
  for (size_t i = 0; i < net->n_layers; i++)
    net->layers[i].spikes = net->layers[i].others = net->layers[i].updates = 0;
  clif__choose_reset(net);
  net->step = step;
  net->first_sample = first_sample;
  net->run_batch = 0;
  net->begun = false;
  net->valid = true;
}

clif_status clif_network_reset_at(clif_network *net, uint64_t first_step, uint64_t first_sample) {
  const uint64_t most_steps = (uint64_t)1 << 34, most_samples = (uint64_t)1 << 32;
  if (!net) return CLIF_INVALID_ARGUMENT;
  clif__where(net->ctx, NULL);
  CLIF_TRY(clif__check_prepared(net));
  if (first_step >= most_steps)
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "first_step is %llu; it must be below 2^34",
                      (unsigned long long)first_step);
  if (first_sample > most_samples - net->plan->batch)
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT,
                      "first_sample is %llu; with a batch of %zu it must be at most %llu",
                      (unsigned long long)first_sample, net->plan->batch,
                      (unsigned long long)(most_samples - net->plan->batch));
  restart(net, first_step, first_sample);
  return CLIF_OK;
}

clif_status clif_network_reset(clif_network *net) {
  return clif_network_reset_at(net, 0, 0);
}

clif_status clif_network_set_seed(clif_network *net, uint64_t seed) {
  if (!net) return CLIF_INVALID_ARGUMENT;
  clif__where(net->ctx, NULL);
  CLIF_TRY(clif__check_prepared(net));
  net->seed = seed;
  return CLIF_OK;
}

/* ---- tensors of the state ---- */

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

/* Samples that the state is for: those of the runs so far, or of those to come. */
static size_t state_batch(const clif_network *net) {
  return net->run_batch ? net->run_batch : net->plan->batch;
}

/* Is this tensor a layer's (NULL: any layer's) state? */
static bool is_state(const clif__tensor *t, const clif__layer *layer) {
  return t->life == CLIF__STATE && (!layer || t->layer == layer);
}

const char *clif_network_state_name(const clif_network *net, const char *layer, size_t index) {
  if (!net || !layer || !net->plan) return NULL;
  size_t at = clif__network_find(net, layer);
  for (size_t i = 0; at < net->n_layers && i < net->plan->n_tensors; i++)
    if (is_state(&net->plan->tensors[i], &net->layers[at]) && index-- == 0)
      return net->plan->tensors[i].what;
  return NULL;
}

/* Copies a tensor from (get) or to the host, tile of samples by tile of samples; not waited for. */
static clif_status copy_state(clif_network *net, size_t tensor, const clif_array *a, bool get) {
  const clif__tensor *t = &net->plan->tensors[tensor];
  const clif__plan *plan = net->plan;
  size_t batch = state_batch(net);
  clif__tile tile = {.steps = 1};
  for (size_t b = 0; b < batch; b += tile.samples, tile.batch_tile++) {
    tile.samples = least(plan->tile_samples, batch - b);
    CLIF_TRY(clif__schedule_start(net->ctx, net->schedule, &tile));
    const clif__buffer *buffer = clif__schedule_buffer(net->schedule, (int)tensor, &tile);
    const clif__box box = {.row_bytes = t->width * t->element,
                           .samples = tile.samples,
                           .steps = 1,
                           .device_sample_pitch = t->pitch * t->element,
                           .host_sample_pitch = a->strides[0]};
    char *host = (char *)a->data + b * a->strides[0];
    CLIF_TRY(get ? clif__buffer_read(net->ctx, net->ctx->queue, buffer, &box, host)
                 : clif__buffer_write(net->ctx, net->ctx->queue, buffer, &box, host));
  }
  return CLIF_OK;
}

/* The same and waits; when it fails, too, the caller's memory is its own again. */
static clif_status copy_state_now(clif_network *net, size_t tensor, const clif_array *a, bool get) {
  clif_status status = copy_state(net, tensor, a, get);
  if (status == CLIF_OK) return clif__finish(net->ctx);
  clFinish(net->ctx->queue);
  clif__where(net->ctx, NULL);
  return status;
}

/* ---- one tensor ---- */

static clif_status find_state(clif_network *net, const char *layer, const char *name,
                              size_t *tensor) {
  if (!layer || !name)
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "a state's layer or name is NULL");
  size_t at = clif__network_find(net, layer);
  for (size_t i = 0; at < net->n_layers && i < net->plan->n_tensors; i++)
    if (is_state(&net->plan->tensors[i], &net->layers[at]) &&
        strcmp(net->plan->tensors[i].what, name) == 0) {
      *tensor = i;
      return CLIF_OK;
    }
  return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "'%s' has no state named '%s'", layer, name);
}

static clif_status check_array(clif_network *net, size_t tensor, const clif_array *a) {
  const clif__tensor *t = &net->plan->tensors[tensor];
  size_t row = t->width * t->element, batch = state_batch(net);
  if (!a || !clif__array_valid(a) || !clif__array_packed_from(a, 1))
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT,
                      "the array for '%s' is not a valid view of host memory, or has gaps inside a "
                      "sample",
                      t->what);
  if (a->dtype != CLIF_F32 || a->ndim < 2 || a->shape[0] != batch ||
      clif_array_count(a) / a->shape[0] != t->width || (batch > 1 && a->strides[0] < row))
    return clif__fail(net->ctx, CLIF_SHAPE,
                      "the array for '%s' must be float32 of %zu samples with %zu elements each",
                      t->what, batch, t->width);
  return CLIF_OK;
}

/* Which of a neuron's states a tensor is; -1 for other states. */
static int neuron_state(const clif__tensor *t) {
  for (int which = 0; which < CLIF__STATES; which++)
    if (clif__is_neurons(t->layer) && strcmp(t->what, clif__state_names[which]) == 0) return which;
  return -1;
}

/* Finite, a threshold in its range, a whole number of steps to wait. */
static clif_status check_values(clif_network *net, size_t tensor, const clif_array *a) {
  const clif__tensor *t = &net->plan->tensors[tensor];
  const clif__coefficients *c = &t->layer->data.neurons.coefficients;
  int which = neuron_state(t);
  for (size_t b = 0; b < a->shape[0]; b++)
    for (size_t i = 0; i < t->width; i++) {
      float value; /* strides may be such that it is not aligned */
      memcpy(&value, (const char *)a->data + b * a->strides[0] + i * sizeof value, sizeof value);
      if (!isfinite(value))
        return clif__fail(net->ctx, CLIF_NOT_FINITE,
                          "%s of sample %zu, neuron %zu is %g; it must be finite", t->what, b, i,
                          (double)value);
      if (which >= 0 && !clif__neuron_state_fits(c, which, i, value))
        return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT,
                          "%s of sample %zu, neuron %zu is %g; th must be from th_min to th_max, "
                          "wait a whole number of steps",
                          t->what, b, i, (double)value);
    }
  return CLIF_OK;
}

static clif_status check_valid(clif_network *net) {
  clif__where(net->ctx, NULL);
  CLIF_TRY(clif__check_prepared(net));
  if (!net->valid)
    return clif__fail(net->ctx, CLIF_STATE,
                      "an earlier run failed, so the state cannot be trusted; reset it, or restore "
                      "a snapshot");
  return CLIF_OK;
}

clif_status clif_network_get_state(clif_network *net, const char *layer, const char *name,
                                   const clif_array *array) {
  size_t tensor;
  if (!net) return CLIF_INVALID_ARGUMENT;
  CLIF_TRY(check_valid(net));
  CLIF_TRY(find_state(net, layer, name, &tensor));
  CLIF_TRY(check_array(net, tensor, array));
  return copy_state_now(net, tensor, array, true);
}

clif_status clif_network_set_state(clif_network *net, const char *layer, const char *name,
                                   const clif_array *array) {
  size_t tensor;
  if (!net) return CLIF_INVALID_ARGUMENT;
  CLIF_TRY(check_valid(net));
  CLIF_TRY(find_state(net, layer, name, &tensor));
  CLIF_TRY(check_array(net, tensor, array));
  CLIF_TRY(check_values(net, tensor, array));
  clif_status status = copy_state_now(net, tensor, array, false);
  net->begun = true;
  net->valid = status == CLIF_OK; /* what was there may be overwritten in part */
  return status;
}

/* ---- snapshots ---- */

typedef struct layer_kept {
  uint64_t spikes, others, updates;
  clif__choice choice; /* of a linear layer */
} layer_kept;

/* One tensor of the state; `what` lives as long as the program. */
typedef struct kept {
  const char *what;
  size_t width;
} kept;

struct clif_snapshot {
  clif_context *ctx;
  uint64_t step, first_sample;
  size_t run_batch, batch;
  bool begun;
  layer_kept *layers;
  size_t n_layers;
  float *values; /* (batch, width) of each tensor, one after the other */
  kept *tensors;
  size_t n_tensors;
};

/* All tensors of the state to (get) or from the snapshot. */
static clif_status copy_values(clif_network *net, const clif_snapshot *s, bool get) {
  float *at = s->values;
  for (size_t i = 0; i < net->plan->n_tensors; i++) {
    const clif__tensor *t = &net->plan->tensors[i];
    if (!is_state(t, NULL)) continue;
    const clif_array view = clif_array_view(at, CLIF_F32, 2, (size_t[]){s->batch, t->width});
    CLIF_TRY(copy_state_now(net, i, &view, get));
    at += s->batch * t->width;
  }
  return CLIF_OK;
}

static clif_status fill(clif_network *net, clif_snapshot *s) {
  size_t width = 0;
  s->tensors = clif__calloc(net->ctx, net->plan->n_tensors, sizeof *s->tensors);
  if (!s->tensors) return CLIF_OUT_OF_MEMORY;
  for (size_t i = 0; i < net->plan->n_tensors; i++) {
    const clif__tensor *t = &net->plan->tensors[i];
    if (!is_state(t, NULL)) continue;
    s->tensors[s->n_tensors++] = (kept){t->what, t->width};
    width += t->width;
  }
  s->n_layers = net->n_layers;
  s->values = clif__calloc(net->ctx, width * state_batch(net) + 1, sizeof *s->values);
  s->layers = clif__calloc(net->ctx, s->n_layers, sizeof *s->layers);
  if (!s->values || !s->layers) return CLIF_OUT_OF_MEMORY;
  s->step = net->step;
  s->first_sample = net->first_sample;
  s->run_batch = net->run_batch;
  s->begun = net->begun;
  s->batch = state_batch(net);
  for (size_t i = 0; i < net->n_layers; i++) {
    const clif__layer *layer = &net->layers[i];
    s->layers[i] = (layer_kept){layer->spikes, layer->others, layer->updates, {0}};
    if (layer->type == &clif__linear_class) s->layers[i].choice = layer->data.linear.choice;
  }
  return copy_values(net, s, true);
}

clif_status clif_network_save(clif_network *net, clif_snapshot **out) {
  if (out) *out = NULL;
  if (!net) return CLIF_INVALID_ARGUMENT;
  CLIF_TRY(check_valid(net));
  if (!out) return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "clif_network_save: out is NULL");
  clif_snapshot *s = clif__calloc(net->ctx, 1, sizeof *s);
  if (!s) return CLIF_OUT_OF_MEMORY;
  clif__context_hold(net->ctx);
  s->ctx = net->ctx;
  clif_status status = fill(net, s);
  if (status == CLIF_OK)
    *out = s;
  else
    clif_snapshot_destroy(s);
  return status;
}

/* Has this network the snapshot's layers and tensors, and room for its samples? */
static bool is_alike(const clif_network *net, const clif_snapshot *s) {
  size_t n = 0;
  if (s->n_layers != net->n_layers || s->batch > net->plan->batch) return false;
  for (size_t i = 0; i < net->plan->n_tensors; i++) {
    const clif__tensor *t = &net->plan->tensors[i];
    if (!is_state(t, NULL)) continue;
    if (n == s->n_tensors || s->tensors[n].width != t->width ||
        strcmp(s->tensors[n].what, t->what) != 0)
      return false;
    n++;
  }
  return n == s->n_tensors;
}

clif_status clif_network_restore(clif_network *net, const clif_snapshot *s) {
  if (!net) return CLIF_INVALID_ARGUMENT;
  clif__where(net->ctx, NULL);
  CLIF_TRY(clif__check_prepared(net));
  if (!s) return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "the snapshot is NULL");
  if (!is_alike(net, s))
    return clif__fail(
        net->ctx, CLIF_SHAPE,
        "the snapshot is of a network with other layers, or of more samples than this "
        "one was prepared for");
  restart(net, s->step, s->first_sample);
  net->run_batch = s->batch;
  net->begun = s->begun;
  clif_status status = copy_values(net, s, false);
  net->valid = status == CLIF_OK;
  /* Of a state before the first run all samples count, as many as there are here or not. */
  if (s->batch == net->plan->batch) net->run_batch = s->run_batch;
  for (size_t i = 0; i < net->n_layers; i++) {
    net->layers[i].spikes = s->layers[i].spikes;
    net->layers[i].others = s->layers[i].others;
    net->layers[i].updates = s->layers[i].updates;
    if (net->layers[i].type == &clif__linear_class)
      clif__choose_again(net, &net->layers[i].data.linear, &s->layers[i].choice);
  }
  return status;
}

void clif_snapshot_destroy(clif_snapshot *s) {
  if (!s) return;
  clif_context *ctx = s->ctx;
  clif__free(ctx, s->values);
  clif__free(ctx, s->tensors);
  clif__free(ctx, s->layers);
  clif__free(ctx, s);
  clif__context_release(ctx);
}
