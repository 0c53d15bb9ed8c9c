/* tune_file.c - parameters of CLBlast that clif_tune() found, kept beside the compiled programs and
 * under the same rules: private, checksummed, by device and driver. */
#include <stdio.h>
#include <string.h>

#include "core/program_cache.h"
#include "core/tune.h"

static clif__program_key key_of(const clif_context *ctx) {
  /* Raise the number when the meaning of a kept text changes. */
  static const char what[] = "parameters of CLBlast by clif_tune 1";
  const char *source = what;
  const size_t length = sizeof what - 1;
  return clif__program_key_make(ctx, 1, &source, &length, "");
}

bool clif__tune_load(clif_context *ctx, clif__clblast_set *set) {
  const clif__program_key key = key_of(ctx);
  char text[CLIF__CLBLAST_TEXT] = "", again[CLIF__CLBLAST_TEXT];
  size_t length = 0;
  unsigned char *kept = clif__cache_read(ctx, &key, &length);
  if (kept && length < sizeof text) memcpy(text, kept, length);
  clif__free(ctx, kept);
  if (!text[0] || !clif__clblast_set_read(set, text)) return false;
  clif__clblast_set_write(set, again); /* the same only where every parameter has a value */
  return strcmp(text, again) == 0 && clif__clblast_set_valid(set);
}

void clif__tune_path(clif_context *ctx, char path[CLIF_TUNE_PATH]) {
  const clif__program_key key = key_of(ctx);
  char *full = ctx->cache_dir ? clif__cache_path(ctx, &key) : NULL;
  snprintf(path, CLIF_TUNE_PATH, "%s", full ? full : "");
  clif__free(ctx, full);
}

clif_status clif__tune_keep(clif_context *ctx, const clif__clblast_set *set) {
  const clif__program_key key = key_of(ctx);
  char text[CLIF__CLBLAST_TEXT], path[CLIF_TUNE_PATH];
  clif__clblast_set kept = {{0}};
  clif__tune_path(ctx, path);
  clif__clblast_set_write(set, text);
  clif__cache_write(ctx, &key, (const unsigned char *)text, strlen(text));
  if (clif__tune_load(ctx, &kept) && memcmp(&kept, set, sizeof kept) == 0) return CLIF_OK;
  return clif__fail(ctx, CLIF_IO,
                    "the parameters that were found cannot be kept in '%s': check that its "
                    "directory is one that only you can write to, and has room, or set "
                    "CLIF_CACHE_DIR to another",
                    path);
}
