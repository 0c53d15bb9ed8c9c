/* api.h - attributes of public functions. */
#ifndef CLIF_API_H
#define CLIF_API_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32) && defined(CLIF_SHARED)
#ifdef CLIF_BUILDING
#define CLIF_API __declspec(dllexport)
#else
#define CLIF_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define CLIF_API __attribute__((visibility("default")))
#else
#define CLIF_API
#endif

/* On every function that returns a status: not looking at it is a mistake. */
#if defined(__GNUC__)
#define CLIF_NODISCARD __attribute__((warn_unused_result))
#else
#define CLIF_NODISCARD
#endif

#endif
