/* weights.c - other weights for a linear layer of a network that has been prepared. */
#include <math.h>
#include <string.h>

#include "network/network.h"
#include "network/schedule.h"

static clif_status check_array(clif_network *net, const char *what, const clif_array *a,
                               unsigned ndim, size_t n, size_t m) {
  if (!clif__array_valid(a))
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "the %s %s", what, clif__array_fault(a));
  if (a->ndim == ndim && a->dtype == CLIF_F32 && a->shape[0] == n &&
      (ndim == 1 || a->shape[1] == m))
    return CLIF_OK;
  if (ndim == 1)
    return clif__fail(net->ctx, CLIF_SHAPE, "the %s must be float32 of %zu elements", what, n);
  return clif__fail(net->ctx, CLIF_SHAPE, "the %s must be float32 of shape (%zu, %zu)", what, n, m);
}

static float at(const clif_array *a, size_t i, size_t j) {
  float value; /* strides may be such that it is not aligned */
  const char *place =
      (const char *)a->data + i * a->strides[0] + (a->ndim > 1 ? j * a->strides[1] : 0);
  memcpy(&value, place, sizeof value);
  return value;
}

/* Are n numbers finite, `stride` bytes from one to the next? */
static bool are_finite(const char *first, size_t n, size_t stride) {
  const uint32_t all_ones = 0x7f800000; /* the exponent of NaN and infinities */
  uint32_t bits, found = 0;
  for (size_t i = 0; i < n; i++) {
    memcpy(&bits, first + i * stride, sizeof bits);
    found |= (bits & all_ones) == all_ones;
  }
  return !found;
}

/* The same of an array, along its memory. */
static bool is_finite(const clif_array *a) {
  const bool flat = a->ndim == 1, turned = !flat && a->strides[0] < a->strides[1];
  const unsigned inner = flat || turned ? 0 : 1;
  const size_t rows = flat ? 1 : a->shape[1 - inner], step = flat ? 0 : a->strides[1 - inner];
  const size_t n = a->shape[inner], stride = a->strides[inner], beside = sizeof(float);
  for (size_t i = 0; i < rows; i++) {
    const char *row = (const char *)a->data + i * step;
    /* A constant lets the compiler take many at a time. */
    if (!(stride == beside ? are_finite(row, n, beside) : are_finite(row, n, stride))) return false;
  }
  return true;
}

static clif_status check_finite(clif_network *net, const char *what, const clif_array *a) {
  const size_t columns = a->ndim > 1 ? a->shape[1] : 1;
  if (is_finite(a)) return CLIF_OK;
  for (size_t i = 0; i < a->shape[0]; i++)
    for (size_t j = 0; j < columns; j++)
      if (!isfinite(at(a, i, j)))
        return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT,
                          "element %zu of its %s is %g; it must be finite", i * columns + j, what,
                          (double)at(a, i, j));
  return CLIF_OK;
}

enum { BLOCK = 32 }; /* by blocks of so many rows and columns, which stay in a cache */

static bool same_bits(float a, float b) {
  uint32_t of_a, of_b;
  memcpy(&of_a, &a, sizeof of_a);
  memcpy(&of_b, &b, sizeof of_b);
  return of_a == of_b;
}

/* Is the (out, in) array what is there as [in][out padded]? */
static bool is_there(const clif_array *a, const float *there, size_t pitch) {
  if (a->strides[0] == sizeof(float)) {
    for (size_t k = 0; k < a->shape[1]; k++)
      if (memcmp(there + k * pitch, (const char *)a->data + k * a->strides[1],
                 a->shape[0] * sizeof(float)) != 0)
        return false;
    return true;
  }
  for (size_t j0 = 0; j0 < a->shape[0]; j0 += BLOCK)
    for (size_t k0 = 0; k0 < a->shape[1]; k0 += BLOCK)
      for (size_t k = k0; k < a->shape[1] && k < k0 + BLOCK; k++)
        for (size_t j = j0; j < a->shape[0] && j < j0 + BLOCK; j++)
          if (!same_bits(there[k * pitch + j], at(a, j, k))) return false;
  return true;
}

static bool are_there(const clif__linear *l, const clif_array *weight, const clif_array *bias) {
  for (size_t j = 0; bias && j < l->out; j++)
    if (!same_bits(l->bias[j], at(bias, j, 0))) return false;
  return is_there(weight, l->weight, l->pitch);
}

/* From (out, in) to the device's [in][out padded]; row by row where the array lies so. */
static void turn(const clif_array *a, float *to, size_t pitch) {
  const size_t row = a->shape[0] * sizeof(float);
  if (a->strides[0] == sizeof(float)) {
    for (size_t k = 0; k < a->shape[1]; k++)
      memcpy(to + k * pitch, (const char *)a->data + k * a->strides[1], row);
    return;
  }
  for (size_t j0 = 0; j0 < a->shape[0]; j0 += BLOCK)
    for (size_t k0 = 0; k0 < a->shape[1]; k0 += BLOCK)
      for (size_t k = k0; k < a->shape[1] && k < k0 + BLOCK; k++)
        for (size_t j = j0; j < a->shape[0] && j < j0 + BLOCK; j++) to[k * pitch + j] = at(a, j, k);
}

clif_status clif__constants_upload(clif_network *net, const void *data) {
  for (size_t i = 0; i < net->plan->n_tensors; i++)
    if (net->plan->tensors[i].life == CLIF__CONSTANT && net->plan->tensors[i].data == data)
      CLIF_TRY(clif__constant_upload(net->ctx, &net->plan->tensors[i], net->schedule->buffers[i]));
  return CLIF_OK;
}

static clif_status find_linear(clif_network *net, const char *name, clif__linear **out) {
  size_t index = name ? clif__network_find(net, name) : net->n_layers;
  if (index == net->n_layers || net->layers[index].type != &clif__linear_class)
    return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "there is no linear layer named '%s'",
                      name ? name : "NULL");
  *out = &net->layers[index].data.linear;
  return CLIF_OK;
}

static clif_status check(clif_network *net, const clif__linear *l, const clif_array *weight,
                         const clif_array *bias) {
  if (!weight) return clif__fail(net->ctx, CLIF_INVALID_ARGUMENT, "the weight is NULL");
  CLIF_TRY(check_array(net, "weight", weight, 2, l->out, l->in));
  if (!bias != !l->bias)
    return clif__fail(net->ctx, CLIF_SHAPE, "the layer was made %s a bias, which cannot be changed",
                      l->bias ? "with" : "without");
  return bias ? check_array(net, "bias", bias, 1, l->out, 0) : CLIF_OK;
}

static clif_status upload(clif_network *net, clif__linear *l) {
  l->outdated = true;
  CLIF_TRY(clif__constants_upload(net, l->weight));
  if (l->bias) CLIF_TRY(clif__constants_upload(net, l->bias));
  CLIF_TRY(clif__finish(net->ctx));
  l->outdated = false;
  return CLIF_OK;
}

clif_status clif_network_set_weights(clif_network *net, const char *layer, const clif_array *weight,
                                     const clif_array *bias) {
  clif__linear *l;
  if (!net) return CLIF_INVALID_ARGUMENT;
  clif__where(net->ctx, NULL);
  CLIF_TRY(clif__check_prepared(net));
  CLIF_TRY(find_linear(net, layer, &l));
  CLIF_TRY(check(net, l, weight, bias));
  if (!l->outdated && are_there(l, weight, bias)) return CLIF_OK;
  CLIF_TRY(check_finite(net, "weight", weight));
  if (bias) CLIF_TRY(check_finite(net, "bias", bias));
  turn(weight, l->weight, l->pitch);
  for (size_t j = 0; bias && j < l->out; j++) l->bias[j] = at(bias, j, 0);
  net->weights++;
  clif_status status = upload(net, l);
  if (status == CLIF_OK) return CLIF_OK;
  clFinish(net->ctx->queue);
  net->valid = false; /* the device may have a part of them */
  return status;
}
