/* gemm.h - those who compute matrix products; for the core room only. */
#ifndef CLIF_CORE_GEMM_H
#define CLIF_CORE_GEMM_H

#include "core/core.h"

/* As clif__gemm_scratch_as() and clif__gemm_enqueue_as(); the sizes have been checked. By CLBlast
 * one product at a time. */
clif_status clif__clblast_scratch(clif_context *ctx, const clif__gemm *g,
                                  const clif__gemm_form *form, size_t *bytes);
clif_status clif__clblast_enqueue(clif_context *ctx, const clif__gemm *g,
                                  const clif__gemm_form *form, cl_mem a, cl_mem b, cl_mem c,
                                  cl_mem scratch);

bool clif__cblas_available(const clif_context *ctx);
clif_status clif__cblas_enqueue(clif_context *ctx, const clif__gemm *g, const clif__gemm_form *form,
                                cl_mem a, cl_mem b, cl_mem c);

#endif
