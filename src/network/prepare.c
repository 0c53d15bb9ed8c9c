/* prepare.c - from a graph to something that runs: check, plan, fit, make device objects. */
#include "network/network.h"
#include "network/schedule.h"

/* ---- planning ---- */

/* The tensor that comes into a layer: that of its one edge, or the sum of several in the order they
 * were declared. */
static clif_status add_to_sum(clif_network *net, clif__plan *plan, clif__layer *layer, int a, int b,
                              int sum) {
  size_t pitch = plan->tensors[sum].pitch;
  clif__command *add =
      clif__plan_kernel(net->ctx, plan->list, layer, "rows", "rows_add", CLIF__OVER_ROWS, pitch);
  if (!add) return CLIF_OUT_OF_MEMORY;
  clif__arg_tensor(add, a);
  clif__arg_tensor(add, b);
  clif__arg_tensor(add, sum);
  clif__arg_uint(add, pitch);
  clif__arg_slot(add, CLIF__ROWS);
  return CLIF_OK;
}

static clif_status plan_sum(clif_network *net, clif__plan *plan, size_t index, const int *outs,
                            int *in) {
  clif__layer *layer = &net->layers[index];
  int sum = -1;
  *in = -1;
  for (size_t e = 0; e < net->n_edges; e++) {
    if (net->edges[e].to != index) continue;
    int more = outs[net->edges[e].from];
    if (*in < 0) {
      *in = more;
      continue;
    }
    CLIF_TRY(clif__plan_real(net->ctx, plan, layer, *in, in));
    CLIF_TRY(clif__plan_real(net->ctx, plan, layer, more, &more));
    size_t width = plan->tensors[more].width;
    if (sum < 0) CLIF_TRY(clif__plan_rows(net->ctx, plan, layer, "sum of inputs", width, &sum));
    CLIF_TRY(add_to_sum(net, plan, layer, *in, more, sum));
    *in = sum;
  }
  return CLIF_OK;
}

/* What a layer puts out, recorded: spikes as bytes, everything else as it is. */
static clif_status plan_record(clif_network *net, clif__plan *plan, clif__layer *layer, int out) {
  if (!layer->record[CLIF_OUTPUT] || layer->type->records) return CLIF_OK;
  int tensor = out;
  if (layer->spiking) {
    CLIF_TRY(clif__plan_rows(net->ctx, plan, layer, "recorded spikes",
                             clif__shape_count(&layer->shape), &tensor));
    clif__tensor *bytes = &plan->tensors[tensor];
    bytes->element = 1;
    size_t pitch = bytes->pitch;
    clif__command *spread = clif__plan_kernel(net->ctx, plan->list, layer, "bits+spikes",
                                              "spikes_to_bytes", CLIF__OVER_ROWS, pitch);
    if (!spread) return CLIF_OUT_OF_MEMORY;
    clif__arg_tensor(spread, out);
    clif__arg_uint(spread, plan->tensors[out].pitch);
    clif__arg_tensor(spread, tensor);
    clif__arg_uint(spread, pitch);
    clif__arg_slot(spread, CLIF__ROWS);
  }
  return clif__plan_transfer(net->ctx, plan, CLIF__DOWNLOAD, layer, tensor, CLIF_OUTPUT);
}

/* ---- who takes what ---- */

/* The layer that takes what this one puts out, if it is one only and takes nothing else. */
static const clif__layer *only_taker(const clif_network *net, size_t index) {
  size_t to = net->n_layers, out = 0, in = 0;
  for (size_t e = 0; e < net->n_edges; e++)
    if (net->edges[e].from == index) out++, to = net->edges[e].to;
  for (size_t e = 0; e < net->n_edges; e++) in += net->edges[e].to == to;
  return out == 1 && in == 1 ? &net->layers[to] : NULL;
}

/* From the last layer to the first, so that takers behind flatten layers are known. */
/* Adds the commands of backward passes, from the last layer to the first: of a chain of layers, as
 * a group is one. */
static clif_status plan_back(clif_network *net, clif__plan *plan) {
  if (!net->gradient) return CLIF_OK;
  plan->list = &plan->back;
  for (size_t i = net->n_layers; i-- > 1;) {
    clif__layer *layer = &net->layers[i], *before = &net->layers[i - 1];
    clif__where(net->ctx, "layer '%s' (%s)", layer->name, layer->type->kind);
    if (layer->type->back) CLIF_TRY(layer->type->back(net->ctx, layer, plan, before));
  }
  clif__where(net->ctx, NULL);
  plan->list = &plan->tile;
  return CLIF_OK;
}

static void find_takers(clif_network *net) {
  for (size_t i = net->n_layers; i-- > 0;) {
    clif__layer *layer = &net->layers[i];
    layer->takers = 0;
    for (size_t e = 0; e < net->n_edges; e++) layer->takers += net->edges[e].from == i;
    layer->taker = only_taker(net, i);
    if (layer->taker && layer->taker->type == &clif__flatten_class &&
        !layer->taker->record[CLIF_OUTPUT])
      layer->taker = layer->taker->taker;
  }
}

static clif_status plan_layers(clif_network *net, clif__plan *plan, int *outs) {
  for (size_t i = 0; i < net->n_layers; i++) {
    clif__layer *layer = &net->layers[i];
    int in;
    clif__where(net->ctx, "layer '%s' (%s)", layer->name, layer->type->kind);
    CLIF_TRY(plan_sum(net, plan, i, outs, &in));
    if (layer->type->keeps_spikes && plan->tensors[in].form == CLIF__BITS)
      outs[i] = in; /* there is nothing to do */
    else
      CLIF_TRY(layer->type->plan(net->ctx, layer, plan, in, &outs[i]));
    if (layer->type->keeps_spikes) plan->tensors[outs[i]].stats = plan->tensors[in].stats;
    CLIF_TRY(plan_record(net, plan, layer, outs[i]));
    if (outs[i] >= 0) layer->stats = plan->tensors[outs[i]].stats;
  }
  clif__where(net->ctx, NULL);
  return CLIF_OK;
}

static void mark_products(clif__plan *plan) {
  const clif__command_list *lists[] = {&plan->tile, &plan->back};
  for (size_t l = 0; l < 2; l++)
    for (size_t i = 0; i < lists[l]->n; i++) {
      const clif__command *c = &lists[l]->commands[i];
      if (c->kind != CLIF__PRODUCT) continue;
      plan->tensors[c->x].multiplied = plan->tensors[c->g].multiplied = true;
    }
}

clif_status clif__network_plan(clif_network *net, clif_linear_way linear, clif_dense_by dense,
                               clif__plan **out) {
  clif_status status;
  clif__plan *plan = NULL;
  int *outs = clif__calloc(net->ctx, net->n_layers, sizeof *outs);
  if (!outs) return CLIF_OUT_OF_MEMORY;
  find_takers(net);
  CLIF_TRY_OR_FAIL(clif__plan_create(net->ctx, linear, dense, &plan));
  plan->gradient = net->gradient;
  CLIF_TRY_OR_FAIL(plan_layers(net, plan, outs));
  CLIF_TRY_OR_FAIL(plan_back(net, plan));
  mark_products(plan);
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

/* CLBlast's, where it may be used at all. */
static clif_status product_scratch(clif_context *ctx, const clif__plan *plan,
                                   const clif__command *product, size_t rows, size_t *bytes) {
  clif__gemm_form form;
  const clif__gemm g = clif__product_sizes(product, rows, true, &form);
  bool clblast = product->product == CLIF__SUMS
                     ? product->layer->data.linear.clblast
                     : clif__product_by(plan, product) == CLIF__BY_CLBLAST;
  *bytes = 0;
  return clblast ? clif__gemm_scratch_as(ctx, CLIF__BY_CLBLAST, &g, &form, bytes) : CLIF_OK;
}

static clif_status check_options(clif_network *net, const clif_prepare_options *o) {
  if (net->schedule)
    return clif__fail(net->ctx, CLIF_STATE, "the network has been prepared already");
  CLIF_TRY(clif__check_size(net->ctx, o->size, sizeof *o, "clif_prepare_options"));
  if (o->batch > INT32_MAX)
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT,
                      "batch is %zu; at most %d samples are possible", o->batch, INT32_MAX);
  if ((unsigned)o->linear > CLIF_LINEAR_EVENTS)
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "linear is %d, which is no clif_linear_way",
                      (int)o->linear);
  if ((unsigned)o->dense > CLIF_DENSE_CBLAS)
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "dense is %d, which is no clif_dense_by",
                      (int)o->dense);
  if ((unsigned)o->overlap > CLIF_OVERLAP_OFF)
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "overlap is %d, which is no clif_overlap",
                      (int)o->overlap);
  if (o->dense == CLIF_DENSE_CBLAS && !clif__gemm_available(net->ctx, CLIF__BY_CBLAS))
    return clif__fail(
        net->ctx, CLIF_UNSUPPORTED,
        "dense by CBLAS needs a CPU device that runs functions of the host, and a clif "
        "that was built with OpenBLAS; choose auto or CLBlast");
  return CLIF_OK;
}

static clif__overlap overlap_of(const clif_network *net, const clif_prepare_options *o) {
  if (o->profile || o->overlap == CLIF_OVERLAP_OFF) return CLIF__OVERLAP_NEVER;
  if (o->overlap == CLIF_OVERLAP_ON) return CLIF__OVERLAP_ALWAYS;
  return net->ctx->info.unified_memory ? CLIF__OVERLAP_NEVER : CLIF__OVERLAP_TILES;
}

/* With gradients all steps at once, unless fewer are asked for. */
static size_t longest_of(const clif_network *net, const clif_prepare_options *o) {
  if (!net->gradient) return 0;
  return net->gradient->checkpoint ? net->gradient->checkpoint : o->steps;
}

static clif__limits limits_of(const clif_network *net, const clif_prepare_options *o) {
  const clif_device_info *device = &net->ctx->info;
  return (clif__limits){.batch = o->batch ? o->batch : 1,
                        .steps = o->steps,
                        .cap = o->max_device_bytes ? o->max_device_bytes
                                                   : device->memory_bytes / 4 * 3,
                        .max_buffer = device->max_allocation_bytes,
                        .most_iterations = net->ctx->most_iterations,
                        .longest = longest_of(net, o),
                        .greedy = net->gradient != NULL,
                        .scratch = product_scratch,
                        .overlap = overlap_of(net, o)};
}

/* A plan that fits. On failure there is none. */
static clif_status plan_to_fit(clif_network *net, clif_linear_way linear, clif_dense_by dense,
                               const clif__limits *limits, clif__plan **plan) {
  CLIF_TRY(clif__network_plan(net, linear, dense, plan));
  clif_status status = clif__plan_fit(net->ctx, *plan, limits);
  if (status == CLIF_OK) return CLIF_OK;
  clif__plan_destroy(net->ctx, *plan);
  *plan = NULL;
  return status;
}

/* Where memory is too short for both ways of linear layers, events by themselves want less. */
static clif_status choose_plan(clif_network *net, const clif_prepare_options *o,
                               clif__plan **plan) {
  clif__limits limits = limits_of(net, o);
  clif_status status = plan_to_fit(net, o->linear, o->dense, &limits, plan);
  if (status != CLIF_OUT_OF_DEVICE_MEMORY || o->linear != CLIF_LINEAR_AUTO) return status;
  return plan_to_fit(net, CLIF_LINEAR_EVENTS, o->dense, &limits, plan);
}

clif_status clif_network_prepare(clif_network *net, const clif_prepare_options *options) {
  clif__plan *plan = NULL;
  clif_prepare_options defaults = {.size = sizeof defaults};
  const clif_prepare_options *o = options ? options : &defaults;
  if (!net) return CLIF_INVALID_ARGUMENT;
  clif__where(net->ctx, NULL);
  CLIF_TRY(check_options(net, o));
  CLIF_TRY(clif__network_infer(net));
  if (o->tune) CLIF_TRY(clif__calibrate(net->ctx));
  CLIF_TRY(choose_plan(net, o, &plan));
  clif_status status = clif__schedule_create(net->ctx, plan, &net->schedule);
  if (status != CLIF_OK) {
    clif__where(net->ctx, NULL);
    clif__plan_destroy(net->ctx, plan);
    return status;
  }
  net->plan = plan;
  net->seed = o->seed;
  net->schedule->profile = o->profile != 0;
  clif__choose_first(net);
  return CLIF_OK;
}
