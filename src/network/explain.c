/* explain.c - the plan as text. */
#include <stdarg.h>
#include <stdio.h>

#include "network/network.h"
#include "network/schedule.h"

size_t clif__tile_commands(const clif__plan *plan, unsigned lanes) {
  size_t n = 2; /* the statistics are cleared and read back */
  for (size_t i = 0; i < plan->tile.n; i++) {
    const clif__command *c = &plan->tile.commands[i];
    /* Of two types of input one comes. */
    n += clif__goes_this_way(c) && c->kind != CLIF__BIND &&
         (c->kind != CLIF__CLEAR || lanes == 1) && c->when.dtype != CLIF_F32;
    /* CBLAS is told first where the two factors are. */
    if (clif__goes_this_way(c) && c->kind == CLIF__PRODUCT &&
        c->layer->data.linear.choice.by == CLIF__BY_CBLAS)
      n += 2;
  }
  return n;
}

typedef struct text {
  char *out;
  size_t capacity, length;
} text;

static void say(text *t, const char *format, ...) CLIF__PRINTF(2, 3);

static void say(text *t, const char *format, ...) {
  va_list arguments;
  size_t room = t->length < t->capacity ? t->capacity - t->length : 0;
  va_start(arguments, format);
  int n = vsnprintf(room ? t->out + t->length : NULL, room, format, arguments);
  va_end(arguments);
  if (n > 0) t->length += (size_t)n;
}

static void say_tensor(text *t, const clif__plan *plan, const clif__tensor *tensor) {
  static const char *const lives[] = {
      [CLIF__TILE] = "tile",       [CLIF__STATE] = "state",     [CLIF__CONSTANT] = "constant",
      [CLIF__SCRATCH] = "scratch", [CLIF__BOUND] = "bound",     [CLIF__CHECKPOINT] = "checkpoint",
      [CLIF__ADJOINT] = "adjoint", [CLIF__STATS] = "statistics"};
  size_t n = clif__plan_copies(plan, tensor);
  if (tensor->bytes == 0) return; /* scratch that nobody wants, arrays that are not ours */
  say(t, "  %-12s %-16s %-10s %12zu bytes", tensor->layer ? tensor->layer->name : "-", tensor->what,
      lives[tensor->life], tensor->bytes);
  if (n > 1) say(t, " x %zu", n);
  say(t, "\n");
}

/* Which of several commands it is. */
static void say_when(text *t, const clif__when *when) {
  static const char *const ways[] = {"", "dense: ", "events: "};
  say(t, "%s", ways[when->way]);
  if (when->input) say(t, "of %s: ", clif_dtype_name(when->dtype));
}

/* Bytes that a command goes over, for each row of a tile and besides. */
static void count_bytes(const clif__plan *plan, const clif__command *c, double *of_row,
                        double *besides) {
  int product[] = {c->x, c->w, c->g};
  size_t n = c->kind == CLIF__KERNEL ? c->n_arguments : c->kind == CLIF__PRODUCT ? 3 : 1;
  for (size_t i = 0; i < n; i++) {
    int tensor = c->kind == CLIF__PRODUCT ? product[i] : c->tensor;
    if (c->kind == CLIF__KERNEL)
      tensor = c->arguments[i].kind == CLIF__ARG_TENSOR ? c->arguments[i].tensor : -1;
    if (tensor < 0) continue;
    const clif__tensor *t = &plan->tensors[tensor];
    if (t->life == CLIF__TILE) *of_row += (double)(t->pitch * t->element);
    if (t->life == CLIF__CONSTANT || t->life == CLIF__STATE) *besides += (double)t->bytes;
  }
}

/* Is it the command that computes a linear layer? Others only bring its data. */
static bool computes(const clif__command *c) {
  return c->when.linear && (c->kind == CLIF__PRODUCT || (c->kind == CLIF__KERNEL && c->unit != 0));
}

/* Synapses that it goes over in a row: dense all of them, by events those that are not 0. */
static double synapses(const clif__command *c) {
  const clif__linear *l = &c->when.linear->data.linear;
  double all = (double)l->in * (double)l->out;
  return c->kind == CLIF__PRODUCT ? all : all * l->choice.density;
}

static void say_predicted(text *t, const clif__plan *plan, const clif__command *c) {
  if (!computes(c)) return;
  const clif__linear *l = &c->when.linear->data.linear;
  bool dense = c->kind == CLIF__PRODUCT;
  double row = dense ? clif__cost_dense(plan, l, l->choice.by)
                     : clif__cost_events(plan, l, l->choice.density);
  double rows = (double)plan->tile_steps * (double)plan->tile_samples;
  say(t, "    predicted %.3g ms a tile", 1e3 * row * rows);
  if (!dense) say(t, ", where %.3g of the input is not 0", l->choice.density);
  say(t, "\n");
}

/* What a profile measured. */
static void say_measured(text *t, const clif__plan *plan, const clif__command *c,
                         const clif__work *work) {
  double of_row = 0, besides = 0, rows = (double)work->rows, runs = (double)work->runs;
  if (work->runs == 0) return;
  count_bytes(plan, c, &of_row, &besides);
  say(t, "    measured %.4g ms each of %llu tiles, at most %.3g GB/s", 1e3 * work->seconds / runs,
      (unsigned long long)work->runs, 1e-9 * (of_row * rows + besides * runs) / work->seconds);
  if (computes(c)) say(t, ", %.3g G synapses/s", 1e-9 * synapses(c) * rows / work->seconds);
  say(t, "\n");
}

static void say_command(text *t, const clif__plan *plan, const clif__command *c) {
  const clif__tensor *tensor = &plan->tensors[c->tensor];
  say(t, "%c %-12s ", clif__goes_this_way(c) ? ' ' : '-', c->layer->name);
  switch (c->kind) {
  case CLIF__KERNEL:
    say(t, "kernel   ");
    say_when(t, &c->when);
    say(t, "%s%s%s", c->kernel, *c->defines ? " " : "", c->defines);
    break;
  case CLIF__PRODUCT:
    say(t, "product  dense: rows x %zu x %zu by %s", c->layer->data.linear.in, c->columns,
        c->layer->data.linear.choice.by == CLIF__BY_CBLAS
            ? "CBLAS; not reproducible"
            : "CLBlast; reproducible for zeros and ones only");
    break;
  case CLIF__UPLOAD:
    say(t, "upload   %s, %zu elements a row", tensor->what, tensor->width);
    break;
  case CLIF__BIND:
    say(t, "bind     the run's device array");
    break;
  case CLIF__CLEAR:
    say(t, "clear    %s, if kernels have one neuron per work-item", tensor->what);
    break;
  case CLIF__DOWNLOAD:
    say(t, "download %s, %zu bytes a row", tensor->what, tensor->width * tensor->element);
    break;
  }
  say(t, "\n");
}

size_t clif_network_explain(const clif_network *net, char *out, size_t capacity) {
  text t = {out, out ? capacity : 0, 0};
  if (t.capacity) out[0] = '\0';
  if (!net || !net->schedule) return 0;
  const clif__plan *plan = net->plan;
  say(&t, "tile: %zu steps x %zu samples of %zu; %zu commands a tile; %llu bytes on the device\n",
      plan->tile_steps, plan->tile_samples, plan->batch, clif__tile_commands(plan, net->ctx->lanes),
      (unsigned long long)plan->bytes);
  say(&t, "copies: %s\n",
      plan->overlap ? "while another tile is computed" : "in turn with kernels");
  say(&t, "buffers:\n");
  for (size_t i = 0; i < plan->n_tensors; i++) say_tensor(&t, plan, &plan->tensors[i]);
  say(&t, "before the first step:\n");
  for (size_t i = 0; i < plan->start.n; i++) say_command(&t, plan, &plan->start.commands[i]);
  say(&t, "for each tile:\n");
  for (size_t i = 0; i < plan->tile.n; i++) {
    say_command(&t, plan, &plan->tile.commands[i]);
    say_predicted(&t, plan, &plan->tile.commands[i]);
    say_measured(&t, plan, &plan->tile.commands[i], &net->schedule->tile[i]);
  }
  return t.length;
}
