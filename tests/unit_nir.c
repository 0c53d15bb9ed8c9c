/* unit_nir.c - NIR files: round trips, what is refused and how, what a file suggests for dt. */
#include <hdf5.h>
#include <math.h>
#include <pthread.h>

#include "files.h"
#include "network/network.h"

static clif_context *ctx;

/* The last lines that were logged, one after the other. */
static char logged[4096];
static clif_log_level logged_level;

static void keep_log(void *user, clif_log_level level, const char *line) {
  (void)user;
  size_t used = strlen(logged);
  snprintf(logged + used, sizeof logged - used, "%s\n", line);
  logged_level = level;
}

static int open_all(void **state) {
  (void)state;
  clif_context_options options = {.size = sizeof options, .log = keep_log};
  ctx = open_context(&options);
  return 0;
}

static int close_all(void **state) {
  (void)state;
  clif_context_destroy(ctx);
  return 0;
}

/* One identifier of each kind that a file does not know it has: libhdf5 numbers them in order, so
 * that those between two probes can be asked for. */
enum { PROBES = 3 };

static void probe(hid_t ids[PROBES]) {
  ids[0] = H5Screate(H5S_SCALAR);
  ids[1] = H5Pcreate(H5P_DATASET_CREATE);
  ids[2] = H5Tcopy(H5T_C_S1);
  for (int i = 0; i < PROBES; i++) H5Idec_ref(ids[i]);
}

static hid_t first_ids[PROBES];

static int before(void **state) {
  (void)state;
  logged[0] = '\0';
  probe(first_ids);
  return make_folder();
}

/* No test may leave anything of libhdf5's open. */
static int after(void **state) {
  (void)state;
  hid_t last_ids[PROBES];
  probe(last_ids);
  for (int i = 0; i < PROBES; i++)
    for (hid_t id = first_ids[i]; id < last_ids[i]; id++)
      if (H5Iis_valid(id) > 0) fail_msg("a dataspace (0), property list (1) or type (2): %d", i);
  if (H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL) != 0) fail_msg("a file's object");
  return remove_folder();
}

/* ---- files made with libhdf5 ---- */

static hid_t text_type(void) {
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

/* Replaces what is at `path` by a dataset; ndim -1: without any space. */
static void put(hid_t file, const char *path, hid_t type, int ndim, const hsize_t *dims,
                const void *data) {
  if (H5Lexists(file, path, H5P_DEFAULT) > 0) H5Ldelete(file, path, H5P_DEFAULT);
  hid_t space = ndim < 0    ? H5Screate(H5S_NULL)
                : ndim == 0 ? H5Screate(H5S_SCALAR)
                            : H5Screate_simple(ndim, dims, NULL);
  hid_t set = H5Dcreate2(file, path, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(set >= 0);
  if (data) assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
  H5Dclose(set);
  H5Sclose(space);
}

static void put_text(hid_t file, const char *path, const char *text) {
  hid_t type = text_type();
  put(file, path, type, 0, NULL, &text);
  H5Tclose(type);
}

static void put_edges(hid_t file, hsize_t n, const char *const *names) {
  hid_t type = text_type();
  put(file, "/node/edges", type, 2, (hsize_t[]){n, 2}, names);
  H5Tclose(type);
}

static void put_doubles(hid_t file, const char *path, hsize_t n, const double *values) {
  put(file, path, H5T_NATIVE_DOUBLE, 1, &n, values);
}

static void put_double(hid_t file, const char *path, double value) {
  put(file, path, H5T_NATIVE_DOUBLE, 0, NULL, &value);
}

static void make_group(hid_t file, const char *path) {
  hid_t group = H5Gcreate2(file, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(group >= 0);
  H5Gclose(group);
}

static void make_node(hid_t file, const char *name, const char *type) {
  char path[128];
  snprintf(path, sizeof path, "/node/nodes/%s", name);
  make_group(file, path);
  snprintf(path, sizeof path, "/node/nodes/%s/type", name);
  put_text(file, path, type);
}

static const double three[3] = {0.02, 0.02, 0.02}, rs[3] = {20, 20, 20}, zeros[3] = {0},
                    ones[3] = {1, 1, 1};
static const char *const chain[] = {"in", "fc", "fc", "lif", "lif", "out"};

/* in (2) -> fc (2 to 3) -> lif (3) -> out: what a good file looks like. r = tau/dt for dt 0.001. */
static hid_t make_good(void) {
  const float weight[6] = {1, 2, 3, 4, 5, 6}, bias[3] = {0.5f, 0.25f, 0.125f};
  const int64_t in = 2, out = 3;
  hsize_t n;
  hid_t file = H5Fcreate(in_folder("made.nir"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(file >= 0);
  put_text(file, "/version", "1.0.7");
  make_group(file, "/node");
  put_text(file, "/node/type", "NIRGraph");
  make_group(file, "/node/nodes");
  put_edges(file, 3, chain);
  make_node(file, "in", "Input");
  put(file, "/node/nodes/in/shape", H5T_NATIVE_INT64, 1, (n = 1, &n), &in);
  make_node(file, "fc", "Affine");
  put(file, "/node/nodes/fc/weight", H5T_NATIVE_FLOAT, 2, (hsize_t[]){3, 2}, weight);
  put(file, "/node/nodes/fc/bias", H5T_NATIVE_FLOAT, 1, (n = 3, &n), bias);
  make_node(file, "lif", "LIF");
  put_doubles(file, "/node/nodes/lif/tau", 3, three);
  put_doubles(file, "/node/nodes/lif/r", 3, rs);
  put_doubles(file, "/node/nodes/lif/v_leak", 3, zeros);
  put_doubles(file, "/node/nodes/lif/v_threshold", 3, ones);
  make_node(file, "out", "Output");
  put(file, "/node/nodes/out/shape", H5T_NATIVE_INT64, 1, (n = 1, &n), &out);
  return file;
}

static clif_status read_made(const clif_nir_options *options, clif_network **net) {
  return clif_nir_read(ctx, in_folder("made.nir"), options, net);
}

static const clif_nir_options millisecond = {.size = sizeof(clif_nir_options), .dt = 0.001};

/* Closes the file, reads it, and wants it refused: with these words, the file's name, nothing
 * kept. */
static void refused(hid_t file, clif_status status, const char *words) {
  uint64_t held = clif_context_memory(ctx).host_bytes;
  clif_network *net = (clif_network *)&held;
  H5Fclose(file);
  assert_refused(ctx, status, words, read_made(&millisecond, &net));
  assert_non_null(strstr(clif_context_error(ctx), "made.nir"));
  assert_null(net);
  assert_int_equal(clif_context_memory(ctx).host_bytes, held);
}

static const clif__layer *layer(const clif_network *net, const char *name) {
  size_t index = clif__network_find(net, name);
  if (index == net->n_layers) fail_msg("there is no layer '%s'", name);
  return &net->layers[index];
}

/* ---- reading ---- */

static void a_good_file_becomes_its_network(void **state) {
  (void)state;
  clif_network *net;
  H5Fclose(make_good());
  assert_ok(ctx, read_made(&millisecond, &net));
  assert_int_equal(net->n_layers, 4);
  const clif__linear *fc = &layer(net, "fc")->data.linear;
  assert_int_equal(fc->in, 2);
  assert_int_equal(fc->out, 3);
  assert_float_equal(fc->weight[0 * fc->pitch + 1], 3, 0); /* weight[1][0] in the file */
  assert_float_equal(fc->weight[1 * fc->pitch + 0], 2, 0);
  assert_float_equal(fc->bias[2], 0.125, 0);
  const clif__neuron *lif = &layer(net, "lif")->data.neurons.neuron;
  assert_true(lif->dt == 0.001 && clif__neuron_value(lif, CLIF__P_TAU, 2) == 0.02);
  assert_int_equal(lif->compare, CLIF_FIRE_ABOVE_THRESHOLD);
  assert_int_equal(lif->reset, CLIF_RESET_VALUE);
  assert_int_equal(lif->integration, CLIF_EULER);
  assert_true(clif__neuron_value(lif, CLIF__P_V_RESET, 0) == 0.0);
  assert_int_equal(layer(net, "out")->shape.dim[0], 3);
  assert_string_equal(logged, "");
  clif_network_destroy(net);
}

static void numbers_may_be_of_any_type_and_layout(void **state) {
  (void)state;
  clif_network *net;
  hsize_t n = 3;
  const int64_t weight[6] = {1, 2, 3, 4, 5, 6};
  const signed char flags[3] = {1, 0, 1};
  hid_t file = make_good(), boolean = H5Tenum_create(H5T_NATIVE_SCHAR);
  signed char value;
  H5Tenum_insert(boolean, "FALSE", (value = 0, &value));
  H5Tenum_insert(boolean, "TRUE", (value = 1, &value));
  put(file, "/node/nodes/fc/bias", boolean, 1, &n, flags);
  H5Tclose(boolean);
  /* Big-endian int64, in compressed chunks that do not divide the shape. */
  H5Ldelete(file, "/node/nodes/fc/weight", H5P_DEFAULT);
  hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
  hid_t space = H5Screate_simple(2, (hsize_t[]){3, 2}, NULL);
  H5Pset_chunk(plist, 2, (hsize_t[]){2, 2});
  H5Pset_shuffle(plist);
  H5Pset_deflate(plist, 4);
  hid_t set = H5Dcreate2(file, "/node/nodes/fc/weight", H5T_STD_I64BE, space, H5P_DEFAULT, plist,
                         H5P_DEFAULT);
  H5Dwrite(set, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, weight);
  H5Dclose(set);
  H5Sclose(space);
  H5Pclose(plist);
  /* Fixed-length strings, and single numbers for whole layers. */
  hid_t fixed = H5Tcopy(H5T_C_S1);
  H5Tset_size(fixed, 3);
  H5Tset_strpad(fixed, H5T_STR_SPACEPAD);
  put(file, "/node/nodes/lif/type", fixed, 0, NULL, "LIF");
  put(file, "/node/edges", fixed, 2, (hsize_t[]){3, 2}, "in fc fc liflifout");
  H5Tclose(fixed);
  put_double(file, "/node/nodes/lif/tau", 0.03);
  put_doubles(file, "/node/nodes/lif/v_reset", 1, (double[]){-0.5});
  H5Fclose(file);
  assert_ok(ctx, read_made(&millisecond, &net));
  const clif__linear *fc = &layer(net, "fc")->data.linear;
  assert_float_equal(fc->weight[1 * fc->pitch + 2], 6, 0);
  assert_float_equal(fc->bias[0], 1, 0);
  assert_float_equal(fc->bias[1], 0, 0);
  const clif__neuron *lif = &layer(net, "lif")->data.neurons.neuron;
  const clif__values *v = lif->values;
  assert_null(v[CLIF__P_TAU].values);
  assert_null(v[CLIF__P_V_RESET].values);
  assert_true(v[CLIF__P_TAU].value == 0.03 && v[CLIF__P_V_RESET].value == -0.5);
  assert_int_equal(v[CLIF__P_R].count, 3);
  clif_network_destroy(net);
}

static void edges_keep_their_order_and_count_once(void **state) {
  (void)state;
  static const char *const edges[] = {"fc2", "lif", "lif", "out", "in",  "fc", "in",
                                      "fc2", "fc",  "lif", "fc2", "lif", "in", "fc"};
  clif_network *net;
  hid_t file = make_good();
  make_node(file, "fc2", "Linear");
  put(file, "/node/nodes/fc2/weight", H5T_NATIVE_DOUBLE, 2, (hsize_t[]){3, 2},
      (double[]){1, 2, 3, 4, 5, 6});
  put_edges(file, 7, edges);
  H5Fclose(file);
  assert_ok(ctx, read_made(&millisecond, &net));
  assert_int_equal(net->n_edges, 5);
  for (size_t i = 0; i < 5; i++) {
    assert_string_equal(net->layers[net->edges[i].from].name, edges[2 * i]);
    assert_string_equal(net->layers[net->edges[i].to].name, edges[2 * i + 1]);
  }
  assert_null(layer(net, "fc2")->data.linear.bias);
  clif_network_destroy(net);
}

/* ---- dt ---- */

static void without_dt_the_sentence_says_what_the_file_suggests(void **state) {
  (void)state;
  clif_network *net;
  H5Fclose(make_good());
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "0.001 if", read_made(NULL, &net));
  assert_non_null(strstr(clif_context_error(ctx), "0.000952381")); /* 0.02 / 21: Rockpool */
  assert_non_null(strstr(clif_context_error(ctx), "'lif'"));

  hid_t file = make_good();
  put_doubles(file, "/node/nodes/lif/tau", 3, (double[]){0.02, 0.03, 0.02});
  H5Fclose(file);
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "suggests none", read_made(NULL, &net));

  /* r + 1 = tau/dt with different tau: only Rockpool's rule gives one step. */
  file = make_good();
  put_doubles(file, "/node/nodes/lif/tau", 3, (double[]){0.02, 0.03, 0.04});
  put_doubles(file, "/node/nodes/lif/r", 3, (double[]){19, 29, 39});
  H5Fclose(file);
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "0.001 if it was written by Rockpool",
                 read_made(NULL, &net));
}

static void another_dt_than_suggested_is_logged_and_used(void **state) {
  (void)state;
  clif_network *net;
  clif_nir_options o = millisecond;
  H5Fclose(make_good());
  o.dt = 0.002;
  assert_ok(ctx, read_made(&o, &net));
  assert_true(layer(net, "lif")->data.neurons.neuron.dt == 0.002);
  clif_network_destroy(net);
  assert_non_null(strstr(logged, "0.002"));
  assert_non_null(strstr(logged, "0.001"));
  assert_int_equal(logged_level, CLIF_LOG_INFO);
  logged[0] = '\0';
  o.dt = 0.00095238; /* Rockpool's */
  assert_ok(ctx, read_made(&o, &net));
  clif_network_destroy(net);
  assert_string_equal(logged, "");
}

/* Turns the LIF of the good file into an IF with this r. */
static void make_if(double r) {
  hid_t file = make_good();
  put_text(file, "/node/nodes/lif/type", "IF");
  put_doubles(file, "/node/nodes/lif/r", 3, (double[]){r, r, r});
  H5Ldelete(file, "/node/nodes/lif/tau", H5P_DEFAULT);
  H5Ldelete(file, "/node/nodes/lif/v_leak", H5P_DEFAULT);
  H5Fclose(file);
}

static double if_gain(clif_nir_if_gain rule, double dt) {
  clif_network *net;
  clif_nir_options o = {.size = sizeof o, .dt = dt, .if_gain = rule};
  assert_ok(ctx, read_made(&o, &net));
  assert_string_equal(layer(net, "lif")->type->kind, "if");
  double gain = clif__neuron_value(&layer(net, "lif")->data.neurons.neuron, CLIF__P_R, 1);
  clif_network_destroy(net);
  return gain;
}

static void the_gain_of_if_follows_the_rule(void **state) {
  (void)state;
  clif_network *net;
  clif_nir_options no_dt = {.size = sizeof no_dt, .if_gain = CLIF_NIR_IF_DT_R};
  make_if(1);
  assert_true(if_gain(CLIF_NIR_IF_AUTO, 0) == 1.0);
  assert_true(if_gain(CLIF_NIR_IF_AUTO, 0.5) == 1.0);
  assert_true(if_gain(CLIF_NIR_IF_DT_R, 0.5) == 0.5);
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "dt", read_made(&no_dt, &net));
  make_if(8);
  assert_true(if_gain(CLIF_NIR_IF_AUTO, 0.25) == 2.0);
  assert_true(if_gain(CLIF_NIR_IF_R, 0) == 8.0);
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "0.125 if it was written with a gain of 1 (r = 1/dt)",
                 read_made(NULL, &net));
}

static void snntorch_takes_neither_leak_nor_reset_values(void **state) {
  (void)state;
  clif_network *net;
  clif_nir_options o = millisecond;
  o.compat = CLIF_NIR_SNNTORCH;
  H5Fclose(make_good());
  assert_ok(ctx, read_made(&o, &net));
  clif_network_destroy(net);
  hid_t file = make_good();
  put_double(file, "/node/nodes/lif/v_leak", 0.5);
  H5Fclose(file);
  assert_refused(ctx, CLIF_UNSUPPORTED, "'v_leak'", read_made(&o, &net));
  file = make_good();
  put_doubles(file, "/node/nodes/lif/v_reset", 3, (double[]){0, 0, -1});
  H5Fclose(file);
  assert_refused(ctx, CLIF_UNSUPPORTED, "'v_reset'", read_made(&o, &net));
  assert_ok(ctx, read_made(&millisecond, &net));
  clif_network_destroy(net);
}

static void options_are_checked(void **state) {
  (void)state;
  clif_network *net;
  H5Fclose(make_good());
  clif_nir_options o = millisecond;
  o.size--;
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "clif_nir_options", read_made(&o, &net));
  o = millisecond;
  o.dt = -1;
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "dt is -1", read_made(&o, &net));
  o.dt = (double)NAN;
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "dt is", read_made(&o, &net));
  o = millisecond;
  o.compat = (clif_nir_compat)7;
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "compat is 7", read_made(&o, &net));
  o = millisecond;
  o.if_gain = (clif_nir_if_gain)7;
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "if_gain is 7", read_made(&o, &net));
  o = millisecond;
  o.dt = 0.1; /* above tau */
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "made.nir", read_made(&o, &net));
  assert_non_null(strstr(clif_context_error(ctx), "'lif'"));
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "path", clif_nir_read(ctx, NULL, NULL, &net));
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "out", clif_nir_read(ctx, "x.nir", NULL, NULL));
}

/* ---- files that are no good ---- */

static void missing_parts_are_named(void **state) {
  (void)state;
  static const struct {
    const char *path, *words;
  } parts[] = {
      {"/node", "is missing"},
      {"/node/type", "'type' is missing"},
      {"/node/nodes", "nodes"},
      {"/node/edges", "'edges' is missing"},
      {"/node/nodes/in/shape", "node 'in': 'shape' is missing"},
      {"/node/nodes/fc/type", "node 'fc': 'type' is missing"},
      {"/node/nodes/fc/weight", "node 'fc': 'weight' is missing"},
      {"/node/nodes/fc/bias", "node 'fc': 'bias' is missing"},
      {"/node/nodes/lif/tau", "node 'lif': 'tau' is missing"},
      {"/node/nodes/lif/r", "node 'lif': 'r' is missing"},
      {"/node/nodes/lif/v_leak", "node 'lif': 'v_leak' is missing"},
      {"/node/nodes/lif/v_threshold", "node 'lif': 'v_threshold' is missing"},
      {"/node/nodes/lif", "there is no node 'lif'"},
  };
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    hid_t file = make_good();
    assert_true(H5Ldelete(file, parts[i].path, H5P_DEFAULT) >= 0);
    refused(file, CLIF_FORMAT, parts[i].words);
  }
}

static void wrong_kinds_of_data_are_refused(void **state) {
  (void)state;
  static const char *const paths[] = {
      "/node/nodes/in/shape", "/node/nodes/fc/weight",  "/node/nodes/fc/bias",
      "/node/nodes/lif/tau",  "/node/nodes/lif/v_leak",
  };
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    hid_t file = make_good();
    put_text(file, paths[i], "a word");
    refused(file, CLIF_FORMAT, "should hold numbers");
    file = make_good();
    put(file, paths[i], H5T_NATIVE_DOUBLE, 1, (hsize_t[]){0}, NULL);
    refused(file, CLIF_FORMAT, "is empty");
    file = make_good();
    put(file, paths[i], H5T_NATIVE_DOUBLE, -1, NULL, NULL);
    refused(file, CLIF_FORMAT, "holds nothing");
    file = make_good();
    put(file, paths[i], H5T_NATIVE_DOUBLE, 5, (hsize_t[]){1, 1, 1, 1, 1}, zeros);
    refused(file, CLIF_FORMAT, "5 dimensions");
    file = make_good();
    H5Ldelete(file, paths[i], H5P_DEFAULT);
    make_group(file, paths[i]);
    refused(file, CLIF_FORMAT, "is not a dataset");
  }
  hid_t file = make_good();
  put_double(file, "/node/nodes/lif/type", 1);
  refused(file, CLIF_FORMAT, "'type' should be one string");
  file = make_good();
  put_double(file, "/node/nodes/stray", 1);
  refused(file, CLIF_FORMAT, "'stray' is not a group");
  file = make_good();
  H5Ldelete(file, "/node", H5P_DEFAULT);
  put_double(file, "/node", 1);
  refused(file, CLIF_FORMAT, "is not a group");
}

static void wrong_shapes_are_refused(void **state) {
  (void)state;
  const double six[6] = {1, 2, 3, 4, 5, 6};
  hid_t file = make_good();
  put_doubles(file, "/node/nodes/fc/weight", 6, six);
  refused(file, CLIF_FORMAT, "1 dimensions, and a matrix");
  file = make_good();
  put(file, "/node/nodes/fc/weight", H5T_NATIVE_DOUBLE, 3, (hsize_t[]){1, 3, 2}, six);
  refused(file, CLIF_FORMAT, "3 dimensions, and a matrix");
  file = make_good();
  put_doubles(file, "/node/nodes/fc/bias", 2, six);
  refused(file, CLIF_FORMAT, "2 values, but 'weight' has 3 outputs");
  file = make_good();
  put(file, "/node/nodes/fc/weight", H5T_NATIVE_DOUBLE, 2, (hsize_t[]){2, 3}, six);
  put_doubles(file, "/node/nodes/fc/bias", 2, six);
  refused(file, CLIF_SHAPE, "'fc'");
  file = make_good();
  put_doubles(file, "/node/nodes/lif/tau", 2, three);
  refused(file, CLIF_SHAPE, "'lif'");
  file = make_good();
  put(file, "/node/nodes/in/shape", H5T_NATIVE_DOUBLE, 2, (hsize_t[]){1, 1}, (double[]){2});
  refused(file, CLIF_FORMAT, "'shape' holds 1 numbers");
  file = make_good();
  put_doubles(file, "/node/nodes/in/shape", 5, six);
  refused(file, CLIF_FORMAT, "'shape' holds 5 numbers");
}

static void wrong_values_are_refused(void **state) {
  (void)state;
  double weight[6] = {1, 2, 3, 4, 5, 6};
  static const double bad_sizes[] = {0, -1, 1.5, 1e300};
  weight[4] = (double)NAN;
  hid_t file = make_good();
  put(file, "/node/nodes/fc/weight", H5T_NATIVE_DOUBLE, 2, (hsize_t[]){3, 2}, weight);
  refused(file, CLIF_FORMAT, "node 'fc': 'weight' has the value nan at position 4");
  weight[4] = 1e300; /* finite, but not as float32 */
  file = make_good();
  put(file, "/node/nodes/fc/weight", H5T_NATIVE_DOUBLE, 2, (hsize_t[]){3, 2}, weight);
  refused(file, CLIF_FORMAT, "finite float32");
  file = make_good();
  put_double(file, "/node/nodes/lif/v_threshold", (double)INFINITY);
  refused(file, CLIF_FORMAT, "'v_threshold' has the value inf");
  file = make_good();
  put_double(file, "/node/nodes/lif/tau", -1);
  refused(file, CLIF_INVALID_ARGUMENT, "tau");
  for (size_t i = 0; i < sizeof bad_sizes / sizeof *bad_sizes; i++) {
    file = make_good();
    put_double(file, "/node/nodes/in/shape", bad_sizes[i]);
    refused(file, CLIF_FORMAT, "node 'in': 'shape' has the value");
  }
  file = make_good();
  put_doubles(file, "/node/nodes/in/shape", 4, (double[]){1e15, 1e15, 1e15, 1e15});
  refused(file, CLIF_INVALID_ARGUMENT, "'in'");
}

static void unknown_types_are_refused_with_those_that_are_known(void **state) {
  (void)state;
  hid_t file = make_good();
  put_text(file, "/node/nodes/lif/type", "CubaLIF");
  refused(file, CLIF_UNSUPPORTED, "node 'lif' is of type 'CubaLIF'");
  assert_non_null(strstr(clif_context_error(ctx),
                         "Input, Output, Affine, Linear, Scale, Flatten, LIF, IF and LI"));
  file = make_good();
  put_text(file, "/node/type", "LIF");
  refused(file, CLIF_UNSUPPORTED, "a single node of type 'LIF'");
  file = make_good();
  make_node(file, "sub", "NIRGraph");
  make_group(file, "/node/nodes/sub/nodes");
  make_group(file, "/node/nodes/sub/nodes/in");
  H5Lcreate_hard(file, "/node/edges", file, "/node/nodes/sub/edges", H5P_DEFAULT, H5P_DEFAULT);
  refused(file, CLIF_FORMAT, "node 'sub': 'edges' has the edge 'in' -> 'fc'");
  file = make_good();
  make_node(file, "sub", "NIRGraph");
  H5Lcreate_hard(file, "/node/nodes", file, "/node/nodes/sub/nodes", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_hard(file, "/node/edges", file, "/node/nodes/sub/edges", H5P_DEFAULT, H5P_DEFAULT);
  refused(file, CLIF_UNSUPPORTED, "node 'sub' is a graph of its own");
}

static void wrong_edges_are_refused(void **state) {
  (void)state;
  hid_t file = make_good();
  put_edges(file, 3, (const char *const[]){"in", "fc", "fc", "ghost", "lif", "out"});
  refused(file, CLIF_FORMAT, "the edge 'fc' -> 'ghost', but there is no node 'ghost'");
  file = make_good();
  put_edges(file, 4, (const char *const[]){"in", "fc", "fc", "lif", "lif", "lif", "lif", "out"});
  refused(file, CLIF_UNSUPPORTED, "'lif'");
  file = make_good();
  put_edges(file, 4, (const char *const[]){"in", "fc", "fc", "lif", "lif", "in", "lif", "out"});
  refused(file, CLIF_INVALID_ARGUMENT, "'in'");
  file = make_good();
  put_edges(file, 2, (const char *const[]){"in", "fc", "lif", "out"});
  refused(file, CLIF_SHAPE, "'lif'");
  file = make_good();
  put(file, "/node/edges", H5T_NATIVE_DOUBLE, 2, (hsize_t[]){0, 2}, NULL);
  refused(file, CLIF_FORMAT, "'edges' is empty");
  file = make_good();
  put(file, "/node/edges", H5T_NATIVE_DOUBLE, 2, (hsize_t[]){1, 2}, zeros);
  refused(file, CLIF_FORMAT, "'edges' should be pairs");
  file = make_good();
  hid_t type = text_type();
  put(file, "/node/edges", type, 2, (hsize_t[]){2, 3}, chain);
  H5Tclose(type);
  refused(file, CLIF_FORMAT, "'edges' should be pairs");
  file = make_good();
  put_edges(file, 2, chain);
  H5Ldelete(file, "/node/nodes/out", H5P_DEFAULT);
  refused(file, CLIF_FORMAT, "no Output node");
  file = make_good();
  put_edges(file, 2, chain + 2);
  H5Ldelete(file, "/node/nodes/in", H5P_DEFAULT);
  refused(file, CLIF_FORMAT, "no Input node");
}

/* Chunked, never written: a few bytes that claim to be 3 * 10^17 numbers. */
static void sizes_that_the_file_cannot_hold_take_no_memory(void **state) {
  (void)state;
  for (int written = 0; written < 2; written++) {
    hid_t file = make_good(), plist = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(2, (hsize_t[]){3000000000u, 100000000u}, NULL);
    H5Ldelete(file, "/node/nodes/fc/weight", H5P_DEFAULT);
    H5Pset_chunk(plist, 2, (hsize_t[]){8, 8});
    H5Pset_deflate(plist, 4);
    hid_t set = H5Dcreate2(file, "/node/nodes/fc/weight", H5T_NATIVE_FLOAT, space, H5P_DEFAULT,
                           plist, H5P_DEFAULT);
    assert_true(set >= 0);
    if (written) { /* one chunk of them */
      const float ones_[64] = {1};
      hid_t rows = H5Screate_simple(2, (hsize_t[]){8, 8}, NULL);
      H5Sselect_hyperslab(space, H5S_SELECT_SET, (hsize_t[]){0, 0}, NULL, (hsize_t[]){8, 8}, NULL);
      assert_true(H5Dwrite(set, H5T_NATIVE_FLOAT, rows, space, H5P_DEFAULT, ones_) >= 0);
      H5Sclose(rows);
    }
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(plist);
    refused(file, CLIF_FORMAT, "node 'fc': 'weight' claims 300000000000000000 values");
  }
}

static void nothing_outside_the_file_is_read(void **state) {
  (void)state;
  hid_t file = make_good();
  H5Ldelete(file, "/node/nodes/fc/bias", H5P_DEFAULT);
  H5Lcreate_external("other.nir", "/x", file, "/node/nodes/fc/bias", H5P_DEFAULT, H5P_DEFAULT);
  refused(file, CLIF_UNSUPPORTED, "'bias' is a link");
  file = make_good();
  H5Lmove(file, "/node/nodes/lif", file, "/elsewhere", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("/elsewhere", file, "/node/nodes/lif", H5P_DEFAULT, H5P_DEFAULT);
  refused(file, CLIF_UNSUPPORTED, "'lif' is a link");
  put_file(in_folder("raw"), ones, sizeof ones);
  file = make_good();
  H5Ldelete(file, "/node/nodes/lif/tau", H5P_DEFAULT);
  hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
  hid_t space = H5Screate_simple(1, (hsize_t[]){3}, NULL);
  H5Pset_external(plist, in_folder("raw"), 0, sizeof ones);
  hid_t set = H5Dcreate2(file, "/node/nodes/lif/tau", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, plist,
                         H5P_DEFAULT);
  H5Dclose(set);
  H5Sclose(space);
  H5Pclose(plist);
  refused(file, CLIF_UNSUPPORTED, "'tau' keeps its values in another file");
}

static void what_is_no_hdf5_file_is_refused(void **state) {
  (void)state;
  clif_network *net;
  size_t bytes;
  assert_refused(ctx, CLIF_IO, "no-such.nir",
                 clif_nir_read(ctx, in_folder("no-such.nir"), &millisecond, &net));
  assert_refused(ctx, CLIF_IO, test_folder, clif_nir_read(ctx, test_folder, &millisecond, &net));
  assert_refused(ctx, CLIF_IO, "not a regular file",
                 clif_nir_read(ctx, "/dev/null", &millisecond, &net));
  put_file(in_folder("made.nir"), "", 0);
  assert_refused(ctx, CLIF_FORMAT, "is empty", read_made(&millisecond, &net));
  put_file(in_folder("made.nir"), "{\"not\": \"HDF5\"}", 15);
  assert_refused(ctx, CLIF_FORMAT, "not an HDF5 file", read_made(&millisecond, &net));
  H5Fclose(make_good());
  char *file = get_file(in_folder("made.nir"), &bytes);
  for (size_t keep = 16; keep < bytes; keep += bytes / 7) {
    put_file(in_folder("made.nir"), file, keep);
    assert_refused(ctx, CLIF_FORMAT, "cut short or damaged", read_made(&millisecond, &net));
    assert_null(net);
  }
  free(file);
}

/* ---- warnings ---- */

static void an_output_shape_that_does_not_fit_is_only_worth_a_warning(void **state) {
  (void)state;
  clif_network *net;
  hid_t file = make_good();
  put_doubles(file, "/node/nodes/out/shape", 3, (double[]){1, 1, 3}); /* the same number */
  H5Fclose(file);
  assert_ok(ctx, read_made(&millisecond, &net));
  clif_network_destroy(net);
  assert_string_equal(logged, "");
  file = make_good();
  put_doubles(file, "/node/nodes/out/shape", 1, (double[]){7});
  H5Fclose(file);
  assert_ok(ctx, read_made(&millisecond, &net));
  clif_network_destroy(net);
  assert_non_null(strstr(logged, "node 'out'"));
  assert_int_equal(logged_level, CLIF_LOG_WARNING);
}

/* ---- writing ---- */

static void compare_values(const clif__layer *a, const clif__layer *b, clif__parameter which) {
  const clif__neuron *x = &a->data.neurons.neuron, *y = &b->data.neurons.neuron;
  for (size_t i = 0; i < clif__shape_count(&a->shape); i++)
    if (clif__neuron_value(x, which, i) != clif__neuron_value(y, which, i))
      fail_msg("%s: parameter %d of neuron %zu is %g, expected %g", a->name, (int)which, i,
               clif__neuron_value(y, which, i), clif__neuron_value(x, which, i));
}

static void compare_neurons(const clif__layer *a, const clif__layer *b) {
  const clif__neuron *x = &a->data.neurons.neuron, *y = &b->data.neurons.neuron;
  assert_int_equal(x->model, y->model);
  assert_int_equal(x->reset, y->reset);
  assert_int_equal(x->compare, y->compare);
  compare_values(a, b, CLIF__P_R);
  if (x->model != CLIF__IF) compare_values(a, b, CLIF__P_TAU);
  if (x->model != CLIF__IF) compare_values(a, b, CLIF__P_V_LEAK);
  if (x->model != CLIF__LI) compare_values(a, b, CLIF__P_THRESHOLD);
  if (x->model != CLIF__LI) compare_values(a, b, CLIF__P_V_RESET);
}

static void compare_layers(const clif__layer *a, const clif__layer *b) {
  assert_ptr_equal(a->type, b->type);
  assert_true(clif__shape_equal(&a->shape, &b->shape));
  const clif__linear *l = &a->data.linear, *m = &b->data.linear;
  if (a->type == &clif__linear_class) {
    assert_int_equal(l->in, m->in);
    assert_memory_equal(l->weight, m->weight, l->in * l->pitch * sizeof(float));
    assert_int_equal(!l->bias, !m->bias);
    if (l->bias) assert_memory_equal(l->bias, m->bias, l->pitch * sizeof(float));
  } else if (a->type == &clif__scale_class) {
    assert_memory_equal(a->data.scale.scale, b->data.scale.scale,
                        clif__shape_count(&a->shape) * sizeof(float));
  } else if (a->type == &clif__flatten_class) {
    assert_int_equal(a->data.flatten.start, b->data.flatten.start);
    assert_int_equal(a->data.flatten.end, b->data.flatten.end);
  } else if (a->type->release) {
    compare_neurons(a, b);
  }
}

static void compare_networks(const clif_network *a, const clif_network *b) {
  assert_int_equal(a->n_layers, b->n_layers);
  assert_int_equal(a->n_edges, b->n_edges);
  for (size_t i = 0; i < a->n_layers; i++)
    compare_layers(&a->layers[i], layer(b, a->layers[i].name));
  for (size_t i = 0; i < a->n_edges; i++) {
    assert_string_equal(a->layers[a->edges[i].from].name, b->layers[b->edges[i].from].name);
    assert_string_equal(a->layers[a->edges[i].to].name, b->layers[b->edges[i].to].name);
  }
}

/* Every kind of layer NIR has, with numbers that float32 cannot hold, and two edges into one. */
static clif_network *make_network(clif_context *in) {
  clif_network *net;
  float weight[6 * 3], scale[6] = {1, 2, 3, 4, 5, 0.1f}, bias[3] = {0.1f, 0.2f, 0.3f};
  const double taus[3] = {0.011, 0.012, 0.013}, thresholds[6] = {1, 2, 3, 4, 5, 6.6};
  for (int i = 0; i < 18; i++) weight[i] = (float)i * 0.37f - 3.0f;
  clif_lif_params lif = clif_lif_defaults();
  lif.dt = 0.001;
  lif.tau = clif_per_neuron(taus, 3);
  lif.r = clif_scalar(10.1);
  lif.v_leak = clif_scalar(0.25);
  lif.v_reset = clif_scalar(-0.1);
  lif.compare = CLIF_FIRE_ABOVE_THRESHOLD;
  clif_li_params li = clif_li_defaults();
  li.dt = 0.001;
  li.tau = clif_scalar(0.02);
  li.v_leak = clif_scalar(0.3);
  clif_if_params integrate = clif_if_defaults();
  integrate.r = clif_scalar(0.125);
  integrate.threshold = clif_per_neuron(thresholds, 6);
  integrate.compare = CLIF_FIRE_ABOVE_THRESHOLD;
  assert_ok(in, clif_network_create(in, &net));
  assert_ok(in, clif_network_add_input(net, "in", &(clif_shape){2, {2, 3}}));
  assert_ok(in, clif_network_add_scale(net, "scale", &(clif_shape){2, {2, 3}}, scale));
  assert_ok(in, clif_network_add_if(net, "if", &integrate));
  assert_ok(in, clif_network_add_flatten(net, "flat", 0, -1));
  assert_ok(in, clif_network_add_linear(net, "fc.a", 6, 3, weight, bias));
  assert_ok(in, clif_network_add_linear(net, "fc.b", 6, 3, weight, NULL));
  assert_ok(in, clif_network_add_lif(net, "lif", &lif));
  assert_ok(in, clif_network_add_li(net, "li", &li));
  assert_ok(in, clif_network_add_output(net, "out"));
  static const char *const edges[][2] = {{"li", "out"},   {"in", "scale"},  {"scale", "if"},
                                         {"if", "flat"},  {"flat", "fc.b"}, {"flat", "fc.a"},
                                         {"fc.b", "lif"}, {"fc.a", "lif"},  {"lif", "li"}};
  for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
    assert_ok(in, clif_network_connect(net, edges[i][0], edges[i][1], 0));
  return net;
}

static void networks_come_back_as_they_went(void **state) {
  (void)state;
  clif_network *net = make_network(ctx), *back;
  const clif_nir_options o = {.size = sizeof o, .dt = 0.0009765625}; /* 2^-10: r/dt is exact */
  assert_ok(ctx, clif_nir_write(net, in_folder("net.nir"), &o));
  assert_ok(ctx, clif_nir_read(ctx, in_folder("net.nir"), &o, &back));
  compare_networks(net, back);
  assert_string_equal(logged, "");
  clif_network_destroy(back);
  clif_network_destroy(net);
}

static void the_same_network_gives_the_same_bytes(void **state) {
  (void)state;
  size_t bytes[2];
  char *files[2];
  for (int i = 0; i < 2; i++) {
    clif_network *net = make_network(ctx);
    assert_ok(ctx, clif_nir_write(net, in_folder("net.nir"), &millisecond));
    files[i] = get_file(in_folder("net.nir"), &bytes[i]);
    clif_network_destroy(net);
  }
  assert_int_equal(bytes[0], bytes[1]);
  assert_memory_equal(files[0], files[1], bytes[0]);
  assert_int_equal(files[0][8], 0); /* superblock 0, as h5py writes it */
  hid_t file = H5Fopen(in_folder("net.nir"), H5F_ACC_RDONLY, H5P_DEFAULT);
  H5G_stat_t about; /* both were written in the same second: look whether it was noted */
  assert_true(H5Gget_objinfo(file, "/node/nodes/lif/tau", false, &about) >= 0);
  assert_int_equal(about.mtime, 0);
  H5Fclose(file);
  free(files[0]);
  free(files[1]);
}

static void a_prepared_network_is_written_too(void **state) {
  (void)state;
  clif_network *net = make_network(ctx), *back;
  clif_prepare_options plain = {.size = sizeof plain, .linear = CLIF_LINEAR_EVENTS};
  assert_ok(ctx, clif_network_prepare(net, &plain));
  assert_ok(ctx, clif_nir_write(net, in_folder("net.nir"), &millisecond));
  assert_ok(ctx, clif_nir_read(ctx, in_folder("net.nir"), &millisecond, &back));
  assert_int_equal(back->n_layers, net->n_layers);
  clif_network_destroy(back);
  clif_network_destroy(net);
}

/* in -> relu or lif -> out. */
static clif_network *small_network(const clif_lif_params *lif) {
  clif_network *net;
  assert_ok(ctx, clif_network_create(ctx, &net));
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {2}}));
  if (lif)
    assert_ok(ctx, clif_network_add_lif(net, "mid", lif));
  else
    assert_ok(ctx, clif_network_add_relu(net, "mid"));
  assert_ok(ctx, clif_network_add_output(net, "out"));
  assert_ok(ctx, clif_network_connect(net, "in", "mid", 0));
  assert_ok(ctx, clif_network_connect(net, "mid", "out", 0));
  return net;
}

static void what_nir_cannot_say_is_refused(void **state) {
  (void)state;
  clif_lif_params lif = clif_lif_defaults();
  clif_network *net = small_network(NULL);
  assert_refused(ctx, CLIF_UNSUPPORTED, "'mid' (relu)",
                 clif_nir_write(net, in_folder("net.nir"), NULL));
  clif_network_destroy(net);
  for (int reset = CLIF_RESET_SUBTRACT; reset <= CLIF_RESET_NONE; reset++) {
    lif.reset = (clif_reset)reset;
    net = small_network(&lif);
    assert_refused(ctx, CLIF_UNSUPPORTED, "'mid' (lif)",
                   clif_nir_write(net, in_folder("net.nir"), NULL));
    clif_network_destroy(net);
  }
  net = make_network(ctx); /* has an IF with a gain other than 1 */
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "dt", clif_nir_write(net, in_folder("net.nir"), NULL));
  clif_network_destroy(net);
  net = small_network(NULL);
  assert_ok(ctx, clif_network_add_output(net, "lonely"));
  assert_refused(ctx, CLIF_SHAPE, "'lonely'", clif_nir_write(net, in_folder("net.nir"), NULL));
  clif_network_destroy(net);
  assert_ok(ctx, clif_network_create(ctx, &net));
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {2}}));
  assert_refused(ctx, CLIF_UNSUPPORTED, "no output layer",
                 clif_nir_write(net, in_folder("net.nir"), NULL));
  assert_ok(ctx, clif_network_add_output(net, "a/b"));
  assert_ok(ctx, clif_network_connect(net, "in", "a/b", 0));
  assert_refused(ctx, CLIF_UNSUPPORTED, "'a/b'", clif_nir_write(net, in_folder("net.nir"), NULL));
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "path", clif_nir_write(net, NULL, NULL));
  clif_network_destroy(net);
  assert_int_equal(count_files(), 0);
}

/* in -> lif -> if -> out. */
static clif_network *firing_network(void) {
  clif_network *net;
  clif_lif_params lif = clif_lif_defaults();
  clif_if_params integrate = clif_if_defaults();
  assert_ok(ctx, clif_network_create(ctx, &net));
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {2}}));
  assert_ok(ctx, clif_network_add_lif(net, "lif", &lif));
  assert_ok(ctx, clif_network_add_if(net, "if", &integrate));
  assert_ok(ctx, clif_network_add_output(net, "out"));
  assert_ok(ctx, clif_network_connect(net, "in", "lif", 0));
  assert_ok(ctx, clif_network_connect(net, "lif", "if", 0));
  assert_ok(ctx, clif_network_connect(net, "if", "out", 0));
  return net;
}

/* Refused with these words, and nothing written; without the options it is written. */
static void check_option(const char *words, const clif_neuron_options *options) {
  static const char *const names[] = {"lif", "if"};
  const clif_neuron_options none = clif_neuron_options_defaults();
  char layer[32];
  for (int i = 0; i < 2; i++) {
    clif_network *net = firing_network();
    assert_ok(ctx, clif_network_set_options(net, names[i], options));
    assert_refused(ctx, CLIF_UNSUPPORTED, words, clif_nir_write(net, in_folder("net.nir"), NULL));
    snprintf(layer, sizeof layer, "layer '%s'", names[i]);
    assert_non_null(strstr(clif_context_error(ctx), layer));
    assert_int_equal(count_files(), 0);
    assert_ok(ctx, clif_network_set_options(net, NULL, &none));
    assert_ok(ctx, clif_nir_write(net, in_folder("net.nir"), NULL));
    assert_int_equal(count_files(), 1);
    remove(in_folder("net.nir"));
    clif_network_destroy(net);
  }
}

static void options_of_neurons_are_refused(void **state) {
  (void)state;
  const clif_neuron_options none = clif_neuron_options_defaults();
  clif_neuron_options o = none;
  o.stochastic = 1;
  check_option("has stochastic firing, which", &o);
  o = none, o.adaptive = 1;
  check_option("has an adaptive threshold, which", &o);
  o = none, o.noise_std = clif_scalar(0.1);
  check_option("has noise, which", &o);
  const double of_one[] = {0.0, 0.1};
  o.noise_std = clif_per_neuron(of_one, 2);
  check_option("has noise, which", &o);
  o = none, o.refractory = clif_scalar(2.0);
  check_option("has a refractory period, which", &o);
}

static void the_seed_form_is_refused(void **state) {
  (void)state;
  const clif_neuron_options none = clif_neuron_options_defaults();
  clif_lif_params lif = clif_seed_defaults();
  for (int plain = 0; plain < 2; plain++) {
    if (plain) lif.options = none;
    clif_network *net = small_network(&lif);
    assert_refused(ctx, CLIF_UNSUPPORTED, "has the seed form, which",
                   clif_nir_write(net, in_folder("net.nir"), NULL));
    clif_network_destroy(net);
  }
  assert_int_equal(count_files(), 0);
}

static void noise_of_integrators_is_refused(void **state) {
  (void)state;
  clif_network *net;
  clif_li_params li = clif_li_defaults();
  li.noise_std = clif_scalar(0.1);
  assert_ok(ctx, clif_network_create(ctx, &net));
  assert_ok(ctx, clif_network_add_input(net, "in", &(clif_shape){1, {2}}));
  assert_ok(ctx, clif_network_add_li(net, "li", &li));
  assert_ok(ctx, clif_network_add_output(net, "out"));
  assert_ok(ctx, clif_network_connect(net, "in", "li", 0));
  assert_ok(ctx, clif_network_connect(net, "li", "out", 0));
  assert_refused(ctx, CLIF_UNSUPPORTED, "layer 'li' (li) has noise, which",
                 clif_nir_write(net, in_folder("net.nir"), NULL));
  clif_network_destroy(net);
}

static void what_nir_loses_is_logged(void **state) {
  (void)state;
  clif_lif_params lif = clif_lif_defaults();
  lif.integration = CLIF_EXACT;
  clif_network *net = small_network(&lif);
  assert_ok(ctx, clif_nir_write(net, in_folder("net.nir"), NULL));
  assert_non_null(strstr(logged, "'mid' fires where v >= threshold"));
  assert_non_null(strstr(logged, "'mid' is integrated exactly"));
  assert_int_equal(logged_level, CLIF_LOG_WARNING);
  clif_network_destroy(net);
}

static void failed_writes_keep_the_old_file(void **state) {
  (void)state;
  size_t bytes;
  clif_lif_params lif = clif_lif_defaults();
  clif_network *net = small_network(&lif), *bad = small_network(NULL);
  put_file(in_folder("net.nir"), "old", 3);
  assert_refused(ctx, CLIF_UNSUPPORTED, "relu", clif_nir_write(bad, in_folder("net.nir"), NULL));
  limit_files(64);
  clif_status status = clif_nir_write(net, in_folder("net.nir"), NULL);
  limit_files(0);
  assert_int_equal(status, CLIF_IO);
  assert_refused(ctx, CLIF_IO, "no-such-folder",
                 clif_nir_write(net, in_folder("no-such-folder/net.nir"), NULL));
  char *old = get_file(in_folder("net.nir"), &bytes);
  assert_int_equal(bytes, 3);
  assert_memory_equal(old, "old", 3);
  free(old);
  assert_ok(ctx, clif_nir_write(net, in_folder("net.nir"), NULL));
  assert_int_equal(count_files(), 1);
  const char *full = full_disk();
  if (full) assert_refused(ctx, CLIF_IO, "full", clif_nir_write(net, full, NULL));
  clif_network_destroy(bad);
  clif_network_destroy(net);
}

/* ---- memory ---- */

static void every_refused_allocation_is_survived(void **state) {
  (void)state;
  enum { PLENTY = 1000000 };
  long left = PLENTY, allowed;
  clif_context_options options = {
      .size = sizeof options, .alloc = failing_alloc, .alloc_user = &left};
  clif_context *small = open_context(&options);
  clif_network *net = make_network(small), *back = NULL;
  clif_status status = CLIF_OUT_OF_MEMORY;
  assert_ok(small, clif_nir_write(net, in_folder("net.nir"), &millisecond));
  uint64_t held = clif_context_memory(small).host_bytes;
  for (allowed = 0; status == CLIF_OUT_OF_MEMORY; allowed++) {
    left = allowed;
    status = clif_nir_write(net, in_folder("net.nir"), &millisecond);
    assert_int_equal(clif_context_memory(small).host_bytes, held);
  }
  assert_int_equal(status, CLIF_OK);
  assert_true(allowed > 20);
  status = CLIF_OUT_OF_MEMORY;
  for (allowed = 0; status == CLIF_OUT_OF_MEMORY; allowed++) {
    left = allowed;
    status = clif_nir_read(small, in_folder("net.nir"), &millisecond, &back);
    if (status != CLIF_OK) assert_int_equal(clif_context_memory(small).host_bytes, held);
  }
  assert_int_equal(status, CLIF_OK);
  assert_true(allowed > 50);
  assert_int_equal(count_files(), 1);
  clif_network_destroy(back);
  clif_network_destroy(net);
  clif_context_destroy(small);
}

/* ---- files of others ---- */

static herr_t own_handler(hid_t stack, void *data) {
  (void)stack, (void)data;
  return 0;
}

static void the_programs_error_handler_stays(void **state) {
  (void)state;
  H5E_auto2_t old, found;
  void *old_data, *data;
  clif_network *net;
  H5Eget_auto2(H5E_DEFAULT, &old, &old_data);
  H5Eset_auto2(H5E_DEFAULT, own_handler, &net);
  H5Fclose(make_good());
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "dt", read_made(NULL, &net));
  H5Eget_auto2(H5E_DEFAULT, &found, &data);
  H5Eset_auto2(H5E_DEFAULT, old, old_data);
  assert_true(found == own_handler && data == &net);
}

/* Returns its context if something failed. */
static void *read_and_write_often(void *user) {
  char from[1024], to[1024];
  snprintf(from, sizeof from, "%s/made.nir", test_folder);
  snprintf(to, sizeof to, "%s/%p.nir", test_folder, user);
  for (int i = 0; i < 20; i++) {
    clif_network *net;
    if (clif_nir_read(user, from, &millisecond, &net) != CLIF_OK) return user;
    clif_status status = clif_nir_write(net, to, NULL);
    clif_network_destroy(net);
    if (status != CLIF_OK) return user;
  }
  return NULL;
}

static void contexts_in_different_threads_wait_for_one_another(void **state) {
  (void)state;
  enum { THREADS = 3 };
  pthread_t threads[THREADS];
  clif_context *contexts[THREADS];
  H5Fclose(make_good());
  for (int i = 0; i < THREADS; i++) {
    contexts[i] = open_context(NULL);
    assert_int_equal(pthread_create(&threads[i], NULL, read_and_write_often, contexts[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    void *failed;
    pthread_join(threads[i], &failed);
    if (failed) fail_msg("%s", clif_context_error(contexts[i]));
    clif_context_destroy(contexts[i]);
  }
  assert_int_equal(count_files(), 1 + THREADS);
}

static void the_digits_example_is_read(void **state) {
  (void)state;
  clif_network *net, *back;
  const char *path = source_file("examples/digits/digits.nir");
  assert_refused(ctx, CLIF_INVALID_ARGUMENT, "suggests 0.001 if",
                 clif_nir_read(ctx, path, NULL, &net));
  assert_ok(ctx, clif_nir_read(ctx, path, &millisecond, &net));
  assert_int_equal(net->n_layers, 6);
  assert_string_equal(logged, "");
  assert_ok(ctx, clif_nir_write(net, in_folder("digits.nir"), NULL));
  assert_ok(ctx, clif_nir_read(ctx, in_folder("digits.nir"), &millisecond, &back));
  compare_networks(net, back);
  clif_network_destroy(back);
  clif_network_destroy(net);
}

static const char *shared(const char *name) {
  static char path[1024];
  const char *folder = getenv("CLIF_SHARED_DIR");
  snprintf(path, sizeof path, "%s/data/nir/%s", folder ? folder : "", name);
  if (!folder || access(path, R_OK) != 0) skip();
  return path;
}

static void published_files_are_read(void **state) {
  (void)state;
  static const struct {
    const char *name;
    double dt;
  } files[] = {{"lif/lif_norse.nir", 1e-4},
               {"lif/lif_rockpool.nir", 1e-4},
               {"synthetic_nir107_layout.nir", 1e-3}};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    clif_network *net;
    const clif_nir_options o = {.size = sizeof o, .dt = files[i].dt};
    logged[0] = '\0';
    assert_ok(ctx, clif_nir_read(ctx, shared(files[i].name), &o, &net));
    assert_int_equal(net->n_layers, 4);
    assert_null(strstr(logged, "'out")); /* Rockpool's (1, 1, 1) is one element: nothing to say */
    clif_network_destroy(net);
  }
}

static void published_files_beyond_this_version_are_refused(void **state) {
  (void)state;
  clif_network *net;
  assert_refused(ctx, CLIF_UNSUPPORTED, "'Conv2d'",
                 clif_nir_read(ctx, shared("cnn_sinabs.nir"), &millisecond, &net));
  assert_refused(
      ctx, CLIF_UNSUPPORTED, "'CubaLIF'",
      clif_nir_read(ctx, shared("braille/braille_noDelay_bias_zero.nir"), &millisecond, &net));
  assert_refused(ctx, CLIF_FORMAT, "there is no node 'lif'",
                 clif_nir_read(ctx, shared("braille/braille_noDelay_bias_zero_subgraph.nir"),
                               &millisecond, &net));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, before, after)

int main(void) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  const struct CMUnitTest tests[] = {
      TEST(a_good_file_becomes_its_network),
      TEST(numbers_may_be_of_any_type_and_layout),
      TEST(edges_keep_their_order_and_count_once),
      TEST(without_dt_the_sentence_says_what_the_file_suggests),
      TEST(another_dt_than_suggested_is_logged_and_used),
      TEST(the_gain_of_if_follows_the_rule),
      TEST(snntorch_takes_neither_leak_nor_reset_values),
      TEST(options_are_checked),
      TEST(missing_parts_are_named),
      TEST(wrong_kinds_of_data_are_refused),
      TEST(wrong_shapes_are_refused),
      TEST(wrong_values_are_refused),
      TEST(unknown_types_are_refused_with_those_that_are_known),
      TEST(wrong_edges_are_refused),
      TEST(sizes_that_the_file_cannot_hold_take_no_memory),
      TEST(nothing_outside_the_file_is_read),
      TEST(what_is_no_hdf5_file_is_refused),
      TEST(an_output_shape_that_does_not_fit_is_only_worth_a_warning),
      TEST(networks_come_back_as_they_went),
      TEST(the_same_network_gives_the_same_bytes),
      TEST(a_prepared_network_is_written_too),
      TEST(what_nir_cannot_say_is_refused),
      TEST(options_of_neurons_are_refused),
      TEST(the_seed_form_is_refused),
      TEST(noise_of_integrators_is_refused),
      TEST(what_nir_loses_is_logged),
      TEST(failed_writes_keep_the_old_file),
      TEST(every_refused_allocation_is_survived),
      TEST(the_programs_error_handler_stays),
      TEST(contexts_in_different_threads_wait_for_one_another),
      TEST(the_digits_example_is_read),
      TEST(published_files_are_read),
      TEST(published_files_beyond_this_version_are_refused),
  };
  return cmocka_run_group_tests(tests, open_all, close_all);
}
