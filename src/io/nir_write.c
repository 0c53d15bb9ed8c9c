/* nir_write.c - networks into NIR files. The layout is that of nir 1.0.7; see nir_read.c. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clif/nir.h"
#include "io/h5.h"
#include "network/network.h"

static const char format_version[] = "1.0.7";

typedef struct writer {
  clif_context *ctx;
  const clif_network *net;
  double dt; /* 0: not given */
  clif__h5 h5;
} writer;

/* ---- shapes ---- */

static clif_status put_shape(writer *w, const char *field, const clif_shape *shape) {
  int64_t dims[CLIF_MAX_SHAPE];
  size_t ndim = shape->ndim;
  for (size_t i = 0; i < ndim; i++) dims[i] = (int64_t)shape->dim[i];
  return clif__h5_put_numbers(&w->h5, field, CLIF_I64, 1, &ndim, dims);
}

static clif_status put_end(writer *w, const clif__layer *layer) {
  return put_shape(w, "shape", &layer->shape);
}

static clif_status put_flatten(writer *w, const clif__layer *layer) {
  const clif__flatten *f = &layer->data.flatten;
  int64_t start = f->start, end = f->end;
  CLIF_TRY(put_shape(w, "input_type", &f->in));
  CLIF_TRY(clif__h5_put_numbers(&w->h5, "start_dim", CLIF_I64, 0, NULL, &start));
  return clif__h5_put_numbers(&w->h5, "end_dim", CLIF_I64, 0, NULL, &end);
}

/* ---- weights ---- */

static clif_status put_linear(writer *w, const clif__layer *layer) {
  const clif__linear *linear = &layer->data.linear;
  size_t shape[2] = {linear->out, linear->in};
  float *weight = clif__calloc(w->ctx, linear->out * linear->in, sizeof *weight);
  if (!weight) return CLIF_OUT_OF_MEMORY;
  for (size_t k = 0; k < linear->in; k++) /* from the device's [in][pitch] to [out][in] */
    for (size_t j = 0; j < linear->out; j++)
      weight[j * linear->in + k] = linear->weight[k * linear->pitch + j];
  clif_status status = clif__h5_put_numbers(&w->h5, "weight", CLIF_F32, 2, shape, weight);
  clif__free(w->ctx, weight);
  if (status != CLIF_OK || !linear->bias) return status;
  return clif__h5_put_numbers(&w->h5, "bias", CLIF_F32, 1, &linear->out, linear->bias);
}

static clif_status put_scale(writer *w, const clif__layer *layer) {
  const clif__scale *s = &layer->data.scale;
  return clif__h5_put_numbers(&w->h5, "scale", CLIF_F32, s->shape.ndim, s->shape.dim, s->scale);
}

/* ---- neurons ---- */

/* float32 as everyone writes it, unless that would change a value: then float64. */
static clif_status put_values(writer *w, const char *field, const clif_shape *shape,
                              const double *values) {
  size_t count = clif__shape_count(shape);
  bool exact = true;
  float *rounded = clif__calloc(w->ctx, count, sizeof *rounded);
  if (!rounded) return CLIF_OUT_OF_MEMORY;
  for (size_t i = 0; i < count && exact; i++) {
    rounded[i] = (float)values[i];
    exact = (double)rounded[i] == values[i];
  }
  clif_status status =
      clif__h5_put_numbers(&w->h5, field, exact ? CLIF_F32 : CLIF_F64, shape->ndim, shape->dim,
                           exact ? (const void *)rounded : (const void *)values);
  clif__free(w->ctx, rounded);
  return status;
}

/* NIR wants one number per neuron, in the layer's shape. */
static clif_status put_param(writer *w, const char *field, const clif__layer *layer,
                             clif__parameter which, double divisor) {
  size_t count = clif__shape_count(&layer->shape);
  double *values = clif__calloc(w->ctx, count, sizeof *values);
  if (!values) return CLIF_OUT_OF_MEMORY;
  for (size_t i = 0; i < count; i++)
    values[i] = clif__neuron_value(&layer->data.neurons.neuron, which, i) / divisor;
  clif_status status = put_values(w, field, &layer->shape, values);
  clif__free(w->ctx, values);
  return status;
}

/* NIR's neurons have no options, and a file without them would be of another network. */
static clif_status check_plain(writer *w, const clif__layer *layer) {
  const clif__neuron *n = &layer->data.neurons.neuron;
  const char *extra = n->form == CLIF_FORM_SEED    ? "the seed form"
                      : n->stochastic              ? "stochastic firing"
                      : n->adaptive                ? "an adaptive threshold"
                      : clif__neuron_noisy(n)      ? "noise"
                      : clif__neuron_refractory(n) ? "a refractory period"
                                                   : NULL;
  if (!extra) return CLIF_OK;
  return clif__fail(
      w->ctx, CLIF_UNSUPPORTED,
      "'%s': layer '%s' (%s) has %s, which NIR cannot hold; write the network without "
      "it, and set it again after reading",
      w->h5.path, layer->name, layer->type->kind, extra);
}

static clif_status put_firing(writer *w, const clif__layer *layer) {
  const clif__neuron *n = &layer->data.neurons.neuron;
  if (n->reset != CLIF_RESET_VALUE)
    return clif__fail(
        w->ctx, CLIF_UNSUPPORTED,
        "'%s': layer '%s' (%s) does not reset to a value, and NIR has no other reset; "
        "use CLIF_RESET_VALUE to write it",
        w->h5.path, layer->name, layer->type->kind);
  if (n->compare == CLIF_FIRE_AT_THRESHOLD)
    clif__log(
        w->ctx, CLIF_LOG_WARNING,
        "'%s': layer '%s' fires where v >= threshold; NIR has only v > threshold, and that is "
        "how the file will be read",
        w->h5.path, layer->name);
  CLIF_TRY(put_param(w, "v_threshold", layer, CLIF__P_THRESHOLD, 1.0));
  return put_param(w, "v_reset", layer, CLIF__P_V_RESET, 1.0);
}

static clif_status put_leaky(writer *w, const clif__layer *layer) {
  const clif__neuron *n = &layer->data.neurons.neuron;
  CLIF_TRY(check_plain(w, layer));
  if (n->integration == CLIF_EXACT)
    clif__log(
        w->ctx, CLIF_LOG_WARNING,
        "'%s': layer '%s' is integrated exactly; a NIR file does not say so, and is read with "
        "Euler steps",
        w->h5.path, layer->name);
  CLIF_TRY(put_param(w, "tau", layer, CLIF__P_TAU, 1.0));
  CLIF_TRY(put_param(w, "r", layer, CLIF__P_R, 1.0));
  return put_param(w, "v_leak", layer, CLIF__P_V_LEAK, 1.0);
}

static clif_status put_lif(writer *w, const clif__layer *layer) {
  CLIF_TRY(put_leaky(w, layer));
  return put_firing(w, layer);
}

/* Is r of every neuron this number? */
static bool all_r(const clif__neuron *n, double number) {
  size_t count = n->values[CLIF__P_R].values ? n->values[CLIF__P_R].count : 1;
  for (size_t i = 0; i < count; i++)
    if (clif__neuron_value(n, CLIF__P_R, i) != number) return false;
  return true;
}

/* A gain of 1 is written as r = 1, any other as the specification says: v' = r*I, so r = gain/dt.
 */
static clif_status put_if(writer *w, const clif__layer *layer) {
  const clif__neuron *n = &layer->data.neurons.neuron;
  CLIF_TRY(check_plain(w, layer));
  bool unit = all_r(n, 1.0);
  if (!unit && w->dt == 0.0)
    return clif__fail(w->ctx, CLIF_INVALID_ARGUMENT,
                      "'%s': layer '%s' (if) has an r other than 1, which NIR keeps as r/dt: give "
                      "dt",
                      w->h5.path, layer->name);
  if (!unit && all_r(n, w->dt))
    clif__log(w->ctx, CLIF_LOG_WARNING,
              "'%s': layer '%s' (if) has r = dt, which NIR keeps as 1; read it with the gain r*dt",
              w->h5.path, layer->name);
  CLIF_TRY(put_param(w, "r", layer, CLIF__P_R, unit ? 1.0 : w->dt));
  return put_firing(w, layer);
}

/* ---- nodes ---- */

typedef struct node_kind {
  const clif__layer_class *layer;
  const char *type;
  clif_status (*put)(writer *w, const clif__layer *layer);
} node_kind;

static const node_kind *find_kind(const clif__layer *layer) {
  static const node_kind kinds[] = {
      {&clif__input_class, "Input", put_end},
      {&clif__output_class, "Output", put_end},
      {&clif__linear_class, "Affine", put_linear},
      {&clif__scale_class, "Scale", put_scale},
      {&clif__flatten_class, "Flatten", put_flatten},
      {&clif__lif_class, "LIF", put_lif},
      {&clif__if_class, "IF", put_if},
      {&clif__li_class, "LI", put_leaky},
  };
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (kinds[i].layer == layer->type) return &kinds[i];
  return NULL;
}

static clif_status put_node(writer *w, const clif__layer *layer) {
  char label[160];
  const node_kind *kind = find_kind(layer);
  if (!kind)
    return clif__fail(w->ctx, CLIF_UNSUPPORTED,
                      "'%s': layer '%s' (%s) has no counterpart in NIR; take it out to write the "
                      "network",
                      w->h5.path, layer->name, layer->type->kind);
  if (strchr(layer->name, '/') || strcmp(layer->name, ".") == 0)
    return clif__fail(w->ctx, CLIF_UNSUPPORTED,
                      "'%s': HDF5 cannot hold the layer name '%s'; use one without '/'", w->h5.path,
                      layer->name);
  char *path = clif__format(w->ctx, "/node/nodes/%s", layer->name);
  if (!path) return CLIF_OUT_OF_MEMORY;
  snprintf(label, sizeof label, "node '%s'", layer->name);
  clif_status status = clif__h5_make(&w->h5, path, label);
  clif__free(w->ctx, path);
  CLIF_TRY(status);
  bool no_bias = layer->type == &clif__linear_class && !layer->data.linear.bias;
  CLIF_TRY(clif__h5_put_string(&w->h5, "type", no_bias ? "Linear" : kind->type));
  return kind->put(w, layer);
}

static clif_status put_edges(writer *w) {
  const clif_network *net = w->net;
  const char **names = clif__calloc(w->ctx, net->n_edges, 2 * sizeof *names);
  if (!names) return CLIF_OUT_OF_MEMORY;
  for (size_t e = 0; e < net->n_edges; e++) {
    names[2 * e] = net->layers[net->edges[e].from].name;
    names[2 * e + 1] = net->layers[net->edges[e].to].name;
  }
  clif_status status = clif__h5_put_pairs(&w->h5, "edges", names, net->n_edges);
  clif__free(w->ctx, names);
  return status;
}

static clif_status check_ends(writer *w) {
  bool input = false, output = false;
  for (size_t i = 0; i < w->net->n_layers; i++) {
    input = input || w->net->layers[i].type == &clif__input_class;
    output = output || w->net->layers[i].type == &clif__output_class;
  }
  if (input && output) return CLIF_OK;
  return clif__fail(
      w->ctx, CLIF_UNSUPPORTED,
      "'%s': a NIR graph has an input and an output, and the network has no %s layer; "
      "add one",
      w->h5.path, input ? "output" : "input");
}

static clif_status put_network(writer *w) {
  CLIF_TRY(check_ends(w));
  CLIF_TRY(clif__h5_put_string(&w->h5, "version", format_version));
  CLIF_TRY(clif__h5_make(&w->h5, "/node", "the graph ('/node')"));
  CLIF_TRY(clif__h5_put_string(&w->h5, "type", "NIRGraph"));
  CLIF_TRY(put_edges(w));
  CLIF_TRY(clif__h5_make(&w->h5, "/node/nodes", "the nodes of the graph"));
  for (size_t i = 0; i < w->net->n_layers; i++) CLIF_TRY(put_node(w, &w->net->layers[i]));
  return clif__h5_save(&w->h5);
}

static clif_status take_dt(clif_context *ctx, const clif_nir_options *options, double *dt) {
  *dt = 0.0;
  if (!options) return CLIF_OK;
  CLIF_TRY(clif__check_size(ctx, options->size, sizeof *options, "clif_nir_options"));
  *dt = options->dt;
  if (*dt >= 0.0 && isfinite(*dt)) return CLIF_OK;
  return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "dt is %g; it must be above 0", *dt);
}

clif_status clif_nir_write(const clif_network *net, const char *path,
                           const clif_nir_options *options) {
  if (!net) return CLIF_INVALID_ARGUMENT;
  writer w = {.ctx = net->ctx, .net = net};
  clif__where(w.ctx, NULL);
  if (!path) return clif__fail(w.ctx, CLIF_INVALID_ARGUMENT, "clif_nir_write: path is NULL");
  CLIF_TRY(take_dt(w.ctx, options, &w.dt));
  /* Shapes are needed, and a network that is not prepared has none yet. Inferring them changes
   * nothing that the caller can see but the order in which layers are listed. */
  if (!net->plan) CLIF_TRY(clif__network_infer((clif_network *)net));
  CLIF_TRY(clif__h5_create(w.ctx, path, &w.h5));
  clif_status status = put_network(&w);
  clif__h5_close(&w.h5);
  return status;
}
