/* synapse.c - kernels with a synapse in front of them: their files and first arguments. */
#include "layer/synapse.h"

#include <stdio.h>
#include <string.h>

clif__synapse clif__synapse_current(int x, size_t pitch, int bias) {
  clif__synapse s = {.name = "current",
                     .x = x,
                     .x_pitch = pitch,
                     .index = -1,
                     .counts = -1,
                     .weight = -1,
                     .bias = bias};
  snprintf(s.defines, sizeof s.defines, "%s", bias >= 0 ? "-DCLIF_BIAS" : "");
  return s;
}

/* The files of a program live as long as the library. */
static const char *files_of(const clif__synapse *synapse, const char *file) {
  bool events = strcmp(synapse->name, "events") == 0;
  if (strcmp(file, "lif+tile") == 0)
    return events ? "bits+events+lif+tile" : "bits+current+lif+tile";
  return "bits+events+sums";
}

/* Without values nothing is read at their places. */
static void add_x(const clif__synapse *s, clif__command *command) {
  clif__arg_tensor(command, s->x);
  if (s->x >= 0)
    clif__arg_bytes(command, s->x);
  else
    clif__arg_uint(command, 0);
  for (clif__place place = CLIF__PLACE_FIRST; place <= CLIF__PLACE_SAMPLE; place++) {
    if (s->x >= 0)
      clif__arg_place(command, s->x, place, s->x_pitch);
    else
      clif__arg_uint(command, 0);
  }
}

clif__command *clif__synapse_kernel(clif_context *ctx, clif__plan *plan, struct clif__layer *layer,
                                    const clif__synapse *s, const char *file, const char *kernel,
                                    size_t pitch) {
  clif__command *command = clif__plan_kernel(ctx, plan->list, layer, files_of(s, file), kernel,
                                             CLIF__OVER_NEURONS, pitch);
  if (!command) return NULL;
  command->when = s->when;
  command->unit = s->unit;
  command->inner = s->unit ? 2 * s->in + 16 : 0;
  snprintf(command->defines, sizeof command->defines, "%s", s->defines);
  add_x(s, command);
  clif__arg_tensor(command, s->index);
  clif__arg_tensor(command, s->counts);
  clif__arg_uint(command, s->index_pitch);
  clif__arg_tensor(command, s->weight);
  clif__arg_uint(command, s->in);
  clif__arg_tensor(command, s->bias);
  return command;
}
