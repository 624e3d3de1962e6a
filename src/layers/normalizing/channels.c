#include "layers/normalizing/channels.h"

#include "tensor/normalization.h"

bool channels_are_last(const broadcast *b)
{
    return b->step == 1 && b->count == b->width;
}

void channels_sums(const broadcast *b, size_t rows, const float *x, double *sums, double *squares)
{
    for (size_t line = 0; line < rows * b->lines; line++) {
        const size_t at = broadcast_at(b, line % b->lines);
        for (size_t i = 0; i < b->width; i++) {
            const double value = (double)x[line * b->width + i];
            sums[at + i * b->step] += value;
            squares[at + i * b->step] += value * value;
        }
    }
}

void channels_apply(const broadcast *b, size_t rows, const float *x, const float *mean, const float *factor,
                    const float *shift, const float *top, float *y)
{
    if (channels_are_last(b)) {
        normalization_apply(rows * b->lines, b->width, x, mean, factor, shift, top, y);
        return;
    }
    for (size_t line = 0; line < rows * b->lines; line++) {
        const size_t at = broadcast_at(b, line % b->lines);
        for (size_t i = 0; i < b->width; i++) {
            const size_t k = at + i * b->step;
            const float value = (x[line * b->width + i] - mean[k]) * factor[k] + shift[k];
            y[line * b->width + i] = !top ? value : value < 0 ? 0 : value > *top ? *top : value;
        }
    }
}

void channels_sums_back(const broadcast *b, size_t rows, const float *x, const float *dy, const float *mean,
                        double *sums, double *products)
{
    if (channels_are_last(b)) {
        normalization_sums_back(rows * b->lines, b->width, x, dy, mean, sums, products);
        return;
    }
    for (size_t line = 0; line < rows * b->lines; line++) {
        const size_t at = broadcast_at(b, line % b->lines);
        for (size_t i = 0; i < b->width; i++) {
            const size_t k = at + i * b->step, place = line * b->width + i;
            sums[k] += (double)dy[place];
            products[k] += (double)dy[place] * (double)(x[place] - mean[k]);
        }
    }
}

void channels_apply_back(const broadcast *b, size_t rows, const float *x, const float *dy, const float *mean,
                         const float *factor, const float *part, const float *slope, float *dx)
{
    if (channels_are_last(b)) {
        normalization_apply_back(rows * b->lines, b->width, x, dy, mean, factor, part, slope, dx);
        return;
    }
    for (size_t line = 0; line < rows * b->lines; line++) {
        const size_t at = broadcast_at(b, line % b->lines);
        for (size_t i = 0; i < b->width; i++) {
            const size_t k = at + i * b->step, place = line * b->width + i;
            dx[place] = factor[k] * ((dy[place] - part[k]) - (x[place] - mean[k]) * slope[k]);
        }
    }
}
