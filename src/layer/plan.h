/* plan.h - the tile program: what is done for one tile of time and samples.
 *
 * Layers add tensors and commands to it without knowing a device; network/ chooses the tile's size,
 * makes device objects of it, and replays it tile after tile. What changes from tile to tile is a
 * slot, which stands in for a number until the tile is run. */
#ifndef CLIF_PLAN_H
#define CLIF_PLAN_H

#include "clif/gradient.h"
#include "clif/network.h"
#include "core/core.h"

struct clif__layer;

/* How long a tensor lives and how many rows it has. */
typedef enum clif__life {
  CLIF__TILE,  /* one row per step and sample of a tile */
  CLIF__STATE, /* one row per sample, kept from tile to tile; a buffer for each tile of samples */
  CLIF__CONSTANT,   /* `rows` rows, uploaded once */
  CLIF__SCRATCH,    /* `bytes` bytes that one command uses; one buffer for all */
  CLIF__BOUND,      /* an array on the device that a run brings; no buffer of ours */
  CLIF__CHECKPOINT, /* a state's values before each tile, and one more: samples x (tiles + 1) */
  CLIF__ADJOINT,    /* one row per sample, for the time of a backward pass */
  CLIF__STATS       /* `rows` words of statistics, cleared and read back for each tile */
} clif__life;

/* In what form a tensor holds what a layer puts out. */
typedef enum clif__form {
  CLIF__REAL,   /* rows of float32 */
  CLIF__BITS,   /* spikes as bits: rows of clif_spike_words() words */
  CLIF__SOURCE, /* as uploaded: the layer that takes it, a linear one, looks it over */
  CLIF__CURRENT /* of a linear layer for the neurons behind it: in memory only where it is dense */
} clif__form;

typedef struct clif__tensor {
  const struct clif__layer *layer; /* whose it is; NULL for shared ones */
  const char *what;                /* "weight", "v", ... */
  clif__life life;
  clif__form form;
  int real;         /* BITS: the tensor with the same as float32; -1 for none */
  size_t width;     /* valid elements of a row */
  size_t pitch;     /* elements from row to row */
  size_t element;   /* bytes of an element */
  size_t rows;      /* CONSTANT and STATS; TILE: so many more */
  const void *data; /* CONSTANT: rows * pitch elements; NULL: begins with 0 */
  /* CONSTANT, not 0: `data` has rows of so many elements, and goes to the device in columns of
   * `pitch` elements, one column behind the other. */
  size_t data_pitch;
  int stats;       /* word of the statistics that counts this tensor's spikes; -1 for none */
  int kept;        /* STATE: its CHECKPOINT; -1 for none */
  bool copied;     /* from or to the host, tile by tile */
  bool taped;      /* backward passes read it */
  bool multiplied; /* a matrix product takes it in or puts it out */
  size_t bytes;    /* of one buffer; set by clif__plan_fit() */
} clif__tensor;

/* Numbers that are known only when a tile is run. */
typedef enum clif__slot {
  CLIF__STEPS,
  CLIF__SAMPLES,
  CLIF__ROWS,    /* steps x samples */
  CLIF__KEY_LOW, /* halves of the seed */
  CLIF__KEY_HIGH,
  CLIF__QUAD, /* the first step's number is 4 * quad + phase; it counts from the last reset */
  CLIF__PHASE,
  CLIF__FIRST_SAMPLE, /* the first sample's number */
  CLIF__BLOCKS,       /* lane blocks of a work-item, with CLIF__OVER_NEURONS */
  CLIF__NUMBER,       /* of the tile, in the run */
  CLIF__ROW_WORDS,    /* words of as many bits as the tile has rows */
  CLIF__ROW_LIST,     /* elements of a list of rows of the tile */
  CLIF__ADDS,         /* 1 where a backward pass has had a tile before, to which sums are added */
  CLIF__SLOTS
} clif__slot;

/* Where a tensor's rows lie, in elements: that of step t and sample b begins at
 * first + t * step + b * sample. */
typedef enum clif__place { CLIF__PLACE_FIRST, CLIF__PLACE_STEP, CLIF__PLACE_SAMPLE } clif__place;

typedef struct clif__argument {
  enum {
    CLIF__ARG_TENSOR, /* the tensor's buffer; NULL where tensor is -1 */
    CLIF__ARG_PLACE,
    CLIF__ARG_BYTES, /* 1 where bytes were uploaded to the tensor, 0 where float32 */
    CLIF__ARG_FLOAT,
    CLIF__ARG_UINT,
    CLIF__ARG_SLOT
  } kind;
  int tensor;
  clif__place place;
  float number;
  cl_uint count; /* PLACE: elements from row to row, where rows lie one after the other */
  clif__slot slot;
} clif__argument;

typedef enum clif__command_kind {
  CLIF__KERNEL,  /* launch a kernel */
  CLIF__PRODUCT, /* matrix product c = a b of a linear layer */
  CLIF__UPLOAD,  /* host to tensor, from the binding of an input */
  CLIF__BIND,    /* the tensor is the device array that is bound to an input */
  CLIF__CLEAR,   /* the tensor becomes 0, if kernels have one neuron per work-item */
  CLIF__DOWNLOAD /* tensor to host, to the binding of a recorded quantity */
} clif__command_kind;

/* The two ways to compute a linear layer; some commands belong to one of them. */
typedef enum clif__way { CLIF__ANY_WAY, CLIF__DENSE, CLIF__EVENTS } clif__way;

/* When a command is left out of a tile. */
typedef struct clif__when {
  struct clif__layer *linear; /* unless this linear layer goes this way */
  clif__way way;
  const struct clif__layer *input; /* unless what this input got has this dtype */
  clif_dtype dtype;
  const struct clif__layer *taker; /* unless what this linear layer took in was or was not real */
  bool real;
} clif__when;

/* What a product of a linear layer is for. x: inputs, w: weights, g: gradients of its sums; w and g
 * by units of columns, a product for each. */
typedef enum clif__product {
  CLIF__SUMS,        /* x w, of which w is one unit */
  CLIF__INPUTS_BACK, /* g w^T */
  CLIF__WEIGHTS_BACK /* x^T g, added to what is there */
} clif__product;

/* How a kernel's work-items are laid out. */
typedef enum clif__grid {
  CLIF__OVER_ROWS,   /* FOR_ROWS of cl/prelude.cl: any number of work-items will do */
  CLIF__OVER_NEURONS /* runs of lane blocks x samples, one work-item each */
} clif__grid;

enum { CLIF__MAX_ARGUMENTS = 40 };

typedef struct clif__command {
  clif__command_kind kind;
  struct clif__layer *layer;
  clif__when when;
  /* KERNEL */
  const char *files, *kernel;
  char defines[384];
  clif__grid grid;
  size_t pitch; /* of the rows gone over */
  size_t inner; /* iterations of a loop inside, for each lane block of a row, or with
                   CLIF__OVER_NEURONS for each step; 0: no loop */
  size_t unit;  /* with CLIF__OVER_NEURONS: lane blocks of a work-item; 0: as many as are good.
                   Not 0: all of a work-group have one sample */
  /* That are gone over in place of the tile's rows or samples; 0: those. With CLIF__OVER_NEURONS
   * `inner` then counts for each row of the tile. */
  size_t rows;
  clif__argument arguments[CLIF__MAX_ARGUMENTS];
  unsigned n_arguments;
  /* PRODUCT */
  clif__product product;
  int x, w, g, scratch; /* tensors: of x, of w or its gradient, of g or the sums */
  size_t x_pitch, columns, units;
  /* UPLOAD, BIND, CLEAR, DOWNLOAD */
  int tensor;
  int quantity; /* clif_quantity or clif__injected of the binding */
} clif__command;

typedef struct clif__command_list {
  clif__command *commands;
  size_t n, capacity;
} clif__command_list;

/* Tensors that commands of all layers use, one after the other; as wide as the widest needs. */
typedef enum clif__shared {
  CLIF__INPUTS,     /* float32 for products, or lists of events */
  CLIF__CURRENTS,   /* what products put out */
  CLIF__INPUT_BITS, /* bits of inputs that come as numbers */
  CLIF__COUNTS,     /* events of each row */
  CLIF__SHARED
} clif__shared;

/* What backward passes begin with and end with; -1 for what there is not. All but weight are
 * ADJOINT; weight has the layout of the weights by units. */
typedef struct clif__gradient_tensors {
  int v, th, bias, tau, threshold, weight;
} clif__gradient_tensors;

typedef struct clif__plan {
  unsigned lanes; /* of the device, as are the costs */
  clif__costs costs;
  clif__tensor *tensors;
  size_t n_tensors, capacity;
  clif__command_list start;              /* for each tile of samples, before its first step */
  clif__command_list tile;               /* for each tile */
  clif__command_list back;               /* the same in backward passes, after it */
  clif__command_list *list;              /* the one that layers add to: tile, then back */
  const clif_gradient_options *gradient; /* NULL: there are no backward passes */
  clif__gradient_tensors gradients;
  int stats;                /* the tensor of statistics */
  int scratch;              /* the scratch tensor; -1 while nothing needs one */
  int shared[CLIF__SHARED]; /* -1 while nothing needs it */
  clif_linear_way linear;   /* as asked for, as is the next */
  clif_dense_by dense;
  bool cblas; /* is it available? */
  /* Chosen by clif__plan_fit(). */
  size_t batch, tile_steps, tile_samples, batch_tiles;
  size_t checkpoints; /* tiles of the longest run, and one more; with gradients */
  size_t steps;       /* of the longest run; 0: unknown */
  bool overlap;       /* copies go on while another tile is computed */
  uint64_t bytes;
} clif__plan;

/* An empty plan with its statistics tensor. */
clif_status clif__plan_create(clif_context *ctx, clif_linear_way linear, clif_dense_by dense,
                              clif__plan **out);
void clif__plan_destroy(clif_context *ctx, clif__plan *plan);

/* Buffers of a tensor: states have one for each tile of samples; where copies overlap, what is
 * copied has two, of which tiles take turns. */
size_t clif__plan_copies(const clif__plan *plan, const clif__tensor *tensor);

/* Adds a tensor; *out is its index. `stats` is set to -1, give it a word with clif__plan_stats().
 */
clif_status clif__plan_tensor(clif_context *ctx, clif__plan *plan, clif__tensor tensor, int *out);

/* A (tile, padded width) float32 tensor, the usual result of a layer. */
clif_status clif__plan_rows(clif_context *ctx, clif__plan *plan, const struct clif__layer *layer,
                            const char *what, size_t width, int *out);

/* A shared tensor with room for rows of `elements` elements of 4 bytes. */
clif_status clif__plan_shared(clif_context *ctx, clif__plan *plan, clif__shared which,
                              size_t elements, int *out);

/* A (tile, clif_spike_words(neurons)) tensor of spikes as bits, and the command that clears it. */
clif_status clif__plan_bits(clif_context *ctx, clif__plan *plan, struct clif__layer *layer,
                            const char *what, size_t neurons, int *out);

/* The same as `in` as float32, for `layer`: `in` itself, or made of its bits once. */
clif_status clif__plan_real(clif_context *ctx, clif__plan *plan, struct clif__layer *layer, int in,
                            int *out);

/* Elements of a list of some of `rows` rows, as spikes_list (cl/spikes.cl) makes it. */
size_t clif__row_list(size_t rows);

/* Adds the copy of a tensor to the host, or from it. */
clif_status clif__plan_transfer(clif_context *ctx, clif__plan *plan, clif__command_kind kind,
                                struct clif__layer *layer, int tensor, int quantity);

/* Adds what gives a state its start: one row of its width, or one number for all (alike). `data`
 * stays the caller's and must stay. */
clif_status clif__plan_start(clif_context *ctx, clif__plan *plan, struct clif__layer *layer,
                             int state, const float *data, bool alike);

/* The first of `words` new words of statistics. */
int clif__plan_stats(clif__plan *plan, size_t words);

/* Appends a command; NULL (error set) when there is no memory. Valid until the next is appended. */
clif__command *clif__plan_command(clif_context *ctx, clif__command_list *list,
                                  clif__command_kind kind, struct clif__layer *layer);

/* The same for a kernel. */
clif__command *clif__plan_kernel(clif_context *ctx, clif__command_list *list,
                                 struct clif__layer *layer, const char *files, const char *kernel,
                                 clif__grid grid, size_t pitch);

/* Appends an argument to a kernel command. Tensor -1 is NULL: the kernel must not use it. */
void clif__arg_tensor(clif__command *command, int tensor);
void clif__arg_place(clif__command *command, int tensor, clif__place place, size_t pitch);
void clif__arg_bytes(clif__command *command, int tensor);
void clif__arg_float(clif__command *command, double number);
void clif__arg_uint(clif__command *command, size_t count);
void clif__arg_slot(clif__command *command, clif__slot slot);

#endif
