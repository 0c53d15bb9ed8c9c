/* clblast_set.c - CLBlast's parameters of a product as values and as text, and the sets that come
 * with clif.
 *
 * CLBlast 1.5 knows no parameters for PoCL's devices and takes those of an average CPU, or of some
 * Intel one, under another OpenCL: about 5 times slower than need be (clif-bench gemm).
 */
#include "core/clblast_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/tune.h"

const clif__clblast_kernel clif__clblast_kernels[CLIF__CLBLAST_KERNELS] = {
    {"Xgemm",
     16,
     {"GEMMK", "KREG", "KWG", "KWI", "MDIMA", "MDIMC", "MWG", "NDIMB", "NDIMC", "NWG", "SA", "SB",
      "STRM", "STRN", "VWM", "VWN"}},
    {"XgemmDirect",
     10,
     {"KWID", "MDIMAD", "MDIMCD", "NDIMBD", "NDIMCD", "PADA", "PADB", "VWMD", "VWND", "WGD"}},
    {"GemmRoutine", 1, {"XGEMM_MIN_INDIRECT_SIZE"}},
    {"Copy", 4, {"COPY_DIMX", "COPY_DIMY", "COPY_VW", "COPY_WPT"}},
    {"Pad", 4, {"PAD_DIMX", "PAD_DIMY", "PAD_WPTX", "PAD_WPTY"}},
    {"Transpose", 4, {"TRA_DIM", "TRA_PAD", "TRA_SHUFFLE", "TRA_WPT"}},
    {"Padtranspose", 3, {"PADTRA_PAD", "PADTRA_TILE", "PADTRA_WPT"}}};

/* ---- values and text ---- */

/* Where the value of this name lies; CLIF__CLBLAST_VALUES for an unknown one. */
static size_t place_of(const char *name, size_t length) {
  size_t place = 0;
  for (size_t i = 0; i < CLIF__CLBLAST_KERNELS; i++)
    for (size_t j = 0; j < clif__clblast_kernels[i].n; j++, place++) {
      const char *known = clif__clblast_kernels[i].names[j];
      if (strlen(known) == length && memcmp(known, name, length) == 0) return place;
    }
  return CLIF__CLBLAST_VALUES;
}

bool clif__clblast_set_read(clif__clblast_set *set, const char *text) {
  for (;;) {
    text += strspn(text, " \n");
    if (!*text) return true;
    const size_t length = strcspn(text, "= \n");
    const size_t place = place_of(text, length);
    const size_t digits = text[length] == '=' ? strspn(text + length + 1, "0123456789") : 0;
    if (place == CLIF__CLBLAST_VALUES || digits == 0 || digits > 6) return false;
    set->value[place] = (size_t)strtoul(text + length + 1, NULL, 10);
    text += length + 1 + digits;
  }
}

size_t clif__clblast_set_value(const clif__clblast_set *set, const char *name) {
  return set->value[place_of(name, strlen(name))];
}

void clif__clblast_set_write(const clif__clblast_set *set, char text[CLIF__CLBLAST_TEXT]) {
  size_t used = 0, place = 0;
  for (size_t i = 0; i < CLIF__CLBLAST_KERNELS; i++)
    for (size_t j = 0; j < clif__clblast_kernels[i].n; j++, place++) {
      const char *end = j + 1 < clif__clblast_kernels[i].n ? " " : "\n";
      const int length = snprintf(text + used, CLIF__CLBLAST_TEXT - used, "%s=%zu%s",
                                  clif__clblast_kernels[i].names[j], set->value[place], end);
      if (length < 0 || (size_t)length >= CLIF__CLBLAST_TEXT - used) return;
      used += (size_t)length;
    }
}

/* ---- what a set must keep to ---- */

typedef struct values {
  const clif__clblast_set *set;
  bool good;
} values;

static size_t get(const values *v, const char *name) {
  return clif__clblast_set_value(v->set, name);
}

/* Is `name` a multiple of a * b, and none of them 0? */
static void multiple(values *v, const char *name, size_t a, size_t b) {
  const size_t of = a * b;
  if (of == 0 || get(v, name) == 0 || get(v, name) % of != 0) v->good = false;
}

static void vector_width(values *v, const char *name) {
  const size_t width = get(v, name);
  if (width == 0 || width > 16 || (width & (width - 1)) != 0) v->good = false;
}

/* The kernel that turns over (0) has its tiles filled by MDIMA and NDIMB, where SA and SB ask for
 * it. The one that does not (1) reads both tiles with the other's size, which is harmless only
 * where they are equal. */
static void check_main_kernel(values *v) {
  const size_t items = get(v, "MDIMC") * get(v, "NDIMC");
  vector_width(v, "VWM");
  vector_width(v, "VWN");
  multiple(v, "KWG", get(v, "KWI"), 1);
  multiple(v, "MWG", get(v, "MDIMC"), get(v, "VWM"));
  multiple(v, "NWG", get(v, "NDIMC"), get(v, "VWN"));
  if (get(v, "GEMMK") == 1) {
    multiple(v, "KREG", get(v, "VWN"), 1);
    if (get(v, "MWG") != get(v, "NWG") || get(v, "SA") || get(v, "SB")) v->good = false;
    return;
  }
  if (get(v, "GEMMK") != 0 || get(v, "KREG") != 1) v->good = false;
  multiple(v, "MWG", get(v, "MDIMA"), get(v, "VWM"));
  multiple(v, "NWG", get(v, "NDIMB"), get(v, "VWN"));
  if (!v->good) return; /* the divisions below need MDIMA and NDIMB */
  if (items % get(v, "MDIMA") || items % get(v, "NDIMB")) v->good = false;
  multiple(v, "KWG", items / get(v, "MDIMA"), 1);
  multiple(v, "KWG", items / get(v, "NDIMB"), 1);
}

static void check_direct_kernel(values *v) {
  const size_t items = get(v, "MDIMCD") * get(v, "NDIMCD");
  vector_width(v, "VWMD");
  vector_width(v, "VWND");
  multiple(v, "WGD", get(v, "KWID"), 1);
  multiple(v, "WGD", get(v, "MDIMCD"), get(v, "VWMD"));
  multiple(v, "WGD", get(v, "NDIMCD"), get(v, "VWND"));
  multiple(v, "WGD", get(v, "MDIMAD"), get(v, "VWMD"));
  multiple(v, "WGD", get(v, "NDIMBD"), get(v, "VWND"));
  if (!v->good) return;
  if (items % get(v, "MDIMAD") || items % get(v, "NDIMBD")) v->good = false;
  multiple(v, "WGD", items / get(v, "MDIMAD"), 1);
  multiple(v, "WGD", items / get(v, "NDIMBD"), 1);
}

static void check_movers(values *v) {
  static const char *const positive[] = {"COPY_DIMX", "COPY_DIMY",   "COPY_WPT",   "PAD_DIMX",
                                         "PAD_DIMY",  "PAD_WPTX",    "PAD_WPTY",   "TRA_DIM",
                                         "TRA_WPT",   "PADTRA_TILE", "PADTRA_WPT", "KREG"};
  for (size_t i = 0; i < sizeof positive / sizeof *positive; i++)
    if (get(v, positive[i]) == 0) v->good = false;
  vector_width(v, "COPY_VW");
  vector_width(v, "TRA_WPT");
}

bool clif__clblast_set_valid(const clif__clblast_set *set) {
  values v = {set, true};
  check_main_kernel(&v);
  check_direct_kernel(&v);
  check_movers(&v);
  return v.good;
}

/* ---- the sets that come with clif ---- */

/* For CPUs under PoCL. A work-item keeps a tile of results in vector registers over the whole sum
 * and reads a and b as they lie (kernel 1, KREG and KWG 1): nothing is turned over or padded where
 * the tile divides m and n, and no barrier cuts the kernel, which PoCL would pay with its
 * registers. The direct kernel, full of barriers, was slower at every size tried, from 64x64x64 and
 * 1x512x512 on, so it is never used; its values here are those that compile quickest. */
static const char for_cpus[] =
    "GEMMK=1 KREG=1 KWG=1 KWI=1 SA=0 SB=0 STRM=0 STRN=0 VWN=1 "
    "KWID=1 MDIMAD=8 MDIMCD=8 NDIMBD=8 NDIMCD=8 PADA=0 PADB=0 VWMD=1 VWND=1 WGD=8 "
    "XGEMM_MIN_INDIRECT_SIZE=1 COPY_DIMX=8 COPY_DIMY=8 COPY_VW=1 COPY_WPT=1 "
    "PAD_DIMX=64 PAD_DIMY=1 PAD_WPTX=1 PAD_WPTY=1 TRA_DIM=8 TRA_PAD=0 TRA_SHUFFLE=0 TRA_WPT=1 "
    "PADTRA_PAD=0 PADTRA_TILE=8 PADTRA_WPT=1 ";

/* The tile by how many floats a vector has. 16 columns, to which clif's rows are padded anyway:
 * then columns never are. AVX-512 was measured. The others were seen to be right, and are what was
 * best on that same processor with vectors kept as short. */
static const struct {
  cl_uint width;
  const char *tile;
} by_width[] = {{16, "MWG=16 NWG=16 MDIMA=1 MDIMC=1 NDIMB=1 NDIMC=1 VWM=16"},
                {8, "MWG=16 NWG=16 MDIMA=2 MDIMC=2 NDIMB=2 NDIMC=2 VWM=8"},
                {4, "MWG=16 NWG=16 MDIMA=2 MDIMC=2 NDIMB=2 NDIMC=2 VWM=4"}};

bool clif__clblast_set_builtin(const clif_context *ctx, clif__clblast_set *set) {
  cl_uint width = 0;
  if (ctx->info.type != CLIF_DEVICE_CPU ||
      clGetDeviceInfo(ctx->device, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, sizeof width, &width,
                      NULL) != CL_SUCCESS)
    return false;
  for (size_t i = 0; i < sizeof by_width / sizeof *by_width; i++)
    if (by_width[i].width == width)
      return clif__clblast_set_read(set, for_cpus) && clif__clblast_set_read(set, by_width[i].tile);
  return false;
}

clif_status clif__clblast_choose(clif_context *ctx, clif__clblast_whose whose, bool *there) {
  clif__clblast_set set = {{0}};
  *there = whose == CLIF__CLBLAST_OWN ||
           (whose == CLIF__CLBLAST_TUNED ? clif__tune_load(ctx, &set)
                                         : clif__clblast_set_builtin(ctx, &set));
  if (!*there) return CLIF_OK;
  if (whose != CLIF__CLBLAST_OWN) return clif__clblast_set_use(ctx, &set);
  clif__free(ctx, ctx->clblast_set);
  ctx->clblast_set = NULL;
  return CLIF_OK;
}

clif_status clif__clblast_set_use(clif_context *ctx, const clif__clblast_set *set) {
  if (!ctx->clblast_set) ctx->clblast_set = clif__calloc(ctx, 1, sizeof *set);
  if (!ctx->clblast_set) return CLIF_OUT_OF_MEMORY;
  *ctx->clblast_set = *set;
  return CLIF_OK;
}
