/* lif_input.c - the input of clif lif: what --input means, and its values. */
#include <float.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "draw.h"
#include "files.h"
#include "lif.h"
#include "size.h"

/* ---- --input ---- */

static const struct {
  const char *word; /* with its colon */
  size_t numbers;
  lif_source source;
} forms[] = {{"const:", 1, LIF_CONST},
             {"uniform:", 2, LIF_UNIFORM},
             {"ramp:", 2, LIF_RAMP},
             {"normal:", 2, LIF_NORMAL}};

/* A number that float32 can hold, from the first `length` bytes of a text. */
static bool read_number(const char *text, size_t length, double *out) {
  char copy[64];
  if (length >= sizeof copy) return false;
  memcpy(copy, text, length);
  copy[length] = 0;
  return parse_number(copy, out) && fabs(*out) <= (double)FLT_MAX;
}

static bool read_numbers(const char *text, size_t n, lif_input *input) {
  const char *comma = strchr(text, ',');
  if (n == 1) return read_number(text, strlen(text), &input->a);
  return comma && read_number(text, (size_t)(comma - text), &input->a) &&
         read_number(comma + 1, strlen(comma + 1), &input->b);
}

static bool sensible(const lif_input *input) {
  if (input->source == LIF_UNIFORM) return input->a < input->b;
  if (input->source == LIF_NORMAL) return input->b >= 0;
  return true;
}

int lif_input_parse(const char *text, lif_input *input) {
  static const char said[] =
      "--input is const:X, uniform:LOW,HIGH, ramp:FROM,TO, normal:MEAN,STD or a .npy file";
  input->text = text;
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    const size_t length = strlen(forms[i].word);
    if (strncmp(text, forms[i].word, length) != 0) continue;
    input->source = forms[i].source;
    if (read_numbers(text + length, forms[i].numbers, input) && sensible(input)) return TOOL_OK;
    return complain_usage(
        "lif", "%s, with finite numbers, LOW below HIGH, STD not below 0; not '%s'", said, text);
  }
  if (strchr(text, ':') && access(text, F_OK) != 0)
    return complain_usage("lif", "%s, not '%s'", said, text);
  input->source = LIF_FILE;
  input->text = or_stdin(text);
  return option_path("lif", "--input", input->text, &input->text);
}

/* ---- values ---- */

/* A file's values of one step are `count` or, the same for all, one. */
static void copy_step(const clif_array *file, size_t step, size_t count, float *row) {
  const float *values = (const float *)((const char *)file->data + step * file->strides[0]);
  const bool same = file->ndim == 1;
  for (size_t i = 0; i < count; i++) row[i] = values[same ? 0 : i];
}

static float ramp_value(const lif_input *input, size_t step, size_t steps) {
  if (steps < 2 || step == 0) return (float)input->a;
  if (step == steps - 1) return (float)input->b;
  return (float)(input->a + (input->b - input->a) * ((double)step / (double)(steps - 1)));
}

/* The index of a random number. Neurons and samples may be added without changing others'. */
static uint64_t draw_index(size_t sample, size_t neuron) {
  return ((uint64_t)sample << 32) + neuron;
}

static void draw_step(const lif_session *session, size_t step, float *row) {
  const lif_input *input = &session->options->input;
  const uint64_t key = draw_key(session->options->seed, DRAW_INPUT, step);
  for (size_t b = 0; b < session->samples; b++)
    for (size_t i = 0; i < session->neurons; i++) {
      const uint64_t index = draw_index(b, i);
      *row++ = (float)(input->source == LIF_UNIFORM
                           ? input->a + (input->b - input->a) * draw_unit(key, index)
                           : input->a + input->b * draw_normal(key, index));
    }
}

static void add_noise(const lif_session *session, size_t step, float *row) {
  const double noise = session->options->input.noise;
  const uint64_t key = draw_key(session->options->seed, DRAW_INPUT_NOISE, step);
  if (noise == 0) return;
  for (size_t b = 0; b < session->samples; b++)
    for (size_t i = 0; i < session->neurons; i++, row++)
      *row = (float)((double)*row + noise * draw_normal(key, draw_index(b, i)));
}

static void fill_step(const lif_session *session, size_t step, float *row) {
  const lif_input *input = &session->options->input;
  const size_t count = session->neurons * session->samples;
  switch (input->source) {
  case LIF_FILE:
    copy_step(&session->loaded, step, count, row);
    break;
  case LIF_UNIFORM:
  case LIF_NORMAL:
    draw_step(session, step, row);
    break;
  case LIF_CONST:
    for (size_t i = 0; i < count; i++) row[i] = (float)input->a;
    break;
  case LIF_RAMP:
    for (size_t i = 0; i < count; i++) row[i] = ramp_value(input, step, session->steps);
    break;
  }
  if (input->relu)
    for (size_t i = 0; i < count; i++) row[i] = row[i] < 0 ? 0 : row[i]; /* a NaN stays one */
  add_noise(session, step, row);
}

clif_array lif_input_part(lif_session *session, size_t first, size_t steps) {
  if (session->ready.ndim) return clif_array_slice(&session->ready, 0, first, steps);
  const bool constant =
      session->options->input.source == LIF_CONST && session->options->input.noise == 0;
  clif_array part = session->drawn;
  if (constant) { /* one row, shown in every step */
    if (first == 0) fill_step(session, 0, part.data);
    part.shape[0] = steps;
    part.strides[0] = 0;
    return part;
  }
  for (size_t i = 0; i < steps; i++)
    fill_step(session, first + i, (float *)((char *)part.data + i * part.strides[0]));
  return clif_array_slice(&part, 0, 0, steps);
}
