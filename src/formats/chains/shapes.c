/* Shape inference: the shape of an operation's result from the shapes of its inputs. Fails if these do not fit. */
#include <stdint.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/chains/imported.h"

typedef struct placing {
    const imported *im;
    operation *o;
    const imported_origin *from;
} placing;

static horn_status refuse(const placing *p, const char *what)
{
    return imported_fail(p->im, p->from, HORN_ERROR_UNSUPPORTED, "%s", what);
}

static const shape *shape_of(const placing *p, int input)
{
    return &p->im->graph->operations[p->o->inputs[input]].shape;
}

/* Elementwise: the shape of the first computed input, over which constants are broadcast. */
static horn_status as_input(const placing *p)
{
    p->o->shape = (shape){ 0 };
    for (int i = 0; i < p->o->input_count; i++) {
        if (p->o->inputs[i] == NO_VALUE || !p->im->origins[p->o->inputs[i]].is_computed) continue;
        p->o->shape = *shape_of(p, i);
        break;
    }
    return HORN_OK;
}

static horn_status as_said(const placing *p)
{
    (void)p;
    return HORN_OK;
}

static horn_status by_product(const placing *p)
{
    const shape *x = shape_of(p, 0), *kernel = shape_of(p, 1);
    if (!x->rank || kernel->rank != 2 || kernel->dim[0] != x->dim[x->rank - 1])
        return refuse(p, "its kernel is of another size than its input");
    p->o->shape = *x;
    p->o->shape.dim[x->rank - 1] = kernel->dim[1];
    return HORN_OK;
}

/* ---- images ---- */

static horn_status by_window(const placing *p, const size_t size[2], size_t channels)
{
    const shape *x = shape_of(p, 0);
    operation *o = p->o;
    shape out = { 3, { SHAPE_OPEN, SHAPE_OPEN, channels } };
    if (x->rank != 3) return refuse(p, "its input is no image: (height, width, channels)");
    for (int i = 0; i < 2; i++) {
        const size_t n = x->dim[i], reach = (size[i] - 1) * o->dilation[i] + 1;
        if (n == SHAPE_OPEN) continue; /* and so is the result's */
        if (!o->same && reach > n) return refuse(p, "its window does not fit into the image");
        out.dim[i] = (o->same ? n - 1 : n - reach) / o->stride[i] + 1;
    }
    o->shape = out;
    return HORN_OK;
}

static horn_status by_pool(const placing *p)
{
    const shape *x = shape_of(p, 0);
    return by_window(p, p->o->size, x->rank == 3 ? x->dim[2] : 0);
}

static horn_status by_convolution(const placing *p)
{
    const shape *x = shape_of(p, 0), *kernel = shape_of(p, 1);
    if (x->rank != 3) return refuse(p, "its input is no image: (height, width, channels)");
    const size_t channels = x->dim[2], C = kernel->dim[2], U = kernel->dim[3];
    if (channels % C || U % (channels / C))
        return refuse(p, "its kernel is of another number of channels than the image");
    return by_window(p, kernel->dim, U);
}

static horn_status by_depthwise(const placing *p)
{
    const shape *x = shape_of(p, 0), *kernel = shape_of(p, 1);
    if (x->rank != 3) return refuse(p, "its input is no image: (height, width, channels)");
    if (kernel->dim[2] != x->dim[2])
        return refuse(p, "its kernel is of another number of channels than the image");
    return by_window(p, kernel->dim, x->dim[2] * kernel->dim[3]);
}

/* The caller says the result's shape: a convolution of it gives x. */
static horn_status by_transposed(const placing *p)
{
    const shape *x = shape_of(p, 0), *kernel = shape_of(p, 1), *y = &p->o->shape;
    if (x->rank != 3 || y->rank != 3) return refuse(p, "its input is no image: (height, width, channels)");
    if (kernel->dim[3] != x->dim[2] || kernel->dim[2] != y->dim[2])
        return refuse(p, "its kernel is of another number of channels than the image");
    for (int i = 0; i < 2; i++) {
        const size_t n = y->dim[i], reach = (kernel->dim[i] - 1) * p->o->dilation[i] + 1;
        if ((!p->o->same && reach > n) ||
            ((p->o->same ? n - 1 : n - reach) / p->o->stride[i] + 1) != x->dim[i])
            return refuse(p, "a convolution of its result does not give its input");
    }
    return HORN_OK;
}

/* The caller says by the rank of the shape whether the axes are kept. */
static horn_status by_reduction(const placing *p)
{
    const shape *x = shape_of(p, 0);
    if (x->rank != 3) return refuse(p, "is not over height and width of an image");
    p->o->shape = p->o->shape.rank == 3 ? (shape){ 3, { 1, 1, x->dim[2] } } : (shape){ 1, { x->dim[2] } };
    return HORN_OK;
}

static horn_status by_padding(const placing *p)
{
    const shape *x = shape_of(p, 0);
    const size_t *n = p->o->padding;
    if (x->rank != 3) return refuse(p, "does not pad height and width of an image alone");
    for (int i = 0; i < 4; i++)
        if (n[i] > INT32_MAX) return refuse(p, "pads by more than 2^31 - 1 lines");
    p->o->shape = *x;
    for (int i = 0; i < 2; i++)
        if (x->dim[i] != SHAPE_OPEN) p->o->shape.dim[i] += n[2 * i] + n[2 * i + 1];
    return HORN_OK;
}

/* ---- by kind ---- */

static horn_status (*const rules[OPERATION_KINDS])(const placing *) = {
    [OPERATION_NONE] = as_said,
    [OPERATION_INPUT] = as_said,
    [OPERATION_WEIGHT] = as_said,
    [OPERATION_NUMBER] = as_said,
    [OPERATION_EXPAND_DIMS] = as_said,
    [OPERATION_SQUEEZE] = as_said,
    [OPERATION_RESHAPE] = as_said,
    [OPERATION_MATMUL] = by_product,
    [OPERATION_CONV2D_TRANSPOSE] = by_transposed,
    [OPERATION_CONV2D] = by_convolution,
    [OPERATION_DEPTHWISE_CONV2D] = by_depthwise,
    [OPERATION_MAX_POOL] = by_pool,
    [OPERATION_AVG_POOL] = by_pool,
    [OPERATION_MEAN] = by_reduction,
    [OPERATION_MAX] = by_reduction,
    [OPERATION_PAD] = by_padding,
};

horn_status imported_set_shape(const imported *im, operation *o, const imported_origin *from)
{
    const placing p = { im, o, from };
    size_t total = 16;
    horn_status status = rules[o->kind] ? rules[o->kind](&p) : as_input(&p);
    if (status || o->kind == OPERATION_WEIGHT) return status;
    if (shape_count(&o->shape) != SIZE_MAX && memory_multiply(&total, shape_count(&o->shape))) return HORN_OK;
    return refuse(&p, "gives more values than memory has addresses");
}
