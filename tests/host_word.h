/* The control word of a thread's arithmetic (MXCSR), as a host program may set it: rounding, FTZ and DAZ. */
#ifndef TESTS_HOST_WORD_H
#define TESTS_HOST_WORD_H

#if defined(__x86_64__)
#include <xmmintrin.h>

#define HAS_HOST_WORD 1

enum { WORD_DAZ = 1 << 6, WORD_FTZ = 1 << 15, WORD_DOWN = 1 << 13, WORD_UP = 2 << 13, WORD_CUT = 3 << 13 };

/* Adds the bits; returns the word before. */
static inline unsigned host_word_add(unsigned bits)
{
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | bits);
    return before;
}
#endif

#endif
