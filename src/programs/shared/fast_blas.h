/* Selects OpenBLAS' fastest kernels for this CPU. Each program's main calls it first.
 *
 * OpenBLAS reads OPENBLAS_CORETYPE while it is loaded, before main. If its kernels do not use all of the CPU's
 * instructions, and the user has not chosen kernels, the program starts itself again, once, with the variable set:
 * the same process, arguments and name. That costs about 2.5 ms; nothing if OpenBLAS knows the CPU.
 *
 * Linking this file also keeps OpenBLAS from starting threads while it is loaded. Horn never uses them (gemm.h), and
 * with little address space they keep the process from ending. */
#ifndef PROGRAMS_SHARED_FAST_BLAS_H
#define PROGRAMS_SHARED_FAST_BLAS_H

/* Does not return if the program starts again. Prints a line on standard error if the kernels stay slower than the
 * CPU allows. */
void fast_blas(char **argv);

#endif
