/* costs.c - what the parts of a linear layer cost on a device: reckoned, or measured and kept.
 *
 * On CPUs the reckoned ones are from a Xeon with AVX-512: the weights of events are added at 2e10 a
 * second and core. CLBlast, with its built-in parameters, takes 0.7 of that time for as many
 * products while the weights stay in a core's cache, and 1.5 to 3 times as long beyond; OpenBLAS is
 * four times as fast where it knows the processor. For GPUs they follow from the memory and
 * arithmetic speeds of current ones, and were measured on none. */
#include <stdio.h>
#include <stdlib.h>
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

/* The numbers in the order in which they are kept. */
enum { NUMBERS = 5 };

static void list(clif__costs *c, double *numbers[NUMBERS]) {
  numbers[0] = &c->event;
  numbers[1] = &c->product[CLIF__BY_CLBLAST];
  numbers[2] = &c->large[CLIF__BY_CLBLAST];
  numbers[3] = &c->product[CLIF__BY_CBLAS];
  numbers[4] = &c->large[CLIF__BY_CBLAS];
}

/* Leaves the costs as they are where the text makes no sense. */
static void read_numbers(const char *text, clif__costs *costs) {
  clif__costs c = {.measured = true};
  double *numbers[NUMBERS];
  list(&c, numbers);
  for (int i = 0; i < NUMBERS; i++) {
    char *end;
    *numbers[i] = strtod(text, &end);
    if (end == text || !(*numbers[i] > 0.0 && *numbers[i] < 1.0)) return;
    text = end;
  }
  *costs = c;
}

static void load(clif_context *ctx, clif__costs *costs) {
  char text[128] = "";
  const clif__program_key key = key_of(ctx);
  size_t length = 0;
  unsigned char *kept = clif__cache_read(ctx, &key, &length);
  if (kept && length < sizeof text) memcpy(text, kept, length);
  clif__free(ctx, kept);
  read_numbers(text, costs);
}

void clif__costs_open(clif_context *ctx) {
  ctx->costs = reckon(ctx);
  load(ctx, &ctx->costs);
}

void clif__costs_keep(clif_context *ctx, const clif__costs *costs) {
  char text[128];
  double *numbers[NUMBERS];
  size_t length = 0;
  const clif__program_key key = key_of(ctx);
  ctx->costs = *costs;
  list(&ctx->costs, numbers);
  for (int i = 0; i < NUMBERS; i++)
    length += (size_t)snprintf(text + length, sizeof text - length, "%.9g ", *numbers[i]);
  clif__cache_write(ctx, &key, (const unsigned char *)text, length);
}
