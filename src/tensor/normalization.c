#include "tensor/normalization.h"

#include "base/kernel.h"

/* Eight columns at a time stay in registers; the last ones go one by one. */
enum { WIDTH = 8 };

KERNEL void normalization_sums(size_t rows, size_t columns, const float *x, double *sums, double *squares)
{
    size_t first = 0;
    for (; first + WIDTH <= columns; first += WIDTH) {
        double sum[WIDTH] = { 0 }, square[WIDTH] = { 0 };
        for (size_t row = 0; row < rows; row++) {
            const float *from = x + row * columns + first;
            for (int i = 0; i < WIDTH; i++) {
                double value = from[i];
                sum[i] += value;
                square[i] += value * value;
            }
        }
        for (int i = 0; i < WIDTH; i++) {
            sums[first + (size_t)i] += sum[i];
            squares[first + (size_t)i] += square[i];
        }
    }
    for (; first < columns; first++)
        for (size_t row = 0; row < rows; row++) {
            double value = x[row * columns + first];
            sums[first] += value;
            squares[first] += value * value;
        }
}

KERNEL void normalization_apply(size_t rows, size_t columns, const float *x, const float *mean,
                                const float *factor, const float *shift, float *y)
{
    for (size_t row = 0; row < rows; row++) {
        const float *from = x + row * columns;
        float *to = y + row * columns;
        KERNEL_INDEPENDENT
        for (size_t i = 0; i < columns; i++) to[i] = (from[i] - mean[i]) * factor[i] + shift[i];
    }
}

KERNEL void normalization_sums_back(size_t rows, size_t columns, const float *x, const float *dy,
                                    const float *mean, double *sums, double *products)
{
    size_t first = 0;
    for (; first + WIDTH <= columns; first += WIDTH) {
        double sum[WIDTH] = { 0 }, product[WIDTH] = { 0 };
        for (size_t row = 0; row < rows; row++) {
            const float *from = x + row * columns + first, *by = dy + row * columns + first;
            for (int i = 0; i < WIDTH; i++) {
                sum[i] += by[i];
                product[i] += (double)by[i] * ((double)from[i] - mean[first + (size_t)i]);
            }
        }
        for (int i = 0; i < WIDTH; i++) {
            sums[first + (size_t)i] += sum[i];
            products[first + (size_t)i] += product[i];
        }
    }
    for (; first < columns; first++)
        for (size_t row = 0; row < rows; row++) {
            double by = dy[row * columns + first];
            sums[first] += by;
            products[first] += by * ((double)x[row * columns + first] - mean[first]);
        }
}

KERNEL void normalization_apply_back(size_t rows, size_t columns, const float *x, const float *dy,
                                     const float *mean, const float *factor, const float *part,
                                     const float *slope, float *dx)
{
    for (size_t row = 0; row < rows; row++) {
        const float *from = x + row * columns, *by = dy + row * columns;
        float *to = dx + row * columns;
        KERNEL_INDEPENDENT
        for (size_t i = 0; i < columns; i++)
            to[i] = factor[i] * ((by[i] - part[i]) - (from[i] - mean[i]) * slope[i]);
    }
}
