/* run_load.c - opens the device, reads the files, and fits the input to the network. */
#include <string.h>

#include "device.h"
#include "run.h"
#include "size.h"

int run_complain(const run_session *session) {
  return complain("%s", clif_context_error(session->context));
}

size_t shape_count(const clif_shape *shape) {
  size_t count = 1;
  for (unsigned i = 0; i < shape->ndim; i++) count *= shape->dim[i];
  return count;
}

bool run_find_layer(const run_session *session, const char *name, clif_layer_info *out) {
  const size_t count = clif_network_layer_count(session->network);
  for (size_t i = 0; i < count; i++)
    if (clif_network_layer(session->network, i, out) == CLIF_OK && strcmp(out->name, name) == 0)
      return true;
  return false;
}

/* Networks take uint8 and float32; other numbers become float32. */
static int load_input(run_session *session) {
  clif_context *context = session->context;
  if (clif_npy_read(context, session->options->input, &session->loaded) != CLIF_OK)
    return run_complain(session);
  session->file_shape = session->loaded;
  session->file_shape.data = NULL;
  if (session->loaded.dtype == CLIF_U8 || session->loaded.dtype == CLIF_F32) return TOOL_OK;
  clif_array converted;
  if (clif_array_convert(context, &session->loaded, CLIF_F32, &converted) != CLIF_OK)
    return run_complain(session);
  clif_array_free(context, &session->loaded);
  session->loaded = converted;
  return TOOL_OK;
}

static int load_labels(run_session *session) {
  const char *path = session->options->labels;
  char shape[SHAPE_TEXT_SIZE];
  if (!path) return TOOL_OK;
  if (clif_npy_read(session->context, path, &session->labels) != CLIF_OK)
    return run_complain(session);
  const clif_array *labels = &session->labels;
  if (labels->dtype != CLIF_I64 && labels->dtype != CLIF_U8)
    return complain("labels '%s' are %s; save them as int64 or uint8", path,
                    clif_dtype_name(labels->dtype));
  if (labels->ndim != 1)
    return complain("labels '%s' have shape %s; save one number for each sample", path,
                    format_shape("", labels->ndim, labels->shape, shape));
  return TOOL_OK;
}

/* The only layer of a kind; the name lives as long as the network. */
static int find_only(const run_session *session, const char *kind, const char **name) {
  const size_t count = clif_network_layer_count(session->network);
  size_t found = 0;
  for (size_t i = 0; i < count; i++) {
    clif_layer_info layer;
    if (clif_network_layer(session->network, i, &layer) != CLIF_OK) return run_complain(session);
    if (strcmp(layer.kind, kind) != 0) continue;
    *name = layer.name;
    found++;
  }
  if (found == 1) return TOOL_OK;
  return complain(
      "'%s' has %zu %s nodes, and this program runs networks with one; use the library, "
      "which can do more",
      session->options->model, found, kind);
}

static int load_network(run_session *session) {
  const run_options *options = session->options;
  const clif_status status =
      clif_nir_read(session->context, options->model, &options->nir, &session->network);
  if (status == CLIF_INVALID_ARGUMENT && options->nir.dt == 0)
    return complain("%s; --dt sets the length of a step", clif_context_error(session->context));
  if (status != CLIF_OK) return run_complain(session);
  const int code = find_only(session, "input", &session->input_layer);
  return code ? code : find_only(session, "output", &session->output_layer);
}

/* Takes the array as still images (B, shape...) or (B, elements), shown in every step. */
static bool view_images(run_session *session, const clif_shape *shape) {
  const clif_array *a = &session->loaded;
  const size_t elements = shape_count(shape);
  const bool whole = a->ndim == 1 + shape->ndim &&
                     memcmp(a->shape + 1, shape->dim, shape->ndim * sizeof *shape->dim) == 0;
  if (!whole && !(a->ndim == 2 && a->shape[1] == elements)) return false;
  const size_t dims[] = {1, a->shape[0], elements};
  session->input = clif_array_view(a->data, a->dtype, 3, dims);
  session->input.shape[0] = run_still_steps(&session->options->coding);
  session->input.strides[0] = 0;
  session->still = true;
  return true;
}

/* Takes the array as (T, B, shape...) or (T, B, elements), or of two dimensions as (T, elements) of
 * one sample: nothing else has only two, except images. */
static bool view_input(run_session *session, const clif_shape *shape) {
  const clif_array *a = &session->loaded;
  const size_t elements = shape_count(shape);
  if (session->options->coding.coding != CLIF_CODING_NONE && view_images(session, shape))
    return true;
  if (a->ndim == 2 && a->shape[1] == elements) {
    const size_t dims[] = {a->shape[0], 1, elements};
    session->input = clif_array_view(a->data, a->dtype, 3, dims);
    return true;
  }
  session->input = *a;
  if (a->ndim == 3 && a->shape[2] == elements) return true;
  return a->ndim == 2 + shape->ndim &&
         memcmp(a->shape + 2, shape->dim, shape->ndim * sizeof *shape->dim) == 0;
}

static int complain_shape(const run_session *session, const clif_shape *shape) {
  const run_options *options = session->options;
  char has[SHAPE_TEXT_SIZE], wants[SHAPE_TEXT_SIZE], still[SHAPE_TEXT_SIZE + 32] = "";
  if (options->coding.coding != CLIF_CODING_NONE) {
    format_shape("B, ", shape->ndim, shape->dim, wants);
    snprintf(still, sizeof still, ", or %s: still images", wants);
  }
  return complain(
      "input '%s' has shape %s, but the network takes %s: T steps of B samples%s; bring "
      "the array into this shape",
      options->input, format_shape("", session->loaded.ndim, session->loaded.shape, has),
      format_shape("T, B, ", shape->ndim, shape->dim, wants), still);
}

static int fit_input(run_session *session) {
  char has[SHAPE_TEXT_SIZE];
  clif_layer_info layer;
  const clif_array *file = &session->loaded;
  if (!run_find_layer(session, session->input_layer, &layer)) return run_complain(session);
  if (!view_input(session, &layer.shape)) return complain_shape(session, &layer.shape);
  if (session->options->coding.steps && !session->still)
    return complain("--steps is how long still images are shown, but input '%s' of shape %s has "
                    "%zu steps of its own; leave the option out",
                    session->options->input, format_shape("", file->ndim, file->shape, has),
                    file->shape[0]);
  session->steps = session->input.shape[0];
  session->samples = session->input.shape[1];
  return TOOL_OK;
}

static int fit_labels(const run_session *session) {
  if (!session->options->labels || session->labels.shape[0] == session->samples) return TOOL_OK;
  return complain(
      "labels '%s' have %zu entries, but input '%s' has %zu samples; bring one label for "
      "each sample",
      session->options->labels, session->labels.shape[0], session->options->input,
      session->samples);
}

static size_t at_most(size_t wanted, size_t limit) {
  return wanted == 0 || wanted > limit ? limit : wanted;
}

int run_load(run_session *session) {
  int code = device_open(session->options->device, session->options->quiet, &session->context);
  if (code == TOOL_OK) code = load_network(session);
  if (code == TOOL_OK) code = load_input(session);
  if (code == TOOL_OK) code = load_labels(session);
  if (code == TOOL_OK) code = fit_input(session);
  if (code == TOOL_OK) code = fit_labels(session);
  if (code != TOOL_OK) return code;
  session->group = at_most(session->options->batch, session->samples);
  session->chunk = at_most(session->options->chunk, session->steps);
  return TOOL_OK;
}
