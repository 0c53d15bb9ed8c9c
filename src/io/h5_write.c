/* h5_write.c - groups, strings and numbers into an HDF5 file. */
#include <stdio.h>

#include "io/file.h"
#include "io/h5_internal.h"

static clif_status unwritten(clif__h5 *h5, const char *field) {
  char reason[CLIF__H5_REASON];
  return clif__h5_fail(h5, CLIF_IO, field, "cannot be written (libhdf5: %s)",
                       clif__h5_reason(reason));
}

clif_status clif__h5_make(clif__h5 *h5, const char *group, const char *label) {
  snprintf(h5->label, sizeof h5->label, "%s", label);
  clif__h5_drop(h5->group);
  h5->group = H5Gcreate2(h5->file, group, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  return h5->group >= 0 ? CLIF_OK : unwritten(h5, NULL);
}

/* Contiguous and uncompressed: every reader of HDF5 takes that. Without times, so that the same
 * network gives the same bytes. Consumes the space. */
static clif_status put(clif__h5 *h5, const char *field, hid_t file_type, hid_t memory_type,
                       hid_t space, const void *data) {
  hid_t set = -1, create = H5Pcreate(H5P_DATASET_CREATE);
  if (create >= 0 && space >= 0 && H5Pset_obj_track_times(create, false) >= 0)
    set = H5Dcreate2(h5->group, field, file_type, space, H5P_DEFAULT, create, H5P_DEFAULT);
  bool written = set >= 0 && H5Dwrite(set, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0;
  clif_status status = written ? CLIF_OK : unwritten(h5, field);
  clif__h5_drop(set);
  clif__h5_drop(create);
  clif__h5_drop(space);
  return status;
}

/* Strings of any length in UTF-8, as h5py writes them. */
static clif_status put_strings(clif__h5 *h5, const char *field, hid_t space,
                               const char *const *strings) {
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  clif_status status = put(h5, field, type, type, space, strings);
  clif__h5_drop(type);
  return status;
}

clif_status clif__h5_put_string(clif__h5 *h5, const char *field, const char *text) {
  return put_strings(h5, field, H5Screate(H5S_SCALAR), &text);
}

clif_status clif__h5_put_pairs(clif__h5 *h5, const char *field, const char *const *names,
                               size_t pairs) {
  hsize_t dims[2] = {pairs, 2};
  return put_strings(h5, field, H5Screate_simple(2, dims, NULL), names);
}

clif_status clif__h5_put_numbers(clif__h5 *h5, const char *field, clif_dtype dtype, unsigned ndim,
                                 const size_t *shape, const void *data) {
  hsize_t dims[CLIF_MAX_SHAPE];
  for (unsigned i = 0; i < ndim; i++) dims[i] = shape[i];
  hid_t space = ndim ? H5Screate_simple((int)ndim, dims, NULL) : H5Screate(H5S_SCALAR);
  hid_t in_file = dtype == CLIF_I64   ? H5T_STD_I64LE
                  : dtype == CLIF_F32 ? H5T_IEEE_F32LE
                                      : H5T_IEEE_F64LE;
  hid_t in_memory = dtype == CLIF_I64   ? H5T_NATIVE_INT64
                    : dtype == CLIF_F32 ? H5T_NATIVE_FLOAT
                                        : H5T_NATIVE_DOUBLE;
  return put(h5, field, in_file, in_memory, space, data);
}

clif_status clif__h5_save(clif__h5 *h5) {
  clif_status status = CLIF_OK;
  clif__file file;
  ssize_t size =
      H5Fflush(h5->file, H5F_SCOPE_LOCAL) >= 0 ? H5Fget_file_image(h5->file, NULL, 0) : -1;
  if (size <= 0) return unwritten(h5, NULL);
  void *image = clif__calloc(h5->ctx, (size_t)size, 1);
  if (!image) return CLIF_OUT_OF_MEMORY;
  if (H5Fget_file_image(h5->file, image, (size_t)size) != size) {
    clif__free(h5->ctx, image);
    return unwritten(h5, NULL);
  }
  status = clif__file_create(h5->ctx, h5->path, &file);
  if (status == CLIF_OK) {
    status = clif__file_write(&file, image, (size_t)size);
    if (status == CLIF_OK) status = clif__file_commit(&file);
    clif__file_abandon(&file);
  }
  clif__free(h5->ctx, image);
  return status;
}
