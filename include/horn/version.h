/* The version of the headers, and of the library that runs. */
#ifndef HORN_VERSION_H
#define HORN_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

#define HORN_VERSION "0.1.0"

const char *horn_version(void); /* static */

#ifdef __cplusplus
}
#endif
#endif
