/* support.h - what the tests share. */
#ifndef CLIF_TEST_SUPPORT_H
#define CLIF_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clif/clif.h"

/* Fails the test with the context's sentence unless the call returns CLIF_OK. */
#define assert_ok(ctx, call)                                                                       \
  do {                                                                                             \
    clif_status status_ = (call);                                                                  \
    if (status_ != CLIF_OK)                                                                        \
      fail_msg("%s: %s: %s", #call, clif_status_name(status_), clif_context_error(ctx));           \
  } while (0)

/* Fails unless the call returns `expected` and the sentence contains `words`. */
#define assert_refused(ctx, expected, words, call)                                                 \
  do {                                                                                             \
    clif_status status_ = (call);                                                                  \
    const char *text_ = clif_context_error(ctx);                                                   \
    if (status_ != (expected))                                                                     \
      fail_msg("%s: expected %s, got %s: %s", #call, clif_status_name(expected),                   \
               clif_status_name(status_), text_);                                                  \
    if (!strstr(text_, (words)))                                                                   \
      fail_msg("%s: the sentence has no '%s': %s", #call, (const char *)(words), text_);           \
  } while (0)

/* Lanes that CLIF_TEST_LANES asks for; 0 where it is unset. */
static inline unsigned test_lanes(void) {
  const char *lanes = getenv("CLIF_TEST_LANES");
  return lanes ? (unsigned)atoi(lanes) : 0;
}

/* A context on the device under test (CLIF_DEVICE, OCL_ICD_VENDORS); fails the test otherwise. */
static inline clif_context *open_context(const clif_context_options *options) {
  clif_context *ctx = NULL;
  char why[512] = "";
  clif_context_options o = {.size = sizeof o};
  if (options) o = *options;
  if (o.lanes == 0) o.lanes = test_lanes();
  if (clif_context_create(&o, &ctx, why, sizeof why) != CLIF_OK) fail_msg("%s", why);
  return ctx;
}

/* A file of the source tree; `path` as from its root. Static storage. */
static inline const char *source_file(const char *path) {
  static char full[4096];
  snprintf(full, sizeof full, "%s/%s", CLIF_SOURCE_DIR, path);
  return full;
}

/* 1 where the tests run under Oclgrind, which interprets every instruction: keep sizes small. */
static inline int is_slow_device(void) {
  return getenv("CLIF_TEST_SLOW") != NULL;
}

#endif
