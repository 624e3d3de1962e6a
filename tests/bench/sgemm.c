/* What the cores can do: products of 2048 x 2048 matrices, one call at a time on each thread, through OpenBLAS
 * with the kernels that Horn's programs take, and through oneDNN where it is installed.
 *
 * usage: sgemm THREADS SECONDS; prints {"openblas": GFLOP/s, "onednn": GFLOP/s or null} of all threads. */
#include <cblas.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "programs/shared/fast_blas.h"

enum { N = 2048, MOST_THREADS = 64 };

typedef int dnnl_sgemm_function(char transpose_a, char transpose_b, int64_t m, int64_t n, int64_t k,
                                float alpha, const float *a, int64_t lda, const float *b, int64_t ldb,
                                float beta, float *c, int64_t ldc);
static dnnl_sgemm_function *dnnl_sgemm; /* NULL: OpenBLAS */
static double duration;

typedef struct worker {
    pthread_t id;
    float *a, *b, *c;
    double rate;
} worker;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void multiply(const worker *w)
{
    if (dnnl_sgemm)
        dnnl_sgemm('N', 'N', N, N, N, 1, w->a, N, w->b, N, 0, w->c, N);
    else
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, N, N, N, 1, w->a, N, w->b, N, 0, w->c, N);
}

/* Its own rate, in GFLOP/s: all threads are at it for about the same time. */
static void *work(void *argument)
{
    worker *w = argument;
    size_t calls = 0;
    multiply(w);
    double began = now(), took;
    do {
        multiply(w);
        calls++;
        took = now() - began;
    } while (took < duration);
    w->rate = 2e-9 * N * N * N * (double)calls / took;
    return NULL;
}

static double measure(worker *workers, int threads)
{
    double sum = 0;
    for (int i = 0; i < threads; i++)
        if (pthread_create(&workers[i].id, NULL, work, &workers[i])) exit(EXIT_FAILURE);
    for (int i = 0; i < threads; i++) {
        pthread_join(workers[i].id, NULL);
        sum += workers[i].rate;
    }
    return sum;
}

static float *matrix(void)
{
    float *m = aligned_alloc(64, (size_t)N * N * sizeof *m);
    if (!m) exit(EXIT_FAILURE);
    for (size_t i = 0; i < (size_t)N * N; i++) m[i] = (float)(i % 13) - 6;
    return m;
}

int main(int argc, char **argv)
{
    worker workers[MOST_THREADS];
    setenv("OMP_NUM_THREADS", "1", 1);
    fast_blas(argv);
    int threads = argc == 3 ? atoi(argv[1]) : 0;
    if (threads < 1 || threads > MOST_THREADS) {
        fprintf(stderr, "usage: %s THREADS SECONDS\n", argv[0]);
        return 2;
    }
    duration = atof(argv[2]);
    openblas_set_num_threads(1);
    for (int i = 0; i < threads; i++) workers[i] = (worker){ .a = matrix(), .b = matrix(), .c = matrix() };
    printf("{\"openblas\": %.1f, ", measure(workers, threads));
    void *library = dlopen("libdnnl.so.2", RTLD_NOW);
    if (!library) library = dlopen("libdnnl.so.3", RTLD_NOW);
    if (library) *(void **)&dnnl_sgemm = dlsym(library, "dnnl_sgemm");
    if (dnnl_sgemm)
        printf("\"onednn\": %.1f}\n", measure(workers, threads));
    else
        puts("\"onednn\": null}");
    for (int i = 0; i < threads; i++) free(workers[i].a), free(workers[i].b), free(workers[i].c);
    return EXIT_SUCCESS;
}
