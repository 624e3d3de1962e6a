#include "tensor/products/kernel_generation.h"

#include <stddef.h>
#include <strings.h>

static const struct {
    const char *core;
    kernel_generation generation;
} cores[] = {
    { "Cooperlake", KERNEL_AVX512 }, { "SkylakeX", KERNEL_AVX512 }, { "SapphireRapids", KERNEL_AVX512 },
    { "Haswell", KERNEL_AVX2 },      { "Zen", KERNEL_AVX2 },        { "Excavator", KERNEL_AVX2 },
    { "Sandybridge", KERNEL_AVX },   { "Bulldozer", KERNEL_AVX },   { "Piledriver", KERNEL_AVX },
    { "Steamroller", KERNEL_AVX },   { "Prescott", KERNEL_OLD },    { "Core2", KERNEL_OLD },
    { "Penryn", KERNEL_OLD },        { "Dunnington", KERNEL_OLD },  { "Nehalem", KERNEL_OLD },
    { "Athlon", KERNEL_OLD },        { "Opteron", KERNEL_OLD },     { "Opteron_SSE3", KERNEL_OLD },
    { "Opteron(SSE3)", KERNEL_OLD }, { "Barcelona", KERNEL_OLD },   { "Bobcat", KERNEL_OLD },
    { "Atom", KERNEL_OLD },          { "Nano", KERNEL_OLD },        { "Katmai", KERNEL_OLD },
    { "Coppermine", KERNEL_OLD },    { "Northwood", KERNEL_OLD },   { "Banias", KERNEL_OLD },
};

kernel_generation kernel_generation_of(const char *core)
{
    for (size_t i = 0; i < sizeof cores / sizeof cores[0]; i++)
        if (!strcasecmp(core, cores[i].core)) return cores[i].generation;
    return KERNEL_UNKNOWN;
}
