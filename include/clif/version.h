/* version.h - the library's version. CMake reads the three numbers from here. */
#ifndef CLIF_VERSION_H
#define CLIF_VERSION_H

#include "api.h"

#define CLIF_VERSION_MAJOR 0
#define CLIF_VERSION_MINOR 1
#define CLIF_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library that is loaded, "major.minor.patch". Static storage. */
CLIF_API const char *clif_version(void);

#ifdef __cplusplus
}
#endif
#endif
