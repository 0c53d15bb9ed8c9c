/* ways.c - how command lines name the ways of a linear layer and those who multiply for it. */
#include "ways.h"

#include <string.h>

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

int read_ways(const char *text, void *out) {
  bool *ways = out;
  memset(ways, 0, N_WAYS * sizeof *ways);
  return choose_words(text, way_names, N_WAYS, ways) ? TOOL_OK : TOOL_USAGE;
}

/* The index of a name; n where it is none. */
static size_t find_name(const char *text, const char *const *names, size_t n) {
  size_t i = 0;
  while (i < n && strcmp(text, names[i]) != 0) i++;
  return i;
}

int read_way(const char *text, void *out) {
  const size_t found = find_name(text, way_names, N_WAYS);
  if (found == N_WAYS) return TOOL_USAGE;
  *(linear_way *)out = (linear_way)found;
  return TOOL_OK;
}

int read_dense(const char *text, void *out) {
  const size_t found = find_name(text, dense_names, N_DENSE);
  if (found == N_DENSE) return TOOL_USAGE;
  *(clif_dense_by *)out = (clif_dense_by)found;
  return TOOL_OK;
}

const char *dense_name(clif_dense_by dense) {
  return dense_names[dense];
}
