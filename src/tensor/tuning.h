/* Numbers of tensor that steer speed, each with what it decides and how it was measured. All are functions of the arguments, so
 * runs stay reproducible; but they choose kernels and blocks, so changing one changes last bits of results. */
#ifndef TENSOR_TUNING_H
#define TENSOR_TUNING_H

/* ---- products/gemm.c: the largest blocks m, n, k that go to OpenBLAS in one call ---- */
enum {
    /* AVX-512 kernels, b transposed: they multiply without packing only if m n <= 1200 and k >= 32. Measured: 80 to 100 % of
     * the speed of one call. */
    TUNING_GEMM_TRANSPOSED_M = 32,
    TUNING_GEMM_TRANSPOSED_N = 32,
    TUNING_GEMM_TRANSPOSED_K = 256,
    /* AVX-512 kernels. Measured: 256x128x784 at 115 GFLOP/s, one call at 104; 2048x2048x2048 at 75 % of one call. */
    TUNING_GEMM_AVX512_M = 32,
    TUNING_GEMM_AVX512_N = 64,
    TUNING_GEMM_AVX512_K = 128,
    /* Other kernels pack, which costs least for cubes. Measured with Haswell's: 10 to 20 % slower than one call. */
    TUNING_GEMM_CUBE = 64
};

/* ---- products/sparse.c ---- */

/* The largest share of values other than 0 at which a sparse product is used. Measured: it is faster than a dense product below
 * about 0.7. */
#define TUNING_SPARSE_SHARE 0.7
enum {
    /* Rows from which the share is estimated. Not measured. */
    TUNING_SPARSE_SAMPLE = 16
};

/* ---- images/convolution.c ---- */
enum {
    /* Floats of a block of columns, which stays in the second-level cache. Not measured. */
    TUNING_CONVOLUTION_COLUMNS = 1 << 16,
    /* The fewest pixels of a block, because products with few rows are slow. Not measured. */
    TUNING_CONVOLUTION_PIXELS = 16,
    /* The most floats of a block if patches are so large that they pass TUNING_CONVOLUTION_COLUMNS. Not measured. */
    TUNING_CONVOLUTION_MOST_COLUMNS = 1 << 22
};

/* ---- images/convolution_fast.c ---- */
enum {
    /* Limits of scratch memory, in floats: larger convolutions use convolution.c. Not measured. */
    TUNING_LARGEST_PADDED = 1 << 21,
    TUNING_LARGEST_KERNEL = 1 << 20,
    /* Limits of channels times filters. Not measured. */
    TUNING_LARGEST_WINOGRAD = 1 << 16,
    TUNING_LARGEST_WINOGRAD_GRADIENT = 1 << 14,
    /* The fewest pixels in a line of y for the direct kernel: with fewer, sums wait for each other. Not measured. */
    TUNING_DIRECT_PIXELS = 3,
    /* The sparse kernels are used if at most one in so many values of dy is not 0. Not measured. */
    TUNING_SPARSE_GRADIENT = 4,
    /* Costs of Winograd's matrices, in multiplications for a channel and a filter, measured: of the input's matrix B shared by
     * all filters, of the output's A shared by all channels, of the kernel's G once. */
    TUNING_WINOGRAD_INPUT = 260,
    TUNING_WINOGRAD_OUTPUT = 120,
    TUNING_WINOGRAD_KERNEL = 170,
    /* The same for the gradient of the kernel. */
    TUNING_WINOGRAD_GRADIENT_INPUT = 260,
    TUNING_WINOGRAD_GRADIENT_OUTPUT = 160,
    TUNING_WINOGRAD_GRADIENT_KERNEL = 200,
    /* Tiles of a block for the gradient of the kernel. Not measured. */
    TUNING_WINOGRAD_GRADIENT_TILES = 24,
    /* Filters and pixels of dy that the sparse gradient of the kernel lists at once. Not measured. */
    TUNING_SPARSE_UNITS = 64,
    TUNING_SPARSE_PIXELS = 512
};

/* ---- view.c ---- */
enum {
    /* How many samples ahead a shuffled batch is prefetched, and the most bytes of each. Not measured. */
    TUNING_PREFETCH_SAMPLES = 3,
    TUNING_PREFETCH_BYTES = 4096
};

#endif
