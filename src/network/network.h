/* network.h - the network's inside. */
#ifndef CLIF_NETWORK_NETWORK_H
#define CLIF_NETWORK_NETWORK_H

#include "layer/layer.h"

typedef struct clif__edge {
  size_t from, to; /* indices of layers */
} clif__edge;

typedef struct clif__schedule clif__schedule;

/* What the buffers hold of a forward pass: that tile, and the checkpoints of all. 0: of none. */
typedef struct clif__tape {
  uint64_t pass;
  size_t tile;
} clif__tape;

struct clif_network {
  clif_context *ctx;
  clif__layer *layers; /* in the order they were added; sorted into computing order by prepare */
  size_t n_layers;
  clif__edge *edges; /* in the order they were declared */
  size_t n_edges;
  clif__plan *plan;                      /* NULL before prepare */
  clif__schedule *schedule;              /* the plan's device objects; NULL before prepare */
  const clif_gradient_options *gradient; /* NULL: no backward passes; the group's */
  uint64_t serial;                       /* tells networks of a context apart; with gradients */
  uint64_t passes, weights;              /* how often: forward passes, and other weights */
  clif__tape tape;
  uint64_t seed;
  uint64_t step;         /* number of the next step */
  uint64_t first_sample; /* number of the first sample */
  size_t run_batch;      /* samples of the runs since the last reset; 0: none yet */
  bool begun;            /* the state is not that of a reset any more */
  bool running;          /* inside clif_network_run(), which calls the progress function */
  bool valid;            /* false after a failed run, until reset */
};

/* Index of a layer by name; n_layers if there is none. */
size_t clif__network_find(const clif_network *net, const char *name);

/* Puts layers into computing order and infers all shapes (graph.c). The order of edges stays. */
clif_status clif__network_infer(clif_network *net);

/* ---- checks of a run (bindings.c) ---- */

/* The binding of that name and quantity; NULL if there is none. */
const clif_binding *clif__find_binding(const clif_binding *bindings, size_t n,
                                       const clif__layer *layer, int quantity);

/* Does everything bound fit? Finds out the run's steps and samples. */
clif_status clif__check_run(clif_network *net, const clif_run *run, size_t *steps, size_t *batch);

/* The inputs alone. */
clif_status clif__check_inputs(clif_network *net, const clif_run *run, size_t *steps,
                               size_t *batch);

/* Is it prepared, and no run going on? */
clif_status clif__check_prepared(clif_network *net);

/* ---- for groups ---- */

/* The layer's runs bring their random numbers; the input's a device array. Before prepare. */
clif_status clif__network_inject(clif_network *net, const char *layer);
clif_status clif__network_input_on_device(clif_network *net, const char *input);
/* Its runs can be taken back (backward.h). The options stay the caller's and must stay. */
void clif__network_gradient(clif_network *net, const clif_gradient_options *options);

/* The tile program of an inferred network, sizes still open (prepare.c). Needs no device. */
clif_status clif__network_plan(clif_network *net, clif_linear_way linear, clif_dense_by dense,
                               clif__plan **out);

#endif
