/* choose.c - which way a linear layer goes in a tile: dense or by events, and dense by whom.
 *
 * Zeros and ones give the same bits either way, so it may change from tile to tile, with what the
 * tiles before had. Other input does not: for it the choice is made once, from the first step after
 * a reset, which is the same step however a run is cut. */
#include "network/network.h"
#include "network/schedule.h"

bool clif__goes_this_way(const clif__command *command) {
  const clif__when *when = &command->when;
  return !when->linear || when->linear->data.linear.way == when->way;
}

/* ---- a look at the input ---- */

typedef struct sight {
  size_t seen, nonzero;
  bool real; /* values other than 0 and 1 */
} sight;

static void look_at(sight *s, double value) {
  s->seen++;
  s->nonzero += value != 0.0;
  s->real = s->real || (value != 0.0 && value != 1.0);
}

static void look_at_row(sight *s, const clif_array *a, const char *row, size_t width) {
  for (size_t i = 0; i < width; i++)
    look_at(s, a->dtype == CLIF_U8 ? (double)((const uint8_t *)row)[i]
                                   : (double)((const float *)(const void *)row)[i]);
}

/* The first step of a run, as far as a look is cheap. */
static sight look_at_input(const clif_array *a, size_t width) {
  enum { ENOUGH = 1 << 14 };
  sight s = {0};
  for (size_t b = 0; b < a->shape[1] && s.seen < ENOUGH; b++)
    look_at_row(&s, a, (const char *)a->data + b * a->strides[1], width);
  return s;
}

/* ---- the choice ---- */

static void look_once(clif__linear *l, const clif_run *run) {
  if (l->looked || !l->source) return;
  l->looked = true;
  const clif_binding *b = clif__find_binding(run->inputs, run->n_inputs, l->source, CLIF_OUTPUT);
  const sight s = look_at_input(&b->array, l->in);
  l->density = (double)s.nonzero / (double)s.seen;
  l->real = s.real;
}

/* CBLAS for what has no promised bits anyway. */
static clif__gemm_by choose_provider(const clif_network *net, const clif__linear *l) {
  const clif__plan *plan = net->plan;
  if (plan->dense == CLIF_DENSE_CBLAS || !l->clblast) return CLIF__BY_CBLAS;
  return plan->dense == CLIF_DENSE_AUTO && l->real && plan->cblas ? CLIF__BY_CBLAS
                                                                  : CLIF__BY_CLBLAST;
}

static clif__way choose_way(const clif_network *net, const clif__linear *l) {
  const clif__plan *plan = net->plan;
  if (plan->linear == CLIF_LINEAR_DENSE) return CLIF__DENSE;
  if (plan->linear == CLIF_LINEAR_EVENTS) return CLIF__EVENTS;
  if (!l->real && (!l->dense_spikes || l->inexact)) return CLIF__EVENTS;
  double dense = clif__cost_dense(plan, l, l->by);
  return dense < clif__cost_events(plan, l, l->density) ? CLIF__DENSE : CLIF__EVENTS;
}

static void choose(clif_network *net, clif__linear *l) {
  if (l->fixed) return;
  l->by = choose_provider(net, l);
  l->way = choose_way(net, l);
  l->fixed = l->real;
}

void clif__choose_ways(clif_network *net, const clif_run *run) {
  for (size_t i = 0; i < net->n_layers; i++) {
    clif__linear *l = &net->layers[i].data.linear;
    if (net->layers[i].type != &clif__linear_class) continue;
    look_once(l, run);
    choose(net, l);
    l->was_dense = l->was_dense || l->way == CLIF__DENSE;
    l->was_cblas = l->was_cblas || (l->way == CLIF__DENSE && l->by == CLIF__BY_CBLAS);
  }
}

void clif__choose_reset(clif_network *net) {
  for (size_t i = 0; i < net->n_layers; i++) {
    clif__linear *l = &net->layers[i].data.linear;
    if (net->layers[i].type != &clif__linear_class) continue;
    l->real = l->always_real;
    if (l->real) l->density = 1.0; /* what was learned would let a second run go another way */
    l->looked = l->fixed = l->was_dense = l->was_cblas = false;
  }
}

void clif__choose_first(clif_network *net) {
  /* What neurons usually do, until it has been measured. */
  static const double usual_density = 0.05;
  clif__choose_reset(net);
  for (size_t i = 0; i < net->n_layers; i++) {
    clif__linear *l = &net->layers[i].data.linear;
    if (net->layers[i].type != &clif__linear_class) continue;
    if (!l->always_real) l->density = usual_density;
    l->by = choose_provider(net, l);
    l->way = choose_way(net, l);
  }
}

/* What came in during a tile of `rows` rows. */
static void learn(clif__linear *l, const cl_uint *stats, size_t rows) {
  if (l->in_stats < 0) return;
  l->density = (double)stats[l->in_stats] / ((double)l->in * (double)rows);
  if (l->source && stats[l->in_stats + 3] != 0) l->real = l->fixed = true;
}

void clif__choose_learn(clif_network *net, const clif__tile *tile) {
  for (size_t i = 0; i < net->n_layers; i++)
    if (net->layers[i].type == &clif__linear_class)
      learn(&net->layers[i].data.linear, net->schedule->stats, tile->steps * tile->samples);
}
