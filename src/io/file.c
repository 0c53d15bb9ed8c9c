/* file.c - files that appear whole or not at all, and sentences about files. */
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

clif_status clif__file_fail(clif_context *ctx, const char *path, const char *what, int code) {
  char text[128];
  if (strerror_r(code, text, sizeof text) != 0) snprintf(text, sizeof text, "error %d", code);
  return clif__fail(ctx, CLIF_IO, "'%s': %s: %s", path, what, text);
}

static clif_status not_opened(clif__file *file) {
  return clif__file_fail(file->ctx, file->path, "cannot be opened for writing", errno);
}

/* Opens a file of a name that nobody has, so that two writers never share one. */
static clif_status open_temporary(clif__file *file, mode_t mode, int *fd) {
  enum { ATTEMPTS = 100 };
  for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
    char *name = clif__format(file->ctx, "%s.%ld-%d.tmp", file->path, (long)getpid(), attempt);
    if (!name) return CLIF_OUT_OF_MEMORY;
    *fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (*fd >= 0) {
      file->temporary = name;
      return CLIF_OK;
    }
    clif_status status = not_opened(file);
    bool taken = errno == EEXIST;
    clif__free(file->ctx, name);
    if (!taken) return status;
  }
  errno = EEXIST;
  return not_opened(file);
}

static clif_status open_target(clif__file *file, int *fd) {
  struct stat old;
  bool exists = lstat(file->path, &old) == 0;
  if (!exists && errno != ENOENT) return not_opened(file);
  if (!exists) return open_temporary(file, 0666, fd);
  if (!S_ISREG(old.st_mode)) {
    *fd = open(file->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return *fd >= 0 ? CLIF_OK : not_opened(file);
  }
  /* A rename needs no right to write the file it replaces: ask for that right here. */
  if (access(file->path, W_OK) != 0) return not_opened(file);
  CLIF_TRY(open_temporary(file, 0600, fd));
  return fchmod(*fd, old.st_mode & 0777) == 0 ? CLIF_OK : not_opened(file);
}

clif_status clif__file_create(clif_context *ctx, const char *path, clif__file *out) {
  clif_status status = CLIF_OK;
  int fd = -1;
  *out = (clif__file){ctx, path, NULL, NULL};
  CLIF_TRY_OR_FAIL(open_target(out, &fd));
  out->stream = fdopen(fd, "wb");
  if (!out->stream) {
    status = not_opened(out);
    goto fail;
  }
  return CLIF_OK;

fail:
  if (fd >= 0) close(fd);
  clif__file_abandon(out);
  return status;
}

clif_status clif__file_write(clif__file *file, const void *data, size_t bytes) {
  if (fwrite(data, 1, bytes, file->stream) == bytes) return CLIF_OK;
  return clif__file_fail(file->ctx, file->path, "cannot be written", errno);
}

clif_status clif__file_commit(clif__file *file) {
  FILE *stream = file->stream;
  file->stream = NULL;
  /* A full disk may show only here. */
  if (fclose(stream) != 0)
    return clif__file_fail(file->ctx, file->path, "cannot be written", errno);
  if (!file->temporary) return CLIF_OK;
  if (rename(file->temporary, file->path) != 0)
    return clif__file_fail(file->ctx, file->path, "cannot be replaced", errno);
  clif__free(file->ctx, file->temporary);
  file->temporary = NULL;
  return CLIF_OK;
}

void clif__file_abandon(clif__file *file) {
  if (file->stream) fclose(file->stream);
  file->stream = NULL;
  if (file->temporary) unlink(file->temporary);
  clif__free(file->ctx, file->temporary);
  file->temporary = NULL;
}
