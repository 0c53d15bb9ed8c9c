/* memory.c - host memory: every block goes through the context's allocator and is counted. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/core.h"

/* Lies in front of every block, so that freeing needs no size. As wide as the strictest alignment:
 * what follows it is aligned as the allocator's own memory. */
typedef union header {
  size_t total; /* of header and block */
  max_align_t align;
} header;

bool clif__multiply(size_t a, size_t b, size_t *product) {
  if (b != 0 && a > SIZE_MAX / b) return false;
  *product = a * b;
  return true;
}

/* Bytes of header and block; 0 when size_t cannot count them. */
static size_t total_bytes(size_t count, size_t size) {
  size_t bytes;
  if (!clif__multiply(count, size, &bytes) || bytes > SIZE_MAX - sizeof(header)) return 0;
  return bytes + sizeof(header);
}

static void count_change(clif_context *ctx, size_t before, size_t after) {
  clif_memory_use *use = &ctx->memory;
  use->host_bytes = use->host_bytes - before + after;
  if (use->host_bytes > use->host_peak) use->host_peak = use->host_bytes;
}

void *clif__realloc(clif_context *ctx, void *block, size_t count, size_t size) {
  size_t total = total_bytes(count, size);
  if (total == 0) {
    clif__set_error(ctx, "%zu elements of %zu bytes are more than memory can count", count, size);
    return NULL;
  }
  header *old = block ? (header *)block - 1 : NULL;
  size_t before = old ? old->total : 0;
  if (total > before) ctx->counters.host_allocations++;
  header *new = ctx->alloc(ctx->alloc_user, old, before, total);
  if (!new) {
    clif__set_error(ctx, "the host refused %zu bytes of memory", total);
    return NULL;
  }
  new->total = total;
  count_change(ctx, before, total);
  return new + 1;
}

void *clif__calloc(clif_context *ctx, size_t count, size_t size) {
  void *block = clif__realloc(ctx, NULL, count, size);
  if (block) memset(block, 0, count * size);
  return block;
}

void clif__free(clif_context *ctx, void *block) {
  if (!block) return;
  header *old = (header *)block - 1;
  /* Counted first: the block may be the context itself. */
  count_change(ctx, old->total, 0);
  ctx->alloc(ctx->alloc_user, old, old->total, 0);
}

char *clif__strdup(clif_context *ctx, const char *text) {
  size_t bytes = strlen(text) + 1;
  char *copy = clif__realloc(ctx, NULL, bytes, 1);
  if (copy) memcpy(copy, text, bytes);
  return copy;
}

char *clif__format(clif_context *ctx, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  char *text = NULL;
  int length = vsnprintf(NULL, 0, format, arguments);
  if (length < 0)
    clif__set_error(ctx, "a text cannot be formatted as '%s'", format);
  else
    text = clif__realloc(ctx, NULL, (size_t)length + 1, 1);
  if (text) vsnprintf(text, (size_t)length + 1, format, again);
  va_end(again);
  va_end(arguments);
  return text;
}
