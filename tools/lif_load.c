/* lif_load.c - opens the device, reads the input file, and settles how much is to be run. */
#include "device.h"
#include "lif.h"
#include "progress.h"
#include "size.h"

int lif_complain(const lif_session *session) {
  return complain("%s", clif_context_error(session->context));
}

/* Whether the file's values are given to the group as they are. */
static bool used_as_it_is(const lif_session *session) {
  const lif_input *input = &session->options->input;
  return input->source == LIF_FILE && !input->relu && input->noise == 0 &&
         session->file_shape.ndim > 1;
}

/* Groups take uint8 and float32; other numbers become float32, and so do those that change here. */
static int load_file(lif_session *session) {
  clif_context *context = session->context;
  if (clif_npy_read(context, session->options->input.text, &session->loaded) != CLIF_OK)
    return lif_complain(session);
  session->file_shape = session->loaded;
  session->file_shape.data = NULL;
  const clif_dtype dtype = session->loaded.dtype;
  if (dtype == CLIF_F32 || (dtype == CLIF_U8 && used_as_it_is(session))) return TOOL_OK;
  clif_array converted;
  if (clif_array_convert(context, &session->loaded, CLIF_F32, &converted) != CLIF_OK)
    return lif_complain(session);
  clif_array_free(context, &session->loaded);
  session->loaded = converted;
  return TOOL_OK;
}

/* A number that the file has, and perhaps an option as well. */
static int settle(const lif_session *session, const char *option, size_t wanted, size_t has,
                  size_t *out) {
  char shape[SHAPE_TEXT_SIZE];
  const clif_array *file = &session->file_shape;
  *out = has;
  if (wanted == 0 || wanted == has) return TOOL_OK;
  return complain("%s %zu does not fit input '%s' of shape %s, which has %zu; leave the option out",
                  option, wanted, session->options->input.text,
                  format_shape("", file->ndim, file->shape, shape), has);
}

static int fit_file(lif_session *session) {
  const lif_options *options = session->options;
  const clif_array *file = &session->loaded;
  char shape[SHAPE_TEXT_SIZE];
  if (file->ndim > 3)
    return complain("input '%s' has shape %s, but neurons take (T, B, n), (T, n) or (T,): T steps "
                    "of B samples of n neurons; bring the array into this shape",
                    options->input.text, format_shape("", file->ndim, file->shape, shape));
  int code = settle(session, "--steps", options->steps, file->shape[0], &session->steps);
  if (file->ndim == 1) return code;
  if (code == TOOL_OK)
    code = settle(session, "--batch", options->batch, file->ndim == 3 ? file->shape[1] : 1,
                  &session->samples);
  if (code == TOOL_OK)
    code = settle(session, "--neurons", options->neurons, file->shape[file->ndim - 1],
                  &session->neurons);
  if (code == TOOL_OK && used_as_it_is(session)) {
    const size_t dims[] = {session->steps, session->samples, session->neurons};
    session->ready = clif_array_view(file->data, file->dtype, 3, dims);
  }
  return code;
}

/* So that no product of them overflows anywhere. */
static int check_size(const lif_session *session) {
  enum { LARGEST_ITEM = 8 };
  const size_t limit = SIZE_MAX / LARGEST_ITEM;
  if (session->samples <= limit / session->neurons &&
      session->steps <= limit / session->neurons / session->samples)
    return TOOL_OK;
  return complain("%zu neurons x %zu samples x %zu steps are more than can be counted; run less",
                  session->neurons, session->samples, session->steps);
}

/* Steps of which input and spikes take about 64 MiB. */
static size_t choose_chunk(const lif_session *session) {
  const size_t budget = (size_t)64 << 20;
  const lif_input *input = &session->options->input;
  const bool drawn = !session->ready.ndim && (input->source != LIF_CONST || input->noise > 0);
  const size_t row = drawn ? session->neurons * sizeof(float)
                           : clif_spike_words(session->neurons) * sizeof(uint32_t);
  size_t chunk = budget / session->samples / row;
  if (chunk == 0) chunk = 1;
  if (session->options->chunk && session->options->chunk < chunk) chunk = session->options->chunk;
  return chunk < session->steps ? chunk : session->steps;
}

int lif_load(lif_session *session) {
  const lif_options *options = session->options;
  session->neurons = options->neurons ? options->neurons : 1000;
  session->samples = options->batch ? options->batch : 1;
  session->steps = options->steps ? options->steps : 100;
  int code = device_open(options->device, options->quiet, &session->context);
  if (code == TOOL_OK && options->input.source == LIF_FILE) {
    const double started = seconds_now();
    code = load_file(session);
    if (code == TOOL_OK)
      progress_log("loaded '%s' in %.3g s", options->input.text, seconds_now() - started);
    if (code == TOOL_OK) code = fit_file(session);
  }
  if (code == TOOL_OK) code = check_size(session);
  session->needs_spikes =
      !options->quiet || options->outputs[LIF_SPIKES] || options->outputs[LIF_SPIKE_BITS];
  if (code == TOOL_OK) session->chunk = choose_chunk(session);
  return code;
}
