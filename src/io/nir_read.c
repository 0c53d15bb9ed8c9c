/* nir_read.c - NIR files into networks, through the public builder.
 *
 * Layout (nir 1.0.7, serialization.py): /node is a group with `type` NIRGraph, the group `nodes`
 * (one group per node: `type` and the node's fields) and `edges`, pairs of node names. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clif/nir.h"
#include "io/h5.h"
#include "network/network.h"

/* The range of the time steps that the nodes suggest; one step if they agree. */
typedef struct suggestion {
  double low, high;
} suggestion;

typedef struct node_kind node_kind;

typedef struct reader {
  clif_context *ctx;
  clif_nir_options options;
  clif__h5 h5;
  clif_network *net;
  clif__names names, edges;
  const node_kind **kinds; /* one per name */
  const char *timed;       /* the first node that needs dt; NULL for none */
  suggestion gain_one;     /* r = tau/dt, so that an input of 1 adds 1; of an IF r = 1/dt */
  suggestion rockpool;     /* r = tau/dt - 1 */
} reader;

/* What is done with a node of a type; the file's session has entered its group. */
struct node_kind {
  const char *type;
  clif_status (*survey)(reader *r, const char *name); /* looks for what it says about dt; or NULL */
  clif_status (*add)(reader *r, const char *name);
};

/* ---- small steps ---- */

/* The builder's sentences name the layer: puts the file before them. */
static clif_status in_file(reader *r, clif_status status) {
  if (status == CLIF_OK) return CLIF_OK;
  char said[sizeof r->ctx->error];
  memcpy(said, r->ctx->error, sizeof said);
  clif__where(r->ctx, NULL);
  return clif__fail(r->ctx, status, "'%s': %s", r->h5.path, said);
}

static clif_status enter_node(reader *r, const char *name) {
  char label[160];
  char *path = clif__format(r->ctx, "/node/nodes/%s", name);
  if (!path) return CLIF_OUT_OF_MEMORY;
  snprintf(label, sizeof label, "node '%s'", name);
  clif_status status = clif__h5_enter(&r->h5, path, label);
  clif__free(r->ctx, path);
  return status;
}

static clif_status read_finite(reader *r, const char *field, clif_dtype dtype, clif__numbers *out) {
  CLIF_TRY(clif__h5_numbers(&r->h5, field, dtype, out));
  for (size_t i = 0; i < out->count; i++) {
    double x = dtype == CLIF_F32 ? (double)((float *)out->data)[i] : ((double *)out->data)[i];
    if (isfinite(x)) continue;
    clif__numbers_free(r->ctx, out);
    return clif__h5_fail(&r->h5, CLIF_FORMAT, field,
                         "has the value %g at position %zu, and every value must be a finite %s; "
                         "check how the network was trained or exported",
                         x, i, clif_dtype_name(dtype));
  }
  return CLIF_OK;
}

static clif_status check_whole(reader *r, const char *field, double x, double least, double most) {
  if (x == floor(x) && x >= least && x <= most) return CLIF_OK;
  return clif__h5_fail(&r->h5, CLIF_FORMAT, field,
                       "has the value %g, and a whole number from %g on is needed; export the "
                       "network again",
                       x, least);
}

/* ---- shapes ---- */

static clif_status read_shape(reader *r, const char *field, clif_shape *out) {
  const double most = 9007199254740992.0; /* 2^53: doubles are exact up to here */
  clif_status status = CLIF_OK;
  clif__numbers n;
  CLIF_TRY(read_finite(r, field, CLIF_F64, &n));
  *out = (clif_shape){.ndim = (unsigned)n.count};
  if (n.ndim > 1 || n.count > CLIF_MAX_SHAPE)
    status = clif__h5_fail(&r->h5, CLIF_FORMAT, field,
                           "holds %zu numbers, and a shape has 1 to %d; export the network again",
                           n.count, CLIF_MAX_SHAPE);
  for (size_t i = 0; i < n.count && status == CLIF_OK; i++) {
    double size = ((double *)n.data)[i];
    status = check_whole(r, field, size, 1, most);
    if (status == CLIF_OK) out->dim[i] = (size_t)size;
  }
  clif__numbers_free(r->ctx, &n);
  return status;
}

static clif_status add_input(reader *r, const char *name) {
  clif_shape shape;
  CLIF_TRY(read_shape(r, "shape", &shape));
  return in_file(r, clif_network_add_input(r->net, name, &shape));
}

static clif_status add_output(reader *r, const char *name) {
  return in_file(r, clif_network_add_output(r->net, name));
}

static clif_status read_dimension(reader *r, const char *field, int *out) {
  clif__numbers n;
  CLIF_TRY(read_finite(r, field, CLIF_F64, &n));
  double x = *(double *)n.data;
  size_t count = n.count;
  clif__numbers_free(r->ctx, &n);
  if (count != 1)
    return clif__h5_fail(&r->h5, CLIF_FORMAT, field,
                         "should be one number; export the network "
                         "again");
  CLIF_TRY(check_whole(r, field, x, -CLIF_MAX_SHAPE, CLIF_MAX_SHAPE));
  *out = (int)x;
  return CLIF_OK;
}

static clif_status add_flatten(reader *r, const char *name) {
  int start, end;
  CLIF_TRY(read_dimension(r, "start_dim", &start));
  CLIF_TRY(read_dimension(r, "end_dim", &end));
  return in_file(r, clif_network_add_flatten(r->net, name, start, end));
}

/* ---- weights ---- */

static clif_status read_weight(reader *r, clif__numbers *out) {
  CLIF_TRY(read_finite(r, "weight", CLIF_F32, out));
  if (out->ndim == 2) return CLIF_OK;
  unsigned ndim = out->ndim;
  clif__numbers_free(r->ctx, out);
  return clif__h5_fail(
      &r->h5, CLIF_FORMAT, "weight",
      "has %u dimensions, and a matrix (out, in) is read; export the network again", ndim);
}

static clif_status add_linear(reader *r, const char *name) {
  clif__numbers w;
  CLIF_TRY(read_weight(r, &w));
  clif_status status =
      in_file(r, clif_network_add_linear(r->net, name, w.shape[1], w.shape[0], w.data, NULL));
  clif__numbers_free(r->ctx, &w);
  return status;
}

static clif_status add_affine(reader *r, const char *name) {
  clif_status status = CLIF_OK;
  clif__numbers w = {0}, bias = {0};
  CLIF_TRY_OR_FAIL(read_weight(r, &w));
  CLIF_TRY_OR_FAIL(read_finite(r, "bias", CLIF_F32, &bias));
  if (bias.count != w.shape[0]) {
    status = clif__h5_fail(&r->h5, CLIF_FORMAT, "bias",
                           "has %zu values, but 'weight' has %zu outputs; export the network again",
                           bias.count, w.shape[0]);
    goto fail;
  }
  status =
      in_file(r, clif_network_add_linear(r->net, name, w.shape[1], w.shape[0], w.data, bias.data));
fail:
  clif__numbers_free(r->ctx, &bias);
  clif__numbers_free(r->ctx, &w);
  return status;
}

static clif_status add_scale(reader *r, const char *name) {
  clif__numbers n;
  CLIF_TRY(read_finite(r, "scale", CLIF_F32, &n));
  clif_shape shape = {1, {1}}; /* of a single number */
  if (n.ndim) shape.ndim = n.ndim;
  for (unsigned i = 0; i < n.ndim; i++) shape.dim[i] = n.shape[i];
  clif_status status = in_file(r, clif_network_add_scale(r->net, name, &shape, n.data));
  clif__numbers_free(r->ctx, &n);
  return status;
}

/* ---- neurons ---- */

enum { TAU, R, V_LEAK, V_THRESHOLD, V_RESET, N_PARAMS };

static const char *const param_names[N_PARAMS] = {"tau", "r", "v_leak", "v_threshold", "v_reset"};

typedef struct params {
  clif__numbers numbers[N_PARAMS]; /* count 0: not read */
} params;

static void free_params(reader *r, params *p) {
  for (int i = 0; i < N_PARAMS; i++) clif__numbers_free(r->ctx, &p->numbers[i]);
}

/* Reads the fields of the set `which` (bits 1 << TAU and so on). Only v_reset may be missing. */
static clif_status read_params(reader *r, unsigned which, params *out) {
  clif_status status = CLIF_OK;
  *out = (params){0};
  for (int i = 0; i < N_PARAMS; i++) {
    if (!(which >> i & 1) || (i == V_RESET && !clif__h5_has(&r->h5, "v_reset"))) continue;
    CLIF_TRY_OR_FAIL(read_finite(r, param_names[i], CLIF_F64, &out->numbers[i]));
  }
  return CLIF_OK;

fail:
  free_params(r, out);
  return status;
}

static clif_param as_param(const clif__numbers *n) {
  if (n->count == 0) return clif_scalar(0.0);
  const double *values = n->data;
  return n->count == 1 ? clif_scalar(values[0]) : clif_per_neuron(values, n->count);
}

static clif_status check_zero(reader *r, const params *p, int which) {
  const clif__numbers *n = &p->numbers[which];
  for (size_t i = 0; i < n->count; i++)
    if (((double *)n->data)[i] != 0.0)
      return clif__h5_fail(&r->h5, CLIF_UNSUPPORTED, param_names[which],
                           "is %g, and snnTorch knows only 0; read the file without the snntorch "
                           "compatibility",
                           ((double *)n->data)[i]);
  return CLIF_OK;
}

static clif_status check_compat(reader *r, const params *p) {
  if (r->options.compat != CLIF_NIR_SNNTORCH) return CLIF_OK;
  CLIF_TRY(check_zero(r, p, V_LEAK));
  return check_zero(r, p, V_RESET);
}

static clif_status add_lif(reader *r, const char *name) {
  clif_status status = CLIF_OK;
  params p;
  CLIF_TRY(read_params(r, (1u << N_PARAMS) - 1, &p));
  CLIF_TRY_OR_FAIL(check_compat(r, &p));
  clif_lif_params lif = clif_lif_defaults();
  lif.dt = r->options.dt;
  lif.tau = as_param(&p.numbers[TAU]);
  lif.r = as_param(&p.numbers[R]);
  lif.v_leak = as_param(&p.numbers[V_LEAK]);
  lif.v_reset = as_param(&p.numbers[V_RESET]);
  lif.threshold = as_param(&p.numbers[V_THRESHOLD]);
  lif.compare = CLIF_FIRE_ABOVE_THRESHOLD;
  status = in_file(r, clif_network_add_lif(r->net, name, &lif));
fail:
  free_params(r, &p);
  return status;
}

static clif_status add_li(reader *r, const char *name) {
  clif_status status = CLIF_OK;
  params p;
  CLIF_TRY(read_params(r, 1u << TAU | 1u << R | 1u << V_LEAK, &p));
  CLIF_TRY_OR_FAIL(check_compat(r, &p));
  clif_li_params li = clif_li_defaults();
  li.dt = r->options.dt;
  li.tau = as_param(&p.numbers[TAU]);
  li.r = as_param(&p.numbers[R]);
  li.v_leak = as_param(&p.numbers[V_LEAK]);
  status = in_file(r, clif_network_add_li(r->net, name, &li));
fail:
  free_params(r, &p);
  return status;
}

/* Does dt enter into what an IF node adds for its input? */
static bool gain_has_dt(const reader *r, const clif__numbers *resistance) {
  if (r->options.if_gain != CLIF_NIR_IF_AUTO) return r->options.if_gain == CLIF_NIR_IF_DT_R;
  for (size_t i = 0; i < resistance->count; i++)
    if (((double *)resistance->data)[i] != 1.0) return true;
  return false;
}

static clif_status add_if(reader *r, const char *name) {
  clif_status status = CLIF_OK;
  params p;
  CLIF_TRY(read_params(r, 1u << R | 1u << V_THRESHOLD | 1u << V_RESET, &p));
  CLIF_TRY_OR_FAIL(check_compat(r, &p));
  clif__numbers *resistance = &p.numbers[R];
  if (gain_has_dt(r, resistance))
    for (size_t i = 0; i < resistance->count; i++) ((double *)resistance->data)[i] *= r->options.dt;
  clif_if_params neuron = clif_if_defaults();
  neuron.r = as_param(resistance);
  neuron.v_reset = as_param(&p.numbers[V_RESET]);
  neuron.threshold = as_param(&p.numbers[V_THRESHOLD]);
  neuron.compare = CLIF_FIRE_ABOVE_THRESHOLD;
  status = in_file(r, clif_network_add_if(r->net, name, &neuron));
fail:
  free_params(r, &p);
  return status;
}

/* ---- what the file suggests for dt ---- */

static void suggest(suggestion *s, double dt) {
  if (!(dt > 0.0) || !isfinite(dt))
    dt = (double)INFINITY; /* makes the range too wide to be one step */
  if (s->high == 0.0 || dt < s->low) s->low = dt;
  if (dt > s->high) s->high = dt;
}

/* Do all nodes agree, but for rounding to float32 on the way? */
static bool is_one_step(const suggestion *s) {
  return s->high > 0.0 && isfinite(s->high) && s->high <= s->low * 1.001;
}

static bool is_near(const suggestion *s, double dt) {
  return is_one_step(s) && fabs(dt - s->low) <= 0.01 * s->low;
}

static clif_status survey_leaky(reader *r, const char *name) {
  params p;
  CLIF_TRY(read_params(r, 1u << TAU | 1u << R, &p));
  const clif__numbers *tau = &p.numbers[TAU], *gain = &p.numbers[R];
  for (size_t i = 0; i < tau->count || i < gain->count; i++) {
    /* Lists of different lengths are refused later, by the neurons. */
    double t = ((double *)tau->data)[i < tau->count ? i : 0];
    double g = ((double *)gain->data)[i < gain->count ? i : 0];
    suggest(&r->gain_one, t / g);
    suggest(&r->rockpool, t / (1.0 + g));
  }
  if (!r->timed) r->timed = name;
  free_params(r, &p);
  return CLIF_OK;
}

static clif_status survey_if(reader *r, const char *name) {
  params p;
  CLIF_TRY(read_params(r, 1u << R, &p));
  const clif__numbers *gain = &p.numbers[R];
  if (gain_has_dt(r, gain)) {
    for (size_t i = 0; i < gain->count; i++) suggest(&r->gain_one, 1.0 / ((double *)gain->data)[i]);
    if (!r->timed) r->timed = name;
  }
  free_params(r, &p);
  return CLIF_OK;
}

static void describe_suggestion(const reader *r, char *text, size_t capacity) {
  bool plain = is_one_step(&r->gain_one), rockpool = is_one_step(&r->rockpool);
  if (plain && rockpool)
    snprintf(text, capacity,
             "the file suggests %.6g if it was written with r = tau/dt, or %.6g if with "
             "r = tau/dt - 1 (Rockpool)",
             r->gain_one.low, r->rockpool.low);
  else if (plain)
    snprintf(text, capacity, "the file suggests %.6g if it was written with a gain of 1 (r = %s)",
             r->gain_one.low, r->rockpool.high > 0.0 ? "tau/dt" : "1/dt");
  else if (rockpool)
    snprintf(text, capacity,
             "the file suggests %.6g if it was written by Rockpool "
             "(r = tau/dt - 1)",
             r->rockpool.low);
  else
    snprintf(text, capacity, "the file suggests none, as tau and r differ from neuron to neuron");
}

static clif_status check_dt(reader *r) {
  char text[256];
  if (!r->timed) return CLIF_OK;
  describe_suggestion(r, text, sizeof text);
  if (r->options.dt == 0.0)
    return clif__fail(r->ctx, CLIF_INVALID_ARGUMENT,
                      "'%s': node '%s' depends on the time step dt, which no NIR file holds: give "
                      "dt; %s",
                      r->h5.path, r->timed, text);
  bool suggests = is_one_step(&r->gain_one) || is_one_step(&r->rockpool);
  if (suggests && !is_near(&r->gain_one, r->options.dt) && !is_near(&r->rockpool, r->options.dt))
    clif__log(r->ctx, CLIF_LOG_INFO, "'%s': dt is %g as given; %s", r->h5.path, r->options.dt,
              text);
  return CLIF_OK;
}

/* ---- nodes ---- */

static const node_kind all_kinds[] = {
    {"Input", NULL, add_input},     {"Output", NULL, add_output}, {"Affine", NULL, add_affine},
    {"Linear", NULL, add_linear},   {"Scale", NULL, add_scale},   {"Flatten", NULL, add_flatten},
    {"LIF", survey_leaky, add_lif}, {"IF", survey_if, add_if},    {"LI", survey_leaky, add_li},
};
enum { N_KINDS = sizeof all_kinds / sizeof *all_kinds };

static const node_kind *find_kind(const char *type) {
  for (size_t i = 0; i < N_KINDS; i++)
    if (strcmp(type, all_kinds[i].type) == 0) return &all_kinds[i];
  return NULL;
}

static bool has_kind(const reader *r, const char *type) {
  for (size_t i = 0; i < r->names.count; i++)
    if (r->kinds[i] == find_kind(type)) return true;
  return false;
}

static clif_status unknown_kind(reader *r, const char *type) {
  char known[128] = "";
  for (size_t i = 0; i < N_KINDS; i++) {
    size_t used = strlen(known);
    snprintf(known + used, sizeof known - used, "%s%s",
             i == 0            ? ""
             : i + 1 < N_KINDS ? ", "
                               : " and ",
             all_kinds[i].type);
  }
  return clif__h5_fail(&r->h5, CLIF_UNSUPPORTED, NULL,
                       "is of type '%.64s', which this version does not read; it reads %s", type,
                       known);
}

/* Every edge must name nodes that are there. */
static clif_status check_edges(reader *r, const clif__names *nodes, const clif__names *edges) {
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
static clif_status read_graph(reader *r, const char *graph, const char *label, clif__names *nodes,
                              clif__names *edges) {
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
static clif_status refuse_graph(reader *r, const char *name) {
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

static clif_status read_kind(reader *r, size_t index) {
  char *type;
  const char *name = r->names.name[index];
  CLIF_TRY(enter_node(r, name));
  CLIF_TRY(clif__h5_string(&r->h5, "type", &type));
  clif_status status = CLIF_OK;
  r->kinds[index] = find_kind(type);
  if (strcmp(type, "NIRGraph") == 0)
    status = refuse_graph(r, name);
  else if (!r->kinds[index])
    status = unknown_kind(r, type);
  clif__free(r->ctx, type);
  return status;
}

static clif_status check_ends(reader *r) {
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
static clif_status check_top(reader *r) {
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

static clif_status read_nodes(reader *r) {
  r->kinds = clif__calloc(r->ctx, r->names.count, sizeof *r->kinds);
  if (!r->kinds) return CLIF_OUT_OF_MEMORY;
  for (size_t i = 0; i < r->names.count; i++) CLIF_TRY(read_kind(r, i));
  CLIF_TRY(check_ends(r));
  for (size_t i = 0; i < r->names.count; i++) {
    if (!r->kinds[i]->survey) continue;
    CLIF_TRY(enter_node(r, r->names.name[i]));
    CLIF_TRY(r->kinds[i]->survey(r, r->names.name[i]));
  }
  CLIF_TRY(check_dt(r));
  for (size_t i = 0; i < r->names.count; i++) {
    CLIF_TRY(enter_node(r, r->names.name[i]));
    CLIF_TRY(r->kinds[i]->add(r, r->names.name[i]));
  }
  return CLIF_OK;
}

/* A shape that a file states though it follows from the other nodes. Some writers state odd ones
 * (Rockpool: (1, 1, 1) for one neuron), so a difference is worth a line, not a refusal. */
static clif_status compare_shape(reader *r, const char *name, const char *field,
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

static clif_status compare_shapes(reader *r) {
  for (size_t i = 0; i < r->net->n_layers; i++) {
    const clif__layer *layer = &r->net->layers[i];
    if (layer->type == &clif__output_class)
      CLIF_TRY(compare_shape(r, layer->name, "shape", &layer->shape));
    if (layer->type == &clif__flatten_class)
      CLIF_TRY(compare_shape(r, layer->name, "input_type", &layer->data.flatten.in));
  }
  return CLIF_OK;
}

static clif_status read_network(reader *r, const char *path) {
  CLIF_TRY(clif__h5_open(r->ctx, path, &r->h5));
  CLIF_TRY(check_top(r));
  CLIF_TRY(read_graph(r, "/node", "the graph ('/node')", &r->names, &r->edges));
  CLIF_TRY(clif_network_create(r->ctx, &r->net));
  CLIF_TRY(read_nodes(r));
  for (size_t e = 0; e < r->edges.count; e += 2)
    CLIF_TRY(in_file(r, clif_network_connect(r->net, r->edges.name[e], r->edges.name[e + 1], 0)));
  CLIF_TRY(in_file(r, clif__network_infer(r->net)));
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
  reader r = {.ctx = ctx};
  CLIF_TRY(take_options(ctx, options, &r.options));
  status = read_network(&r, path);
  clif__h5_close(&r.h5);
  clif__names_free(ctx, &r.edges);
  clif__names_free(ctx, &r.names);
  clif__free(ctx, r.kinds);
  if (status == CLIF_OK)
    *out = r.net;
  else
    clif_network_destroy(r.net);
  return status;
}
