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

/* Elementwise: axes of length 1 are repeated; constants are never larger. */
static horn_status as_input(const placing *p)
{
    p->o->shape = (shape){ 0 };
    for (int i = 0; i < p->o->input_count; i++) {
        if (p->o->inputs[i] == NO_VALUE || !p->im->origins[p->o->inputs[i]].is_computed) continue;
        const shape *x = shape_of(p, i);
        if (x->rank > p->o->shape.rank) p->o->shape = *x;
        for (int k = 0; k < x->rank && x->rank == p->o->shape.rank; k++)
            if (p->o->shape.dim[k] == 1) p->o->shape.dim[k] = x->dim[k];
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

/* ---- images and volumes ---- */

/* Of height and width, or of depth, too. */
static int axes_of(const placing *p)
{
    const operation_kind kind = p->o->kind;
    return kind == OPERATION_CONV3D || kind == OPERATION_CONV3D_TRANSPOSE || kind == OPERATION_MAX_POOL3D ||
                   kind == OPERATION_AVG_POOL3D
               ? 3
               : 2;
}

static horn_status check_image(const placing *p)
{
    if (shape_of(p, 0)->rank == axes_of(p) + 1) return HORN_OK;
    return refuse(p, axes_of(p) == 2 ? "its input is no image: (height, width, channels)"
                                     : "its input is no volume: (depth, height, width, channels)");
}

static horn_status by_window(const placing *p, const size_t *size, size_t channels)
{
    const shape *x = shape_of(p, 0);
    operation *o = p->o;
    const int axes = axes_of(p);
    shape out = { .rank = axes + 1 };
    out.dim[axes] = channels;
    horn_status status = check_image(p);
    if (status) return status;
    for (int i = 0; i < axes; i++) {
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
    return by_window(p, p->o->size, x->rank ? x->dim[x->rank - 1] : 0);
}

static horn_status by_convolution(const placing *p)
{
    const shape *x = shape_of(p, 0), *kernel = shape_of(p, 1);
    horn_status status = check_image(p);
    if (status) return status;
    const int axes = axes_of(p);
    const size_t channels = x->dim[axes], C = kernel->dim[axes], U = kernel->dim[axes + 1];
    if (!C || channels % C || !channels || U % (channels / C))
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
    const int axes = axes_of(p);
    horn_status status = check_image(p);
    if (status) return status;
    if (y->rank != x->rank) return refuse(p, "its result is no image or volume as its input is");
    if (kernel->dim[axes + 1] != x->dim[axes] || kernel->dim[axes] != y->dim[axes])
        return refuse(p, "its kernel is of another number of channels than the image");
    for (int i = 0; i < axes; i++) {
        const size_t n = y->dim[i], reach = (kernel->dim[i] - 1) * p->o->dilation[i] + 1;
        if (!n || (!p->o->same && reach > n) ||
            ((p->o->same ? n - 1 : n - reach) / p->o->stride[i] + 1) != x->dim[i])
            return refuse(p, "a convolution of its result does not give its input");
    }
    return HORN_OK;
}

/* The caller says by the rank of the shape whether the axes are kept. */
static horn_status by_reduction(const placing *p)
{
    const shape *x = shape_of(p, 0);
    shape kept = { .rank = x->rank };
    if (x->rank != 3 && x->rank != 4) return refuse(p, "is not over all axes but the channels of an image");
    for (int i = 0; i < x->rank; i++) kept.dim[i] = i + 1 < x->rank ? 1 : x->dim[i];
    p->o->shape = p->o->shape.rank > 1 ? kept : (shape){ 1, { x->dim[x->rank - 1] } };
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

/* ---- axes ---- */

static horn_status by_cropping(const placing *p)
{
    const shape *x = shape_of(p, 0);
    const size_t *n = p->o->padding;
    p->o->shape = *x;
    if (x->rank < 2 || x->rank > 4) return refuse(p, "is of neither a sequence nor an image nor a volume");
    for (int i = 0; i < x->rank - 1; i++) {
        if (n[2 * i] > INT32_MAX || n[2 * i + 1] > INT32_MAX)
            return refuse(p, "takes off more than 2^31 - 1 lines");
        if (x->dim[i] == SHAPE_OPEN) continue;
        if (n[2 * i] + n[2 * i + 1] >= x->dim[i]) return refuse(p, "leaves nothing of an axis");
        p->o->shape.dim[i] -= n[2 * i] + n[2 * i + 1];
    }
    return HORN_OK;
}

static horn_status by_order(const placing *p)
{
    const shape *x = shape_of(p, 0);
    unsigned seen = 0;
    p->o->shape = (shape){ .rank = x->rank };
    for (int i = 0; i < x->rank; i++) {
        const int from = p->o->order[i];
        if (from < 0 || from >= x->rank || seen >> from & 1)
            return refuse(p, "does not name each axis behind the samples once");
        seen |= 1u << from;
        p->o->shape.dim[i] = x->dim[from];
    }
    return HORN_OK;
}

static horn_status by_enlarging(const placing *p)
{
    horn_status status = check_image(p);
    if (status) return status;
    p->o->shape = *shape_of(p, 0);
    for (int i = 0; i < 2; i++)
        if (!p->o->size[i] || !memory_multiply(&p->o->shape.dim[i], p->o->size[i]))
            return refuse(p, "gives more pixels than memory has addresses");
    return HORN_OK;
}

static horn_status by_mean(const placing *p)
{
    const shape *x = shape_of(p, 0);
    p->o->shape = *x;
    if (p->o->axes >> x->rank) return refuse(p, "is over an axis that its input does not have");
    for (int i = 0; i < x->rank; i++)
        if (p->o->axes >> i & 1) p->o->shape.dim[i] = 1;
    return HORN_OK;
}

static horn_status by_joining(const placing *p)
{
    const shape *x = shape_of(p, 0), *y = shape_of(p, 1);
    const int axis = p->o->axis;
    if (x->rank != y->rank || axis < 0 || axis >= x->rank)
        return refuse(p, "joins values of different numbers of axes, or along an axis that they do not have");
    p->o->shape = *x;
    for (int i = 0; i < x->rank; i++) {
        size_t *size = &p->o->shape.dim[i];
        if (i == axis && (*size == SHAPE_OPEN || y->dim[i] == SHAPE_OPEN))
            *size = SHAPE_OPEN;
        else if (i == axis && y->dim[i] > SIZE_MAX - *size)
            return refuse(p, "gives more values than memory has addresses");
        else if (i == axis)
            *size += y->dim[i];
        else if (*size == SHAPE_OPEN)
            *size = y->dim[i];
        else if (y->dim[i] != *size && y->dim[i] != SHAPE_OPEN)
            return refuse(p, "joins values of different sizes");
    }
    return HORN_OK;
}

static horn_status by_dot(const placing *p)
{
    const shape *x = shape_of(p, 0), *y = shape_of(p, 1);
    if (x->rank != 2 || y->rank != 2 || (x->dim[1] != y->dim[1] && x->dim[1] && y->dim[1]))
        return refuse(p, "multiplies what are no two lists of rows of one length");
    p->o->shape = (shape){ 2, { x->dim[0], y->dim[0] } };
    return HORN_OK;
}

static horn_status by_gathering(const placing *p)
{
    const shape *table = shape_of(p, 0), *x = shape_of(p, 1);
    if (table->rank != 2 || x->rank == HORN_MAX_RANK)
        return refuse(p, "its table has not two axes, or its result too many");
    p->o->shape = *x;
    p->o->shape.dim[p->o->shape.rank++] = table->dim[1];
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
    [OPERATION_NUMBERS] = as_said,
    [OPERATION_CONV3D] = by_convolution,
    [OPERATION_CONV3D_TRANSPOSE] = by_transposed,
    [OPERATION_MAX_POOL3D] = by_pool,
    [OPERATION_AVG_POOL3D] = by_pool,
    [OPERATION_PAD] = by_padding,
    [OPERATION_CROP] = by_cropping,
    [OPERATION_TRANSPOSE] = by_order,
    [OPERATION_TILE] = as_said,
    [OPERATION_RESIZE_NEAREST] = by_enlarging,
    [OPERATION_RESIZE_BILINEAR] = by_enlarging,
    [OPERATION_MEAN_ALONG] = by_mean,
    [OPERATION_GATHER] = by_gathering,
    [OPERATION_JOIN] = by_joining,
    [OPERATION_DOT] = by_dot,
    [OPERATION_SIMPLE_RNN] = as_said,
    [OPERATION_LSTM] = as_said,
    [OPERATION_GRU] = as_said,
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
