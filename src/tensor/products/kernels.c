#include "tensor/products/kernels.h"

#include <horn/kernels.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "tensor/products/gemm.h"

static const struct {
    const char *core;
    kernels_generation level;
} cores[] = {
    { "Cooperlake", KERNELS_AVX512 }, { "SkylakeX", KERNELS_AVX512 }, { "SapphireRapids", KERNELS_AVX512 },
    { "Haswell", KERNELS_AVX2 },      { "Zen", KERNELS_AVX2 },        { "Excavator", KERNELS_AVX2 },
    { "Sandybridge", KERNELS_AVX },   { "Bulldozer", KERNELS_AVX },   { "Piledriver", KERNELS_AVX },
    { "Steamroller", KERNELS_AVX },   { "Prescott", KERNELS_OLD },    { "Core2", KERNELS_OLD },
    { "Penryn", KERNELS_OLD },        { "Dunnington", KERNELS_OLD },  { "Nehalem", KERNELS_OLD },
    { "Athlon", KERNELS_OLD },        { "Opteron", KERNELS_OLD },     { "Opteron_SSE3", KERNELS_OLD },
    { "Opteron(SSE3)", KERNELS_OLD }, { "Barcelona", KERNELS_OLD },   { "Bobcat", KERNELS_OLD },
    { "Atom", KERNELS_OLD },          { "Nano", KERNELS_OLD },        { "Katmai", KERNELS_OLD },
    { "Coppermine", KERNELS_OLD },    { "Northwood", KERNELS_OLD },   { "Banias", KERNELS_OLD },
};

kernels_generation kernels_level_of(const char *core)
{
    for (size_t i = 0; i < sizeof cores / sizeof cores[0]; i++)
        if (!strcasecmp(core, cores[i].core)) return cores[i].level;
    return KERNELS_UNKNOWN;
}

kernels_generation kernels_level(void)
{
    return kernels_level_of(gemm_core());
}

/* The CPU's own best, by what it and the operating system support. */
static const char *best_core(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512cd"))
        return __builtin_cpu_supports("avx512bf16") ? "Cooperlake" : "SkylakeX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return __builtin_cpu_is("amd") ? "Zen" : "Haswell";
#endif
    return NULL;
}

const char *horn_kernels_wanted(void)
{
    const char *best = best_core();
    return best && kernels_level() < kernels_level_of(best) ? best : NULL;
}

const char *horn_kernels(void)
{
    static _Thread_local char text[96];
    const char *library = gemm_library(), *end = library;
    for (int words = 0; *end; end++)
        if (*end == ' ' && ++words == 2) break;
    snprintf(text, sizeof text, "%.*s %s", (int)(end - library), library, gemm_core());
    return text;
}
