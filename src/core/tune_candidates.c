/* tune_candidates.c - what clif_tune() tries, in which order.
 *
 * A CPU under PoCL compiles a set for some seconds, so there is time for one or two dozen: those
 * come first that were good somewhere. What breaks a rule for the set at hand is passed over by the
 * search, so a step need not fit every set. */
#include "core/tune.h"

/* ---- CPUs ---- */

/* The tile of a work-item is MWG/MDIMC x NWG/NDIMC results, in (MWG/MDIMC/VWM) x (NWG/NDIMC)
 * vectors: few enough for the registers, enough to be reused. Tiles that do not divide the usual
 * sizes (48) pay for padding, but keep rows from lying a power of two apart, which caches dislike.
 */
static const char *const cpu_tiles[] = {"MWG=32 NWG=32 MDIMC=1 MDIMA=1 NDIMC=2 NDIMB=2",
                                        "MWG=16 NWG=16 MDIMC=1 MDIMA=1 NDIMC=1 NDIMB=1",
                                        "MWG=48 NWG=48 MDIMC=1 MDIMA=1 NDIMC=6 NDIMB=6",
                                        "MWG=32 NWG=32 MDIMC=2 MDIMA=2 NDIMC=2 NDIMB=2",
                                        "MWG=16 NWG=16 MDIMC=2 MDIMA=2 NDIMC=2 NDIMB=2 VWM=8",
                                        "MWG=64 NWG=64 MDIMC=2 MDIMA=2 NDIMC=8 NDIMB=8",
                                        "MWG=48 NWG=48 MDIMC=3 MDIMA=3 NDIMC=3 NDIMB=3",
                                        "MWG=32 NWG=32 MDIMC=1 MDIMA=1 NDIMC=4 NDIMB=4",
                                        "MWG=64 NWG=64 MDIMC=4 MDIMA=4 NDIMC=4 NDIMB=4",
                                        "MWG=16 NWG=16 MDIMC=1 MDIMA=1 NDIMC=2 NDIMB=2",
                                        "MWG=16 NWG=16 MDIMC=2 MDIMA=2 NDIMC=2 NDIMB=2 VWM=4",
                                        "MWG=32 NWG=32 MDIMC=2 MDIMA=2 NDIMC=8 NDIMB=8 VWM=8",
                                        NULL};

static const char *const cpu_steps[] = {
    "PAD_DIMX=256",    "MDIMC=1 MDIMA=1", "NDIMC=1 NDIMB=1", "PAD_DIMX=16",
    "KWG=4 KWI=4",     "VWM=8",           "NDIMC=3 NDIMB=3", "PAD_WPTY=2",
    "MDIMC=4 MDIMA=4", "NDIMC=4 NDIMB=4", "VWM=16",          "NDIMC=8 NDIMB=8",
    "VWM=4",           "PAD_WPTX=2",      "KREG=4 VWN=4",    NULL};

/* ---- other devices ---- */

static const char gpu_start[] =
    "GEMMK=0 KREG=1 KWG=16 KWI=2 MDIMA=8 MDIMC=8 MWG=64 NDIMB=8 NDIMC=8 NWG=64 SA=1 SB=1 STRM=0 "
    "STRN=0 VWM=2 VWN=2 KWID=2 MDIMAD=8 MDIMCD=8 NDIMBD=8 NDIMCD=8 PADA=1 PADB=1 VWMD=2 VWND=2 "
    "WGD=32 XGEMM_MIN_INDIRECT_SIZE=384 COPY_DIMX=16 COPY_DIMY=8 COPY_VW=2 COPY_WPT=1 PAD_DIMX=16 "
    "PAD_DIMY=8 PAD_WPTX=1 PAD_WPTY=1 TRA_DIM=8 TRA_PAD=0 TRA_SHUFFLE=0 TRA_WPT=2 PADTRA_PAD=1 "
    "PADTRA_TILE=16 PADTRA_WPT=1";

static const char *const gpu_tiles[] = {
    "MWG=64 NWG=64 MDIMC=8 MDIMA=8 NDIMC=8 NDIMB=8",
    "MWG=128 NWG=64 MDIMC=16 MDIMA=16 NDIMC=8 NDIMB=8 VWM=4",
    "MWG=128 NWG=128 MDIMC=16 MDIMA=16 NDIMC=16 NDIMB=16 VWM=4 VWN=4",
    "MWG=64 NWG=64 MDIMC=16 MDIMA=16 NDIMC=16 NDIMB=16",
    "MWG=64 NWG=64 MDIMC=8 MDIMA=8 NDIMC=8 NDIMB=8 KWG=32 VWM=4 VWN=4",
    "MWG=32 NWG=64 MDIMC=8 MDIMA=8 NDIMC=16 NDIMB=16 VWM=4",
    "MWG=64 NWG=64 MDIMC=8 MDIMA=8 NDIMC=8 NDIMB=8 SA=0 SB=0 VWM=4 VWN=4",
    ("GEMMK=1 KREG=4 KWG=1 KWI=1 SA=0 SB=0 MWG=32 NWG=32 MDIMC=8 MDIMA=8 NDIMC=8 NDIMB=8 VWM=4 "
     "VWN=4"),
    NULL};

static const char *const gpu_steps[] = {
    "SB=0",      "SA=0",         "KWG=32",     "STRM=1 STRN=1",
    "VWM=4",     "VWN=4",        "KWI=8",      "XGEMM_MIN_INDIRECT_SIZE=128",
    "VWN=1",     "PADTRA_WPT=2", "PAD_WPTX=2", "WGD=64",
    "TRA_PAD=1", "TRA_WPT=4",    "COPY_VW=4",  "PADTRA_TILE=8",
    NULL};

/* The list for CPUs only changes what clif brings for them. */
static bool is_known_cpu(const clif_context *ctx) {
  clif__clblast_set set;
  return clif__clblast_set_builtin(ctx, &set);
}

void clif__tune_start(const clif_context *ctx, clif__clblast_set *set) {
  if (!clif__clblast_set_builtin(ctx, set)) clif__clblast_set_read(set, gpu_start);
}

const char *clif__tune_tile(const clif_context *ctx, size_t index) {
  return (is_known_cpu(ctx) ? cpu_tiles : gpu_tiles)[index];
}

const char *clif__tune_step(const clif_context *ctx, size_t index) {
  return (is_known_cpu(ctx) ? cpu_steps : gpu_steps)[index];
}
