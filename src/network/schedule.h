/* schedule.h - a plan's device objects, and what replays them. */
#ifndef CLIF_SCHEDULE_H
#define CLIF_SCHEDULE_H

#include "network/network.h"

typedef struct clif__work {
  cl_kernel kernel;    /* NULL for commands that are no kernels */
  size_t local[2];     /* largest work-group this kernel may have */
  double seconds;      /* with a profile: all its runs together */
  uint64_t runs, rows; /* and what they were */
} clif__work;

/* Where the rows of a tensor lie in this tile. */
typedef struct clif__view {
  cl_mem mem;       /* of a bound array, or shared; NULL: the tensor's own buffer */
  const void *host; /* the caller's memory that mem is (transfer.c) */
  size_t shared;    /* its bytes; 0: it is not */
  cl_uint place[3]; /* by clif__place; place[CLIF__PLACE_SAMPLE] 0: one after the other */
  bool bytes;       /* as they were uploaded; else float32 */
} clif__view;

struct clif__schedule {
  const clif__plan *plan;
  bool profile; /* wait after each command, and note its time */
  /* buffers[i][j]: of tensor i, clif__plan_copies() of them; see clif__schedule_buffer(). */
  clif__buffer **buffers;
  size_t n_tensors;
  clif__view *views;               /* by tensor; set by the commands UPLOAD and BIND */
  clif__work *start, *tile, *back; /* beside the plan's commands */
  size_t n_start, n_tile, n_back;
  bool *started; /* by tile of samples: its states have been set to step 0 */
  cl_uint *stats;
  float *staging;        /* with gradients: what comes back is added up here */
  clif__choice *choices; /* with gradients: the linear layer's, by tile of the last run */
  /* While copies overlap: of the tile whose input went over last, and of the last two tiles that
   * came back, by clif__tile.number % 2. NULL: none. */
  cl_event uploaded, downloaded[2];
};

/* What one tile covers. */
typedef struct clif__tile {
  size_t number;     /* of the run's tiles */
  size_t batch_tile; /* which tile of samples */
  size_t first_sample, samples;
  size_t first_step, steps;    /* of the run */
  uint64_t seed, step, sample; /* for random numbers: step and sample are those of the first ones */
  bool adds;                   /* its gradients of weights, to those of tiles before it */
} clif__tile;

/* Takes all device memory, compiles all kernels, uploads constants, checks the matrix products. */
clif_status clif__schedule_create(clif_context *ctx, const clif__plan *plan, clif__schedule **out);
void clif__schedule_destroy(clif_context *ctx, clif__schedule *schedule);

/* Enqueues the copy of a constant's data to its buffer. */
clif_status clif__constant_upload(clif_context *ctx, const clif__tensor *tensor,
                                  const clif__buffer *buffer);
/* The same of all constants of a network whose numbers lie there. */
clif_status clif__constants_upload(clif_network *net, const void *data);

/* The buffer of a tensor that a tile uses; with NULL the first one. */
const clif__buffer *clif__schedule_buffer(const clif__schedule *schedule, int tensor,
                                          const clif__tile *tile);

/* Commands that one tile enqueues when everything recorded is asked for, by the present ways. */
size_t clif__tile_commands(const clif__plan *plan, unsigned lanes);

/* Does the command belong to the present way of its linear layer? */
bool clif__goes_this_way(const clif__command *command);

/* ---- ways (choose.c, calibrate.c) ---- */

/* Measures what linear layers cost on this device, unless that is known, and keeps it. Takes a
 * second, and where CLBlast's kernels are compiled several. */
clif_status clif__calibrate(clif_context *ctx);

/* At prepare: how each linear layer begins. After a reset the input may be another one. */
void clif__choose_first(clif_network *net);
void clif__choose_reset(clif_network *net);
/* The ways of the tile to come. */
void clif__choose_ways(clif_network *net, const clif_run *run, const clif__tile *tile);
/* Goes on with a choice that a snapshot kept, if this network could have made it. */
void clif__choose_again(clif_network *net, clif__linear *linear, const clif__choice *choice);
/* Takes in what the tile had, from the statistics that were read back. */
void clif__choose_learn(clif_network *net, const clif__tile *tile);

/* Sets the states of a tile of samples to step 0, unless that has been done (run.c). */
clif_status clif__schedule_start(clif_context *ctx, clif__schedule *schedule,
                                 const clif__tile *tile);

/* Enqueues the commands of a list that are wanted, with the bindings of `run` (run.c). */
clif_status clif__run_list(clif_network *net, const clif_run *run, const clif__command_list *list,
                           clif__work *work, const clif__tile *tile);

/* With gradients: keeps the state that the tile begins with, and the ways it went (backward.c). */
clif_status clif__checkpoint_keep(clif_network *net, const clif__tile *tile);
void clif__choice_keep(clif_network *net, const clif__tile *tile);

/* Enqueues the kernel of a command for a tile. */
clif_status clif__schedule_launch(clif_context *ctx, const clif__schedule *schedule,
                                  const clif__command *command, const clif__work *work,
                                  const clif__tile *tile);

/* The matrix products of a PRODUCT over `rows` rows. adds: gradients of weights are added to what
 * is there. */
clif__gemm clif__product_sizes(const clif__command *product, size_t rows, bool adds,
                               clif__gemm_form *form);
/* Who computes it. */
clif__gemm_by clif__product_by(const clif__plan *plan, const clif__command *product);

/* Enqueues a PRODUCT over `rows` rows of a tile's buffers, by whom its layer says. */
clif_status clif__schedule_product(clif_context *ctx, const clif__schedule *schedule,
                                   const clif__command *command, const clif__tile *tile,
                                   size_t rows);

/* Does this product over `rows` rows give the host twin's bits on zeros and ones? (product.c) */
clif_status clif__product_check(clif_context *ctx, const clif__schedule *schedule,
                                const clif__command *command, size_t rows, bool *same);

/* ---- work-items (grid.c) ---- */

/* The work-group for a kernel that may have at most `limit` work-items in one. */
void clif__grid_local(const clif__command *command, unsigned lanes, size_t limit, size_t local[2]);

/* The work-items for one tile, whole work-groups. *blocks: lane blocks of each, with
 * CLIF__OVER_NEURONS. */
void clif__grid_global(const clif__command *command, unsigned lanes, size_t compute_units,
                       const clif__tile *tile, const size_t local[2], size_t global[2],
                       size_t *blocks);

/* ---- copies from and to the host (transfer.c) ---- */

/* Before a tile's commands: where the device works in the host's memory, kernels get the caller's
 * arrays themselves, as far as they lie as the kernels want it. After them: no longer. */
clif_status clif__transfer_share(clif_network *net, const clif_run *run,
                                 const clif__command_list *list, const clif__tile *tile);
void clif__transfer_part(clif_network *net);

/* The commands UPLOAD, BIND and DOWNLOAD, enqueued with the others; where copies overlap, only what
 * the kernels have to know of them, and of what is shared nothing is copied. */
clif_status clif__transfer_run(clif_network *net, const clif_run *run, const clif__command *command,
                               const clif__tile *tile);

/* The rest does nothing unless copies overlap.
 * Enqueues all uploads of a tile; the one that last had its buffers has been computed. */
clif_status clif__transfer_up(clif_network *net, const clif_run *run, const clif__tile *tile);
/* Has the commands to come wait for the tile's uploads, and until its buffers have been read. */
clif_status clif__transfer_await(clif_network *net, const clif__tile *tile);
/* Enqueues all downloads of a tile that has been computed. */
clif_status clif__transfer_down(clif_network *net, const clif_run *run, const clif__tile *tile);
/* At the end of a run: waits for what is under way. */
clif_status clif__transfer_finish(clif_network *net, const clif__tile *last);
/* After a failure: the same, without a word. */
void clif__transfer_abandon(clif_network *net);

/* ---- sizes (fit.c) ---- */

/* When copies overlap. */
typedef enum clif__overlap {
  CLIF__OVERLAP_NEVER,
  CLIF__OVERLAP_TILES, /* where a run has more than one tile */
  CLIF__OVERLAP_ALWAYS
} clif__overlap;

typedef struct clif__limits {
  size_t batch, steps;    /* as clif_prepare_options; steps 0: unknown */
  uint64_t cap;           /* bytes of all buffers */
  uint64_t max_buffer;    /* bytes of one */
  size_t most_iterations; /* of a work-item's loops; 0: no limit */
  size_t longest;         /* steps of a tile; 0: as is usual */
  bool greedy;            /* tiles as long as fit, not only as long as is of use */
  /* Scratch bytes of a product of `rows` rows; NULL: none. */
  clif_status (*scratch)(clif_context *ctx, const clif__plan *plan, const clif__command *product,
                         size_t rows, size_t *bytes);
  clif__overlap overlap;
} clif__limits;

/* Chooses the tile's size and sets all byte counts. Needs no device. */
clif_status clif__plan_fit(clif_context *ctx, clif__plan *plan, const clif__limits *limits);

#endif
