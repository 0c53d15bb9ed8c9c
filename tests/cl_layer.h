/* cl_layer.h - an OpenCL loader layer that counts calls, finds leaks and injects faults.
 *
 * The OpenCL loader puts the layer between a program and the driver when the variable
 * OPENCL_LAYERS names its file. Tests called layer_NAME.c are run so, and are linked to the same
 * file: what they call here is the layer that the loader uses. Calls that a driver makes inside
 * itself are not seen; CLBlast's are. Everything counts from the last cl_layer_reset(), except
 * what is alive. Any thread may call; the answers make sense when no OpenCL call is under way. */
#ifndef CLIF_TEST_CL_LAYER_H
#define CLIF_TEST_CL_LAYER_H

#include <stdint.h>

/* 1 when the loader uses the layer; 0 when it knows no layers (ocl-icd before 2.3.0). */
int cl_layer_active(void);

/* All counts to 0, no fault to come. Objects stay counted. */
void cl_layer_reset(void);

/* ---- census ---- */

/* Calls of a function, "clFinish"; those that failed count too. -1: a function that the layer does
 * not watch. */
long cl_layer_count(const char *function);

/* Calls that make the host wait: clFinish, clWaitForEvents, blocking reads, writes and maps. */
long cl_layer_blocking(void);

/* Bytes asked for by clEnqueueRead... and clEnqueueWrite..., rectangles too. */
uint64_t cl_layer_bytes_read(void);
uint64_t cl_layer_bytes_written(void);

/* Prints all counts that are not 0, and what is alive, to stderr. */
void cl_layer_print(void);

/* ---- leaks ---- */

/* References held: created and retained minus released, since the program started. `kind` is
 * "context", "queue", "buffer", "program", "kernel" or "event"; NULL: all together. -1: none of
 * these. */
long cl_layer_live(const char *kind);

/* ---- faults ---- */

/* Of the calls that can fail, the n-th from now (1: the next) fails with a code that fits it, and
 * with `persistent` every later one as well. n 0: none. Retaining and releasing never fails.
 * clFinish and clWaitForEvents do wait before they answer with the failure, as the host's memory
 * would otherwise still be in use; what was mapped is unmapped all the same, as the driver would
 * otherwise keep it for ever. */
void cl_layer_fail_at(long n, int persistent);

/* Calls that can fail, since the last cl_layer_reset() or cl_layer_fail_at(). */
long cl_layer_fallible(void);

/* The function that was made to fail first since cl_layer_fail_at(); NULL: none yet. */
const char *cl_layer_failed(void);

#endif
