/* dev_digits.c - trained networks from files give the spikes that other programs recorded:
 * snnTorch's for the digits, Norse's and snnTorch's for one neuron of the NIR paper. */
#include <math.h>

#include "nets.h"

enum { STEPS = 25, SAMPLES = 360, IN = 64, HIDDEN = 128, OUT = 10 };

static clif_array read_npy(clif_context *ctx, const char *path) {
  clif_array a;
  assert_ok(ctx, clif_npy_read(ctx, source_file(path), &a));
  return a;
}

static clif_network *read_digits(clif_context *ctx) {
  clif_network *net;
  clif_nir_options o = {.size = sizeof o, .dt = 1e-3, .compat = CLIF_NIR_SNNTORCH};
  assert_ok(ctx, clif_nir_read(ctx, source_file("examples/digits/digits.nir"), &o, &net));
  assert_ok(ctx, clif_network_record(net, "lif1", CLIF_OUTPUT));
  assert_ok(ctx, clif_network_record(net, "output", CLIF_OUTPUT));
  return net;
}

/* Samples first_sample.. of the whole, in groups and chunks; spikes land in the whole arrays. */
static void run_digits(clif_context *ctx, clif_network *net, const clif_array *x,
                       const clif_array *hidden, const clif_array *out, size_t samples,
                       size_t group, size_t chunk) {
  for (size_t b = 0; b < samples; b += group)
    for (size_t t = 0; t < STEPS; t += chunk) {
      const clif_array *whole[3] = {x, hidden, out};
      clif_array part[3];
      for (size_t i = 0; i < 3; i++) {
        clif_array steps = clif_array_slice(whole[i], 0, t, t + chunk < STEPS ? chunk : STEPS - t);
        part[i] = clif_array_slice(&steps, 1, b, b + group < samples ? group : samples - b);
      }
      clif_binding in = bind("input", CLIF_OUTPUT, part[0]);
      clif_binding outs[] = {bind("lif1", CLIF_OUTPUT, part[1]),
                             bind("output", CLIF_OUTPUT, part[2])};
      if (t == 0) assert_ok(ctx, clif_network_reset(net));
      assert_ok(ctx, run(net, &in, 1, outs, 2));
    }
}

static size_t differences(const clif_array *got, const clif_array *expected, size_t samples) {
  const uint8_t *a = got->data, *b = expected->data;
  size_t n = got->shape[2], different = 0;
  for (size_t t = 0; t < STEPS; t++)
    for (size_t s = 0; s < samples; s++)
      for (size_t i = 0; i < n; i++) {
        size_t at = (t * SAMPLES + s) * n + i;
        different += a[at] != b[at];
      }
  return different;
}

static void digits_spike_as_snntorch_recorded(void **state) {
  (void)state;
  static const struct {
    size_t group, chunk, steps;
    uint64_t cap;
  } cuts[] = {
      {SAMPLES, STEPS, STEPS, 0}, {SAMPLES, 4, STEPS, 0}, {7, STEPS, 3, 0}, {100, 10, 0, 1 << 20}};
  /* Oclgrind interprets: a slice of the samples, and all of them where time does not count. */
  size_t samples = is_slow_device() && !getenv("CLIF_TEST_FULL") ? 2 : SAMPLES;
  clif_context *ctx = open_context(NULL);
  clif_array x = read_npy(ctx, "examples/digits/input_spikes.npy");
  clif_array hidden = read_npy(ctx, "tests/data/digits/snntorch_hidden_spikes.npy");
  clif_array out = read_npy(ctx, "tests/data/digits/snntorch_output_spikes.npy");
  assert_int_equal(clif_array_count(&hidden), 1152000);
  assert_int_equal(clif_array_count(&out), 90000);
  for (size_t i = 0; i < (is_slow_device() ? 1 : sizeof cuts / sizeof *cuts); i++) {
    clif_array our_hidden, our_out;
    assert_ok(ctx, clif_array_create(ctx, CLIF_U8, 3, hidden.shape, &our_hidden));
    assert_ok(ctx, clif_array_create(ctx, CLIF_U8, 3, out.shape, &our_out));
    memset(our_hidden.data, 7, 1152000); /* what is not written shows */
    memset(our_out.data, 7, 90000);
    clif_network *net = read_digits(ctx);
    size_t group = cuts[i].group < samples ? cuts[i].group : samples;
    clif_linear_way way = is_slow_device() ? CLIF_LINEAR_EVENTS : CLIF_LINEAR_AUTO;
    assert_ok(ctx, prepare(net, group, cuts[i].steps, cuts[i].cap, way));
    run_digits(ctx, net, &x, &our_hidden, &our_out, samples, group, cuts[i].chunk);
    assert_int_equal(differences(&our_hidden, &hidden, samples), 0);
    assert_int_equal(differences(&our_out, &out, samples), 0);
    clif_network_destroy(net);
    clif_array_free(ctx, &our_hidden);
    clif_array_free(ctx, &our_out);
  }
  clif_array_free(ctx, &x);
  clif_array_free(ctx, &hidden);
  clif_array_free(ctx, &out);
  clif_context_destroy(ctx);
}

/* ---- one neuron of the NIR paper ---- */

enum { LIF_STEPS = 1000 };

/* Columns input, v, spike. */
static void read_csv(const char *directory, const char *name, float *x, float *v, uint8_t *s) {
  char path[4096];
  snprintf(path, sizeof path, "%s/data/nir/lif/%s", directory, name);
  FILE *f = fopen(path, "r");
  if (!f) fail_msg("cannot open %s", path);
  for (size_t t = 0; t < LIF_STEPS; t++) {
    double row[3];
    if (fscanf(f, "%lf,%lf,%lf", &row[0], &row[1], &row[2]) != 3) fail_msg("%s: row %zu", path, t);
    x[t] = (float)row[0];
    v[t] = (float)row[1];
    s[t] = row[2] != 0.0;
  }
  fclose(f);
}

/* The recording's membrane is `scale` times ours. */
static void check_recording(const char *name, double scale) {
  const char *shared = getenv("CLIF_SHARED_DIR");
  char path[4096];
  static float x[LIF_STEPS], v[LIF_STEPS], our_v[LIF_STEPS];
  static uint8_t s[LIF_STEPS], our_s[LIF_STEPS];
  snprintf(path, sizeof path, "%s/data/nir/lif/lif_norse.nir", shared ? shared : "");
  FILE *there = shared ? fopen(path, "rb") : NULL;
  if (!there) skip();
  fclose(there);
  read_csv(shared, name, x, v, s);
  clif_context *ctx = open_context(NULL);
  clif_network *net;
  clif_nir_options o = {.size = sizeof o, .dt = 1e-4};
  assert_ok(ctx, clif_nir_read(ctx, path, &o, &net));
  assert_ok(ctx, clif_network_record(net, "1", CLIF_OUTPUT));
  assert_ok(ctx, clif_network_record(net, "1", CLIF_V));
  assert_ok(ctx, prepare(net, 1, 128, 0, is_slow_device() ? CLIF_LINEAR_EVENTS : CLIF_LINEAR_AUTO));
  clif_binding in = bind("input", CLIF_OUTPUT, view3(x, CLIF_F32, LIF_STEPS, 1, 1));
  clif_binding out[] = {bind("1", CLIF_OUTPUT, view3(our_s, CLIF_U8, LIF_STEPS, 1, 1)),
                        bind("1", CLIF_V, view3(our_v, CLIF_F32, LIF_STEPS, 1, 1))};
  assert_ok(ctx, run(net, &in, 1, out, 2));
  size_t spikes = 0;
  double worst = 0.0;
  for (size_t t = 0; t < LIF_STEPS; t++) {
    if (our_s[t] != s[t]) fail_msg("step %zu: spike %d, recorded %d", t, our_s[t], s[t]);
    spikes += s[t];
    worst = fmax(worst, fabs((double)our_v[t] - (double)v[t] / scale));
  }
  assert_true(spikes > 0);
  if (worst > 1e-6) fail_msg("the membrane differs by up to %g", worst);
  clif_network_destroy(net);
  clif_context_destroy(ctx);
}

static void one_neuron_follows_norse(void **state) {
  (void)state;
  check_recording("lif_norse.csv", 1.0);
}

static void one_neuron_follows_snntorch(void **state) {
  (void)state;
  check_recording("lif_snntorch.csv", 25.0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(digits_spike_as_snntorch_recorded),
      cmocka_unit_test(one_neuron_follows_norse),
      cmocka_unit_test(one_neuron_follows_snntorch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
