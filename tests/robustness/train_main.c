/* ./train as a function, which does not start itself again for the sake of a faster BLAS. */
#include "programs/shared/fast_blas.h"

#define fast_blas(argv) (void)(argv)
#define main            train_main
#include "programs/train.c"
