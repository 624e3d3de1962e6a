/* The control words of a thread's arithmetic (MXCSR, and that of x87), as a host program may set them: rounding, FTZ and DAZ,
 * exceptions that trap. */
#ifndef TESTS_HOST_WORD_H
#define TESTS_HOST_WORD_H

#if defined(__x86_64__)
#include <xmmintrin.h>

#define HAS_HOST_WORD 1

enum { WORD_DAZ = 1 << 6, WORD_FTZ = 1 << 15, WORD_DOWN = 1 << 13, WORD_UP = 2 << 13, WORD_CUT = 3 << 13 };

typedef struct host_word {
    unsigned mxcsr;
    unsigned short x87;
} host_word;

static inline host_word host_word_get(void)
{
    host_word w = { .mxcsr = _mm_getcsr() };
    __asm__ volatile("fnstcw %0" : "=m"(w.x87));
    return w;
}

static inline void host_word_set(host_word w)
{
    _mm_setcsr(w.mxcsr);
    __asm__ volatile("fldcw %0" : : "m"(w.x87) : "memory");
}

enum {
    DEFAULT_MXCSR = 0x1f80,
    MXCSR_FLAGS = 0x3f,
    MXCSR_MASKS = 0x1f80,
    DEFAULT_X87 = 0x37f,
    X87_MASKS = 0x3f
};

/* What hosts choose: fesetround sets both words, feenableexcept too; 0x27f rounds x87 to double, as Windows does. Exceptions
 * that trap catch every inexact operation of Horn's that is done with the host's words. */
static const host_word hosts[] = {
    { DEFAULT_MXCSR, DEFAULT_X87 },
    { DEFAULT_MXCSR | WORD_DOWN, DEFAULT_X87 | 0x400 },
    { DEFAULT_MXCSR | WORD_UP, DEFAULT_X87 | 0x800 },
    { DEFAULT_MXCSR | WORD_CUT, DEFAULT_X87 | 0xc00 },
    { DEFAULT_MXCSR | WORD_FTZ, DEFAULT_X87 },
    { DEFAULT_MXCSR | WORD_DAZ, DEFAULT_X87 },
    { DEFAULT_MXCSR | WORD_DAZ | WORD_FTZ | WORD_UP | 0x21, 0x27f | 0x800 },
    { DEFAULT_MXCSR & ~(unsigned)MXCSR_MASKS, DEFAULT_X87 & ~(unsigned)X87_MASKS },
};
enum { HOSTS = sizeof hosts / sizeof *hosts };

/* Adds the bits; returns the word before. */
static inline unsigned host_word_add(unsigned bits)
{
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | bits);
    return before;
}
#endif

#endif
