/* plan.c - adding tensors and commands to a tile program. */
#include "layer/plan.h"

#include <assert.h>

#include "layer/layer.h"

clif_status clif__plan_create(clif_context *ctx, clif_linear_way linear, clif__plan **out) {
  *out = NULL;
  clif__plan *plan = clif__calloc(ctx, 1, sizeof *plan);
  if (!plan) return CLIF_OUT_OF_MEMORY;
  plan->linear = linear;
  plan->scratch = -1;
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
  tensor.stats = -1;
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
                                 const char *file, const char *kernel, clif__grid grid,
                                 size_t pitch) {
  clif__command *command = clif__plan_command(ctx, list, CLIF__KERNEL, layer);
  if (!command) return NULL;
  command->file = file;
  command->kernel = kernel;
  command->grid = grid;
  command->pitch = pitch;
  return command;
}

static void append(clif__command *command, clif__argument argument) {
  assert(command->n_arguments < CLIF__MAX_ARGUMENTS); /* a kernel of ours with too many arguments */
  command->arguments[command->n_arguments++] = argument;
}

void clif__arg_tensor(clif__command *command, int tensor) {
  append(command, (clif__argument){.kind = CLIF__ARG_TENSOR, .as.tensor = tensor});
}

void clif__arg_float(clif__command *command, float number) {
  append(command, (clif__argument){.kind = CLIF__ARG_FLOAT, .as.number = number});
}

void clif__arg_uint(clif__command *command, size_t count) {
  append(command, (clif__argument){.kind = CLIF__ARG_UINT, .as.count = (cl_uint)count});
}

void clif__arg_slot(clif__command *command, clif__slot slot) {
  append(command, (clif__argument){.kind = CLIF__ARG_SLOT, .as.slot = slot});
}
