/* h5_internal.h - what h5.c, h5_read.c and h5_write.c share; the only place that sees hdf5.h. */
#ifndef CLIF_IO_H5_INTERNAL_H
#define CLIF_IO_H5_INTERNAL_H

#include <hdf5.h>

#include "io/h5.h"

_Static_assert(sizeof(hid_t) == sizeof(int64_t), "clif__h5 keeps hid_t as int64_t: HDF5 >= 1.10");

enum { CLIF__H5_REASON = 256 };

/* What libhdf5 says about its last failure, from the place where it began. */
const char *clif__h5_reason(char reason[CLIF__H5_REASON]);

/* Gives an identifier of any kind back; negative ones are passed over. */
void clif__h5_drop(hid_t id);

#endif
