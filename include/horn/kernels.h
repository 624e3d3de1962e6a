/* Which matrix kernels run, and whether this CPU deserves better ones.
 *
 * OpenBLAS chooses them when it is loaded; on a CPU that it does not know it takes the slowest. The
 * environment variable OPENBLAS_CORETYPE, set before the program starts, overrules it. Horn's programs do so
 * by themselves; a program that links libhorn can ask here.
 *
 * OpenBLAS also starts threads while it is loaded, one a core. Horn never uses them: OPENBLAS_NUM_THREADS=1, set before the
 * program starts, keeps them away. Under a limit on address space (ulimit -v) they can keep a program from ending. Each
 * thread of a model needs 128 MiB of address space for a work buffer of OpenBLAS'; HORN_ERROR_MEMORY tells where it is
 * missing. Horn's programs start without OpenBLAS' threads. */
#ifndef HORN_KERNELS_H
#define HORN_KERNELS_H

#include <horn/export.h>

HORN_BEGIN

/* "OpenBLAS 0.3.21 Cooperlake". Results differ in their last bits between kernels. Static to the calling
 * thread. */
const char *horn_kernels(void);

/* What to put into OPENBLAS_CORETYPE ("SkylakeX") where the CPU has instructions that the chosen kernels
 * leave unused; NULL where nothing is better. */
const char *horn_kernels_wanted(void);

HORN_END
#endif
