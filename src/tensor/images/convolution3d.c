#include "tensor/images/convolution3d.h"

#include <string.h>
#include "tensor/elementwise.h"

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Each plane of y is of one plane of x. */
static bool is_flat(const convolution3d *c)
{
    return c->kernel_depth == 1 && c->stride == 1 && c->pad == 0 && c->out_depth == c->depth;
}

/* ---- sizes of a plane ---- */

static size_t x_plane(const convolution3d *c)
{
    return c->plane.height * c->plane.width * c->plane.channels;
}

static size_t y_plane(const convolution3d *c)
{
    return c->plane.out_height * c->plane.out_width * c->plane.units;
}

static size_t kernel_plane(const convolution3d *c)
{
    return c->plane.kernel_height * c->plane.kernel_width * (c->plane.channels / c->plane.groups) *
           c->plane.units;
}

/* A plane of sums lies in front of the scratch of an image. */
static size_t sums(const convolution3d *c)
{
    return is_flat(c) ? 0 : most(x_plane(c), y_plane(c));
}

size_t convolution3d_scratch(const convolution3d *c)
{
    return sums(c) + convolution_scratch(&c->plane);
}

/* ---- the kernel's planes, each prepared on its own ---- */

size_t convolution3d_prepared(const convolution3d *c)
{
    return c->kernel_depth * convolution_prepared(&c->plane);
}

size_t convolution3d_prepare_parts(const convolution3d *c)
{
    return c->kernel_depth * convolution_prepare_parts(&c->plane);
}

void convolution3d_prepare(const convolution3d *c, size_t rows, bool back, size_t first, size_t end,
                           const float *kernel, float *prepared)
{
    const size_t parts = convolution_prepare_parts(&c->plane), images = is_flat(c) ? rows * c->depth : rows;
    for (size_t at = first, next; at < end; at = next) {
        const size_t k = at / parts;
        next = least((k + 1) * parts, end);
        convolution_prepare(&c->plane, images, back, at - k * parts, next - k * parts,
                            kernel + k * kernel_plane(c), prepared + k * convolution_prepared(&c->plane));
    }
}

/* ---- pairs of planes ---- */

/* A plane of y, one of x that it depends on, and the plane of the kernel between them. */
typedef struct pair {
    size_t x, y, k;
} pair;

/* Goes on behind the first `count` of all pairs, past those that lie outside x; false behind the last. */
static bool next_pair(const convolution3d *c, size_t *count, pair *p)
{
    for (; *count < c->out_depth * c->kernel_depth; ++*count) {
        p->y = *count / c->kernel_depth;
        p->k = *count % c->kernel_depth;
        p->x = p->y * c->stride + p->k * c->dilation - c->pad; /* negative: a huge number */
        if (p->x >= c->depth) continue;
        ++*count;
        return true;
    }
    return false;
}

static void finish(const convolution3d *c, size_t rows, convolution_end end, float *y)
{
    const size_t pixels = rows * c->out_depth * c->plane.out_height * c->plane.out_width, U = c->plane.units;
    if (end.bias) elementwise_add_bias(y, U, end.bias, pixels, U);
    if (end.relu) elementwise_relu(y, pixels * U);
}

/* Of a plane of the kernel; NULL if its convolution prepares nothing. */
static const float *prepared_of(const convolution3d *c, const float *prepared, size_t k)
{
    return prepared ? prepared + k * convolution_prepared(&c->plane) : NULL;
}

void convolution3d_forward(const convolution3d *c, size_t rows, const float *x, const float *kernel,
                           const float *prepared, convolution_end end, float *y, float *scratch)
{
    const size_t X = x_plane(c), Y = y_plane(c);
    pair p;
    if (is_flat(c)) {
        convolution_forward(&c->plane, rows * c->depth, x, kernel, prepared, end, y, scratch);
        return;
    }
    memset(y, 0, rows * c->out_depth * Y * sizeof *y);
    for (size_t n = 0; n < rows; n++)
        for (size_t count = 0; next_pair(c, &count, &p);) {
            convolution_forward(&c->plane, 1, x + (n * c->depth + p.x) * X, kernel + p.k * kernel_plane(c),
                                prepared_of(c, prepared, p.k), (convolution_end){ 0 }, scratch,
                                scratch + sums(c));
            elementwise_add(y + (n * c->out_depth + p.y) * Y, scratch, Y);
        }
    finish(c, rows, end, y);
}

void convolution3d_gradient_input(const convolution3d *c, size_t rows, const float *kernel,
                                  const float *prepared, const float *dy, float *dx, float *scratch)
{
    const size_t X = x_plane(c), Y = y_plane(c);
    pair p;
    if (is_flat(c)) {
        convolution_gradient_input(&c->plane, rows * c->depth, kernel, prepared, dy, dx, scratch);
        return;
    }
    memset(dx, 0, rows * c->depth * X * sizeof *dx);
    for (size_t n = 0; n < rows; n++)
        for (size_t count = 0; next_pair(c, &count, &p);) {
            convolution_gradient_input(&c->plane, 1, kernel + p.k * kernel_plane(c),
                                       prepared_of(c, prepared, p.k), dy + (n * c->out_depth + p.y) * Y,
                                       scratch, scratch + sums(c));
            elementwise_add(dx + (n * c->depth + p.x) * X, scratch, X);
        }
}

void convolution3d_gradient_kernel(const convolution3d *c, size_t rows, const float *x, const float *dy,
                                   float *dkernel, float *scratch)
{
    const size_t X = x_plane(c), Y = y_plane(c);
    pair p;
    if (is_flat(c)) {
        convolution_gradient_kernel(&c->plane, rows * c->depth, x, dy, dkernel, scratch);
        return;
    }
    for (size_t n = 0; n < rows; n++)
        for (size_t count = 0; next_pair(c, &count, &p);)
            convolution_gradient_kernel(&c->plane, 1, x + (n * c->depth + p.x) * X,
                                        dy + (n * c->out_depth + p.y) * Y, dkernel + p.k * kernel_plane(c),
                                        scratch + sums(c));
}
