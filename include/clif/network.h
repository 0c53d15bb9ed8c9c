/* network.h - networks: build, prepare, run.
 *
 * Time T, batch B (samples side by side; never time) and a layer's shape are the dimensions of all
 * data, in this order: an input of shape (T, B, shape...).
 *
 * Life of a network: create; add layers and connect them; say what to record; prepare; run as often
 * as wanted. Building only records; prepare checks everything and takes all memory; a run takes
 * none. State is carried from run to run until clif_network_reset(): runs over parts of the time
 * give bit for bit what one run over the whole gives. The exception are linear layers that CBLAS
 * computes: the last bits of OpenBLAS's sums depend on how many rows they are made for, and so on
 * the cut.
 *
 * Threads: as the context's. All calls return CLIF_OK or a status with a sentence in
 * clif_context_error(); a failed call changes nothing, except a run or clif_network_set_state()
 * failing on the device: then the state is not to be trusted and runs answer CLIF_STATE until the
 * network is reset. */
#ifndef CLIF_NETWORK_H
#define CLIF_NETWORK_H

#include "array.h"
#include "neuron.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clif_network clif_network;

enum { CLIF_MAX_SHAPE = 4 };

/* The shape of what an edge carries, for one sample and one step. */
typedef struct clif_shape {
  unsigned ndim; /* 1 to CLIF_MAX_SHAPE */
  size_t dim[CLIF_MAX_SHAPE];
} clif_shape;

/* ---- building ----
 * Names are unique within a network, not empty, at most 127 bytes. Numbers behind pointers are
 * copied. Statuses of all: CLIF_OK, CLIF_INVALID_ARGUMENT, CLIF_SHAPE, CLIF_OUT_OF_MEMORY, and
 * CLIF_STATE once the network has been prepared. */

CLIF_NODISCARD CLIF_API clif_status clif_network_create(clif_context *context, clif_network **out);

/* NULL is fine. */
CLIF_API void clif_network_destroy(clif_network *network);

/* Where data comes in. */
CLIF_NODISCARD CLIF_API clif_status clif_network_add_input(clif_network *network, const char *name,
                                                           const clif_shape *shape);

/* Where data goes out: hands on what its source puts out. */
CLIF_NODISCARD CLIF_API clif_status clif_network_add_output(clif_network *network,
                                                            const char *name);

/* y = x W^T + bias. `weight` is [out][in] in C order (as in PyTorch and NIR); `bias` has `out`
 * numbers or is NULL. All must be finite. The input must have shape (in). */
CLIF_NODISCARD CLIF_API clif_status clif_network_add_linear(clif_network *network, const char *name,
                                                            size_t in, size_t out,
                                                            const float *weight, const float *bias);

/* y = x where x > 0, else 0. */
CLIF_NODISCARD CLIF_API clif_status clif_network_add_relu(clif_network *network, const char *name);

/* y = scale * x, element by element; `scale` has `shape`, C order, finite. */
CLIF_NODISCARD CLIF_API clif_status clif_network_add_scale(clif_network *network, const char *name,
                                                           const clif_shape *shape,
                                                           const float *scale);

/* Joins the dimensions start..end (from 0; -1 is the last; time and batch not counted) into one. */
CLIF_NODISCARD CLIF_API clif_status clif_network_add_flatten(clif_network *network,
                                                             const char *name, int start, int end);

/* Neurons, one per element of the input's shape. See neuron.h. */
CLIF_NODISCARD CLIF_API clif_status clif_network_add_lif(clif_network *network, const char *name,
                                                         const clif_lif_params *params);
CLIF_NODISCARD CLIF_API clif_status clif_network_add_if(clif_network *network, const char *name,
                                                        const clif_if_params *params);
CLIF_NODISCARD CLIF_API clif_status clif_network_add_li(clif_network *network, const char *name,
                                                        const clif_li_params *params);

/* Replaces the options (noise, stochastic firing, ...) of a lif or if layer, or of all of them
 * (layer NULL; leaves other kinds alone, and is refused where there are none). Layers in the seed
 * form keep their own: naming one is refused. Checked against the layer's parameters at once. */
CLIF_NODISCARD CLIF_API clif_status clif_network_set_options(clif_network *network,
                                                             const char *layer,
                                                             const clif_neuron_options *options);

/* The number that tells a layer's random numbers from those of other layers: below 2^28, by default
 * the layer's place in the order in which layers were added, from 0. Two layers with one id draw
 * the same numbers. */
CLIF_NODISCARD CLIF_API clif_status clif_network_set_id(clif_network *network, const char *layer,
                                                        uint32_t id);

/* ---- input coding ---- */

typedef enum clif_coding {
  CLIF_CODING_NONE = 0,    /* the values themselves */
  CLIF_CODING_RATE = 1,    /* in every step a spike with probability gain * x */
  CLIF_CODING_LATENCY = 2, /* one spike, the earlier the larger gain * x */
  CLIF_CODING_DELTA = 3    /* a spike where gain * x has grown by `threshold` or more since the
                              step before */
} clif_coding;

/* Start from clif_coding_defaults(). */
typedef struct clif_coding_params {
  size_t size; /* sizeof(clif_coding_params) */
  clif_coding coding;
  double gain;      /* 1; 1.0 / 255 for bytes. Finite */
  double threshold; /* latency: x at or below it never spikes (0.01); delta: as above (0.1) */
  size_t window; /* latency, to be set: x = 1 spikes at step 0, x = threshold at step window - 1, in
                    between linearly, rounded to whole steps; counted from the last reset */
  int negative;  /* delta: 1: also -1 where it has fallen by `threshold` or more */
} clif_coding_params;

CLIF_API clif_coding_params clif_coding_defaults(clif_coding coding);

/* What comes into an input layer is coded as spikes on the device. rate: the probability is cut to
 * [0, 1]; random numbers of purpose 2 (docs/model.md). delta: the step before the first is 0. NaN
 * and infinity are refused as without coding. Returns as for building. */
CLIF_NODISCARD CLIF_API clif_status clif_network_set_coding(clif_network *network,
                                                            const char *input,
                                                            const clif_coding_params *params);

/* What `from` puts out goes into `to`, `delay` steps later (0: in the same step). Several edges
 * into one layer are added in the order of these calls; the same edge twice counts once. Both
 * layers must have been added. A delay above 0 is CLIF_UNSUPPORTED in this version. */
CLIF_NODISCARD CLIF_API clif_status clif_network_connect(clif_network *network, const char *from,
                                                         const char *to, unsigned delay);

/* ---- recording ---- */

typedef enum clif_quantity {
  CLIF_OUTPUT = 0, /* what the layer puts out: uint8 (0 or 1) where it spikes, else float32 */
  CLIF_V = 1,      /* membrane potential after the reset, float32; neurons only */
  CLIF_V_PRE = 2,  /* membrane potential that was compared with the threshold, before the reset */
  CLIF_TH = 3,     /* threshold after the step, float32; lif and if only */
  CLIF_SPIKE_BITS = 4, /* spikes as bits, uint32 (T, B, clif_spike_words(n)); lif and if only */
  CLIF_SPIKE_F32 = 5   /* spikes as float32 0 or 1; lif and if only */
} clif_quantity;

/* Asks for a quantity of a layer to be kept in runs. Costs device memory per step of a tile:
 * 4 bytes (CLIF_OUTPUT of a spiking layer: 1; CLIF_SPIKE_BITS: 1/8) per neuron and sample, rows
 * padded to 16 neurons (bits: 64).
 * Before prepare. Statuses as for building; CLIF_SHAPE for a quantity the layer does not have. */
CLIF_NODISCARD CLIF_API clif_status clif_network_record(clif_network *network, const char *layer,
                                                        clif_quantity quantity);

/* ---- preparing ---- */

/* How linear layers are computed. For input of zeros and ones all ways give the same bits: the sum
 * over ascending input index, the bias last. Both ways are prepared where both may be used: on CPU
 * devices that takes the weights twice. */
typedef enum clif_linear_way {
  /* For each layer and tile what promises to be faster, by how much of the input is not 0. What is
   * not zeros and ones is decided on once, by the first step after a reset; if it begins later, it
   * goes by events. */
  CLIF_LINEAR_AUTO = 0,
  CLIF_LINEAR_DENSE = 1, /* a matrix product over all rows of a tile */
  /* For each input that is not 0 its weights are added; the same bits everywhere for any input */
  CLIF_LINEAR_EVENTS = 2
} clif_linear_way;

/* Who computes the matrix products of the dense way. */
typedef enum clif_dense_by {
  /* CLBlast; for what is not zeros and ones CBLAS where it is available. CLBlast is checked at
   * prepare to give the promised bits on zeros and ones; where it fails, those go by events. */
  CLIF_DENSE_AUTO = 0,
  CLIF_DENSE_CLBLAST = 1,
  /* OpenBLAS, in the queue of a CPU device that runs functions of the host (PoCL does), if clif was
   * built with it. Not reproducible, for zeros and ones neither. While it computes a product of
   * many rows it has one thread, in the whole process. */
  CLIF_DENSE_CBLAS = 2
} clif_dense_by;

/* May copies between host and device go on while the device computes? Then the input of a tile goes
 * over, and what was recorded in the one before comes back, during the one between; what is copied
 * has two buffers. Results never depend on it. */
typedef enum clif_overlap {
  CLIF_OVERLAP_AUTO, /* where the device has memory of its own, unless one tile is all there is */
  CLIF_OVERLAP_ON,
  CLIF_OVERLAP_OFF
} clif_overlap;

/* Set `size` and zero the rest for the defaults. */
typedef struct clif_prepare_options {
  size_t size;
  size_t batch; /* most samples in one run; 0: 1 */
  size_t steps; /* of the longest run, where known: no tile is longer. 0: unknown */
  /* Cap on the bytes of all buffers of this network; 0: three quarters of the device's memory.
   * Time and batch are cut into tiles to stay under it. */
  uint64_t max_device_bytes;
  clif_linear_way linear;
  clif_dense_by dense;
  uint64_t seed; /* of all random numbers */
  /* 1: measure what linear layers cost on this device, once: it is kept in the cache directory, and
   * with CLIF_LINEAR_AUTO networks then choose by it. Takes some seconds the first time. */
  int tune;
  int profile; /* 1: time every command, for clif_network_explain(). Waits after each: slower */
  clif_overlap overlap; /* without effect with a profile */
} clif_prepare_options;

/* Checks the graph, plans, compiles, and takes all memory the runs will need. Once per network;
 * after a failure it may be tried again. Returns CLIF_OK; CLIF_SHAPE (what does not fit, which
 * layer); CLIF_UNSUPPORTED (a cycle; CLIF_DENSE_CBLAS where there is none);
 * CLIF_OUT_OF_DEVICE_MEMORY (not even one step of one sample fits under the cap, with the figures);
 * CLIF_STATE (already prepared); CLIF_CLBLAST (it failed, or was asked for, by CLIF_LINEAR_DENSE or
 * CLIF_DENSE_CLBLAST, and does not add in ascending order); CLIF_BUILD, CLIF_OPENCL,
 * CLIF_OUT_OF_MEMORY, CLIF_INVALID_ARGUMENT. */
CLIF_NODISCARD CLIF_API clif_status clif_network_prepare(clif_network *network,
                                                         const clif_prepare_options *options);

/* ---- running ---- */

/* An array for an input, or for a recorded quantity: shape (T, B, layer's shape...), or
 * (T, B, product of the layer's shape). The dimensions behind T and B must be in C order without
 * gaps; T and B may have any stride of a row or more, so that slices of larger arrays will do. Of
 * an input the stride of T may be 0: the same in every step, as for coding a still image. */
typedef struct clif_binding {
  const char *layer;
  clif_quantity quantity; /* of an input: CLIF_OUTPUT */
  clif_array array;
} clif_binding;

/* Called between tiles with the number of steps x samples done and in all. Anything but 0 stops the
 * run with CLIF_CANCELLED, unless it is finished anyway. May look at the network, but not run,
 * reset or destroy it. */
typedef int (*clif_progress_fn)(void *user, uint64_t done, uint64_t total);

/* One run. T and B are the inputs' first two dimensions: B at most the prepared batch, and the same
 * in all runs between two resets. */
typedef struct clif_run {
  size_t size;                /* sizeof(clif_run) */
  const clif_binding *inputs; /* one for every input layer; uint8 or float32 */
  size_t n_inputs;
  const clif_binding *outputs; /* any of the recorded quantities; uint8 or float32 as recorded */
  size_t n_outputs;
  clif_progress_fn progress; /* or NULL */
  void *progress_user;
} clif_run;

/* Runs T steps of B samples and returns when the outputs are filled. Numbers that grow beyond
 * float32 inside the network become infinities or NaN and are not looked for: scale weights and
 * input. One wait for the device per tile; no memory is taken. Returns CLIF_OK; CLIF_STATE (not
 * prepared, or a failed run not followed by a reset, or another batch than before); CLIF_SHAPE (a
 * binding does not fit); CLIF_NOT_FINITE (how many values, and where the first is); CLIF_CANCELLED;
 * CLIF_OPENCL; CLIF_CLBLAST; CLIF_INVALID_ARGUMENT. */
CLIF_NODISCARD CLIF_API clif_status clif_network_run(clif_network *network, const clif_run *run);

/* Back to step 0: every neuron at its start, all spike counts 0. Also after a failed run. */
CLIF_NODISCARD CLIF_API clif_status clif_network_reset(clif_network *network);

/* The same, but random numbers go on from this step and sample, as if the runs to come were the
 * part of a larger whole that begins there: samples may be run in groups, in any order, with the
 * results of one run over all. first_step below 2^34, first_sample + prepared batch at most 2^32.
 */
CLIF_NODISCARD CLIF_API clif_status clif_network_reset_at(clif_network *network,
                                                          uint64_t first_step,
                                                          uint64_t first_sample);

/* Another seed from the next step on. CLIF_STATE before prepare. */
CLIF_NODISCARD CLIF_API clif_status clif_network_set_seed(clif_network *network, uint64_t seed);

/* Other weights, and bias, for a linear layer, from the next step on: `weight` (out, in), float32
 * of any strides, `bias` (out); NULL where the layer was added without one, as it must be then. All
 * finite. Read until it returns. Those that are there already cost a look at each and change
 * nothing. Returns CLIF_OK, CLIF_STATE (before prepare), CLIF_SHAPE,
 * CLIF_INVALID_ARGUMENT, CLIF_OPENCL (then runs answer CLIF_STATE until a reset, after which the
 * weights are to be set again). */
CLIF_NODISCARD CLIF_API clif_status clif_network_set_weights(clif_network *network,
                                                             const char *layer,
                                                             const clif_array *weight,
                                                             const clif_array *bias);

/* ---- state ---- */

/* Names of the state's tensors of a layer, for index 0, 1, ...: "v"; "th" if the threshold moves;
 * "wait", the steps left of refractory periods, where there are any; "previous" of
 * inputs with delta coding. NULL beyond the last, for other layers, and before prepare. */
CLIF_API const char *clif_network_state_name(const clif_network *network, const char *layer,
                                             size_t index);

/* Copies one tensor of a layer's state out, or in: float32 (B, n) or (B, shape...), host, B the
 * batch of the runs since the last reset, or before the first the prepared batch. Values that are
 * put in must be finite, thresholds in [th_min, th_max], wait whole numbers. Returns CLIF_OK,
 * CLIF_INVALID_ARGUMENT (no such layer or tensor), CLIF_SHAPE, CLIF_NOT_FINITE, CLIF_STATE (not
 * prepared, running, or after a failed run), CLIF_OPENCL. */
CLIF_NODISCARD CLIF_API clif_status clif_network_get_state(clif_network *network, const char *layer,
                                                           const char *name,
                                                           const clif_array *array);
CLIF_NODISCARD CLIF_API clif_status clif_network_set_state(clif_network *network, const char *layer,
                                                           const char *name,
                                                           const clif_array *array);

/* The whole state in host memory: all tensors of all layers, the step, the sample, the counts, and
 * which way linear layers go. The seed is not part of it. Keeps its context alive. */
typedef struct clif_snapshot clif_snapshot;

/* Returns CLIF_OK, CLIF_STATE (as above), CLIF_OUT_OF_MEMORY, CLIF_OPENCL. */
CLIF_NODISCARD CLIF_API clif_status clif_network_save(clif_network *network, clif_snapshot **out);

/* Goes on from where the snapshot was taken, in the same network or in one with the same
 * tensors of state (else CLIF_SHAPE); also after a failed run. A snapshot may be restored any
 * number of times. */
CLIF_NODISCARD CLIF_API clif_status clif_network_restore(clif_network *network,
                                                         const clif_snapshot *snapshot);

/* NULL is fine. */
CLIF_API void clif_snapshot_destroy(clif_snapshot *snapshot);

/* ---- looking ---- */

/* About one layer. Names and kinds live as long as the network. Shapes are known after prepare or
 * clif_nir_read() (ndim 0 before; an input's at once). */
typedef struct clif_layer_info {
  const char *name;
  const char *kind; /* "input", "output", "linear", "relu", "scale", "flatten", "lif", "if", "li" */
  clif_shape shape; /* of what it puts out */
  int spiking; /* 1: spikes by nature, so that CLIF_OUTPUT is recorded as uint8, else as float32 */
  /* 0: a linear layer that since the last reset summed other than zeros and ones by a matrix
   * product, or anything by CBLAS: in an order that differs between devices, so that its last bits,
   * and with them spikes, may differ too. */
  int reproducible;
  uint64_t spikes;  /* since the last reset, where it spikes; of an input: values that are not 0 */
  uint64_t updates; /* elements x steps x samples since the last reset */
} clif_layer_info;

CLIF_API size_t clif_network_layer_count(const clif_network *network);

/* In the order they were added; after prepare (a failed one, too) in the order they are computed.
 * CLIF_INVALID_ARGUMENT for an index that is not below the count. */
CLIF_NODISCARD CLIF_API clif_status clif_network_layer(const clif_network *network, size_t index,
                                                       clif_layer_info *out);

/* What prepare decided. All 0 before it. */
typedef struct clif_plan_info {
  size_t tile_steps;
  size_t tile_batch;
  size_t commands_per_tile;
  uint64_t device_bytes; /* of all buffers of this network */
} clif_plan_info;

CLIF_API clif_plan_info clif_network_plan(const clif_network *network);

/* Writes the plan as text, a line per buffer and command, cut to `capacity` bytes with the ending
 * zero byte; returns the length of the whole text, as snprintf does. "" before prepare. */
CLIF_API size_t clif_network_explain(const clif_network *network, char *text, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
