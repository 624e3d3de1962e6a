/* Reshape: y[N, target_shape] = x[N, ...], the same values in row-major order. One size of the target may be -1: it follows
 * from the others. */
#include "base/status.h"
#include "layers/call.h"

typedef struct reshape {
    layer base;
    /* 0 stands for -1. */
    shape target;
} reshape;

static void configure(layer *l, config_reader *r)
{
    const char *key = "target_shape";
    reshape *own = (reshape *)l;
    const config *sizes;
    size_t open = 0;
    config_require(r, key);
    config_read_value(r, key, &sizes);
    if (r->status) return;
    if (!config_is_list(sizes) || config_count(sizes) < 1 || config_count(sizes) > HORN_MAX_RANK) {
        config_reader_fail(r, HORN_ERROR_FORMAT, key, "is not a list of 1 to %d sizes", HORN_MAX_RANK);
        return;
    }
    for (size_t i = 0; i < config_count(sizes); i++) {
        int64_t size;
        if (!config_integer(config_at(sizes, i), &size) || size < -1 || size == 0)
            config_reader_fail(r, HORN_ERROR_FORMAT, key, "has a size %zu that is neither -1 nor above 0", i);
        else
            own->target.dim[own->target.rank++] = size > 0 ? (size_t)size : 0;
        open += !r->status && size < 0;
    }
    if (open > 1) config_reader_fail(r, HORN_ERROR_FORMAT, key, "leaves %zu sizes open, expected one", open);
}

static void describe(const layer *l, config *c)
{
    const reshape *own = (const reshape *)l;
    config *sizes = config_list();
    for (int i = 0; i < own->target.rank; i++)
        config_append_integer(sizes, own->target.dim[i] ? (int64_t)own->target.dim[i] : -1);
    config_set(c, "target_shape", sizes);
}

static horn_status place(const layer *l, call *c)
{
    char found[SHAPE_TEXT];
    const size_t count = shape_count(c->inputs);
    shape known = ((const reshape *)l)->target;
    int open = -1;
    for (int i = 0; i < known.rank; i++)
        if (known.dim[i] == 0) known.dim[open = i] = 1;
    const size_t product = shape_count(&known);
    c->outputs[0] = known;
    if (open >= 0) c->outputs->dim[open] = count / product;
    if (shape_is_open(c->inputs)) return HORN_OK;
    if (shape_count(c->outputs) == count) return HORN_OK;
    return layer_fail(l, HORN_ERROR_SHAPE, "its input %s has %zu values, the target %s %zu",
                      shape_print(found, c->inputs), count, open >= 0 ? "takes multiples of" : "has",
                      product);
}

const layer_class reshape_class = {
    .name = "Reshape",
    .auto_name = "reshape",
    .size = sizeof(reshape),
    .flags = LAYER_IS_VIEW,
    .configure = configure,
    .describe = describe,
    .place = place,
};

horn_layer *horn_reshape(const horn_reshape_options *options)
{
    horn_reshape_options o = options ? *options : (horn_reshape_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape), *sizes = config_list();
    for (size_t i = 0; i < HORN_MAX_RANK && o.target_shape[i]; i++)
        config_append_integer(sizes, o.target_shape[i] == HORN_REST ? -1 : (int64_t)o.target_shape[i]);
    config_set(arguments, "target_shape", sizes);
    return layer_construct(&reshape_class, arguments);
}
