/* group_gradient.c - forward and backward passes of a group. */
#include "network/backward.h"
#include "network/group.h"

static clif_status check_gradient(clif_group *group) {
  if (group->gradient.size != 0) return CLIF_OK;
  return clif__fail(group->ctx, CLIF_STATE,
                    "the group was created without gradients; set clif_group_options.gradient");
}

clif_status clif_group_forward(clif_group *group, const clif_group_io *io, clif_pass **pass) {
  clif__group_bindings b;
  if (pass) *pass = NULL;
  if (!group) return CLIF_INVALID_ARGUMENT;
  clif__where(group->ctx, NULL);
  if (!pass)
    return clif__fail(group->ctx, CLIF_INVALID_ARGUMENT, "clif_group_forward: pass is NULL");
  CLIF_TRY(check_gradient(group));
  CLIF_TRY(clif__group_bind(group, io, &b));
  const clif_run run = clif__group_run(io, &b);
  return clif__network_forward(group->net, &run, pass);
}

/* Is it a pass of this group, which can still be taken back? */
static clif_status check_pass(clif_group *group, const clif_pass *pass) {
  const clif_network *net = group->net;
  if (!pass)
    return clif__fail(group->ctx, CLIF_INVALID_ARGUMENT, "clif_group_backward: pass is NULL");
  if (pass->ctx != group->ctx || pass->serial != net->serial)
    return clif__fail(group->ctx, CLIF_INVALID_ARGUMENT, "the pass is another group's");
  if (pass->weights != net->weights)
    return clif__fail(
        group->ctx, CLIF_STATE,
        "the weights or parameters have been changed since the forward pass; set them "
        "after the backward pass");
  return CLIF_OK;
}

/* Are the inputs there that the forward pass had? */
static clif_status check_inputs(clif_group *group, const clif_pass *pass, const clif_run *run) {
  size_t steps, batch;
  CLIF_TRY(clif__check_inputs(group->net, run, &steps, &batch));
  if (steps == pass->steps && batch == pass->batch) return CLIF_OK;
  return clif__fail(group->ctx, CLIF_SHAPE,
                    "the input has %zu steps of %zu samples, but that of the forward pass %zu of "
                    "%zu",
                    steps, batch, pass->steps, pass->batch);
}

clif_status clif_group_backward(clif_group *group, const clif_pass *pass, const clif_group_io *io,
                                const clif_group_gradients *g) {
  clif__group_bindings b = {.n_inputs = 0};
  if (!group) return CLIF_INVALID_ARGUMENT;
  clif__where(group->ctx, NULL);
  CLIF_TRY(check_gradient(group));
  CLIF_TRY(clif__check_prepared(group->net));
  CLIF_TRY(check_pass(group, pass));
  if (!io || !g)
    return clif__fail(group->ctx, CLIF_INVALID_ARGUMENT, "clif_group_backward: %s is NULL",
                      io ? "gradients" : "io");
  CLIF_TRY(clif__check_size(group->ctx, io->size, sizeof *io, "clif_group_io"));
  CLIF_TRY(clif__check_size(group->ctx, g->size, sizeof *g, "clif_group_gradients"));
  const size_t inputs = group->inputs ? group->inputs : group->neurons;
  CLIF_TRY(clif__gradients_check(group->net, pass, inputs, g));
  clif__group_bind_input(&b, CLIF__GROUP_INPUT, CLIF_OUTPUT, &io->input);
  clif__group_bind_input(&b, CLIF__GROUP_NEURONS, CLIF__EPS, &io->eps);
  clif__group_bind_input(&b, CLIF__GROUP_NEURONS, CLIF__U, &io->u);
  clif_run run = clif__group_run(io, &b);
  CLIF_TRY(check_inputs(group, pass, &run));
  clif__group_bind_input(&b, CLIF__GROUP_NEURONS, CLIF__G_SPIKES, &g->spikes);
  clif__group_bind_input(&b, CLIF__GROUP_NEURONS, CLIF__G_V, &g->v);
  clif__group_bind_output(&b, group->inputs ? CLIF__GROUP_LINEAR : CLIF__GROUP_NEURONS,
                          CLIF__G_INPUT, &g->input);
  run = clif__group_run(io, &b);
  return clif__network_backward(group->net, pass, &run, g);
}
