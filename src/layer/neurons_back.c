/* neurons_back.c - backward passes of neurons: all steps of a tile in one launch. */
#include <stdio.h>
#include <string.h>

#include "clif/group.h"
#include "layer/layer.h"
#include "layer/linear.h"

/* What comes in from the loss, and what goes out to the input. */
typedef struct gradients {
  int spikes, v, x;
  size_t columns; /* of a unit of x */
} gradients;

static clif_status add_incoming(clif_context *ctx, clif__layer *layer, clif__plan *plan, size_t n,
                                gradients *g) {
  CLIF_TRY(clif__plan_rows(ctx, plan, layer, "gradients of spikes", n, &g->spikes));
  CLIF_TRY(clif__plan_transfer(ctx, plan, CLIF__UPLOAD, layer, g->spikes, CLIF__G_SPIKES));
  if (!plan->gradient->v) return CLIF_OK;
  CLIF_TRY(clif__plan_rows(ctx, plan, layer, "gradients of v", n, &g->v));
  return clif__plan_transfer(ctx, plan, CLIF__UPLOAD, layer, g->v, CLIF__G_V);
}

/* Of the neurons' current. By units, where a linear layer takes it on. */
static clif_status add_outgoing(clif_context *ctx, clif__layer *layer, clif__plan *plan, size_t n,
                                const clif__linear *linear, gradients *g) {
  CLIF_TRY(clif__plan_rows(ctx, plan, layer, "gradients of currents", n, &g->x));
  clif__tensor *t = &plan->tensors[g->x];
  g->columns = linear ? clif__linear_columns(linear, plan) : t->pitch;
  t->pitch = (t->pitch + g->columns - 1) / g->columns * g->columns;
  return CLIF_OK;
}

static clif_status add_adjoint(clif_context *ctx, clif__layer *layer, clif__plan *plan, size_t n,
                               const char *what, bool wanted, int *out) {
  const clif__tensor t = {.layer = layer,
                          .what = what,
                          .life = CLIF__ADJOINT,
                          .width = n,
                          .pitch = clif__padded(n),
                          .element = sizeof(float)};
  return wanted ? clif__plan_tensor(ctx, plan, t, out) : CLIF_OK;
}

static clif_status add_adjoints(clif_context *ctx, clif__layer *layer, clif__plan *plan, size_t n,
                                bool bias) {
  const clif_gradient_options *o = plan->gradient;
  clif__gradient_tensors *g = &plan->gradients;
  bool moves = layer->data.neurons.tensors.states[CLIF__STATE_TH] >= 0;
  CLIF_TRY(add_adjoint(ctx, layer, plan, n, "gradient of v", true, &g->v));
  CLIF_TRY(add_adjoint(ctx, layer, plan, n, "gradient of th", moves, &g->th));
  CLIF_TRY(add_adjoint(ctx, layer, plan, n, "gradient of bias", bias, &g->bias));
  CLIF_TRY(add_adjoint(ctx, layer, plan, n, "gradient of tau", o->tau, &g->tau));
  return add_adjoint(ctx, layer, plan, n, "gradient of threshold", o->threshold, &g->threshold);
}

/* ---- the kernel ---- */

static void set_defines(const clif_context *ctx, const clif__layer *layer, const clif__plan *plan,
                        clif__command *back) {
  const clif__neurons *d = &layer->data.neurons;
  size_t length, capacity = sizeof back->defines;
  clif__neuron_defines(&d->neuron, &d->coefficients, back->defines, capacity);
  length = strlen(back->defines);
  back->defines[length++] = ' ';
  clif__gradient_defines(&d->neuron, plan->gradient, plan->gradients.bias >= 0,
                         back->defines + length, capacity - length);
  length = strlen(back->defines);
  snprintf(back->defines + length, capacity - length, "%s %s", d->inject ? " -DCLIF_INJECT" : "",
           clif__division_option(ctx));
}

static void add_arguments(const clif__layer *layer, const clif__plan *plan, const gradients *g,
                          size_t n, clif__command *back) {
  const clif__neuron_tensors *t = &layer->data.neurons.tensors;
  const clif__gradient_tensors *sums = &plan->gradients;
  const int th = t->states[CLIF__STATE_TH];
  bool current = plan->gradient->tau;
  clif__arg_tensor(back, t->records[CLIF_V_PRE]);
  clif__arg_tensor(back, t->records[CLIF_TH]);
  clif__arg_tensor(back, t->waits);
  clif__arg_tensor(back, t->out);
  clif__arg_uint(back, clif_spike_words(n));
  clif__arg_tensor(back, plan->tensors[t->states[CLIF__STATE_V]].kept);
  clif__arg_tensor(back, th >= 0 ? plan->tensors[th].kept : -1);
  clif__arg_slot(back, CLIF__NUMBER);
  clif__arg_tensor(back, t->coefficients);
  clif__arg_tensor(back, current ? t->in : -1);
  for (clif__place place = CLIF__PLACE_FIRST; place <= CLIF__PLACE_SAMPLE; place++)
    clif__arg_place(back, t->in, place, plan->tensors[t->in].pitch);
  clif__arg_tensor(back, t->eps);
  clif__arg_slot(back, CLIF__KEY_LOW);
  clif__arg_slot(back, CLIF__KEY_HIGH);
  clif__arg_uint(back, 16 * (size_t)layer->id);
  clif__arg_slot(back, CLIF__QUAD);
  clif__arg_slot(back, CLIF__PHASE);
  clif__arg_slot(back, CLIF__FIRST_SAMPLE);
  clif__arg_float(back, plan->gradient->slope);
  clif__arg_tensor(back, g->spikes);
  clif__arg_tensor(back, g->v);
  clif__arg_tensor(back, sums->v);
  clif__arg_tensor(back, sums->th);
  clif__arg_tensor(back, sums->bias);
  clif__arg_tensor(back, sums->tau);
  clif__arg_tensor(back, sums->threshold);
  clif__arg_tensor(back, g->x);
  clif__arg_uint(back, g->columns);
  clif__arg_uint(back, n);
  clif__arg_uint(back, clif__padded(n));
  clif__arg_slot(back, CLIF__SAMPLES);
  clif__arg_slot(back, CLIF__STEPS);
  clif__arg_slot(back, CLIF__BLOCKS);
}

clif_status clif__neurons_back(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                               clif__layer *before) {
  size_t n = clif__shape_count(&layer->shape);
  clif__linear *linear = before->type == &clif__linear_class ? &before->data.linear : NULL;
  gradients g = {-1, -1, -1, 0};
  CLIF_TRY(add_incoming(ctx, layer, plan, n, &g));
  CLIF_TRY(add_outgoing(ctx, layer, plan, n, linear, &g));
  CLIF_TRY(add_adjoints(ctx, layer, plan, n, linear && linear->bias));
  clif__command *back =
      clif__plan_kernel(ctx, plan->list, layer, "bits+lif+gradient", "lif_back_tile",
                        CLIF__OVER_NEURONS, plan->tensors[g.x].pitch);
  if (!back) return CLIF_OUT_OF_MEMORY;
  set_defines(ctx, layer, plan, back);
  add_arguments(layer, plan, &g, n, back);
  if (linear) {
    linear->g = g.x;
    return CLIF_OK;
  }
  if (!plan->gradient->input) return CLIF_OK;
  return clif__plan_transfer(ctx, plan, CLIF__DOWNLOAD, layer, g.x, CLIF__G_INPUT);
}
