#include "programs/shared/fast_blas.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <horn/kernels.h>

/* OpenBLAS calls this function of its own while it is loaded, to read OPENBLAS_NUM_THREADS. The dynamic loader
 * prefers the program's: so OpenBLAS starts no threads. If OpenBLAS is linked statically, its own function is
 * used. */
__attribute__((weak, visibility("default"))) int openblas_num_threads_env(void);
int openblas_num_threads_env(void)
{
    return 1;
}

static const char core_type[] = "OPENBLAS_CORETYPE";

/* Set only between the two starts, to prevent a loop. */
static const char restarted[] = "HORN_RESTARTED";

/* Starts the program by its own path, so that the process keeps its name in ps; by /proc/self/exe if that path is
 * gone. */
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
