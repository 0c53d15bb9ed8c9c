/* dev_group_refusals.c - everything a group refuses: the status, a sentence that names what was
 * wrong, nothing leaked, and group and context usable after it. */
#include <math.h>

#include "core/core.h"
#include "groups.h"

enum { N = 20, B = 2, T = 3, COUNT = N * B * T };
#define BAD CLIF_INVALID_ARGUMENT

typedef struct fixture {
  clif_context *ctx;
  clif_lif_params p;
  clif_group_options o;
  float x[COUNT], v[COUNT];
  uint8_t s[COUNT];
} fixture;

static void set_usual(fixture *f) {
  f->p = clif_lif_defaults();
  f->o = (clif_group_options){.size = sizeof f->o,
                              .neurons = N,
                              .batch = B,
                              .spikes = CLIF_SPIKES_U8,
                              .record = CLIF_RECORD_V};
}

static int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  f->ctx = open_context(NULL);
  set_usual(f);
  for (int i = 0; i < COUNT; i++) f->x[i] = 2.0f;
  *state = f;
  return 0;
}

#define refused(status, words, call) assert_refused(f->ctx, status, words, call)
#define done(call) assert_ok(f->ctx, call)

static clif_group_io usual(fixture *f) {
  return (clif_group_io){.size = sizeof(clif_group_io),
                         .input = view3(f->x, CLIF_F32, T, B, N),
                         .spikes = view3(f->s, CLIF_U8, T, B, N),
                         .v = view3(f->v, CLIF_F32, T, B, N)};
}

/* From the start, whatever was refused before. */
static void check_works(fixture *f, clif_group *group) {
  clif_group_io io = usual(f);
  done(clif_group_reset(group));
  done(clif_group_run(group, &io));
  assert_true(f->v[COUNT - 1] == 0.285249978f); /* 2 (1 - 0.95^3), as float32 has it */
}

static int teardown(void **state) {
  fixture *f = *state;
  clif_group *group;
  set_usual(f);
  done(clif_group_create(f->ctx, &f->p, &f->o, &group));
  check_works(f, group);
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
}

/* The defaults with one option changed. */
#define refuse_option(status, words, field, number)                                                \
  do {                                                                                             \
    const clif_group_options kept_ = f->o;                                                         \
    f->o.field = number;                                                                           \
    refuse_create(f, status, words);                                                               \
    f->o = kept_;                                                                                  \
  } while (0)

static void options_have_ranges(void **state) {
  fixture *f = *state;
  clif_group *group;
  assert_int_equal(clif_group_create(NULL, &f->p, &f->o, &group), BAD);
  refused(BAD, "NULL", clif_group_create(f->ctx, NULL, &f->o, &group));
  refused(BAD, "NULL", clif_group_create(f->ctx, &f->p, NULL, &group));
  refused(BAD, "NULL", clif_group_create(f->ctx, &f->p, &f->o, NULL));
  refuse_option(BAD, "clif_group_options", size, 3);
  refuse_option(BAD, "clif_group_options", size, sizeof f->o + 64);
  refuse_option(BAD, "neurons is 0", neurons, 0);
  refuse_option(BAD, "more than", neurons, SIZE_MAX);
  refuse_option(BAD, "batch is", batch, SIZE_MAX);
  refuse_option(BAD, "spikes is 4", spikes, (clif_spikes)4);
  refuse_option(BAD, "record is 8", record, 8);
  refuse_option(BAD, "must be below 268435456", id, 1u << 28);
  refuse_option(CLIF_OUT_OF_DEVICE_MEMORY, "cap of 100", max_device_bytes, 100);
  double taus[N + 1] = {0};
  for (int i = 0; i <= N; i++) taus[i] = 5.0;
  f->p.tau = clif_per_neuron(taus, N + 1);
  refuse_create(f, CLIF_SHAPE, "21 neurons");
  f->p.r = clif_per_neuron(taus, N);
  refuse_create(f, CLIF_SHAPE, "r has 20 values");
  f->p = clif_lif_defaults();
  f->p.size--;
  refuse_create(f, BAD, "clif_lif_params");
}

/* ---- parameters ---- */

/* A change to the parameters that must be refused with these words. */
typedef struct change {
  const char *words;
  size_t field; /* offset of a clif_param */
  double value;
} change;

enum { STOCHASTIC = 1, ADAPTIVE = 2, SEED_FORM = 4, GIVEN_REST = 8, SUBTRACT = 16 };

static void refuse_changes(fixture *f, int options, const change *changes, size_t n) {
  double each[N];
  for (size_t i = 0; i < 2 * n; i++) {
    const change *c = &changes[i / 2];
    f->p = clif_lif_defaults();
    if (options & SEED_FORM) f->p.form = CLIF_FORM_SEED;
    if (options & SUBTRACT) f->p.reset = CLIF_RESET_SUBTRACT, f->p.v_reset = clif_scalar(-9.0);
    f->p.options.stochastic = options & STOCHASTIC;
    f->p.options.adaptive = options & ADAPTIVE;
    f->p.options.rest_at_threshold = !(options & GIVEN_REST);
    clif_param *field = (clif_param *)(void *)((char *)&f->p + c->field);
    /* For all neurons, and for the fourth alone. */
    for (int k = 0; k < N; k++) each[k] = k == 3 ? c->value : field->value;
    *field = i % 2 ? clif_per_neuron(each, N) : clif_scalar(c->value);
    refuse_create(f, BAD, c->words);
    char number[32];
    snprintf(number, sizeof number, "neuron %d", i % 2 ? 3 : 0);
    assert_non_null(strstr(clif_context_error(f->ctx), number));
  }
}

#define FIELD(name) offsetof(clif_lif_params, name)
#define REFUSE(options, ...)                                                                       \
  do {                                                                                             \
    const change changes_[] = {__VA_ARGS__};                                                       \
    refuse_changes(f, options, changes_, sizeof changes_ / sizeof *changes_);                      \
  } while (0)

static void parameters_have_ranges(void **state) {
  fixture *f = *state;
  REFUSE(0, {"tau of neuron", FIELD(tau), 0.0}, {"tau of neuron", FIELD(tau), -1.0},
         {"diverge", FIELD(tau), 0.5}, {"refractory of neuron", FIELD(options.refractory), -0.5},
         {"refractory of neuron", FIELD(options.refractory), 16777217.0},
         {"noise_std of neuron", FIELD(options.noise_std), -0.1},
         {"below the threshold", FIELD(v_reset), 1.0},
         {"below the threshold", FIELD(threshold), 0.0});
  REFUSE(SUBTRACT, {"threshold of neuron", FIELD(threshold), 0.0});
  REFUSE(STOCHASTIC, {"threshold of neuron", FIELD(threshold), 0.0},
         {"slope of neuron", FIELD(options.slope), 0.0},
         {"slope of neuron", FIELD(options.slope), -1.0});
  REFUSE(ADAPTIVE, {"threshold of neuron", FIELD(threshold), 0.0},
         {"eta of neuron", FIELD(options.eta), -0.01}, {"eta of neuron", FIELD(options.eta), 1.01},
         {"th_min of neuron", FIELD(options.th_min), 0.0},
         {"above th_max", FIELD(options.th_min), 2.5}, {"above th_max", FIELD(options.th_max), 0.4},
         {"from th_min to th_max", FIELD(threshold), 0.4},
         {"from th_min to th_max", FIELD(threshold), 2.1});
  REFUSE(ADAPTIVE | GIVEN_REST, {"th_rest of neuron", FIELD(options.th_rest), 0.4},
         {"th_rest of neuron", FIELD(options.th_rest), 2.1});
  /* The clamp of the seed form is always there. */
  REFUSE(SEED_FORM, {"threshold of neuron", FIELD(threshold), -1.0},
         {"from th_min to th_max", FIELD(threshold), 0.4},
         {"th_min of neuron", FIELD(options.th_min), 0.0},
         {"above th_max", FIELD(options.th_min), 2.5}, {"r of neuron", FIELD(r), 2.0},
         {"v_leak of neuron", FIELD(v_leak), 0.1},
         {"refractory of neuron", FIELD(options.refractory), 1.0});
  REFUSE(SEED_FORM | STOCHASTIC, {"slope of neuron", FIELD(options.slope), 2.0});
}

static void numbers_must_be_finite(void **state) {
  fixture *f = *state;
  static const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
  for (int i = 0; i < 3; i++)
    REFUSE(STOCHASTIC | ADAPTIVE | GIVEN_REST, {"tau of", FIELD(tau), bad[i]},
           {"r of", FIELD(r), bad[i]}, {"v_leak of", FIELD(v_leak), bad[i]},
           {"v_reset of", FIELD(v_reset), bad[i]}, {"threshold of", FIELD(threshold), bad[i]},
           {"refractory of", FIELD(options.refractory), bad[i]},
           {"noise_std of", FIELD(options.noise_std), bad[i]},
           {"slope of", FIELD(options.slope), bad[i]}, {"eta of", FIELD(options.eta), bad[i]},
           {"th_rest of", FIELD(options.th_rest), bad[i]},
           {"th_min of", FIELD(options.th_min), bad[i]},
           {"th_max of", FIELD(options.th_max), bad[i]});
}

/* Those of options that are off, and the ends of the ranges. */
static void what_is_in_range_or_off_is_taken(void **state) {
  fixture *f = *state;
  clif_group *group;
  clif_neuron_options *o = &f->p.options;
  o->slope = o->eta = o->th_rest = o->th_min = o->th_max = clif_scalar((double)NAN);
  done(clif_group_create(f->ctx, &f->p, &f->o, &group));
  check_works(f, group);
  clif_group_destroy(group);
  f->p = clif_lif_defaults();
  f->p.dt = 20.0;
  o->adaptive = 1;
  o->eta = clif_scalar(1.0);
  o->th_min = o->th_max = clif_scalar(1.0);
  done(clif_group_create(f->ctx, &f->p, &f->o, &group));
  clif_group_destroy(group);
  o->eta = clif_scalar(0.0);
  done(clif_group_create(f->ctx, &f->p, &f->o, &group));
  clif_group_destroy(group);
}

static void settings_have_ranges(void **state) {
  fixture *f = *state;
  f->p.form = (clif_form)2;
  refuse_create(f, BAD, "form is 2");
  f->p.form = CLIF_FORM_SEED;
  f->p.reset = CLIF_RESET_SUBTRACT;
  refuse_create(f, BAD, "seed form");
  f->p.reset = CLIF_RESET_VALUE;
  f->p.compare = CLIF_FIRE_ABOVE_THRESHOLD;
  refuse_create(f, BAD, "seed form");
  f->p.compare = CLIF_FIRE_AT_THRESHOLD;
  f->p.integration = CLIF_EXACT;
  refuse_create(f, BAD, "seed form");
  f->p = clif_lif_defaults();
  f->p.reset = (clif_reset)3;
  refuse_create(f, BAD, "reset is 3");
  f->p.reset = CLIF_RESET_VALUE;
  f->p.dt = 0.0;
  refuse_create(f, BAD, "dt is 0");
  f->p.dt = (double)NAN;
  refuse_create(f, BAD, "dt is");
}

/* ---- runs ---- */

static clif_group *make(fixture *f) {
  clif_group *group;
  done(clif_group_create(f->ctx, &f->p, &f->o, &group));
  return group;
}

/* The usual arrays with one field changed. */
#define refuse_run(status, words, field, number)                                                   \
  do {                                                                                             \
    clif_group_io io_ = usual(f);                                                                  \
    io_.field = number;                                                                            \
    refused(status, words, clif_group_run(group, &io_));                                           \
  } while (0)

static void arrays_must_fit(void **state) {
  fixture *f = *state;
  static const clif_array none = {.data = NULL};
  clif_group *group = make(f);
  double doubles[COUNT] = {0};
  uint32_t bits[COUNT] = {0};
  clif_group_io io = usual(f);
  assert_int_equal(clif_group_run(NULL, &io), BAD);
  refused(BAD, "NULL", clif_group_run(group, NULL));
  refuse_run(BAD, "clif_group_io", size, 8);
  refuse_run(CLIF_SHAPE, "no array is bound to the input", input, none);
  refuse_run(CLIF_SHAPE, "20", input, view3(f->x, CLIF_F32, T, B, N - 1));
  refuse_run(CLIF_SHAPE, "float64", input, view3(doubles, CLIF_F64, T, B, N));
  refuse_run(CLIF_SHAPE, "2 dimensions", input.ndim, 2);
  refuse_run(BAD, "'input'", input.data, NULL);
  refuse_run(CLIF_SHAPE, "overlapping", input.strides[1], 4);
  refuse_run(CLIF_SHAPE, "float64", v, view3(doubles, CLIF_F64, T, B, N));
  refuse_run(CLIF_SHAPE, "uint32", spikes, view3(bits, CLIF_U32, T, B, N));
  refuse_run(CLIF_SHAPE, "2 steps of 2", v, view3(f->v, CLIF_F32, T - 1, B, N));
  refuse_run(CLIF_SHAPE, "overlap", v.strides[0], 0);
  refuse_run(CLIF_STATE, "not recorded", v_pre, view3(f->v, CLIF_F32, T, B, N));
  refuse_run(CLIF_STATE, "not recorded", th, view3(f->v, CLIF_F32, T, B, N));
  refuse_run(CLIF_SHAPE, "nothing can be put", eps, view3(f->x, CLIF_F32, T, B, N));
  refuse_run(CLIF_SHAPE, "nothing can be put", u, view3(f->x, CLIF_F32, T, B, N));
  check_works(f, group);
  /* Refusing is no failed run: the state goes on. */
  refuse_run(CLIF_SHAPE, "20", input, view3(f->x, CLIF_F32, T, B, N - 1));
  assert_int_equal(clif_group_look(group).step, T);
  done(clif_group_run(group, &io));
  clif_group_destroy(group);
}

static void samples_must_fit(void **state) {
  fixture *f = *state;
  float x[T * 3 * N] = {0};
  clif_group *group = make(f);
  clif_group_io io = {.size = sizeof io, .input = view3(x, CLIF_F32, T, 3, N)};
  refused(CLIF_STATE, "3 samples", clif_group_run(group, &io));
  io.input = view3(x, CLIF_F32, T, 1, N);
  done(clif_group_run(group, &io));
  io.input = view3(x, CLIF_F32, T, B, N);
  refused(CLIF_STATE, "the run before had 1", clif_group_run(group, &io));
  check_works(f, group);
  clif_group_destroy(group);
}

static void one_step_has_two_dimensions(void **state) {
  fixture *f = *state;
  clif_group *group = make(f);
  clif_group_io io = usual(f);
  assert_int_equal(clif_group_step(NULL, &io), BAD);
  refused(BAD, "NULL", clif_group_step(group, NULL));
  refused(CLIF_SHAPE, "the input has 3 dimensions", clif_group_step(group, &io));
  io.input = clif_array_view(f->x, CLIF_F32, 2, (size_t[]){B, N});
  refused(CLIF_SHAPE, "the array of spikes has 3", clif_group_step(group, &io));
  io.spikes.ndim = 0;
  refused(CLIF_SHAPE, "the array of v has 3", clif_group_step(group, &io));
  io.v.ndim = 0;
  io.size = 1;
  refused(BAD, "clif_group_io", clif_group_step(group, &io));
  io.size = sizeof io;
  done(clif_group_step(group, &io));
  clif_group_destroy(group);
}

static void counted_spikes_cannot_be_taken(void **state) {
  fixture *f = *state;
  f->o.spikes = CLIF_SPIKES_NONE;
  clif_group *group = make(f);
  clif_group_io io = usual(f);
  refused(CLIF_STATE, "only counts", clif_group_run(group, &io));
  io.spikes.ndim = 0;
  done(clif_group_run(group, &io));
  clif_group_destroy(group);
}

static void random_numbers_to_be_given_must_be(void **state) {
  fixture *f = *state;
  uint8_t bytes[COUNT] = {0};
  f->o.inject = 1;
  f->p.options.noise_std = clif_scalar(1.0);
  f->p.options.stochastic = 1;
  clif_group *group = make(f);
  clif_group_io io = usual(f);
  refused(CLIF_SHAPE, "eps of", clif_group_run(group, &io));
  io.eps = view3(f->x, CLIF_F32, T, B, N);
  refused(CLIF_SHAPE, "u of", clif_group_run(group, &io));
  io.u = view3(f->x, CLIF_F32, T - 1, B, N);
  refused(CLIF_SHAPE, "2 steps", clif_group_run(group, &io));
  io.u = view3(bytes, CLIF_U8, T, B, N);
  refused(CLIF_SHAPE, "uint8", clif_group_run(group, &io));
  io.u = view3(f->x, CLIF_F32, T, B, N + 1);
  refused(CLIF_SHAPE, "20", clif_group_run(group, &io));
  io.u = view3(f->x, CLIF_F32, T, B, N);
  done(clif_group_run(group, &io));
  clif_group_destroy(group);
}

static void steps_and_samples_have_ends(void **state) {
  fixture *f = *state;
  const uint64_t steps = (uint64_t)1 << 34, samples = (uint64_t)1 << 32;
  clif_group *group = make(f);
  clif_group_io io = usual(f);
  refused(BAD, "first_step is 17179869184", clif_group_reset_at(group, steps, 0));
  refused(BAD, "first_step", clif_group_reset_at(group, UINT64_MAX, 0));
  refused(BAD, "first_sample is 4294967295", clif_group_reset_at(group, 0, samples - 1));
  refused(BAD, "first_sample", clif_group_reset_at(group, 0, UINT64_MAX));
  done(clif_group_reset_at(group, steps - T, samples - B));
  done(clif_group_run(group, &io));
  refused(CLIF_STATE, "step 17179869183 is the last", clif_group_run(group, &io));
  done(clif_group_reset_at(group, steps - T + 1, 0));
  refused(CLIF_STATE, "step 17179869183 is the last", clif_group_run(group, &io));
  assert_int_equal(clif_group_look(group).step, steps - T + 1);
  assert_int_equal(clif_group_reset(NULL), BAD);
  assert_int_equal(clif_group_reset_at(NULL, 0, 0), BAD);
  assert_int_equal(clif_group_set_seed(NULL, 0), BAD);
  check_works(f, group);
  clif_group_destroy(group);
}

/* ---- input that is not finite ---- */

static void host_input_must_be_finite(void **state) {
  fixture *f = *state;
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  f->o.steps = 2; /* the third step is in the second tile */
  clif_group *group = make(f);
  clif_group_io io = usual(f);
  for (int i = 0; i < 3; i++) {
    f->x[(2 * B + 1) * N + 17] = f->x[COUNT - 1] = bad[i];
    refused(CLIF_NOT_FINITE, "2 values that are NaN or infinite", clif_group_run(group, &io));
    assert_non_null(strstr(clif_context_error(f->ctx), "step 2, sample 1, element 17"));
    f->x[(2 * B + 1) * N + 17] = f->x[COUNT - 1] = 2.0f;
    refused(CLIF_STATE, "earlier run failed", clif_group_run(group, &io));
    refused(CLIF_STATE, "earlier run failed",
            clif_group_step(group, &(clif_group_io){.size = sizeof io,
                                                    .input = clif_array_view(f->x, CLIF_F32, 2,
                                                                             (size_t[]){B, N})}));
    check_works(f, group);
  }
  clif_group_destroy(group);
}

static void device_input_must_be_finite(void **state) {
  fixture *f = *state;
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  const clif_array host = view3(f->x, CLIF_F32, T, B, N);
  clif_array whole;
  const size_t shape[] = {T + 2, B + 1, N};
  f->o.steps = 2;
  f->o.device_input = 1;
  done(clif_array_create_device(f->ctx, CLIF_F32, 3, shape, &whole));
  clif_array some = clif_array_slice(&whole, 0, 1, T);
  some = clif_array_slice(&some, 1, 1, B);
  clif_group *group = make(f);
  clif_group_io io = usual(f);
  io.input = some;
  for (int i = 0; i < 3; i++) {
    f->x[(2 * B + 1) * N + 17] = f->x[COUNT - 1] = bad[i];
    done(clif_array_copy(f->ctx, &host, &some));
    refused(CLIF_NOT_FINITE, "step 2, sample 1, element 17", clif_group_run(group, &io));
    refused(CLIF_STATE, "earlier run failed", clif_group_run(group, &io));
    f->x[(2 * B + 1) * N + 17] = f->x[COUNT - 1] = 2.0f;
    done(clif_array_copy(f->ctx, &host, &some));
    done(clif_group_reset(group));
    done(clif_group_run(group, &io));
    assert_true(f->v[COUNT - 1] == 0.285249978f);
    done(clif_group_reset(group));
  }
  clif_group_destroy(group);
  clif_array_free(f->ctx, &whole);
}

/* NaN behind the input's last column: rows of 32 of which 20 are used. */
static void what_is_beside_the_input_is_not_looked_at(void **state) {
  fixture *f = *state;
  enum { WIDE = 32 };
  float rows[T * B * WIDE];
  clif_array whole;
  for (int i = 0; i < T * B * WIDE; i++) rows[i] = i % WIDE < N ? 2.0f : NAN;
  const clif_array host = view3(rows, CLIF_F32, T, B, WIDE);
  const clif_array part = clif_array_slice(&host, 2, 0, N);
  clif_group *group = make(f);
  clif_group_io io = usual(f);
  io.input = part;
  done(clif_group_run(group, &io));
  assert_true(f->v[COUNT - 1] == 0.285249978f);
  clif_group_destroy(group);
  f->o.device_input = 1;
  group = make(f);
  done(clif_array_create_device(f->ctx, CLIF_F32, 3, host.shape, &whole));
  done(clif_array_copy(f->ctx, &host, &whole));
  io.input = clif_array_slice(&whole, 2, 0, N);
  memset(f->v, 0, sizeof f->v);
  done(clif_group_run(group, &io));
  assert_true(f->v[COUNT - 1] == 0.285249978f);
  assert_int_equal(clif_group_look(group).spikes, 0);
  clif_group_destroy(group);
  clif_array_free(f->ctx, &whole);
}

/* One sample of an array of three: where the next one would be says nothing. */
static void check_stride_of_one_sample(fixture *f, unsigned lanes) {
  static const size_t strides[] = {0, 4, 64, 4096, (size_t)UINT32_MAX * 4 - 60, (size_t)1 << 34};
  const size_t shape[] = {T, 3, N};
  float x[T * 3 * N], expected[T * N], got[T * N];
  uint32_t seed = 5;
  clif_context *ctx =
      open_context(&(clif_context_options){sizeof(clif_context_options), .lanes = lanes});
  clif_array whole, host = view3(x, CLIF_F32, T, 3, N);
  clif_group *group;
  for (int i = 0; i < T * 3 * N; i++) x[i] = (float)between(&seed, 0.0, 15.0);
  f->o.batch = 1, f->o.device_input = 1;
  assert_ok(ctx, clif_array_create_device(ctx, CLIF_F32, 3, shape, &whole));
  assert_ok(ctx, clif_array_copy(ctx, &host, &whole));
  assert_ok(ctx, clif_group_create(ctx, &f->p, &f->o, &group));
  clif_group_io io = {.size = sizeof io,
                      .input = clif_array_slice(&whole, 1, 1, 1),
                      .v = view3(expected, CLIF_F32, T, 1, N)};
  assert_ok(ctx, clif_group_run(group, &io));
  io.v.data = got;
  for (size_t i = 0; i < sizeof strides / sizeof *strides; i++) {
    io.input.strides[1] = strides[i];
    memset(got, 0, sizeof got);
    assert_ok(ctx, clif_group_reset(group));
    assert_ok(ctx, clif_group_run(group, &io));
    assert_same_bits("v", got, expected, T * N);
  }
  clif_group_destroy(group);
  clif_array_free(ctx, &whole);
  clif_context_destroy(ctx);
}

static void the_stride_of_one_sample_does_not_count(void **state) {
  for (unsigned lanes = 1; lanes <= 16; lanes += 15)
    if (!test_lanes() || lanes == test_lanes()) check_stride_of_one_sample(*state, lanes);
}

/* ---- device input that is none ---- */

static void device_input_must_be_usable(void **state) {
  fixture *f = *state;
  clif_context *other = open_context(NULL);
  clif_array array, bytes, foreign;
  const size_t shape[] = {T, B, N};
  clif_group *host_group = make(f);
  f->o.device_input = 1;
  clif_group *group = make(f);
  done(clif_array_create_device(f->ctx, CLIF_F32, 3, shape, &array));
  done(clif_array_create_device(f->ctx, CLIF_U8, 3, shape, &bytes));
  assert_ok(other, clif_array_create_device(other, CLIF_F32, 3, shape, &foreign));
  clif_group_io io = usual(f);
  refused(BAD, "'input'", clif_group_run(group, &io)); /* lies on the host */
  io.input = array;
  refused(BAD, "device", clif_group_run(host_group, &io));
  io.input = bytes;
  refused(CLIF_SHAPE, "uint8", clif_group_run(group, &io));
  io.input = foreign;
  refused(BAD, "context", clif_group_run(group, &io));
  io.input = array;
  io.input.offset = 4;
  io.input.shape[0] = T - 1;
  io.spikes.ndim = io.v.ndim = 0;
  refused(CLIF_SHAPE, "not padded", clif_group_run(group, &io));
  io.input = array;
  io.input.offset = 64;
  refused(BAD, "beyond", clif_group_run(group, &io));
  io.input = clif_array_slice(&array, 2, 0, N - 1);
  refused(CLIF_SHAPE, "19 elements", clif_group_run(group, &io));
  io.input = array;
  io.spikes = array;
  refused(BAD, "device", clif_group_run(group, &io)); /* what is received goes to the host */
  io.spikes.ndim = 0;
  done(clif_group_run(group, &io));
  clif_array_free(f->ctx, &array), clif_array_free(f->ctx, &bytes);
  clif_array_free(other, &foreign);
  clif_group_destroy(group), clif_group_destroy(host_group);
  clif_context_destroy(other);
}

/* ---- stopping ---- */

typedef struct watcher {
  fixture *f;
  clif_group *group;
  uint64_t done, total;
  int calls, stop_at;
} watcher;

static int watch(void *user, uint64_t done, uint64_t total) {
  watcher *w = user;
  fixture *f = w->f;
  clif_group_io io = usual(f);
  w->done = done;
  w->total = total;
  refused(CLIF_STATE, "running", clif_group_run(w->group, &io));
  refused(CLIF_STATE, "running", clif_group_reset(w->group));
  return ++w->calls == w->stop_at;
}

static void a_run_can_be_stopped_between_tiles(void **state) {
  fixture *f = *state;
  f->o.steps = 1;
  watcher w = {.f = f, .group = make(f), .stop_at = 2};
  clif_group_io io = usual(f);
  io.progress = watch;
  io.progress_user = &w;
  refused(CLIF_CANCELLED, "cancelled", clif_group_run(w.group, &io));
  assert_true(w.calls == 2 && w.done == 2 * B && w.total == T * B);
  io.progress = NULL;
  refused(CLIF_STATE, "earlier run failed", clif_group_run(w.group, &io));
  check_works(f, w.group);
  /* Stopping at the end is too late. */
  w.calls = 0, w.stop_at = T;
  io.progress = watch;
  done(clif_group_run(w.group, &io));
  assert_true(w.calls == T && w.done == T * B);
  clif_group_destroy(w.group);
}

static void null_groups_are_answered(void **state) {
  fixture *f = *state;
  clif_snapshot *s = (clif_snapshot *)(void *)f;
  clif_array v = view3(f->v, CLIF_F32, T, B, N);
  clif_group_destroy(NULL);
  clif_snapshot_destroy(NULL);
  assert_int_equal(clif_group_look(NULL).neurons, 0);
  assert_null(clif_group_state_name(NULL, 0));
  assert_int_equal(clif_group_get_state(NULL, "v", &v), BAD);
  assert_int_equal(clif_group_set_state(NULL, "v", &v), BAD);
  assert_int_equal(clif_group_save(NULL, &s), BAD);
  assert_null(s);
  assert_int_equal(clif_group_restore(NULL, NULL), BAD);
}

#define with_fixture(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      with_fixture(options_have_ranges),
      with_fixture(parameters_have_ranges),
      with_fixture(numbers_must_be_finite),
      with_fixture(what_is_in_range_or_off_is_taken),
      with_fixture(settings_have_ranges),
      with_fixture(arrays_must_fit),
      with_fixture(samples_must_fit),
      with_fixture(one_step_has_two_dimensions),
      with_fixture(counted_spikes_cannot_be_taken),
      with_fixture(random_numbers_to_be_given_must_be),
      with_fixture(steps_and_samples_have_ends),
      with_fixture(host_input_must_be_finite),
      with_fixture(device_input_must_be_finite),
      with_fixture(what_is_beside_the_input_is_not_looked_at),
      with_fixture(the_stride_of_one_sample_does_not_count),
      with_fixture(device_input_must_be_usable),
      with_fixture(a_run_can_be_stopped_between_tiles),
      with_fixture(null_groups_are_answered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
