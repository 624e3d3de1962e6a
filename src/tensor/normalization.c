#include "tensor/normalization.h"

#include "base/kernel.h"
#include "tensor/strips.h"

/* Sums of up to FEW rows are floats, in registers; these sums are added in double. */
enum { FEW = 16 };

INLINE void add_doubles(double *sums, const floats *few, size_t n)
{
    float part[STRIP];
    memcpy(part, few, sizeof part);
    for (size_t i = 0; i < n; i++) sums[i] += (double)part[i];
}

/* For up to FEW rows. Even and odd rows have separate sums, so that additions do not wait for each other. */
INLINE void sum_few(size_t rows, size_t columns, size_t n, const float *x, const floats *center, floats *sum,
                    floats *square)
{
    floats odd = { 0 }, odd_square = { 0 }, value;
    *sum = *square = odd;
    for (size_t row = 0; row + 1 < rows; row += 2, x += 2 * columns) {
        load(&value, x, n);
        value -= *center;
        *sum += value, *square += value * value;
        load(&value, x + columns, n);
        value -= *center;
        odd += value, odd_square += value * value;
    }
    if (rows % 2) {
        load(&value, x, n);
        value -= *center;
        *sum += value, *square += value * value;
    }
    *sum += odd, *square += odd_square;
}

/* Up to STRIP columns. Subtracts the first values c, which are nearer to the mean than 0:
 *     sum of x = sum of (x - c) + rows c
 *     sum of x^2 = sum of (x - c)^2 + 2 c sum of (x - c) + rows c^2 */
INLINE void sum_strip(size_t rows, size_t columns, size_t n, const float *x, double *sums, double *squares)
{
    double sum[STRIP] = { 0 }, square[STRIP] = { 0 };
    floats center, few, few_squares;
    load(&center, x, n);
    for (size_t row = 0; row < rows; row += FEW) {
        sum_few(least(rows - row, FEW), columns, n, x + row * columns, &center, &few, &few_squares);
        add_doubles(sum, &few, STRIP);
        add_doubles(square, &few_squares, STRIP);
    }
    for (size_t i = 0; i < n; i++) {
        const double c = (double)x[i];
        sums[i] += sum[i] + (double)rows * c;
        squares[i] += square[i] + c * (2 * sum[i] + (double)rows * c);
    }
}

KERNEL void normalization_sums(size_t rows, size_t columns, const float *x, double *sums, double *squares)
{
    size_t c = 0;
    if (rows == 0) return;
    for (; c + STRIP <= columns; c += STRIP) sum_strip(rows, columns, STRIP, x + c, sums + c, squares + c);
    if (c < columns) sum_strip(rows, columns, columns - c, x + c, sums + c, squares + c);
}

/* ---- blocks ---- */

/* Rows that are taken together: the strips of a block are near each other. */
enum { BLOCK = 64 };

/* Calls for each strip of up to STRIP columns, with its first column c and its width n, which is a constant but for odd rests. */
#define FOR_EACH_STRIP(columns, call)                \
    do {                                             \
        size_t c = 0;                                \
        for (; c + STRIP <= (columns); c += STRIP) { \
            enum { n = STRIP };                      \
            call;                                    \
        }                                            \
        if ((columns)-c == STRIP / 2) {              \
            enum { n = STRIP / 2 };                  \
            call;                                    \
        } else if (c < (columns)) {                  \
            const size_t n = (columns)-c;            \
            call;                                    \
        }                                            \
    } while (0)

INLINE void apply_strip(size_t rows, size_t columns, size_t n, const float *x, const float *mean,
                        const float *factor, const float *shift, const float *top, float *y)
{
    floats m, f, s, value;
    load(&m, mean, n);
    load(&f, factor, n);
    load(&s, shift, n);
    const floats most = (floats){ 0 } + (top ? *top : 0);
    for (size_t row = 0; row < rows; row++, x += columns, y += columns) {
        load(&value, x, n);
        value = (value - m) * f + s;
        if (top) {
            const ints below = value<0, above = value> most;
            value = (floats)(~below & ((above & (ints)most) | (~above & (ints)value)));
        }
        store(y, &value, n);
    }
}

KERNEL void normalization_apply(size_t rows, size_t columns, const float *x, const float *mean,
                                const float *factor, const float *shift, const float *top, float *y)
{
    for (size_t row = 0; row < rows; row += BLOCK) {
        const size_t count = least(rows - row, BLOCK), at = row * columns;
        FOR_EACH_STRIP(columns, apply_strip(count, columns, n, x + at + c, mean + c, factor + c, shift + c,
                                            top, y + at + c));
    }
}

INLINE void multiply_few(size_t rows, size_t columns, size_t n, const float *x, const float *dy,
                         const floats *mean, floats *sum, floats *product)
{
    floats odd = { 0 }, odd_product = { 0 }, value, by;
    *sum = *product = odd;
    for (size_t row = 0; row + 1 < rows; row += 2, x += 2 * columns, dy += 2 * columns) {
        load(&value, x, n);
        load(&by, dy, n);
        *sum += by, *product += by * (value - *mean);
        load(&value, x + columns, n);
        load(&by, dy + columns, n);
        odd += by, odd_product += by * (value - *mean);
    }
    if (rows % 2) {
        load(&value, x, n);
        load(&by, dy, n);
        *sum += by, *product += by * (value - *mean);
    }
    *sum += odd, *product += odd_product;
}

INLINE void multiply_strip(size_t rows, size_t columns, size_t n, const float *x, const float *dy,
                           const float *mean, double *sums, double *products)
{
    floats around, few, few_products;
    load(&around, mean, n);
    for (size_t row = 0; row < rows; row += FEW) {
        multiply_few(least(rows - row, FEW), columns, n, x + row * columns, dy + row * columns, &around, &few,
                     &few_products);
        add_doubles(sums, &few, n);
        add_doubles(products, &few_products, n);
    }
}

KERNEL void normalization_sums_back(size_t rows, size_t columns, const float *x, const float *dy,
                                    const float *mean, double *sums, double *products)
{
    for (size_t row = 0; row < rows; row += BLOCK) {
        const size_t count = least(rows - row, BLOCK), at = row * columns;
        FOR_EACH_STRIP(columns, multiply_strip(count, columns, n, x + at + c, dy + at + c, mean + c, sums + c,
                                               products + c));
    }
}

INLINE void apply_strip_back(size_t rows, size_t columns, size_t n, const float *x, const float *dy,
                             const float *mean, const float *factor, const float *part, const float *slope,
                             float *dx)
{
    floats m, f, p, s, value, by;
    load(&m, mean, n);
    load(&f, factor, n);
    load(&p, part, n);
    load(&s, slope, n);
    for (size_t row = 0; row < rows; row++, x += columns, dy += columns, dx += columns) {
        load(&value, x, n);
        load(&by, dy, n);
        by = f * ((by - p) - (value - m) * s);
        store(dx, &by, n);
    }
}

KERNEL void normalization_apply_back(size_t rows, size_t columns, const float *x, const float *dy,
                                     const float *mean, const float *factor, const float *part,
                                     const float *slope, float *dx)
{
    for (size_t row = 0; row < rows; row += BLOCK) {
        const size_t count = least(rows - row, BLOCK), at = row * columns;
        FOR_EACH_STRIP(columns, apply_strip_back(count, columns, n, x + at + c, dy + at + c, mean + c,
                                                 factor + c, part + c, slope + c, dx + at + c));
    }
}
