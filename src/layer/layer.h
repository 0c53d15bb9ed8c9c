/* layer.h - what a layer is to the network: a shape rule, a piece of plan, and its own data. */
#ifndef CLIF_LAYER_H
#define CLIF_LAYER_H

#include "clif/network.h"
#include "core/core.h"
#include "layer/plan.h"
#include "layer/synapse.h"
#include "neuron/neuron.h"

typedef struct clif__layer clif__layer;

/* One per kind of layer; docs/adding-a-layer.md walks through writing one. */
typedef struct clif__layer_class {
  const char *kind; /* as users read it */
  bool takes_input; /* false: an input layer */
  /* Zeros and ones that come in go out as the same zeros and ones: spikes stay spikes, and their
   * count stays the count. Where bits come in, plan() is not even asked. */
  bool keeps_spikes;
  bool records; /* plan() adds the downloads of what is recorded, too */
  /* From the shape of what comes in, checks, and sets layer->shape. Sets layer->spiking where the
   * layer makes spikes of its own; it is preset to false, or as keeps_spikes says. */
  clif_status (*infer)(clif_context *ctx, clif__layer *layer, const clif_shape *in);
  /* Adds tensors and commands to the plan; `in` is the tensor that comes in (-1 for an input
   * layer), in the form it says (clif__plan_real() makes float32 of any); *out the tensor that goes
   * out (which may be `in`; -1 where no layer takes it). Spikes go out as bits. */
  clif_status (*plan)(clif_context *ctx, clif__layer *layer, clif__plan *plan, int in, int *out);
  /* Adds to the plan what takes gradients from what goes out of the layer to what comes in, which
   * is what `before` puts out, and to its parameters; after plan(). NULL: gradients end here. */
  clif_status (*back)(clif_context *ctx, clif__layer *layer, clif__plan *plan, clif__layer *before);
  void (*release)(clif_context *ctx, clif__layer *layer); /* frees layer->data's insides; or NULL */
} clif__layer_class;

/* Data of each kind, as the user gave it. */
/* One for dense, and one for events. */
enum { CLIF__SYNAPSES = 2 };

/* Which way a linear layer goes: kept by network/choose.c, from tile to tile. */
typedef struct clif__choice {
  clif__way way;
  clif__gemm_by by;          /* where it is dense */
  double density;            /* how much of the input is not 0, as far as known */
  bool looked, real, fixed;  /* since the reset: at the input; not only zeros and ones; chosen */
  bool was_dense, was_cblas; /* in any tile since the reset */
} clif__choice;

typedef struct clif__linear {
  size_t in, out, pitch; /* pitch: outputs padded to whole lane blocks */
  float *weight;         /* [in][pitch], padding 0: the device's layout */
  float *bias;           /* [pitch], padding 0; NULL for none */
  bool outdated;         /* the device may have others: an upload has failed */
  /* Set by plan: for neurons that take the sums in themselves. */
  clif__synapse synapses[CLIF__SYNAPSES];
  unsigned n_synapses;
  int in_stats; /* word of the statistics that counts its inputs that are not 0; -1 for none */
  const clif__layer *source; /* the input that it takes in as uploaded; NULL for none */
  bool always_real;          /* what comes in is not zeros and ones by nature */
  bool dense_spikes;         /* zeros and ones may go dense, too */
  bool clblast;              /* CLBlast may compute its product */
  clif__choice choice;
  bool inexact; /* CLBlast failed the check of the bits it must give on zeros and ones */
  /* With gradients: tensors. */
  int input, by_units; /* what comes in; the weights by units */
  int g;               /* gradients of the sums, by units; set by the neurons behind it */
} clif__linear;

typedef struct clif__scale {
  clif_shape shape;
  float *scale; /* [padded], padding 0 */
} clif__scale;

typedef struct clif__flatten {
  int start, end; /* as given: -1 is the last */
  clif_shape in;  /* known after infer; ndim 0 before */
} clif__flatten;

typedef struct clif__input {
  bool on_device; /* runs bring device arrays, which are used where they are */
  clif_coding_params coding;
} clif__input;

/* What comes and goes beside clif_quantity in bindings: random numbers from outside, and gradients
 * of what is there for every step. */
typedef enum clif__injected {
  CLIF__EPS = 100,
  CLIF__U,
  CLIF__G_SPIKES,
  CLIF__G_V,
  CLIF__G_INPUT
} clif__injected;

/* Tensors of a layer of neurons; -1 where there is none. */
typedef struct clif__neuron_tensors {
  int in, out, coefficients;
  int states[CLIF__STATES];
  int records[CLIF_SPIKE_F32 + 1]; /* by clif_quantity */
  int waits;                       /* wait before each step, for gradients */
  int eps, u;
} clif__neuron_tensors;

typedef struct clif__neurons {
  clif__neuron neuron;
  clif__neuron_tensors tensors;    /* set by plan */
  bool inject;                     /* runs bring eps and u */
  clif__coefficients coefficients; /* made by plan */
  float *start;                    /* state at step 0, one padded row per state; made by plan */
} clif__neurons;

enum { CLIF__QUANTITIES = CLIF_SPIKE_F32 + 1 };

struct clif__layer {
  const clif__layer_class *type;
  char *name;
  clif_shape shape; /* of what goes out; ndim 0 until inferred */
  bool spiking;     /* puts out zeros and ones */
  size_t takers;    /* layers that take what it puts out */
  /* The one that does, through flatten layers, and takes nothing else; NULL for none or several. */
  const clif__layer *taker;
  bool looks;                    /* the word behind its stats tells of input that is not finite */
  bool record[CLIF__QUANTITIES]; /* by clif_quantity */
  uint32_t id;                   /* tells its random numbers from others' */
  int stats;                     /* its word in the run's statistics, -1 for none; set by plan */
  uint64_t spikes;               /* since the last reset */
  uint64_t others;               /* of an input: values that were neither 0 nor 1 */
  uint64_t updates;              /* elements x steps x samples */
  union {
    clif__input input;
    clif__linear linear;
    clif__scale scale;
    clif__flatten flatten;
    clif__neurons neurons;
  } data;
};

extern const clif__layer_class clif__input_class;
extern const clif__layer_class clif__output_class;
extern const clif__layer_class clif__linear_class;
extern const clif__layer_class clif__relu_class;
extern const clif__layer_class clif__scale_class;
extern const clif__layer_class clif__flatten_class;
extern const clif__layer_class clif__lif_class;
extern const clif__layer_class clif__if_class;
extern const clif__layer_class clif__li_class;

/* Are these settings of an input's coding possible (input.c)? */
clif_status clif__coding_check(clif_context *ctx, const clif_coding_params *params);

/* What a row of inputs costs by each way, in seconds (cost.c). */
double clif__cost_dense(const clif__plan *plan, const clif__linear *l, clif__gemm_by by);
double clif__cost_events(const clif__plan *plan, const clif__linear *l, double density);

/* Adds what makes of an input, as it was uploaded, float32 in rows of the same pitch, or bits; and
 * looks it over. For `layer`, with `when` (its dtype apart) (input.c). */
clif_status clif__input_to_floats(clif_context *ctx, clif__plan *plan, clif__layer *layer,
                                  int source, int out, clif__when when);
clif_status clif__input_to_bits(clif_context *ctx, clif__plan *plan, clif__layer *layer, int source,
                                int out, clif__when when);

/* `back` of neurons (neurons_back.c) and of linear layers (linear_back.c). */
clif_status clif__neurons_back(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                               clif__layer *before);
clif_status clif__linear_back(clif_context *ctx, clif__layer *layer, clif__plan *plan,
                              clif__layer *before);

/* lif, if or li? */
bool clif__is_neurons(const clif__layer *layer);

/* Frees what a layer holds. */
void clif__layer_release(clif_context *ctx, clif__layer *layer);

/* Elements of a shape; shapes in a network never overflow size_t. */
size_t clif__shape_count(const clif_shape *shape);
/* "64", "2x32x32". */
const char *clif__shape_text(const clif_shape *shape, char *buffer, size_t capacity);
bool clif__shape_equal(const clif_shape *a, const clif_shape *b);

/* Rows are padded to whole lane blocks, so that no kernel has a ragged end. */
enum { CLIF__LANE_BLOCK = 16 };
size_t clif__padded(size_t n);

/* What a recorded quantity of a layer is, for one sample and one step. */
clif_shape clif__quantity_shape(const clif__layer *layer, clif_quantity quantity);
clif_dtype clif__quantity_dtype(const clif__layer *layer, clif_quantity quantity);

/* The host twin of the linear layer on one row: the plain sum over ascending k, the bias last. */
void clif__twin_linear(const clif__linear *linear, const float *x, float *y);

#endif
