/* nir_nodes.c - NIR's nodes, one function per type: their fields checked and handed to the builder.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/nir.h"

clif_status clif__nir_in_file(clif__nir_reader *r, clif_status status) {
  if (status == CLIF_OK) return CLIF_OK;
  char said[sizeof r->ctx->error];
  memcpy(said, r->ctx->error, sizeof said);
  clif__where(r->ctx, NULL);
  return clif__fail(r->ctx, status, "'%s': %s", r->h5.path, said);
}

static clif_status read_finite(clif__nir_reader *r, const char *field, clif_dtype dtype,
                               clif__numbers *out) {
  CLIF_TRY(clif__h5_numbers(&r->h5, field, dtype, out));
  for (size_t i = 0; i < out->count; i++) {
    double x = dtype == CLIF_F32 ? (double)((float *)out->data)[i] : ((double *)out->data)[i];
    if (isfinite(x)) continue;
    clif__numbers_free(r->ctx, out);
    return clif__h5_fail(&r->h5, CLIF_FORMAT, field,
                         "has the value %g at position %zu, and every value must be a finite %s; "
                         "check how the network was trained or exported",
                         x, i, clif_dtype_name(dtype));
  }
  return CLIF_OK;
}

static clif_status check_whole(clif__nir_reader *r, const char *field, double x, double least,
                               double most) {
  if (x == floor(x) && x >= least && x <= most) return CLIF_OK;
  return clif__h5_fail(&r->h5, CLIF_FORMAT, field,
                       "has the value %g, and a whole number from %g on is needed; export the "
                       "network again",
                       x, least);
}

/* ---- shapes ---- */

static clif_status read_shape(clif__nir_reader *r, const char *field, clif_shape *out) {
  const double most = 9007199254740992.0; /* 2^53: doubles are exact up to here */
  clif_status status = CLIF_OK;
  clif__numbers n;
  CLIF_TRY(read_finite(r, field, CLIF_F64, &n));
  *out = (clif_shape){.ndim = (unsigned)n.count};
  if (n.ndim > 1 || n.count > CLIF_MAX_SHAPE)
    status = clif__h5_fail(&r->h5, CLIF_FORMAT, field,
                           "holds %zu numbers, and a shape has 1 to %d; export the network again",
                           n.count, CLIF_MAX_SHAPE);
  for (size_t i = 0; i < n.count && status == CLIF_OK; i++) {
    double size = ((double *)n.data)[i];
    status = check_whole(r, field, size, 1, most);
    if (status == CLIF_OK) out->dim[i] = (size_t)size;
  }
  clif__numbers_free(r->ctx, &n);
  return status;
}

static clif_status add_input(clif__nir_reader *r, const char *name) {
  clif_shape shape;
  CLIF_TRY(read_shape(r, "shape", &shape));
  return clif__nir_in_file(r, clif_network_add_input(r->net, name, &shape));
}

static clif_status add_output(clif__nir_reader *r, const char *name) {
  return clif__nir_in_file(r, clif_network_add_output(r->net, name));
}

static clif_status read_dimension(clif__nir_reader *r, const char *field, int *out) {
  clif__numbers n;
  CLIF_TRY(read_finite(r, field, CLIF_F64, &n));
  double x = *(double *)n.data;
  size_t count = n.count;
  clif__numbers_free(r->ctx, &n);
  if (count != 1)
    return clif__h5_fail(&r->h5, CLIF_FORMAT, field,
                         "should be one number; export the network "
                         "again");
  CLIF_TRY(check_whole(r, field, x, -CLIF_MAX_SHAPE, CLIF_MAX_SHAPE));
  *out = (int)x;
  return CLIF_OK;
}

static clif_status add_flatten(clif__nir_reader *r, const char *name) {
  int start = 0, end = 0;
  CLIF_TRY(read_dimension(r, "start_dim", &start));
  CLIF_TRY(read_dimension(r, "end_dim", &end));
  return clif__nir_in_file(r, clif_network_add_flatten(r->net, name, start, end));
}

/* ---- weights ---- */

static clif_status read_weight(clif__nir_reader *r, clif__numbers *out) {
  CLIF_TRY(read_finite(r, "weight", CLIF_F32, out));
  if (out->ndim == 2) return CLIF_OK;
  unsigned ndim = out->ndim;
  clif__numbers_free(r->ctx, out);
  return clif__h5_fail(
      &r->h5, CLIF_FORMAT, "weight",
      "has %u dimensions, and a matrix (out, in) is read; export the network again", ndim);
}

static clif_status add_linear(clif__nir_reader *r, const char *name) {
  clif__numbers w;
  CLIF_TRY(read_weight(r, &w));
  clif_status status = clif__nir_in_file(
      r, clif_network_add_linear(r->net, name, w.shape[1], w.shape[0], w.data, NULL));
  clif__numbers_free(r->ctx, &w);
  return status;
}

static clif_status add_affine(clif__nir_reader *r, const char *name) {
  clif_status status = CLIF_OK;
  clif__numbers w = {0}, bias = {0};
  CLIF_TRY_OR_FAIL(read_weight(r, &w));
  CLIF_TRY_OR_FAIL(read_finite(r, "bias", CLIF_F32, &bias));
  if (bias.count != w.shape[0]) {
    status = clif__h5_fail(&r->h5, CLIF_FORMAT, "bias",
                           "has %zu values, but 'weight' has %zu outputs; export the network again",
                           bias.count, w.shape[0]);
    goto fail;
  }
  status = clif__nir_in_file(
      r, clif_network_add_linear(r->net, name, w.shape[1], w.shape[0], w.data, bias.data));
fail:
  clif__numbers_free(r->ctx, &bias);
  clif__numbers_free(r->ctx, &w);
  return status;
}

static clif_status add_scale(clif__nir_reader *r, const char *name) {
  clif__numbers n;
  CLIF_TRY(read_finite(r, "scale", CLIF_F32, &n));
  clif_shape shape = {1, {1}}; /* of a single number */
  if (n.ndim) shape.ndim = n.ndim;
  for (unsigned i = 0; i < n.ndim; i++) shape.dim[i] = n.shape[i];
  clif_status status = clif__nir_in_file(r, clif_network_add_scale(r->net, name, &shape, n.data));
  clif__numbers_free(r->ctx, &n);
  return status;
}

/* ---- neurons ---- */

enum { TAU, R, V_LEAK, V_THRESHOLD, V_RESET, N_PARAMS };

static const char *const param_names[N_PARAMS] = {"tau", "r", "v_leak", "v_threshold", "v_reset"};

typedef struct params {
  clif__numbers numbers[N_PARAMS]; /* count 0: not read */
} params;

static void free_params(clif__nir_reader *r, params *p) {
  for (int i = 0; i < N_PARAMS; i++) clif__numbers_free(r->ctx, &p->numbers[i]);
}

/* Reads the fields of the set `which` (bits 1 << TAU and so on). Only v_reset may be missing. */
static clif_status read_params(clif__nir_reader *r, unsigned which, params *out) {
  clif_status status = CLIF_OK;
  *out = (params){0};
  for (int i = 0; i < N_PARAMS; i++) {
    if (!(which >> i & 1) || (i == V_RESET && !clif__h5_has(&r->h5, "v_reset"))) continue;
    CLIF_TRY_OR_FAIL(read_finite(r, param_names[i], CLIF_F64, &out->numbers[i]));
  }
  return CLIF_OK;

fail:
  free_params(r, out);
  return status;
}

static clif_param as_param(const clif__numbers *n) {
  if (n->count == 0) return clif_scalar(0.0);
  const double *values = n->data;
  return n->count == 1 ? clif_scalar(values[0]) : clif_per_neuron(values, n->count);
}

static clif_status check_zero(clif__nir_reader *r, const params *p, int which) {
  const clif__numbers *n = &p->numbers[which];
  for (size_t i = 0; i < n->count; i++)
    if (((double *)n->data)[i] != 0.0)
      return clif__h5_fail(&r->h5, CLIF_UNSUPPORTED, param_names[which],
                           "is %g, and snnTorch knows only 0; read the file without the snntorch "
                           "compatibility",
                           ((double *)n->data)[i]);
  return CLIF_OK;
}

static clif_status check_compat(clif__nir_reader *r, const params *p) {
  if (r->options.compat != CLIF_NIR_SNNTORCH) return CLIF_OK;
  CLIF_TRY(check_zero(r, p, V_LEAK));
  return check_zero(r, p, V_RESET);
}

static clif_status add_lif(clif__nir_reader *r, const char *name) {
  clif_status status = CLIF_OK;
  params p;
  CLIF_TRY(read_params(r, (1u << N_PARAMS) - 1, &p));
  CLIF_TRY_OR_FAIL(check_compat(r, &p));
  clif_lif_params lif = clif_lif_defaults();
  lif.dt = r->options.dt;
  lif.tau = as_param(&p.numbers[TAU]);
  lif.r = as_param(&p.numbers[R]);
  lif.v_leak = as_param(&p.numbers[V_LEAK]);
  lif.v_reset = as_param(&p.numbers[V_RESET]);
  lif.threshold = as_param(&p.numbers[V_THRESHOLD]);
  lif.compare = CLIF_FIRE_ABOVE_THRESHOLD;
  status = clif__nir_in_file(r, clif_network_add_lif(r->net, name, &lif));
fail:
  free_params(r, &p);
  return status;
}

static clif_status add_li(clif__nir_reader *r, const char *name) {
  clif_status status = CLIF_OK;
  params p;
  CLIF_TRY(read_params(r, 1u << TAU | 1u << R | 1u << V_LEAK, &p));
  CLIF_TRY_OR_FAIL(check_compat(r, &p));
  clif_li_params li = clif_li_defaults();
  li.dt = r->options.dt;
  li.tau = as_param(&p.numbers[TAU]);
  li.r = as_param(&p.numbers[R]);
  li.v_leak = as_param(&p.numbers[V_LEAK]);
  status = clif__nir_in_file(r, clif_network_add_li(r->net, name, &li));
fail:
  free_params(r, &p);
  return status;
}

/* Does dt enter into what an IF node adds for its input? */
static bool gain_has_dt(const clif__nir_reader *r, const clif__numbers *resistance) {
  if (r->options.if_gain != CLIF_NIR_IF_AUTO) return r->options.if_gain == CLIF_NIR_IF_DT_R;
  for (size_t i = 0; i < resistance->count; i++)
    if (((double *)resistance->data)[i] != 1.0) return true;
  return false;
}

static clif_status add_if(clif__nir_reader *r, const char *name) {
  clif_status status = CLIF_OK;
  params p;
  CLIF_TRY(read_params(r, 1u << R | 1u << V_THRESHOLD | 1u << V_RESET, &p));
  CLIF_TRY_OR_FAIL(check_compat(r, &p));
  clif__numbers *resistance = &p.numbers[R];
  if (gain_has_dt(r, resistance))
    for (size_t i = 0; i < resistance->count; i++) ((double *)resistance->data)[i] *= r->options.dt;
  clif_if_params neuron = clif_if_defaults();
  neuron.r = as_param(resistance);
  neuron.v_reset = as_param(&p.numbers[V_RESET]);
  neuron.threshold = as_param(&p.numbers[V_THRESHOLD]);
  neuron.compare = CLIF_FIRE_ABOVE_THRESHOLD;
  status = clif__nir_in_file(r, clif_network_add_if(r->net, name, &neuron));
fail:
  free_params(r, &p);
  return status;
}

/* ---- what they say about dt ---- */

static clif_status survey_leaky(clif__nir_reader *r, const char *name) {
  params p;
  CLIF_TRY(read_params(r, 1u << TAU | 1u << R, &p));
  const clif__numbers *tau = &p.numbers[TAU], *gain = &p.numbers[R];
  for (size_t i = 0; i < tau->count || i < gain->count; i++) {
    /* Lists of different lengths are refused later, by the neurons. */
    double t = ((double *)tau->data)[i < tau->count ? i : 0];
    double g = ((double *)gain->data)[i < gain->count ? i : 0];
    clif__nir_suggest(&r->gain_one, t / g);
    clif__nir_suggest(&r->rockpool, t / (1.0 + g));
  }
  if (!r->timed) r->timed = name;
  free_params(r, &p);
  return CLIF_OK;
}

static clif_status survey_if(clif__nir_reader *r, const char *name) {
  params p;
  CLIF_TRY(read_params(r, 1u << R, &p));
  const clif__numbers *gain = &p.numbers[R];
  if (gain_has_dt(r, gain)) {
    for (size_t i = 0; i < gain->count; i++)
      clif__nir_suggest(&r->gain_one, 1.0 / ((double *)gain->data)[i]);
    if (!r->timed) r->timed = name;
  }
  free_params(r, &p);
  return CLIF_OK;
}

/* ---- the table ---- */

static const clif__nir_kind all_kinds[] = {
    {"Input", NULL, add_input},     {"Output", NULL, add_output}, {"Affine", NULL, add_affine},
    {"Linear", NULL, add_linear},   {"Scale", NULL, add_scale},   {"Flatten", NULL, add_flatten},
    {"LIF", survey_leaky, add_lif}, {"IF", survey_if, add_if},    {"LI", survey_leaky, add_li},
};
enum { N_KINDS = sizeof all_kinds / sizeof *all_kinds };

const clif__nir_kind *clif__nir_find_kind(const char *type) {
  for (size_t i = 0; i < N_KINDS; i++)
    if (strcmp(type, all_kinds[i].type) == 0) return &all_kinds[i];
  return NULL;
}

clif_status clif__nir_unknown_kind(clif__nir_reader *r, const char *type) {
  char known[128] = "";
  for (size_t i = 0; i < N_KINDS; i++) {
    size_t used = strlen(known);
    snprintf(known + used, sizeof known - used, "%s%s",
             i == 0            ? ""
             : i + 1 < N_KINDS ? ", "
                               : " and ",
             all_kinds[i].type);
  }
  return clif__h5_fail(&r->h5, CLIF_UNSUPPORTED, NULL,
                       "is of type '%.64s', which this version does not read; it reads %s", type,
                       known);
}
