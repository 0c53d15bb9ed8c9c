/* fit.c - how long and how wide a tile is, so that everything fits. */
#include "network/schedule.h"

static const size_t LONGEST_TILE = 1024;

/* Beyond this a longer tile saves no launches worth counting, and only leaves the caches. Where the
 * weights are large it should not add much to them, but enough to go over them seldom. */
static uint64_t comfortable_bytes(uint64_t constants) {
  static const uint64_t usual = 16u << 20, large = 64u << 20;
  return constants < large ? usual : constants / 16 * 3;
}

/* For a tile of `rows` rows and for every shorter one. Of those with the same rounded-up size one
 * row less wants the most: some of CLBlast's kernels need no copy of a matrix that needs no
 * rounding. */
static clif_status scratch_of(clif_context *ctx, const clif__plan *plan, const clif__limits *limits,
                              const clif__command *product, size_t rows, size_t *most) {
  for (size_t less = 0; less <= 1 && less < rows; less++) {
    size_t bytes;
    CLIF_TRY(limits->scratch(ctx, plan, product, rows - less, &bytes));
    if (bytes > *most) *most = bytes;
  }
  return CLIF_OK;
}

static clif_status scratch_bytes(clif_context *ctx, const clif__plan *plan,
                                 const clif__limits *limits, size_t rows, size_t *most) {
  const clif__command_list *lists[] = {&plan->tile, &plan->back};
  *most = 0;
  for (size_t l = 0; limits->scratch && l < 2; l++)
    for (size_t i = 0; i < lists[l]->n; i++) {
      const clif__command *command = &lists[l]->commands[i];
      if (command->kind == CLIF__PRODUCT)
        CLIF_TRY(scratch_of(ctx, plan, limits, command, rows, most));
    }
  return CLIF_OK;
}

/* Sets tensor->bytes for the plan's present tile; false when a kernel could not count its elements
 * or the size does not fit size_t. */
static bool set_bytes(const clif__plan *plan, clif__tensor *t, size_t rows, size_t scratch) {
  size_t elements = 0, samples = plan->tile_samples;
  switch (t->life) {
  case CLIF__TILE:
    elements = rows + t->rows;
    break;
  case CLIF__STATE:
  case CLIF__ADJOINT:
    elements = samples;
    break;
  case CLIF__CHECKPOINT:
    if (!clif__multiply(samples, plan->checkpoints, &elements)) return false;
    break;
  case CLIF__CONSTANT:
  case CLIF__STATS:
    elements = t->rows;
    break;
  case CLIF__SCRATCH:
    t->bytes = scratch;
    return true;
  case CLIF__BOUND:
    t->bytes = 0;
    return clif__multiply(rows, t->pitch, &elements) && elements <= INT32_MAX;
  }
  return clif__multiply(elements, t->pitch, &elements) && elements <= INT32_MAX &&
         clif__multiply(elements, t->element, &t->bytes);
}

typedef struct demand {
  uint64_t total; /* of all buffers */
  uint64_t tile;  /* of those that grow with the tile */
  uint64_t constants;
  const clif__tensor *large; /* the one with the largest buffer */
  bool countable;
} demand;

/* *total += bytes * copies; false when that would not fit. */
static bool add(uint64_t *total, uint64_t bytes, uint64_t copies) {
  if (bytes > (UINT64_MAX - *total) / copies) return false;
  *total += bytes * copies;
  return true;
}

/* Is there a tile that copies could go on beside? */
static bool overlaps(const clif__plan *plan, const clif__limits *limits) {
  bool several = plan->batch_tiles > 1 || limits->steps == 0 || limits->steps > plan->tile_steps;
  return limits->overlap == CLIF__OVERLAP_ALWAYS ||
         (limits->overlap == CLIF__OVERLAP_TILES && several);
}

static clif_status measure(clif_context *ctx, clif__plan *plan, const clif__limits *limits,
                           demand *d) {
  size_t rows, scratch = 0;
  plan->overlap = overlaps(plan, limits);
  *d = (demand){.large = plan->tensors,
                .countable = clif__multiply(plan->tile_steps, plan->tile_samples, &rows)};
  if (d->countable && rows <= INT32_MAX)
    CLIF_TRY(scratch_bytes(ctx, plan, limits, rows, &scratch));
  else
    d->countable = false;
  for (size_t i = 0; i < plan->n_tensors && d->countable; i++) {
    clif__tensor *t = &plan->tensors[i];
    uint64_t copies = clif__plan_copies(plan, t);
    d->countable = set_bytes(plan, t, rows, scratch) && add(&d->total, t->bytes, copies);
    if (t->life == CLIF__TILE || t->life == CLIF__SCRATCH) d->tile += copies * t->bytes;
    if (t->life == CLIF__CONSTANT) d->constants += t->bytes;
    if (t->bytes > d->large->bytes) d->large = t;
  }
  return CLIF_OK;
}

static bool fits(const demand *d, const clif__limits *limits) {
  return d->countable && d->total <= limits->cap && d->large->bytes <= limits->max_buffer;
}

static clif_status refuse(clif_context *ctx, const demand *d, const clif__limits *limits) {
  if (!d->countable)
    return clif__fail(ctx, CLIF_OUT_OF_DEVICE_MEMORY,
                      "one step of one sample is more than a kernel can count; use smaller layers "
                      "or fewer samples at a time");
  if (d->large->bytes > limits->max_buffer)
    return clif__fail(
        ctx, CLIF_OUT_OF_DEVICE_MEMORY,
        "one step of one sample needs %zu bytes for the %s of '%s', but one buffer can "
        "have at most %llu here; use a smaller layer or another device",
        d->large->bytes, d->large->what, d->large->layer ? d->large->layer->name : "all layers",
        (unsigned long long)limits->max_buffer);
  return clif__fail(ctx, CLIF_OUT_OF_DEVICE_MEMORY,
                    "one step of one sample, with the weights and the state of %zu samples, needs "
                    "%llu bytes on the device, above the cap of %llu; raise the cap, or run fewer "
                    "samples at a time",
                    limits->batch, (unsigned long long)d->total, (unsigned long long)limits->cap);
}

static void set_tile(clif__plan *plan, const clif__limits *limits, size_t steps, size_t samples) {
  plan->checkpoints = limits->steps / steps + (limits->steps % steps != 0) + 1;
  plan->tile_steps = steps;
  plan->tile_samples = samples;
  plan->batch_tiles = plan->batch / samples + (plan->batch % samples != 0);
}

/* Less than n, and by about as much as `need` bytes are more than there are. */
static size_t shrink(size_t n, uint64_t have, uint64_t need) {
  double share = need > 0 ? (double)have / (double)need : 0.5;
  size_t less = (size_t)((double)n * (share < 1.0 ? share : 1.0));
  return less < 1 ? 1 : less < n ? less : n - 1;
}

/* A smaller n, of steps or samples, for a tile that is too large. */
static size_t smaller(size_t n, const demand *d, const clif__limits *limits) {
  if (!d->countable) return (n + 1) / 2;
  uint64_t fixed = d->total - d->tile, room = limits->cap > fixed ? limits->cap - fixed : 0;
  size_t by_comfort = limits->greedy ? n - 1 : shrink(n, comfortable_bytes(d->constants), d->tile);
  size_t by_cap = shrink(n, room, d->tile);
  size_t by_buffer = shrink(n, limits->max_buffer, d->large->bytes);
  size_t least = by_comfort < by_cap ? by_comfort : by_cap;
  return least < by_buffer ? least : by_buffer;
}

/* A device that ends loops must not be given more iterations than it does. */
static size_t longest_tile(const clif__plan *plan, const clif__limits *limits) {
  const clif__command_list *lists[] = {&plan->tile, &plan->back};
  size_t longest = limits->longest ? limits->longest : LONGEST_TILE;
  if (limits->steps != 0 && limits->steps < longest) longest = limits->steps;
  for (size_t l = 0; limits->most_iterations && l < 2; l++)
    for (size_t i = 0; i < lists[l]->n; i++) {
      const clif__command *c = &lists[l]->commands[i];
      size_t a_step = c->inner * (c->rows ? limits->batch : 1);
      size_t most = a_step ? limits->most_iterations / a_step : longest;
      if (c->grid == CLIF__OVER_NEURONS && most < longest) longest = most ? most : 1;
    }
  return longest;
}

/* Starts with the longest tile worth having and cuts time first, then samples: state stays in
 * registers over a tile's steps, so steps are worth more than samples only once memory is short. */
static clif_status cut(clif_context *ctx, clif__plan *plan, const clif__limits *limits, demand *d) {
  for (;;) {
    CLIF_TRY(measure(ctx, plan, limits, d));
    bool comfortable =
        limits->greedy || d->tile <= comfortable_bytes(d->constants) || plan->tile_steps == 1;
    if (comfortable && fits(d, limits)) return CLIF_OK;
    if (plan->tile_steps > 1)
      set_tile(plan, limits, smaller(plan->tile_steps, d, limits), plan->tile_samples);
    else if (plan->tile_samples > 1 && !plan->gradient)
      set_tile(plan, limits, 1, smaller(plan->tile_samples, d, limits));
    else
      return refuse(ctx, d, limits);
  }
}

/* n in as many parts as parts of `most` would be, but all of about one size. */
static size_t even_part(size_t n, size_t most) {
  size_t parts = n / most + (n % most != 0);
  return n / parts + (n % parts != 0);
}

clif_status clif__plan_fit(clif_context *ctx, clif__plan *plan, const clif__limits *limits) {
  demand d;
  plan->batch = limits->batch;
  plan->steps = limits->steps;
  set_tile(plan, limits, longest_tile(plan, limits), limits->batch);
  CLIF_TRY(cut(ctx, plan, limits, &d));
  size_t steps = plan->tile_steps, samples = even_part(plan->batch, plan->tile_samples);
  if (limits->steps > steps) steps = even_part(limits->steps, steps);
  set_tile(plan, limits, steps, samples);
  CLIF_TRY(cut(ctx, plan, limits, &d)); /* state of whole tiles of samples may be another amount */
  plan->bytes = d.total;
  return CLIF_OK;
}
