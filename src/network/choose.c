/* choose.c - which way a linear layer goes in a tile: dense or by events, and dense by whom.
 *
 * Zeros and ones give the same bits either way, so it may change from tile to tile, with what the
 * tiles before had. Other input does not: for it the choice is made once, from the first step after
 * a reset, which is the same step however a run is cut. Input that becomes such only later goes by
 * events, whose bits do not depend on where a tile begins. */
#include "network/network.h"
#include "network/schedule.h"

bool clif__goes_this_way(const clif__command *command) {
  const clif__when *when = &command->when;
  return (!when->linear || when->linear->data.linear.choice.way == when->way) &&
         (!when->taker || when->taker->data.linear.choice.real == when->real);
}

/* ---- a look at the input ---- */

typedef struct sight {
  size_t seen, nonzero;
  bool real; /* values other than 0 and 1 */
} sight;

/* Without a way out of the loops, so that compilers make vectors of them. */
static bool has_numbers(const clif_array *a, const char *row, size_t width) {
  unsigned found = 0;
  if (a->dtype == CLIF_U8) {
    const uint8_t *x = (const uint8_t *)row;
    for (size_t i = 0; i < width; i++) found |= x[i] & 0xfeu;
  } else {
    const float *x = (const float *)(const void *)row;
    for (size_t i = 0; i < width; i++) found |= (unsigned)((x[i] != 0.0f) & (x[i] != 1.0f));
  }
  return found != 0;
}

static void look_at_row(sight *s, const clif_array *a, const char *row, size_t width) {
  const float *numbers = (const float *)(const void *)row;
  for (size_t i = 0; i < width; i++)
    s->nonzero += a->dtype == CLIF_U8 ? row[i] != 0 : numbers[i] != 0.0f;
  s->seen += width;
  s->real = s->real || has_numbers(a, row, width);
}

/* Does anything but zeros and ones come in this tile? */
static bool is_real(const clif_array *a, const clif__tile *tile, size_t width) {
  size_t steps = a->strides[0] == 0 ? 1 : tile->steps;
  for (size_t t = tile->first_step; t < tile->first_step + steps; t++)
    for (size_t b = tile->first_sample; b < tile->first_sample + tile->samples; b++)
      if (has_numbers(a, (const char *)a->data + t * a->strides[0] + b * a->strides[1], width))
        return true;
  return false;
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
  if (l->choice.looked || !l->source) return;
  l->choice.looked = true;
  const clif_binding *b = clif__find_binding(run->inputs, run->n_inputs, l->source, CLIF_OUTPUT);
  const sight s = look_at_input(&b->array, l->in);
  l->choice.density = (double)s.nonzero / (double)s.seen;
  l->choice.real = s.real;
}

/* CBLAS for what has no promised bits anyway. */
static clif__gemm_by choose_provider(const clif_network *net, const clif__linear *l) {
  const clif__plan *plan = net->plan;
  if (plan->dense == CLIF_DENSE_CBLAS || !l->clblast) return CLIF__BY_CBLAS;
  return plan->dense == CLIF_DENSE_AUTO && l->choice.real && plan->cblas ? CLIF__BY_CBLAS
                                                                         : CLIF__BY_CLBLAST;
}

static clif__way choose_way(const clif_network *net, const clif__linear *l) {
  const clif__plan *plan = net->plan;
  if (plan->linear == CLIF_LINEAR_DENSE) return CLIF__DENSE;
  if (plan->linear == CLIF_LINEAR_EVENTS) return CLIF__EVENTS;
  if (!l->choice.real && (!l->dense_spikes || l->inexact)) return CLIF__EVENTS;
  double dense = clif__cost_dense(plan, l, l->choice.by);
  return dense < clif__cost_events(plan, l, l->choice.density) ? CLIF__DENSE : CLIF__EVENTS;
}

static void choose(clif_network *net, clif__linear *l) {
  if (l->choice.fixed) return;
  l->choice.by = choose_provider(net, l);
  l->choice.way = choose_way(net, l);
  l->choice.fixed = l->choice.real;
}

/* Input that was zeros and ones so far goes dense only where this tile's is, too. What a product
 * takes is long beside a look at its input. */
static void stay_exact(const clif_network *net, clif__linear *l, const clif_run *run,
                       const clif__tile *tile) {
  if (net->plan->linear != CLIF_LINEAR_AUTO || l->choice.way != CLIF__DENSE || l->choice.fixed ||
      !l->source)
    return;
  const clif_binding *b = clif__find_binding(run->inputs, run->n_inputs, l->source, CLIF_OUTPUT);
  if (!is_real(&b->array, tile, l->in)) return;
  l->choice.way = CLIF__EVENTS;
  l->choice.real = l->choice.fixed = true;
}

void clif__choose_ways(clif_network *net, const clif_run *run, const clif__tile *tile) {
  for (size_t i = 0; i < net->n_layers; i++) {
    clif__linear *l = &net->layers[i].data.linear;
    if (net->layers[i].type != &clif__linear_class) continue;
    look_once(l, run);
    choose(net, l);
    stay_exact(net, l, run, tile);
    l->choice.was_dense = l->choice.was_dense || l->choice.way == CLIF__DENSE;
    l->choice.was_cblas =
        l->choice.was_cblas || (l->choice.way == CLIF__DENSE && l->choice.by == CLIF__BY_CBLAS);
  }
}

void clif__choose_reset(clif_network *net) {
  for (size_t i = 0; i < net->n_layers; i++) {
    clif__linear *l = &net->layers[i].data.linear;
    if (net->layers[i].type != &clif__linear_class) continue;
    l->choice.real = l->always_real;
    if (l->choice.real)
      l->choice.density = 1.0; /* what was learned would let a second run go another way */
    l->choice.looked = l->choice.fixed = l->choice.was_dense = l->choice.was_cblas = false;
  }
}

/* A choice made elsewhere holds where the same ones were to be had. */
void clif__choose_again(clif_network *net, clif__linear *l, const clif__choice *choice) {
  clif__gemm_by by = choice->by;
  bool there = by == CLIF__BY_CBLAS ? net->plan->cblas : l->clblast;
  if (net->plan->linear == CLIF_LINEAR_AUTO && (choice->way == CLIF__EVENTS || there))
    l->choice = *choice;
}

void clif__choose_first(clif_network *net) {
  /* What neurons usually do, until it has been measured. */
  static const double usual_density = 0.05;
  clif__choose_reset(net);
  for (size_t i = 0; i < net->n_layers; i++) {
    clif__linear *l = &net->layers[i].data.linear;
    if (net->layers[i].type != &clif__linear_class) continue;
    if (!l->always_real) l->choice.density = usual_density;
    l->choice.by = choose_provider(net, l);
    l->choice.way = choose_way(net, l);
  }
}

/* What came in during a tile of `rows` rows. */
static void learn(clif__linear *l, const cl_uint *stats, size_t rows) {
  if (l->in_stats < 0) return;
  l->choice.density = (double)stats[l->in_stats] / ((double)l->in * (double)rows);
  if (l->source && stats[l->in_stats + 3] != 0) l->choice.real = l->choice.fixed = true;
}

void clif__choose_learn(clif_network *net, const clif__tile *tile) {
  for (size_t i = 0; i < net->n_layers; i++)
    if (net->layers[i].type == &clif__linear_class)
      learn(&net->layers[i].data.linear, net->schedule->stats, tile->steps * tile->samples);
}
