/* program_cache.c - built programs in files, so that the next process need not compile.
 *
 * A file is one header and the driver's binary behind it. Drivers trust binaries blindly (PoCL
 * loads a damaged one without a word), so nothing is used whose checksum does not fit, and no
 * directory that somebody else may write to. Whatever goes wrong, the program is compiled again. */
#include "core/program_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/device.h"

/* Raise it when the header below, or what the key covers, changes. */
enum { FORMAT = 1 };

typedef struct file_header {
  char magic[8];
  uint64_t format;
  clif__program_key key;
  uint64_t length;   /* of the binary */
  uint64_t checksum; /* XXH3-64 of the binary */
} file_header;

static const char MAGIC[8] = {'C', 'L', 'I', 'F', 'P', 'R', 'O', 'G'};

/* ---- keys ---- */

bool clif__program_key_equal(const clif__program_key *a, const clif__program_key *b) {
  return a->word[0] == b->word[0] && a->word[1] == b->word[1];
}

/* The length goes in first, so that no two lists of texts run together into the same bytes. */
static void hash_bytes(XXH3_state_t *state, const char *bytes, size_t length) {
  uint64_t prefix = length;
  XXH3_128bits_update(state, &prefix, sizeof prefix);
  XXH3_128bits_update(state, bytes, length);
}

static void hash_device(XXH3_state_t *state, cl_device_id device) {
  static const cl_device_info of_device[] = {CL_DEVICE_NAME, CL_DEVICE_VERSION, CL_DRIVER_VERSION};
  static const cl_platform_info of_platform[] = {CL_PLATFORM_NAME, CL_PLATFORM_VENDOR,
                                                 CL_PLATFORM_VERSION};
  char text[1024];
  for (size_t i = 0; i < sizeof of_device / sizeof of_device[0]; i++) {
    clif__device_text(device, of_device[i], text, sizeof text);
    hash_bytes(state, text, strlen(text));
  }
  cl_platform_id platform = NULL;
  clGetDeviceInfo(device, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL);
  for (size_t i = 0; i < sizeof of_platform / sizeof of_platform[0]; i++) {
    clif__platform_text(platform, of_platform[i], text, sizeof text);
    hash_bytes(state, text, strlen(text));
  }
}

clif__program_key clif__program_key_make(const clif_context *ctx, size_t n_sources,
                                         const char *const *sources, const size_t *lengths,
                                         const char *options) {
  const uint64_t format = FORMAT;
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  hash_bytes(&state, MAGIC, sizeof MAGIC);
  hash_bytes(&state, (const char *)&format, sizeof format);
  for (size_t i = 0; i < n_sources; i++) hash_bytes(&state, sources[i], lengths[i]);
  hash_bytes(&state, options, strlen(options));
  hash_device(&state, ctx->device);
  XXH128_hash_t hash = XXH3_128bits_digest(&state);
  return (clif__program_key){{hash.high64, hash.low64}};
}

/* ---- the directory ---- */

static const char *environment(const char *name) {
  const char *text = getenv(name);
  return text && text[0] ? text : NULL;
}

clif_status clif__cache_open(clif_context *ctx, const char *asked) {
  if (!asked || !asked[0]) asked = environment("CLIF_CACHE_DIR");
  if (asked && (strcmp(asked, "off") == 0 || strcmp(asked, "0") == 0)) return CLIF_OK;
  const char *xdg = environment("XDG_CACHE_HOME"), *home = environment("HOME");
  if (asked)
    ctx->cache_dir = clif__strdup(ctx, asked);
  else if (xdg)
    ctx->cache_dir = clif__format(ctx, "%s/clif", xdg);
  else if (home)
    ctx->cache_dir = clif__format(ctx, "%s/.cache/clif", home);
  else
    return CLIF_OK;
  return ctx->cache_dir ? CLIF_OK : CLIF_OUT_OF_MEMORY;
}

/* Is it a directory that nobody else can put files into? */
static bool is_ours(const char *path) {
  struct stat about;
  return stat(path, &about) == 0 && S_ISDIR(about.st_mode) && about.st_uid == geteuid() &&
         (about.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Makes the directory and those above it; what is there already is left as it is. */
static void make_directory(clif_context *ctx, const char *path) {
  char *part = clif__strdup(ctx, path);
  if (!part) return;
  for (char *c = part + 1; *c; c++) {
    if (*c != '/') continue;
    *c = '\0';
    mkdir(part, S_IRWXU);
    *c = '/';
  }
  mkdir(part, S_IRWXU);
  clif__free(ctx, part);
}

/* "DIR/0123...cdef.bin" followed by `ending`. */
static char *file_path(clif_context *ctx, const clif__program_key *key, const char *ending) {
  return clif__format(ctx, "%s/%016" PRIx64 "%016" PRIx64 ".bin%s", ctx->cache_dir, key->word[0],
                      key->word[1], ending);
}

char *clif__cache_path(clif_context *ctx, const clif__program_key *key) {
  return file_path(ctx, key, "");
}

/* ---- files ---- */

static bool read_all(int file, void *to, size_t length) {
  for (char *at = to; length > 0;) {
    ssize_t got = read(file, at, length);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    length -= (size_t)got;
  }
  return true;
}

static bool write_all(int file, const void *from, size_t length) {
  for (const char *at = from; length > 0;) {
    ssize_t put = write(file, at, length);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    at += put;
    length -= (size_t)put;
  }
  return true;
}

static file_header header_for(const clif__program_key *key, const unsigned char *binary,
                              size_t length) {
  file_header header = {.format = FORMAT, .key = *key, .length = length};
  memcpy(header.magic, MAGIC, sizeof MAGIC);
  header.checksum = XXH3_64bits(binary, length);
  return header;
}

static unsigned char *read_checked(clif_context *ctx, int file, const clif__program_key *key,
                                   size_t *length) {
  struct stat about;
  file_header header;
  if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) return NULL;
  if (!read_all(file, &header, sizeof header)) return NULL;
  /* What the file has is read, whatever the header says: that is checked below with the rest. */
  uint64_t size = (uint64_t)about.st_size - sizeof header;
  if (size == 0 || size > SIZE_MAX) return NULL;
  unsigned char *binary = clif__realloc(ctx, NULL, (size_t)size, 1);
  if (!binary) return NULL;
  *length = (size_t)size;
  bool good = read_all(file, binary, *length);
  file_header expected = header_for(key, binary, good ? *length : 0);
  if (good && memcmp(&header, &expected, sizeof header) == 0) return binary;
  clif__free(ctx, binary);
  return NULL;
}

unsigned char *clif__cache_read(clif_context *ctx, const clif__program_key *key, size_t *length) {
  if (!ctx->cache_dir || !is_ours(ctx->cache_dir)) return NULL;
  unsigned char *binary = NULL;
  char *path = file_path(ctx, key, "");
  /* Non-blocking, so that not even a pipe put there can hold us up. */
  int file = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
  if (file >= 0) {
    binary = read_checked(ctx, file, key, length);
    close(file);
  }
  clif__free(ctx, path);
  return binary;
}

/* Writes under a name of its own first: no reader ever sees half a file. */
static void write_file(clif_context *ctx, const clif__program_key *key, const unsigned char *binary,
                       size_t length) {
  char *path = file_path(ctx, key, ""), *temporary = file_path(ctx, key, ".XXXXXX");
  int file = path && temporary ? mkstemp(temporary) : -1;
  if (file >= 0) {
    file_header header = header_for(key, binary, length);
    bool good = write_all(file, &header, sizeof header) && write_all(file, binary, length);
    good = close(file) == 0 && good;
    if (!good || rename(temporary, path) != 0) unlink(temporary);
  }
  clif__free(ctx, temporary);
  clif__free(ctx, path);
}

void clif__cache_write(clif_context *ctx, const clif__program_key *key, const unsigned char *binary,
                       size_t length) {
  if (!ctx->cache_dir) return;
  make_directory(ctx, ctx->cache_dir);
  if (is_ours(ctx->cache_dir)) {
    write_file(ctx, key, binary, length);
    return;
  }
  clif__log(ctx, CLIF_LOG_WARNING,
            "compiled programs are not kept: '%s' is not a directory that only you can write to "
            "(set CLIF_CACHE_DIR to one, or to \"off\")",
            ctx->cache_dir);
  clif__free(ctx, ctx->cache_dir); /* said once is enough */
  ctx->cache_dir = NULL;
}
