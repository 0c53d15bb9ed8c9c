/* grid.c - how many work-items a kernel gets, and in what groups. Needs no device. */
#include "network/schedule.h"

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}
static size_t most(size_t a, size_t b) {
  return a > b ? a : b;
}
static size_t shares_of(size_t n, size_t share) {
  return (n + share - 1) / share;
}
static size_t round_up(size_t n, size_t unit) {
  return shares_of(n, unit) * unit;
}

/* A GPU's work-group: wide along the row, as tall as fits. A lane block of 16 is a whole work-group
 * by itself. */
void clif__grid_local(const clif__command *command, unsigned lanes, size_t limit, size_t local[2]) {
  enum { USUAL = 64 };
  local[0] = local[1] = 1;
  if (lanes > 1) return;
  limit = least(limit, USUAL);
  while (local[0] < command->pitch && 2 * local[0] <= limit) local[0] *= 2;
  if (command->unit != 0) return;
  while (2 * local[0] * local[1] <= limit) local[1] *= 2;
}

/* Mesa's llvmpipe ends all loops of a work-item, without a word, after 65535 iterations of them
 * together. So no work-item gets more than this; it is enough to make a launch worth while. */
enum { MOST_ITERATIONS = 1 << 14 };

static void bound_iterations(const clif__command *command, size_t blocks, size_t rows,
                             size_t global[2]) {
  size_t a_block = command->inner + 2, most_blocks = most(1, MOST_ITERATIONS / a_block);
  global[0] = most(global[0], shares_of(blocks, most_blocks));
  size_t a_row = shares_of(blocks, global[0]) * a_block + 3;
  global[1] = most(global[1], shares_of(rows, most(1, MOST_ITERATIONS / a_row)));
}

/* Lane blocks of one work-item that goes over neurons with 16 lanes: as many as keep memory walked
 * in long runs and the state in a near cache, but enough work-items to share among the cores.
 * 8 blocks are packed into bits together. */
static size_t blocks_of(size_t blocks, size_t compute_units, const clif__tile *tile) {
  enum { UNIT = 32, MOST = 512, ITEMS_PER_CORE = 4 };
  size_t quads = tile->steps / 4 + 2;
  size_t wanted = blocks * tile->samples / (ITEMS_PER_CORE * compute_units);
  size_t most_blocks = least(MOST, MOST_ITERATIONS / quads);
  return most(UNIT, least(wanted, most_blocks) / UNIT * UNIT);
}

void clif__grid_global(const clif__command *command, unsigned lanes, size_t compute_units,
                       const clif__tile *tile, const size_t local[2], size_t global[2],
                       size_t *of_item) {
  size_t blocks = command->pitch / lanes;
  size_t rows = command->rows ? command->rows : tile->steps * tile->samples;
  *of_item = 1;
  if (command->grid == CLIF__OVER_NEURONS) {
    if (lanes > 1)
      *of_item = command->unit ? command->unit : blocks_of(blocks, compute_units, tile);
    /* As RUN_ID and SAMPLE_ID of prelude.cl. */
    global[lanes > 1 ? 1 : 0] = shares_of(blocks, *of_item);
    global[lanes > 1 ? 0 : 1] = command->rows ? rows : tile->samples;
  } else if (lanes > 1) {
    /* Whole rows in memory order, and a few shares for each core to even out. */
    global[0] = 1;
    global[1] = least(rows, 8 * compute_units);
    bound_iterations(command, blocks, rows, global);
  } else {
    size_t items = 1024 * compute_units;
    global[0] = least(blocks, items);
    global[1] = least(rows, most(1, items / blocks));
    bound_iterations(command, blocks, rows, global);
  }
  for (int d = 0; d < 2; d++) global[d] = round_up(global[d], local[d]);
}
