/* The version of the headers, and of the library that runs. */
#ifndef HORN_VERSION_H
#define HORN_VERSION_H

#include <horn/export.h>

HORN_BEGIN

/* Semantic versions: what worked with MAJOR.MINOR works with a later one of the same MAJOR; while MAJOR is 0, of the same
 * MINOR. */
#define HORN_VERSION_MAJOR 0
#define HORN_VERSION_MINOR 1
#define HORN_VERSION_PATCH 0

/* One number, to compare: #if HORN_VERSION_NUMBER >= HORN_VERSION_OF(0, 1, 0) */
#define HORN_VERSION_OF(major, minor, patch) ((major)*1000000 + (minor)*1000 + (patch))
#define HORN_VERSION_NUMBER                  HORN_VERSION_OF(HORN_VERSION_MAJOR, HORN_VERSION_MINOR, HORN_VERSION_PATCH)

/* "0.1.0" */
#define HORN_VERSION                          HORN_VERSION_TEXT(HORN_VERSION_MAJOR, HORN_VERSION_MINOR, HORN_VERSION_PATCH)
#define HORN_VERSION_TEXT(a, b, c)            HORN_VERSION_TEXT_OF_NUMBERS(a, b, c)
#define HORN_VERSION_TEXT_OF_NUMBERS(a, b, c) #a "." #b "." #c

const char *horn_version(void); /* static */

HORN_END
#endif
