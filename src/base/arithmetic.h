/* Floating-point arithmetic as C begins with it: rounds to nearest, keeps denormal numbers, masks exceptions. A host program
 * may have chosen another (fesetround, -ffast-math's FTZ and DAZ, feenableexcept); Horn's bits must not depend on it.
 *
 * Calls of the public API that compute, or read and write numbers as text, do so between `begin` and `end`; code of the host
 * that they call back gets its own arithmetic. Of this thread alone; new threads inherit the arithmetic they are made under. */
#ifndef BASE_ARITHMETIC_H
#define BASE_ARITHMETIC_H

#if defined(__x86_64__)
typedef struct arithmetic {
    unsigned mxcsr;     /* control and status of SSE and AVX */
    unsigned short x87; /* control; glibc rounds decimal text by it */
} arithmetic;
#else
#include <fenv.h>
typedef fenv_t arithmetic;
#endif

/* Between the two arithmetic is C's default. They nest. `end` gives the host back what it had, raised flags included. */
arithmetic arithmetic_begin(void);
void arithmetic_end(arithmetic before);

#endif
