/* neurons_point.c - one group of neurons, and a plain kernel with its reads and writes, in turns.
 */
#include <stdio.h>

#include "neurons_pass.h"

/* A pass is the steps that were asked for, from a reset. Small groups do several in one
 * measurement, until there are about so many updates; only the steps are timed. */
static const double MEASURED_UPDATES = 1 << 20;
enum { MOST_PASSES = 32 };

/* Styles of the limit that take longer than the fastest by this factor are not looked at again. */
static const double HOPELESS = 1.5;

double neurons_work(const neurons_bench *bench, const neurons_point *point) {
  return neurons_updates(bench, point) + MEASURED_UPDATES;
}

/* Not a failure: other points may do with less. */
static int skip(const point_run *run, const char *why) {
  snprintf(run->point->skipped, REASON_SIZE, "%s", *why ? why : "no memory");
  return TOOL_OK;
}

/* ---- rounds ---- */

static double *limit_row(const point_run *run, size_t style) {
  return run->bench->seconds + (1 + style) * run->bench->options->repeat;
}

/* The first run of a kernel may compile it once more, so that the second is looked at. */
static int warm_up(point_run *run) {
  double seconds[TRAFFIC_STYLES], fastest = 0;
  int code = pass_group(run, &fastest);
  if (code == TOOL_OK) run->point->spikes = clif_group_look(run->group).spikes;
  for (size_t i = 0; i < TRAFFIC_STYLES && code == TOOL_OK; i++) {
    code = measure_limit(run, i, &seconds[i]);
    if (code == TOOL_OK) code = measure_limit(run, i, &seconds[i]);
    if (i == 0 || seconds[i] < fastest) fastest = seconds[i];
  }
  for (size_t i = 0; i < TRAFFIC_STYLES && code == TOOL_OK; i++)
    run->hopeless[i] = seconds[i] > HOPELESS * fastest;
  return code;
}

/* One after the other, so that what disturbs the machine disturbs all. */
static int run_rounds(const point_run *run) {
  const size_t rounds = run->bench->options->repeat;
  int code = TOOL_OK;
  for (size_t round = 0; round < rounds && code == TOOL_OK; round++) {
    code = measure_group(run, run->bench->seconds + round);
    for (size_t i = 0; i < TRAFFIC_STYLES && code == TOOL_OK; i++)
      if (!run->hopeless[i]) code = measure_limit(run, i, limit_row(run, i) + round);
    progress_add(neurons_work(run->bench, run->point) / (double)rounds, 1);
  }
  return code;
}

/* The style that is the fastest in the median is the limit. Summing up sorts: copies of rows go to
 * the row behind all others. */
static void sum_up(point_run *run) {
  neurons_point *p = run->point;
  const size_t n = run->bench->options->repeat;
  double *spare = limit_row(run, TRAFFIC_STYLES);
  size_t best = TRAFFIC_STYLES;
  for (size_t style = 0; style < TRAFFIC_STYLES; style++) {
    if (run->hopeless[style]) continue;
    for (size_t i = 0; i < n; i++) spare[i] = limit_row(run, style)[i];
    const summary s = summarise(spare, n);
    if (best < TRAFFIC_STYLES && s.median >= p->limit_seconds.median) continue;
    best = style;
    p->limit_seconds = s;
  }
  p->limit_style = traffic_style_names[best];
  for (size_t i = 0; i < n; i++) spare[i] = limit_row(run, best)[i] / run->bench->seconds[i];
  p->share = summarise(spare, n);
  p->seconds = summarise(run->bench->seconds, n);
}

/* ---- before and after ---- */

static clif_status make_group(point_run *run) {
  const neurons_bench *bench = run->bench;
  const clif_lif_params lif = neurons_params(run->point->mode);
  const clif_group_options wanted = {
      .size = sizeof wanted,
      .neurons = run->point->neurons,
      .batch = bench->options->batch,
      .steps = call_steps(run, 0),
      /* The limit needs as much. */
      .max_device_bytes = (bench->memory - bench->input_bytes) / 2,
      .seed = bench->options->seed,
      .spikes = CLIF_SPIKES_BITS,
      .record = run->point->record == RECORD_V_TH ? CLIF_RECORD_V | CLIF_RECORD_TH : 0,
      .device_input = 1};
  return clif_group_create(bench->context, &lif, &wanted, &run->group);
}

/* Everything about the point that is known before it is measured. */
static int describe(point_run *run) {
  neurons_point *p = run->point;
  const neurons_options *o = run->bench->options;
  const clif_group_info info = clif_group_look(run->group);
  const neurons_shape shape = {.neurons = p->neurons,
                               .batch = o->batch,
                               .steps = o->steps,
                               .call_steps = call_steps(run, 0),
                               .tile_steps = info.tile_steps,
                               .tile_batch = info.tile_batch,
                               .states = neurons_states(p->mode),
                               .records = neurons_records(p->record)};
  const double passes = MEASURED_UPDATES / neurons_updates(run->bench, p);
  p->passes = passes > MOST_PASSES ? MOST_PASSES : passes > 1 ? (size_t)passes : 1;
  p->input_steps = run->bench->input.shape[0];
  p->tile_steps = info.tile_steps;
  p->tile_batch = info.tile_batch;
  p->group_bytes = info.device_bytes;
  p->input_bytes = run->bench->input_bytes;
  p->model_bytes =
      neurons_formula(&shape) + 4 * p->input_steps * o->batch * neurons_pitch(p->neurons);
  p->bytes_moved = neurons_traffic(&shape);
  const uint64_t measured = neurons_device_bytes(p);
  if (measured == p->model_bytes) return TOOL_OK;
  return complain("%zu %s neurons take %llu bytes of device memory where the formula in group.h "
                  "says %llu; this is a fault, please report it",
                  p->neurons, neurons_mode_names[p->mode], (unsigned long long)measured,
                  (unsigned long long)p->model_bytes);
}

static bool make_limit(point_run *run, char *message) {
  const clif_array *input = &run->bench->input;
  const neurons_point *p = run->point;
  const traffic_shape shape = {.input = input->device,
                               .row = input->strides[0] / sizeof(float),
                               .states = neurons_states(p->mode),
                               .records = neurons_records(p->record),
                               .tile_steps = p->tile_steps,
                               .tile_row = p->tile_batch * neurons_pitch(p->neurons)};
  return traffic_create(&shape, &run->limit, message);
}

int neurons_measure_point(neurons_bench *bench, neurons_point *point) {
  point_run run = {.bench = bench, .point = point};
  char message[LIMIT_MESSAGE_SIZE];
  const clif_status status = make_group(&run);
  if (status == CLIF_OUT_OF_DEVICE_MEMORY) return skip(&run, clif_context_error(bench->context));
  if (status != CLIF_OK) return complain_library(&run);
  int code = describe(&run);
  if (code == TOOL_OK && !make_limit(&run, message)) {
    code = skip(&run, message);
  } else if (code == TOOL_OK) {
    code = warm_up(&run);
    if (code == TOOL_OK) code = run_rounds(&run);
    if (code == TOOL_OK) sum_up(&run);
  }
  traffic_destroy(run.limit);
  clif_group_destroy(run.group);
  return code;
}
