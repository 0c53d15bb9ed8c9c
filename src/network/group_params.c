/* group_params.c - other parameters for the neurons of a group that has been made. */
#include <string.h>

#include "network/group.h"
#include "network/schedule.h"

/* Are the kernels made for one also those for the other? */
static bool same_kernels(const clif__neurons *d, const clif__neuron *neuron,
                         const clif__coefficients *c) {
  char mine[512], others[sizeof mine];
  /* Where neurons may differ they may also be alike. */
  const clif__coefficients rows = {.rows = d->coefficients.rows ? d->coefficients.rows : c->rows};
  clif__neuron_defines(&d->neuron, &d->coefficients, mine, sizeof mine);
  clif__neuron_defines(neuron, &rows, others, sizeof others);
  return strcmp(mine, others) == 0 && d->neuron.rest_at_threshold == neuron->rest_at_threshold;
}

static clif_status check_kernels(clif_context *ctx, const clif__neurons *d,
                                 const clif__neuron *neuron, const clif__coefficients *c) {
  if (same_kernels(d, neuron, c)) return CLIF_OK;
  return clif__fail(ctx, CLIF_STATE,
                    "the parameters need other kernels than those the group was created with; "
                    "create another");
}

/* Coefficients are made of values for each neuron of the group: count them first. */
static clif_status make(clif_group *group, const clif__neurons *d, const clif__neuron *neuron,
                        clif__coefficients *out) {
  size_t count = clif__neuron_count(neuron);
  if (count != 0 && count != group->neurons)
    return clif__fail(group->ctx, CLIF_SHAPE,
                      "the parameters are for %zu neurons, the group has %zu", count,
                      group->neurons);
  return clif__coefficients_make(group->ctx, neuron, group->neurons, d->coefficients.pitch, out);
}

/* Numbers change where they are: the plan's tensors point there. */
static void take(clif__neurons *d, clif__neuron *neuron, const clif__coefficients *from) {
  clif__coefficients *c = &d->coefficients;
  const clif__neuron old = d->neuron;
  for (size_t which = 0; which < CLIF__COEFFICIENTS; which++) {
    c->value[which] = from->value[which];
    for (size_t i = 0; c->rows && i < c->n; i++)
      c->rows[which * c->pitch + i] = clif__coefficient(from, (int)which, i);
  }
  d->neuron = *neuron;
  *neuron = old; /* to be released */
  for (int s = 0; s < CLIF__STATES; s++)
    for (size_t i = 0; i < c->n; i++)
      d->start[(size_t)s * c->pitch + i] = clif__neuron_start(&d->neuron, c, s, i);
}

static clif_status upload(clif_network *net, const clif__neurons *d) {
  const clif__coefficients *c = &d->coefficients;
  CLIF_TRY(clif__constants_upload(net, c->rows ? c->rows : c->value));
  for (size_t s = 0; s < CLIF__STATES; s++)
    CLIF_TRY(clif__constants_upload(net, d->start + s * c->pitch));
  return clif__finish(net->ctx);
}

clif_status clif_group_set_params(clif_group *group, const clif_lif_params *params) {
  clif__neuron neuron;
  clif__coefficients c = {.n = 0};
  if (!group) return CLIF_INVALID_ARGUMENT;
  clif_network *net = group->net;
  clif__neurons *d = &net->layers[clif__network_find(net, CLIF__GROUP_NEURONS)].data.neurons;
  clif__where(group->ctx, NULL);
  CLIF_TRY(clif__check_prepared(net));
  CLIF_TRY(clif__neuron_from_lif(group->ctx, params, &neuron));
  clif_status status = make(group, d, &neuron, &c);
  if (status == CLIF_OK) status = check_kernels(group->ctx, d, &neuron, &c);
  if (status == CLIF_OK) {
    take(d, &neuron, &c);
    net->weights++;
    status = upload(net, d);
    if (status != CLIF_OK) {
      clFinish(net->ctx->queue);
      net->valid = false; /* the device may have a part of them */
    }
  }
  clif__coefficients_release(group->ctx, &c);
  clif__neuron_release(group->ctx, &neuron);
  return status;
}
