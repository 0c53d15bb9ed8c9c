/* onm_gemm.c - one matrix product of all rows by CBLAS. */
#include "onm_gemm.h"

#ifdef CLIF_WITH_CBLAS

#include <cblas.h>
#include <limits.h>

bool onm_gemm_available(void) {
  return true;
}

bool onm_gemm(const float *x, const float *weight, float *y, size_t rows, size_t n) {
  if (rows > INT_MAX || n > INT_MAX) return false;
  const int m = (int)rows, k = (int)n;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, k, k, 1.0f, x, k, weight, k, 0.0f, y, k);
  return true;
}

const char *onm_gemm_core(void) {
  return openblas_get_corename();
}

#else

bool onm_gemm_available(void) {
  return false;
}

bool onm_gemm(const float *x, const float *weight, float *y, size_t rows, size_t n) {
  (void)x, (void)weight, (void)y, (void)rows, (void)n;
  return false;
}

const char *onm_gemm_core(void) {
  return "";
}

#endif
