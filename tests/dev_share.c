/* dev_share.c - where the device works in the host's memory kernels get the caller's arrays, if
 * they lie as the kernels want it: no bit of any result may show it, nothing beside an array may be
 * touched, and only what is shared is not copied. What is right is what comes of copies. */
#define _GNU_SOURCE 1 /* MAP_ANONYMOUS */
#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clif/gradient.h"
#include "core/core.h"
#include "nets.h"

enum { STEPS = 8, BATCH = 4, TILE = 4, GUARD = 0x5a };

/* A context as the device is found, or one that copies. */
static clif_context *open_sharing(bool share) {
  clif_context *ctx = open_context(NULL);
  ctx->shares_memory = ctx->shares_memory && share;
  return ctx;
}

static bool is_pocl(const clif_context *ctx) {
  return strstr(clif_context_device(ctx)->platform, "Portable Computing Language") != NULL;
}

/* ---- arrays, and what is around them ---- */

typedef enum layout {
  PACKED,     /* beginning at a multiple of 16, but not of 32: no less aligned is shared */
  ALIGNED,    /* to 64, as CLBlast wants it */
  MISALIGNED, /* by 4 bytes */
  STRIDED,    /* a part of each row of a larger array */
  STILL,      /* an input that is the same in every step */
  LAYOUTS
} layout;

static const char *const layout_names[LAYOUTS] = {"packed", "aligned", "misaligned", "strided",
                                                  "still"};

typedef struct block {
  unsigned char *memory, *kept; /* all of it, and what it was */
  size_t bytes;
  clif_array a;
} block;

static block new_block(clif_dtype dtype, size_t steps, size_t batch, size_t n, layout how) {
  enum { BEFORE = 128, BEHIND = 128, LINE = 64, MORE = 16 };
  const size_t element = clif_dtype_size(dtype), width = how == STRIDED ? n + MORE : n;
  const size_t first = BEFORE + (how == MISALIGNED ? 4 : how == ALIGNED ? 0 : 16);
  block b = {.bytes = first + steps * batch * width * element + BEHIND};
  b.bytes = (b.bytes + LINE - 1) / LINE * LINE;
  b.memory = aligned_alloc(LINE, b.bytes);
  b.kept = malloc(b.bytes);
  assert_non_null(b.memory);
  assert_non_null(b.kept);
  memset(b.memory, GUARD, b.bytes);
  b.a = view3(b.memory + first, dtype, steps, batch, width);
  if (how == STRIDED) b.a = clif_array_slice(&b.a, 2, 0, n);
  if (how == STILL) b.a.strides[0] = 0;
  return b;
}

static void free_block(block *b) {
  free(b->memory), free(b->kept);
  *b = (block){0};
}

static size_t row_bytes(const clif_array *a) {
  return a->shape[2] * clif_dtype_size(a->dtype);
}

static void *row_of(const clif_array *a, size_t row) {
  return (char *)a->data + row / a->shape[1] * a->strides[0] + row % a->shape[1] * a->strides[1];
}

static size_t rows_of(const clif_array *a) {
  return a->shape[0] * a->shape[1];
}

/* (rows, n) in C order to the array. */
static void put(block *b, const void *from) {
  const size_t bytes = row_bytes(&b->a);
  for (size_t row = 0; row < rows_of(&b->a); row++)
    memcpy(row_of(&b->a, row), (const char *)from + row * bytes, bytes);
  memcpy(b->kept, b->memory, b->bytes);
}

/* The same back; nothing around the rows may have changed. */
static void take(const char *what, block *b, void *to) {
  const size_t bytes = row_bytes(&b->a);
  for (size_t row = 0; row < rows_of(&b->a); row++) {
    memcpy((char *)to + row * bytes, row_of(&b->a, row), bytes);
    memset(row_of(&b->a, row), GUARD, bytes);
  }
  for (size_t i = 0; i < b->bytes; i++)
    if (b->memory[i] != GUARD) fail_msg("%s: byte %zu, outside of the array, is written", what, i);
}

static void assert_untouched(const char *what, const block *b) {
  if (memcmp(b->memory, b->kept, b->bytes) != 0) fail_msg("%s: the input is written to", what);
}

/* ---- a group without a linear layer ---- */

typedef enum cut { WHOLE, TILES, CHUNKS, SAMPLES, ROWS, CUTS } cut;

static const char *const cut_names[CUTS] = {"whole", "tiles", "chunks", "samples", "rows"};

typedef struct subject {
  size_t n;
  clif_dtype in;
  clif_spikes spikes;
  cut cut;
  layout x, y; /* of what comes in and what goes out */
} subject;

enum { OUTPUTS = 4 }; /* spikes, v, v_pre, th */

typedef struct answer {
  void *out[OUTPUTS];
  uint64_t up, down; /* bytes */
} answer;

static const char *describe(const subject *s) {
  static char text[160];
  snprintf(text, sizeof text, "%zu neurons, input %s %s, output %s %s, %s", s->n,
           clif_dtype_name(s->in), layout_names[s->x],
           s->spikes == CLIF_SPIKES_U8 ? "uint8" : "float32", layout_names[s->y],
           cut_names[s->cut]);
  return text;
}

static clif_group *create(clif_context *ctx, const subject *s, uint64_t cap) {
  clif_group *group = NULL;
  clif_lif_params p = clif_lif_defaults();
  const clif_group_options o = {.size = sizeof o,
                                .neurons = s->n,
                                .batch = BATCH,
                                .steps = s->cut == TILES ? TILE : STEPS,
                                .max_device_bytes = cap,
                                .spikes = s->spikes,
                                .record = CLIF_RECORD_V | CLIF_RECORD_V_PRE | CLIF_RECORD_TH};
  p.tau = clif_scalar(3.0);
  p.options.adaptive = 1;
  const clif_status status = clif_group_create(ctx, &p, &o, &group);
  if (status != CLIF_OUT_OF_DEVICE_MEMORY || !cap) assert_ok(ctx, status);
  return group;
}

/* With tiles of one step of two samples, or of one. */
static clif_group *create_narrow(clif_context *ctx, const subject *s) {
  const size_t samples = s->cut == SAMPLES ? 2 : 1;
  for (uint64_t cap = 64;; cap += 64) {
    clif_group *group = create(ctx, s, cap);
    if (!group) continue;
    const clif_group_info info = clif_group_look(group);
    if (info.tile_batch == samples) {
      assert_int_equal(info.tile_steps, 1);
      return group;
    }
    clif_group_destroy(group);
    assert_true(info.tile_batch < samples);
  }
}

static void run_parts(clif_context *ctx, clif_group *group, const subject *s, const block *x,
                      const block y[OUTPUTS]) {
  const size_t part = s->cut == CHUNKS ? TILE : STEPS;
  for (size_t t = 0; t < STEPS; t += part) {
    const clif_group_io io = {.size = sizeof io,
                              .input = clif_array_slice(&x->a, 0, t, part),
                              .spikes = clif_array_slice(&y[0].a, 0, t, part),
                              .v = clif_array_slice(&y[1].a, 0, t, part),
                              .v_pre = clif_array_slice(&y[2].a, 0, t, part),
                              .th = clif_array_slice(&y[3].a, 0, t, part)};
    assert_ok(ctx, clif_group_run(group, &io));
  }
}

static void *make_input(const subject *s) {
  const size_t row = BATCH * s->n, count = STEPS * row;
  uint8_t *bytes = random_spikes(count, 0.4, 3);
  float *numbers = random_floats(count, -0.5, 4.0, 4);
  for (size_t i = 0; i < count; i++) {
    const size_t from = s->x == STILL ? i % row : i;
    bytes[i] = (uint8_t)(5 * bytes[from]);
    numbers[i] = numbers[from];
    if (s->x == STILL) bytes[i] = bytes[from] ? 5 : 0;
  }
  if (s->in == CLIF_U8) {
    free(numbers);
    return bytes;
  }
  free(bytes);
  return numbers;
}

static answer play(clif_context *ctx, const subject *s) {
  answer out = {.up = 0};
  void *numbers = make_input(s);
  block x = new_block(s->in, STEPS, BATCH, s->n, s->x), y[OUTPUTS];
  clif_group *group = s->cut >= SAMPLES ? create_narrow(ctx, s) : create(ctx, s, 0);
  put(&x, numbers);
  for (int i = 0; i < OUTPUTS; i++)
    y[i] =
        new_block(i || s->spikes == CLIF_SPIKES_F32 ? CLIF_F32 : CLIF_U8, STEPS, BATCH, s->n, s->y);
  const clif_counters before = clif_context_counters(ctx);
  run_parts(ctx, group, s, &x, y);
  const clif_counters after = clif_context_counters(ctx);
  out.up = after.bytes_uploaded - before.bytes_uploaded;
  out.down = after.bytes_downloaded - before.bytes_downloaded;
  assert_untouched(describe(s), &x);
  for (int i = 0; i < OUTPUTS; i++) {
    out.out[i] = calloc(rows_of(&y[i].a), row_bytes(&y[i].a));
    assert_non_null(out.out[i]);
    take(describe(s), &y[i], out.out[i]);
    free_block(&y[i]);
  }
  free_block(&x);
  free(numbers);
  clif_group_destroy(group);
  return out;
}

static void free_answer(answer *a) {
  for (int i = 0; i < OUTPUTS; i++) free(a->out[i]);
}

static size_t bytes_of_output(const subject *s, int i) {
  return STEPS * BATCH * s->n * (i || s->spikes == CLIF_SPIKES_F32 ? sizeof(float) : 1);
}

/* A tile of one step shares still images, too, and one of one row what lies apart. */
static bool may_share(const subject *s, layout how) {
  return s->n % 16 == 0 && (how < MISALIGNED || (how == STILL && s->cut >= SAMPLES) ||
                            (how == STRIDED && s->cut == ROWS));
}

static void compare(clif_context *sharing, clif_context *copying, const subject *s) {
  uint64_t in = STEPS * BATCH * s->n * clif_dtype_size(s->in), out = 0;
  answer got = play(sharing, s), expected = play(copying, s);
  for (int i = 0; i < OUTPUTS; i++) {
    out += bytes_of_output(s, i);
    if (memcmp(got.out[i], expected.out[i], bytes_of_output(s, i)) != 0)
      fail_msg("%s: output %d is another than by copies", describe(s), i);
  }
  const bool shares = sharing->shares_memory;
  if (!shares || !may_share(s, s->x)) in = 0;
  if (!shares || !may_share(s, s->y)) out = 0;
  if (got.up != expected.up - in || got.down != expected.down - out)
    fail_msg("%s: %llu bytes up and %llu down, expected %llu and %llu", describe(s),
             (unsigned long long)got.up, (unsigned long long)got.down,
             (unsigned long long)(expected.up - in), (unsigned long long)(expected.down - out));
  const uint8_t *spikes = got.out[0];
  size_t n = 0;
  for (size_t i = 0; s->spikes == CLIF_SPIKES_U8 && i < STEPS * BATCH * s->n; i++) n += spikes[i];
  if (s->spikes == CLIF_SPIKES_U8) assert_in_range(n, 1, STEPS * BATCH * s->n - 1);
  free_answer(&got), free_answer(&expected);
}

/* ---- groups ---- */

static void pocl_shares(void **state) {
  (void)state;
  clif_context *ctx = open_context(NULL);
  print_message("'%s' %s the host's memory\n", clif_context_device(ctx)->name,
                ctx->shares_memory ? "works in" : "does not work in");
  if (is_pocl(ctx)) assert_true(ctx->shares_memory);
  if (!clif_context_device(ctx)->unified_memory) assert_false(ctx->shares_memory);
  clif_context_destroy(ctx);
}

static void groups_do_not_show_where_arrays_lie(void **state) {
  (void)state;
  static const size_t sizes[] = {16, 20, 48, 130, 256};
  const size_t n_sizes = is_slow_device() ? 2 : sizeof sizes / sizeof *sizes;
  clif_context *sharing = open_sharing(true), *copying = open_sharing(false);
  int number = 0;
  for (size_t i = 0; i < n_sizes; i++)
    for (int x = 0; x < LAYOUTS; x++)
      for (int y = 0; y < STILL; y++, number++)
        for (int c = 0; c < (is_slow_device() ? 2 : CUTS); c++) {
          /* Types take turns, so that each meets each layout. */
          const subject s = {.n = sizes[i],
                             .in = (number + c) % 2 ? CLIF_U8 : CLIF_F32,
                             .spikes = (number / 2 + c) % 2 ? CLIF_SPIKES_F32 : CLIF_SPIKES_U8,
                             .cut = (cut)c,
                             .x = (layout)x,
                             .y = (layout)y};
          compare(sharing, copying, &s);
        }
  clif_context_destroy(sharing), clif_context_destroy(copying);
}

/* ---- a network ---- */

/* in -> fc -> cell -> more -> readout -> out. Recorded: all numbers; what readout puts out twice.
 */
typedef struct net_case {
  size_t in, out;
  clif_linear_way linear;
  clif_overlap overlap;
  bool numbers; /* come in, not zeros and ones */
} net_case;

enum { NET_OUTPUTS = 7 };

static const struct {
  const char *layer;
  clif_quantity quantity;
} recorded[NET_OUTPUTS] = {{"fc", CLIF_OUTPUT}, {"cell", CLIF_OUTPUT},    {"cell", CLIF_V},
                           {"cell", CLIF_TH},   {"cell", CLIF_SPIKE_F32}, {"readout", CLIF_OUTPUT},
                           {"out", CLIF_OUTPUT}};

static clif_network *build(clif_context *ctx, const net_case *c) {
  float *fc = random_floats(c->in * c->out, -0.3, 0.6, 5),
        *more = random_floats(c->out * c->out, -1.0, 1.0, 6);
  clif_lif_params lif = clif_lif_defaults();
  const clif_li_params li = clif_li_defaults();
  clif_network *net = new_network(ctx);
  lif.tau = clif_scalar(3.0);
  lif.options.adaptive = 1;
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {c->in}}));
  assert_ok(ctx, clif_network_add_linear(net, "fc", c->in, c->out, fc, NULL));
  assert_ok(ctx, clif_network_add_lif(net, "cell", &lif));
  assert_ok(ctx, clif_network_add_linear(net, "more", c->out, c->out, more, NULL));
  assert_ok(ctx, clif_network_add_li(net, "readout", &li));
  assert_ok(ctx, clif_network_add_output(net, "out"));
  assert_ok(ctx, clif_network_connect(net, "in", "fc", 0));
  assert_ok(ctx, clif_network_connect(net, "fc", "cell", 0));
  assert_ok(ctx, clif_network_connect(net, "cell", "more", 0));
  assert_ok(ctx, clif_network_connect(net, "more", "readout", 0));
  assert_ok(ctx, clif_network_connect(net, "readout", "out", 0));
  for (int i = 0; i < NET_OUTPUTS; i++)
    assert_ok(ctx, clif_network_record(net, recorded[i].layer, recorded[i].quantity));
  const clif_prepare_options o = {.size = sizeof o,
                                  .batch = BATCH,
                                  .steps = TILE,
                                  .linear = c->linear,
                                  .dense = CLIF_DENSE_CLBLAST,
                                  .overlap = c->overlap};
  assert_ok(ctx, clif_network_prepare(net, &o));
  free(fc), free(more);
  return net;
}

static float *make_net_input(const net_case *c) {
  const size_t count = STEPS * BATCH * c->in;
  float *x = random_floats(count, 0.0, 1.0, 7);
  for (size_t i = 0; i < count; i++) x[i] = x[i] > 0.8f ? (c->numbers ? x[i] : 1.0f) : 0.0f;
  return x;
}

/* Runs it and gives the bytes that went up and came down. */
static clif_counters play_net(clif_context *ctx, const net_case *c, layout how,
                              float *out[NET_OUTPUTS]) {
  block x = new_block(CLIF_F32, STEPS, BATCH, c->in, how), y[NET_OUTPUTS];
  clif_binding in, outputs[NET_OUTPUTS];
  float *numbers = make_net_input(c);
  clif_network *net = build(ctx, c);
  put(&x, numbers);
  in = bind("in", CLIF_OUTPUT, x.a);
  for (int i = 0; i < NET_OUTPUTS; i++) {
    const bool bytes = recorded[i].quantity == CLIF_OUTPUT && i == 1;
    y[i] = new_block(bytes ? CLIF_U8 : CLIF_F32, STEPS, BATCH, c->out, how);
    outputs[i] = bind(recorded[i].layer, recorded[i].quantity, y[i].a);
  }
  const clif_counters before = clif_context_counters(ctx);
  assert_ok(ctx, run(net, &in, 1, outputs, NET_OUTPUTS));
  clif_counters after = clif_context_counters(ctx);
  after.bytes_uploaded -= before.bytes_uploaded, after.bytes_downloaded -= before.bytes_downloaded;
  assert_untouched("network", &x);
  for (int i = 0; i < NET_OUTPUTS; i++) {
    out[i] = make_floats(STEPS * BATCH * c->out);
    take("network", &y[i], out[i]);
    free_block(&y[i]);
  }
  clif_network_destroy(net);
  free_block(&x);
  free(numbers);
  return after;
}

/* Of a row, for each neuron. One of the two that are the same numbers is copied; products go to fc
 * and take in spikes as floats. */
static size_t shared_bytes(const net_case *c, layout how) {
  const bool products = c->linear == CLIF_LINEAR_DENSE && how != ALIGNED;
  const size_t floats = NET_OUTPUTS - 2;
  return 1 + (products ? floats - 2 : floats) * sizeof(float);
}

static void compare_nets(clif_context *sharing, clif_context *copying, const net_case *c) {
  const size_t count = STEPS * BATCH * c->out;
  float *expected[NET_OUTPUTS], *got[NET_OUTPUTS];
  const clif_counters all = play_net(copying, c, PACKED, expected);
  for (int how = 0; how < STILL; how++) {
    const clif_counters some = play_net(sharing, c, (layout)how, got);
    const bool shares = sharing->shares_memory && how < MISALIGNED && c->overlap != CLIF_OVERLAP_ON;
    const uint64_t up = shares && c->in % 16 == 0 ? STEPS * BATCH * c->in * sizeof(float) : 0;
    const uint64_t down = shares && c->out % 16 == 0 ? count * shared_bytes(c, (layout)how) : 0;
    for (int i = 0; i < NET_OUTPUTS; i++) {
      if (memcmp(got[i], expected[i], count * (i == 1 ? 1 : sizeof(float))) != 0)
        fail_msg("%zu to %zu, %s: recorded %d is another than by copies", c->in, c->out,
                 layout_names[how], i);
      free(got[i]);
    }
    assert_int_equal(some.bytes_uploaded, all.bytes_uploaded - up);
    assert_int_equal(some.bytes_downloaded, all.bytes_downloaded - down);
  }
  for (int i = 0; i < NET_OUTPUTS; i++) free(expected[i]);
}

static void networks_do_not_show_where_arrays_lie(void **state) {
  (void)state;
  static const net_case cases[] = {
      {16, 32, CLIF_LINEAR_EVENTS, CLIF_OVERLAP_OFF, false},
      {48, 20, CLIF_LINEAR_EVENTS, CLIF_OVERLAP_OFF, true},
      {20, 48, CLIF_LINEAR_EVENTS, CLIF_OVERLAP_OFF, false},
      {64, 64, CLIF_LINEAR_DENSE, CLIF_OVERLAP_OFF, false},
      {128, 256, CLIF_LINEAR_DENSE, CLIF_OVERLAP_OFF, true},
      {64, 64, CLIF_LINEAR_EVENTS, CLIF_OVERLAP_ON, false},
  };
  clif_context *sharing = open_sharing(true), *copying = open_sharing(false);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    if (!is_slow_device() || i < 2 || i == 5) compare_nets(sharing, copying, &cases[i]);
  clif_context_destroy(sharing), clif_context_destroy(copying);
}

/* ---- what is asked of inputs ---- */

static void input_may_be_read_only(void **state) {
  (void)state;
  const subject s = {.n = 48, .in = CLIF_F32, .spikes = CLIF_SPIKES_U8, .x = PACKED, .y = PACKED};
  const size_t bytes = STEPS * BATCH * s.n * sizeof(float), page = (size_t)sysconf(_SC_PAGESIZE);
  const size_t all = (bytes + page - 1) / page * page;
  clif_context *ctx = open_sharing(true), *copying = open_sharing(false);
  answer expected = play(copying, &s);
  void *numbers = make_input(&s);
  void *pages = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_true(pages != MAP_FAILED);
  memcpy(pages, numbers, bytes);
  assert_int_equal(mprotect(pages, all, PROT_READ), 0);
  uint8_t *spikes = calloc(bytes, 1);
  clif_group *group = create(ctx, &s, 0);
  const clif_group_io io = {.size = sizeof io,
                            .input = view3(pages, CLIF_F32, STEPS, BATCH, s.n),
                            .spikes = view3(spikes, CLIF_U8, STEPS, BATCH, s.n)};
  assert_ok(ctx, clif_group_run(group, &io));
  assert_memory_equal(spikes, expected.out[0], STEPS * BATCH * s.n);
  clif_group_destroy(group);
  assert_int_equal(munmap(pages, all), 0);
  free_answer(&expected);
  free(numbers), free(spikes);
  clif_context_destroy(ctx), clif_context_destroy(copying);
}

static void shared_input_must_be_finite(void **state) {
  (void)state;
  const subject s = {.n = 32, .in = CLIF_F32, .spikes = CLIF_SPIKES_U8, .cut = TILES};
  const size_t count = STEPS * BATCH * s.n, place = ((TILE + 1) * BATCH + 2) * s.n + 17;
  clif_context *ctx = open_sharing(true);
  clif_group *group = create(ctx, &s, 0);
  block x = new_block(CLIF_F32, STEPS, BATCH, s.n, PACKED);
  float *numbers = make_floats(count);
  const clif_group_io io = {.size = sizeof io, .input = x.a};
  numbers[place] = NAN;
  put(&x, numbers);
  assert_refused(ctx, CLIF_NOT_FINITE, "step 5, sample 2, element 17", clif_group_run(group, &io));
  assert_untouched("NaN", &x);
  numbers[place] = 0.0f;
  put(&x, numbers);
  assert_refused(ctx, CLIF_STATE, "earlier run failed", clif_group_run(group, &io));
  assert_ok(ctx, clif_group_reset(group));
  assert_ok(ctx, clif_group_run(group, &io));
  clif_group_destroy(group);
  free_block(&x);
  free(numbers);
  clif_context_destroy(ctx);
}

/* ---- gradients ---- */

/* How arrays lie in the forward pass, and in the backward pass. */
typedef struct back_case {
  layout forward, back;
  bool another; /* a pass between, so that the first is computed again */
} back_case;

enum { N = 64, IN = 64, LONG = 8 };

typedef struct back_answer {
  float s[LONG * BATCH * N], v_pre[LONG * BATCH * N], th[LONG * BATCH * N];
  float weight[N * IN], tau[N], start[BATCH * N];
  float input[LONG * BATCH * IN]; /* (.., N) without a linear layer */
} back_answer;

static clif_group *create_back(clif_context *ctx, bool linear, size_t checkpoint) {
  clif_group *group;
  float *weight = random_floats(N * IN, -0.2, 0.4, 8);
  clif_lif_params p = clif_lif_defaults();
  clif_gradient_options g = clif_gradient_defaults(CLIF_SURROGATE_ATAN);
  p.options.adaptive = 1;
  g.tau = g.v = 1;
  g.checkpoint = checkpoint;
  clif_group_options o = {.size = sizeof o,
                          .neurons = N,
                          .batch = BATCH,
                          .steps = LONG,
                          .spikes = CLIF_SPIKES_F32,
                          .record = CLIF_RECORD_V_PRE | CLIF_RECORD_TH, /* read by what goes back */
                          .linear = CLIF_LINEAR_DENSE,
                          .dense = CLIF_DENSE_CLBLAST,
                          .gradient = &g};
  if (linear) o.inputs = IN, o.weight = weight;
  assert_ok(ctx, clif_group_create(ctx, &p, &o, &group));
  free(weight);
  return group;
}

static block random_block(size_t n, layout how, double low, double high, uint32_t seed) {
  block b = new_block(CLIF_F32, LONG, BATCH, n, how);
  float *numbers = random_floats(LONG * BATCH * n, low, high, seed);
  put(&b, numbers);
  free(numbers);
  return b;
}

static void go_forward(clif_context *ctx, clif_group *group, bool linear, const back_case *c,
                       clif_pass **pass, back_answer *r) {
  block x = random_block(linear ? IN : N, c->forward, -1.0, 6.0, 11);
  block s = new_block(CLIF_F32, LONG, BATCH, N, c->forward);
  block v_pre = new_block(CLIF_F32, LONG, BATCH, N, c->forward);
  block th = new_block(CLIF_F32, LONG, BATCH, N, c->forward);
  const clif_group_io io = {
      .size = sizeof io, .input = x.a, .spikes = s.a, .v_pre = v_pre.a, .th = th.a};
  clif_pass *other = NULL;
  assert_ok(ctx, clif_group_forward(group, &io, pass));
  take("spikes", &s, r->s), take("v_pre", &v_pre, r->v_pre), take("th", &th, r->th);
  if (c->another) assert_ok(ctx, clif_group_forward(group, &io, &other));
  clif_pass_destroy(other);
  assert_untouched("forward", &x);
  free_block(&x), free_block(&s), free_block(&v_pre), free_block(&th);
}

/* The input is another array than in the forward pass, which is not there any more. */
static void go_back(clif_context *ctx, clif_group *group, bool linear, const back_case *c,
                    const clif_pass *pass, back_answer *r) {
  const size_t inputs = linear ? IN : N, n = N, weights[] = {N, IN}, states[] = {BATCH, N};
  block x = random_block(inputs, c->back, -1.0, 6.0, 11),
        gs = random_block(N, c->back, -1.0, 1.0, 12);
  block gv = random_block(N, c->back, -1.0, 1.0, 13);
  /* What is written to must be packed; it may not be aligned. */
  block gx = new_block(CLIF_F32, LONG, BATCH, inputs, c->back == STRIDED ? MISALIGNED : c->back);
  const clif_group_io io = {.size = sizeof io, .input = x.a};
  clif_group_gradients g = {.size = sizeof g,
                            .spikes = gs.a,
                            .v = gv.a,
                            .input = gx.a,
                            .tau = clif_array_view(r->tau, CLIF_F32, 1, &n),
                            .start_v = clif_array_view(r->start, CLIF_F32, 2, states)};
  if (linear) g.weight = clif_array_view(r->weight, CLIF_F32, 2, weights);
  assert_ok(ctx, clif_group_backward(group, pass, &io, &g));
  assert_untouched("x", &x), assert_untouched("dL/ds", &gs), assert_untouched("dL/dv", &gv);
  take("dL/dx", &gx, r->input);
  free_block(&x), free_block(&gs), free_block(&gv), free_block(&gx);
}

static back_answer *play_back(clif_context *ctx, bool linear, size_t checkpoint,
                              const back_case *c) {
  back_answer *r = calloc(1, sizeof *r);
  clif_pass *pass;
  clif_group *group = create_back(ctx, linear, checkpoint);
  assert_non_null(r);
  go_forward(ctx, group, linear, c, &pass, r);
  go_back(ctx, group, linear, c, pass, r);
  clif_pass_destroy(pass);
  clif_group_destroy(group);
  return r;
}

static void gradients_do_not_show_where_arrays_lie(void **state) {
  (void)state;
  clif_context *sharing = open_sharing(true), *copying = open_sharing(false);
  for (int i = 0; i < 4; i++) {
    const bool linear = i % 2;
    const size_t checkpoint = i / 2 ? 2 : 0;
    back_answer *expected =
        play_back(copying, linear, checkpoint, &(back_case){MISALIGNED, MISALIGNED, false});
    for (int k = 0; k < 32; k++) {
      const back_case c = {(layout)(k % 4), (layout)(k / 4 % 4), k / 16 == 1};
      if (is_slow_device() && k % 7 != 0) continue;
      back_answer *got = play_back(sharing, linear, checkpoint, &c);
      char what[96];
      snprintf(what, sizeof what, "linear %d, checkpoint %zu, %s then %s", linear, checkpoint,
               layout_names[c.forward], layout_names[c.back]);
      assert_same_bits(what, (const float *)(const void *)got,
                       (const float *)(const void *)expected, sizeof *got / sizeof(float));
      free(got);
    }
    free(expected);
  }
  clif_context_destroy(sharing), clif_context_destroy(copying);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pocl_shares),
      cmocka_unit_test(groups_do_not_show_where_arrays_lie),
      cmocka_unit_test(networks_do_not_show_where_arrays_lie),
      cmocka_unit_test(input_may_be_read_only),
      cmocka_unit_test(shared_input_must_be_finite),
      cmocka_unit_test(gradients_do_not_show_where_arrays_lie),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
