/* The kernels of convolution_fast.h for AVX-512. */
#if defined(__x86_64__)
#define VECTORS 512
#endif
#include "tensor/images/convolution_set.h"
