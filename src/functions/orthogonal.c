#include "functions/orthogonal.h"

#include <math.h>
#include <stdlib.h>
#include "base/kernel.h"
#include "base/memory.h"
#include "base/status.h"

/* Separate sums, so that the loop fills vectors and the order of additions never changes. */
enum { SUMS = 16 };

KERNEL static void multiply_up(size_t n, const double *restrict a, const double *restrict b,
                               double *restrict sums)
{
    for (size_t i = 0; i < n; i += SUMS)
        for (size_t k = 0; k < SUMS; k++) sums[k] += a[i + k] * b[i + k];
}

static double product(size_t n, const double *a, const double *b)
{
    double sums[SUMS] = { 0 }, sum = 0;
    multiply_up(n, a, b, sums);
    for (size_t k = 0; k < SUMS; k++) sum += sums[k];
    return sum;
}

KERNEL static void subtract(size_t n, double *restrict a, double factor, const double *restrict b)
{
    for (size_t i = 0; i < n; i++) a[i] -= factor * b[i];
}

/* Modified Gram-Schmidt. In double it is exact enough for floats: matrices of normal random numbers are well conditioned. */
static void orthogonalize(size_t count, size_t stride, double *vectors)
{
    for (size_t j = 0; j < count; j++) {
        double *v = vectors + j * stride;
        for (size_t i = 0; i < j; i++) {
            const double *u = vectors + i * stride;
            subtract(stride, v, product(stride, v, u), u);
        }
        const double length = sqrt(product(stride, v, v));
        /* Happens for a single random number that is 0. */
        if (length == 0) v[0] = 1;
        for (size_t k = 0; length > 0 && k < stride; k++) v[k] /= length;
    }
}

/* `vectors` holds `count` vectors of `size` values; the rest up to `stride` is 0. */
static void draw(random_key key, size_t count, size_t size, size_t stride, double *vectors)
{
    float part[256];
    for (size_t j = 0; j < count; j++)
        for (size_t done = 0; done < size;) {
            const size_t n = size - done < 256 ? size - done : 256;
            random_normals(key, 0, j * size + done, n, part);
            for (size_t k = 0; k < n; k++) vectors[j * stride + done + k] = (double)part[k];
            done += n;
        }
}

horn_status orthogonal_fill(random_key key, double gain, size_t rows, size_t columns, float *out)
{
    const size_t count = rows < columns ? rows : columns, size = rows < columns ? columns : rows;
    const size_t stride = (size + SUMS - 1) / SUMS * SUMS;
    double *vectors = NULL;
    if (size > SIZE_MAX / 2 / sizeof *vectors) return fail_memory("an orthogonal matrix", SIZE_MAX);
    horn_status status = memory_new(&vectors, count, stride * sizeof *vectors);
    if (status) return status;
    draw(key, count, size, stride, vectors);
    orthogonalize(count, stride, vectors);
    for (size_t j = 0; j < count; j++)
        for (size_t k = 0; k < size; k++)
            out[rows < columns ? j * columns + k : k * columns + j] = (float)(gain * vectors[j * stride + k]);
    free(vectors);
    return HORN_OK;
}
