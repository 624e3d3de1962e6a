/* PReLU: y = x if x > 0, else alpha x; alpha is a weight for each value of a sample, one for all along shared axes. Source: He,
 * Zhang, Ren and Sun, "Delving Deep into Rectifiers", 2015 */
#include "layers/call.h"
#include "tensor/broadcast.h"

typedef struct prelu {
    layer base;
    initializer initializer;
    regularizer regularizer;
    constraint constraint;
    /* As in the config, from 1 on; none: NULL in the config if `has_shared` is false. */
    bool has_shared;
    size_t shared[HORN_MAX_RANK], shared_count;
} prelu;

static void configure(layer *l, config_reader *r)
{
    const char *key = "shared_axes";
    prelu *p = (prelu *)l;
    const config *axes;
    int64_t axis;
    layer_read_initializer(l, r, "alpha_initializer", "zeros", &p->initializer);
    layer_read_regularizer(l, r, "alpha_regularizer", &p->regularizer);
    layer_read_constraint(l, r, "alpha_constraint", &p->constraint);
    config_read_value(r, key, &axes);
    if (!axes || r->status) return;
    p->has_shared = true;
    for (size_t i = 0; i < (config_is_list(axes) ? config_count(axes) : 1); i++) {
        if (p->shared_count < HORN_MAX_RANK &&
            config_integer(config_is_list(axes) ? config_at(axes, i) : axes, &axis) && axis >= 1 &&
            axis <= HORN_MAX_RANK) {
            p->shared[p->shared_count++] = (size_t)axis;
        } else {
            config_reader_fail(r, HORN_ERROR_FORMAT, key, "is no list of axes from 1 on");
            return;
        }
    }
}

static void describe(const layer *l, config *c)
{
    const prelu *p = (const prelu *)l;
    config_set(c, "alpha_initializer", initializer_describe(&p->initializer));
    regularizer_describe(&p->regularizer, c, "alpha_regularizer");
    constraint_describe(&p->constraint, c, "alpha_constraint");
    if (p->has_shared)
        config_set_sizes(c, "shared_axes", p->shared, p->shared_count);
    else
        config_set_null(c, "shared_axes");
}

static bool is_shared(const prelu *p, int axis)
{
    for (size_t i = 0; i < p->shared_count; i++)
        if (p->shared[i] == (size_t)axis + 1) return true;
    return false;
}

static horn_status build(layer *l, const shape *inputs, size_t count)
{
    const prelu *p = (const prelu *)l;
    shape alpha = *inputs;
    (void)count;
    if (inputs->rank == 0) return layer_fail(l, HORN_ERROR_SHAPE, "its input has no axis beside the batch");
    for (size_t i = 0; i < p->shared_count; i++) {
        if (p->shared[i] > (size_t)inputs->rank)
            return layer_fail(l, HORN_ERROR_SHAPE, "shared axis %zu, its input has %d beside the batch",
                              p->shared[i], inputs->rank);
        alpha.dim[p->shared[i] - 1] = 1;
    }
    const double n = (double)shape_count(&alpha);
    horn_status status = layer_add_weight(l, "alpha", "", &alpha, true, &p->initializer, n, n);
    if (status) return status;
    layer_regularize(l, 0, &p->regularizer);
    return layer_constrain(l, 0, &p->constraint);
}

static broadcast slopes_of(const call *c)
{
    unsigned axes = 0;
    for (int i = 0; i < c->inputs->rank; i++) axes |= (unsigned)!is_shared((const prelu *)c->layer, i) << i;
    return broadcast_along(c->inputs, axes);
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    const broadcast b = slopes_of(c);
    for (size_t line = 0; line < x->rows * b.lines; line++) {
        const float *alpha = c->layer->weights[0].value + broadcast_at(&b, line % b.lines),
                    *from = x->data + line * b.width;
        float *to = y->data + line * b.width;
        for (size_t i = 0; i < b.width; i++) to[i] = from[i] > 0 ? from[i] : alpha[i * b.step] * from[i];
    }
}

/* At 0 the slope is 0, as in Keras: y = relu(x) - alpha relu(-x). */
static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)y;
    const broadcast b = slopes_of(c);
    float *gradient = lane_gradient(own, c, 0);
    for (size_t line = 0; line < x->rows * b.lines; line++) {
        const size_t at = broadcast_at(&b, line % b.lines), first = line * b.width;
        const float *alpha = c->layer->weights[0].value + at;
        for (size_t i = 0; i < b.width; i++) {
            const float value = x->data[first + i], by = dy->data[first + i];
            if (gradient && value < 0) gradient[at + i * b.step] += value * by;
            if (dx) dx->data[first + i] = value > 0 ? by : value < 0 ? alpha[i * b.step] * by : 0;
        }
    }
}

/* relu(x) - alpha relu(-x) */
static size_t operate(const call *c, graph *g, const size_t *x)
{
    const size_t alpha = graph_apply(g, OPERATION_NEG, layer_graph_weight(c->layer, g, 0), NO_VALUE),
                 below =
                     graph_apply(g, OPERATION_RELU, graph_apply(g, OPERATION_NEG, *x, NO_VALUE), NO_VALUE),
                 above = graph_apply(g, OPERATION_RELU, *x, NO_VALUE);
    return graph_apply(g, OPERATION_ADD, above, graph_apply(g, OPERATION_MUL, below, alpha));
}

const layer_class prelu_class = {
    .name = "PReLU",
    .auto_name = "p_re_lu",
    .size = sizeof(prelu),
    .flags = LAYER_PASSES_MASK,
    .configure = configure,
    .describe = describe,
    .build = build,
    .forward = forward,
    .backward = backward,
    .operate = operate,
};

horn_layer *horn_prelu(const horn_prelu_options *options)
{
    horn_prelu_options o = options ? *options : (horn_prelu_options){ 0 };
    size_t count = 0;
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_string(arguments, "alpha_initializer", o.alpha_initializer);
    layer_argue_regularizer(arguments, "alpha_regularizer", &o.alpha_regularizer);
    layer_argue_constraint(arguments, "alpha_constraint", &o.alpha_constraint);
    while (count < HORN_MAX_RANK && o.shared_axes[count]) count++;
    if (count) config_set_sizes(arguments, "shared_axes", o.shared_axes, count);
    return layer_construct(&prelu_class, arguments);
}
