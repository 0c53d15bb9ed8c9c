/* nir.h - what the parts of the NIR reader share. */
#ifndef CLIF_IO_NIR_H
#define CLIF_IO_NIR_H

#include "clif/nir.h"
#include "io/h5.h"

/* The range of the time steps that the nodes suggest; one step if they agree. */
typedef struct clif__nir_suggestion {
  double low, high; /* 0: nothing suggested */
} clif__nir_suggestion;

typedef struct clif__nir_kind clif__nir_kind;

typedef struct clif__nir_node {
  const char *name;
  const clif__nir_kind *kind;
} clif__nir_node;

typedef struct clif__nir_reader {
  clif_context *ctx;
  clif_nir_options options;
  clif__h5 h5;
  clif_network *net;
  clif__names names, edges;
  clif__nir_node *nodes;         /* one per name */
  const char *timed;             /* the first node that needs dt; NULL for none */
  clif__nir_suggestion gain_one; /* r = tau/dt, so that an input of 1 adds 1; of an IF r = 1/dt */
  clif__nir_suggestion rockpool; /* r = tau/dt - 1 */
} clif__nir_reader;

/* What is done with a node of a type; the reader's session has entered its group. */
struct clif__nir_kind {
  const char *type;
  /* Looks for what the node says about dt; NULL where it says nothing. */
  clif_status (*survey)(clif__nir_reader *r, const char *name);
  clif_status (*add)(clif__nir_reader *r, const char *name);
};

/* ---- nir_nodes.c ---- */

/* NULL for a type that is not read. */
const clif__nir_kind *clif__nir_find_kind(const char *type);
/* CLIF_UNSUPPORTED, with the types that are read. */
clif_status clif__nir_unknown_kind(clif__nir_reader *r, const char *type);
/* The builder's sentences name the layer: puts the file before them. */
clif_status clif__nir_in_file(clif__nir_reader *r, clif_status status);

/* ---- nir_dt.c ---- */

void clif__nir_suggest(clif__nir_suggestion *s, double dt);
/* After all surveys: is there a dt where one is needed, and is it one that the file suggests? */
clif_status clif__nir_check_dt(clif__nir_reader *r);

#endif
