/* ways.c - how command lines name the ways of a linear layer and those who multiply for it. */
#include "ways.h"

#include <string.h>

#include "arguments.h"
#include "message.h"

const char *const way_names[N_WAYS] = {"dense", "events", "auto"};

static const char *const dense_names[] = {
    [CLIF_DENSE_AUTO] = "auto", [CLIF_DENSE_CLBLAST] = "clblast", [CLIF_DENSE_CBLAS] = "cblas"};

enum { N_DENSE = sizeof dense_names / sizeof *dense_names };

clif_linear_way way_to_library(linear_way way) {
  static const clif_linear_way ways[N_WAYS] = {CLIF_LINEAR_DENSE, CLIF_LINEAR_EVENTS,
                                               CLIF_LINEAR_AUTO};
  return ways[way];
}

int set_ways(const char *command, const char *text, bool ways[N_WAYS]) {
  memset(ways, 0, N_WAYS * sizeof *ways);
  if (choose_words(text, way_names, N_WAYS, ways)) return TOOL_OK;
  return complain_usage(command, "--linear is a list of dense, events and auto, not '%s'", text);
}

/* The index of a name; n where it is none. */
static size_t find_name(const char *text, const char *const *names, size_t n) {
  size_t i = 0;
  while (i < n && strcmp(text, names[i]) != 0) i++;
  return i;
}

int set_way(const char *command, const char *text, linear_way *out) {
  const size_t found = find_name(text, way_names, N_WAYS);
  if (found == N_WAYS)
    return complain_usage(command, "--linear is dense, events or auto, not '%s'", text);
  *out = (linear_way)found;
  return TOOL_OK;
}

int set_dense(const char *command, const char *text, clif_dense_by *out) {
  const size_t found = find_name(text, dense_names, N_DENSE);
  if (found == N_DENSE)
    return complain_usage(command, "--dense is auto, clblast or cblas, not '%s'", text);
  *out = (clif_dense_by)found;
  return TOOL_OK;
}

const char *dense_name(clif_dense_by dense) {
  return dense_names[dense];
}
