/* The general convolution (im2col): the patch of x under each output pixel becomes a row of columns[pixels, K], where
 * K is the number of values of one patch and group in the kernel's order. The rest are matrix products:
 *
 * y = columns kernel      dcolumns = dy kernel^T      dkernel += columns^T dy
 *
 * The pixels of all samples are one sequence, which is cut into blocks whose columns fit into the second-level cache.
 * For a 1x1 convolution with stride 1 the columns are x itself. */
#include "tensor/images/convolution.h"

#include <string.h>
#include "tensor/images/convolution_fast.h"
#include "tensor/elementwise.h"
#include "tensor/products/gemm.h"
#include "tensor/tuning.h"

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The channels of one group. */
static size_t channels_of(const convolution *c)
{
    return c->channels / c->groups;
}

static size_t units_of(const convolution *c)
{
    return c->units / c->groups;
}

static size_t patch_of(const convolution *c)
{
    return c->kernel_height * c->kernel_width * channels_of(c);
}

static bool is_product(const convolution *c)
{
    return c->kernel_height == 1 && c->kernel_width == 1 && c->stride_y == 1 && c->stride_x == 1 &&
           c->pad_top == 0 && c->pad_left == 0 && c->out_height == c->height && c->out_width == c->width;
}

/* Pixels of a block: at least TUNING_CONVOLUTION_PIXELS, because products with few rows are slow, unless patches are huge. */
static size_t block_of(const convolution *c)
{
    const size_t patch = patch_of(c),
                 pixels = most(TUNING_CONVOLUTION_COLUMNS / patch, TUNING_CONVOLUTION_PIXELS);
    return pixels > TUNING_CONVOLUTION_MOST_COLUMNS / patch ? most(TUNING_CONVOLUTION_MOST_COLUMNS / patch, 1)
                                                            : pixels;
}

/* Room for the columns of a block and the transposed kernel of one group, or for the fast kernels. */
size_t convolution_scratch(const convolution *c)
{
    const size_t columns = is_product(c) ? 0 : block_of(c) * patch_of(c);
    return most(columns + patch_of(c) * units_of(c), convolution_fast_scratch(c));
}

size_t convolution_prepared(const convolution *c)
{
    return convolution_fast_prepared(c);
}

size_t convolution_prepare_parts(const convolution *c)
{
    return c->channels + c->units;
}

void convolution_prepare(const convolution *c, size_t rows, bool back, size_t first, size_t end,
                         const float *kernel, float *prepared)
{
    const size_t C = c->channels;
    if (first < C) convolution_fast_prepare(c, rows, first, least(end, C), kernel, prepared);
    if (back && end > C)
        convolution_fast_prepare_back(c, rows, most(first, C) - C, end - C, kernel, prepared);
}

/* ---- patches ---- */

/* The lines of a patch along one axis that lie within x: first to end - 1; the first one is at line `at` of x. */
typedef struct reach {
    size_t first, end, at;
} reach;

/* Number of steps of length `step` in `length`. Avoids a division for each patch. */
static inline size_t steps_over(size_t length, size_t step)
{
    return step == 1 ? length : (length + step - 1) / step;
}

static inline reach reach_of(size_t out, size_t stride, size_t pad, size_t dilation, size_t kernel,
                             size_t length)
{
    /* In x with its padding before it. */
    const size_t start = out * stride;
    reach r = { 0 };
    if (start < pad) r.first = steps_over(pad - start, dilation);
    if (start < pad + length) r.end = least(steps_over(pad + length - start, dilation), kernel);
    if (r.first >= r.end) return (reach){ 0, 0, 0 };
    r.at = start + r.first * dilation - pad;
    return r;
}

static inline void copy(float *restrict to, const float *restrict from, size_t n)
{
    if (n >= 16)
        memcpy(to, from, n * sizeof *to);
    else
        for (size_t i = 0; i < n; i++) to[i] = from[i];
}

static inline void clear(float *to, size_t n)
{
    if (n) memset(to, 0, n * sizeof *to);
}

/* A patch consists of runs that are contiguous both in x and in columns. */
typedef struct patch {
    reach y, x;
    const convolution *c;
    /* Floats of a run; floats from one run to the next in x. */
    size_t run, step;
    /* Runs in one line of the patch. */
    size_t runs;
} patch;

static inline patch patch_at(const convolution *c, size_t oy, size_t ox)
{
    patch p = { .c = c };
    p.y = reach_of(oy, c->stride_y, c->pad_top, c->dilation_y, c->kernel_height, c->height);
    p.x = reach_of(ox, c->stride_x, c->pad_left, c->dilation_x, c->kernel_width, c->width);
    const bool whole = c->groups == 1 && c->dilation_x == 1;
    const size_t cells = p.x.end - p.x.first;
    p.run = whole ? cells * c->channels : channels_of(c);
    p.step = whole ? 0 : c->dilation_x * c->channels;
    p.runs = whole ? cells > 0 : cells;
    return p;
}

/* Offset of the patch's line ky in one sample of x. */
static inline size_t line_start(const patch *p, size_t ky)
{
    const convolution *c = p->c;
    return ((p->y.at + (ky - p->y.first) * c->dilation_y) * c->width + p->x.at) * c->channels;
}

static void write_patch(const convolution *c, size_t oy, size_t ox, const float *x, float *to)
{
    const patch p = patch_at(c, oy, ox);
    const size_t cell = channels_of(c), line = c->kernel_width * cell;
    clear(to, p.y.first * line);
    for (size_t ky = p.y.first; ky < p.y.end; ky++) {
        const float *from = x + line_start(&p, ky);
        float *at = to + ky * line;
        clear(at, p.x.first * cell);
        for (size_t i = 0; i < p.runs; i++) copy(at + p.x.first * cell + i * p.run, from + i * p.step, p.run);
        clear(at + p.x.end * cell, (c->kernel_width - p.x.end) * cell);
    }
    clear(to + p.y.end * line, (c->kernel_height - p.y.end) * line);
}

static void add_patch(const convolution *c, size_t oy, size_t ox, const float *from, float *dx)
{
    const patch p = patch_at(c, oy, ox);
    const size_t cell = channels_of(c), line = c->kernel_width * cell;
    for (size_t ky = p.y.first; ky < p.y.end; ky++)
        for (size_t i = 0; i < p.runs; i++) {
            float *restrict to = dx + line_start(&p, ky) + i * p.step;
            const float *restrict at = from + ky * line + p.x.first * cell + i * p.run;
            for (size_t k = 0; k < p.run; k++) to[k] += at[k];
        }
}

/* ---- blocks ---- */

/* Pixels [first, first + pixels) of all samples, for one group. */
typedef struct block {
    size_t first, pixels, group;
} block;

/* A pixel of a block: its position, and the first float of its sample in x, for the block's group. */
typedef struct place {
    size_t oy, ox, row;
} place;

static inline place place_of(const convolution *c, const block *b)
{
    const size_t per_row = c->out_height * c->out_width, pixel = b->first % per_row;
    return (place){ pixel / c->out_width, pixel % c->out_width,
                    b->first / per_row * c->height * c->width * c->channels + b->group * channels_of(c) };
}

static inline void move_on(const convolution *c, place *p)
{
    if (++p->ox < c->out_width) return;
    p->ox = 0;
    if (++p->oy < c->out_height) return;
    p->oy = 0;
    p->row += c->height * c->width * c->channels;
}

static void write_columns(const convolution *c, const block *b, const float *x, float *columns)
{
    const size_t K = patch_of(c);
    place at = place_of(c, b);
    for (size_t i = 0; i < b->pixels; i++, move_on(c, &at))
        write_patch(c, at.oy, at.ox, x + at.row, columns + i * K);
}

static void add_columns(const convolution *c, const block *b, const float *columns, float *dx)
{
    const size_t K = patch_of(c);
    place at = place_of(c, b);
    for (size_t i = 0; i < b->pixels; i++, move_on(c, &at))
        add_patch(c, at.oy, at.ox, columns + i * K, dx + at.row);
}

/* Moves to the next block: through the pixels of one group, then of the next. Returns false after the last. */
static bool next_block(const convolution *c, size_t rows, block *b)
{
    const size_t pixels = rows * c->out_height * c->out_width;
    b->first += b->pixels;
    if (b->first >= pixels) {
        b->group += b->pixels > 0;
        b->first = 0;
    }
    b->pixels = is_product(c) ? pixels : least(pixels - b->first, block_of(c));
    return pixels > 0 && b->group < c->groups;
}

void convolution_forward(const convolution *c, size_t rows, const float *x, const float *kernel,
                         const float *prepared, convolution_end end, float *y, float *scratch)
{
    if (convolution_fast_forward(c, rows, x, kernel, prepared, end, y, scratch)) return;
    const size_t K = patch_of(c), U = units_of(c);
    for (block b = { 0 }; next_block(c, rows, &b);) {
        const float *columns = is_product(c) ? x + b.group * K : scratch;
        if (!is_product(c)) write_columns(c, &b, x, scratch);
        gemm(false, false, b.pixels, U, K, columns, is_product(c) ? c->channels : K, kernel + b.group * U,
             c->units, 0, y + b.first * c->units + b.group * U, c->units);
    }
    const size_t pixels = rows * c->out_height * c->out_width;
    if (end.bias) elementwise_add_bias(y, c->units, end.bias, pixels, c->units);
    if (end.relu) elementwise_relu(y, pixels * c->units);
}

void convolution_gradient_input(const convolution *c, size_t rows, const float *kernel, const float *prepared,
                                const float *dy, float *dx, float *scratch)
{
    if (convolution_fast_gradient_input(c, rows, kernel, prepared, dy, dx, scratch)) return;
    const size_t K = patch_of(c), U = units_of(c);
    float *turned = scratch, *columns = scratch + K * U;
    if (!is_product(c)) clear(dx, rows * c->height * c->width * c->channels);
    for (block b = { 0 }; next_block(c, rows, &b);) {
        /* Transposed once, because products with b transposed are slow. */
        if (b.first == 0) elementwise_transpose(turned, K, kernel + b.group * U, c->units, K, U);
        gemm(false, false, b.pixels, K, U, dy + b.first * c->units + b.group * U, c->units, turned, K, 0,
             is_product(c) ? dx + b.group * K : columns, is_product(c) ? c->channels : K);
        if (!is_product(c)) add_columns(c, &b, columns, dx);
    }
}

void convolution_gradient_kernel(const convolution *c, size_t rows, const float *x, const float *dy,
                                 float *dkernel, float *scratch)
{
    if (convolution_fast_gradient_kernel(c, rows, x, dy, dkernel, scratch)) return;
    const size_t K = patch_of(c), U = units_of(c);
    for (block b = { 0 }; next_block(c, rows, &b);) {
        const float *columns = is_product(c) ? x + b.group * K : scratch;
        if (!is_product(c)) write_columns(c, &b, x, scratch);
        gemm(true, false, K, U, b.pixels, columns, is_product(c) ? c->channels : K,
             dy + b.first * c->units + b.group * U, c->units, 1, dkernel + b.group * U, c->units);
    }
}
