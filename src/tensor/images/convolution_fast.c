#include "tensor/images/convolution_fast.h"

#include <stdint.h>
#include "tensor/images/padded.h"
#include "tensor/tuning.h"

static const convolution_kernels *const sets[] = {
#if defined(__x86_64__)
    &convolution_avx512,
    &convolution_avx2,
#endif
    NULL,
};

enum {
    VECTOR = 16,
    PANEL = 32,
    LINES = 13,
    PLACES = 36,
    TILES = TUNING_WINOGRAD_GRADIENT_TILES,
    LISTS = TUNING_SPARSE_UNITS * (TUNING_SPARSE_PIXELS + 8) * 2
};

const convolution_kernels *convolution_kernels_at(size_t index)
{
    for (size_t i = 0; sets[i]; i++)
        if (sets[i]->runs() && index-- == 0) return sets[i];
    return NULL;
}

static size_t round_up(size_t n, size_t step)
{
    return (n + step - 1) / step * step;
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* ---- the input gradient as a forward convolution ---- */

convolution convolution_turned(const convolution *c)
{
    convolution t = *c;
    t.channels = c->units, t.units = c->channels;
    t.height = c->out_height, t.width = c->out_width;
    t.out_height = c->height, t.out_width = c->width;
    t.pad_top = c->kernel_height - 1 - c->pad_top, t.pad_left = c->kernel_width - 1 - c->pad_left;
    return t;
}

void convolution_turn_kernel(const convolution *c, size_t first, size_t end, const float *kernel,
                             float *turned)
{
    const size_t places = c->kernel_height * c->kernel_width, C = c->channels, U = c->units;
    for (size_t i = 0; i < places; i++)
        for (size_t k = 0; k < C; k++)
            for (size_t u = first; u < end; u++)
                turned[((places - 1 - i) * U + u) * C + k] = kernel[(i * C + k) * U + u];
}

/* ---- choosing a kernel ---- */

static size_t kernel_size(const convolution *c)
{
    return c->kernel_height * round_up(c->kernel_width * c->channels, VECTOR) * round_up(c->units, PANEL);
}

static bool fits(const convolution *c)
{
    return c->groups == 1 && (c->dilation_x == 1 || c->kernel_width == 1) && c->out_height && c->out_width &&
           c->channels && c->units && kernel_size(c) <= TUNING_LARGEST_KERNEL &&
           convolution_padded_size(c) <= TUNING_LARGEST_PADDED;
}

/* A kernel of one cell and stride 1: a product of matrices, whose pixels of all rows are one line. */
static bool is_cell(const convolution *c)
{
    return fits(c) && c->kernel_height == 1 && c->kernel_width == 1 && c->stride_y == 1 && c->stride_x == 1 &&
           !c->pad_top && !c->pad_left && c->out_height == c->height && c->out_width == c->width;
}

static convolution line_of(const convolution *c, size_t rows)
{
    convolution line = *c;
    line.width = line.out_width = rows * c->height * c->width;
    line.height = line.out_height = line.dilation_x = line.dilation_y = 1;
    return line;
}

/* Windows of one line with stride 1: the gradient of the input is a direct convolution of dy. Measured for kernels of 5: with 64
 * channels 15 to 20 % faster than a product and the sum of its columns, with 16 channels, half a panel, half as fast. One cell is a
 * plain product. */
static bool fits_turned(const convolution *c)
{
    if (!fits(c) || c->kernel_height != 1 || c->kernel_width == 1 || c->channels < PANEL ||
        c->stride_y != 1 || c->stride_x != 1 || c->dilation_x != 1 || c->pad_top ||
        c->out_height != c->height || c->pad_left >= c->kernel_width || c->width < TUNING_DIRECT_PIXELS)
        return false;
    const convolution turned = convolution_turned(c);
    return fits(&turned);
}

static bool fits_winograd(const convolution *c)
{
    return fits(c) && c->kernel_height == 3 && c->kernel_width == 3 && c->stride_y == 1 && c->stride_x == 1 &&
           c->dilation_y == 1 && c->dilation_x == 1 && c->pad_top <= 2 && c->pad_left <= 2 &&
           c->channels * c->units <= TUNING_LARGEST_WINOGRAD;
}

/* Compares multiplications for a channel and a filter. With few channels the cost of the matrices is not amortised. */
static bool winograd_pays(const convolution *c, size_t rows)
{
    const size_t tiles = rows * ((c->out_height + 3) / 4) * ((c->out_width + 3) / 4);
    const size_t plain = 9 * rows * c->out_height * c->out_width;
    return c->channels >= VECTOR && c->units >= VECTOR &&
           4 * plain >
               5 * (tiles * (36 + TUNING_WINOGRAD_INPUT / c->units + TUNING_WINOGRAD_OUTPUT / c->channels) +
                    TUNING_WINOGRAD_KERNEL);
}

static bool fits_winograd_gradient(const convolution *c)
{
    return fits_winograd(c) && c->channels * c->units <= TUNING_LARGEST_WINOGRAD_GRADIENT;
}

/* As winograd_pays, for the gradient of the kernel. */
static bool winograd_gradient_pays(const convolution *c, size_t rows)
{
    const size_t tiles = rows * ((c->out_height + 3) / 4) * ((c->out_width + 3) / 4);
    const size_t plain = 9 * rows * c->out_height * c->out_width;
    return c->channels >= VECTOR && c->units >= VECTOR &&
           4 * plain > 5 * (tiles * (40 + TUNING_WINOGRAD_GRADIENT_INPUT / c->units +
                                     TUNING_WINOGRAD_GRADIENT_OUTPUT / c->channels) +
                            TUNING_WINOGRAD_GRADIENT_KERNEL);
}

static bool mostly_zeros(const convolution_kernels *kernels, const convolution *c, size_t rows,
                         const float *dy)
{
    const size_t count = rows * c->out_height * c->out_width * c->units;
    if (c->kernel_width * c->channels < VECTOR || c->units < VECTOR ||
        rows * (c->height * c->width * c->channels + convolution_padded_size(c)) > UINT32_MAX)
        return false;
    enum { PIECE = 1 << 13 };
    size_t found = 0;
    for (size_t i = 0; i < count && found <= count / TUNING_SPARSE_GRADIENT; i += PIECE)
        found += kernels->count_nonzeros(count - i < PIECE ? count - i : PIECE, dy + i);
    return found <= count / TUNING_SPARSE_GRADIENT;
}

static size_t winograd_scratch(size_t C)
{
    return PLACES * (LINES * (round_up(C, VECTOR) + PANEL) + 32);
}

static size_t winograd_gradient_scratch(size_t C, size_t U)
{
    const size_t line = round_up(U, PANEL);
    return PLACES * (TILES * (round_up(C, VECTOR) + line) + C * line + 48);
}

static size_t winograd_panels(size_t C, size_t U)
{
    return round_up(U, PANEL) / 8 * PLACES * (C * 8 + 16);
}

size_t convolution_fast_scratch(const convolution *c)
{
    if (!sets[0] || !fits(c)) return 0;
    const convolution turned = convolution_turned(c);
    size_t dense = kernel_size(c) + convolution_padded_size(c) + LISTS;
    if (fits_turned(c) || is_cell(c))
        dense = most(dense, kernel_size(c) + kernel_size(&turned) + convolution_padded_size(&turned));
    if (!fits_winograd(c)) return dense;
    const size_t others =
        fits_winograd_gradient(c) ? most(dense, winograd_gradient_scratch(c->channels, c->units)) : dense;
    return most(others, most(winograd_scratch(c->units), winograd_scratch(c->channels)));
}

/* For Winograd's: panels of the kernel, panels of the transposed kernel, and the transposed kernel. Else panels of the kernel, and for a
 * kernel of one cell those of the transposed kernel. */
size_t convolution_fast_prepared(const convolution *c)
{
    const size_t C = c->channels, U = c->units;
    if (!sets[0] || !fits(c)) return 0;
    if (!fits_winograd(c)) {
        const convolution turned = convolution_turned(c);
        return kernel_size(c) + (is_cell(c) ? kernel_size(&turned) : 0);
    }
    return winograd_panels(C, U) + winograd_panels(U, C) + 9 * C * U;
}

/* A transform that pays for fewer rows also pays for more. */
void convolution_fast_prepare(const convolution *c, size_t rows, size_t first, size_t end,
                              const float *kernel, float *prepared)
{
    const convolution_kernels *kernels = convolution_kernels_at(0);
    if (!kernels || !fits(c)) return;
    if (!fits_winograd(c)) kernels->pack(c, first, end, kernel, prepared);
    if (!fits_winograd(c) || !winograd_pays(c, rows)) return;
    kernels->make_panels(c, first, end, kernel, prepared);
}

void convolution_fast_prepare_back(const convolution *c, size_t rows, size_t first, size_t end,
                                   const float *kernel, float *prepared)
{
    const convolution_kernels *kernels = convolution_kernels_at(0);
    if (!kernels || !fits(c)) return;
    const convolution turned = convolution_turned(c);
    if (is_cell(c)) kernels->pack_turned(&turned, first, end, kernel, prepared + kernel_size(c));
    if (!fits_winograd(c)) return;
    float *back_panels = prepared + winograd_panels(c->channels, c->units),
          *turned_kernel = back_panels + winograd_panels(c->units, c->channels);
    if (!winograd_pays(&turned, rows)) return;
    convolution_turn_kernel(c, first, end, kernel, turned_kernel);
    kernels->make_panels(&turned, first, end, turned_kernel, back_panels);
}

bool convolution_fast_forward(const convolution *c, size_t rows, const float *x, const float *kernel,
                              const float *prepared, convolution_end end, float *y, float *scratch)
{
    const convolution_kernels *kernels = convolution_kernels_at(0);
    if (!kernels || !fits(c)) return false;
    if (is_cell(c)) {
        const convolution line = line_of(c, rows);
        if (!prepared) kernels->pack(c, 0, c->channels, kernel, scratch);
        kernels->direct(&line, 1, x, prepared ? prepared : scratch, end, y, NULL);
        return true;
    }
    if (fits_winograd(c) && winograd_pays(c, rows)) {
        kernels->winograd(c, rows, x, prepared, end, y, scratch);
        return true;
    }
    if (c->out_width < TUNING_DIRECT_PIXELS) return false;
    const bool packs = !prepared || fits_winograd(c);
    if (packs) kernels->pack(c, 0, c->channels, kernel, scratch);
    kernels->direct(c, rows, x, packs ? scratch : prepared, end, y, scratch + kernel_size(c));
    return true;
}

bool convolution_fast_gradient_input(const convolution *c, size_t rows, const float *kernel,
                                     const float *prepared, const float *dy, float *dx, float *scratch)
{
    const convolution_kernels *kernels = convolution_kernels_at(0);
    if (!kernels || !fits(c)) return false;
    if (mostly_zeros(kernels, c, rows, dy)) {
        kernels->sparse_gradient_input(c, rows, kernel, dy, dx, scratch);
        return true;
    }
    const convolution turned = convolution_turned(c);
    if (fits_turned(c)) {
        float *panels = scratch + kernel_size(c);
        convolution_turn_kernel(c, 0, c->units, kernel, scratch);
        kernels->pack(&turned, 0, turned.channels, scratch, panels);
        kernels->direct(&turned, rows, dy, panels, (convolution_end){ 0 }, dx, panels + kernel_size(&turned));
        return true;
    }
    if (is_cell(c)) {
        const convolution line = line_of(&turned, rows);
        if (!prepared) kernels->pack_turned(&turned, 0, turned.channels, kernel, scratch);
        kernels->direct(&line, 1, dy, prepared ? prepared + kernel_size(c) : scratch, (convolution_end){ 0 },
                        dx, NULL);
        return true;
    }
    if (!fits_winograd(c) || !winograd_pays(&turned, rows)) return false;
    kernels->winograd(&turned, rows, dy, prepared + winograd_panels(c->channels, c->units),
                      (convolution_end){ 0 }, dx, scratch);
    return true;
}

bool convolution_fast_gradient_kernel(const convolution *c, size_t rows, const float *x, const float *dy,
                                      float *dkernel, float *scratch)
{
    const convolution_kernels *kernels = convolution_kernels_at(0);
    if (!kernels || !fits(c)) return false;
    if (mostly_zeros(kernels, c, rows, dy))
        kernels->sparse_gradient_kernel(c, rows, x, dy, dkernel, scratch);
    else if (is_cell(c)) {
        const convolution line = line_of(c, rows);
        kernels->direct_gradient_kernel(&line, 1, x, dy, dkernel, scratch);
    } else if (fits_winograd_gradient(c) && winograd_gradient_pays(c, rows))
        kernels->winograd_gradient_kernel(c, rows, x, dy, dkernel, scratch);
    else
        kernels->direct_gradient_kernel(c, rows, x, dy, dkernel, scratch);
    return true;
}
