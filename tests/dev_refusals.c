/* dev_refusals.c - everything a network refuses: the status, a sentence that names what was wrong,
 * nothing leaked, and the context usable after it. */
#include <math.h>

#include "core/core.h"
#include "nets.h"

typedef struct fixture {
  clif_context *ctx;
  clif_network *net;
} fixture;

static int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  f->ctx = open_context(NULL);
  f->net = new_network(f->ctx);
  *state = f;
  return 0;
}

/* Whatever was refused: a network still runs on the context, and then nothing is held. */
static int teardown(void **state) {
  fixture *f = *state;
  float x[3] = {2, 2, 2}, y[3] = {0};
  clif_network_destroy(f->net);
  clif_network *net = new_network(f->ctx);
  assert_ok(f->ctx, clif_network_add_input(net, "in", &(clif_shape){1, {1}}));
  assert_ok(f->ctx, clif_network_add_if(net, "cell",
                                        &(clif_if_params){.size = sizeof(clif_if_params),
                                                          .r = clif_scalar(1),
                                                          .threshold = clif_scalar(100)}));
  assert_ok(f->ctx, clif_network_connect(net, "in", "cell", 0));
  assert_ok(f->ctx, clif_network_record(net, "cell", CLIF_V));
  assert_ok(f->ctx, clif_network_prepare(net, NULL));
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, 3, 1, 1));
  clif_binding out = bind("cell", CLIF_V, view3(y, CLIF_F32, 3, 1, 1));
  assert_ok(f->ctx, run(net, &in, 1, &out, 1));
  assert_true(y[2] == 6.0f);
  clif_network_destroy(net);
  assert_int_equal(clif_context_memory(f->ctx).device_bytes, 0);
  clif_context_destroy(f->ctx);
  free(f);
  return 0;
}

#define refused(status, words, call) assert_refused(f->ctx, status, words, call)
#define done(call) assert_ok(f->ctx, call)
#define BAD CLIF_INVALID_ARGUMENT

/* ---- building ---- */

static void names_must_be_there_short_and_unique(void **state) {
  fixture *f = *state;
  char long_name[200];
  memset(long_name, 'x', sizeof long_name);
  long_name[199] = '\0';
  refused(BAD, "needs a name", clif_network_add_relu(f->net, NULL));
  refused(BAD, "needs a name", clif_network_add_relu(f->net, ""));
  refused(BAD, "longer than 127", clif_network_add_relu(f->net, long_name));
  done(clif_network_add_relu(f->net, "a"));
  refused(BAD, "'a'", clif_network_add_output(f->net, "a"));
  assert_int_equal(clif_network_layer_count(f->net), 1);
}

static void shapes_must_have_sizes_that_can_be_counted(void **state) {
  fixture *f = *state;
  float one = 1;
  refused(BAD, "'in'", clif_network_add_input(f->net, "in", NULL));
  refused(BAD, "1 to 4", clif_network_add_input(f->net, "in", &(clif_shape){0, {0}}));
  refused(BAD, "1 to 4", clif_network_add_input(f->net, "in", &(clif_shape){5, {1, 1, 1, 1}}));
  refused(BAD, "is 0", clif_network_add_input(f->net, "in", &(clif_shape){2, {3, 0}}));
  refused(BAD, "more than", clif_network_add_input(f->net, "in", &(clif_shape){1, {SIZE_MAX}}));
  refused(BAD, "more than",
          clif_network_add_input(f->net, "in", &(clif_shape){2, {SIZE_MAX / 2, 4}}));
  refused(BAD, "above 0", clif_network_add_linear(f->net, "fc", 0, 3, &one, NULL));
  refused(BAD, "above 0", clif_network_add_linear(f->net, "fc", 3, 0, &one, NULL));
  refused(BAD, "more than", clif_network_add_linear(f->net, "fc", SIZE_MAX, 2, &one, NULL));
  refused(BAD, "more than", clif_network_add_linear(f->net, "fc", 1u << 16, 1u << 16, &one, NULL));
  assert_int_equal(clif_network_layer_count(f->net), 0);
}

static void numbers_must_be_there_and_finite(void **state) {
  fixture *f = *state;
  float w[4] = {1, 2, NAN, 4}, good[4] = {1, 2, 3, 4}, inf[2] = {0, INFINITY};
  refused(BAD, "weight is NULL", clif_network_add_linear(f->net, "fc", 2, 2, NULL, NULL));
  refused(BAD, "element 2 of its weight", clif_network_add_linear(f->net, "fc", 2, 2, w, NULL));
  refused(BAD, "element 1 of its bias", clif_network_add_linear(f->net, "fc", 2, 2, good, inf));
  refused(BAD, "scale is NULL", clif_network_add_scale(f->net, "s", &(clif_shape){1, {4}}, NULL));
  refused(BAD, "element 2 of its scale",
          clif_network_add_scale(f->net, "s", &(clif_shape){1, {4}}, w));
}

static void edges_must_lead_somewhere(void **state) {
  fixture *f = *state;
  done(clif_network_add_input(f->net, "in", &(clif_shape){1, {2}}));
  done(clif_network_add_relu(f->net, "relu"));
  refused(BAD, "'nowhere'", clif_network_connect(f->net, "in", "nowhere", 0));
  refused(BAD, "'nobody'", clif_network_connect(f->net, "nobody", "relu", 0));
  refused(BAD, "NULL", clif_network_connect(f->net, NULL, "relu", 0));
  refused(BAD, "input layer", clif_network_connect(f->net, "relu", "in", 0));
  refused(CLIF_UNSUPPORTED, "delay of 1", clif_network_connect(f->net, "in", "relu", 1));
  refused(CLIF_SHAPE, "no membrane", clif_network_record(f->net, "relu", CLIF_V));
  refused(BAD, "'cell'", clif_network_record(f->net, "cell", CLIF_V));
  refused(BAD, "no clif_quantity", clif_network_record(f->net, "relu", (clif_quantity)9));
}

/* ---- neuron parameters ---- */

static void refuse_lif(fixture *f, const char *words, clif_lif_params p) {
  refused(BAD, words, clif_network_add_lif(f->net, "cell", &p));
}

/* The defaults with one field changed. */
#define refuse_field(words, field, number)                                                         \
  do {                                                                                             \
    clif_lif_params p_ = clif_lif_defaults();                                                      \
    p_.field = number;                                                                             \
    refuse_lif(f, words, p_);                                                                      \
  } while (0)

static void lif_parameters_have_ranges(void **state) {
  fixture *f = *state;
  static const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY},
                      mixed[] = {5, -1, 5}, none[1] = {0};
  for (size_t i = 0; i < 3; i++) {
    refuse_field("tau", tau, clif_scalar(bad[i]));
    refuse_field("r of neuron", r, clif_scalar(bad[i]));
    refuse_field("v_leak", v_leak, clif_scalar(bad[i]));
    refuse_field("v_reset", v_reset, clif_scalar(bad[i]));
    refuse_field("threshold", threshold, clif_scalar(bad[i]));
    refuse_field("dt", dt, bad[i]);
  }
  refuse_field("tau of neuron 0 is 0", tau, clif_scalar(0));
  refuse_field("tau of neuron 1 is -1", tau, clif_per_neuron(mixed, 3));
  refuse_field("0 of them", tau, clif_per_neuron(none, 0));
  refuse_field("dt is 0", dt, 0);
  refuse_field("dt is -2", dt, -2);
  refuse_field("diverge", dt, 21);
  refuse_field("v_reset of neuron 0 is 1", v_reset, clif_scalar(1));
  refuse_field("below the threshold", threshold, clif_scalar(-1));
  refuse_field("reset is 3", reset, (clif_reset)3);
  refuse_field("compare is 2", compare, (clif_compare)2);
  refuse_field("integration is 2", integration, (clif_integration)2);
  refuse_field("clif_lif_params", size, 3);
  clif_lif_params p = clif_lif_defaults();
  p.reset = CLIF_RESET_SUBTRACT;
  p.threshold = clif_scalar(0);
  p.v_reset = clif_scalar(-1);
  refuse_lif(f, "threshold of neuron 0 is 0", p);
  /* What counts is what float32 makes of them. */
  p.threshold = clif_scalar(1e-60);
  refuse_lif(f, "threshold of neuron 0 is 0", p);
  refuse_field("below the threshold", v_reset, clif_scalar(1.0 - 1e-10));
  refused(BAD, "NULL", clif_network_add_lif(f->net, "cell", NULL));
  refuse_field("float32's range", r, clif_scalar(1e300));
}

static void allowed_borders_are_allowed(void **state) {
  fixture *f = *state;
  clif_lif_params p = clif_lif_defaults();
  p.dt = 20; /* dt = tau */
  done(clif_network_add_lif(f->net, "a", &p));
  p.integration = CLIF_EXACT;
  p.dt = 100; /* above tau: exact integration does not diverge */
  done(clif_network_add_lif(f->net, "b", &p));
  p = clif_lif_defaults();
  p.reset = CLIF_RESET_NONE;
  p.v_reset = clif_scalar(5);
  done(clif_network_add_lif(f->net, "c", &p));
  p = clif_lif_defaults();
  p.threshold = clif_scalar(-1);
  p.v_reset = clif_scalar(-2);
  done(clif_network_add_lif(f->net, "d", &p));
}

static void if_and_li_parameters_have_ranges(void **state) {
  fixture *f = *state;
  clif_if_params p = clif_if_defaults();
  p.v_reset = clif_scalar(2);
  refused(BAD, "v_reset", clif_network_add_if(f->net, "cell", &p));
  p = clif_if_defaults();
  p.r = clif_scalar((double)NAN);
  refused(BAD, "r of neuron", clif_network_add_if(f->net, "cell", &p));
  p.size = 1;
  refused(BAD, "clif_if_params", clif_network_add_if(f->net, "cell", &p));
  clif_li_params l = clif_li_defaults();
  l.tau = clif_scalar(0.5);
  refused(BAD, "diverge", clif_network_add_li(f->net, "cell", &l));
  l = clif_li_defaults();
  l.v_leak = clif_scalar((double)INFINITY);
  refused(BAD, "v_leak", clif_network_add_li(f->net, "cell", &l));
  assert_int_equal(clif_network_layer_count(f->net), 0);
}

/* ---- preparing ---- */

static void prepare_refuses_what_does_not_fit(void **state) {
  fixture *f = *state;
  static const float w[6] = {1, 2, 3, 4, 5, 6};
  static const double taus[3] = {5, 6, 7};
  clif_lif_params three = clif_lif_defaults();
  three.tau = clif_per_neuron(taus, 3);
  refused(CLIF_SHAPE, "no layers", clif_network_prepare(f->net, NULL));
  done(clif_network_add_relu(f->net, "lonely"));
  refused(CLIF_SHAPE, "no input layer", clif_network_prepare(f->net, NULL));
  done(clif_network_add_input(f->net, "in", &(clif_shape){2, {1, 3}}));
  refused(CLIF_SHAPE, "'lonely'", clif_network_prepare(f->net, NULL));
  done(clif_network_connect(f->net, "in", "lonely", 0));
  done(clif_network_add_linear(f->net, "fc", 3, 2, w, NULL));
  done(clif_network_connect(f->net, "in", "fc", 0));
  refused(CLIF_SHAPE, "flatten", clif_network_prepare(f->net, NULL));
  done(clif_network_add_flatten(f->net, "flat", 0, 5));
  done(clif_network_connect(f->net, "in", "flat", 0));
  refused(CLIF_SHAPE, "layer 'fc'", clif_network_prepare(f->net, NULL));
  done(clif_network_add_lif(f->net, "three", &three));
  refused(CLIF_SHAPE, "layer 'fc'", clif_network_prepare(f->net, NULL));
}

static void prepare_names_the_shapes_that_clash(void **state) {
  fixture *f = *state;
  static const double taus[3] = {5, 6, 7};
  clif_lif_params three = clif_lif_defaults();
  three.tau = clif_per_neuron(taus, 3);
  static const float scale[2] = {1, 1};
  done(clif_network_add_input(f->net, "a", &(clif_shape){1, {2}}));
  done(clif_network_add_input(f->net, "b", &(clif_shape){2, {1, 2}}));
  done(clif_network_add_lif(f->net, "three", &three));
  done(clif_network_connect(f->net, "a", "three", 0));
  refused(CLIF_SHAPE, "for 3 neurons", clif_network_prepare(f->net, NULL));
  clif_network_destroy(f->net);
  f->net = new_network(f->ctx);
  done(clif_network_add_input(f->net, "a", &(clif_shape){1, {2}}));
  done(clif_network_add_input(f->net, "b", &(clif_shape){2, {1, 2}}));
  done(clif_network_add_relu(f->net, "sum"));
  done(clif_network_connect(f->net, "a", "sum", 0));
  done(clif_network_connect(f->net, "b", "sum", 0));
  refused(CLIF_SHAPE, "2 and 1x2", clif_network_prepare(f->net, NULL));
  clif_network_destroy(f->net);
  f->net = new_network(f->ctx);
  done(clif_network_add_input(f->net, "b", &(clif_shape){2, {1, 2}}));
  done(clif_network_add_scale(f->net, "scale", &(clif_shape){1, {2}}, scale));
  done(clif_network_connect(f->net, "b", "scale", 0));
  refused(CLIF_SHAPE, "shape 1x2", clif_network_prepare(f->net, NULL));
}

static void a_cycle_is_refused_by_name(void **state) {
  fixture *f = *state;
  done(clif_network_add_input(f->net, "in", &(clif_shape){1, {2}}));
  done(clif_network_add_relu(f->net, "one"));
  done(clif_network_add_relu(f->net, "two"));
  done(clif_network_connect(f->net, "in", "one", 0));
  done(clif_network_connect(f->net, "one", "two", 0));
  done(clif_network_connect(f->net, "two", "one", 0));
  refused(CLIF_UNSUPPORTED, "'one'", clif_network_prepare(f->net, NULL));
}

static void prepare_checks_its_options_and_comes_once(void **state) {
  fixture *f = *state;
  clif_layer_info info;
  done(clif_network_add_input(f->net, "in", &(clif_shape){1, {2}}));
  clif_prepare_options o = {.size = 4};
  refused(BAD, "clif_prepare_options", clif_network_prepare(f->net, &o));
  refused(BAD, "linear is 7", prepare(f->net, 1, 1, 0, (clif_linear_way)7));
  refused(CLIF_STATE, "not prepared", clif_network_reset(f->net));
  refused(CLIF_OUT_OF_DEVICE_MEMORY, "cap of 10", prepare(f->net, 1, 1, 10, CLIF_LINEAR_AUTO));
  refused(BAD, "at most", prepare(f->net, SIZE_MAX, 1, 0, CLIF_LINEAR_AUTO));
  done(clif_network_prepare(f->net, NULL));
  refused(CLIF_STATE, "already", clif_network_prepare(f->net, NULL));
  refused(CLIF_STATE, "prepared", clif_network_add_relu(f->net, "late"));
  refused(CLIF_STATE, "prepared", clif_network_connect(f->net, "in", "in", 0));
  refused(CLIF_STATE, "prepared", clif_network_record(f->net, "in", CLIF_OUTPUT));
  refused(BAD, "index 1", clif_network_layer(f->net, 1, &info));
}

/* ---- running ---- */

static void prepared(fixture *f) {
  clif_if_params p = clif_if_defaults();
  done(clif_network_add_input(f->net, "in", &(clif_shape){1, {3}}));
  done(clif_network_add_if(f->net, "cell", &p));
  done(clif_network_connect(f->net, "in", "cell", 0));
  done(clif_network_record(f->net, "cell", CLIF_OUTPUT));
  done(prepare(f->net, 4, 2, 0, CLIF_LINEAR_AUTO));
}

static void a_run_needs_a_prepared_network(void **state) {
  fixture *f = *state;
  float x[3] = {0};
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, 1, 1, 3));
  done(clif_network_add_input(f->net, "in", &(clif_shape){1, {3}}));
  refused(CLIF_STATE, "not prepared", run(f->net, &in, 1, NULL, 0));
  refused(BAD, "run is NULL", clif_network_run(f->net, NULL));
  refused(BAD, "clif_run", clif_network_run(f->net, &(clif_run){.size = 1}));
}

static void inputs_must_fit(void **state) {
  fixture *f = *state;
  static float x[100];
  prepared(f);
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, 2, 4, 3));
  refused(CLIF_SHAPE, "no array is bound to the input 'in'", run(f->net, NULL, 0, NULL, 0));
  clif_binding other = bind("nobody", CLIF_OUTPUT, in.array);
  refused(CLIF_SHAPE, "'nobody' is no input", run(f->net, &other, 1, NULL, 0));
  other = bind("cell", CLIF_OUTPUT, in.array);
  refused(CLIF_SHAPE, "'cell' is no input", run(f->net, &other, 1, NULL, 0));
  other = bind("in", CLIF_V, in.array);
  refused(CLIF_SHAPE, "'in' is no input", run(f->net, &other, 1, NULL, 0));
  other = bind(NULL, CLIF_OUTPUT, in.array);
  refused(BAD, "names no layer", run(f->net, &other, 1, NULL, 0));
  other = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, 2, 3, 4));
  refused(CLIF_SHAPE, "(steps, samples, 3)", run(f->net, &other, 1, NULL, 0));
  other = bind("in", CLIF_OUTPUT, clif_array_view(x, CLIF_F32, 2, (size_t[]){8, 3}));
  refused(CLIF_SHAPE, "2 dimensions", run(f->net, &other, 1, NULL, 0));
  other = bind("in", CLIF_OUTPUT, view3(x, CLIF_F64, 2, 4, 3));
  refused(CLIF_SHAPE, "float64", run(f->net, &other, 1, NULL, 0));
  other = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, 0, 4, 3));
  refused(BAD, "valid view", run(f->net, &other, 1, NULL, 0));
  other = in;
  other.array.strides[1] = 4;
  refused(CLIF_SHAPE, "overlapping", run(f->net, &other, 1, NULL, 0));
  other = in;
  other.array.strides[2] = 8;
  refused(CLIF_SHAPE, "gaps", run(f->net, &other, 1, NULL, 0));
  other = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, 2, 5, 3));
  refused(CLIF_STATE, "prepared for 4", run(f->net, &other, 1, NULL, 0));
  done(run(f->net, &in, 1, NULL, 0)); /* none of it was counted as a failed run */
  other = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, 2, 3, 3));
  refused(CLIF_STATE, "the run before had 4", run(f->net, &other, 1, NULL, 0));
  done(clif_network_reset(f->net));
  done(run(f->net, &other, 1, NULL, 0));
}

static int run_inside(void *user, uint64_t done, uint64_t total) {
  (void)done, (void)total;
  fixture *f = user;
  refused(CLIF_STATE, "is running", clif_network_reset(f->net));
  refused(CLIF_STATE, "is running",
          clif_network_run(f->net, &(clif_run){.size = sizeof(clif_run)}));
  return 0;
}

static void a_running_network_is_left_alone(void **state) {
  fixture *f = *state;
  static float x[24];
  prepared(f);
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, 2, 4, 3));
  clif_run r = {.size = sizeof r, .inputs = &in, .n_inputs = 1, .progress = run_inside};
  r.progress_user = f;
  done(clif_network_run(f->net, &r));
  done(clif_network_reset(f->net));
}

static void several_inputs_must_agree(void **state) {
  fixture *f = *state;
  static float x[64];
  done(clif_network_add_input(f->net, "a", &(clif_shape){1, {2}}));
  done(clif_network_add_input(f->net, "b", &(clif_shape){1, {2}}));
  done(prepare(f->net, 4, 4, 0, CLIF_LINEAR_AUTO));
  clif_binding in[] = {bind("a", CLIF_OUTPUT, view3(x, CLIF_F32, 3, 4, 2)),
                       bind("b", CLIF_OUTPUT, view3(x, CLIF_F32, 3, 3, 2))};
  refused(CLIF_SHAPE, "3 steps of 3 samples", run(f->net, in, 2, NULL, 0));
  in[1] = bind("b", CLIF_OUTPUT, view3(x, CLIF_F32, 2, 4, 2));
  refused(CLIF_SHAPE, "2 steps of 4 samples", run(f->net, in, 2, NULL, 0));
  in[1] = in[0];
  refused(CLIF_SHAPE, "two arrays are bound as input to 'a'", run(f->net, in, 2, NULL, 0));
  refused(BAD, "at NULL", run(f->net, NULL, 2, NULL, 0));
  in[1] = bind("b", CLIF_OUTPUT, view3(x, CLIF_F32, 3, 4, 2));
  done(run(f->net, in, 2, NULL, 0));
}

static void outputs_must_fit(void **state) {
  fixture *f = *state;
  static float x[24];
  static uint8_t s[24];
  prepared(f);
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, 2, 4, 3));
  clif_binding out = bind("cell", CLIF_V, view3(x, CLIF_F32, 2, 4, 3));
  refused(CLIF_STATE, "not recorded", run(f->net, &in, 1, &out, 1));
  out = bind("nobody", CLIF_OUTPUT, view3(s, CLIF_U8, 2, 4, 3));
  refused(CLIF_SHAPE, "'nobody'", run(f->net, &in, 1, &out, 1));
  out = bind(NULL, CLIF_OUTPUT, view3(s, CLIF_U8, 2, 4, 3));
  refused(BAD, "names no layer", run(f->net, &in, 1, &out, 1));
  out = bind("cell", (clif_quantity)17, view3(s, CLIF_U8, 2, 4, 3));
  refused(CLIF_STATE, "not recorded", run(f->net, &in, 1, &out, 1));
  out = bind("cell", CLIF_OUTPUT, view3(x, CLIF_F32, 2, 4, 3));
  refused(CLIF_SHAPE, "this quantity is uint8", run(f->net, &in, 1, &out, 1));
  out = bind("cell", CLIF_OUTPUT, view3(s, CLIF_U8, 1, 4, 3));
  refused(CLIF_SHAPE, "1 steps of 4", run(f->net, &in, 1, &out, 1));
  out = bind("cell", CLIF_OUTPUT, view3(s, CLIF_U8, 2, 4, 3));
  clif_binding twice[] = {out, out};
  refused(CLIF_SHAPE, "two arrays are bound as output", run(f->net, &in, 1, twice, 2));
  refused(BAD, "at NULL", run(f->net, &in, 1, NULL, 1));
  out.array.strides[0] = 3; /* the second step on the second sample */
  refused(CLIF_SHAPE, "overlap", run(f->net, &in, 1, &out, 1));
  out = bind("cell", CLIF_OUTPUT, view3(s, CLIF_U8, 2, 4, 3));
  done(run(f->net, &in, 1, &out, 1));
}

/* In tiles of 2 steps and, under the cap, 2 samples: the place is right in later tiles too. */
static void nan_and_infinity_are_found_and_placed(void **state) {
  fixture *f = *state;
  enum { STEPS = 6, BATCH = 4, N = 3 };
  float x[STEPS * BATCH * N];
  uint8_t first[STEPS * BATCH * N], again[STEPS * BATCH * N];
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  static const struct { size_t t, b, i; } places[] = {{0, 0, 0}, {5, 3, 2}, {3, 1, 1}, {2, 2, 0}};
  for (size_t i = 0; i < STEPS * BATCH * N; i++) x[i] = 0.4f;
  prepared(f);
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, STEPS, BATCH, N));
  clif_binding out = bind("cell", CLIF_OUTPUT, view3(first, CLIF_U8, STEPS, BATCH, N));
  done(run(f->net, &in, 1, &out, 1));
  out.array.data = again;
  for (size_t k = 0; k < (is_slow_device() ? 2 : 4); k++) {
    char words[96];
    size_t at = (places[k].t * BATCH + places[k].b) * N + places[k].i;
    x[at] = bad[k % 3];
    snprintf(words, sizeof words, "step %zu, sample %zu, element %zu", places[k].t, places[k].b,
             places[k].i);
    done(clif_network_reset(f->net));
    refused(CLIF_NOT_FINITE, words, run(f->net, &in, 1, &out, 1));
    assert_non_null(strstr(clif_context_error(f->ctx), "has 1 values"));
    refused(CLIF_STATE, "reset", run(f->net, &in, 1, &out, 1));
    x[at] = 0.4f;
    done(clif_network_reset(f->net));
    done(run(f->net, &in, 1, &out, 1));
    assert_memory_equal(first, again, sizeof first);
  }
  x[2] = NAN, x[1] = INFINITY,
  x[13] = NAN; /* three in the first tile: all counted, the first named */
  done(clif_network_reset(f->net));
  refused(CLIF_NOT_FINITE, "step 0, sample 0, element 1", run(f->net, &in, 1, &out, 1));
  assert_non_null(strstr(clif_context_error(f->ctx), "has 3 values"));
}

typedef struct place {
  size_t t, b, i;
} place;

/* Both are counted and `first` is named, whatever comes first to whoever looks. */
static void check_first_of_two(unsigned lanes, clif_coding kind, place first, place second) {
  enum { STEPS = 8, BATCH = 2, N = 40 }; /* with 16 lanes one work-item goes over a whole row */
  float x[STEPS * BATCH * N] = {0};
  char words[96];
  clif_context *ctx =
      open_context(&(clif_context_options){sizeof(clif_context_options), .lanes = lanes});
  clif_network *net = new_network(ctx);
  clif_coding_params p = clif_coding_defaults(kind);
  x[(first.t * BATCH + first.b) * N + first.i] = NAN;
  x[(second.t * BATCH + second.b) * N + second.i] = INFINITY;
  snprintf(words, sizeof words,
           "has 2 values that are NaN or infinite, the first at step %zu, "
           "sample %zu, element %zu;",
           first.t, first.b, first.i);
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {N}}));
  assert_ok(ctx, clif_network_set_coding(net, "in", &p));
  assert_ok(ctx, prepare(net, BATCH, STEPS, 0, CLIF_LINEAR_AUTO));
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, STEPS, BATCH, N));
  assert_refused(ctx, CLIF_NOT_FINITE, words, run(net, &in, 1, NULL, 0));
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

/* A coded input is gone over by four steps of some elements, then those of the next ones. */
static void of_two_bad_values_the_first_is_named(void **state) {
  (void)state;
  static const place pairs[][2] = {
      {{1, 0, 3}, {1, 0, 35}}, {{1, 1, 3}, {1, 1, 7}},  {{0, 0, 35}, {2, 0, 3}},
      {{0, 0, 3}, {2, 0, 35}}, {{2, 1, 35}, {6, 1, 3}}, {{2, 0, 35}, {2, 1, 3}},
  };
  for (unsigned lanes = 1; lanes <= 16; lanes += 15) {
    if (test_lanes() && lanes != test_lanes()) continue;
    for (size_t k = 0; k < (is_slow_device() ? 3 : sizeof pairs / sizeof *pairs); k++) {
      check_first_of_two(lanes, CLIF_CODING_NONE, pairs[k][0], pairs[k][1]);
      check_first_of_two(lanes, CLIF_CODING_RATE, pairs[k][0], pairs[k][1]);
    }
  }
}

static void null_handles_are_answered(void **state) {
  (void)state;
  clif_network *net = (clif_network *)1;
  assert_int_equal(clif_network_create(NULL, &net), CLIF_INVALID_ARGUMENT);
  assert_null(net);
  assert_int_equal(clif_network_add_relu(NULL, "x"), CLIF_INVALID_ARGUMENT);
  assert_int_equal(clif_network_connect(NULL, "x", "y", 0), CLIF_INVALID_ARGUMENT);
  assert_int_equal(clif_network_prepare(NULL, NULL), CLIF_INVALID_ARGUMENT);
  assert_int_equal(clif_network_run(NULL, NULL), CLIF_INVALID_ARGUMENT);
  assert_int_equal(clif_network_reset(NULL), CLIF_INVALID_ARGUMENT);
  assert_int_equal(clif_network_layer_count(NULL), 0);
  assert_int_equal(clif_network_explain(NULL, NULL, 0), 0);
  clif_network_destroy(NULL);
}

#define case_(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      case_(names_must_be_there_short_and_unique),
      case_(shapes_must_have_sizes_that_can_be_counted),
      case_(numbers_must_be_there_and_finite),
      case_(edges_must_lead_somewhere),
      case_(lif_parameters_have_ranges),
      case_(allowed_borders_are_allowed),
      case_(if_and_li_parameters_have_ranges),
      case_(prepare_refuses_what_does_not_fit),
      case_(prepare_names_the_shapes_that_clash),
      case_(a_cycle_is_refused_by_name),
      case_(prepare_checks_its_options_and_comes_once),
      case_(a_run_needs_a_prepared_network),
      case_(inputs_must_fit),
      case_(outputs_must_fit),
      case_(several_inputs_must_agree),
      case_(a_running_network_is_left_alone),
      case_(nan_and_infinity_are_found_and_placed),
      cmocka_unit_test(of_two_bad_values_the_first_is_named),
      cmocka_unit_test(null_handles_are_answered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
