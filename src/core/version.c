/* version.c - the library's version as text. */
#include "clif/version.h"

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

const char *clif_version(void) {
  return TEXT(CLIF_VERSION_MAJOR) "." TEXT(CLIF_VERSION_MINOR) "." TEXT(CLIF_VERSION_PATCH);
}
