/* group.c - a group of neurons: a network of one lif layer, under another interface. */
#include "network/group.h"

#include "network/schedule.h"

#define INPUT CLIF__GROUP_INPUT
#define LINEAR CLIF__GROUP_LINEAR
#define NEURONS CLIF__GROUP_NEURONS

/* Which quantity of the layer a form of spikes is. */
static clif_quantity spike_quantity(clif_spikes spikes) {
  return spikes == CLIF_SPIKES_BITS ? CLIF_SPIKE_BITS
         : spikes == CLIF_SPIKES_U8 ? CLIF_OUTPUT
                                    : CLIF_SPIKE_F32;
}

/* ---- life ---- */

static clif_status check_options(clif_context *ctx, const clif_group_options *o) {
  const unsigned all = CLIF_RECORD_V | CLIF_RECORD_V_PRE | CLIF_RECORD_TH;
  if (!o) return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "clif_group_create: options is NULL");
  CLIF_TRY(clif__check_size(ctx, o->size, sizeof *o, "clif_group_options"));
  if (o->neurons == 0)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "neurons is 0; a group has at least one");
  if ((unsigned)o->spikes > CLIF_SPIKES_NONE)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "spikes is %d, which is no clif_spikes",
                      (int)o->spikes);
  if (o->record & ~all)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                      "record is %u; add up CLIF_RECORD_V, CLIF_RECORD_V_PRE and CLIF_RECORD_TH",
                      o->record);
  if (o->inputs > 0 && !o->weight)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "inputs is %zu, but weight is NULL", o->inputs);
  if (o->inputs > 0 && o->device_input && o->gradient)
    return clif__fail(ctx, CLIF_UNSUPPORTED,
                      "device_input with a linear layer and gradients is not possible yet; leave "
                      "one of them out");
  if (!o->gradient) return CLIF_OK;
  if (o->steps == 0)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                      "steps is 0; with gradients it must be that of the longest run");
  return clif__gradient_check(ctx, o->gradient);
}

static clif_status record(clif_network *net, const clif_group_options *o) {
  if (o->spikes != CLIF_SPIKES_NONE)
    CLIF_TRY(clif_network_record(net, NEURONS, spike_quantity(o->spikes)));
  if (o->record & CLIF_RECORD_V) CLIF_TRY(clif_network_record(net, NEURONS, CLIF_V));
  if (o->record & CLIF_RECORD_V_PRE) CLIF_TRY(clif_network_record(net, NEURONS, CLIF_V_PRE));
  if (o->record & CLIF_RECORD_TH) CLIF_TRY(clif_network_record(net, NEURONS, CLIF_TH));
  return CLIF_OK;
}

static clif_status connect(clif_network *net, const clif_group_options *o) {
  if (o->inputs == 0) return clif_network_connect(net, INPUT, NEURONS, 0);
  CLIF_TRY(clif_network_add_linear(net, LINEAR, o->inputs, o->neurons, o->weight, o->bias));
  CLIF_TRY(clif_network_connect(net, INPUT, LINEAR, 0));
  return clif_network_connect(net, LINEAR, NEURONS, 0);
}

static clif_status build(clif_network *net, const clif_lif_params *params,
                         const clif_group_options *o) {
  const clif_shape shape = {1, {o->inputs ? o->inputs : o->neurons}};
  const clif_prepare_options prepare = {.size = sizeof prepare,
                                        .batch = o->batch,
                                        .steps = o->steps,
                                        .max_device_bytes = o->max_device_bytes,
                                        .seed = o->seed,
                                        .linear = o->linear,
                                        .dense = o->dense,
                                        .overlap = CLIF_OVERLAP_OFF}; /* bytes as documented */
  CLIF_TRY(clif_network_add_input(net, INPUT, &shape));
  CLIF_TRY(clif_network_add_lif(net, NEURONS, params));
  CLIF_TRY(connect(net, o));
  CLIF_TRY(clif_network_set_id(net, NEURONS, o->id));
  CLIF_TRY(record(net, o));
  if (o->inject) CLIF_TRY(clif__network_inject(net, NEURONS));
  if (o->device_input) CLIF_TRY(clif__network_input_on_device(net, INPUT));
  return clif_network_prepare(net, &prepare);
}

clif_status clif_group_create(clif_context *ctx, const clif_lif_params *params,
                              const clif_group_options *options, clif_group **out) {
  if (out) *out = NULL;
  if (!ctx) return CLIF_INVALID_ARGUMENT;
  clif__where(ctx, NULL);
  if (!out) return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "clif_group_create: out is NULL");
  CLIF_TRY(check_options(ctx, options));
  clif_group *group = clif__calloc(ctx, 1, sizeof *group);
  if (!group) return CLIF_OUT_OF_MEMORY;
  *group = (clif_group){.ctx = ctx,
                        .neurons = options->neurons,
                        .inputs = options->inputs,
                        .batch = options->batch ? options->batch : 1,
                        .spikes = options->spikes};
  if (options->gradient) group->gradient = *options->gradient;
  clif_status status = clif_network_create(ctx, &group->net);
  if (status == CLIF_OK && options->gradient) clif__network_gradient(group->net, &group->gradient);
  if (status == CLIF_OK) status = build(group->net, params, options);
  if (status == CLIF_OK) {
    *out = group;
    return CLIF_OK;
  }
  /* The network holds the context: without one there is only the memory to give back. */
  clif_network *net = group->net;
  clif__free(ctx, group);
  clif_network_destroy(net);
  return status;
}

void clif_group_destroy(clif_group *group) {
  if (!group) return;
  clif_network *net = group->net;
  clif__free(group->ctx, group);
  clif_network_destroy(net);
}

/* ---- running ---- */

void clif__group_bind_input(clif__group_bindings *b, const char *layer, int quantity,
                            const clif_array *array) {
  if (array->ndim != 0)
    b->inputs[b->n_inputs++] = (clif_binding){layer, (clif_quantity)quantity, *array};
}

void clif__group_bind_output(clif__group_bindings *b, const char *layer, int quantity,
                             const clif_array *array) {
  if (array->ndim != 0)
    b->outputs[b->n_outputs++] = (clif_binding){layer, (clif_quantity)quantity, *array};
}

clif_status clif__group_bind(clif_group *group, const clif_group_io *io, clif__group_bindings *b) {
  *b = (clif__group_bindings){.n_inputs = 0};
  if (!io) return clif__fail(group->ctx, CLIF_INVALID_ARGUMENT, "the io of a group's run is NULL");
  CLIF_TRY(clif__check_size(group->ctx, io->size, sizeof *io, "clif_group_io"));
  if (group->spikes == CLIF_SPIKES_NONE && io->spikes.ndim != 0)
    return clif__fail(group->ctx, CLIF_STATE,
                      "the group only counts its spikes; create it with another clif_spikes");
  clif__group_bind_input(b, INPUT, CLIF_OUTPUT, &io->input);
  clif__group_bind_input(b, NEURONS, CLIF__EPS, &io->eps);
  clif__group_bind_input(b, NEURONS, CLIF__U, &io->u);
  clif__group_bind_output(b, NEURONS, (int)spike_quantity(group->spikes), &io->spikes);
  clif__group_bind_output(b, NEURONS, CLIF_V, &io->v);
  clif__group_bind_output(b, NEURONS, CLIF_V_PRE, &io->v_pre);
  clif__group_bind_output(b, NEURONS, CLIF_TH, &io->th);
  return CLIF_OK;
}

clif_run clif__group_run(const clif_group_io *io, const clif__group_bindings *b) {
  return (clif_run){.size = sizeof(clif_run),
                    .inputs = b->inputs,
                    .n_inputs = b->n_inputs,
                    .outputs = b->outputs,
                    .n_outputs = b->n_outputs,
                    .progress = io->progress,
                    .progress_user = io->progress_user};
}

clif_status clif_group_run(clif_group *group, const clif_group_io *io) {
  clif__group_bindings b;
  if (!group) return CLIF_INVALID_ARGUMENT;
  clif__where(group->ctx, NULL);
  CLIF_TRY(clif__group_bind(group, io, &b));
  const clif_run run = clif__group_run(io, &b);
  return clif_network_run(group->net, &run);
}

/* (B, n) as (1, B, n). */
static clif_status add_time(clif_group *group, const char *name, clif_array *a) {
  if (a->ndim == 0) return CLIF_OK;
  if (a->ndim != 2)
    return clif__fail(group->ctx, CLIF_SHAPE,
                      "%s has %u dimensions; of one step it has two, samples and neurons", name,
                      a->ndim);
  a->ndim = 3;
  for (unsigned d = 2; d > 0; d--) {
    a->shape[d] = a->shape[d - 1];
    a->strides[d] = a->strides[d - 1];
  }
  a->shape[0] = 1;
  a->strides[0] = a->shape[1] * a->strides[1];
  return CLIF_OK;
}

clif_status clif_group_step(clif_group *group, const clif_group_io *io) {
  if (!group) return CLIF_INVALID_ARGUMENT;
  clif__where(group->ctx, NULL);
  if (!io) return clif__fail(group->ctx, CLIF_INVALID_ARGUMENT, "clif_group_step: io is NULL");
  CLIF_TRY(clif__check_size(group->ctx, io->size, sizeof *io, "clif_group_io"));
  clif_group_io run = *io;
  CLIF_TRY(add_time(group, "the input", &run.input));
  CLIF_TRY(add_time(group, "eps", &run.eps));
  CLIF_TRY(add_time(group, "u", &run.u));
  CLIF_TRY(add_time(group, "the array of spikes", &run.spikes));
  CLIF_TRY(add_time(group, "the array of v", &run.v));
  CLIF_TRY(add_time(group, "the array of v_pre", &run.v_pre));
  CLIF_TRY(add_time(group, "the array of th", &run.th));
  return clif_group_run(group, &run);
}

clif_status clif_group_set_weights(clif_group *group, const clif_array *weight,
                                   const clif_array *bias) {
  return group ? clif_network_set_weights(group->net, LINEAR, weight, bias) : CLIF_INVALID_ARGUMENT;
}

clif_status clif_group_reset(clif_group *group) {
  return group ? clif_network_reset(group->net) : CLIF_INVALID_ARGUMENT;
}

clif_status clif_group_reset_at(clif_group *group, uint64_t first_step, uint64_t first_sample) {
  return group ? clif_network_reset_at(group->net, first_step, first_sample)
               : CLIF_INVALID_ARGUMENT;
}

clif_status clif_group_set_seed(clif_group *group, uint64_t seed) {
  return group ? clif_network_set_seed(group->net, seed) : CLIF_INVALID_ARGUMENT;
}

/* ---- state ---- */

const char *clif_group_state_name(const clif_group *group, size_t index) {
  return group ? clif_network_state_name(group->net, NEURONS, index) : NULL;
}

clif_status clif_group_get_state(clif_group *group, const char *name, const clif_array *array) {
  return group ? clif_network_get_state(group->net, NEURONS, name, array) : CLIF_INVALID_ARGUMENT;
}

clif_status clif_group_set_state(clif_group *group, const char *name, const clif_array *array) {
  return group ? clif_network_set_state(group->net, NEURONS, name, array) : CLIF_INVALID_ARGUMENT;
}

clif_status clif_group_save(clif_group *group, clif_snapshot **out) {
  if (group) return clif_network_save(group->net, out);
  if (out) *out = NULL;
  return CLIF_INVALID_ARGUMENT;
}

clif_status clif_group_restore(clif_group *group, const clif_snapshot *snapshot) {
  return group ? clif_network_restore(group->net, snapshot) : CLIF_INVALID_ARGUMENT;
}

/* ---- looking ---- */

clif_group_info clif_group_look(const clif_group *group) {
  if (!group) return (clif_group_info){0};
  const clif_network *net = group->net;
  const clif__layer *neurons = &net->layers[clif__network_find(net, NEURONS)];
  return (clif_group_info){.neurons = group->neurons,
                           .batch = group->batch,
                           .tile_steps = net->plan->tile_steps,
                           .tile_batch = net->plan->tile_samples,
                           .device_bytes = net->plan->bytes,
                           .state_batch = net->run_batch ? net->run_batch : group->batch,
                           .step = net->step,
                           .spikes = neurons->spikes,
                           .updates = neurons->updates};
}
