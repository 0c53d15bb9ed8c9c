/* data.c - numbers and texts for programs: parts of JSON and CSV. */
#include "data.h"

#include <math.h>
#include <stdio.h>

void put_number(const char *lead, double value) {
  if (isfinite(value))
    printf("%s%.9g", lead, value);
  else
    printf("%snull", lead);
}

void json_text(const char *lead, const char *text) {
  printf("%s\"", lead);
  for (; *text; text++) {
    const unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\')
      printf("\\%c", c);
    else if (c < 0x20)
      printf("\\u%04x", c);
    else
      putchar(c);
  }
  putchar('"');
}

void json_summary(const char *key, const summary *s) {
  printf("\"%s\": {", key);
  put_number("\"min\": ", s->min);
  put_number(", \"median\": ", s->median);
  put_number(", \"max\": ", s->max);
  putchar('}');
}

void json_begin(const char *benchmark, const clif_device_info *device) {
  json_text("{\n  \"benchmark\": ", benchmark);
  json_text(",\n  \"clif\": ", clif_version());
  json_text(",\n  \"device\": {\"name\": ", device->name);
  json_text(", \"platform\": ", device->platform);
  json_text(", \"driver\": ", device->driver);
  printf(", \"compute_units\": %u},\n", device->compute_units);
}

void csv_text(const char *text) {
  putchar('"');
  for (; *text; text++) {
    if (*text == '"') putchar('"');
    putchar(*text);
  }
  putchar('"');
}

void csv_summary(const summary *s) {
  put_number(",", s->min);
  put_number(",", s->median);
  put_number(",", s->max);
}
