#include "base/arithmetic.h"

#if defined(__x86_64__)
#include <xmmintrin.h>

enum { DEFAULT_MXCSR = 0x1f80, FLAGS = 0x3f, DEFAULT_X87 = 0x37f };

static unsigned short get_x87(void)
{
    unsigned short word;
    __asm__ volatile("fnstcw %0" : "=m"(word));
    return word;
}

static void set_x87(unsigned short word)
{
    __asm__ volatile("fldcw %0" : : "m"(word) : "memory");
}

/* Reading a word is much quicker than setting it. */
arithmetic arithmetic_begin(void)
{
    const arithmetic before = { _mm_getcsr(), get_x87() };
    if ((before.mxcsr & ~(unsigned)FLAGS) != DEFAULT_MXCSR) _mm_setcsr(DEFAULT_MXCSR);
    if (before.x87 != DEFAULT_X87) set_x87(DEFAULT_X87);
    return before;
}

void arithmetic_end(arithmetic before)
{
    if (_mm_getcsr() != before.mxcsr) _mm_setcsr(before.mxcsr);
    if (get_x87() != before.x87) set_x87(before.x87);
}

#else

arithmetic arithmetic_begin(void)
{
    fenv_t before;
    fegetenv(&before);
    fesetenv(FE_DFL_ENV);
    return before;
}

void arithmetic_end(arithmetic before)
{
    fesetenv(&before);
}
#endif
