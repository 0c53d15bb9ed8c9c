/* plot_load.c - reads the arrays of a picture, cuts out what is drawn, and looks whether they fit
 * each other. */
#include <math.h>
#include <string.h>

#include "device.h"
#include "files.h"
#include "plot.h"
#include "size.h"

static int complain_library(const plot_session *session) {
  return complain("%s", clif_context_error(session->context));
}

/* [first, end) of a dimension that has `count`. */
static int fit_range(const char *what, const plot_range *range, size_t count, const char *path,
                     size_t *first, size_t *number) {
  *first = range->text ? range->first : 0;
  size_t end = range->text && range->end != SIZE_MAX ? range->end : count;
  if (*first >= count || end > count)
    return complain("--%s %s is outside '%s', which has %zu %s; the last one is %zu", what,
                    range->text, path, count, what, count - 1);
  *number = end - *first;
  return TOOL_OK;
}

/* (T, N), (T, B, N) and (T,) as (T, B, N); what is behind B belongs to the neurons. */
static clif_array view_steps(const clif_array *array) {
  size_t dims[] = {array->shape[0], 1, 1};
  if (array->ndim == 2) dims[2] = array->shape[1];
  if (array->ndim > 2) dims[1] = array->shape[1];
  for (unsigned i = 2; i < array->ndim; i++) dims[2] *= array->shape[i];
  return clif_array_view(array->data, array->dtype, 3, dims);
}

static int cut(const plot_options *options, const char *path, plot_data *data) {
  const clif_array whole = view_steps(&data->array);
  char shape[SHAPE_TEXT_SIZE];
  int code = TOOL_OK;
  data->sample = options->sample;
  if (options->sample >= whole.shape[1])
    code =
        complain("--sample %zu is outside '%s' of shape %s, which has %zu samples; the first is 0",
                 options->sample, path,
                 format_shape("", data->array.ndim, data->array.shape, shape), whole.shape[1]);
  if (code == TOOL_OK)
    code =
        fit_range("steps", &options->steps, whole.shape[0], path, &data->first_step, &data->steps);
  if (code == TOOL_OK)
    code = fit_range("neurons", &options->neurons, whole.shape[2], path, &data->first_neuron,
                     &data->neurons);
  if (code != TOOL_OK) return code;
  const clif_array sample = clif_array_slice(&whole, 1, options->sample, 1);
  const clif_array steps = clif_array_slice(&sample, 0, data->first_step, data->steps);
  data->view = clif_array_slice(&steps, 2, data->first_neuron, data->neurons);
  return TOOL_OK;
}

static int load(plot_session *session, const char *path, plot_data *data) {
  if (clif_npy_read(session->context, path, &data->array) != CLIF_OK)
    return complain_library(session);
  if (data->array.dtype == CLIF_U32)
    return complain("'%s' is uint32, as spikes in bits are; record them with --spikes", path);
  return cut(session->options, path, data);
}

/* ---- what fits each other ---- */

static int fit_steps(const plot_session *session) {
  const plot_request *requests = session->options->requests;
  for (size_t i = 1; i < session->n_panels; i++)
    if (session->panels[i].data.steps != session->panels[0].data.steps)
      return complain("'%s' has %zu steps and '%s' has %zu, but a stack has one time axis; --steps "
                      "selects some of both",
                      requests[0].path, session->panels[0].data.steps, requests[i].path,
                      session->panels[i].data.steps);
  return TOOL_OK;
}

static int fit_extra(const plot_session *session, plot_extra extra, const char *path) {
  const plot_data *traces = &session->traces->data, *other = &session->extras[extra];
  if (other->steps == traces->steps && other->neurons == traces->neurons) return TOOL_OK;
  return complain(
      "'%s' has %zu steps of %zu neurons, but the traces have %zu of %zu; bring files of "
      "one run",
      path, other->steps, other->neurons, traces->steps, traces->neurons);
}

int plot_load(plot_session *session) {
  const plot_options *options = session->options;
  int code = device_open(NULL, true, &session->context);
  for (size_t i = 0; code == TOOL_OK && i < options->n_requests; i++) {
    const plot_request *request = &options->requests[i];
    plot_panel *panel = &session->panels[session->n_panels++];
    panel->kind = request->kind;
    panel->label = *request->label ? request->label : options->label;
    if (panel->kind == PANEL_TRACES) session->traces = panel;
    code = load(session, request->path, &panel->data);
  }
  if (code == TOOL_OK) code = fit_steps(session);
  for (int i = 0; code == TOOL_OK && i < PLOT_EXTRAS; i++)
    if (options->extras[i]) {
      code = load(session, options->extras[i], &session->extras[i]);
      if (code == TOOL_OK) code = fit_extra(session, (plot_extra)i, options->extras[i]);
    }
  return code;
}

void plot_unload(plot_session *session) {
  if (session->context) {
    for (size_t i = 0; i < session->n_panels; i++)
      clif_array_free(session->context, &session->panels[i].data.array);
    for (int i = 0; i < PLOT_EXTRAS; i++)
      clif_array_free(session->context, &session->extras[i].array);
  }
  clif_context_destroy(session->context);
}

const char *plot_path(const plot_session *session, const plot_panel *panel) {
  return session->options->requests[panel - session->panels].path;
}

int plot_complain_numbers(const plot_session *session, const plot_panel *panel) {
  return complain("'%s' has no finite number where it is to be drawn; look at what wrote it",
                  plot_path(session, panel));
}
