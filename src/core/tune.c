/* tune.c - the search for CLBlast's parameters. */
#include "core/tune.h"

#include <limits.h>
#include <math.h>
#include <string.h>

static const double default_seconds = 120;
static const double worth_keeping = 1.02; /* below, it may be noise */

/* How many are compared with the first set at the end, and how often in turns. */
enum { MOST_TRIED = 256, FINALISTS = 3, ROUNDS = 3 };

typedef struct finalist {
  clif__clblast_set set;
  double ratio;
  double seconds[CLIF_TUNE_PRODUCTS];
} finalist;

typedef struct search {
  clif_context *ctx;
  const clif_tune_options *options;
  clif_tune_result *result;
  double begin, longest; /* when it began; the longest that a set took so far */
  clif__trial trial;
  bool had_set; /* did the context have one at first? */
  clif__clblast_set first;
  double before[CLIF_TUNE_PRODUCTS];
  finalist finalists[FINALISTS]; /* the fastest so far, fastest first */
  size_t n_finalists;
  clif__clblast_set *tried; /* MOST_TRIED */
  size_t n_tried;
} search;

/* ---- options ---- */

static clif_status check_products(clif_context *ctx, const clif_tune_options *o) {
  if (o->n_products > CLIF_TUNE_PRODUCTS || (o->n_products > 0) != (o->products != NULL))
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                      "clif_tune_options.products is to be NULL with n_products 0, or 1 to %d "
                      "products, not %zu",
                      CLIF_TUNE_PRODUCTS, o->n_products);
  for (size_t i = 0; i < o->n_products; i++) {
    const clif_tune_product *p = &o->products[i];
    if (p->m == 0 || p->n == 0 || p->k == 0 || p->m > INT_MAX || p->n > INT_MAX || p->k > INT_MAX)
      return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                        "clif_tune_options.products[%zu] is %zux%zux%zu: sizes are 1 to %d", i,
                        p->m, p->n, p->k, INT_MAX);
  }
  return CLIF_OK;
}

static clif_status check_options(clif_context *ctx, const clif_tune_options *o) {
  CLIF_TRY(clif__check_size(ctx, o->size, sizeof *o, "clif_tune_options"));
  if (!(o->seconds >= 0) || isinf(o->seconds))
    return clif__fail(ctx, CLIF_INVALID_ARGUMENT,
                      "clif_tune_options.seconds is %g: set it to a finite number above 0, or to 0 "
                      "for %g",
                      o->seconds, default_seconds);
  return check_products(ctx, o);
}

static void set_products(const clif_tune_options *o, clif_tune_result *result) {
  static const clif_tune_product usual[] = {{.m = 1024, .n = 1024, .k = 1024},
                                            {.m = 8000, .n = 512, .k = 512},
                                            {.m = 400, .n = 128, .k = 64}};
  result->n_products = o->products ? o->n_products : sizeof usual / sizeof *usual;
  for (size_t i = 0; i < result->n_products; i++) {
    const clif_tune_product *p = o->products ? &o->products[i] : &usual[i];
    result->products[i] = (clif_tune_product){.m = p->m, .n = p->n, .k = p->k};
  }
}

/* ---- the search ---- */

static double mean_ratio(const search *s, const double *before, const double *after) {
  double sum = 0;
  for (size_t i = 0; i < s->trial.n_timed; i++) sum += log(before[i] / after[i]);
  return exp(sum / (double)s->trial.n_timed);
}

static double elapsed(const search *s) {
  return clif__seconds() - s->begin;
}

/* The fastest so far; NULL where nothing is faster than the first set. */
static const finalist *leader(const search *s) {
  return s->n_finalists > 0 && s->finalists[0].ratio > 1 ? &s->finalists[0] : NULL;
}

static clif_status tell(search *s) {
  clif_tune_result *r = s->result;
  const finalist *best = leader(s);
  r->seconds = elapsed(s);
  r->ratio = best ? best->ratio : 1;
  for (size_t i = 0; i < r->n_products; i++) {
    r->products[i].seconds_before = s->before[i];
    r->products[i].seconds_after = best ? best->seconds[i] : s->before[i];
  }
  if (s->options->progress && s->options->progress(s->options->progress_user, r) != 0)
    return clif__fail(s->ctx, CLIF_CANCELLED, "stopped by the progress function after %zu sets",
                      r->tried);
  return CLIF_OK;
}

/* Room for one more set, and then for comparing? */
static bool has_time(const search *s) {
  const double seconds = s->options->seconds > 0 ? s->options->seconds : default_seconds;
  return s->n_tried < MOST_TRIED && (s->n_tried == 0 || elapsed(s) + 2 * s->longest < seconds);
}

static bool was_tried(const search *s, const clif__clblast_set *set) {
  if (s->had_set && memcmp(&s->first, set, sizeof *set) == 0) return true;
  for (size_t i = 0; i < s->n_tried; i++)
    if (memcmp(&s->tried[i], set, sizeof *set) == 0) return true;
  return false;
}

static clif_status use(search *s, const clif__clblast_set *set) {
  return clif__clblast_set_use(s->ctx, set);
}

/* Into its place among the finalists, if it is fast enough. */
static void rank(search *s, const finalist *candidate) {
  size_t place = s->n_finalists;
  while (place > 0 && s->finalists[place - 1].ratio < candidate->ratio) place--;
  if (place == FINALISTS) return;
  if (s->n_finalists < FINALISTS) s->n_finalists++;
  memmove(&s->finalists[place + 1], &s->finalists[place],
          (s->n_finalists - 1 - place) * sizeof *candidate);
  s->finalists[place] = *candidate;
}

static void count(search *s, clif__verdict verdict, finalist *candidate) {
  s->result->tried++;
  if (verdict == CLIF__WRONG) s->result->wrong++;
  if (verdict == CLIF__FAILED) s->result->failed++;
  if (verdict != CLIF__RIGHT) return;
  candidate->ratio = mean_ratio(s, s->before, candidate->seconds);
  rank(s, candidate);
}

static clif_status try_set(search *s, const clif__clblast_set *set) {
  clif__verdict verdict;
  finalist candidate = {.set = *set};
  const double start = clif__seconds();
  s->tried[s->n_tried++] = *set;
  CLIF_TRY(use(s, set));
  CLIF_TRY(clif__trial_run(s->ctx, &s->trial, &verdict, candidate.seconds));
  if (!s->ctx->clblast_set)
    return clif__fail(
        s->ctx, CLIF_CLBLAST,
        "this version of CLBlast takes other parameters than clif knows, so it cannot "
        "be tuned");
  const double took = clif__seconds() - start;
  if (took > s->longest) s->longest = took;
  count(s, verdict, &candidate);
  return tell(s);
}

/* Tries a change to a set, unless that breaks a rule or has been tried. */
static clif_status try_change(search *s, const clif__clblast_set *from, const char *change) {
  clif__clblast_set set = *from;
  if (!clif__clblast_set_read(&set, change) || !clif__clblast_set_valid(&set) || was_tried(s, &set))
    return CLIF_OK;
  return try_set(s, &set);
}

/* Tiles from the first set; then steps from the best one, until none is left that is new. */
static clif_status try_all(search *s) {
  const char *change;
  const clif__clblast_set first = s->first;
  if (!s->had_set && has_time(s)) CLIF_TRY(try_set(s, &first));
  for (size_t i = 0; (change = clif__tune_tile(s->ctx, i)) && has_time(s); i++)
    CLIF_TRY(try_change(s, &first, change));
  for (size_t before = 0; before < s->n_tried && has_time(s);) {
    before = s->n_tried;
    for (size_t i = 0; (change = clif__tune_step(s->ctx, i)) && has_time(s); i++) {
      const clif__clblast_set best = leader(s) ? leader(s)->set : first;
      CLIF_TRY(try_change(s, &best, change));
    }
  }
  return CLIF_OK;
}

/* ---- before and after ---- */

static clif_status measure_before(search *s) {
  clif__verdict verdict;
  CLIF_TRY(clif__trial_run(s->ctx, &s->trial, &verdict, s->before));
  if (verdict != CLIF__RIGHT)
    return clif__fail(s->ctx, CLIF_CLBLAST,
                      "CLBlast gives %s on this device with the parameters in use, so there is "
                      "nothing to compare with; use CLIF_LINEAR_EVENTS here",
                      verdict == CLIF__WRONG ? "wrong numbers" : "errors");
  return tell(s);
}

static void keep_less(double *least, const double *seconds, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (seconds[i] < least[i]) least[i] = seconds[i];
}

static clif_status time_set(search *s, const clif__clblast_set *set, double *least) {
  double seconds[CLIF_TUNE_PRODUCTS];
  CLIF_TRY(use(s, set));
  CLIF_TRY(clif__trial_time(s->ctx, &s->trial, seconds));
  keep_less(least, seconds, s->trial.n_timed);
  return CLIF_OK;
}

/* The first set and the finalists in turns, so that all meet the same weather: what was timed once
 * may have been lucky. CLBlast's own parameters cannot be had back for that. */
static clif_status compare(search *s) {
  finalist again[FINALISTS];
  const size_t n = s->n_finalists;
  memcpy(again, s->finalists, sizeof again);
  for (size_t i = 0; i < CLIF_TUNE_PRODUCTS; i++) {
    if (s->had_set && n > 0) s->before[i] = HUGE_VAL;
    for (size_t j = 0; j < n; j++) again[j].seconds[i] = HUGE_VAL;
  }
  for (int round = 0; round < ROUNDS && n > 0; round++) {
    if (s->had_set) CLIF_TRY(time_set(s, &s->first, s->before));
    for (size_t j = 0; j < n; j++) CLIF_TRY(time_set(s, &again[j].set, again[j].seconds));
  }
  s->n_finalists = 0;
  for (size_t j = 0; j < n; j++) {
    again[j].ratio = mean_ratio(s, s->before, again[j].seconds);
    if (again[j].ratio >= worth_keeping) rank(s, &again[j]);
  }
  return CLIF_OK;
}

static void go_back(search *s) {
  if (s->ctx->clblast_set) *s->ctx->clblast_set = s->first;
  if (s->had_set) return;
  clif__free(s->ctx, s->ctx->clblast_set);
  s->ctx->clblast_set = NULL;
}

/* What was found, or what was there before. */
static clif_status settle(search *s) {
  const finalist *best = leader(s);
  CLIF_TRY(tell(s));
  if (!best || s->options->dry_run) {
    go_back(s);
    return CLIF_OK;
  }
  CLIF_TRY(use(s, &best->set));
  if (!s->ctx->cache_dir) return CLIF_OK;
  const clif_status status = clif__tune_keep(s->ctx, &best->set);
  s->result->kept = status == CLIF_OK;
  return status;
}

/* ---- the call ---- */

static clif_status run_search(search *s) {
  clif_context *ctx = s->ctx;
  if (ctx->clblast_set)
    s->first = *ctx->clblast_set;
  else
    clif__tune_start(ctx, &s->first);
  s->tried = clif__calloc(ctx, MOST_TRIED, sizeof *s->tried);
  if (!s->tried) return CLIF_OUT_OF_MEMORY;
  CLIF_TRY(clif__trial_create(ctx, s->result->products, s->result->n_products, &s->trial));
  CLIF_TRY(measure_before(s));
  CLIF_TRY(try_all(s));
  return compare(s);
}

clif_status clif_tune(clif_context *context, const clif_tune_options *options,
                      clif_tune_result *result) {
  const clif_tune_options defaults = {.size = sizeof defaults};
  if (!context) return CLIF_INVALID_ARGUMENT;
  if (!result)
    return clif__fail(context, CLIF_INVALID_ARGUMENT,
                      "clif_tune: the argument 'result' is NULL: pass where to put what is found");
  if (!options) options = &defaults;
  CLIF_TRY(check_options(context, options));
  *result = (clif_tune_result){.ratio = 1};
  set_products(options, result);
  clif__tune_path(context, result->path);
  if (context->holders > 1)
    return clif__fail(context, CLIF_STATE,
                      "clif_tune: the context has networks or groups, whose memory is planned for "
                      "the present parameters; destroy them before, or use another context");
  search s = {.ctx = context,
              .options = options,
              .result = result,
              .begin = clif__seconds(),
              .had_set = context->clblast_set != NULL};
  clif_status status = run_search(&s);
  if (status == CLIF_OK) status = settle(&s);
  if (status != CLIF_OK && status != CLIF_IO) go_back(&s);
  clif__trial_release(context, &s.trial);
  clif__free(context, s.tried);
  return status;
}
