/* run_record.c - what is kept of a run: asked of the network, held in arrays, written to files. */
#include <stdlib.h>
#include <string.h>

#include "run.h"

/* The recording of this quantity, added where it is not there yet; the room was taken before. */
static int add_recording(run_session *session, const char *layer, clif_quantity quantity,
                         size_t *index) {
  for (size_t i = 0; i < session->n_recordings; i++) {
    const recording *known = &session->recordings[i];
    if (known->quantity != quantity || !known->layer || strcmp(known->layer, layer) != 0) continue;
    *index = i;
    return TOOL_OK;
  }
  if (clif_network_record(session->network, layer, quantity) != CLIF_OK)
    return run_complain(session);
  *index = session->n_recordings++;
  session->recordings[*index] = (recording){.layer = layer, .quantity = quantity};
  return TOOL_OK;
}

/* Finds the layer whose name is `text` without its last `cut` bytes. */
static bool find_cut(const run_session *session, const char *text, size_t cut,
                     clif_layer_info *layer) {
  const size_t length = strlen(text) - cut;
  const size_t count = clif_network_layer_count(session->network);
  for (size_t i = 0; i < count; i++)
    if (clif_network_layer(session->network, i, layer) == CLIF_OK &&
        strlen(layer->name) == length && memcmp(layer->name, text, length) == 0)
      return true;
  return false;
}

/* A name may have dots of its own, so that the whole of it is tried before an ending. */
static int resolve_node(const run_session *session, const char *node, const char **layer,
                        clif_quantity *quantity) {
  static const struct {
    const char *ending;
    clif_quantity quantity;
  } endings[] = {{"", CLIF_OUTPUT}, {".v", CLIF_V}, {".v_pre", CLIF_V_PRE}, {".th", CLIF_TH}};
  const size_t length = strlen(node);
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    const size_t cut = strlen(endings[i].ending);
    clif_layer_info found;
    if (length <= cut || strcmp(node + length - cut, endings[i].ending) != 0) continue;
    if (!find_cut(session, node, cut, &found)) continue;
    *layer = found.name;
    *quantity = endings[i].quantity;
    return TOOL_OK;
  }
  return TOOL_FAILED;
}

/* The names there are, in the sentence about one that is not. */
static int complain_node(const run_session *session, const char *node) {
  char names[1024] = "";
  size_t used = 0;
  const size_t count = clif_network_layer_count(session->network);
  for (size_t i = 0; i < count && used < sizeof names; i++) {
    clif_layer_info layer;
    if (clif_network_layer(session->network, i, &layer) != CLIF_OK) break;
    used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", layer.name);
  }
  return complain("--record: the network has no node '%s'; it has %s%s", node, names,
                  used < sizeof names ? "" : "...");
}

int run_record_request(run_session *session) {
  const run_options *options = session->options;
  const size_t most = options->n_records + 1; /* all of --record, and the output layer */
  session->recordings = calloc(most, sizeof *session->recordings);
  session->record_of = calloc(most, sizeof *session->record_of);
  session->bindings = calloc(most, sizeof *session->bindings);
  if (!session->recordings || !session->record_of || !session->bindings)
    return complain("no memory; close other programs and try again");
  for (size_t i = 0; i < options->n_records; i++) {
    const char *layer;
    clif_quantity quantity;
    if (resolve_node(session, options->records[i].node, &layer, &quantity) != TOOL_OK)
      return complain_node(session, options->records[i].node);
    const int code = add_recording(session, layer, quantity, &session->record_of[i]);
    if (code != TOOL_OK) return code;
  }
  session->out_record = most;
  if (!options->out && !options->labels) return TOOL_OK;
  return add_recording(session, session->output_layer, CLIF_OUTPUT, &session->out_record);
}

int run_record_create(run_session *session) {
  for (size_t i = 0; i < session->n_recordings; i++) {
    recording *record = &session->recordings[i];
    clif_layer_info layer;
    if (!run_find_layer(session, record->layer, &layer)) return run_complain(session);
    const bool is_spikes = record->quantity == CLIF_OUTPUT && layer.spiking;
    size_t shape[CLIF_MAX_DIMS] = {session->steps, session->samples};
    memcpy(shape + 2, layer.shape.dim, layer.shape.ndim * sizeof *shape);
    if (clif_array_create(session->context, is_spikes ? CLIF_U8 : CLIF_F32, 2 + layer.shape.ndim,
                          shape, &record->array) != CLIF_OK)
      return run_complain(session);
  }
  return TOOL_OK;
}

static int write_one(const run_session *session, const char *path, size_t index) {
  const clif_array *array = &session->recordings[index].array;
  return clif_npy_write(session->context, path, array) == CLIF_OK ? TOOL_OK : run_complain(session);
}

int run_record_write(const run_session *session) {
  const run_options *options = session->options;
  int code = options->out ? write_one(session, options->out, session->out_record) : TOOL_OK;
  for (size_t i = 0; code == TOOL_OK && i < options->n_records; i++)
    code = write_one(session, options->records[i].path, session->record_of[i]);
  return code;
}
