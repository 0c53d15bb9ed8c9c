/* clblast_set.h - CLBlast's parameters of a single precision product; for the core room only. */
#ifndef CLIF_CORE_CLBLAST_SET_H
#define CLIF_CORE_CLBLAST_SET_H

#include "core/core.h"

/* One value for each parameter of all kernels that a product may launch. The order is that of
 * clif__clblast_kernels. */
enum { CLIF__CLBLAST_VALUES = 42 };
struct clif__clblast_set {
  size_t value[CLIF__CLBLAST_VALUES];
};

/* A kernel of CLBlast and the names of its parameters. */
typedef struct clif__clblast_kernel {
  const char *name;
  size_t n;
  const char *names[16];
} clif__clblast_kernel;

enum { CLIF__CLBLAST_KERNELS = 7 };
extern const clif__clblast_kernel clif__clblast_kernels[CLIF__CLBLAST_KERNELS];

/* Takes over the values that a text names ("MWG=32 NWG=32"; blanks or line ends between), and
 * leaves the others. False for a text that is none, and for unknown names. */
bool clif__clblast_set_read(clif__clblast_set *set, const char *text);

/* The value of a parameter; it must be one of the names. */
size_t clif__clblast_set_value(const clif__clblast_set *set, const char *name);

/* All values as such a text, a line per kernel. Text that does not fit is cut. */
enum { CLIF__CLBLAST_TEXT = 1024 };
void clif__clblast_set_write(const clif__clblast_set *set, char text[CLIF__CLBLAST_TEXT]);

/* Does it keep the rules that CLBlast's kernels rest on, and nobody checks? */
bool clif__clblast_set_valid(const clif__clblast_set *set);

/* The set that comes with clif for a device; false where there is none and CLBlast's own
 * parameters are best. */
bool clif__clblast_set_builtin(const clif_context *ctx, clif__clblast_set *set);

/* Has the context's products from now on computed with it. CLIF_OUT_OF_MEMORY. */
clif_status clif__clblast_set_use(clif_context *ctx, const clif__clblast_set *set);

/* ---- which set is in force (clblast_force.c); all under the lock of gemm_clblast.c ---- */

/* Puts the context's set in force on its device, unless it is already. *by_rows: how CLBlast is to
 * be asked, see there. */
clif_status clif__clblast_force(clif_context *ctx, bool *by_rows);

#endif
