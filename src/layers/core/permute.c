/* Permute: axis i of y is axis dims[i] of x; axes are counted from 1, as 0 is the batch. */
#include "layers/call.h"
#include "tensor/permutation.h"

typedef struct permute {
    layer base;
    int rank;
    /* From 0 on. */
    int order[HORN_MAX_RANK];
} permute;

static void configure(layer *l, config_reader *r)
{
    const char *key = "dims";
    permute *p = (permute *)l;
    const config *dims;
    int64_t axis;
    unsigned seen = 0;
    config_require(r, key);
    config_read_value(r, key, &dims);
    if (r->status) return;
    const size_t count = config_count(dims);
    if (!config_is_list(dims) || count < 1 || count > HORN_MAX_RANK)
        config_reader_fail(r, HORN_ERROR_FORMAT, key, "is not a list of 1 to %d axes", HORN_MAX_RANK);
    for (size_t i = 0; i < count && !r->status; i++) {
        if (config_integer(config_at(dims, i), &axis) && axis >= 1 && axis <= (int64_t)count &&
            !(seen >> axis & 1))
            p->order[p->rank++] = (int)axis - 1;
        else
            config_reader_fail(r, HORN_ERROR_FORMAT, key, "does not name each axis from 1 to %zu once",
                               count);
        if (!r->status) seen |= 1u << axis;
    }
}

static void describe(const layer *l, config *c)
{
    const permute *p = (const permute *)l;
    config *dims = config_list();
    for (int i = 0; i < p->rank; i++) config_append_integer(dims, p->order[i] + 1);
    config_set(c, "dims", dims);
}

static horn_status place(const layer *l, call *c)
{
    const permute *p = (const permute *)l;
    char found[SHAPE_TEXT];
    if (c->inputs->rank != p->rank)
        return layer_fail(l, HORN_ERROR_SHAPE, "its input is %s, dims name %d axes beside the batch",
                          shape_print(found, c->inputs), p->rank);
    c->outputs[0] = permutation_shape(c->inputs, p->order);
    return HORN_OK;
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    const size_t n = shape_count(c->inputs);
    for (size_t i = 0; i < x->rows; i++)
        permutation_apply(c->inputs, ((const permute *)c->layer)->order, x->data + i * n, y->data + i * n);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)own, (void)y;
    const permute *p = (const permute *)c->layer;
    const size_t n = shape_count(c->inputs);
    int inverse[HORN_MAX_RANK];
    permutation_invert(p->rank, p->order, inverse);
    for (size_t i = 0; dx && i < x->rows; i++)
        permutation_apply(c->outputs, inverse, dy->data + i * n, dx->data + i * n);
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    return graph_transpose(g, *x, ((const permute *)c->layer)->order);
}

const layer_class permute_class = {
    .name = "Permute",
    .auto_name = "permute",
    .size = sizeof(permute),
    .configure = configure,
    .describe = describe,
    .place = place,
    .forward = forward,
    .backward = backward,
    .operate = operate,
};

horn_layer *horn_permute(const horn_permute_options *options)
{
    horn_permute_options o = options ? *options : (horn_permute_options){ 0 };
    size_t count = 0;
    config *arguments = layer_arguments(o.name, o.input_shape);
    while (count < HORN_MAX_RANK && o.dims[count]) count++;
    config_set_sizes(arguments, "dims", o.dims, count);
    return layer_construct(&permute_class, arguments);
}
