/* RepeatVector: y[N, n, D] = x[N, D], n times. */
#include <string.h>
#include "layers/call.h"
#include "tensor/elementwise.h"

typedef struct repeat_vector {
    layer base;
    size_t n;
} repeat_vector;

static void configure(layer *l, config_reader *r)
{
    config_require(r, "n");
    config_read_count(r, "n", 1, &((repeat_vector *)l)->n);
}

static void describe(const layer *l, config *c)
{
    config_set_integer(c, "n", (int64_t)((const repeat_vector *)l)->n);
}

static horn_status place(const layer *l, call *c)
{
    char found[SHAPE_TEXT];
    if (c->inputs->rank != 1)
        return layer_fail(l, HORN_ERROR_SHAPE, "its input is %s, expected one axis beside the batch",
                          shape_print(found, c->inputs));
    c->outputs[0] = (shape){ 2, { ((const repeat_vector *)l)->n, c->inputs->dim[0] } };
    return HORN_OK;
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    const size_t n = ((const repeat_vector *)c->layer)->n, D = c->inputs->dim[0];
    for (size_t i = 0; i < x->rows * n; i++)
        memcpy(y->data + i * D, x->data + i / n * D, D * sizeof *y->data);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)own, (void)y;
    const size_t n = ((const repeat_vector *)c->layer)->n, D = c->inputs->dim[0];
    if (!dx) return;
    elementwise_fill(dx->data, 0, x->rows * D);
    for (size_t i = 0; i < x->rows; i++)
        elementwise_add_columns(dx->data + i * D, dy->data + i * n * D, D, n, D);
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    const shape one = { 2, { 1, c->inputs->dim[0] } };
    return graph_shape(g, OPERATION_TILE, graph_shape(g, OPERATION_EXPAND_DIMS, *x, &one), c->outputs);
}

const layer_class repeat_vector_class = {
    .name = "RepeatVector",
    .auto_name = "repeat_vector",
    .size = sizeof(repeat_vector),
    .configure = configure,
    .describe = describe,
    .place = place,
    .forward = forward,
    .backward = backward,
    .operate = operate,
};

horn_layer *horn_repeat_vector(const horn_repeat_vector_options *options)
{
    horn_repeat_vector_options o = options ? *options : (horn_repeat_vector_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_integer(arguments, "n", (int64_t)o.n);
    return layer_construct(&repeat_vector_class, arguments);
}
