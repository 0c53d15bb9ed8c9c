/* h5.c - the session with libhdf5: lock, open, close, groups, sentences. */
#include "io/h5.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "io/file.h"
#include "io/h5_internal.h"

/* ---- lock and silence ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static H5E_auto2_t old_handler; /* guarded by the lock, as are the next two */
static void *old_data;
static bool silenced;

static void begin(void) {
  pthread_mutex_lock(&lock);
  /* Fails where the program set its handler the old way; that one is left alone. */
  silenced = H5Eget_auto2(H5E_DEFAULT, &old_handler, &old_data) >= 0;
  if (silenced) H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static void end(void) {
  H5Eclear2(H5E_DEFAULT);
  if (silenced) H5Eset_auto2(H5E_DEFAULT, old_handler, old_data);
  pthread_mutex_unlock(&lock);
}

/* ---- sentences ---- */

clif_status clif__h5_fail(clif__h5 *h5, clif_status status, const char *field, const char *format,
                          ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  const char *label = h5->label[0] ? h5->label : "the file";
  if (!field) return clif__fail(h5->ctx, status, "'%s': %s %s", h5->path, label, text);
  return clif__fail(h5->ctx, status, "'%s': %s: '%s' %s", h5->path, label, field, text);
}

static herr_t keep_innermost(unsigned n, const H5E_error2_t *error, void *into) {
  if (n == 0 && error->desc) snprintf(into, CLIF__H5_REASON, "%s", error->desc);
  return 0;
}

const char *clif__h5_reason(char reason[CLIF__H5_REASON]) {
  snprintf(reason, CLIF__H5_REASON, "no reason given");
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, reason);
  return reason;
}

void clif__h5_drop(hid_t id) {
  if (id >= 0) H5Idec_ref(id);
}

/* ---- sessions ---- */

static clif_status look_at(clif__h5 *h5) {
  struct stat about;
  if (stat(h5->path, &about) != 0)
    return clif__file_fail(h5->ctx, h5->path, "cannot be opened", errno);
  if (S_ISDIR(about.st_mode)) return clif__file_fail(h5->ctx, h5->path, "cannot be read", EISDIR);
  if (!S_ISREG(about.st_mode))
    return clif__fail(h5->ctx, CLIF_IO,
                      "'%s' is not a regular file, and NIR files are not read from start to end as "
                      "a pipe needs; put it into a file first",
                      h5->path);
  if (about.st_size == 0)
    return clif__fail(h5->ctx, CLIF_FORMAT, "'%s' is empty; export the network again", h5->path);
  h5->bytes = (uint64_t)about.st_size;
  FILE *probe = fopen(h5->path, "rb"); /* libhdf5 does not tell "not allowed" from "not HDF5" */
  if (!probe) return clif__file_fail(h5->ctx, h5->path, "cannot be opened", errno);
  fclose(probe);
  return CLIF_OK;
}

clif_status clif__h5_open(clif_context *ctx, const char *path, clif__h5 *out) {
  char reason[CLIF__H5_REASON];
  *out = (clif__h5){.ctx = ctx, .path = path, .file = -1, .group = -1};
  CLIF_TRY(look_at(out));
  begin();
  clif_status status = CLIF_OK;
  if (H5Fis_hdf5(path) <= 0)
    status =
        clif__fail(ctx, CLIF_FORMAT,
                   "'%s' is not an HDF5 file, as NIR files are; write one with nir.write(path, "
                   "graph)",
                   path);
  else if ((out->file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT)) < 0)
    status = clif__fail(ctx, CLIF_FORMAT,
                        "'%s' is cut short or damaged (libhdf5: %s); copy or export it again", path,
                        clif__h5_reason(reason));
  if (status != CLIF_OK) end();
  return status;
}

clif_status clif__h5_create(clif_context *ctx, const char *path, clif__h5 *out) {
  enum { GROW_BY = 1 << 20, TO_NO_FILE = 0 };
  char reason[CLIF__H5_REASON];
  *out = (clif__h5){.ctx = ctx, .path = path, .file = -1, .group = -1};
  begin();
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  /* In memory, because libhdf5 deals badly with full disks; in the oldest layout, as h5py does. */
  if (access >= 0 && H5Pset_fapl_core(access, GROW_BY, TO_NO_FILE) >= 0 &&
      H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST) >= 0)
    out->file = H5Fcreate("clif.nir in memory", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  clif__h5_drop(access);
  if (out->file >= 0) out->group = H5Gopen2(out->file, "/", H5P_DEFAULT);
  if (out->group >= 0) return CLIF_OK;
  clif_status status = clif__fail(ctx, CLIF_IO, "'%s': libhdf5 cannot begin a file: %s", path,
                                  clif__h5_reason(reason));
  clif__h5_drop(out->file);
  out->file = -1;
  end();
  return status;
}

void clif__h5_close(clif__h5 *h5) {
  if (!h5->ctx || h5->file < 0) return;
  clif__h5_drop(h5->group);
  H5Fclose(h5->file);
  h5->file = h5->group = -1;
  end();
}

void clif__names_free(clif_context *ctx, clif__names *names) {
  for (size_t i = 0; i < names->count; i++) clif__free(ctx, names->name[i]);
  clif__free(ctx, names->name);
  *names = (clif__names){0};
}

void clif__numbers_free(clif_context *ctx, clif__numbers *numbers) {
  clif__free(ctx, numbers->data);
  *numbers = (clif__numbers){0};
}
