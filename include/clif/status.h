/* status.h - what a call can answer. One table makes the enum, the names and the texts. */
#ifndef CLIF_STATUS_H
#define CLIF_STATUS_H

#include "api.h"

/* X(name, value, text). Values are part of the ABI: append, never renumber. */
#define CLIF_STATUS_TABLE(X)                                                                       \
  X(OK, 0, "success")                                                                              \
  X(INVALID_ARGUMENT, 1, "an argument is outside its allowed range")                               \
  X(SHAPE, 2, "shapes, element types or names do not fit together")                                \
  X(STATE, 3, "the call does not fit the object's present state")                                  \
  X(NOT_FINITE, 4, "the input holds a NaN or an infinity")                                         \
  X(UNSUPPORTED, 5, "understood, but this version cannot do it")                                   \
  X(OUT_OF_MEMORY, 6, "the host refused memory")                                                   \
  X(OUT_OF_DEVICE_MEMORY, 7, "it does not fit into the device's memory or under the cap")          \
  X(NO_DEVICE, 8, "no OpenCL device, or none that matches")                                        \
  X(BUILD, 9, "an OpenCL program did not build")                                                   \
  X(OPENCL, 10, "an OpenCL call failed")                                                           \
  X(CLBLAST, 11, "a CLBlast call failed")                                                          \
  X(IO, 12, "a file could not be opened, read or written")                                         \
  X(FORMAT, 13, "a file's content is not what it should be")                                       \
  X(CANCELLED, 14, "the caller's progress function asked to stop")

typedef enum clif_status {
#define CLIF_STATUS_ENUM(name, value, text) CLIF_##name = value,
  CLIF_STATUS_TABLE(CLIF_STATUS_ENUM)
#undef CLIF_STATUS_ENUM
} clif_status;

#ifdef __cplusplus
extern "C" {
#endif

/* "CLIF_SHAPE" and the like; "CLIF_?" for a number that is no status. Static storage, any thread.
 */
CLIF_API const char *clif_status_name(clif_status status);

/* What the status means in general, in half a sentence. The particular case is in
 * clif_context_error(). Static storage, any thread. */
CLIF_API const char *clif_status_text(clif_status status);

#ifdef __cplusplus
}
#endif
#endif
