/* costs.c - what the parts of a linear layer cost on a device: reckoned, or measured and kept.
 *
 * On CPUs the reckoned ones are from a Xeon with AVX-512: the weights of events are added at 2e10 a
 * second and core. CLBlast, with its built-in parameters, takes 0.7 of that time for as many
 * products while the weights stay in a core's cache, and 1.5 to 3 times as long beyond; OpenBLAS is
 * four times as fast where it knows the processor. For GPUs they follow from the memory and
 * arithmetic speeds of current ones, and were measured on none. */
#include <stdio.h>
#include <string.h>

#include "core/program_cache.h"

static clif__costs reckon(const clif_context *ctx) {
  double units = ctx->info.compute_units ? (double)ctx->info.compute_units : 1.0;
  double event = (ctx->lanes > 1 ? 5e-11 : 1e-10) / units;
  if (ctx->lanes > 1)
    return (clif__costs){.event = event,
                         .product = {0.7 * event, event / 4},
                         .large = {1.5 * event, event / 4},
                         .scan = event,
                         .dense_io = 8 * event};
  return (clif__costs){.event = event,
                       .product = {event / 20, event / 20},
                       .large = {event / 20, event / 20},
                       .scan = event / 10,
                       .dense_io = event / 10};
}

static clif__program_key key_of(const clif_context *ctx) {
  /* Raise the number when the meaning of a kept text changes. */
  static const char what[] = "costs of linear layers 2";
  const char *source = what;
  const size_t length = sizeof what - 1;
  return clif__program_key_make(ctx, 1, &source, &length, ctx->lanes > 1 ? "16 lanes" : "1 lane");
}

static bool is_cost(double x) {
  return x > 0.0 && x < 1.0;
}

static bool load(clif_context *ctx, clif__costs *costs) {
  char text[128] = "";
  const clif__program_key key = key_of(ctx);
  size_t length = 0;
  unsigned char *kept = clif__cache_read(ctx, &key, &length);
  if (kept && length < sizeof text) memcpy(text, kept, length);
  clif__free(ctx, kept);
  clif__costs c = {.measured = true};
  double *products[] = {&c.product[CLIF__BY_CLBLAST], &c.large[CLIF__BY_CLBLAST],
                        &c.product[CLIF__BY_CBLAS], &c.large[CLIF__BY_CBLAS]};
  if (sscanf(text, "event %lf clblast %lf %lf cblas %lf %lf", &c.event, products[0], products[1],
             products[2], products[3]) != 5)
    return false;
  if (!is_cost(c.event)) return false;
  for (size_t i = 0; i < 4; i++)
    if (!is_cost(*products[i])) return false;
  *costs = c;
  return true;
}

void clif__costs_open(clif_context *ctx) {
  ctx->costs = reckon(ctx);
  load(ctx, &ctx->costs);
}

void clif__costs_keep(clif_context *ctx, const clif__costs *costs) {
  char text[128];
  const clif__program_key key = key_of(ctx);
  ctx->costs = *costs;
  snprintf(text, sizeof text, "event %.9g clblast %.9g %.9g cblas %.9g %.9g", costs->event,
           costs->product[CLIF__BY_CLBLAST], costs->large[CLIF__BY_CLBLAST],
           costs->product[CLIF__BY_CBLAS], costs->large[CLIF__BY_CBLAS]);
  clif__cache_write(ctx, &key, (const unsigned char *)text, strlen(text));
}
