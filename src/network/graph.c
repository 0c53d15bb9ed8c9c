/* graph.c - computing order and shapes. */
#include <string.h>

#include "network/network.h"

/* Edges into a layer that is not in order yet. */
static size_t open_edges(const clif_network *net, size_t layer, const bool *done) {
  size_t n = 0;
  for (size_t e = 0; e < net->n_edges; e++)
    n += net->edges[e].to == layer && !done[net->edges[e].from];
  return n;
}

/* order[i] is the layer to compute as the i-th; among those that could be next, the one added first
 * is taken, so that a network added in order stays so. */
static clif_status sort(clif_network *net, size_t *order, bool *done) {
  for (size_t i = 0; i < net->n_layers; i++) {
    size_t next = 0;
    while (next < net->n_layers && (done[next] || open_edges(net, next, done) > 0)) next++;
    if (next == net->n_layers) {
      size_t stuck = 0;
      while (done[stuck]) stuck++;
      return clif__fail(
          net->ctx, CLIF_UNSUPPORTED,
          "layer '%s' depends on its own output (a cycle); this version runs networks "
          "without feedback only",
          net->layers[stuck].name);
    }
    done[next] = true;
    order[i] = next;
  }
  return CLIF_OK;
}

static void reorder(clif_network *net, const size_t *order, size_t *place, clif__layer *sorted) {
  for (size_t i = 0; i < net->n_layers; i++) {
    sorted[i] = net->layers[order[i]];
    place[order[i]] = i;
  }
  memcpy(net->layers, sorted, net->n_layers * sizeof *sorted);
  for (size_t e = 0; e < net->n_edges; e++) {
    net->edges[e].from = place[net->edges[e].from];
    net->edges[e].to = place[net->edges[e].to];
  }
}

static clif_status put_in_order(clif_network *net) {
  clif_status status = CLIF_OUT_OF_MEMORY;
  size_t n = net->n_layers;
  size_t *order = clif__calloc(net->ctx, n, sizeof *order);
  size_t *place = clif__calloc(net->ctx, n, sizeof *place);
  bool *done = clif__calloc(net->ctx, n, sizeof *done);
  clif__layer *sorted = clif__calloc(net->ctx, n, sizeof *sorted);
  if (!order || !place || !done || !sorted) goto fail;
  CLIF_TRY_OR_FAIL(sort(net, order, done));
  reorder(net, order, place, sorted);
fail: /* and success: all four are needed only here */
  clif__free(net->ctx, sorted);
  clif__free(net->ctx, done);
  clif__free(net->ctx, place);
  clif__free(net->ctx, order);
  return status;
}

/* The shape that all edges into a layer bring; spikes stay spikes only if nothing is added to them.
 */
static clif_status gather(clif_network *net, size_t index, clif_shape *shape, bool *spiking) {
  const clif__layer *first = NULL;
  for (size_t e = 0; e < net->n_edges; e++) {
    if (net->edges[e].to != index) continue;
    const clif__layer *from = &net->layers[net->edges[e].from];
    char a[96], b[96];
    if (first && !clif__shape_equal(&first->shape, &from->shape))
      return clif__fail(net->ctx, CLIF_SHAPE,
                        "its inputs '%s' and '%s' have shapes %s and %s, which cannot be added",
                        first->name, from->name, clif__shape_text(&first->shape, a, sizeof a),
                        clif__shape_text(&from->shape, b, sizeof b));
    *spiking = !first && from->spiking;
    *shape = from->shape;
    if (!first) first = from;
  }
  if (!first)
    return clif__fail(net->ctx, CLIF_SHAPE, "nothing leads into it; connect a layer to it");
  return CLIF_OK;
}

clif_status clif__network_infer(clif_network *net) {
  if (net->n_layers == 0)
    return clif__fail(net->ctx, CLIF_SHAPE, "the network has no layers; add some first");
  size_t inputs = 0;
  for (size_t i = 0; i < net->n_layers; i++) inputs += net->layers[i].type == &clif__input_class;
  if (inputs == 0)
    return clif__fail(net->ctx, CLIF_SHAPE, "the network has no input layer; add one");
  CLIF_TRY(put_in_order(net));
  clif_status status = CLIF_OK;
  for (size_t i = 0; i < net->n_layers && status == CLIF_OK; i++) {
    clif__layer *layer = &net->layers[i];
    clif_shape in = {0};
    clif__where(net->ctx, "layer '%s' (%s)", layer->name, layer->type->kind);
    bool spikes_come_in = false;
    if (layer->type->takes_input) status = gather(net, i, &in, &spikes_come_in);
    layer->spiking = layer->type->keeps_spikes && spikes_come_in;
    if (status == CLIF_OK) status = layer->type->infer(net->ctx, layer, &in);
  }
  clif__where(net->ctx, NULL);
  return status;
}
