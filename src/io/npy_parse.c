/* npy_parse.c - the head of a .npy file: a preamble, then a Python dict of three entries. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "io/npy.h"

#define RESAVE "save it with numpy.ascontiguousarray(x.astype('float32'))"

static clif_status refuse(clif__npy_why *why, clif_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static clif_status refuse(clif__npy_why *why, clif_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(why->text, sizeof why->text, format, arguments);
  va_end(arguments);
  return status;
}

#define TRY(call)                                                                                  \
  do {                                                                                             \
    clif_status try_status = (call);                                                               \
    if (try_status != CLIF_OK) return try_status;                                                  \
  } while (0)

clif_status clif__npy_offset(const unsigned char *data, size_t size, size_t *offset,
                             clif__npy_why *why) {
  static const unsigned char magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
  if (size == 0) return refuse(why, CLIF_FORMAT, "is empty; " RESAVE " and numpy.save");
  if (memcmp(data, magic, size < sizeof magic ? size : sizeof magic) != 0)
    return refuse(why, CLIF_FORMAT, "is not a .npy file; write one with numpy.save(path, x)");
  if (size < CLIF__NPY_PREAMBLE)
    return refuse(why, CLIF_FORMAT, "is cut short within its head; save it again");
  unsigned major = data[6], minor = data[7];
  if (major < 1 || major > 3 || minor != 0)
    return refuse(why, CLIF_UNSUPPORTED,
                  "is of .npy format %u.%u, and 1.0, 2.0 and 3.0 are read; save it with numpy.save",
                  major, minor);
  size_t length = data[8] | (size_t)data[9] << 8, start = 10;
  if (major > 1) {
    length |= (size_t)data[10] << 16 | (size_t)data[11] << 24;
    start = 12;
  }
  if (length > CLIF__NPY_MAX_OFFSET - start)
    return refuse(why, CLIF_FORMAT,
                  "says that its head has %zu bytes, which cannot be; save it again", length);
  *offset = start + length;
  return CLIF_OK;
}

/* ---- Python's notation ---- */

typedef struct cursor {
  const char *at, *end;
  clif__npy_why *why;
} cursor;

/* A piece of the head, without a zero byte at its end. */
typedef struct span {
  const char *text;
  int length;
} span;

static clif_status malformed(const cursor *c, const char *expected) {
  return refuse(c->why, CLIF_FORMAT,
                "has a damaged head (%s is missing, %zu bytes before its end); save it again with "
                "numpy.save",
                expected, (size_t)(c->end - c->at));
}

static void skip_space(cursor *c) {
  while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n')) c->at++;
}

static bool accept(cursor *c, char wanted) {
  skip_space(c);
  if (c->at == c->end || *c->at != wanted) return false;
  c->at++;
  return true;
}

static bool accept_word(cursor *c, const char *word) {
  size_t length = strlen(word);
  skip_space(c);
  if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0) return false;
  c->at += length;
  return true;
}

/* A quoted string of printable characters without escapes: all that NumPy writes here. */
static clif_status parse_string(cursor *c, span *out) {
  enum { LONGEST = 64 };
  skip_space(c);
  if (c->at == c->end || (*c->at != '\'' && *c->at != '"')) return malformed(c, "a quote");
  char quote = *c->at++;
  *out = (span){c->at, 0};
  while (c->at < c->end && *c->at >= ' ' && *c->at <= '~' && *c->at != quote &&
         out->length < LONGEST) {
    c->at++;
    out->length++;
  }
  if (!accept(c, quote)) return malformed(c, "a closing quote");
  return CLIF_OK;
}

static clif_status parse_size(cursor *c, size_t *out) {
  skip_space(c);
  if (c->at == c->end || *c->at < '0' || *c->at > '9') return malformed(c, "a number");
  *out = 0;
  for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
    size_t digit = (size_t)(*c->at - '0');
    if (*out > (SIZE_MAX - digit) / 10)
      return refuse(c->why, CLIF_FORMAT, "has a dimension too large to count; save it again");
    *out = *out * 10 + digit;
  }
  if (c->at < c->end && *c->at == 'L') c->at++; /* Python 2 wrote its long numbers so */
  return CLIF_OK;
}

/* ---- the three entries ---- */

typedef struct entries {
  span descr;
  bool fortran;
  unsigned ndim;
  size_t shape[CLIF_MAX_DIMS];
  bool seen[3];
} entries;

static clif_status parse_descr(cursor *c, entries *e) {
  skip_space(c);
  if (c->at < c->end && *c->at == '[')
    return refuse(c->why, CLIF_UNSUPPORTED,
                  "holds records (a structured dtype); save one field of it: "
                  "numpy.ascontiguousarray(x['field'].astype('float32'))");
  return parse_string(c, &e->descr);
}

static clif_status parse_order(cursor *c, entries *e) {
  e->fortran = accept_word(c, "True");
  if (!e->fortran && !accept_word(c, "False")) return malformed(c, "True or False");
  return CLIF_OK;
}

/* "()", "(3,)", "(3, 4)", "(3, 4,)"; "(3)" is no tuple in Python. */
static clif_status parse_shape(cursor *c, entries *e) {
  if (!accept(c, '(')) return malformed(c, "the shape's '('");
  bool comma = true;
  for (e->ndim = 0; !accept(c, ')'); e->ndim++) {
    if (!comma) return malformed(c, "a ',' or ')' in the shape");
    if (e->ndim == CLIF_MAX_DIMS)
      return refuse(c->why, CLIF_UNSUPPORTED,
                    "has more than %d dimensions; save it with fewer: x.reshape(...)",
                    CLIF_MAX_DIMS);
    TRY(parse_size(c, &e->shape[e->ndim]));
    comma = accept(c, ',');
  }
  if (e->ndim == 1 && !comma) return malformed(c, "the ',' in a shape of one dimension");
  return CLIF_OK;
}

static clif_status parse_entry(cursor *c, entries *e) {
  static const struct {
    const char *key;
    clif_status (*parse)(cursor *, entries *);
  } known[3] = {{"descr", parse_descr}, {"fortran_order", parse_order}, {"shape", parse_shape}};
  span key = {"", 0};
  TRY(parse_string(c, &key));
  if (!accept(c, ':')) return malformed(c, "a ':'");
  for (size_t i = 0; i < 3; i++) {
    if ((size_t)key.length != strlen(known[i].key) ||
        memcmp(key.text, known[i].key, (size_t)key.length) != 0)
      continue;
    if (e->seen[i])
      return refuse(c->why, CLIF_FORMAT, "names '%s' twice in its head; save it again",
                    known[i].key);
    e->seen[i] = true;
    return known[i].parse(c, e);
  }
  return refuse(c->why, CLIF_FORMAT, "has the unknown entry '%.*s' in its head; save it again",
                key.length, key.text);
}

static clif_status parse_dict(cursor *c, entries *e) {
  if (!accept(c, '{')) return malformed(c, "'{'");
  bool comma = true;
  while (!accept(c, '}')) {
    if (!comma) return malformed(c, "a ',' or '}'");
    TRY(parse_entry(c, e));
    comma = accept(c, ',');
  }
  skip_space(c);
  if (c->at != c->end)
    return refuse(c->why, CLIF_FORMAT, "has something behind its head's '}'; save it again");
  if (!e->seen[0] || !e->seen[1] || !e->seen[2])
    return refuse(c->why, CLIF_FORMAT,
                  "lacks 'descr', 'fortran_order' or 'shape' in its head; save it again");
  return CLIF_OK;
}

/* ---- what the entries mean ---- */

/* The byte order is a '<', or '=' (this library runs on little-endian hosts only), or for single
 * bytes '|'. */
static clif_status take_dtype(const entries *e, clif__npy_info *out, clif__npy_why *why) {
  static const struct {
    const char *code;
    clif_dtype dtype;
  } known[] = {{"u1", CLIF_U8},  {"b1", CLIF_U8},  {"u4", CLIF_U32},
               {"i8", CLIF_I64}, {"f4", CLIF_F32}, {"f8", CLIF_F64}};
  const char *text = e->descr.text;
  for (size_t i = 0; i < sizeof known / sizeof *known && e->descr.length == 3; i++) {
    bool order = text[0] == '<' || text[0] == '=' || (text[0] == '|' && text[2] == '1');
    if (!order || memcmp(text + 1, known[i].code, 2) != 0) continue;
    out->dtype = known[i].dtype;
    out->is_bool = text[1] == 'b';
    return CLIF_OK;
  }
  return refuse(why, CLIF_UNSUPPORTED,
                "has values of type '%.*s', and uint8, bool, uint32, int64, float32 and float64, "
                "little-endian, are read; " RESAVE,
                e->descr.length, text);
}

static clif_status take_shape(const entries *e, clif__npy_info *out, clif__npy_why *why) {
  if (e->ndim == 0)
    return refuse(why, CLIF_UNSUPPORTED,
                  "is a single number without dimensions; save it with numpy.atleast_1d(x)");
  size_t longer_than_one = 0, bytes = clif_dtype_size(out->dtype);
  bool empty = false;
  for (unsigned i = 0; i < e->ndim; i++) {
    longer_than_one += e->shape[i] > 1;
    empty = empty || e->shape[i] == 0;
  }
  if (empty)
    return refuse(why, CLIF_UNSUPPORTED,
                  "holds no values (a dimension is 0); save an array with at least one");
  for (unsigned i = 0; i < e->ndim; i++) {
    if (bytes > SIZE_MAX / e->shape[i])
      return refuse(why, CLIF_FORMAT, "has a shape too large to count its bytes; save it again");
    bytes *= e->shape[i];
    out->shape[i] = e->shape[i];
  }
  /* With at most one real dimension both orders are the same bytes. */
  if (e->fortran && longer_than_one > 1)
    return refuse(why, CLIF_UNSUPPORTED,
                  "is in Fortran order; save it with numpy.ascontiguousarray(x)");
  out->ndim = e->ndim;
  out->bytes = bytes;
  return CLIF_OK;
}

clif_status clif__npy_parse(const unsigned char *data, size_t size, clif__npy_info *out,
                            clif__npy_why *why) {
  *out = (clif__npy_info){0};
  why->text[0] = '\0';
  TRY(clif__npy_offset(data, size, &out->offset, why));
  if (size < out->offset)
    return refuse(why, CLIF_FORMAT, "is cut short within its head; save it again");
  size_t start = data[6] == 1 ? 10 : 12;
  const char *text = (const char *)data;
  cursor c = {text + start, text + out->offset, why};
  entries e = {.descr = {"", 0}};
  TRY(parse_dict(&c, &e));
  TRY(take_dtype(&e, out, why));
  return take_shape(&e, out, why);
}
