/* nir_read.c - NIR files into networks, through the public builder.
 *
 * Layout (nir 1.0.7, serialization.py): /node is a group with `type` NIRGraph, the group `nodes`
 * (one group per node: `type` and the node's fields) and `edges`, pairs of node names. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/nir.h"
#include "network/network.h"

/* ---- the graph ---- */

static clif_status enter_node(clif__nir_reader *r, const char *name) {
  char label[160];
  char *path = clif__format(r->ctx, "/node/nodes/%s", name);
  if (!path) return CLIF_OUT_OF_MEMORY;
  snprintf(label, sizeof label, "node '%s'", name);
  clif_status status = clif__h5_enter(&r->h5, path, label);
  clif__free(r->ctx, path);
  return status;
}

/* Every edge must name nodes that are there. */
static clif_status check_edges(clif__nir_reader *r, const clif__names *nodes,
                               const clif__names *edges) {
  for (size_t e = 0; e < edges->count; e++) {
    size_t n = 0;
    while (n < nodes->count && strcmp(nodes->name[n], edges->name[e]) != 0) n++;
    if (n < nodes->count) continue;
    const char *const *pair = (const char *const *)&edges->name[e / 2 * 2];
    return clif__h5_fail(&r->h5, CLIF_FORMAT, "edges",
                         "has the edge '%.100s' -> '%.100s', but there is no node '%.100s'; export "
                         "the network again",
                         pair[0], pair[1], edges->name[e]);
  }
  return CLIF_OK;
}

/* The names of the nodes and the edges of the graph in a group; leaves the session there. */
static clif_status read_graph(clif__nir_reader *r, const char *graph, const char *label,
                              clif__names *nodes, clif__names *edges) {
  clif_status status;
  char *path = clif__format(r->ctx, "%s/nodes", graph);
  *nodes = *edges = (clif__names){0};
  if (!path) return CLIF_OUT_OF_MEMORY;
  char inside[200];
  snprintf(inside, sizeof inside, "the nodes of %s", label);
  CLIF_TRY_OR_FAIL(clif__h5_enter(&r->h5, path, inside));
  CLIF_TRY_OR_FAIL(clif__h5_groups(&r->h5, nodes));
  CLIF_TRY_OR_FAIL(clif__h5_enter(&r->h5, graph, label));
  CLIF_TRY_OR_FAIL(clif__h5_pairs(&r->h5, "edges", edges));
  CLIF_TRY_OR_FAIL(check_edges(r, nodes, edges));
fail:
  clif__free(r->ctx, path);
  return status;
}

/* A graph within the graph: not read in this version, but where its edges are wrong no version
 * will read it, and that is what to say. */
static clif_status refuse_graph(clif__nir_reader *r, const char *name) {
  char label[160];
  clif__names nodes, edges;
  char *path = clif__format(r->ctx, "/node/nodes/%s", name);
  if (!path) return CLIF_OUT_OF_MEMORY;
  snprintf(label, sizeof label, "node '%s'", name);
  clif_status status = read_graph(r, path, label, &nodes, &edges);
  if (status == CLIF_OK)
    status = clif__h5_fail(&r->h5, CLIF_UNSUPPORTED, NULL,
                           "is a graph of its own (NIRGraph), which this version does not read; "
                           "put its nodes into the outer graph");
  clif__names_free(r->ctx, &edges);
  clif__names_free(r->ctx, &nodes);
  clif__free(r->ctx, path);
  return status;
}

static clif_status read_kind(clif__nir_reader *r, size_t index) {
  char *type;
  const char *name = r->names.name[index];
  CLIF_TRY(enter_node(r, name));
  CLIF_TRY(clif__h5_string(&r->h5, "type", &type));
  clif_status status = CLIF_OK;
  r->nodes[index] = (clif__nir_node){name, clif__nir_find_kind(type)};
  if (strcmp(type, "NIRGraph") == 0)
    status = refuse_graph(r, name);
  else if (!r->nodes[index].kind)
    status = clif__nir_unknown_kind(r, type);
  clif__free(r->ctx, type);
  return status;
}

static bool has_kind(const clif__nir_reader *r, const char *type) {
  for (size_t i = 0; i < r->names.count; i++)
    if (r->nodes[i].kind == clif__nir_find_kind(type)) return true;
  return false;
}

static clif_status check_ends(clif__nir_reader *r) {
  static const char *const ends[] = {"Input", "Output"};
  for (size_t i = 0; i < 2; i++)
    if (!has_kind(r, ends[i]))
      return clif__fail(r->ctx, CLIF_FORMAT,
                        "'%s': the graph has no %s node; export it with one: "
                        "nir.NIRGraph.from_list(...) adds both",
                        r->h5.path, ends[i]);
  return CLIF_OK;
}

/* ---- the file ---- */

/* NIR can also hold a node without a graph around it. */
static clif_status check_top(clif__nir_reader *r) {
  char *type;
  CLIF_TRY(clif__h5_enter(&r->h5, "/node", "the graph ('/node')"));
  CLIF_TRY(clif__h5_string(&r->h5, "type", &type));
  clif_status status = CLIF_OK;
  if (strcmp(type, "NIRGraph") != 0)
    status = clif__fail(r->ctx, CLIF_UNSUPPORTED,
                        "'%s' holds a single node of type '%.64s' and no graph; wrap it before "
                        "writing: nir.NIRGraph.from_list(node)",
                        r->h5.path, type);
  clif__free(r->ctx, type);
  return status;
}

static clif_status read_nodes(clif__nir_reader *r) {
  size_t count = r->names.count;
  r->nodes = clif__calloc(r->ctx, count, sizeof *r->nodes);
  if (!r->nodes) return CLIF_OUT_OF_MEMORY;
  for (size_t i = 0; i < count; i++) CLIF_TRY(read_kind(r, i));
  CLIF_TRY(check_ends(r));
  for (const clif__nir_node *node = r->nodes; node < r->nodes + count; node++) {
    if (!node->kind->survey) continue;
    CLIF_TRY(enter_node(r, node->name));
    CLIF_TRY(node->kind->survey(r, node->name));
  }
  CLIF_TRY(clif__nir_check_dt(r));
  for (const clif__nir_node *node = r->nodes; node < r->nodes + count; node++) {
    CLIF_TRY(enter_node(r, node->name));
    CLIF_TRY(node->kind->add(r, node->name));
  }
  return CLIF_OK;
}

/* A shape that a file states though it follows from the other nodes. Some writers state odd ones
 * (Rockpool: (1, 1, 1) for one neuron), so a difference is worth a line, not a refusal. */
static clif_status compare_shape(clif__nir_reader *r, const char *name, const char *field,
                                 const clif_shape *real) {
  clif__numbers n;
  char text[96];
  double stated = 1.0;
  CLIF_TRY(enter_node(r, name));
  if (!clif__h5_has(&r->h5, field)) return CLIF_OK;
  CLIF_TRY(clif__h5_numbers(&r->h5, field, CLIF_F64, &n));
  for (size_t i = 0; i < n.count; i++) stated *= ((double *)n.data)[i];
  if (stated != (double)clif__shape_count(real))
    clif__log(r->ctx, CLIF_LOG_WARNING,
              "'%s': node '%s': '%s' is a shape of %g elements, but what comes in has shape %s",
              r->h5.path, name, field, stated, clif__shape_text(real, text, sizeof text));
  clif__numbers_free(r->ctx, &n);
  return CLIF_OK;
}

static clif_status compare_shapes(clif__nir_reader *r) {
  for (size_t i = 0; i < r->net->n_layers; i++) {
    const clif__layer *layer = &r->net->layers[i];
    if (layer->type == &clif__output_class)
      CLIF_TRY(compare_shape(r, layer->name, "shape", &layer->shape));
    if (layer->type == &clif__flatten_class)
      CLIF_TRY(compare_shape(r, layer->name, "input_type", &layer->data.flatten.in));
  }
  return CLIF_OK;
}

static clif_status read_network(clif__nir_reader *r, const char *path) {
  CLIF_TRY(clif__h5_open(r->ctx, path, &r->h5));
  CLIF_TRY(check_top(r));
  CLIF_TRY(read_graph(r, "/node", "the graph ('/node')", &r->names, &r->edges));
  CLIF_TRY(clif_network_create(r->ctx, &r->net));
  CLIF_TRY(read_nodes(r));
  for (size_t e = 0; e < r->edges.count; e += 2)
    CLIF_TRY(clif__nir_in_file(
        r, clif_network_connect(r->net, r->edges.name[e], r->edges.name[e + 1], 0)));
  CLIF_TRY(clif__nir_in_file(r, clif__network_infer(r->net)));
  return compare_shapes(r);
}

static clif_status take_options(clif_context *ctx, const clif_nir_options *given,
                                clif_nir_options *out) {
  *out = (clif_nir_options){.size = sizeof *out};
  if (!given) return CLIF_OK;
  CLIF_TRY(clif__check_size(ctx, given->size, sizeof *given, "clif_nir_options"));
  *out = *given;
  if (!(out->dt >= 0.0) || !isfinite(out->dt))
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "dt is %g; it must be above 0", out->dt);
  if (out->compat != CLIF_NIR_PLAIN && out->compat != CLIF_NIR_SNNTORCH)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "compat is %d, which is no clif_nir_compat",
                      (int)out->compat);
  if (out->if_gain != CLIF_NIR_IF_AUTO && out->if_gain != CLIF_NIR_IF_R &&
      out->if_gain != CLIF_NIR_IF_DT_R)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "if_gain is %d, which is no clif_nir_if_gain",
                      (int)out->if_gain);
  return CLIF_OK;
}

clif_status clif_nir_read(clif_context *ctx, const char *path, const clif_nir_options *options,
                          clif_network **out) {
  clif_status status;
  if (out) *out = NULL;
  if (!ctx) return CLIF_INVALID_ARGUMENT;
  clif__where(ctx, NULL);
  if (!path || !out)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "clif_nir_read: path or out is NULL");
  clif__nir_reader r = {.ctx = ctx};
  CLIF_TRY(take_options(ctx, options, &r.options));
  status = read_network(&r, path);
  clif__h5_close(&r.h5);
  clif__names_free(ctx, &r.edges);
  clif__names_free(ctx, &r.names);
  clif__free(ctx, r.nodes);
  if (status == CLIF_OK)
    *out = r.net;
  else
    clif_network_destroy(r.net);
  return status;
}
