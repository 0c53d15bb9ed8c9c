/* dev_threads.c - contexts in several threads, from the process's first OpenCL call on. A program
 * of its own: drivers set themselves up only once. */
#include <pthread.h>

#include "nets.h"

enum { THREADS = 4, STEPS = 100 };

typedef struct job {
  clif_status status;
  char why[512];
  uint8_t spikes[STEPS];
} job;

static clif_status run_one(clif_context *ctx, job *j) {
  static const float one = 1.0f;
  float x[STEPS];
  for (size_t t = 0; t < STEPS; t++) x[t] = 1.5f;
  clif_lif_params lif = clif_lif_defaults();
  clif_prepare_options o = {.size = sizeof o};
  clif_binding in = bind("in", CLIF_OUTPUT, view3(x, CLIF_F32, STEPS, 1, 1));
  clif_binding out = bind("lif", CLIF_OUTPUT, view3(j->spikes, CLIF_U8, STEPS, 1, 1));
  clif_network *net = NULL;
  clif_status status;
  if ((status = clif_network_create(ctx, &net)) ||
      (status = clif_network_add_input(net, "in", &(clif_shape){1, {1}})) ||
      (status = clif_network_add_linear(net, "fc", 1, 1, &one, NULL)) ||
      (status = clif_network_add_lif(net, "lif", &lif)) ||
      (status = clif_network_connect(net, "in", "fc", 0)) ||
      (status = clif_network_connect(net, "fc", "lif", 0)) ||
      (status = clif_network_record(net, "lif", CLIF_OUTPUT)) ||
      (status = clif_network_prepare(net, &o)) || (status = run(net, &in, 1, &out, 1)))
    snprintf(j->why, sizeof j->why, "%s", clif_context_error(ctx));
  clif_network_destroy(net);
  return status;
}

static void *work(void *user) {
  job *j = user;
  clif_context *ctx = NULL;
  clif_context_options o = {.size = sizeof o, .lanes = test_lanes()};
  j->status = clif_context_create(&o, &ctx, j->why, sizeof j->why);
  if (j->status == CLIF_OK) j->status = run_one(ctx, j);
  clif_context_destroy(ctx);
  return NULL;
}

static void contexts_work_in_threads_from_the_first_call_on(void **state) {
  (void)state;
  if (is_slow_device()) skip(); /* Oclgrind is one for all threads */
  static job jobs[THREADS];
  pthread_t threads[THREADS];
  for (size_t i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
  for (size_t i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  for (size_t i = 0; i < THREADS; i++) {
    if (jobs[i].status != CLIF_OK) fail_msg("thread %zu: %s", i, jobs[i].why);
    for (size_t t = 0; t < STEPS; t++)
      assert_int_equal(jobs[i].spikes[t], t == 21 || t == 43 || t == 65 || t == 87);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(contexts_work_in_threads_from_the_first_call_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
