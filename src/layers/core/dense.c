/* Dense: y[N, U] = x[N, D] kernel[D, U] + bias[U]. All axes of x but the last count as rows. */
#include "layers/call.h"
#include "layers/kernel_and_bias.h"
#include "tensor/elementwise.h"
#include "tensor/products/gemm.h"
#include "tensor/products/sparse.h"

typedef struct dense {
    layer base;
    size_t units;
    kernel_and_bias shared;
} dense;

static void configure(layer *l, config_reader *r)
{
    dense *d = (dense *)l;
    config_require(r, "units");
    config_read_count(r, "units", 1, &d->units);
    layer_read_activation(l, r);
    kernel_and_bias_read(&d->shared, l, r, "kernel");
    config_only_null(r, "quantization_config");
}

static void describe(const layer *l, config *c)
{
    const dense *d = (const dense *)l;
    config_set_integer(c, "units", (int64_t)d->units);
    config_set_string(c, "activation", activation_name(l->activation));
    kernel_and_bias_describe(&d->shared, c, "kernel", false);
}

/* With few units, backward's product is much faster with a transposed kernel. */
static bool is_thin(const dense *d)
{
    return d->units <= 64;
}

static horn_status build(layer *l, const shape *inputs, size_t count)
{
    const dense *d = (const dense *)l;
    (void)count;
    if (inputs->rank == 0) return layer_fail(l, HORN_ERROR_SHAPE, "its input has no axis beside the batch");
    const size_t D = inputs->dim[inputs->rank - 1], U = d->units;
    const weight kernel = {
        .name = "kernel", .axes = "io", .shape = { 2, { D, U } }, .fan_in = (double)D, .fan_out = (double)U
    };
    return kernel_and_bias_add(&d->shared, l, &kernel, U);
}

static horn_status place(const layer *l, call *c)
{
    const size_t D = l->weights[0].shape.dim[0], U = l->weights[0].shape.dim[1];
    c->outputs->dim[c->outputs->rank - 1] = U;
    c->gradient_parts = D;
    if (is_thin((const dense *)l)) call_ask_prepared(c, D * U, D);
    call_ask_scratch(c, layer_part_most(D) * U);
    return HORN_OK;
}

static void prepare(const call *c, bool training, size_t rows, range part, float *prepared)
{
    const weight *kernel = &c->layer->weights[0];
    const size_t D = kernel->shape.dim[0], U = kernel->shape.dim[1];
    (void)rows;
    if (training && is_thin((const dense *)c->layer))
        elementwise_transpose(prepared + part.first, D, kernel->value + part.first * U, U,
                              part.end - part.first, U);
}

/* Rows of the matrix product: all axes but the last. */
static size_t count_rows(const tensor *x)
{
    shape leading = x->shape;
    leading.rank--;
    return x->rows * shape_count(&leading);
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    const dense *d = (const dense *)c->layer;
    const weight *kernel = &c->layer->weights[0], *bias = &c->layer->weights[1];
    const size_t N = count_rows(x), D = kernel->shape.dim[0], U = d->units;
    if (!sparse_rows(N, D, U, x->data, D, kernel->value, y->data))
        gemm(false, false, N, U, D, x->data, D, kernel->value, U, 0, y->data, U);
    if (d->shared.use_bias) elementwise_add_bias(y->data, U, bias->value, N, U);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)y;
    const weight *kernel = &c->layer->weights[0];
    const size_t N = count_rows(x), D = kernel->shape.dim[0], U = kernel->shape.dim[1];
    if (dx && is_thin((const dense *)c->layer))
        gemm(false, false, N, D, U, dy->data, U, lane_prepared(own, c), D, 0, dx->data, D);
    else if (dx)
        /* dx = dy kernel^T */
        gemm(false, true, N, D, U, dy->data, U, kernel->value, U, 0, dx->data, D);
}

/* Computes rows `part` of dkernel = x^T dy over all rows of x. */
static void gradient(const call *c, lane *own, range part, const tensor *x, const tensor *dy,
                     float *const *gradients)
{
    const weight *kernel = &c->layer->weights[0];
    const size_t N = count_rows(x), D = kernel->shape.dim[0], U = kernel->shape.dim[1];
    const size_t rows = part.end - part.first;
    float *dkernel = gradients[0];
    if (!sparse_columns(N, rows, U, x->data + part.first, D, dy->data, dkernel, lane_scratch(own, c)))
        gemm(true, false, rows, U, N, x->data + part.first, D, dy->data, U, 0, dkernel, U);
    if (c->layer->weight_count > 1 && part.first == 0) {
        elementwise_fill(gradients[1], 0, U);
        elementwise_add_columns(gradients[1], dy->data, U, N, U);
    }
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    const size_t y = graph_add(g, &(operation){ .kind = OPERATION_MATMUL,
                                                .inputs = { *x, layer_graph_weight(c->layer, g, 0) },
                                                .input_count = 2,
                                                .shape = c->outputs[0] });
    return layer_add_bias(c->layer, g, y, 1);
}

const layer_class dense_class = {
    .name = "Dense",
    .auto_name = "dense",
    .size = sizeof(dense),
    .flags = LAYER_BACK_IGNORES_X | LAYER_BACK_IGNORES_Y | LAYER_GRADIENT_BY_PARTS | LAYER_PASSES_MASK,
    .configure = configure,
    .describe = describe,
    .build = build,
    .place = place,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .gradient = gradient,
    .operate = operate,
};

horn_layer *horn_dense(const horn_dense_options *options)
{
    horn_dense_options o = options ? *options : (horn_dense_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_integer(arguments, "units", (int64_t)o.units);
    config_set_string(arguments, "activation", o.activation);
    kernel_and_bias_argue(arguments, "kernel", o.no_bias, o.kernel_initializer, o.bias_initializer,
                          &o.kernel_regularizer, &o.bias_regularizer);
    layer_argue_constraint(arguments, "kernel_constraint", &o.kernel_constraint);
    layer_argue_constraint(arguments, "bias_constraint", &o.bias_constraint);
    return layer_construct(&dense_class, arguments);
}
