/* prepare.c - from a graph to something that runs: check, plan, fit, make device objects. */
#include "network/network.h"
#include "network/schedule.h"

/* ---- planning ---- */

/* The tensor that comes into a layer: that of its one edge, or the sum of several in the order they
 * were declared. */
static clif_status plan_sum(clif_network *net, clif__plan *plan, size_t index, const int *outs,
                            int *in) {
  int sum = -1;
  *in = -1;
  for (size_t e = 0; e < net->n_edges; e++) {
    if (net->edges[e].to != index) continue;
    int more = outs[net->edges[e].from];
    if (*in < 0) {
      *in = more;
      continue;
    }
    clif__layer *layer = &net->layers[index];
    const clif__tensor *t = &plan->tensors[more];
    size_t pitch = t->pitch;
    if (sum < 0) CLIF_TRY(clif__plan_rows(net->ctx, plan, layer, "sum of inputs", t->width, &sum));
    clif__command *add =
        clif__plan_kernel(net->ctx, &plan->tile, layer, "rows", "rows_add", CLIF__OVER_ROWS, pitch);
    if (!add) return CLIF_OUT_OF_MEMORY;
    clif__arg_tensor(add, *in);
    clif__arg_tensor(add, more);
    clif__arg_tensor(add, sum);
    clif__arg_uint(add, pitch);
    clif__arg_slot(add, CLIF__ROWS);
    *in = sum;
  }
  return CLIF_OK;
}

/* What a layer puts out, recorded: spikes as bytes, everything else as it is. */
static clif_status plan_record(clif_network *net, clif__plan *plan, clif__layer *layer, int out) {
  if (!layer->record[CLIF_OUTPUT] || layer->type->records) return CLIF_OK;
  int tensor = out;
  if (layer->spiking) {
    clif__tensor bytes = plan->tensors[out];
    bytes.layer = layer;
    bytes.what = "recorded spikes";
    bytes.element = 1;
    CLIF_TRY(clif__plan_tensor(net->ctx, plan, bytes, &tensor));
    clif__command *pack = clif__plan_kernel(net->ctx, &plan->tile, layer, "rows", "rows_to_bytes",
                                            CLIF__OVER_ROWS, bytes.pitch);
    if (!pack) return CLIF_OUT_OF_MEMORY;
    clif__arg_tensor(pack, out);
    clif__arg_tensor(pack, tensor);
    clif__arg_uint(pack, bytes.pitch);
    clif__arg_slot(pack, CLIF__ROWS);
  }
  return clif__plan_transfer(net->ctx, plan, CLIF__DOWNLOAD, layer, tensor, CLIF_OUTPUT);
}

static clif_status plan_layers(clif_network *net, clif__plan *plan, int *outs) {
  for (size_t i = 0; i < net->n_layers; i++) {
    clif__layer *layer = &net->layers[i];
    int in;
    clif__where(net->ctx, "layer '%s' (%s)", layer->name, layer->type->kind);
    CLIF_TRY(plan_sum(net, plan, i, outs, &in));
    CLIF_TRY(layer->type->plan(net->ctx, layer, plan, in, &outs[i]));
    if (layer->type->keeps_spikes) plan->tensors[outs[i]].stats = plan->tensors[in].stats;
    CLIF_TRY(plan_record(net, plan, layer, outs[i]));
    if (outs[i] >= 0) layer->stats = plan->tensors[outs[i]].stats;
  }
  clif__where(net->ctx, NULL);
  return CLIF_OK;
}

clif_status clif__network_plan(clif_network *net, clif_linear_way linear, clif__plan **out) {
  clif_status status;
  clif__plan *plan = NULL;
  int *outs = clif__calloc(net->ctx, net->n_layers, sizeof *outs);
  if (!outs) return CLIF_OUT_OF_MEMORY;
  for (size_t i = 0; i < net->n_layers; i++) net->layers[i].consumed = false;
  for (size_t e = 0; e < net->n_edges; e++) net->layers[net->edges[e].from].consumed = true;
  CLIF_TRY_OR_FAIL(clif__plan_create(net->ctx, linear, &plan));
  CLIF_TRY_OR_FAIL(plan_layers(net, plan, outs));
  clif__free(net->ctx, outs);
  *out = plan;
  return CLIF_OK;
fail:
  clif__where(net->ctx, NULL);
  clif__plan_destroy(net->ctx, plan);
  clif__free(net->ctx, outs);
  return status;
}

/* ---- options and limits ---- */

static clif_status product_scratch(clif_context *ctx, const clif__command *product,
                                   const clif__plan *plan, size_t rows, size_t *bytes) {
  clif__gemm g = {.m = rows,
                  .n = product->n,
                  .k = product->k,
                  .lda = plan->tensors[product->a].pitch,
                  .ldb = product->n,
                  .ldc = product->n};
  return clif__gemm_scratch(ctx, CLIF__BY_CLBLAST, &g, bytes);
}

static clif_status check_options(clif_network *net, const clif_prepare_options *o) {
  if (net->schedule)
    return clif__fail(net->ctx, CLIF_STATE, "the network has been prepared already");
  CLIF_TRY(clif__check_size(net->ctx, o->size, sizeof *o, "clif_prepare_options"));
  if (o->batch > INT32_MAX)
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT,
                      "batch is %zu; at most %d samples are possible", o->batch, INT32_MAX);
  if (o->linear != CLIF_LINEAR_AUTO && o->linear != CLIF_LINEAR_CLBLAST &&
      o->linear != CLIF_LINEAR_PLAIN)
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "linear is %d, which is no clif_linear_way",
                      (int)o->linear);
  return CLIF_OK;
}

static clif__limits limits_of(const clif_network *net, const clif_prepare_options *o) {
  const clif_device_info *device = &net->ctx->info;
  return (clif__limits){.batch = o->batch ? o->batch : 1,
                        .steps = o->steps,
                        .cap = o->max_device_bytes ? o->max_device_bytes
                                                   : device->memory_bytes / 4 * 3,
                        .max_buffer = device->max_allocation_bytes,
                        .scratch = o->linear == CLIF_LINEAR_PLAIN ? NULL : product_scratch};
}

clif_status clif_network_prepare(clif_network *net, const clif_prepare_options *options) {
  clif_status status;
  clif__plan *plan = NULL;
  clif_prepare_options defaults = {.size = sizeof defaults};
  const clif_prepare_options *o = options ? options : &defaults;
  if (!net) return CLIF_INVALID_ARGUMENT;
  clif__where(net->ctx, NULL);
  CLIF_TRY(check_options(net, o));
  CLIF_TRY(clif__network_infer(net));
  CLIF_TRY(clif__network_plan(net, o->linear, &plan));
  clif__limits limits = limits_of(net, o);
  CLIF_TRY_OR_FAIL(clif__plan_fit(net->ctx, plan, &limits));
  CLIF_TRY_OR_FAIL(clif__schedule_create(net->ctx, plan, &net->schedule));
  net->plan = plan;
  net->seed = o->seed;
  return CLIF_OK;
fail:
  clif__where(net->ctx, NULL);
  clif__plan_destroy(net->ctx, plan);
  return status;
}
