/* dev_gradient_refusals.c - everything that forward and backward passes and new weights refuse: the
 * status, a sentence that names what was wrong, and nothing changed by it. */
#include <math.h>

#include "clif/gradient.h"
#include "core/core.h"
#include "nets.h"

enum { N = 20, IN = 12, B = 2, T = 3, COUNT = N * B * T };
#define BAD CLIF_INVALID_ARGUMENT

typedef struct fixture {
  clif_context *ctx;
  clif_lif_params p;
  clif_gradient_options g;
  clif_group_options o;
  float x[T * B * IN], s[COUNT], weight[N * IN], bias[N];
  float g_s[COUNT], g_x[T * B * IN], g_weight[N * IN], g_bias[N], g_tau[N], g_th[N];
  float state[B * N], start_v[B * N], start_th[B * N];
} fixture;

/* With all there is. */
static void set_usual(fixture *f) {
  f->p = clif_lif_defaults();
  f->p.tau = clif_scalar(3.0);
  f->p.options.adaptive = 1;
  f->g = clif_gradient_defaults(CLIF_SURROGATE_ATAN);
  f->g.threshold = f->g.tau = f->g.v = 1;
  f->o = (clif_group_options){.size = sizeof f->o,
                              .neurons = N,
                              .batch = B,
                              .steps = T,
                              .spikes = CLIF_SPIKES_F32,
                              .inputs = IN,
                              .weight = f->weight,
                              .bias = f->bias,
                              .linear = CLIF_LINEAR_EVENTS,
                              .gradient = &f->g};
}

static int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  uint32_t seed = 3;
  f->ctx = open_context(NULL);
  set_usual(f);
  for (int i = 0; i < T * B * IN; i++) f->x[i] = next_number(&seed) < 0.5;
  for (int i = 0; i < N * IN; i++) f->weight[i] = (float)between(&seed, -0.2, 0.8);
  for (int i = 0; i < N; i++) f->bias[i] = (float)between(&seed, -0.1, 0.3);
  for (int i = 0; i < COUNT; i++) f->g_s[i] = (float)between(&seed, -1.0, 1.0);
  *state = f;
  return 0;
}

#define refused(status, words, call) assert_refused(f->ctx, status, words, call)
#define done(call) assert_ok(f->ctx, call)

static clif_group *make(fixture *f) {
  clif_group *group;
  done(clif_group_create(f->ctx, &f->p, &f->o, &group));
  return group;
}

static clif_group_io usual(fixture *f) {
  return (clif_group_io){.size = sizeof(clif_group_io),
                         .input = view3(f->x, CLIF_F32, T, B, IN),
                         .spikes = view3(f->s, CLIF_F32, T, B, N)};
}

static const size_t rows[] = {B, N}, weights[] = {N, IN}, neurons = N;

static clif_group_gradients usual_gradients(fixture *f) {
  return (clif_group_gradients){.size = sizeof(clif_group_gradients),
                                .spikes = view3(f->g_s, CLIF_F32, T, B, N),
                                .v = view3(f->g_s, CLIF_F32, T, B, N),
                                .state_v = clif_array_view(f->state, CLIF_F32, 2, rows),
                                .state_th = clif_array_view(f->state, CLIF_F32, 2, rows),
                                .input = view3(f->g_x, CLIF_F32, T, B, IN),
                                .weight = clif_array_view(f->g_weight, CLIF_F32, 2, weights),
                                .bias = clif_array_view(f->g_bias, CLIF_F32, 1, &neurons),
                                .threshold = clif_array_view(f->g_th, CLIF_F32, 1, &neurons),
                                .tau = clif_array_view(f->g_tau, CLIF_F32, 1, &neurons),
                                .start_v = clif_array_view(f->start_v, CLIF_F32, 2, rows),
                                .start_th = clif_array_view(f->start_th, CLIF_F32, 2, rows)};
}

static clif_pass *forward(fixture *f, clif_group *group) {
  clif_pass *pass;
  clif_group_io io = usual(f);
  done(clif_group_forward(group, &io, &pass));
  return pass;
}

static size_t count_nonzero(const float *x, size_t n) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) count += x[i] != 0.0f;
  return count;
}

/* The usual gradients are the same whenever they are asked for. */
static void check_pass(fixture *f, clif_group *group, const clif_pass *pass) {
  fixture *right = calloc(1, sizeof *right);
  clif_group_io io = usual(f);
  const clif_group_gradients g = usual_gradients(f);
  assert_non_null(right);
  clif_group *other = make(f);
  clif_pass *first = forward(f, other);
  done(clif_group_backward(other, first, &io, &g));
  *right = *f;
  clif_pass_destroy(first);
  clif_group_destroy(other);
  memset(f->g_weight, 0, sizeof f->g_weight), memset(f->g_x, 0, sizeof f->g_x);
  memset(f->g_th, 0, sizeof f->g_th);
  done(clif_group_backward(group, pass, &io, &g));
  assert_memory_equal(f, right, sizeof *f);
  assert_true(count_nonzero(f->g_weight, N * IN) > N && count_nonzero(f->g_th, N) > N / 2);
  free(right);
}

static int teardown(void **state) {
  fixture *f = *state;
  set_usual(f);
  clif_group *group = make(f);
  clif_pass *pass = forward(f, group);
  check_pass(f, group, pass);
  clif_pass_destroy(pass);
  clif_group_destroy(group);
  assert_int_equal(clif_context_memory(f->ctx).device_bytes, 0);
  clif_context_destroy(f->ctx);
  free(f);
  return 0;
}

/* ---- creating ---- */

static void refuse_create(fixture *f, clif_status status, const char *words) {
  clif_group *group = (clif_group *)(void *)f;
  refused(status, words, clif_group_create(f->ctx, &f->p, &f->o, &group));
  assert_null(group);
  set_usual(f);
}

#define refuse_field(status, words, field, number)                                                 \
  do {                                                                                             \
    f->field = number;                                                                             \
    refuse_create(f, status, words);                                                               \
  } while (0)

static void options_have_ranges(void **state) {
  fixture *f = *state;
  refuse_field(BAD, "clif_gradient_options", g.size, 8);
  refuse_field(BAD, "clif_gradient_options", g.size, sizeof f->g + 64);
  refuse_field(BAD, "surrogate is 7", g.surrogate, (clif_surrogate)7);
  refuse_field(BAD, "surrogate is -1", g.surrogate, (clif_surrogate)-1);
  refuse_field(BAD, "slope is 0", g.slope, 0.0);
  refuse_field(BAD, "slope is -1", g.slope, -1.0);
  refuse_field(BAD, "slope is 1.00001e+06", g.slope, 1.00001e6);
  refuse_field(BAD, "slope is", g.slope, (double)NAN);
  refuse_field(BAD, "slope is", g.slope, (double)INFINITY);
  refuse_field(BAD, "steps is 0", o.steps, 0);
  refuse_field(BAD, "weight is NULL", o.weight, NULL);
  refuse_field(CLIF_UNSUPPORTED, "device_input with a linear layer", o.device_input, 1);
  refuse_field(BAD, "linear is 3", o.linear, (clif_linear_way)3);
  refuse_field(BAD, "dense is 3", o.dense, (clif_dense_by)3);
  refuse_field(BAD, "more than", o.inputs, SIZE_MAX);
  refuse_field(CLIF_OUT_OF_DEVICE_MEMORY, "cap of 500", o.max_device_bytes, 500);
  f->g.slope = 1e6;
  clif_group *group = make(f);
  clif_group_destroy(group);
}

static void numbers_must_be_finite(void **state) {
  fixture *f = *state;
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  for (int i = 0; i < 3; i++) {
    const float weight = f->weight[3 * IN + 2], bias = f->bias[4];
    f->weight[3 * IN + 2] = bad[i];
    refuse_create(f, BAD, "element 38 of its weight");
    f->weight[3 * IN + 2] = weight;
    f->bias[4] = bad[i];
    refuse_create(f, BAD, "element 4 of its bias");
    f->bias[4] = bias;
  }
}

static void surrogates_have_names(void **state) {
  (void)state;
  assert_string_equal(clif_surrogate_name(CLIF_SURROGATE_STRAIGHT_THROUGH), "straight_through");
  assert_null(clif_surrogate_name((clif_surrogate)7));
  assert_null(clif_surrogate_name((clif_surrogate)-1));
}

/* ---- forward ---- */

static void forward_passes_have_arguments(void **state) {
  fixture *f = *state;
  clif_group *group = make(f);
  clif_pass *pass = (clif_pass *)(void *)f;
  clif_group_io io = usual(f);
  assert_int_equal(clif_group_forward(NULL, &io, &pass), BAD);
  assert_null(pass);
  refused(BAD, "pass is NULL", clif_group_forward(group, &io, NULL));
  pass = (clif_pass *)(void *)f;
  refused(BAD, "io", clif_group_forward(group, NULL, &pass));
  assert_null(pass);
  io.size = 8;
  refused(BAD, "clif_group_io", clif_group_forward(group, &io, &pass));
  io = usual(f);
  io.input = view3(f->x, CLIF_F32, T, B, IN - 1);
  refused(CLIF_SHAPE, "12", clif_group_forward(group, &io, &pass));
  io = usual(f);
  io.v = view3(f->s, CLIF_F32, T, B, N);
  refused(CLIF_STATE, "not recorded", clif_group_forward(group, &io, &pass));
  assert_null(pass);
  assert_int_equal(clif_group_look(group).step, 0);
  pass = forward(f, group);
  check_pass(f, group, pass);
  clif_pass_destroy(pass);
  clif_group_destroy(group);
}

static void a_group_without_gradients_has_no_passes(void **state) {
  fixture *f = *state;
  f->o.gradient = NULL;
  clif_group *group = make(f);
  clif_pass *pass = (clif_pass *)(void *)f;
  clif_group_io io = usual(f);
  const clif_group_gradients g = usual_gradients(f);
  refused(CLIF_STATE, "without gradients", clif_group_forward(group, &io, &pass));
  assert_null(pass);
  refused(CLIF_STATE, "without gradients", clif_group_backward(group, NULL, &io, &g));
  done(clif_group_run(group, &io));
  clif_group_destroy(group);
}

static void runs_have_no_more_steps_than_prepared(void **state) {
  fixture *f = *state;
  float x[(T + 1) * B * IN] = {0};
  clif_group *group = make(f);
  clif_pass *pass;
  const clif_group_io io = {.size = sizeof io, .input = view3(x, CLIF_F32, T + 1, B, IN)};
  refused(CLIF_STATE, "4 steps", clif_group_forward(group, &io, &pass));
  assert_non_null(strstr(clif_context_error(f->ctx), "for 3"));
  refused(CLIF_STATE, "4 steps", clif_group_run(group, &io));
  const clif_group_io wide = {.size = sizeof wide, .input = view3(x, CLIF_F32, 1, B + 1, IN)};
  refused(CLIF_STATE, "3 samples", clif_group_forward(group, &wide, &pass));
  /* Several tiles, of which the last is shorter. */
  clif_group_destroy(group);
  f->g.checkpoint = 2;
  group = make(f);
  refused(CLIF_STATE, "4 steps", clif_group_forward(group, &io, &pass));
  pass = forward(f, group);
  clif_pass_destroy(pass);
  clif_group_destroy(group);
}

static void forward_input_must_be_finite(void **state) {
  fixture *f = *state;
  clif_group *group = make(f);
  clif_pass *pass = (clif_pass *)(void *)f, *before = forward(f, group);
  clif_group_io io = usual(f);
  const float kept = f->x[(B + 1) * IN + 5];
  f->x[(B + 1) * IN + 5] = NAN;
  refused(CLIF_NOT_FINITE, "step 1, sample 1, element 5", clif_group_forward(group, &io, &pass));
  assert_null(pass);
  f->x[(B + 1) * IN + 5] = kept;
  refused(CLIF_STATE, "earlier run failed", clif_group_forward(group, &io, &pass));
  assert_null(pass);
  done(clif_group_reset(group));
  pass = forward(f, group);
  check_pass(f, group, pass);
  check_pass(f, group, before); /* the one before the failure can be taken back, too */
  clif_pass_destroy(before), clif_pass_destroy(pass);
  clif_group_destroy(group);
}

typedef struct watcher {
  fixture *f;
  clif_group *group;
  const clif_pass *pass;
  int calls;
} watcher;

/* Nothing may be done with a group that is running. */
static int watch(void *user, uint64_t at, uint64_t total) {
  watcher *w = user;
  fixture *f = w->f;
  clif_pass *pass;
  clif_group_io io = usual(f);
  const clif_group_gradients g = usual_gradients(f);
  const clif_array weight = clif_array_view(f->weight, CLIF_F32, 2, weights);
  const clif_array bias = clif_array_view(f->bias, CLIF_F32, 1, &neurons);
  assert_true(at <= total);
  refused(CLIF_STATE, "running", clif_group_forward(w->group, &io, &pass));
  refused(CLIF_STATE, "running", clif_group_backward(w->group, w->pass, &io, &g));
  refused(CLIF_STATE, "running", clif_group_set_weights(w->group, &weight, &bias));
  w->calls++;
  return 1;
}

static void a_forward_pass_can_be_stopped(void **state) {
  fixture *f = *state;
  f->g.checkpoint = 1;
  clif_group *group = make(f);
  clif_pass *pass = (clif_pass *)(void *)f, *before = forward(f, group);
  watcher w = {f, group, before, 0};
  clif_group_io io = usual(f);
  io.progress = watch;
  io.progress_user = &w;
  refused(CLIF_CANCELLED, "cancelled", clif_group_forward(group, &io, &pass));
  assert_null(pass);
  assert_int_equal(w.calls, 1);
  done(clif_group_reset(group));
  check_pass(f, group, before);
  clif_pass_destroy(before);
  clif_group_destroy(group);
}

/* ---- passes ---- */

static void a_pass_is_its_groups(void **state) {
  fixture *f = *state;
  clif_context *foreign = open_context(NULL);
  clif_group *group = make(f), *other = make(f), *abroad;
  clif_pass *pass = forward(f, group), *of_other = forward(f, other), *of_abroad;
  clif_group_io io = usual(f);
  const clif_group_gradients g = usual_gradients(f);
  assert_ok(foreign, clif_group_create(foreign, &f->p, &f->o, &abroad));
  assert_ok(foreign, clif_group_forward(abroad, &io, &of_abroad));
  assert_int_equal(clif_group_backward(NULL, pass, &io, &g), BAD);
  refused(BAD, "pass is NULL", clif_group_backward(group, NULL, &io, &g));
  refused(BAD, "another group's", clif_group_backward(group, of_other, &io, &g));
  refused(BAD, "another group's", clif_group_backward(group, of_abroad, &io, &g));
  refused(BAD, "another group's", clif_group_backward(other, pass, &io, &g));
  /* Another group may lie where the first one lay. */
  clif_group_destroy(other);
  other = make(f);
  refused(BAD, "another group's", clif_group_backward(other, of_other, &io, &g));
  check_pass(f, group, pass);
  clif_group_destroy(other), clif_group_destroy(group), clif_group_destroy(abroad);
  clif_pass_destroy(pass), clif_pass_destroy(of_other), clif_pass_destroy(of_abroad);
  clif_pass_destroy(NULL);
  clif_context_destroy(foreign);
}

/* Its context, too. */
static void a_pass_may_outlive_its_group(void **state) {
  fixture *f = *state;
  clif_context *ctx = open_context(NULL);
  clif_group *group;
  clif_pass *pass;
  clif_group_io io = usual(f);
  assert_ok(ctx, clif_group_create(ctx, &f->p, &f->o, &group));
  assert_ok(ctx, clif_group_forward(group, &io, &pass));
  clif_group_destroy(group);
  /* v and th of 2 samples of 20 neurons, padded to 32. */
  assert_int_equal(clif_context_memory(ctx).device_bytes, 4 * B * 32 * 2);
  clif_context_destroy(ctx);
  clif_pass_destroy(pass);
}

static void passes_are_of_the_weights_they_had(void **state) {
  fixture *f = *state;
  clif_group *group = make(f);
  clif_pass *pass = forward(f, group);
  clif_group_io io = usual(f);
  const clif_group_gradients g = usual_gradients(f);
  const clif_array weight = clif_array_view(f->weight, CLIF_F32, 2, weights);
  const clif_array bias = clif_array_view(f->bias, CLIF_F32, 1, &neurons);
  const clif_array narrow = clif_array_slice(&weight, 0, 0, N - 1);
  refused(CLIF_SHAPE, "(20, 12)", clif_group_set_weights(group, &narrow, &bias));
  check_pass(f, group, pass); /* nothing has changed */
  const uint64_t uploaded = clif_context_counters(f->ctx).bytes_uploaded;
  done(clif_group_set_weights(group, &weight, &bias));
  assert_int_equal(clif_context_counters(f->ctx).bytes_uploaded, uploaded);
  check_pass(f, group, pass); /* they were there */
  /* The last number of each, so that all are looked at. */
  float *const last[] = {&f->weight[N * IN - 1], &f->bias[N - 1]};
  for (int i = 0; i < 2; i++) {
    const float before = *last[i];
    *last[i] += 1.0f;
    done(clif_group_set_weights(group, &weight, &bias));
    refused(CLIF_STATE, "have been changed since the forward pass",
            clif_group_backward(group, pass, &io, &g));
    clif_pass_destroy(pass);
    *last[i] = before;
    done(clif_group_set_weights(group, &weight, &bias));
    done(clif_group_reset(group));
    pass = forward(f, group);
    check_pass(f, group, pass);
  }
  /* The same in the other order of memory. */
  static float turned[IN * N];
  for (size_t i = 0; i < N * IN; i++) turned[i % IN * N + i / IN] = f->weight[i];
  const clif_array view = {.data = turned,
                           .dtype = CLIF_F32,
                           .ndim = 2,
                           .shape = {N, IN},
                           .strides = {sizeof(float), N * sizeof(float)}};
  done(clif_group_set_weights(group, &view, &bias));
  check_pass(f, group, pass);
  turned[IN * N - 1] += 1.0f;
  done(clif_group_set_weights(group, &view, &bias));
  refused(CLIF_STATE, "have been changed since the forward pass",
          clif_group_backward(group, pass, &io, &g));
  clif_pass_destroy(pass);
  clif_group_destroy(group);
}

/* Looked at, saved, restored: a pass begins at a reset all the same. */
static void looking_at_the_state_changes_no_gradient(void **state) {
  fixture *f = *state;
  clif_group *group = make(f);
  clif_snapshot *saved;
  const clif_array v = clif_array_view(f->state, CLIF_F32, 2, rows);
  done(clif_group_get_state(group, "v", &v)); /* all 0, as `state` is */
  clif_pass *pass = forward(f, group);
  check_pass(f, group, pass);
  clif_pass_destroy(pass);
  done(clif_group_reset(group));
  done(clif_group_save(group, &saved));
  pass = forward(f, group);
  check_pass(f, group, pass);
  clif_pass_destroy(pass);
  done(clif_group_restore(group, saved));
  pass = forward(f, group);
  check_pass(f, group, pass);
  clif_pass_destroy(pass);
  clif_snapshot_destroy(saved);
  clif_group_destroy(group);
}

/* A pass of two samples, while the group goes on with one. */
static void samples_may_be_others_since(void **state) {
  fixture *f = *state;
  clif_group *group = make(f);
  clif_pass *pass = forward(f, group), *narrow;
  clif_group_io io = usual(f);
  const clif_group_gradients g = usual_gradients(f);
  io.input = clif_array_slice(&io.input, 1, 1, 1);
  io.spikes.ndim = 0;
  done(clif_group_reset(group));
  done(clif_group_forward(group, &io, &narrow));
  check_pass(f, group, pass);
  refused(CLIF_SHAPE, "3x1x20", clif_group_backward(group, narrow, &io, &g));
  assert_int_equal(clif_group_look(group).state_batch, 1);
  done(clif_group_run(group, &io));
  clif_pass_destroy(pass), clif_pass_destroy(narrow);
  clif_group_destroy(group);
}

/* ---- backward ---- */

typedef struct asked {
  fixture *f;
  clif_group *group;
  const clif_pass *pass;
} asked;

static void refuse_back(const asked *a, clif_status status, const char *words,
                        const clif_group_gradients *g) {
  fixture *f = a->f;
  clif_group_io io = usual(f);
  refused(status, words, clif_group_backward(a->group, a->pass, &io, g));
}

static void backward_passes_have_arguments(void **state) {
  fixture *f = *state;
  clif_group *group = make(f);
  clif_pass *pass = forward(f, group);
  clif_group_io io = usual(f);
  clif_group_gradients g = usual_gradients(f);
  refused(BAD, "io is NULL", clif_group_backward(group, pass, NULL, &g));
  refused(BAD, "gradients is NULL", clif_group_backward(group, pass, &io, NULL));
  g.size = 8;
  refused(BAD, "clif_group_gradients", clif_group_backward(group, pass, &io, &g));
  g = usual_gradients(f);
  io.size = 8;
  refused(BAD, "clif_group_io", clif_group_backward(group, pass, &io, &g));
  io = usual(f);
  io.input.ndim = 0;
  refused(CLIF_SHAPE, "no array is bound", clif_group_backward(group, pass, &io, &g));
  io.input = view3(f->x, CLIF_F32, T - 1, B, IN);
  refused(CLIF_SHAPE, "2 steps of 2", clif_group_backward(group, pass, &io, &g));
  io.input = view3(f->x, CLIF_F32, T, B - 1, IN);
  refused(CLIF_SHAPE, "3 steps of 1", clif_group_backward(group, pass, &io, &g));
  io.input = view3(f->x, CLIF_F32, T, B, IN - 1);
  refused(CLIF_SHAPE, "12", clif_group_backward(group, pass, &io, &g));
  io = usual(f);
  io.u = view3(f->g_s, CLIF_F32, T, B, N);
  refused(CLIF_SHAPE, "nothing can be put", clif_group_backward(group, pass, &io, &g));
  check_pass(f, group, pass);
  clif_pass_destroy(pass);
  clif_group_destroy(group);
}

static void only_what_was_asked_for_is_given(void **state) {
  fixture *f = *state;
  f->g.input = f->g.v = f->g.threshold = f->g.tau = 0;
  clif_group *group = make(f);
  const asked a = {f, group, forward(f, group)};
  clif_group_gradients g = usual_gradients(f);
  refuse_back(&a, CLIF_STATE, "gradient of v was not asked for", &g);
  g.v.ndim = 0;
  refuse_back(&a, CLIF_STATE, "gradient of the input was not asked for", &g);
  g.input.ndim = 0;
  refuse_back(&a, CLIF_STATE, "gradient of tau was not asked for", &g);
  g.tau.ndim = 0;
  refuse_back(&a, CLIF_STATE, "gradient of the threshold was not asked for", &g);
  g.threshold.ndim = 0;
  clif_group_io io = usual(f);
  done(clif_group_backward(group, a.pass, &io, &g));
  clif_pass_destroy((clif_pass *)(uintptr_t)a.pass);
  clif_group_destroy(group);
}

static void there_are_no_gradients_of_what_is_not_there(void **state) {
  fixture *f = *state;
  f->p.options.adaptive = 0;
  f->o.bias = NULL;
  clif_group *group = make(f);
  clif_pass *pass = forward(f, group);
  asked a = {f, group, pass};
  clif_group_gradients g = usual_gradients(f);
  refuse_back(&a, CLIF_STATE, "no gradient of a bias", &g);
  g.bias.ndim = 0;
  refuse_back(&a, CLIF_STATE, "does not move", &g);
  g.state_th.ndim = 0;
  refuse_back(&a, CLIF_STATE, "does not move", &g);
  g.start_th.ndim = 0;
  clif_group_io io = usual(f);
  done(clif_group_backward(group, pass, &io, &g));
  clif_pass_destroy(pass);
  clif_group_destroy(group);
  f->o.inputs = 0;
  group = make(f);
  io.input = view3(f->g_s, CLIF_F32, T, B, N);
  done(clif_group_forward(group, &io, &pass));
  g.input = view3(f->s, CLIF_F32, T, B, N);
  refused(CLIF_STATE, "no gradient of weights", clif_group_backward(group, pass, &io, &g));
  g.weight.ndim = 0;
  g.bias = clif_array_view(f->g_bias, CLIF_F32, 1, &neurons);
  refused(CLIF_STATE, "the group has none", clif_group_backward(group, pass, &io, &g));
  g.bias.ndim = 0;
  done(clif_group_backward(group, pass, &io, &g));
  const clif_array weight = clif_array_view(f->weight, CLIF_F32, 2, weights);
  refused(BAD, "no linear layer", clif_group_set_weights(group, &weight, NULL));
  clif_pass_destroy(pass);
  clif_group_destroy(group);
}

/* Each array of the gradients, what it is called, and what else about it is refused. */
static const struct {
  const char *name;
  size_t field;
  bool packed; /* all of it */
} arrays[] = {{"spikes", offsetof(clif_group_gradients, spikes), false},
              {"v", offsetof(clif_group_gradients, v), false},
              {"the state's v", offsetof(clif_group_gradients, state_v), true},
              {"the state's th", offsetof(clif_group_gradients, state_th), true},
              {"the input", offsetof(clif_group_gradients, input), true},
              {"weight", offsetof(clif_group_gradients, weight), true},
              {"bias", offsetof(clif_group_gradients, bias), true},
              {"threshold", offsetof(clif_group_gradients, threshold), true},
              {"tau", offsetof(clif_group_gradients, tau), true},
              {"the first v", offsetof(clif_group_gradients, start_v), true},
              {"the first th", offsetof(clif_group_gradients, start_th), true}};

static clif_array *array_of(clif_group_gradients *g, size_t i) {
  return (clif_array *)(void *)((char *)g + arrays[i].field);
}

/* With one array as it should not be; the sentence also names the array. */
#define refuse_array(status, words, ...)                                                           \
  do {                                                                                             \
    clif_group_gradients g_ = usual_gradients(f);                                                  \
    clif_array *array = array_of(&g_, i);                                                          \
    __VA_ARGS__;                                                                                   \
    refuse_back(&a, status, words, &g_);                                                           \
    char name_[64];                                                                                \
    snprintf(name_, sizeof name_, "gradient of %s ", arrays[i].name);                              \
    if (!strstr(clif_context_error(f->ctx), name_))                                                \
      fail_msg("%snot named: %s", name_, clif_context_error(f->ctx));                              \
  } while (0)

static void gradients_must_fit(void **state) {
  fixture *f = *state;
  clif_group *group = make(f);
  const size_t shape[] = {T, B, N};
  clif_array device;
  done(clif_array_create_device(f->ctx, CLIF_F32, 3, shape, &device));
  const asked a = {f, group, forward(f, group)};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
    clif_group_gradients all = usual_gradients(f);
    const unsigned ndim = array_of(&all, i)->ndim;
    for (unsigned d = 0; d < ndim; d++)
      refuse_array(CLIF_SHAPE, "must be float32 of shape", array->shape[d]--);
    refuse_array(CLIF_SHAPE, "must be float32 of shape", array->shape[0]++);
    refuse_array(CLIF_SHAPE, "must be float32 of shape", array->dtype = CLIF_U32);
    refuse_array(CLIF_SHAPE, "must be float32 of shape", array->ndim = ndim == 1 ? 2 : 1,
                 array->shape[1] = 1);
    refuse_array(BAD, "not a valid view", array->data = NULL);
    refuse_array(BAD, "not a valid view", array->dtype = (clif_dtype)9);
    refuse_array(BAD, "lies on the device", array->data = NULL, array->device = device.device);
    refuse_array(CLIF_SHAPE, "", array->strides[ndim - 1] *= 2);
    refuse_array(CLIF_SHAPE, "", array->strides[0] = 0);
    if (arrays[i].packed) refuse_array(CLIF_SHAPE, "", array->strides[0] += 4);
  }
  check_pass(f, group, a.pass);
  clif_array_free(f->ctx, &device);
  clif_pass_destroy((clif_pass *)(uintptr_t)a.pass);
  clif_group_destroy(group);
}

/* What comes in may be a part of something larger; NaN in it is the caller's. */
static void gradients_may_have_gaps_between_rows(void **state) {
  fixture *f = *state;
  float wide[T * B * (N + 3)];
  clif_group *group = make(f);
  clif_pass *pass = forward(f, group);
  clif_group_io io = usual(f);
  clif_group_gradients g = usual_gradients(f);
  for (int i = 0; i < T * B * (N + 3); i++)
    wide[i] = i % (N + 3) < N ? f->g_s[i / (N + 3) * N + i % (N + 3)] : NAN;
  const clif_array whole = view3(wide, CLIF_F32, T, B, N + 3);
  g.spikes = g.v = clif_array_slice(&whole, 2, 0, N);
  done(clif_group_backward(group, pass, &io, &g));
  const float weight = f->g_weight[7], tau = f->g_tau[3];
  check_pass(f, group, pass);
  assert_true(f->g_weight[7] == weight && f->g_tau[3] == tau);
  wide[0] = NAN;
  done(clif_group_backward(group, pass, &io, &g));
  assert_true(isnan(f->start_v[0]) && !isnan(f->start_v[1]));
  clif_pass_destroy(pass);
  clif_group_destroy(group);
}

/* Device arrays of backward passes are those that are given then. */
static void device_input_may_be_another_array(void **state) {
  fixture *f = *state;
  const size_t shape[] = {T, B, N};
  float x[COUNT], expected[N];
  clif_array first, second, host = view3(x, CLIF_F32, T, B, N);
  f->o.inputs = 0;
  f->o.device_input = 1;
  for (int i = 0; i < COUNT; i++) x[i] = 3.0f * f->g_s[i];
  clif_group *group = make(f);
  clif_pass *pass;
  clif_group_gradients g = {.size = sizeof g,
                            .spikes = view3(f->g_s, CLIF_F32, T, B, N),
                            .tau = clif_array_view(f->g_tau, CLIF_F32, 1, &neurons)};
  done(clif_array_create_device(f->ctx, CLIF_F32, 3, shape, &first));
  done(clif_array_copy(f->ctx, &host, &first));
  clif_group_io io = {.size = sizeof io, .input = first};
  done(clif_group_forward(group, &io, &pass));
  done(clif_group_backward(group, pass, &io, &g));
  memcpy(expected, f->g_tau, sizeof expected);
  memset(x, 0, sizeof x);
  done(clif_array_create_device(f->ctx, CLIF_F32, 3, shape, &second));
  const clif_array zeros = first;
  first = second, second = zeros; /* the numbers are in `second`, zeros in `first` */
  io.input = first;
  done(clif_group_backward(group, pass, &io, &g));
  assert_memory_not_equal(expected, f->g_tau, sizeof expected);
  io.input = second;
  done(clif_group_backward(group, pass, &io, &g));
  assert_memory_equal(expected, f->g_tau, sizeof expected);
  refused(BAD, "'input'",
          (io.input = host, clif_group_backward(group, pass, &io, &g))); /* lies on the host */
  clif_pass_destroy(pass);
  clif_group_destroy(group);
  clif_array_free(f->ctx, &first), clif_array_free(f->ctx, &second);
}

/* ---- weights ---- */

static void weights_must_fit(void **state) {
  fixture *f = *state;
  clif_group *group = make(f);
  const size_t turned[] = {IN, N}, three[] = {N, IN, 1};
  double doubles[N * IN] = {0};
  clif_array weight = clif_array_view(f->weight, CLIF_F32, 2, weights), device;
  clif_array bias = clif_array_view(f->bias, CLIF_F32, 1, &neurons), wrong;
  assert_int_equal(clif_group_set_weights(NULL, &weight, &bias), BAD);
  refused(BAD, "weight is NULL", clif_group_set_weights(group, NULL, &bias));
  refused(CLIF_SHAPE, "with a bias", clif_group_set_weights(group, &weight, NULL));
  wrong = clif_array_view(f->weight, CLIF_F32, 2, turned);
  refused(CLIF_SHAPE, "shape (20, 12)", clif_group_set_weights(group, &wrong, &bias));
  wrong = clif_array_view(f->weight, CLIF_F32, 3, three);
  refused(CLIF_SHAPE, "shape (20, 12)", clif_group_set_weights(group, &wrong, &bias));
  wrong = clif_array_view(doubles, CLIF_F64, 2, weights);
  refused(CLIF_SHAPE, "float32", clif_group_set_weights(group, &wrong, &bias));
  wrong = clif_array_view(NULL, CLIF_F32, 2, weights);
  refused(BAD, "the weight is not a valid view", clif_group_set_weights(group, &wrong, &bias));
  wrong = clif_array_slice(&bias, 0, 1, N - 1);
  refused(CLIF_SHAPE, "the bias must be float32 of 20",
          clif_group_set_weights(group, &weight, &wrong));
  refused(CLIF_SHAPE, "the bias must be float32 of 20",
          clif_group_set_weights(group, &weight, &weight));
  done(clif_array_create_device(f->ctx, CLIF_F32, 2, weights, &device));
  refused(BAD, "lies on the device", clif_group_set_weights(group, &device, &bias));
  refused(BAD, "lies on the device", clif_group_set_weights(group, &weight, &device));
  clif_array_free(f->ctx, &device);
  clif_pass *pass = forward(f, group);
  check_pass(f, group, pass);
  clif_pass_destroy(pass);
  clif_group_destroy(group);
}

static void weights_must_be_finite(void **state) {
  fixture *f = *state;
  clif_group *group = make(f);
  clif_pass *pass = forward(f, group);
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  float w[N * IN], b[N];
  const clif_array weight = clif_array_view(w, CLIF_F32, 2, weights);
  const clif_array bias = clif_array_view(b, CLIF_F32, 1, &neurons);
  for (int i = 0; i < 3; i++) {
    memset(w, 0, sizeof w), memset(b, 0, sizeof b);
    w[17 * IN + 3] = w[N * IN - 1] = bad[i];
    refused(BAD, "element 207 of its weight", clif_group_set_weights(group, &weight, &bias));
    w[17 * IN + 3] = w[N * IN - 1] = 0.0f;
    b[19] = bad[i];
    refused(BAD, "element 19 of its bias", clif_group_set_weights(group, &weight, &bias));
  }
  check_pass(f, group, pass); /* the weights are those that were */
  clif_pass_destroy(pass);
  clif_group_destroy(group);
}

/* Wherever the numbers lie, and by every way: as if the layer had been made with them. */
static void weights_may_have_any_strides(void **state) {
  fixture *f = *state;
  enum { STEP = 7, ROW = STEP * IN + 3 }; /* bytes: nothing is aligned */
  static const clif_linear_way ways[] = {CLIF_LINEAR_EVENTS, CLIF_LINEAR_DENSE, CLIF_LINEAR_AUTO};
  static const float nothing[N * IN];
  static char scattered[N * ROW], scattered_bias[N * STEP];
  clif_array weight = clif_array_view(scattered, CLIF_F32, 2, weights);
  clif_array bias = clif_array_view(scattered_bias, CLIF_F32, 1, &neurons);
  weight.strides[0] = ROW, weight.strides[1] = bias.strides[0] = STEP;
  for (size_t j = 0; j < N; j++) {
    memcpy(scattered_bias + j * STEP, &f->bias[j], sizeof(float));
    for (size_t k = 0; k < IN; k++)
      memcpy(scattered + j * ROW + k * STEP, &f->weight[j * IN + k], sizeof(float));
  }
  for (int i = 0; i < (is_slow_device() ? 1 : 3); i++) {
    f->o.linear = ways[i];
    f->o.weight = f->o.bias = nothing;
    clif_group *group = make(f);
    set_usual(f);
    done(clif_group_set_weights(group, &weight, &bias));
    clif_pass *pass = forward(f, group);
    f->o.linear = ways[i];
    check_pass(f, group, pass);
    clif_pass_destroy(pass);
    clif_group_destroy(group);
  }
}

static clif_status set(clif_network *net, const char *layer, fixture *f, bool with_bias) {
  const clif_array weight = clif_array_view(f->weight, CLIF_F32, 2, weights);
  const clif_array bias = clif_array_view(f->bias, CLIF_F32, 1, &neurons);
  return clif_network_set_weights(net, layer, &weight, with_bias ? &bias : NULL);
}

static void networks_take_weights_from_the_next_step_on(void **state) {
  fixture *f = *state;
  static const float nothing[N * IN];
  float y[T * B * N], first[N];
  const clif_array out = view3(y, CLIF_F32, T, B, N);
  clif_network *net = new_network(f->ctx);
  done(clif_network_add_input(net, "in", &(clif_shape){1, {IN}}));
  done(clif_network_add_linear(net, "fc", IN, N, nothing, NULL));
  done(clif_network_connect(net, "in", "fc", 0));
  done(clif_network_record(net, "fc", CLIF_OUTPUT));
  assert_int_equal(set(NULL, "fc", f, false), BAD);
  refused(CLIF_STATE, "not prepared", set(net, "fc", f, false));
  done(prepare(net, B, T, 0, CLIF_LINEAR_EVENTS));
  refused(BAD, "no linear layer named 'NULL'", set(net, NULL, f, false));
  refused(BAD, "no linear layer named 'in'", set(net, "in", f, false));
  refused(BAD, "no linear layer named 'fd'", set(net, "fd", f, false));
  refused(CLIF_SHAPE, "without a bias", set(net, "fc", f, true));
  const clif_binding in = bind("in", CLIF_OUTPUT, view3(f->x, CLIF_F32, T, B, IN));
  const clif_binding recorded = bind("fc", CLIF_OUTPUT, out);
  done(run(net, &in, 1, &recorded, 1));
  for (int i = 0; i < T * B * N; i++) assert_true(y[i] == 0.0f);
  done(set(net, "fc", f, false));
  done(run(net, &in, 1, &recorded, 1));
  for (size_t j = 0; j < N; j++) {
    first[j] = 0.0f;
    for (size_t k = 0; k < IN; k++) first[j] = first[j] + f->x[k] * f->weight[j * IN + k];
  }
  assert_same_bits("sums", y, first, N);
  clif_network_destroy(net);
}

#define with_fixture(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      with_fixture(options_have_ranges),
      with_fixture(numbers_must_be_finite),
      cmocka_unit_test(surrogates_have_names),
      with_fixture(forward_passes_have_arguments),
      with_fixture(a_group_without_gradients_has_no_passes),
      with_fixture(runs_have_no_more_steps_than_prepared),
      with_fixture(forward_input_must_be_finite),
      with_fixture(a_forward_pass_can_be_stopped),
      with_fixture(a_pass_is_its_groups),
      with_fixture(a_pass_may_outlive_its_group),
      with_fixture(passes_are_of_the_weights_they_had),
      with_fixture(looking_at_the_state_changes_no_gradient),
      with_fixture(samples_may_be_others_since),
      with_fixture(backward_passes_have_arguments),
      with_fixture(only_what_was_asked_for_is_given),
      with_fixture(there_are_no_gradients_of_what_is_not_there),
      with_fixture(gradients_must_fit),
      with_fixture(gradients_may_have_gaps_between_rows),
      with_fixture(device_input_may_be_another_array),
      with_fixture(weights_must_fit),
      with_fixture(weights_must_be_finite),
      with_fixture(weights_may_have_any_strides),
      with_fixture(networks_take_weights_from_the_next_step_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
