/* network.c - a network's life and what can be seen of it. */
#include "network/network.h"

#include <string.h>

#include "network/schedule.h"

clif_status clif_network_create(clif_context *ctx, clif_network **out) {
  if (out) *out = NULL;
  if (!ctx) return CLIF_INVALID_ARGUMENT;
  if (!out) return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "clif_network_create: out is NULL");
  clif_network *net = clif__calloc(ctx, 1, sizeof *net);
  if (!net) return CLIF_OUT_OF_MEMORY;
  clif__context_hold(ctx);
  net->ctx = ctx;
  net->valid = true;
  *out = net;
  return CLIF_OK;
}

void clif__layer_release(clif_context *ctx, clif__layer *layer) {
  if (layer->type->release) layer->type->release(ctx, layer);
  clif__free(ctx, layer->name);
}

void clif_network_destroy(clif_network *net) {
  if (!net) return;
  clif_context *ctx = net->ctx;
  clif__schedule_destroy(ctx, net->schedule);
  clif__plan_destroy(ctx, net->plan);
  for (size_t i = 0; i < net->n_layers; i++) clif__layer_release(ctx, &net->layers[i]);
  clif__free(ctx, net->layers);
  clif__free(ctx, net->edges);
  clif__free(ctx, net);
  clif__context_release(ctx);
}

size_t clif__network_find(const clif_network *net, const char *name) {
  size_t i = 0;
  while (i < net->n_layers && strcmp(net->layers[i].name, name) != 0) i++;
  return i;
}

size_t clif_network_layer_count(const clif_network *net) {
  return net ? net->n_layers : 0;
}

/* Has everything that this layer put out since the last reset been 0 or 1? */
static bool zeros_and_ones(const clif_network *net, size_t index) {
  const clif__layer *l = &net->layers[index];
  if (l->type == &clif__input_class) return l->others == 0;
  if (l->spiking || !l->type->keeps_spikes) return l->spiking;
  size_t edges = 0, from = 0;
  for (size_t e = 0; e < net->n_edges; e++)
    if (net->edges[e].to == index) edges++, from = net->edges[e].from;
  return edges == 1 && zeros_and_ones(net, from);
}

/* Products have the promised bits for zeros and ones only, and if by CBLAS not even then; events
 * always do. */
static bool reproducible(const clif_network *net, size_t index) {
  if (!net->schedule || net->layers[index].type != &clif__linear_class) return true;
  const clif__linear *linear = &net->layers[index].data.linear;
  if (!linear->choice.was_dense) return true;
  if (linear->choice.was_cblas) return false;
  /* Where the way is chosen, numbers go dense from the first step on or never. */
  if (linear->source && net->plan->linear == CLIF_LINEAR_AUTO)
    return !linear->choice.real || linear->choice.way == CLIF__EVENTS;
  size_t edges = 0;
  for (size_t e = 0; e < net->n_edges; e++) {
    if (net->edges[e].to != index) continue;
    if (++edges > 1 || !zeros_and_ones(net, net->edges[e].from)) return false;
  }
  return true;
}

clif_status clif_network_layer(const clif_network *net, size_t index, clif_layer_info *out) {
  if (!net) return CLIF_INVALID_ARGUMENT;
  if (!out || index >= net->n_layers)
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT,
                      "clif_network_layer: index %zu of %zu layers, or no place for the answer",
                      index, net->n_layers);
  const clif__layer *l = &net->layers[index];
  bool counted = l->spiking || l->type == &clif__input_class;
  *out = (clif_layer_info){.name = l->name,
                           .kind = l->type->kind,
                           .shape = l->shape,
                           .spiking = l->spiking,
                           .reproducible = reproducible(net, index),
                           .spikes = counted ? l->spikes : 0,
                           .updates = l->updates};
  return CLIF_OK;
}

clif_plan_info clif_network_plan(const clif_network *net) {
  if (!net || !net->plan) return (clif_plan_info){0};
  const clif__plan *p = net->plan;
  return (clif_plan_info){.tile_steps = p->tile_steps,
                          .tile_batch = p->tile_samples,
                          .commands_per_tile = clif__tile_commands(p, net->ctx->lanes),
                          .device_bytes = p->bytes};
}
