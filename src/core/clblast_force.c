/* clblast_force.c - which parameters CLBlast uses on which device.
 *
 * CLBlast keeps them for the whole process, by device, also when its cache is cleared, and compiles
 * anew when they change. Here a context's set is put in force before each of its products: contexts
 * with different sets on one device are right, but compile whenever they take turns. A context
 * without a set takes what is in force; CLBlast's own parameters cannot be had back once they have
 * been replaced. */
#include "core/clblast_set.h"

#include <string.h>

#include <clblast_c.h>

typedef struct device_state {
  cl_device_id device;
  bool forced, by_rows;
  clif__clblast_set set; /* where forced */
} device_state;

enum { MOST_DEVICES = 32 };
static device_state devices[MOST_DEVICES];
static size_t n_devices;

static clif_status failed(clif_context *ctx, CLBlastStatusCode code, const char *function) {
  ctx->native_code = (int)code;
  return clif__fail(ctx, CLIF_CLBLAST, "%s: code %d", function, (int)code);
}

/* CLBlast can be asked for c by rows, or for c turned over by columns, which is the same memory.
 * Kernel 0 turns over a and c in the first case and only a in the second; kernel 1 nothing in the
 * first and all in the second. Whoever turns over needs scratch: that tells which kernel it is. At
 * this size all tiles fit, so nothing is padded. */
static clif_status find_out_layout(clif_context *ctx, bool *by_rows) {
  const size_t n = 4096;
  const CLBlastLayout layouts[] = {CLBlastLayoutRowMajor, CLBlastLayoutColMajor};
  size_t bytes[2] = {0, 0};
  for (size_t i = 0; i < 2; i++) {
    const CLBlastStatusCode code =
        CLBlastSGemmTempBufferSize(layouts[i], CLBlastTransposeNo, CLBlastTransposeNo, n, n, n, 0,
                                   n, 0, n, 0, n, &ctx->queue, &bytes[i]);
    if (code != CLBlastSuccess) return failed(ctx, code, "CLBlastSGemmTempBufferSize");
  }
  *by_rows = bytes[0] < bytes[1];
  return CLIF_OK;
}

/* NULL in *out where there is no room for another. */
static clif_status find_device(clif_context *ctx, device_state **out) {
  *out = NULL;
  for (size_t i = 0; i < n_devices; i++)
    if (devices[i].device == ctx->device) {
      *out = &devices[i];
      return CLIF_OK;
    }
  if (n_devices == MOST_DEVICES) return CLIF_OK;
  device_state state = {.device = ctx->device};
  CLIF_TRY(find_out_layout(ctx, &state.by_rows));
  devices[n_devices] = state;
  *out = &devices[n_devices++];
  return CLIF_OK;
}

static CLBlastStatusCode override_all(cl_device_id device, const clif__clblast_set *set) {
  CLBlastStatusCode code = CLBlastSuccess;
  const size_t *values = set->value;
  for (size_t i = 0; i < CLIF__CLBLAST_KERNELS && code == CLBlastSuccess; i++) {
    const clif__clblast_kernel *kernel = &clif__clblast_kernels[i];
    const char *names[sizeof kernel->names / sizeof *kernel->names];
    memcpy(names, kernel->names, sizeof names);
    code = CLBlastOverrideParameters(device, kernel->name, CLBlastPrecisionSingle, kernel->n, names,
                                     values);
    values += kernel->n;
  }
  return code;
}

/* Another version of CLBlast may have other parameters. What it has taken so far stays: each kernel
 * keeps its rules by itself. */
static void give_up_set(clif_context *ctx, CLBlastStatusCode code) {
  clif__log(
      ctx, CLIF_LOG_WARNING,
      "CLBlast refused clif's parameters for this device (%d), so matrix products are as fast "
      "as its own make them; is it another version than 1.5?",
      (int)code);
  clif__free(ctx, ctx->clblast_set);
  ctx->clblast_set = NULL;
}

static clif_status force_set(clif_context *ctx, device_state *state) {
  state->forced = false; /* until all kernels have theirs */
  const CLBlastStatusCode code = override_all(ctx->device, ctx->clblast_set);
  const bool refused =
      code == CLBlastMissingOverrideParameter || code == CLBlastInvalidOverrideKernel;
  if (code != CLBlastSuccess && !refused) return failed(ctx, code, "CLBlastOverrideParameters");
  CLIF_TRY(find_out_layout(ctx, &state->by_rows));
  if (refused) {
    give_up_set(ctx, code);
    return CLIF_OK;
  }
  state->set = *ctx->clblast_set;
  state->forced = true;
  return CLIF_OK;
}

clif_status clif__clblast_force(clif_context *ctx, bool *by_rows) {
  device_state *state;
  *by_rows = false;
  CLIF_TRY(find_device(ctx, &state));
  if (!state) return CLIF_OK; /* more devices than anyone has: CLBlast's own parameters do */
  const clif__clblast_set *set = ctx->clblast_set;
  if (set && !(state->forced && memcmp(&state->set, set, sizeof *set) == 0))
    CLIF_TRY(force_set(ctx, state));
  *by_rows = state->by_rows;
  return CLIF_OK;
}
