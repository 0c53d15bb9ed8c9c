/* plan.c - adding tensors and commands to a tile program. */
#include "layer/plan.h"

#include <assert.h>

#include "clif/group.h"
#include "layer/layer.h"

clif_status clif__plan_create(clif_context *ctx, clif_linear_way linear, clif_dense_by dense,
                              clif__plan **out) {
  *out = NULL;
  clif__plan *plan = clif__calloc(ctx, 1, sizeof *plan);
  if (!plan) return CLIF_OUT_OF_MEMORY;
  plan->lanes = ctx->lanes;
  plan->costs = ctx->costs;
  plan->linear = linear;
  plan->dense = dense;
  plan->cblas = clif__gemm_available(ctx, CLIF__BY_CBLAS);
  plan->scratch = -1;
  for (int i = 0; i < CLIF__SHARED; i++) plan->shared[i] = -1;
  plan->list = &plan->tile;
  plan->gradients = (clif__gradient_tensors){-1, -1, -1, -1, -1, -1};
  clif__tensor stats = {.what = "statistics", .life = CLIF__STATS, .element = sizeof(cl_uint)};
  clif_status status = clif__plan_tensor(ctx, plan, stats, &plan->stats);
  if (status != CLIF_OK)
    clif__plan_destroy(ctx, plan);
  else
    *out = plan;
  return status;
}

void clif__plan_destroy(clif_context *ctx, clif__plan *plan) {
  if (!plan) return;
  clif__free(ctx, plan->start.commands);
  clif__free(ctx, plan->tile.commands);
  clif__free(ctx, plan->back.commands);
  clif__free(ctx, plan->tensors);
  clif__free(ctx, plan);
}

clif_status clif__plan_tensor(clif_context *ctx, clif__plan *plan, clif__tensor tensor, int *out) {
  if (plan->n_tensors == plan->capacity) {
    size_t capacity = plan->capacity ? 2 * plan->capacity : 16;
    clif__tensor *grown = clif__realloc(ctx, plan->tensors, capacity, sizeof *grown);
    if (!grown) return CLIF_OUT_OF_MEMORY;
    plan->tensors = grown;
    plan->capacity = capacity;
  }
  tensor.stats = tensor.real = tensor.kept = -1;
  plan->tensors[plan->n_tensors] = tensor;
  *out = (int)plan->n_tensors++;
  return CLIF_OK;
}

clif_status clif__plan_rows(clif_context *ctx, clif__plan *plan, const clif__layer *layer,
                            const char *what, size_t width, int *out) {
  clif__tensor t = {.layer = layer,
                    .what = what,
                    .life = CLIF__TILE,
                    .width = width,
                    .pitch = clif__padded(width),
                    .element = sizeof(float)};
  return clif__plan_tensor(ctx, plan, t, out);
}

clif_status clif__plan_shared(clif_context *ctx, clif__plan *plan, clif__shared which,
                              size_t elements, int *out) {
  static const char *const names[CLIF__SHARED] = {
      [CLIF__INPUTS] = "inputs, events",
      [CLIF__CURRENTS] = "currents",
      [CLIF__INPUT_BITS] = "input bits",
      [CLIF__COUNTS] = "counts of events",
  };
  if (plan->shared[which] < 0) {
    const clif__tensor t = {.what = names[which], .life = CLIF__TILE, .element = 4};
    CLIF_TRY(clif__plan_tensor(ctx, plan, t, &plan->shared[which]));
  }
  clif__tensor *t = &plan->tensors[plan->shared[which]];
  if (elements > t->pitch) t->width = t->pitch = elements;
  *out = plan->shared[which];
  return CLIF_OK;
}

clif_status clif__plan_bits(clif_context *ctx, clif__plan *plan, clif__layer *layer,
                            const char *what, size_t neurons, int *out) {
  const clif__tensor bits = {.layer = layer,
                             .what = what,
                             .life = CLIF__TILE,
                             .form = CLIF__BITS,
                             .width = clif_spike_words(neurons),
                             .pitch = clif_spike_words(neurons),
                             .element = sizeof(cl_uint)};
  CLIF_TRY(clif__plan_tensor(ctx, plan, bits, out));
  return clif__plan_transfer(ctx, plan, CLIF__CLEAR, layer, *out, CLIF_SPIKE_BITS);
}

clif_status clif__plan_real(clif_context *ctx, clif__plan *plan, clif__layer *layer, int in,
                            int *out) {
  *out = in;
  if (plan->tensors[in].form != CLIF__BITS) return CLIF_OK;
  *out = plan->tensors[in].real;
  if (*out >= 0) return CLIF_OK;
  const clif__layer *from = plan->tensors[in].layer;
  CLIF_TRY(clif__plan_rows(ctx, plan, from, "as float32", clif__shape_count(&from->shape), out));
  plan->tensors[in].real = *out;
  plan->tensors[*out].stats = plan->tensors[in].stats;
  size_t pitch = plan->tensors[*out].pitch;
  clif__command *spread = clif__plan_kernel(ctx, plan->list, layer, "bits+spikes",
                                            "spikes_to_floats", CLIF__OVER_ROWS, pitch);
  if (!spread) return CLIF_OUT_OF_MEMORY;
  clif__arg_tensor(spread, in);
  clif__arg_uint(spread, plan->tensors[in].pitch);
  clif__arg_tensor(spread, *out);
  clif__arg_uint(spread, pitch);
  clif__arg_slot(spread, CLIF__ROWS);
  return CLIF_OK;
}

int clif__plan_stats(clif__plan *plan, size_t words) {
  clif__tensor *stats = &plan->tensors[plan->stats];
  int first = (int)stats->rows;
  stats->rows += words;
  stats->width = stats->pitch = 1;
  return first;
}

clif__command *clif__plan_command(clif_context *ctx, clif__command_list *list,
                                  clif__command_kind kind, clif__layer *layer) {
  if (list->n == list->capacity) {
    size_t capacity = list->capacity ? 2 * list->capacity : 16;
    clif__command *grown = clif__realloc(ctx, list->commands, capacity, sizeof *grown);
    if (!grown) return NULL;
    list->commands = grown;
    list->capacity = capacity;
  }
  clif__command *command = &list->commands[list->n++];
  *command = (clif__command){.kind = kind, .layer = layer};
  return command;
}

clif__command *clif__plan_kernel(clif_context *ctx, clif__command_list *list, clif__layer *layer,
                                 const char *files, const char *kernel, clif__grid grid,
                                 size_t pitch) {
  clif__command *command = clif__plan_command(ctx, list, CLIF__KERNEL, layer);
  if (!command) return NULL;
  command->files = files;
  command->kernel = kernel;
  command->grid = grid;
  command->pitch = pitch;
  return command;
}

size_t clif__row_list(size_t rows) {
  return clif__padded(rows + 4); /* four are written at a time */
}

size_t clif__plan_copies(const clif__plan *plan, const clif__tensor *tensor) {
  if (tensor->life == CLIF__STATE) return plan->batch_tiles;
  return plan->overlap && tensor->copied ? 2 : 1;
}

clif_status clif__plan_transfer(clif_context *ctx, clif__plan *plan, clif__command_kind kind,
                                clif__layer *layer, int tensor, int quantity) {
  clif__command *command = clif__plan_command(ctx, plan->list, kind, layer);
  if (!command) return CLIF_OUT_OF_MEMORY;
  command->tensor = tensor;
  command->quantity = quantity;
  if (kind == CLIF__UPLOAD || kind == CLIF__DOWNLOAD) plan->tensors[tensor].copied = true;
  return CLIF_OK;
}

clif_status clif__plan_start(clif_context *ctx, clif__plan *plan, clif__layer *layer, int state,
                             const float *data, bool alike) {
  int start;
  size_t pitch = plan->tensors[state].pitch;
  const clif__tensor first = {.layer = layer,
                              .what = "start",
                              .life = CLIF__CONSTANT,
                              .width = alike ? 1 : plan->tensors[state].width,
                              .pitch = alike ? 1 : pitch,
                              .element = sizeof(float),
                              .rows = 1,
                              .data = data};
  CLIF_TRY(clif__plan_tensor(ctx, plan, first, &start));
  clif__command *spread =
      clif__plan_kernel(ctx, &plan->start, layer, "rows", alike ? "rows_fill" : "rows_spread",
                        CLIF__OVER_ROWS, pitch);
  if (!spread) return CLIF_OUT_OF_MEMORY;
  clif__arg_tensor(spread, start);
  clif__arg_tensor(spread, state);
  clif__arg_uint(spread, pitch);
  clif__arg_slot(spread, CLIF__SAMPLES);
  return CLIF_OK;
}

static void append(clif__command *command, clif__argument argument) {
  assert(command->n_arguments < CLIF__MAX_ARGUMENTS); /* a kernel of ours with too many arguments */
  command->arguments[command->n_arguments++] = argument;
}

void clif__arg_tensor(clif__command *command, int tensor) {
  append(command, (clif__argument){.kind = CLIF__ARG_TENSOR, .tensor = tensor});
}

void clif__arg_place(clif__command *command, int tensor, clif__place place, size_t pitch) {
  append(command,
         (clif__argument){
             .kind = CLIF__ARG_PLACE, .tensor = tensor, .place = place, .count = (cl_uint)pitch});
}

void clif__arg_bytes(clif__command *command, int tensor) {
  append(command, (clif__argument){.kind = CLIF__ARG_BYTES, .tensor = tensor});
}

void clif__arg_float(clif__command *command, double number) {
  append(command, (clif__argument){.kind = CLIF__ARG_FLOAT, .number = (float)number});
}

void clif__arg_uint(clif__command *command, size_t count) {
  append(command, (clif__argument){.kind = CLIF__ARG_UINT, .count = (cl_uint)count});
}

void clif__arg_slot(clif__command *command, clif__slot slot) {
  append(command, (clif__argument){.kind = CLIF__ARG_SLOT, .slot = slot});
}
