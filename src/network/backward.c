/* backward.c - forward passes that can be taken back, and backward passes.
 *
 * A backward pass goes over the tiles of its forward pass from the last to the first. The buffers
 * hold what was kept of one tile, usually the only one; others are computed again, from the state
 * that each began with (its checkpoint), and where another pass came between, all are, from the
 * state that the pass began with. The network's own state is put aside for that time. */
#include "network/backward.h"

#include <string.h>

#include "network/schedule.h"

/* ---- copies of the state ---- */

typedef clif_status (*state_fn)(clif_network *net, size_t tensor, size_t index, void *user);

/* Calls f for each state, with its number. */
static clif_status each_state(clif_network *net, state_fn f, void *user) {
  size_t index = 0;
  for (size_t i = 0; i < net->plan->n_tensors; i++)
    if (net->plan->tensors[i].kept >= 0) CLIF_TRY(f(net, i, index++, user));
  return CLIF_OK;
}

static size_t row_bytes(const clif_network *net, size_t tensor) {
  return net->plan->tensors[tensor].pitch * sizeof(float);
}

static const clif__buffer *checkpoint_of(const clif_network *net, size_t tensor) {
  return net->schedule->buffers[net->plan->tensors[tensor].kept];
}

/* The state to or from a checkpoint of so many samples. */
typedef struct place {
  size_t row, samples;
  bool keep;
} place;

static clif_status copy_checkpoint(clif_network *net, size_t tensor, size_t index, void *user) {
  (void)index;
  const place *p = user;
  const size_t row = row_bytes(net, tensor), bytes = p->samples * row;
  const clif__buffer *state = net->schedule->buffers[tensor], *kept = checkpoint_of(net, tensor);
  return p->keep ? clif__buffer_copy(net->ctx, state, 0, kept, p->row * row, bytes)
                 : clif__buffer_copy(net->ctx, kept, p->row * row, state, 0, bytes);
}

clif_status clif__checkpoint_keep(clif_network *net, const clif__tile *tile) {
  place p = {tile->number * tile->samples, tile->samples, true};
  net->tape = (clif__tape){0, tile->number};
  return each_state(net, copy_checkpoint, &p);
}

static clif_status go_back_to(clif_network *net, const clif__tile *tile) {
  place p = {tile->number * tile->samples, tile->samples, false};
  return each_state(net, copy_checkpoint, &p);
}

/* Puts the network's own state aside, behind all checkpoints, or takes it back. */
static clif_status put_aside(clif_network *net, bool keep) {
  const size_t samples = net->plan->tile_samples;
  place p = {(net->plan->checkpoints - 1) * samples, samples, keep};
  return each_state(net, copy_checkpoint, &p);
}

/* ---- passes ---- */

/* The linear layer; NULL where there is none. */
static clif__linear *linear_of(clif_network *net) {
  for (size_t i = 0; i < net->n_layers; i++)
    if (net->layers[i].type == &clif__linear_class) return &net->layers[i].data.linear;
  return NULL;
}

void clif__choice_keep(clif_network *net, const clif__tile *tile) {
  const clif__linear *linear = linear_of(net);
  if (linear) net->schedule->choices[tile->number] = linear->choice;
}

static clif_status keep_start(clif_network *net, size_t tensor, size_t index, void *user) {
  clif_pass *pass = user;
  const size_t bytes = pass->batch * row_bytes(net, tensor);
  CLIF_TRY(clif__buffer_create(net->ctx, bytes, "start of the pass", &pass->start[index]));
  return clif__buffer_copy(net->ctx, net->schedule->buffers[tensor], 0, &pass->start[index], 0,
                           bytes);
}

static clif_status begin_pass(clif_network *net, clif_pass *pass) {
  const clif__tile first = {.samples = pass->batch, .steps = 1};
  *pass = (clif_pass){.ctx = net->ctx,
                      .serial = net->serial,
                      .weights = net->weights,
                      .step = net->step,
                      .first_sample = net->first_sample,
                      .seed = net->seed,
                      .steps = pass->steps,
                      .batch = pass->batch,
                      .tiles = (pass->steps + net->plan->tile_steps - 1) / net->plan->tile_steps,
                      .fresh = !net->begun};
  clif__context_hold(net->ctx);
  pass->choices = clif__calloc(net->ctx, pass->tiles, sizeof *pass->choices);
  if (!pass->choices) return CLIF_OUT_OF_MEMORY;
  CLIF_TRY(clif__schedule_start(net->ctx, net->schedule, &first));
  return each_state(net, keep_start, pass);
}

clif_status clif__network_forward(clif_network *net, const clif_run *run, clif_pass **out) {
  size_t steps, batch;
  CLIF_TRY(clif__check_run(net, run, &steps, &batch));
  clif_pass *pass = clif__calloc(net->ctx, 1, sizeof *pass);
  if (!pass) return CLIF_OUT_OF_MEMORY;
  pass->steps = steps;
  pass->batch = batch;
  const bool started = net->schedule->started[0];
  clif_status status = begin_pass(net, pass);
  if (status == CLIF_OK)
    status = clif_network_run(net, run);
  else
    net->schedule->started[0] = started; /* the next may be of more samples */
  if (status != CLIF_OK) {
    clif_pass_destroy(pass);
    return status;
  }
  pass->number = ++net->passes;
  memcpy(pass->choices, net->schedule->choices, pass->tiles * sizeof *pass->choices);
  net->tape = (clif__tape){pass->number, pass->tiles - 1};
  *out = pass;
  return CLIF_OK;
}

void clif_pass_destroy(clif_pass *pass) {
  if (!pass) return;
  clif_context *ctx = pass->ctx;
  for (int i = 0; i < CLIF__STATES; i++) clif__buffer_release(ctx, &pass->start[i]);
  clif__free(ctx, pass->choices);
  clif__free(ctx, pass);
  clif__context_release(ctx);
}

/* ---- backward ---- */

/* What a backward pass goes over. */
typedef struct journey {
  clif_network *net;
  const clif_pass *pass;
  const clif_run *run;
  clif__linear *linear; /* or NULL */
  bool aside;           /* the network's own state is */
} journey;

static clif__tile tile_of(const journey *j, size_t number) {
  const clif_pass *pass = j->pass;
  const size_t longest = j->net->plan->tile_steps, first = number * longest;
  const size_t left = pass->steps - first;
  return (clif__tile){.number = number,
                      .samples = pass->batch,
                      .first_step = first,
                      .steps = left < longest ? left : longest,
                      .seed = pass->seed,
                      .step = pass->step + first,
                      .sample = pass->first_sample,
                      .adds = number + 1 < pass->tiles};
}

/* Computes a tile again, from the present state. Nothing of it is read back. */
static clif_status replay(const journey *j, const clif__tile *tile) {
  clif_network *net = j->net;
  const clif__buffer *stats = net->schedule->buffers[net->plan->stats];
  clif_run inputs = *j->run;
  inputs.n_outputs = 0;
  if (j->linear) j->linear->choice = j->pass->choices[tile->number];
  CLIF_TRY(clif__buffer_clear(net->ctx, stats, stats->bytes));
  clif__transfer_part(net);
  CLIF_TRY(clif__transfer_share(net, &inputs, &net->plan->tile, tile));
  CLIF_TRY(clif__run_list(net, &inputs, &net->plan->tile, net->schedule->tile, tile));
  net->tape = (clif__tape){j->pass->number, tile->number};
  return CLIF_OK;
}

/* The inputs, which are not kept: they may have been shared, or be another array on the device. */
static clif_status bring_inputs(const journey *j, const clif__tile *tile) {
  clif_network *net = j->net;
  const clif__command_list *list = &net->plan->tile;
  clif__transfer_part(net);
  CLIF_TRY(clif__transfer_share(net, j->run, list, tile));
  for (size_t i = 0; i < list->n; i++)
    if (list->commands[i].kind == CLIF__UPLOAD || list->commands[i].kind == CLIF__BIND)
      CLIF_TRY(clif__transfer_run(net, j->run, &list->commands[i], tile));
  return CLIF_OK;
}

static clif_status go_back_to_start(clif_network *net, size_t tensor, size_t index, void *user) {
  const journey *j = user;
  const clif_pass *pass = j->pass;
  return clif__buffer_copy(net->ctx, &pass->start[index], 0, net->schedule->buffers[tensor], 0,
                           pass->batch * row_bytes(net, tensor));
}

/* Where the buffers hold another pass: all of this one. */
static clif_status replay_all(journey *j) {
  CLIF_TRY(put_aside(j->net, true));
  j->aside = true;
  CLIF_TRY(each_state(j->net, go_back_to_start, j));
  for (size_t i = 0; i < j->pass->tiles; i++) {
    const clif__tile tile = tile_of(j, i);
    CLIF_TRY(clif__checkpoint_keep(j->net, &tile));
    CLIF_TRY(replay(j, &tile));
  }
  return CLIF_OK;
}

static clif_status take_back(journey *j, size_t number) {
  clif_network *net = j->net;
  const clif__tile tile = tile_of(j, number);
  if (net->tape.tile != number) {
    if (!j->aside) CLIF_TRY(put_aside(net, true));
    j->aside = true;
    CLIF_TRY(go_back_to(net, &tile));
    CLIF_TRY(replay(j, &tile));
  } else {
    CLIF_TRY(bring_inputs(j, &tile));
  }
  if (j->linear) j->linear->choice = j->pass->choices[number];
  CLIF_TRY(clif__transfer_share(net, j->run, &net->plan->back, &tile));
  CLIF_TRY(clif__run_list(net, j->run, &net->plan->back, net->schedule->back, &tile));
  clif__transfer_part(net);
  return CLIF_OK;
}

static clif_status travel(journey *j, const clif_group_gradients *g) {
  clif_network *net = j->net;
  CLIF_TRY(clif__gradients_begin(net, g));
  if (net->tape.pass != j->pass->number) CLIF_TRY(replay_all(j));
  for (size_t i = j->pass->tiles; i-- > 0;) CLIF_TRY(take_back(j, i));
  CLIF_TRY(clif__gradients_end(net, j->pass, g));
  return j->aside ? put_aside(net, false) : CLIF_OK;
}

clif_status clif__network_backward(clif_network *net, const clif_pass *pass, const clif_run *run,
                                   const clif_group_gradients *g) {
  journey j = {net, pass, run, linear_of(net), false};
  clif__choice choice = {0};
  if (j.linear) choice = j.linear->choice;
  clif_status status = travel(&j, g);
  if (status == CLIF_OK) status = clif__finish(net->ctx);
  if (j.linear) j.linear->choice = choice;
  if (status == CLIF_OK) {
    clif__gradients_add_up(net, pass, g);
    clif__programs_save(net->ctx);
    return CLIF_OK;
  }
  clFinish(net->ctx->queue); /* the caller's arrays must be ours no more; the error is kept */
  clif__transfer_part(net);
  clif__where(net->ctx, NULL);
  net->tape.pass = 0;
  net->valid = false;
  return status;
}
