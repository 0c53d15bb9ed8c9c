/* program.c - from kernel sources to kernels: found in memory, loaded from the cache, or built. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/core.h"
#include "core/kernel_sources.h"
#include "core/program_cache.h"

struct clif__program {
  clif__program *next;
  clif__program_key key;
  cl_program program;
  bool from_cache; /* loaded, not compiled: not to be trusted until a kernel came out of it */
  bool unsaved;
};

/* prelude, random, and what the caller names; each is a line that tells its name, and its text. */
enum { FIXED_FILES = 2, MOST_FILES = FIXED_FILES + 4, MOST_SOURCES = 2 * MOST_FILES };

/* What is to be built. */
typedef struct request {
  const char *files; /* "bits+input" */
  const char *sources[MOST_SOURCES];
  size_t lengths[MOST_SOURCES];
  size_t n_sources;
  char *owned[MOST_SOURCES]; /* those of the sources that were made here */
  char *options;
  clif__program_key key;
} request;

/* ---- sources ---- */

/* strerror() is not safe with threads. */
static const char *reason(int code, char *text, size_t capacity) {
  return strerror_r(code, text, capacity) == 0 ? text : "unknown reason";
}

/* Reads to the end; the length is not asked for first, so that any kind of file will do. */
static clif_status read_stream(clif_context *ctx, FILE *stream, const char *path, char **out,
                               size_t *length) {
  size_t used = 0, capacity = 0;
  char *text = NULL;
  do {
    capacity = capacity ? 2 * capacity : 8192;
    char *larger = clif__realloc(ctx, text, capacity, 1);
    if (!larger) goto no_memory;
    text = larger;
    used += fread(text + used, 1, capacity - 1 - used, stream);
  } while (used == capacity - 1);
  if (ferror(stream)) {
    clif__free(ctx, text);
    return clif__fail(ctx, CLIF_IO, "cannot read the kernel file '%s'", path);
  }
  text[used] = '\0';
  *out = text;
  *length = used;
  return CLIF_OK;

no_memory:
  clif__free(ctx, text);
  return CLIF_OUT_OF_MEMORY;
}

static clif_status read_override(clif_context *ctx, const char *name, char **out, size_t *length) {
  char *path = clif__format(ctx, "%s/%s.cl", ctx->kernel_dir, name);
  if (!path) return CLIF_OUT_OF_MEMORY;
  clif_status status;
  FILE *stream = fopen(path, "rb");
  if (stream) {
    status = read_stream(ctx, stream, path, out, length);
    fclose(stream);
  } else {
    char why[128];
    int code = errno;
    status = clif__fail(ctx, CLIF_IO,
                        "cannot open the kernel file '%s': %s (the directory comes from "
                        "CLIF_KERNEL_DIR or from the context's options)",
                        path, reason(code, why, sizeof why));
  }
  clif__free(ctx, path);
  return status;
}

static clif_status add_text(clif_context *ctx, request *r, const char *name) {
  size_t which = r->n_sources++;
  if (ctx->kernel_dir) {
    CLIF_TRY(read_override(ctx, name, &r->owned[which], &r->lengths[which]));
    r->sources[which] = r->owned[which];
    return CLIF_OK;
  }
  for (const struct clif__kernel_source *s = clif__kernel_sources; s->name; s++) {
    if (strcmp(s->name, name) != 0) continue;
    r->sources[which] = s->text;
    r->lengths[which] = s->length;
    return CLIF_OK;
  }
  return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "this library has no kernel file '%s.cl'", name);
}

/* The line makes build logs name the file. */
static clif_status add_file(clif_context *ctx, request *r, const char *name) {
  size_t which = r->n_sources++;
  r->owned[which] = clif__format(ctx, "\n#line 1 \"%s.cl\"\n", name);
  if (!r->owned[which]) return CLIF_OUT_OF_MEMORY;
  r->sources[which] = r->owned[which];
  r->lengths[which] = strlen(r->owned[which]);
  return add_text(ctx, r, name);
}

/* Names between plus signs. */
static clif_status add_files(clif_context *ctx, request *r, const char *names) {
  while (*names) {
    char name[64];
    size_t length = strcspn(names, "+");
    if (length >= sizeof name || r->n_sources == MOST_SOURCES)
      return clif__fail(ctx, CLIF_INVALID_ARGUMENT, "'%s' is too much for one program", names);
    memcpy(name, names, length);
    name[length] = '\0';
    CLIF_TRY(add_file(ctx, r, name));
    names += length + (names[length] == '+');
  }
  return CLIF_OK;
}

static void request_release(clif_context *ctx, request *r) {
  clif__free(ctx, r->options);
  for (size_t i = 0; i < r->n_sources; i++) clif__free(ctx, r->owned[i]);
}

/* On failure, too, the caller releases the request. */
static clif_status request_make(clif_context *ctx, const char *files, const char *defines,
                                request *r) {
  r->files = files;
  CLIF_TRY(add_files(ctx, r, "prelude+random"));
  CLIF_TRY(add_files(ctx, r, files));
  r->options =
      clif__format(ctx, "-cl-std=CL1.2 -DCLIF_LANES=%u %s", ctx->lanes, defines ? defines : "");
  if (!r->options) return CLIF_OUT_OF_MEMORY;
  r->key = clif__program_key_make(ctx, r->n_sources, r->sources, r->lengths, r->options);
  return CLIF_OK;
}

/* ---- programs ---- */

static clif__program *find(clif_context *ctx, const clif__program_key *key) {
  clif__program *p = ctx->programs;
  while (p && !clif__program_key_equal(&p->key, key)) p = p->next;
  return p;
}

static void forget(clif_context *ctx, clif__program *program) {
  clif__program **link = &ctx->programs;
  while (*link != program) link = &(*link)->next;
  *link = program->next;
  clReleaseProgram(program->program);
  clif__free(ctx, program);
}

/* Takes over the OpenCL program; NULL (and the program is released) when memory is refused. */
static clif__program *remember(clif_context *ctx, const request *r, cl_program program) {
  clif__program *p = clif__calloc(ctx, 1, sizeof *p);
  if (!p) {
    clReleaseProgram(program);
    return NULL;
  }
  p->key = r->key;
  p->program = program;
  p->next = ctx->programs;
  ctx->programs = p;
  return p;
}

/* From the cache directory; NULL for any reason at all. */
static clif__program *load(clif_context *ctx, const request *r) {
  size_t length = 0;
  unsigned char *binary = clif__cache_read(ctx, &r->key, &length);
  if (!binary) return NULL;
  const unsigned char *binaries[] = {binary};
  cl_int binary_status = CL_SUCCESS, code = CL_SUCCESS;
  cl_program program =
      clCreateProgramWithBinary(ctx->cl, 1, &ctx->device, &length, binaries, &binary_status, &code);
  clif__free(ctx, binary);
  if (!program) return NULL;
  if (code != CL_SUCCESS || binary_status != CL_SUCCESS ||
      clBuildProgram(program, 1, &ctx->device, r->options, NULL, NULL) != CL_SUCCESS) {
    clReleaseProgram(program);
    return NULL;
  }
  clif__program *p = remember(ctx, r, program);
  if (p) p->from_cache = true;
  return p;
}

/* The end of a build log is kept: compilers put their verdict there, and the error text is
 * finite. */
enum { LOG_KEPT = 6000 };

static clif_status build_failed(clif_context *ctx, const request *r, cl_program program,
                                cl_int code) {
  if (code != CL_BUILD_PROGRAM_FAILURE && code != CL_INVALID_BUILD_OPTIONS)
    return clif__check_cl(ctx, code, "clBuildProgram");
  size_t size = 0;
  clGetProgramBuildInfo(program, ctx->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
  char *log = clif__calloc(ctx, size + 1, 1);
  if (log) clGetProgramBuildInfo(program, ctx->device, CL_PROGRAM_BUILD_LOG, size, log, NULL);
  size_t length = log ? strlen(log) : 0;
  while (length > 0 && isspace((unsigned char)log[length - 1])) log[--length] = '\0';
  size_t skipped = length > LOG_KEPT ? length - LOG_KEPT : 0;
  clif__set_error(ctx, "%s.cl does not build on '%s' with the options '%s': %s%s", r->files,
                  ctx->info.name, r->options, skipped ? "..." : "",
                  length ? log + skipped : "the driver gives no reason");
  ctx->native_code = code;
  clif__free(ctx, log);
  return CLIF_BUILD;
}

static clif_status compile(clif_context *ctx, request *r, clif__program **out) {
  cl_int code = CL_SUCCESS;
  cl_program program =
      clCreateProgramWithSource(ctx->cl, (cl_uint)r->n_sources, r->sources, r->lengths, &code);
  CLIF_TRY(clif__check_cl(ctx, code, "clCreateProgramWithSource"));
  code = clBuildProgram(program, 1, &ctx->device, r->options, NULL, NULL);
  if (code != CL_SUCCESS) {
    clif_status status = build_failed(ctx, r, program, code);
    clReleaseProgram(program);
    return status;
  }
  *out = remember(ctx, r, program);
  if (!*out) return CLIF_OUT_OF_MEMORY;
  (*out)->unsaved = true;
  ctx->counters.programs_compiled++;
  return CLIF_OK;
}

/* ---- kernels ---- */

/* A kernel of a program that is there already or in the cache directory; NULL if there is none.
 * Some drivers notice a broken binary only when a kernel is made of it. */
static cl_kernel kernel_at_hand(clif_context *ctx, const request *r, const char *kernel) {
  clif__program *program = find(ctx, &r->key);
  bool loads = !program;
  if (loads) program = load(ctx, r);
  if (!program) return NULL;
  cl_kernel made = clCreateKernel(program->program, kernel, NULL);
  if (!made && program->from_cache) forget(ctx, program);
  if (made && loads) ctx->counters.programs_loaded++;
  return made;
}

static clif_status kernel_from_source(clif_context *ctx, request *r, const char *kernel,
                                      cl_kernel *out) {
  clif__program *program = find(ctx, &r->key);
  clif_status status = program ? CLIF_OK : compile(ctx, r, &program);
  if (!program) return status;
  char call[256];
  snprintf(call, sizeof call, "clCreateKernel '%s' of %s.cl", kernel, r->files);
  cl_int code = CL_SUCCESS;
  *out = clCreateKernel(program->program, kernel, &code);
  return clif__check_cl(ctx, code, call);
}

clif_status clif__kernel_create(clif_context *ctx, const char *files, const char *kernel,
                                const char *defines, cl_kernel *out) {
  request r = {0};
  *out = NULL;
  clif_status status = request_make(ctx, files, defines, &r);
  if (status == CLIF_OK) *out = kernel_at_hand(ctx, &r, kernel);
  if (status == CLIF_OK && !*out) status = kernel_from_source(ctx, &r, kernel, out);
  request_release(ctx, &r);
  return status;
}

/* A driver may answer a length of 0: then there is nothing to keep. */
static void save(clif_context *ctx, const clif__program *p) {
  size_t length = 0;
  if (clGetProgramInfo(p->program, CL_PROGRAM_BINARY_SIZES, sizeof length, &length, NULL) !=
          CL_SUCCESS ||
      length == 0)
    return;
  unsigned char *binary = clif__realloc(ctx, NULL, length, 1);
  if (!binary) return;
  unsigned char *binaries[] = {binary};
  if (clGetProgramInfo(p->program, CL_PROGRAM_BINARIES, sizeof binaries, binaries, NULL) ==
      CL_SUCCESS)
    clif__cache_write(ctx, &p->key, binary, length);
  clif__free(ctx, binary);
}

void clif__programs_save(clif_context *ctx) {
  for (clif__program *p = ctx->programs; p; p = p->next) {
    if (p->unsaved && ctx->cache_dir) save(ctx, p);
    p->unsaved = false;
  }
}

void clif__programs_release(clif_context *ctx) {
  while (ctx->programs) forget(ctx, ctx->programs);
}

clif_status clif__launch(clif_context *ctx, cl_kernel kernel, unsigned dims, const size_t *global,
                         const size_t *local) {
  ctx->counters.commands++;
  cl_int code =
      clEnqueueNDRangeKernel(ctx->queue, kernel, dims, NULL, global, local, 0, NULL, NULL);
  if (code == CL_SUCCESS) return CLIF_OK;
  char name[128] = "a kernel", call[192];
  clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof name, name, NULL);
  snprintf(call, sizeof call, "clEnqueueNDRangeKernel of %s", name);
  return clif__check_cl(ctx, code, call);
}
