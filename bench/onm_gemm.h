/* onm_gemm.h - one matrix product of all rows by CBLAS, called as anybody would call it: what the
 * linear layer of clif-bench onm is compared with where CBLAS computes it. */
#ifndef CLIF_BENCH_ONM_GEMM_H
#define CLIF_BENCH_ONM_GEMM_H

#include <stdbool.h>
#include <stddef.h>

/* Was clif-bench built with one? */
bool onm_gemm_available(void);

/* y = x W^T: x is (rows, n), W is (n, n), y is (rows, n). False where a size is beyond an int. */
bool onm_gemm(const float *x, const float *weight, float *y, size_t rows, size_t n);

/* The processor that OpenBLAS takes this one for, which decides its speed; "" without it. */
const char *onm_gemm_core(void);

#endif
