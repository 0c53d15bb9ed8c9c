/* neurons_pass.c - one pass: all steps from a reset, of a group or of its limit, timed. */
#include "neurons_pass.h"

/* ---- what is timed ---- */

size_t call_steps(const point_run *run, size_t done) {
  const size_t input = run->bench->input.shape[0], all = run->bench->options->steps;
  const size_t left = input - done % input;
  if (run->point->way == WAY_STEPWISE) return 1;
  return all - done < left ? all - done : left;
}

/* The array (B, n) that is one step of (1, B, n). */
static clif_array without_time(clif_array array) {
  array.ndim = 2;
  for (unsigned i = 0; i < 2; i++) {
    array.shape[i] = array.shape[i + 1];
    array.strides[i] = array.strides[i + 1];
  }
  return array;
}

static clif_status run_group(const point_run *run) {
  const size_t all = run->bench->options->steps;
  const clif_array *input = &run->bench->input;
  clif_status status = CLIF_OK;
  for (size_t done = 0, steps; done < all && status == CLIF_OK; done += steps) {
    steps = call_steps(run, done);
    clif_group_io io = {.size = sizeof io};
    io.input = clif_array_slice(input, 0, done % input->shape[0], steps);
    if (run->point->way == WAY_STEPWISE) {
      io.input = without_time(io.input);
      status = clif_group_step(run->group, &io);
    } else {
      status = clif_group_run(run->group, &io);
    }
  }
  return status;
}

static bool run_limit(const point_run *run, size_t style, char *message) {
  const size_t all = run->bench->options->steps, input = run->bench->input.shape[0];
  bool good = true;
  for (size_t done = 0, steps; done < all && good; done += steps) {
    steps = call_steps(run, done);
    good = traffic_run(run->limit, style, done % input, steps, message);
  }
  return good;
}

/* ---- passes ---- */

/* The queue is in order: when a number has come back, so has all that was begun before it. */
static clif_status settle(const point_run *run) {
  float number;
  clif_array one = run->bench->input, host;
  for (unsigned i = 0; i < one.ndim; i++) one = clif_array_slice(&one, i, 0, 1);
  host = clif_array_view(&number, CLIF_F32, 3, one.shape);
  return clif_array_copy(run->bench->context, &one, &host);
}

static int check_spikes(const point_run *run) {
  const neurons_point *p = run->point;
  const uint64_t spikes = clif_group_look(run->group).spikes;
  if (spikes == p->spikes) return TOOL_OK;
  return complain("%zu %s neurons give %llu spikes in one pass and %llu in another; this is a "
                  "fault, please report it",
                  p->neurons, neurons_mode_names[p->mode], (unsigned long long)p->spikes,
                  (unsigned long long)spikes);
}

int pass_group(const point_run *run, double *seconds) {
  if (clif_group_reset(run->group) != CLIF_OK || settle(run) != CLIF_OK)
    return complain_library(run);
  const double started = seconds_now();
  const clif_status status = run_group(run);
  *seconds += seconds_now() - started;
  return status == CLIF_OK ? TOOL_OK : complain_library(run);
}

int measure_group(const point_run *run, double *seconds) {
  int code = TOOL_OK;
  *seconds = 0;
  for (size_t i = 0; i < run->point->passes && code == TOOL_OK; i++) {
    code = pass_group(run, seconds);
    if (code == TOOL_OK) code = check_spikes(run);
  }
  *seconds /= (double)run->point->passes;
  return code;
}

int measure_limit(const point_run *run, size_t style, double *seconds) {
  char message[LIMIT_MESSAGE_SIZE];
  *seconds = 0;
  for (size_t i = 0; i < run->point->passes; i++) {
    if (!traffic_reset(run->limit, message)) return complain("%s", message);
    const double started = seconds_now();
    const bool good = run_limit(run, style, message);
    *seconds += seconds_now() - started;
    if (!good) return complain("%s", message);
  }
  *seconds /= (double)run->point->passes;
  return TOOL_OK;
}
