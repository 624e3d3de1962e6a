/* The first call of every program's main: gives it the matrix kernels that this CPU deserves.
 *
 * OpenBLAS reads OPENBLAS_CORETYPE while it is loaded, before main. Where its kernels are below the CPU and
 * the user has not chosen any, the program starts itself again, once, with the variable set: the same
 * process, arguments and name. That costs about 2.5 ms, and nothing where OpenBLAS knows the CPU.
 *
 * A program that links this file also has no threads of OpenBLAS', which would start them while it is loaded. gemm.h never
 * uses them, and where address space is short they keep the process from ending. */
#ifndef PROGRAMS_SHARED_FAST_BLAS_H
#define PROGRAMS_SHARED_FAST_BLAS_H

/* Does not return where the program starts again. Says so on standard error if the kernels stay below the
 * CPU. */
void fast_blas(char **argv);

#endif
