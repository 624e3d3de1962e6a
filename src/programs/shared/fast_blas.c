#include "programs/shared/fast_blas.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <horn/kernels.h>

/* While OpenBLAS is loaded it asks this function of its own what OPENBLAS_NUM_THREADS says. The program's comes first, so
 * that no thread is started; one that is linked into the program with OpenBLAS keeps OpenBLAS'. */
__attribute__((weak, visibility("default"))) int openblas_num_threads_env(void);
int openblas_num_threads_env(void)
{
    return 1;
}

static const char core_type[] = "OPENBLAS_CORETYPE";
static const char restarted[] = "HORN_RESTARTED"; /* set between the two starts only: against a loop */

/* By its own path, so that the process keeps its name in ps; by the link where the path is gone. */
static void start_again(char **argv)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n > 0) {
        path[n] = 0;
        execv(path, argv);
    }
    execv("/proc/self/exe", argv);
}

void fast_blas(char **argv)
{
    const char *wanted = horn_kernels_wanted();
    if (getenv(restarted)) {
        unsetenv(restarted);
        unsetenv(core_type);
    } else if (wanted && !getenv(core_type)) {
        if (!setenv(core_type, wanted, 1) && !setenv(restarted, "1", 1)) start_again(argv);
        unsetenv(restarted);
        unsetenv(core_type);
    }
    if (wanted)
        fprintf(stderr, "%s: warning: %s is slow on this CPU, which has the instructions for %s=%s\n",
                argv[0], horn_kernels(), core_type, wanted);
}
