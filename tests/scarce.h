/* scarce.h - an allocator that refuses when it is told to, and counts what it has given. */
#ifndef CLIF_TEST_SCARCE_H
#define CLIF_TEST_SCARCE_H

#include <stdlib.h>

typedef struct scarce {
  long left; /* allocations that will still work; negative: no limit */
  int persistent, refused;
  size_t held;
} scarce;

static inline void *scarce_alloc(void *user, void *ptr, size_t old_size, size_t new_size) {
  scarce *s = user;
  if (new_size > old_size && s->left >= 0) {
    if (s->left == 0) {
      s->refused = 1;
      if (!s->persistent) s->left = -1;
      return NULL;
    }
    s->left--;
  }
  s->held += new_size - old_size;
  if (new_size == 0) {
    free(ptr);
    return NULL;
  }
  return realloc(ptr, new_size);
}

#endif
