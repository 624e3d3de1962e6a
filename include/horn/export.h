/* What every public header begins and ends with: its functions have C's names in C++, and libhorn.so shows them. */
#ifndef HORN_EXPORT_H
#define HORN_EXPORT_H

#ifdef __cplusplus
#define HORN_C_BEGIN extern "C" {
#define HORN_C_END   }
#else
#define HORN_C_BEGIN
#define HORN_C_END
#endif

#if defined(__GNUC__)
#define HORN_BEGIN HORN_C_BEGIN _Pragma("GCC visibility push(default)")
#define HORN_END   _Pragma("GCC visibility pop") HORN_C_END
#else
#define HORN_BEGIN HORN_C_BEGIN
#define HORN_END   HORN_C_END
#endif

#endif
