/* schedule.c - makes a plan's device objects and launches its kernels. */
#include "network/schedule.h"

#include "clif/group.h"
#include "network/backward.h"

/* ---- buffers ---- */

const clif__buffer *clif__schedule_buffer(const clif__schedule *s, int tensor,
                                          const clif__tile *tile) {
  const clif__buffer *all = s->buffers[tensor];
  if (!tile) return all;
  if (s->plan->tensors[tensor].life == CLIF__STATE) return &all[tile->batch_tile];
  return &all[tile->number % clif__plan_copies(s->plan, &s->plan->tensors[tensor])];
}

/* A matrix column by column. Of the last one only what there is: the rest stays 0. */
static clif_status upload_columns(clif_context *ctx, const clif__tensor *t,
                                  const clif__buffer *buffer) {
  size_t columns = (t->data_pitch + t->pitch - 1) / t->pitch, rows = t->rows / columns;
  for (size_t i = 0; i < columns; i++) {
    size_t first = i * t->pitch, left = t->data_pitch - first;
    clif__box box = {.row_bytes = (left < t->pitch ? left : t->pitch) * t->element,
                     .samples = rows,
                     .steps = 1,
                     .device_offset = i * rows * t->pitch * t->element,
                     .device_sample_pitch = t->pitch * t->element,
                     .host_sample_pitch = t->data_pitch * t->element};
    CLIF_TRY(clif__buffer_write(ctx, ctx->queue, buffer, &box,
                                (const char *)t->data + first * t->element));
  }
  return CLIF_OK;
}

clif_status clif__constant_upload(clif_context *ctx, const clif__tensor *t,
                                  const clif__buffer *buffer) {
  clif__box all = clif__box_flat(t->bytes);
  if (t->data_pitch != 0) return upload_columns(ctx, t, buffer);
  return clif__buffer_write(ctx, ctx->queue, buffer, &all, t->data);
}

static clif_status create_buffers(clif_context *ctx, const clif__plan *plan, clif__schedule *s) {
  s->buffers = clif__calloc(ctx, plan->n_tensors, sizeof *s->buffers);
  if (!s->buffers) return CLIF_OUT_OF_MEMORY;
  s->n_tensors = plan->n_tensors;
  for (size_t i = 0; i < plan->n_tensors; i++) {
    const clif__tensor *t = &plan->tensors[i];
    if (t->layer) clif__where(ctx, "layer '%s' (%s)", t->layer->name, t->layer->type->kind);
    /* One more than needed: an empty one ends the list. */
    s->buffers[i] = clif__calloc(ctx, clif__plan_copies(plan, t) + 1, sizeof **s->buffers);
    if (!s->buffers[i]) return CLIF_OUT_OF_MEMORY;
    for (size_t j = 0; t->bytes > 0 && j < clif__plan_copies(plan, t); j++)
      CLIF_TRY(clif__buffer_create(ctx, t->bytes, t->what, &s->buffers[i][j]));
    if (t->life == CLIF__CONSTANT && t->data)
      CLIF_TRY(clif__constant_upload(ctx, t, &s->buffers[i][0]));
    clif__where(ctx, NULL);
  }
  return CLIF_OK;
}

/* ---- kernels and their arguments ---- */

/* Without a tile (when a kernel is made) slots are 0 and what is bound is not known. */
static cl_uint slot_value(clif__slot slot, const clif__tile *tile, size_t blocks) {
  if (!tile) return 0;
  switch (slot) {
  case CLIF__STEPS:
    return (cl_uint)tile->steps;
  case CLIF__SAMPLES:
    return (cl_uint)tile->samples;
  case CLIF__ROWS:
    return (cl_uint)(tile->steps * tile->samples);
  case CLIF__KEY_LOW:
    return (cl_uint)tile->seed;
  case CLIF__KEY_HIGH:
    return (cl_uint)(tile->seed >> 32);
  case CLIF__QUAD:
    return (cl_uint)(tile->step / 4);
  case CLIF__PHASE:
    return (cl_uint)(tile->step % 4);
  case CLIF__FIRST_SAMPLE:
    return (cl_uint)tile->sample;
  case CLIF__BLOCKS:
    return (cl_uint)blocks;
  case CLIF__NUMBER:
    return (cl_uint)tile->number;
  case CLIF__ROW_WORDS:
    return (cl_uint)clif_spike_words(tile->steps * tile->samples);
  case CLIF__ROW_LIST:
    return (cl_uint)clif__row_list(tile->steps * tile->samples);
  case CLIF__ADDS:
    return tile->adds;
  case CLIF__SLOTS:
    break;
  }
  return 0;
}

static cl_uint place_value(const clif__schedule *s, const clif__argument *a,
                           const clif__tile *tile) {
  const clif__view *view = &s->views[a->tensor];
  if (view->place[CLIF__PLACE_SAMPLE] != 0 || !tile) return view->place[a->place];
  const size_t dense[] = {0, tile->samples * a->count, a->count};
  return (cl_uint)dense[a->place];
}

static cl_mem tensor_value(const clif__schedule *s, int tensor, const clif__tile *tile) {
  if (tensor < 0) return NULL;
  if (s->views[tensor].mem) return s->views[tensor].mem;
  return clif__schedule_buffer(s, tensor, tile)->mem;
}

static clif_status set_argument(clif_context *ctx, const clif__schedule *s, cl_kernel kernel,
                                cl_uint index, const clif__argument *a, const clif__tile *tile,
                                size_t blocks) {
  if (a->kind == CLIF__ARG_TENSOR) {
    cl_mem mem = tensor_value(s, a->tensor, tile);
    return CLIF_CL(ctx, clSetKernelArg, (kernel, index, sizeof mem, &mem));
  }
  if (a->kind == CLIF__ARG_FLOAT)
    return CLIF_CL(ctx, clSetKernelArg, (kernel, index, sizeof a->number, &a->number));
  cl_uint value = a->kind == CLIF__ARG_SLOT    ? slot_value(a->slot, tile, blocks)
                  : a->kind == CLIF__ARG_PLACE ? place_value(s, a, tile)
                  : a->kind == CLIF__ARG_BYTES ? s->views[a->tensor].bytes
                                               : a->count;
  return CLIF_CL(ctx, clSetKernelArg, (kernel, index, sizeof value, &value));
}

/* Does this argument change from tile to tile? */
static bool varies(const clif__schedule *s, const clif__argument *a) {
  if (a->kind == CLIF__ARG_SLOT || a->kind == CLIF__ARG_PLACE || a->kind == CLIF__ARG_BYTES)
    return true;
  if (a->kind != CLIF__ARG_TENSOR) return false;
  return a->tensor >= 0 && (s->plan->tensors[a->tensor].life == CLIF__BOUND ||
                            s->plan->tensors[a->tensor].copied || /* and may be shared */
                            clif__plan_copies(s->plan, &s->plan->tensors[a->tensor]) > 1);
}

/* The largest work-group this kernel may have on this device. */
static clif_status choose_local(clif_context *ctx, const clif__command *command, clif__work *work) {
  size_t limit;
  CLIF_TRY(
      CLIF_CL(ctx, clGetKernelWorkGroupInfo,
              (work->kernel, ctx->device, CL_KERNEL_WORK_GROUP_SIZE, sizeof limit, &limit, NULL)));
  clif__grid_local(command, ctx->lanes, limit, work->local);
  return CLIF_OK;
}

static clif_status create_kernel(clif_context *ctx, const clif__schedule *s,
                                 const clif__command *command, clif__work *work) {
  CLIF_TRY(
      clif__kernel_create(ctx, command->files, command->kernel, command->defines, &work->kernel));
  for (cl_uint i = 0; i < command->n_arguments; i++)
    CLIF_TRY(set_argument(ctx, s, work->kernel, i, &command->arguments[i], NULL, 0));
  return choose_local(ctx, command, work);
}

/* ---- products ---- */

clif__gemm clif__product_sizes(const clif__command *p, size_t rows, bool adds,
                               clif__gemm_form *form) {
  const size_t in = p->layer->data.linear.in, columns = p->columns, x = p->x_pitch;
  const size_t more = p->units - 1, w = in * columns, g = rows * columns; /* from unit to unit */
  switch (p->product) {
  case CLIF__INPUTS_BACK:
    *form = (clif__gemm_form){.b_turned = true, .more = more, .a_step = g, .b_step = w};
    return (clif__gemm){rows, in, columns, columns, columns, x};
  case CLIF__WEIGHTS_BACK:
    *form =
        (clif__gemm_form){.a_turned = true, .add = adds, .more = more, .b_step = g, .c_step = w};
    return (clif__gemm){in, columns, rows, x, columns, columns};
  case CLIF__SUMS:
    break;
  }
  *form = (clif__gemm_form){.more = more, .b_step = w, .c_step = g};
  return (clif__gemm){rows, columns, in, x, columns, columns};
}

/* Gradients have no promised bits: who is faster. */
clif__gemm_by clif__product_by(const clif__plan *plan, const clif__command *product) {
  const clif__linear *linear = &product->layer->data.linear;
  if (product->product == CLIF__SUMS) return linear->choice.by;
  if (plan->dense != CLIF_DENSE_AUTO)
    return plan->dense == CLIF_DENSE_CBLAS ? CLIF__BY_CBLAS : CLIF__BY_CLBLAST;
  bool faster = clif__cost_dense(plan, linear, CLIF__BY_CBLAS) <=
                clif__cost_dense(plan, linear, CLIF__BY_CLBLAST);
  return plan->cblas && faster ? CLIF__BY_CBLAS : CLIF__BY_CLBLAST;
}

/* CLBlast must give the promised bits on zeros and ones. Both for a whole tile and for a single
 * row, since it has different kernels for large and small products. */
static clif_status check_product(clif_context *ctx, const clif__plan *plan, clif__schedule *s,
                                 const clif__command *command) {
  bool same;
  clif__linear *linear = &command->layer->data.linear;
  linear->choice.by = CLIF__BY_CLBLAST;
  linear->inexact = false;
  if (!linear->clblast || !linear->dense_spikes) return CLIF_OK;
  CLIF_TRY(clif__product_check(ctx, s, command, plan->tile_steps * plan->tile_samples, &same));
  if (same) CLIF_TRY(clif__product_check(ctx, s, command, 1, &same));
  linear->inexact = !same;
  if (same) return CLIF_OK;
  if (plan->linear == CLIF_LINEAR_DENSE || plan->dense == CLIF_DENSE_CLBLAST)
    return clif__fail(ctx, CLIF_CLBLAST,
                      "CLBlast does not add in ascending order on this device, which could change "
                      "spikes; let the way be chosen (auto), or use events");
  clif__log(ctx, CLIF_LOG_WARNING,
            "layer '%s': CLBlast does not add in ascending order here; spikes go by events",
            command->layer->name);
  return CLIF_OK;
}

static clif_status create_work(clif_context *ctx, const clif__plan *plan, clif__schedule *s,
                               const clif__command_list *list, clif__work *work) {
  clif_status status = CLIF_OK;
  for (size_t i = 0; i < list->n && status == CLIF_OK; i++) {
    const clif__command *command = &list->commands[i];
    clif__where(ctx, "layer '%s' (%s)", command->layer->name, command->layer->type->kind);
    if (command->kind == CLIF__KERNEL)
      status = create_kernel(ctx, s, command, &work[i]);
    else if (command->kind == CLIF__PRODUCT && command->product == CLIF__SUMS)
      status = check_product(ctx, plan, s, command);
  }
  clif__where(ctx, NULL);
  return status;
}

/* ---- life ---- */

static clif_status fill(clif_context *ctx, const clif__plan *plan, clif__schedule *s) {
  s->plan = plan;
  s->views = clif__calloc(ctx, plan->n_tensors, sizeof *s->views);
  s->n_start = plan->start.n;
  s->n_tile = plan->tile.n;
  s->n_back = plan->back.n;
  s->start = clif__calloc(ctx, plan->start.n + 1, sizeof *s->start);
  s->tile = clif__calloc(ctx, plan->tile.n + 1, sizeof *s->tile);
  s->back = clif__calloc(ctx, plan->back.n + 1, sizeof *s->back);
  s->started = clif__calloc(ctx, plan->batch_tiles, sizeof *s->started);
  s->stats = clif__calloc(ctx, plan->tensors[plan->stats].rows, sizeof *s->stats);
  s->staging = clif__calloc(ctx, clif__gradients_staging(plan) + 1, sizeof *s->staging);
  s->choices = clif__calloc(ctx, plan->checkpoints, sizeof *s->choices);
  if (!s->views || !s->start || !s->tile || !s->back || !s->started || !s->stats || !s->choices ||
      !s->staging)
    return CLIF_OUT_OF_MEMORY;
  if (plan->overlap) CLIF_TRY(clif__copy_queues_open(ctx));
  CLIF_TRY(create_buffers(ctx, plan, s));
  CLIF_TRY(create_work(ctx, plan, s, &plan->start, s->start));
  CLIF_TRY(create_work(ctx, plan, s, &plan->tile, s->tile));
  CLIF_TRY(create_work(ctx, plan, s, &plan->back, s->back));
  return clif__finish(ctx);
}

clif_status clif__schedule_create(clif_context *ctx, const clif__plan *plan, clif__schedule **out) {
  *out = NULL;
  clif__schedule *s = clif__calloc(ctx, 1, sizeof *s);
  if (!s) return CLIF_OUT_OF_MEMORY;
  clif_status status = fill(ctx, plan, s);
  if (status == CLIF_OK) {
    *out = s;
    return CLIF_OK;
  }
  clif__where(ctx, NULL);
  clFinish(ctx->queue); /* uploads may still read the layers' numbers; the first error is kept */
  clif__schedule_destroy(ctx, s);
  return status;
}

static void release_kernels(clif__work *work, size_t n) {
  for (size_t i = 0; work && i < n; i++)
    if (work[i].kernel) clReleaseKernel(work[i].kernel);
}

void clif__schedule_destroy(clif_context *ctx, clif__schedule *s) {
  if (!s) return;
  release_kernels(s->back, s->n_back);
  release_kernels(s->tile, s->n_tile);
  release_kernels(s->start, s->n_start);
  for (size_t i = 0; i < s->n_tensors; i++) {
    for (size_t j = 0; s->buffers[i] && s->buffers[i][j].mem; j++)
      clif__buffer_release(ctx, &s->buffers[i][j]);
    clif__free(ctx, s->buffers[i]);
  }
  clif__free(ctx, s->buffers);
  clif__free(ctx, s->views);
  clif__free(ctx, s->start);
  clif__free(ctx, s->tile);
  clif__free(ctx, s->back);
  clif__free(ctx, s->started);
  clif__free(ctx, s->stats);
  clif__free(ctx, s->choices);
  clif__free(ctx, s->staging);
  clif__free(ctx, s);
}

/* ---- enqueueing ---- */

clif_status clif__schedule_launch(clif_context *ctx, const clif__schedule *s,
                                  const clif__command *command, const clif__work *work,
                                  const clif__tile *tile) {
  size_t global[2], blocks;
  clif__grid_global(command, ctx->lanes, ctx->info.compute_units, tile, work->local, global,
                    &blocks);
  for (cl_uint i = 0; i < command->n_arguments; i++)
    if (varies(s, &command->arguments[i]))
      CLIF_TRY(set_argument(ctx, s, work->kernel, i, &command->arguments[i], tile, blocks));
  return clif__launch(ctx, work->kernel, 2, global, work->local);
}

clif_status clif__schedule_product(clif_context *ctx, const clif__schedule *s,
                                   const clif__command *command, const clif__tile *tile,
                                   size_t rows) {
  const clif__gemm_by by = clif__product_by(s->plan, command);
  cl_mem x = tensor_value(s, command->x, tile), w = tensor_value(s, command->w, tile);
  cl_mem g = tensor_value(s, command->g, tile), scratch = tensor_value(s, command->scratch, tile);
  const cl_mem operands[][3] = {
      [CLIF__SUMS] = {x, w, g}, [CLIF__INPUTS_BACK] = {g, w, x}, [CLIF__WEIGHTS_BACK] = {x, g, w}};
  const cl_mem *o = operands[command->product];
  clif__gemm_form form;
  const clif__gemm sizes = clif__product_sizes(command, rows, tile && tile->adds, &form);
  return clif__gemm_enqueue_as(ctx, by, &sizes, &form, o[0], o[1], o[2], scratch);
}

clif_status clif__schedule_start(clif_context *ctx, clif__schedule *s, const clif__tile *tile) {
  const clif__command_list *list = &s->plan->start;
  if (s->started[tile->batch_tile]) return CLIF_OK;
  for (size_t i = 0; i < list->n; i++) {
    const clif__layer *layer = list->commands[i].layer;
    clif__where(ctx, "layer '%s' (%s)", layer->name, layer->type->kind);
    CLIF_TRY(clif__schedule_launch(ctx, s, &list->commands[i], &s->start[i], tile));
  }
  clif__where(ctx, NULL);
  s->started[tile->batch_tile] = true;
  return CLIF_OK;
}
