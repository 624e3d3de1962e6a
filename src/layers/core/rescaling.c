/* Rescaling: y = x scale + offset. Both are a number, or a list with one for each value along the last axis. */
#include <float.h>
#include <stdlib.h>
#include "base/memory.h"
#include "layers/call.h"

typedef struct numbers {
    /* As in the config. */
    config *given;
    size_t count;
} numbers;

typedef struct rescaling {
    layer base;
    numbers scale, offset;
} rescaling;

static void read_numbers(config_reader *r, const char *key, numbers *out)
{
    const config *value;
    double number;
    config_read_value(r, key, &value);
    if (!value || r->status) return;
    out->count = config_is_list(value) ? config_count(value) : 1;
    for (size_t i = 0; i < out->count; i++)
        if (!config_number(config_is_list(value) ? config_at(value, i) : value, &number) ||
            !(number >= -FLT_MAX && number <= FLT_MAX))
            config_reader_fail(r, HORN_ERROR_UNSUPPORTED, key, "is no number and no list of numbers");
    if (!out->count) config_reader_fail(r, HORN_ERROR_FORMAT, key, "is an empty list");
    if (r->status) return;
    out->given = config_copy(value);
    r->status = config_status(out->given);
}

static void configure(layer *l, config_reader *r)
{
    rescaling *s = (rescaling *)l;
    config_require(r, "scale");
    read_numbers(r, "scale", &s->scale);
    read_numbers(r, "offset", &s->offset);
}

static void describe(const layer *l, config *c)
{
    const rescaling *s = (const rescaling *)l;
    config_set(c, "scale", config_copy(s->scale.given));
    if (s->offset.given)
        config_set(c, "offset", config_copy(s->offset.given));
    else
        config_set_number(c, "offset", 0);
}

static float number_at(const numbers *n, size_t i, float otherwise)
{
    double number = (double)otherwise;
    if (n->given)
        (void)config_number(config_is_list(n->given) ? config_at(n->given, n->count > 1 ? i : 0) : n->given,
                            &number);
    return (float)number;
}

static horn_status place(const layer *l, call *c)
{
    const rescaling *s = (const rescaling *)l;
    const size_t width = c->inputs->rank ? c->inputs->dim[c->inputs->rank - 1] : 1;
    const size_t count = s->scale.count > s->offset.count ? s->scale.count : s->offset.count;
    if ((s->scale.count != 1 && s->scale.count != width) || (s->offset.count > 1 && s->offset.count != width))
        return layer_fail(l, HORN_ERROR_SHAPE,
                          "scale and offset have %zu numbers, its input has %zu along the last axis", count,
                          width);
    call_ask_scratch(c, 2 * width);
    return HORN_OK;
}

/* Writes the factors [width] and the offsets [width] to the scratch; returns the width. */
static size_t read_line(const call *c, lane *own, float **factors, float **offsets)
{
    const rescaling *s = (const rescaling *)c->layer;
    const size_t width = c->inputs->rank ? c->inputs->dim[c->inputs->rank - 1] : 1;
    *factors = lane_scratch(own, c);
    *offsets = *factors + width;
    for (size_t i = 0; i < width; i++) {
        (*factors)[i] = number_at(&s->scale, i, 1);
        (*offsets)[i] = number_at(&s->offset, i, 0);
    }
    return width;
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    float *factors, *offsets;
    const size_t width = read_line(c, own, &factors, &offsets), count = x->rows * shape_count(c->inputs);
    for (size_t first = 0; first < count; first += width)
        for (size_t i = 0; i < width; i++) y->data[first + i] = x->data[first + i] * factors[i] + offsets[i];
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)y;
    float *factors, *offsets;
    const size_t width = read_line(c, own, &factors, &offsets), count = x->rows * shape_count(c->inputs);
    for (size_t first = 0; dx && first < count; first += width)
        for (size_t i = 0; i < width; i++) dx->data[first + i] = dy->data[first + i] * factors[i];
}

static void destroy(layer *l)
{
    rescaling *s = (rescaling *)l;
    config_free(s->scale.given);
    config_free(s->offset.given);
}

/* A number, or as many as the last axis is long. */
static size_t constant_of(const numbers *n, graph *g, double otherwise)
{
    float *values = NULL;
    if (n->count <= 1) return graph_number(g, (double)number_at(n, 0, (float)otherwise));
    if (!g->status) g->status = memory_new(&values, n->count, sizeof *values);
    if (g->status) return 0;
    for (size_t i = 0; i < n->count; i++) values[i] = number_at(n, i, 0);
    const size_t value = graph_numbers(g, values, &(shape){ 1, { n->count } });
    free(values);
    return value;
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    const rescaling *s = (const rescaling *)c->layer;
    const size_t scaled = graph_apply(g, OPERATION_MUL, *x, constant_of(&s->scale, g, 1));
    return graph_apply(g, OPERATION_ADD, scaled, constant_of(&s->offset, g, 0));
}

const layer_class rescaling_class = {
    .name = "Rescaling",
    .auto_name = "rescaling",
    .size = sizeof(rescaling),
    .flags = LAYER_PASSES_MASK,
    .configure = configure,
    .describe = describe,
    .place = place,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
    .operate = operate,
};

horn_layer *horn_rescaling(const horn_rescaling_options *options)
{
    horn_rescaling_options o = options ? *options : (horn_rescaling_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_option(arguments, "scale", o.scale);
    config_set_option(arguments, "offset", o.offset);
    return layer_construct(&rescaling_class, arguments);
}
