/* transfer.c - what a run's tiles bring from the host and take back to it.
 *
 * Without overlap copies are commands like others, in the context's queue. With it they have a
 * queue for each direction. While the device computes tile n, the input of tile n + 1 goes up and
 * what tile n - 1 recorded comes down:
 *
 *   up       n                n + 1            n + 2
 *   compute                   n                n + 1
 *   down                      n - 1            n
 *
 * Of what is copied there are two buffers, of which tiles take turns. Three things must not meet,
 * and who keeps them apart: a tile's kernels and its own upload, an event; its kernels and the
 * download of the tile two before, an event; its upload and the kernels of the tile two before, the
 * host, which has waited for those.
 *
 * Devices that work in the host's memory (CPUs, most integrated GPUs) need no copies at all:
 * without overlap, an array that lies as the tensor would becomes the tensor while the tile is
 * computed. */
#include "network/network.h"
#include "network/schedule.h"

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

/* ---- sharing the caller's memory ---- */

/* Does the tile's part of the array lie as the tensor's rows do? Our kernels load 16 bytes at once,
 * CLBlast's up to 16 floats. */
static bool lies_alike(const clif__tensor *t, const clif_array *a, const clif__tile *tile) {
  const size_t row = t->pitch * clif_dtype_size(a->dtype), aligned = t->multiplied ? 64 : 16;
  return t->width == t->pitch && (tile->samples == 1 || a->strides[1] == row) &&
         (tile->steps == 1 || a->strides[0] == tile->samples * row) &&
         (uintptr_t)tile_start(a, tile) % aligned == 0;
}

/* Not what is kept for backward passes, nor bits, which kernels also clear. */
static bool may_share(const clif_network *net, const clif__tensor *t) {
  return net->ctx->shares_memory && !net->plan->overlap && t->copied && !t->taped &&
         t->form != CLIF__BITS;
}

/* Results may be put where the inputs were; kernels must not meet that. */
static bool is_apart(const clif_run *run, const clif_array *a) {
  size_t bytes = 0, of_input = 0;
  clif__array_extent(a, &bytes);
  for (size_t i = 0; i < run->n_inputs; i++) {
    const clif_array *in = &run->inputs[i].array;
    if (!in->data) continue;
    clif__array_extent(in, &of_input);
    uintptr_t from = (uintptr_t)a->data, input = (uintptr_t)in->data;
    if (from < input + of_input && input < from + bytes) return false;
  }
  return true;
}

static clif_status share(clif_network *net, const clif__command *command, const clif_array *a,
                         const clif__tile *tile) {
  const clif__tensor *t = &net->plan->tensors[command->tensor];
  clif__view *v = &net->schedule->views[command->tensor];
  const cl_mem_flags access = command->kind == CLIF__UPLOAD ? CL_MEM_READ_ONLY : CL_MEM_READ_WRITE;
  const size_t bytes = tile->steps * tile->samples * t->pitch * clif_dtype_size(a->dtype);
  if (!may_share(net, t) || !lies_alike(t, a, tile)) return CLIF_OK;
  cl_int code;
  cl_mem mem =
      clCreateBuffer(net->ctx->cl, access | CL_MEM_USE_HOST_PTR, bytes, tile_start(a, tile), &code);
  CLIF_TRY(clif__check_cl(net->ctx, code, "clCreateBuffer"));
  v->mem = mem;
  v->host = tile_start(a, tile);
  v->shared = bytes;
  return CLIF_OK;
}

void clif__transfer_part(clif_network *net) {
  for (size_t i = 0; i < net->plan->n_tensors; i++) {
    clif__view *v = &net->schedule->views[i];
    if (!v->shared) continue;
    clReleaseMemObject(v->mem); /* stays until the commands that use it are through */
    v->mem = NULL;
    v->shared = 0;
  }
}

/* Has the host see what kernels wrote. */
static clif_status show(clif_network *net, const clif__view *v) {
  clif_context *ctx = net->ctx;
  cl_int code;
  void *host = clEnqueueMapBuffer(ctx->queue, v->mem, CL_FALSE, CL_MAP_READ, 0, v->shared, 0, NULL,
                                  NULL, &code);
  CLIF_TRY(clif__check_cl(ctx, code, "clEnqueueMapBuffer"));
  return CLIF_CL(ctx, clEnqueueUnmapMemObject, (ctx->queue, v->mem, host, 0, NULL, NULL));
}

/* ---- one command ---- */

/* NULL for gradients that a backward pass does not bring. */
static const clif_array *source_of(const clif_run *run, const clif__command *command) {
  const clif_binding *b =
      clif__find_binding(run->inputs, run->n_inputs, command->layer, command->quantity);
  return b ? &b->array : NULL;
}

/* An input that is the same in every step goes over once. */
static bool is_same(const clif_array *a, const clif__command *command) {
  return a->strides[0] == 0 && command->quantity == CLIF_OUTPUT;
}

static clif_status upload(clif_network *net, cl_command_queue queue, const clif_run *run,
                          const clif__command *command, const clif__tile *tile) {
  const clif_array *a = source_of(run, command);
  const clif__tensor *t = &net->plan->tensors[command->tensor];
  const clif__buffer *buffer = clif__schedule_buffer(net->schedule, command->tensor, tile);
  if (!a)
    return clif__buffer_clear(net->ctx, buffer,
                              tile->steps * tile->samples * t->pitch * t->element);
  clif__box box = tile_box(t, a, tile);
  if (is_same(a, command)) box.steps = 1;
  return clif__buffer_write(net->ctx, queue, buffer, &box, tile_start(a, tile));
}

/* Where kernels find what was uploaded. */
static void view(clif_network *net, const clif_run *run, const clif__command *command,
                 const clif__tile *tile) {
  const clif_array *a = source_of(run, command);
  if (!a) return;
  const clif__tensor *t = &net->plan->tensors[command->tensor];
  clif__view *v = &net->schedule->views[command->tensor];
  v->place[CLIF__PLACE_STEP] = (cl_uint)(is_same(a, command) ? 0 : tile->samples * t->pitch);
  v->place[CLIF__PLACE_SAMPLE] = (cl_uint)t->pitch;
  v->bytes = a->dtype == CLIF_U8;
}

/* A device array is used where it is. */
static void bind(clif_network *net, const clif_run *run, const clif__command *command,
                 const clif__tile *tile) {
  const clif_array *a =
      &clif__find_binding(run->inputs, run->n_inputs, command->layer, CLIF_OUTPUT)->array;
  size_t first = a->offset + tile->first_step * a->strides[0] + tile->first_sample * a->strides[1];
  /* With one sample its stride is of no use; but 0 would mean rows one after the other. */
  size_t sample = a->shape[1] > 1 ? a->strides[1] : sizeof(float);
  net->schedule->views[command->tensor] = (clif__view){
      .mem = a->device,
      .place = {(cl_uint)(first / sizeof(float)), (cl_uint)(a->strides[0] / sizeof(float)),
                (cl_uint)(sample / sizeof(float))}};
}

/* What is shared the host has only to see; another array for the same tensor gets a copy. */
static clif_status download(clif_network *net, cl_command_queue queue, const clif_run *run,
                            const clif__command *command, const clif__tile *tile) {
  const clif_binding *b =
      clif__find_binding(run->outputs, run->n_outputs, command->layer, command->quantity);
  if (!b) return CLIF_OK; /* recorded, but not wanted this time */
  const clif__view *v = &net->schedule->views[command->tensor];
  const clif__buffer shared = {.mem = v->mem, .bytes = v->shared};
  if (v->shared && v->host == tile_start(&b->array, tile)) return show(net, v);
  clif__box box = tile_box(&net->plan->tensors[command->tensor], &b->array, tile);
  return clif__buffer_read(net->ctx, queue,
                           v->shared ? &shared
                                     : clif__schedule_buffer(net->schedule, command->tensor, tile),
                           &box, tile_start(&b->array, tile));
}

clif_status clif__transfer_share(clif_network *net, const clif_run *run,
                                 const clif__command_list *list, const clif__tile *tile) {
  for (size_t i = 0; i < list->n; i++) {
    const clif__command *command = &list->commands[i];
    if (command->kind != CLIF__UPLOAD && command->kind != CLIF__DOWNLOAD) continue;
    const bool up = command->kind == CLIF__UPLOAD;
    const clif_binding *b =
        clif__find_binding(up ? run->inputs : run->outputs, up ? run->n_inputs : run->n_outputs,
                           command->layer, command->quantity);
    if (b && !net->schedule->views[command->tensor].shared && (up || is_apart(run, &b->array)))
      CLIF_TRY(share(net, command, &b->array, tile));
  }
  return CLIF_OK;
}

clif_status clif__transfer_run(clif_network *net, const clif_run *run, const clif__command *command,
                               const clif__tile *tile) {
  const clif__view *v = &net->schedule->views[command->tensor];
  if (command->kind == CLIF__BIND) {
    bind(net, run, command, tile);
    return CLIF_OK;
  }
  if (command->kind == CLIF__UPLOAD) view(net, run, command, tile);
  if (net->plan->overlap) return CLIF_OK; /* it has a place of its own */
  if (command->kind == CLIF__DOWNLOAD) return download(net, net->ctx->queue, run, command, tile);
  return v->shared ? CLIF_OK : upload(net, net->ctx->queue, run, command, tile);
}

/* ---- all commands of a tile, beside the kernels of others ---- */

typedef clif_status (*copy_fn)(clif_network *net, cl_command_queue queue, const clif_run *run,
                               const clif__command *command, const clif__tile *tile);

static void forget(cl_event *event) {
  if (*event) clReleaseEvent(*event);
  *event = NULL;
}

/* Enqueues the tile's commands of that kind and sends them off; *done: when they are through. */
static clif_status copy_all(clif_network *net, cl_command_queue queue, const clif_run *run,
                            const clif__tile *tile, clif__command_kind kind, copy_fn copy,
                            cl_event *done) {
  clif_context *ctx = net->ctx;
  const clif__command_list *list = &net->plan->tile;
  for (size_t i = 0; i < list->n; i++) {
    const clif__command *command = &list->commands[i];
    if (command->kind != kind) continue;
    clif__where(ctx, "layer '%s' (%s)", command->layer->name, command->layer->type->kind);
    CLIF_TRY(copy(net, queue, run, command, tile));
  }
  clif__where(ctx, NULL);
  forget(done);
  CLIF_TRY(CLIF_CL(ctx, clEnqueueMarkerWithWaitList, (queue, 0, NULL, done)));
  return CLIF_CL(ctx, clFlush, (queue));
}

clif_status clif__transfer_up(clif_network *net, const clif_run *run, const clif__tile *tile) {
  if (!net->plan->overlap) return CLIF_OK;
  /* The tile before must be under way, or nothing would be beside this. It is not finished next:
   * after a flush Mesa's rusticl (22.3) finishes only what came behind it. */
  CLIF_TRY(CLIF_CL(net->ctx, clFlush, (net->ctx->queue)));
  return copy_all(net, net->ctx->up, run, tile, CLIF__UPLOAD, upload, &net->schedule->uploaded);
}

clif_status clif__transfer_await(clif_network *net, const clif__tile *tile) {
  clif__schedule *s = net->schedule;
  cl_event events[2], *down = &s->downloaded[tile->number % 2];
  cl_uint n = 0;
  if (!net->plan->overlap) return CLIF_OK;
  events[n++] = s->uploaded;
  if (*down) events[n++] = *down;
  CLIF_TRY(CLIF_CL(net->ctx, clEnqueueBarrierWithWaitList, (net->ctx->queue, n, events, NULL)));
  forget(&s->uploaded);
  forget(down);
  return CLIF_OK;
}

clif_status clif__transfer_down(clif_network *net, const clif_run *run, const clif__tile *tile) {
  if (!net->plan->overlap) return CLIF_OK;
  return copy_all(net, net->ctx->down, run, tile, CLIF__DOWNLOAD, download,
                  &net->schedule->downloaded[tile->number % 2]);
}

static void forget_all(clif__schedule *s) {
  forget(&s->uploaded);
  forget(&s->downloaded[0]);
  forget(&s->downloaded[1]);
}

/* The queue is in order: what comes down last is the end. */
clif_status clif__transfer_finish(clif_network *net, const clif__tile *last) {
  clif__schedule *s = net->schedule;
  if (!net->plan->overlap) return CLIF_OK;
  net->ctx->counters.blocking_calls++;
  CLIF_TRY(CLIF_CL(net->ctx, clWaitForEvents, (1, &s->downloaded[last->number % 2])));
  forget_all(s);
  return CLIF_OK;
}

static void await(const cl_event *event) {
  if (*event) clWaitForEvents(1, event);
}

void clif__transfer_abandon(clif_network *net) {
  clif__schedule *s = net->schedule;
  if (!net->plan->overlap) return;
  await(&s->uploaded);
  await(&s->downloaded[0]);
  await(&s->downloaded[1]);
  clFinish(net->ctx->up); /* copies of which there is no event, if any */
  clFinish(net->ctx->down);
  forget_all(s);
}
