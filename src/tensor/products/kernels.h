/* Inside of <horn/kernels.h>: the generations of instructions that OpenBLAS' kernels are written for. */
#ifndef TENSOR_PRODUCTS_KERNELS_H
#define TENSOR_PRODUCTS_KERNELS_H

typedef enum kernels_generation {
    KERNELS_OLD, /* SSE: Prescott, Core2, Nehalem, ... */
    KERNELS_AVX,
    KERNELS_AVX2,
    KERNELS_AVX512,
    KERNELS_UNKNOWN /* a name that is newer than this list, or another architecture: trusted */
} kernels_generation;

/* Of the kernels that OpenBLAS has chosen. */
kernels_generation kernels_level(void);

/* The same, of a core's name as OpenBLAS gives it ("SkylakeX"), in any case. */
kernels_generation kernels_level_of(const char *core);

#endif
