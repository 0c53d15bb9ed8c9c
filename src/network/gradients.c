/* gradients.c - what a backward pass begins with and what it gives: copies, checks and sums. */
#include <string.h>

#include "network/backward.h"
#include "network/schedule.h"

/* ---- checks ---- */

static clif_status check_array(clif_context *ctx, const char *what, const clif_array *a,
                               unsigned ndim, const size_t *shape) {
  bool same = a->ndim == ndim;
  char text[3 * 24] = "";
  if (a->ndim == 0) return CLIF_OK;
  if (!clif__array_valid(a))
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "the gradient of %s %s", what,
                      clif__array_fault(a));
  const clif_shape wanted = {ndim, {shape[0], ndim > 1 ? shape[1] : 0, ndim > 2 ? shape[2] : 0}};
  for (unsigned i = 0; i < ndim && same; i++) same = a->shape[i] == shape[i];
  if (!same || a->dtype != CLIF_F32)
    return clif__fail(ctx, CLIF_SHAPE, "the gradient of %s must be float32 of shape %s", what,
                      clif__shape_text(&wanted, text, sizeof text));
  return CLIF_OK;
}

/* Every step and sample a row without gaps; where it is written to, one behind the other. */
static clif_status check_rows(clif_context *ctx, const char *what, const clif_array *a,
                              const size_t shape[3], bool out) {
  CLIF_TRY(check_array(ctx, what, a, 3, shape));
  if (a->ndim == 0) return CLIF_OK;
  size_t row = shape[2] * sizeof(float);
  bool apart = (a->shape[0] == 1 || a->strides[0] >= row) &&
               (a->shape[1] == 1 || a->strides[1] >= row) && clif__array_packed_from(a, 2);
  if (out ? clif__array_packed_from(a, 0) : apart) return CLIF_OK;
  return clif__fail(ctx, CLIF_SHAPE,
                    "the gradient of %s has rows with gaps or that overlap; use %s", what,
                    out ? "an array in C order" : "one with whole rows");
}

static clif_status check_packed(clif_context *ctx, const char *what, const clif_array *a,
                                unsigned ndim, const size_t *shape) {
  CLIF_TRY(check_array(ctx, what, a, ndim, shape));
  if (a->ndim == 0 || clif__array_packed_from(a, 0)) return CLIF_OK;
  return clif__fail(ctx, CLIF_SHAPE, "the gradient of %s must be in C order", what);
}

/* In C order, or turned over: [in][out] in memory. */
static clif_status check_weight(clif_context *ctx, const clif_array *a, size_t out, size_t in) {
  const size_t shape[] = {out, in}, element = sizeof(float);
  CLIF_TRY(check_array(ctx, "weight", a, 2, shape));
  if (a->ndim == 0 || clif__array_packed_from(a, 0)) return CLIF_OK;
  if (a->strides[0] == element && a->strides[1] == out * element) return CLIF_OK;
  return clif__fail(ctx, CLIF_SHAPE,
                    "the gradient of weight must be in C order, or as it is transposed");
}

static clif_status check_asked(clif_context *ctx, const char *what, const clif_array *a,
                               bool asked) {
  if (a->ndim == 0 || asked) return CLIF_OK;
  return clif__fail(ctx, CLIF_STATE,
                    "the gradient of %s was not asked for when the group was created", what);
}

static clif_status check_all_asked(clif_network *net, const clif_group_gradients *g) {
  clif_context *ctx = net->ctx;
  const clif_gradient_options *o = net->gradient;
  const clif__gradient_tensors *t = &net->plan->gradients;
  CLIF_TRY(check_asked(ctx, "v", &g->v, o->v));
  CLIF_TRY(check_asked(ctx, "the input", &g->input, o->input));
  CLIF_TRY(check_asked(ctx, "tau", &g->tau, o->tau));
  CLIF_TRY(check_asked(ctx, "the threshold", &g->threshold, o->threshold));
  if ((g->weight.ndim && t->weight < 0) || (g->bias.ndim && t->bias < 0))
    return clif__fail(ctx, CLIF_STATE, "there is no gradient of %s: the group has none",
                      t->weight < 0 ? "weights" : "a bias");
  if ((g->state_th.ndim || g->start_th.ndim) && t->th < 0)
    return clif__fail(ctx, CLIF_STATE,
                      "there is no gradient of th: the threshold of this group does not move");
  return CLIF_OK;
}

clif_status clif__gradients_check(clif_network *net, const clif_pass *pass, size_t inputs,
                                  const clif_group_gradients *g) {
  clif_context *ctx = net->ctx;
  const size_t n = net->plan->tensors[net->plan->gradients.v].width;
  const size_t rows[] = {pass->steps, pass->batch, n}, in[] = {pass->steps, pass->batch, inputs};
  CLIF_TRY(check_all_asked(net, g));
  CLIF_TRY(check_rows(ctx, "spikes", &g->spikes, rows, false));
  CLIF_TRY(check_rows(ctx, "v", &g->v, rows, false));
  CLIF_TRY(check_rows(ctx, "the input", &g->input, in, true));
  CLIF_TRY(check_packed(ctx, "the state's v", &g->state_v, 2, rows + 1));
  CLIF_TRY(check_packed(ctx, "the state's th", &g->state_th, 2, rows + 1));
  CLIF_TRY(check_packed(ctx, "the first v", &g->start_v, 2, rows + 1));
  CLIF_TRY(check_packed(ctx, "the first th", &g->start_th, 2, rows + 1));
  CLIF_TRY(check_packed(ctx, "bias", &g->bias, 1, &n));
  CLIF_TRY(check_packed(ctx, "tau", &g->tau, 1, &n));
  CLIF_TRY(check_packed(ctx, "threshold", &g->threshold, 1, &n));
  return check_weight(ctx, &g->weight, n, inputs);
}

/* ---- the start ---- */

static clif_status begin(clif_network *net, int tensor, const clif_array *from) {
  if (tensor < 0) return CLIF_OK;
  const clif__tensor *t = &net->plan->tensors[tensor];
  const clif__buffer *buffer = net->schedule->buffers[tensor];
  CLIF_TRY(clif__buffer_clear(net->ctx, buffer, buffer->bytes));
  if (!from || from->ndim == 0) return CLIF_OK;
  const clif__box box = {.row_bytes = t->width * sizeof(float),
                         .samples = from->shape[0],
                         .steps = 1,
                         .device_sample_pitch = t->pitch * sizeof(float),
                         .host_sample_pitch = t->width * sizeof(float)};
  return clif__buffer_write(net->ctx, net->ctx->queue, buffer, &box, from->data);
}

clif_status clif__gradients_begin(clif_network *net, const clif_group_gradients *g) {
  const clif__gradient_tensors *t = &net->plan->gradients;
  CLIF_TRY(begin(net, t->v, &g->state_v));
  CLIF_TRY(begin(net, t->th, &g->state_th));
  CLIF_TRY(begin(net, t->bias, NULL));
  CLIF_TRY(begin(net, t->tau, NULL));
  return begin(net, t->threshold, NULL);
}

/* ---- the end ---- */

/* Where in the staging memory what comes back lies: all weights, then rows of samples. */
typedef struct staging {
  float *weight, *bias, *tau, *threshold, *th;
} staging;

static size_t of_samples(const clif__plan *plan) {
  return plan->tile_samples * plan->tensors[plan->gradients.v].pitch;
}

static size_t of_weights(const clif__plan *plan) {
  const int weight = plan->gradients.weight;
  return weight < 0 ? 0 : plan->tensors[weight].rows * plan->tensors[weight].pitch;
}

size_t clif__gradients_staging(const clif__plan *plan) {
  return plan->gradient ? of_weights(plan) + 4 * of_samples(plan) : 0;
}

static staging staging_of(const clif_network *net) {
  const size_t step = of_samples(net->plan);
  float *first = net->schedule->staging, *rows = first + of_weights(net->plan);
  return (staging){first, rows, rows + step, rows + 2 * step, rows + 3 * step};
}

static clif_status fetch(clif_network *net, const clif_pass *pass, int tensor, bool wanted,
                         float *to) {
  if (!wanted || tensor < 0) return CLIF_OK;
  clif__box box = clif__box_flat(pass->batch * net->plan->tensors[tensor].pitch * sizeof(float));
  return clif__buffer_read(net->ctx, net->ctx->queue, net->schedule->buffers[tensor], &box, to);
}

static clif_status fetch_state(clif_network *net, int tensor, const clif_array *to) {
  if (to->ndim == 0) return CLIF_OK;
  const clif__tensor *t = &net->plan->tensors[tensor];
  const clif__box box = {.row_bytes = t->width * sizeof(float),
                         .samples = to->shape[0],
                         .steps = 1,
                         .device_sample_pitch = t->pitch * sizeof(float),
                         .host_sample_pitch = t->width * sizeof(float)};
  return clif__buffer_read(net->ctx, net->ctx->queue, net->schedule->buffers[tensor], &box,
                           to->data);
}

static bool is_turned(const clif_array *weight) {
  return weight->strides[0] == sizeof(float) && weight->shape[0] > 1;
}

/* Unit by unit: where the array lies as [in][out] straight to it. */
static clif_status fetch_weight(clif_network *net, const clif_array *to, float *staged) {
  if (to->ndim == 0) return CLIF_OK;
  const int tensor = net->plan->gradients.weight;
  const clif__tensor *t = &net->plan->tensors[tensor];
  const clif__buffer *buffer = net->schedule->buffers[tensor];
  const size_t out = to->shape[0], in = to->shape[1];
  float *host = is_turned(to) ? to->data : staged;
  for (size_t first = 0; first < out; first += t->pitch) {
    size_t width = out - first < t->pitch ? out - first : t->pitch;
    const clif__box box = {.row_bytes = width * sizeof(float),
                           .samples = in,
                           .steps = 1,
                           .device_offset = first * in * sizeof(float),
                           .device_sample_pitch = t->pitch * sizeof(float),
                           .host_sample_pitch = out * sizeof(float)};
    CLIF_TRY(clif__buffer_read(net->ctx, net->ctx->queue, buffer, &box, host + first));
  }
  return CLIF_OK;
}

clif_status clif__gradients_end(clif_network *net, const clif_pass *pass,
                                const clif_group_gradients *g) {
  const clif__gradient_tensors *t = &net->plan->gradients;
  const staging s = staging_of(net);
  CLIF_TRY(fetch_weight(net, &g->weight, s.weight));
  CLIF_TRY(fetch(net, pass, t->bias, g->bias.ndim != 0, s.bias));
  CLIF_TRY(fetch(net, pass, t->tau, g->tau.ndim != 0, s.tau));
  CLIF_TRY(fetch(net, pass, t->threshold, g->threshold.ndim != 0, s.threshold));
  CLIF_TRY(fetch(net, pass, t->th, g->threshold.ndim != 0, s.th));
  CLIF_TRY(fetch_state(net, t->v, &g->start_v));
  return fetch_state(net, t->th, &g->start_th);
}

/* The sum over all samples of neuron i. */
static double total(const clif_network *net, const clif_pass *pass, const float *rows, size_t i) {
  const size_t pitch = net->plan->tensors[net->plan->gradients.v].pitch;
  double sum = 0.0;
  for (size_t b = 0; b < pass->batch; b++) sum += (double)rows[b * pitch + i];
  return sum;
}

/* [in][out] to [out][in], by blocks that stay in a cache. */
static void turn_weight(const float *from, const clif_array *to) {
  enum { BLOCK = 32 };
  const size_t out = to->shape[0], in = to->shape[1];
  float *weight = to->data;
  for (size_t j0 = 0; j0 < out; j0 += BLOCK)
    for (size_t k0 = 0; k0 < in; k0 += BLOCK)
      for (size_t j = j0; j < out && j < j0 + BLOCK; j++)
        for (size_t k = k0; k < in && k < k0 + BLOCK; k++) weight[j * in + k] = from[k * out + j];
}

void clif__gradients_add_up(clif_network *net, const clif_pass *pass,
                            const clif_group_gradients *g) {
  const clif__tensor *v = &net->plan->tensors[net->plan->gradients.v];
  const clif__neuron *neuron = &v->layer->data.neurons.neuron;
  const staging s = staging_of(net);
  float *bias = g->bias.data, *tau = g->tau.data, *threshold = g->threshold.data;
  /* Where a pass began at a reset, th began as the threshold. */
  bool th = net->plan->gradients.th >= 0 && pass->fresh;
  for (size_t i = 0; i < v->width; i++) {
    if (g->bias.ndim) bias[i] = (float)total(net, pass, s.bias, i);
    if (g->tau.ndim) tau[i] = (float)(total(net, pass, s.tau, i) * clif__tau_factor(neuron, i));
    if (g->threshold.ndim)
      threshold[i] =
          (float)(total(net, pass, s.threshold, i) + (th ? total(net, pass, s.th, i) : 0.0));
  }
  if (g->weight.ndim && !is_turned(&g->weight)) turn_weight(s.weight, &g->weight);
}
