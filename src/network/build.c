/* build.c - adding layers, edges and recordings: checks and copies, nothing else. */
#include <math.h>
#include <string.h>

#include "network/network.h"

static clif_status check_open(clif_network *net) {
  if (!net) return CLIF_INVALID_ARGUMENT;
  clif__where(net->ctx, NULL);
  if (net->schedule)
    return clif__fail(net->ctx, CLIF_STATE,
                      "the network has been prepared and cannot be changed; make a new one");
  return CLIF_OK;
}

/* ---- layers ---- */

static clif_status check_name(clif_network *net, const char *name) {
  enum { LONGEST = 127 };
  if (!name || !*name) return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "a layer needs a name");
  if (strlen(name) > LONGEST)
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT,
                      "the name '%.40s...' is longer than %d bytes", name, LONGEST);
  if (clif__network_find(net, name) < net->n_layers)
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT,
                      "there is a layer named '%s' already; names must be unique", name);
  return CLIF_OK;
}

/* Makes room for one more layer and names it, without counting it yet: the caller fills in its data
 * and calls keep(), or drop() on failure. */
static clif_status begin(clif_network *net, const clif__layer_class *type, const char *name,
                         clif__layer **out) {
  *out = NULL;
  CLIF_TRY(check_open(net));
  CLIF_TRY(check_name(net, name));
  clif__layer *grown = clif__realloc(net->ctx, net->layers, net->n_layers + 1, sizeof *grown);
  if (!grown) return CLIF_OUT_OF_MEMORY;
  net->layers = grown;
  clif__layer *layer = *out = &net->layers[net->n_layers];
  *layer = (clif__layer){.type = type, .stats = -1, .id = (uint32_t)net->n_layers};
  layer->name = clif__strdup(net->ctx, name);
  if (!layer->name) return CLIF_OUT_OF_MEMORY;
  clif__where(net->ctx, "layer '%s' (%s)", name, type->kind);
  return CLIF_OK;
}

static clif_status keep(clif_network *net) {
  net->n_layers++;
  clif__where(net->ctx, NULL);
  return CLIF_OK;
}

static clif_status drop(clif_network *net, clif__layer *layer, clif_status status) {
  clif__layer_release(net->ctx, layer);
  clif__where(net->ctx, NULL);
  return status;
}

static clif_status check_shape(clif_context *ctx, const clif_shape *shape) {
  if (!shape || shape->ndim < 1 || shape->ndim > CLIF_MAX_SHAPE)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "its shape must have 1 to %d dimensions",
                      CLIF_MAX_SHAPE);
  size_t count = 1;
  for (unsigned i = 0; i < shape->ndim; i++) {
    if (shape->dim[i] == 0)
      return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "dimension %u of its shape is 0", i);
    /* Kernels count with 32 bits: one check here, none there. */
    if (!clif__multiply(count, shape->dim[i], &count) || count > INT32_MAX / 2)
      return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                        "its shape has more than %d elements, the most a layer can have",
                        INT32_MAX / 2);
  }
  return CLIF_OK;
}

static clif_status check_finite(clif_context *ctx, const char *what, const float *values,
                                size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!isfinite(values[i]))
      return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                        "element %zu of its %s is %g; it must be finite", i, what,
                        (double)values[i]);
  return CLIF_OK;
}

clif_status clif_network_add_input(clif_network *net, const char *name, const clif_shape *shape) {
  clif__layer *layer;
  CLIF_TRY(begin(net, &clif__input_class, name, &layer));
  clif_status status = check_shape(net->ctx, shape);
  if (status != CLIF_OK) return drop(net, layer, status);
  layer->shape = *shape;
  return keep(net);
}

clif_status clif_network_add_output(clif_network *net, const char *name) {
  clif__layer *layer;
  CLIF_TRY(begin(net, &clif__output_class, name, &layer));
  return keep(net);
}

clif_status clif_network_add_relu(clif_network *net, const char *name) {
  clif__layer *layer;
  CLIF_TRY(begin(net, &clif__relu_class, name, &layer));
  return keep(net);
}

clif_status clif_network_add_flatten(clif_network *net, const char *name, int start, int end) {
  clif__layer *layer;
  CLIF_TRY(begin(net, &clif__flatten_class, name, &layer));
  layer->data.flatten = (clif__flatten){.start = start, .end = end};
  return keep(net);
}

/* A padded copy of a row. */
static float *copy_row(clif_context *ctx, const float *values, size_t count) {
  float *row = clif__calloc(ctx, clif__padded(count), sizeof *row);
  if (row) memcpy(row, values, count * sizeof *row);
  return row;
}

static clif_status fill_scale(clif_context *ctx, clif__scale *out, const clif_shape *shape,
                              const float *scale) {
  CLIF_TRY(check_shape(ctx, shape));
  if (!scale) return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "its scale is NULL");
  size_t count = clif__shape_count(shape);
  CLIF_TRY(check_finite(ctx, "scale", scale, count));
  out->shape = *shape;
  out->scale = copy_row(ctx, scale, count);
  return out->scale ? CLIF_OK : CLIF_OUT_OF_MEMORY;
}

clif_status clif_network_add_scale(clif_network *net, const char *name, const clif_shape *shape,
                                   const float *scale) {
  clif__layer *layer;
  CLIF_TRY(begin(net, &clif__scale_class, name, &layer));
  clif_status status = fill_scale(net->ctx, &layer->data.scale, shape, scale);
  return status == CLIF_OK ? keep(net) : drop(net, layer, status);
}

/* From [out][in] to the device's [in][out padded]. */
static float *transpose(clif_context *ctx, const float *weight, size_t in, size_t out,
                        size_t pitch) {
  float *turned = clif__calloc(ctx, in * pitch, sizeof *turned);
  for (size_t j = 0; turned && j < out; j++)
    for (size_t k = 0; k < in; k++) turned[k * pitch + j] = weight[j * in + k];
  return turned;
}

static clif_status fill_linear(clif_context *ctx, clif__linear *out, size_t n_in, size_t n_out,
                               const float *weight, const float *bias) {
  clif_shape size = {2, {n_in, n_out}};
  size_t padded;
  if (n_in == 0 || n_out == 0)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "its size is %zu to %zu; both must be above 0",
                      n_in, n_out);
  CLIF_TRY(check_shape(ctx, &size));
  if (!clif__multiply(n_in, clif__padded(n_out), &padded) || padded > INT32_MAX)
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "%zu to %zu is more than a layer can have", n_in,
                      n_out);
  if (!weight) return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "its weight is NULL");
  CLIF_TRY(check_finite(ctx, "weight", weight, n_in * n_out));
  if (bias) CLIF_TRY(check_finite(ctx, "bias", bias, n_out));
  *out = (clif__linear){.in = n_in, .out = n_out, .pitch = clif__padded(n_out)};
  out->weight = transpose(ctx, weight, n_in, n_out, out->pitch);
  if (!out->weight) return CLIF_OUT_OF_MEMORY;
  if (bias) out->bias = copy_row(ctx, bias, n_out);
  return bias && !out->bias ? CLIF_OUT_OF_MEMORY : CLIF_OK;
}

clif_status clif_network_add_linear(clif_network *net, const char *name, size_t in, size_t out,
                                    const float *weight, const float *bias) {
  clif__layer *layer;
  CLIF_TRY(begin(net, &clif__linear_class, name, &layer));
  clif_status status = fill_linear(net->ctx, &layer->data.linear, in, out, weight, bias);
  return status == CLIF_OK ? keep(net) : drop(net, layer, status);
}

clif_status clif_network_add_lif(clif_network *net, const char *name, const clif_lif_params *p) {
  clif__layer *layer;
  CLIF_TRY(begin(net, &clif__lif_class, name, &layer));
  clif_status status = clif__neuron_from_lif(net->ctx, p, &layer->data.neurons.neuron);
  return status == CLIF_OK ? keep(net) : drop(net, layer, status);
}

clif_status clif_network_add_if(clif_network *net, const char *name, const clif_if_params *p) {
  clif__layer *layer;
  CLIF_TRY(begin(net, &clif__if_class, name, &layer));
  clif_status status = clif__neuron_from_if(net->ctx, p, &layer->data.neurons.neuron);
  return status == CLIF_OK ? keep(net) : drop(net, layer, status);
}

clif_status clif_network_add_li(clif_network *net, const char *name, const clif_li_params *p) {
  clif__layer *layer;
  CLIF_TRY(begin(net, &clif__li_class, name, &layer));
  clif_status status = clif__neuron_from_li(net->ctx, p, &layer->data.neurons.neuron);
  return status == CLIF_OK ? keep(net) : drop(net, layer, status);
}

/* ---- edges and recordings ---- */

static clif_status find(clif_network *net, const char *name, size_t *out) {
  *out = net->n_layers;
  if (!name) return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "a layer's name is NULL");
  *out = clif__network_find(net, name);
  if (*out == net->n_layers)
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT,
                      "there is no layer named '%s'; add it before it is used", name);
  return CLIF_OK;
}

clif_status clif_network_connect(clif_network *net, const char *from, const char *to,
                                 unsigned delay) {
  size_t source, target;
  CLIF_TRY(check_open(net));
  CLIF_TRY(find(net, from, &source));
  CLIF_TRY(find(net, to, &target));
  if (delay != 0)
    return clif__fail(net->ctx, CLIF_UNSUPPORTED,
                      "the edge '%s' -> '%s' has a delay of %u; this version runs edges without "
                      "delay only, so recurrent networks are not possible yet",
                      from, to, delay);
  if (!net->layers[target].type->takes_input)
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT,
                      "the edge '%s' -> '%s' leads into an input layer, which takes none", from,
                      to);
  for (size_t i = 0; i < net->n_edges; i++)
    if (net->edges[i].from == source && net->edges[i].to == target) return CLIF_OK;
  clif__edge *grown = clif__realloc(net->ctx, net->edges, net->n_edges + 1, sizeof *grown);
  if (!grown) return CLIF_OUT_OF_MEMORY;
  net->edges = grown;
  net->edges[net->n_edges++] = (clif__edge){source, target};
  return CLIF_OK;
}

/* Which kinds of layers have a quantity to record. */
static clif_status check_quantity(clif_network *net, const clif__layer *layer,
                                  clif_quantity quantity) {
  bool neurons = clif__is_neurons(layer), spikes = neurons && layer->type != &clif__li_class;
  if ((unsigned)quantity >= CLIF__QUANTITIES)
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "%d is no clif_quantity", (int)quantity);
  if ((quantity == CLIF_V || quantity == CLIF_V_PRE) && !neurons)
    return clif__fail(net->ctx, CLIF_SHAPE,
                      "layer '%s' (%s) has no membrane potential to record; only neurons have",
                      layer->name, layer->type->kind);
  if (quantity >= CLIF_TH && !spikes)
    return clif__fail(
        net->ctx, CLIF_SHAPE,
        "layer '%s' (%s) has no threshold and makes no spikes to record; only lif and "
        "if layers do",
        layer->name, layer->type->kind);
  return CLIF_OK;
}

clif_status clif_network_record(clif_network *net, const char *name, clif_quantity quantity) {
  size_t index;
  CLIF_TRY(check_open(net));
  CLIF_TRY(find(net, name, &index));
  CLIF_TRY(check_quantity(net, &net->layers[index], quantity));
  net->layers[index].record[quantity] = true;
  return CLIF_OK;
}

/* ---- other settings of layers ---- */

clif_status clif_network_set_id(clif_network *net, const char *name, uint32_t id) {
  enum { MOST = 1 << 28 }; /* 16 streams each in a 32-bit word of the counter */
  size_t index;
  CLIF_TRY(check_open(net));
  CLIF_TRY(find(net, name, &index));
  if (id >= MOST)
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "the id of '%s' is %u; it must be below %d",
                      name, (unsigned)id, MOST);
  net->layers[index].id = id;
  return CLIF_OK;
}

/* With `set` false it only checks. */
static clif_status set_options(clif_network *net, clif__layer *layer,
                               const clif_neuron_options *options, bool set) {
  clif__neuron *neuron = &layer->data.neurons.neuron;
  clif__where(net->ctx, "layer '%s' (%s)", layer->name, layer->type->kind);
  CLIF_TRY(set ? clif__neuron_set_options(net->ctx, neuron, options)
               : clif__neuron_check_options(net->ctx, neuron, options));
  clif__where(net->ctx, NULL);
  return CLIF_OK;
}

static bool takes_options(const clif__layer *layer) {
  return layer->type == &clif__lif_class || layer->type == &clif__if_class;
}

/* All layers that take options, except those in the seed form. */
static clif_status set_all_options(clif_network *net, const clif_neuron_options *options,
                                   bool set) {
  size_t n = 0;
  for (size_t i = 0; i < net->n_layers; i++) {
    clif__layer *layer = &net->layers[i];
    if (!takes_options(layer) || layer->data.neurons.neuron.form == CLIF_FORM_SEED) continue;
    CLIF_TRY(set_options(net, layer, options, set));
    n++;
  }
  if (n > 0) return CLIF_OK;
  return clif__fail(net->ctx, CLIF_SHAPE,
                    "the network has no lif or if layer that takes neuron options");
}

clif_status clif_network_set_options(clif_network *net, const char *name,
                                     const clif_neuron_options *options) {
  size_t index;
  CLIF_TRY(check_open(net));
  if (!options) return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "the options are NULL");
  if (name) {
    CLIF_TRY(find(net, name, &index));
    if (takes_options(&net->layers[index]))
      return set_options(net, &net->layers[index], options, true);
    return clif__fail(net->ctx, CLIF_SHAPE,
                      "layer '%s' (%s) takes no neuron options; only lif and if layers do", name,
                      net->layers[index].type->kind);
  }
  CLIF_TRY(set_all_options(net, options, false)); /* all of them or none */
  return set_all_options(net, options, true);
}

clif_status clif_network_set_coding(clif_network *net, const char *name,
                                    const clif_coding_params *params) {
  size_t index;
  CLIF_TRY(check_open(net));
  CLIF_TRY(find(net, name, &index));
  if (net->layers[index].type != &clif__input_class)
    return clif__fail(net->ctx, CLIF_SHAPE,
                      "layer '%s' (%s) takes no input coding; only input layers do", name,
                      net->layers[index].type->kind);
  CLIF_TRY(clif__coding_check(net->ctx, params));
  net->layers[index].data.input.coding = *params;
  return CLIF_OK;
}

clif_status clif__network_inject(clif_network *net, const char *name) {
  size_t index;
  CLIF_TRY(find(net, name, &index));
  net->layers[index].data.neurons.inject = true;
  return CLIF_OK;
}

clif_status clif__network_input_on_device(clif_network *net, const char *name) {
  size_t index;
  CLIF_TRY(find(net, name, &index));
  net->layers[index].data.input.on_device = true;
  return CLIF_OK;
}

void clif__network_gradient(clif_network *net, const clif_gradient_options *options) {
  net->gradient = options;
  net->serial = ++net->ctx->serial;
}
