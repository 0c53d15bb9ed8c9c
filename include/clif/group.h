/* group.h - a group of LIF neurons without a network around it.
 *
 * n neurons for each of B samples, stepped together: one step at a time, or T steps in a run with
 * the state kept in registers or caches over a tile of steps, one kernel launch a tile. The kernels
 * are those of the lif layers of networks, and so are the results.
 *
 *   clif_lif_params lif = clif_lif_defaults();
 *   clif_group_options options = {.size = sizeof options, .neurons = 1000, .batch = 16, .seed = 1};
 *   clif_group *group;
 *   clif_group_create(context, &lif, &options, &group);
 *   clif_group_io io = {.size = sizeof io, .input = x, .spikes = bits};   // (T, 16, 1000), ...
 *   clif_group_run(group, &io);
 *
 * Results do not depend on how the work is cut: T steps one by one or in runs of any length, the
 * samples at once or in parts (clif_group_reset_at()), recorded or not, on any device.
 *
 * Threads: as the context's. A failed call changes nothing, except a run or a
 * clif_group_set_state() that failed on the device, after which the state is not to be trusted and
 * runs answer CLIF_STATE until clif_group_reset() or clif_group_restore(). */
#ifndef CLIF_GROUP_H
#define CLIF_GROUP_H

#include "network.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clif_group clif_group;
typedef struct clif_gradient_options clif_gradient_options; /* gradient.h */

/* In what form a run hands out spikes. */
typedef enum clif_spikes {
  CLIF_SPIKES_BITS =
      0, /* uint32 (T, B, clif_spike_words(n)): neuron i is bit i % 32 of word i / 32 */
  CLIF_SPIKES_U8 = 1,  /* uint8 (T, B, n): 0 or 1 */
  CLIF_SPIKES_F32 = 2, /* float32 (T, B, n): 0 or 1 */
  CLIF_SPIKES_NONE = 3 /* only counted */
} clif_spikes;

/* What else is written out in every step: float32 (T, B, n). To be added up. */
enum { CLIF_RECORD_V = 1, CLIF_RECORD_V_PRE = 2, CLIF_RECORD_TH = 4 };

/* Set size, neurons and what is wanted; zero the rest. Numbers behind pointers are copied.
 *
 * With `inputs` there is a linear layer before the neurons: what comes in are the inputs x of every
 * neuron, and the current is I = x W^T + bias. Without, it is the current of each neuron itself. */
typedef struct clif_group_options {
  size_t size;
  size_t neurons;
  size_t batch;              /* samples side by side; 0: 1 */
  size_t steps;              /* of the longest run, where known; 0: unknown */
  uint64_t max_device_bytes; /* as clif_prepare_options */
  uint64_t seed;             /* of noise and stochastic firing */
  uint32_t id; /* below 2^28: groups with other ids draw other random numbers from one seed */
  clif_spikes spikes;
  unsigned record;  /* CLIF_RECORD_... */
  int inject;       /* 1: every run brings its random numbers, eps and u (for tests) */
  int device_input; /* 1: inputs are float32 device arrays, used where they are, not copied */
  size_t inputs;
  const float *weight;    /* [neurons][inputs], C order; with inputs. clif_group_set_weights() */
  const float *bias;      /* neurons numbers; NULL: none */
  clif_linear_way linear; /* as clif_prepare_options */
  clif_dense_by dense;
  /* For clif_group_forward(); NULL: none. With it `steps` must be set, and no run may be longer. */
  const clif_gradient_options *gradient;
} clif_group_options;

/* Device memory of a group with a tile of T steps of b samples (clif_group_look(): tile_steps,
 * tile_batch), B samples in all, p = n rounded up to 16, w = clif_spike_words(n), S state tensors
 * (v; th if adaptive or of the seed form; wait if refractory), in bytes:
 *   state         4 * B * p * S, B rounded up to a multiple of b
 *   parameters    4 * (13 + S), or 4 * (13 + S) * p where they differ between neurons
 *   spikes        4 * T * b * w as bits, T * b * p as U8, 4 * T * b * p as F32
 *   records       4 * T * b * p for each of v, v_pre, th
 *   input         8 * T * b * p (as uploaded, and as float32); 0 with device_input
 *   injected      4 * T * b * p for each of eps, u
 *   statistics    4 * 5, with device_input 4 * 2
 * With a linear layer and gradients there is more: clif_group_look() has the sum (docs/gradients.md
 * the parts).
 * Returns CLIF_OK, CLIF_INVALID_ARGUMENT, CLIF_SHAPE (per-neuron parameters for another number of
 * neurons), CLIF_OUT_OF_MEMORY, CLIF_OUT_OF_DEVICE_MEMORY, CLIF_BUILD, CLIF_OPENCL. */
CLIF_NODISCARD CLIF_API clif_status clif_group_create(clif_context *context,
                                                      const clif_lif_params *params,
                                                      const clif_group_options *options,
                                                      clif_group **out);
/* NULL is fine. */
CLIF_API void clif_group_destroy(clif_group *group);

/* Words of one row of spikes as bits: rows are padded to 64 neurons, padding bits are 0. */
CLIF_API size_t clif_spike_words(size_t neurons);

/* The arrays of a run; those with ndim 0 are not wanted. Strides as in clif_binding. */
typedef struct clif_group_io {
  size_t size;
  /* (T, B, n), with a linear layer (T, B, inputs); uint8 or float32; of stride 0 in T: the same in
   * every step */
  clif_array input;
  clif_array eps, u;       /* (T, B, n) float32, where the group was created with inject; not looked
                              over for NaN */
  clif_array spikes;       /* in the form that was asked for */
  clif_array v, v_pre, th; /* those that are recorded; (T, B, n) float32 */
  clif_progress_fn progress; /* or NULL */
  void *progress_user;
} clif_group_io;

/* T steps. Returns as clif_network_run(). One wait for the device per tile; takes no memory. */
CLIF_NODISCARD CLIF_API clif_status clif_group_run(clif_group *group, const clif_group_io *io);

/* One step: the same with arrays (B, n), of spikes as bits (B, words). */
CLIF_NODISCARD CLIF_API clif_status clif_group_step(clif_group *group, const clif_group_io *io);

/* Other weights and bias for the linear layer; as clif_network_set_weights(). */
CLIF_NODISCARD CLIF_API clif_status clif_group_set_weights(clif_group *group,
                                                           const clif_array *weight,
                                                           const clif_array *bias);

/* Other parameters for the neurons; the state stays as it is. They must need no other kernels: the
 * form, the reset, the comparison and what is on of noise, chance, adaptation and refractory
 * periods stay, and of a group whose neurons were all alike they stay so. Copied. Returns CLIF_OK,
 * CLIF_INVALID_ARGUMENT, CLIF_SHAPE, CLIF_STATE (other kernels), CLIF_OUT_OF_MEMORY, CLIF_OPENCL.
 */
CLIF_NODISCARD CLIF_API clif_status clif_group_set_params(clif_group *group,
                                                          const clif_lif_params *params);

/* Back to the start: step 0, sample 0. */
CLIF_NODISCARD CLIF_API clif_status clif_group_reset(clif_group *group);

/* The same, but random numbers go on from this step and sample, as if the group were the part of a
 * larger whole that begins there. first_step below 2^34, first_sample + B at most 2^32. */
CLIF_NODISCARD CLIF_API clif_status clif_group_reset_at(clif_group *group, uint64_t first_step,
                                                        uint64_t first_sample);

/* Another seed from the next step on. */
CLIF_NODISCARD CLIF_API clif_status clif_group_set_seed(clif_group *group, uint64_t seed);

/* ---- state ---- */

/* Names of the state's tensors, for index 0, 1, ...: "v"; "th" if adaptive or of the seed form;
 * "wait", the steps left of refractory periods, where there are any. NULL beyond the last. All are
 * float32 (B, n), B as clif_group_info.state_batch says: that of the runs since the last reset, or
 * before the first the group's batch. */
CLIF_API const char *clif_group_state_name(const clif_group *group, size_t index);

/* Copies one tensor of the state out, or in (values must be finite). B is the group's batch.
 * Returns CLIF_OK, CLIF_INVALID_ARGUMENT (no such tensor), CLIF_SHAPE, CLIF_NOT_FINITE, CLIF_STATE
 * (after a failed run), CLIF_OPENCL. */
CLIF_NODISCARD CLIF_API clif_status clif_group_get_state(clif_group *group, const char *name,
                                                         const clif_array *array);
CLIF_NODISCARD CLIF_API clif_status clif_group_set_state(clif_group *group, const char *name,
                                                         const clif_array *array);

/* All of the state with its step and sample, in host memory; see clif_snapshot in network.h. A
 * group continues from a restored state as it did when it was saved. */
CLIF_NODISCARD CLIF_API clif_status clif_group_save(clif_group *group, clif_snapshot **out);
CLIF_NODISCARD CLIF_API clif_status clif_group_restore(clif_group *group,
                                                       const clif_snapshot *snapshot);

/* ---- looking ---- */

typedef struct clif_group_info {
  size_t neurons, batch;
  size_t state_batch; /* samples the state is for */
  size_t tile_steps, tile_batch;
  uint64_t device_bytes;
  uint64_t step;    /* the next one; counts from the last reset's first_step */
  uint64_t spikes;  /* since the last reset */
  uint64_t updates; /* neurons x samples x steps since the last reset */
} clif_group_info;

CLIF_API clif_group_info clif_group_look(const clif_group *group);

#ifdef __cplusplus
}
#endif
#endif
