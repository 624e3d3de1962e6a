/* The generations of CPU instructions for which OpenBLAS has kernels. */
#ifndef TENSOR_PRODUCTS_KERNEL_GENERATION_H
#define TENSOR_PRODUCTS_KERNEL_GENERATION_H

typedef enum kernel_generation {
    /* SSE: Prescott, Core2, Nehalem, ... */
    KERNEL_OLD,
    KERNEL_AVX,
    KERNEL_AVX2,
    KERNEL_AVX512,
    /* The core is newer than the table, or of another architecture. Horn assumes that OpenBLAS chose well. */
    KERNEL_UNKNOWN
} kernel_generation;

/* Returns the generation of a core, by the name that OpenBLAS gives it ("SkylakeX"), in any case. */
kernel_generation kernel_generation_of(const char *core);

#endif
