/* nir.h - networks as NIR files (Neuromorphic Intermediate Representation, HDF5).
 *
 * Read and written: Input, Output, Affine, Linear, Scale, Flatten, LIF, IF, LI, in graphs without
 * cycles. A NIR file says nothing about dt, the reset's kind or the comparison: dt is asked for, a
 * NIR neuron fires where v > threshold and resets to v_reset (0 where the file has none).
 * Numbers may be float32, float64 or integers, stored contiguous or compressed.
 *
 * libhdf5 is not safe against hostile files: see SECURITY.md. Calls from several threads wait for
 * one another. */
#ifndef CLIF_NIR_H
#define CLIF_NIR_H

#include "network.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum clif_nir_compat {
  CLIF_NIR_PLAIN = 0,
  /* As snnTorch imports NIR, with reset "zero" in the same step. That is the same step as here, but
   * snnTorch has neither leak potential nor reset value: files with one other than 0 are refused.
   */
  CLIF_NIR_SNNTORCH = 1
} clif_nir_compat;

/* What r means in an IF node: files disagree. */
typedef enum clif_nir_if_gain {
  CLIF_NIR_IF_AUTO = 0, /* v + I*r where all r are 1 (as Sinabs writes it), else v + I*r*dt */
  CLIF_NIR_IF_R = 1,    /* v + I*r */
  CLIF_NIR_IF_DT_R = 2  /* v + I*r*dt, as the specification says */
} clif_nir_if_gain;

/* Set `size` and zero the rest for the defaults. */
typedef struct clif_nir_options {
  size_t size;
  double dt; /* in the file's unit of time; needed (> 0) as soon as a node has a time constant */
  clif_nir_compat compat;
  clif_nir_if_gain if_gain;
} clif_nir_options;

/* Reads a file into a new network, ready for clif_network_record() and clif_network_prepare().
 * What the file suggests for dt goes to the context's log as information.
 * Returns CLIF_OK, CLIF_IO, CLIF_FORMAT (which node, what is wrong), CLIF_UNSUPPORTED (a node's
 * type, a cycle), CLIF_SHAPE, CLIF_INVALID_ARGUMENT (dt missing; a parameter out of range),
 * CLIF_OUT_OF_MEMORY; *out is NULL on failure. */
CLIF_NODISCARD CLIF_API clif_status clif_nir_read(clif_context *context, const char *path,
                                                  const clif_nir_options *options,
                                                  clif_network **out);

/* Writes a network, prepared or not. The file appears whole or not at all. options->dt is used to
 * write an IF's r (r/dt, unless all are 1) and is needed only there.
 * Returns CLIF_OK, CLIF_UNSUPPORTED (relu; a reset that NIR cannot express), CLIF_SHAPE (shapes do
 * not fit together), CLIF_IO, CLIF_INVALID_ARGUMENT, CLIF_OUT_OF_MEMORY. That NIR has no `>=` goes
 * to the log as a warning. */
CLIF_NODISCARD CLIF_API clif_status clif_nir_write(const clif_network *network, const char *path,
                                                   const clif_nir_options *options);

#ifdef __cplusplus
}
#endif
#endif
