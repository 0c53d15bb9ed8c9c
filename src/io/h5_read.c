/* h5_read.c - groups, strings and numbers out of an HDF5 file. */
#include <stdio.h>
#include <string.h>

#include "io/h5_internal.h"

#define AGAIN "export the network again"

static clif_status unreadable(clif__h5 *h5, const char *field) {
  char reason[CLIF__H5_REASON];
  return clif__h5_fail(h5, CLIF_FORMAT, field,
                       "cannot be read (libhdf5: %s); the file is damaged: copy or export it again",
                       clif__h5_reason(reason));
}

/* ---- objects ---- */

/* Opens what a name stands for, unless it leads out of its group: a link may name any file. */
static clif_status open_object(clif__h5 *h5, const char *name, const char *field, H5I_type_t wanted,
                               hid_t *out) {
  H5L_info_t link;
  hid_t from = name[0] == '/' ? h5->file : h5->group;
  const char *kind = wanted == H5I_GROUP ? "group" : "dataset";
  *out = -1;
  if (H5Lexists(from, name, H5P_DEFAULT) <= 0)
    return clif__h5_fail(h5, CLIF_FORMAT, field, "is missing; it should be a %s: " AGAIN, kind);
  if (H5Lget_info(from, name, &link, H5P_DEFAULT) < 0) return unreadable(h5, field);
  if (link.type != H5L_TYPE_HARD)
    return clif__h5_fail(h5, CLIF_UNSUPPORTED, field,
                         "is a link, which is not followed; put a copy of what it names there");
  *out = H5Oopen(from, name, H5P_DEFAULT);
  if (*out < 0) return unreadable(h5, field);
  if (H5Iget_type(*out) == wanted) return CLIF_OK;
  clif__h5_drop(*out);
  *out = -1;
  return clif__h5_fail(h5, CLIF_FORMAT, field, "is not a %s, as it should be; " AGAIN, kind);
}

clif_status clif__h5_enter(clif__h5 *h5, const char *group, const char *label) {
  hid_t opened;
  clif__h5_drop(h5->group);
  h5->group = -1;
  snprintf(h5->label, sizeof h5->label, "%s", label);
  CLIF_TRY(open_object(h5, group, NULL, H5I_GROUP, &opened));
  h5->group = opened;
  return CLIF_OK;
}

bool clif__h5_has(clif__h5 *h5, const char *field) {
  return H5Lexists(h5->group, field, H5P_DEFAULT) > 0;
}

/* ---- children ---- */

typedef struct collector {
  clif__h5 *h5;
  clif__names *names;
  clif_status status;
} collector;

static clif_status collect(clif__h5 *h5, const char *name, clif__names *names) {
  hid_t child;
  CLIF_TRY(open_object(h5, name, name, H5I_GROUP, &child));
  clif__h5_drop(child);
  char **grown = clif__realloc(h5->ctx, names->name, names->count + 1, sizeof *grown);
  if (!grown) return CLIF_OUT_OF_MEMORY;
  names->name = grown;
  grown[names->count] = clif__strdup(h5->ctx, name);
  if (!grown[names->count]) return CLIF_OUT_OF_MEMORY;
  names->count++;
  return CLIF_OK;
}

static herr_t on_child(hid_t group, const char *name, const H5L_info_t *link, void *user) {
  (void)group, (void)link;
  collector *c = user;
  c->status = collect(c->h5, name, c->names);
  return c->status == CLIF_OK ? H5_ITER_CONT : H5_ITER_STOP;
}

clif_status clif__h5_groups(clif__h5 *h5, clif__names *out) {
  unsigned tracked = 0;
  hsize_t at = 0;
  *out = (clif__names){0};
  collector c = {h5, out, CLIF_OK};
  hid_t plist = H5Gget_create_plist(h5->group);
  if (plist < 0 || H5Pget_link_creation_order(plist, &tracked) < 0) tracked = 0;
  clif__h5_drop(plist);
  H5_index_t index = tracked & H5P_CRT_ORDER_TRACKED ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  herr_t answer = H5Literate(h5->group, index, H5_ITER_INC, &at, on_child, &c);
  if (answer < 0 && c.status == CLIF_OK) c.status = unreadable(h5, NULL);
  if (c.status != CLIF_OK) clif__names_free(h5->ctx, out);
  return c.status;
}

/* ---- datasets ---- */

typedef struct dataset {
  hid_t id, type, space, plist;
  H5T_class_t class;
  size_t element; /* bytes in the file */
  unsigned ndim;
  size_t shape[CLIF_MAX_SHAPE];
  size_t count;
} dataset;

static void close_dataset(dataset *d) {
  clif__h5_drop(d->plist);
  clif__h5_drop(d->space);
  clif__h5_drop(d->type);
  clif__h5_drop(d->id);
}

static clif_status measure(clif__h5 *h5, const char *field, dataset *d) {
  hsize_t dims[H5S_MAX_RANK];
  int ndim = H5Sget_simple_extent_ndims(d->space);
  if (H5Sget_simple_extent_type(d->space) == H5S_NULL)
    return clif__h5_fail(h5, CLIF_FORMAT, field, "holds nothing; " AGAIN);
  if (ndim < 0 || H5Sget_simple_extent_dims(d->space, dims, NULL) < 0) return unreadable(h5, field);
  if (ndim > CLIF_MAX_SHAPE)
    return clif__h5_fail(h5, CLIF_FORMAT, field,
                         "has %d dimensions, and at most %d are read; " AGAIN, ndim,
                         CLIF_MAX_SHAPE);
  d->ndim = (unsigned)ndim;
  d->count = 1;
  for (unsigned i = 0; i < d->ndim; i++) {
    d->shape[i] = (size_t)dims[i];
    if (dims[i] > SIZE_MAX || !clif__multiply(d->count, d->shape[i], &d->count))
      return clif__h5_fail(h5, CLIF_FORMAT, field, "has a shape too large to count; " AGAIN);
  }
  return CLIF_OK;
}

/* Refuses sizes that the file cannot hold, before memory is taken for them. */
static clif_status check_size(clif__h5 *h5, const char *field, const dataset *d) {
  enum { MOST_BY_DEFLATE = 1100 }; /* deflate shrinks at best 1032 times */
  size_t bytes;
  uint64_t stored = H5Dget_storage_size(d->id);
  bool filtered = H5Pget_layout(d->plist) == H5D_CHUNKED && H5Pget_nfilters(d->plist) > 0;
  if (H5Pget_external_count(d->plist) > 0 || H5Pget_layout(d->plist) == H5D_VIRTUAL)
    return clif__h5_fail(h5, CLIF_UNSUPPORTED, field,
                         "keeps its values in another file; copy them into this one (h5repack)");
  if (stored > h5->bytes) stored = h5->bytes;
  if (clif__multiply(d->count, d->element, &bytes) &&
      (filtered ? bytes / MOST_BY_DEFLATE : bytes) <= stored && (stored > 0 || bytes == 0))
    return CLIF_OK;
  return clif__h5_fail(
      h5, CLIF_FORMAT, field,
      "claims %zu values of %zu bytes, but only %llu bytes are stored: the file is "
      "cut short or damaged; " AGAIN,
      d->count, d->element, (unsigned long long)stored);
}

static clif_status open_dataset(clif__h5 *h5, const char *field, dataset *d) {
  clif_status status = CLIF_OK;
  *d = (dataset){.id = -1, .type = -1, .space = -1, .plist = -1};
  CLIF_TRY(open_object(h5, field, field, H5I_DATASET, &d->id));
  d->type = H5Dget_type(d->id);
  d->space = H5Dget_space(d->id);
  d->plist = H5Dget_create_plist(d->id);
  d->element = d->type >= 0 ? H5Tget_size(d->type) : 0;
  d->class = d->type >= 0 ? H5Tget_class(d->type) : H5T_NO_CLASS;
  if (d->space < 0 || d->plist < 0 || d->element == 0) {
    status = unreadable(h5, field);
    goto fail;
  }
  CLIF_TRY_OR_FAIL(measure(h5, field, d));
  CLIF_TRY_OR_FAIL(check_size(h5, field, d));
  return CLIF_OK;

fail:
  close_dataset(d);
  return status;
}

/* ---- strings ---- */

/* The type to read strings as: of any length, or of `size` bytes with the ending zero. */
static hid_t memory_string(const dataset *d, size_t size) {
  hid_t type = H5Tcopy(H5T_C_S1);
  if (H5Tset_size(type, size) >= 0 && H5Tset_cset(type, H5Tget_cset(d->type)) >= 0) return type;
  clif__h5_drop(type);
  return -1;
}

static clif_status read_variable(clif__h5 *h5, const char *field, const dataset *d, char **names) {
  clif_status status = CLIF_OK;
  hid_t type = memory_string(d, H5T_VARIABLE);
  char **raw = clif__calloc(h5->ctx, d->count, sizeof *raw);
  if (!raw) {
    status = CLIF_OUT_OF_MEMORY;
    goto fail;
  }
  if (type < 0 || H5Dread(d->id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw) < 0) {
    status = unreadable(h5, field);
    goto fail;
  }
  for (size_t i = 0; i < d->count && status == CLIF_OK; i++) {
    names[i] = clif__strdup(h5->ctx, raw[i] ? raw[i] : "");
    if (!names[i]) status = CLIF_OUT_OF_MEMORY;
  }
  H5Dvlen_reclaim(type, d->space, H5P_DEFAULT, raw);

fail:
  clif__free(h5->ctx, raw);
  clif__h5_drop(type);
  return status;
}

static clif_status read_fixed(clif__h5 *h5, const char *field, const dataset *d, char **names) {
  clif_status status = CLIF_OK;
  size_t size = d->element + 1;
  hid_t type = memory_string(d, size);
  char *raw = clif__calloc(h5->ctx, d->count, size);
  if (!raw) {
    status = CLIF_OUT_OF_MEMORY;
    goto fail;
  }
  if (type < 0 || H5Dread(d->id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw) < 0) {
    status = unreadable(h5, field);
    goto fail;
  }
  for (size_t i = 0; i < d->count && status == CLIF_OK; i++) {
    names[i] = clif__strdup(h5->ctx, raw + i * size);
    if (!names[i]) status = CLIF_OUT_OF_MEMORY;
  }

fail:
  clif__free(h5->ctx, raw);
  clif__h5_drop(type);
  return status;
}

static clif_status read_strings(clif__h5 *h5, const char *field, const dataset *d,
                                clif__names *out) {
  clif_status status = CLIF_OK;
  out->name = clif__calloc(h5->ctx, d->count, sizeof *out->name);
  if (!out->name) return CLIF_OUT_OF_MEMORY;
  out->count = d->count;
  if (H5Tis_variable_str(d->type) > 0)
    CLIF_TRY_OR_FAIL(read_variable(h5, field, d, out->name));
  else
    CLIF_TRY_OR_FAIL(read_fixed(h5, field, d, out->name));
  return CLIF_OK;

fail:
  clif__names_free(h5->ctx, out);
  return status;
}

clif_status clif__h5_string(clif__h5 *h5, const char *field, char **out) {
  dataset d;
  clif__names names = {0};
  *out = NULL;
  CLIF_TRY(open_dataset(h5, field, &d));
  clif_status status;
  if (d.class != H5T_STRING || d.count != 1)
    status = clif__h5_fail(h5, CLIF_FORMAT, field, "should be one string; " AGAIN);
  else
    status = read_strings(h5, field, &d, &names);
  if (names.count == 1) *out = names.name[0];
  clif__free(h5->ctx, names.name);
  close_dataset(&d);
  return status;
}

clif_status clif__h5_pairs(clif__h5 *h5, const char *field, clif__names *out) {
  dataset d;
  *out = (clif__names){0};
  CLIF_TRY(open_dataset(h5, field, &d));
  clif_status status;
  if (d.count == 0)
    status = clif__h5_fail(h5, CLIF_FORMAT, field,
                           "is empty, so nothing leads from node to node; " AGAIN);
  else if (d.class != H5T_STRING || d.ndim != 2 || d.shape[1] != 2)
    status = clif__h5_fail(h5, CLIF_FORMAT, field,
                           "should be pairs of names (a string array of shape (n, 2)); " AGAIN);
  else
    status = read_strings(h5, field, &d, out);
  close_dataset(&d);
  return status;
}

/* ---- numbers ---- */

/* NumPy's bool is stored as an enum over a byte. */
static bool is_number(const dataset *d) {
  return d->class == H5T_INTEGER || d->class == H5T_FLOAT || d->class == H5T_ENUM;
}

clif_status clif__h5_numbers(clif__h5 *h5, const char *field, clif_dtype dtype,
                             clif__numbers *out) {
  clif_status status = CLIF_OK;
  dataset d;
  *out = (clif__numbers){.dtype = dtype};
  CLIF_TRY(open_dataset(h5, field, &d));
  if (!is_number(&d) || d.count == 0) {
    status = clif__h5_fail(h5, CLIF_FORMAT, field, "%s; " AGAIN,
                           d.count == 0 ? "is empty" : "should hold numbers");
    goto fail;
  }
  out->ndim = d.ndim;
  memcpy(out->shape, d.shape, sizeof out->shape);
  out->count = d.count;
  out->data = clif__calloc(h5->ctx, d.count, clif_dtype_size(dtype));
  if (!out->data) {
    status = CLIF_OUT_OF_MEMORY;
    goto fail;
  }
  hid_t type = dtype == CLIF_F32 ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
  if (H5Dread(d.id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out->data) < 0) {
    status = unreadable(h5, field);
    goto fail;
  }
  close_dataset(&d);
  return CLIF_OK;

fail:
  clif__numbers_free(h5->ctx, out);
  close_dataset(&d);
  return status;
}
