/* The kernels of convolution_fast.h for AVX2 with FMA. */
#if defined(__x86_64__)
#define VECTORS 256
#endif
#include "tensor/images/convolution_set.h"
