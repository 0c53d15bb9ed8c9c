/* group.h - the inside of a group: a network of an input, perhaps a linear layer, and a lif layer.
 */
#ifndef CLIF_NETWORK_GROUP_H
#define CLIF_NETWORK_GROUP_H

#include "clif/gradient.h"
#include "network/network.h"

#define CLIF__GROUP_INPUT "input"
#define CLIF__GROUP_LINEAR "linear"
#define CLIF__GROUP_NEURONS "neurons"

struct clif_group {
  clif_context *ctx;
  clif_network *net;
  size_t neurons, inputs, batch; /* inputs 0: no linear layer */
  clif_spikes spikes;
  clif_gradient_options gradient; /* size 0: none */
};

enum { CLIF__GROUP_INPUTS = 5, CLIF__GROUP_OUTPUTS = 5 };

/* What a run of a group binds. */
typedef struct clif__group_bindings {
  clif_binding inputs[CLIF__GROUP_INPUTS], outputs[CLIF__GROUP_OUTPUTS];
  size_t n_inputs, n_outputs;
} clif__group_bindings;

/* Arrays with ndim 0 are left out. */
void clif__group_bind_input(clif__group_bindings *b, const char *layer, int quantity,
                            const clif_array *array);
void clif__group_bind_output(clif__group_bindings *b, const char *layer, int quantity,
                             const clif_array *array);

/* Checks the io and binds all it has. */
clif_status clif__group_bind(clif_group *group, const clif_group_io *io, clif__group_bindings *b);
clif_run clif__group_run(const clif_group_io *io, const clif__group_bindings *b);

#endif
