#include "layers/images/edges.h"

#include <string.h>
#include "base/status.h"

/* ---- arguments ---- */

static bool read_size(const config *value, size_t *out)
{
    int64_t number;
    if (!config_integer(value, &number) || number < 0 || number > INT32_MAX) return false;
    *out = (size_t)number;
    return true;
}

/* Reads one size for both sides, or a list of two sizes. */
static bool read_side(const config *value, size_t out[2])
{
    const bool list = config_is_list(value);
    if (list && config_count(value) != 2) return false;
    return read_size(list ? config_at(value, 0) : value, &out[0]) &&
           read_size(list ? config_at(value, 1) : value, &out[1]);
}

static bool read_sides(const config *value, size_t (*out)[2], size_t axes)
{
    const bool list = axes > 1 && config_is_list(value);
    if (list && config_count(value) != axes) return false;
    for (size_t i = 0; i < axes; i++)
        if (!read_side(list ? config_at(value, i) : value, out[i])) return false;
    return true;
}

void edges_configure(layer *l, config_reader *r, int axes, const char *key, size_t otherwise)
{
    edges *e = (edges *)l;
    const config *value;
    e->axes = window_of(axes, 1, 1);
    for (int i = WINDOW_AXES - axes; i < WINDOW_AXES; i++) e->sizes[i][0] = e->sizes[i][1] = otherwise;
    config_read_value(r, key, &value);
    if (value && !read_sides(value, e->sizes + WINDOW_AXES - axes, (size_t)axes))
        config_reader_fail(r, HORN_ERROR_FORMAT, key, "is no integer from 0 to 2^31 - 1%s",
                           axes > 1 ? ", list of one for each axis, or list of pairs" : ", or pair of them");
    layer_read_data_format(l, r);
}

void edges_set(config *c, const char *key, const size_t *sizes, int axes)
{
    if (axes == 1) {
        config_set_sizes(c, key, sizes, 2);
        return;
    }
    config *pairs = config_list();
    for (int i = 0; i < axes; i++) {
        config *pair = config_list();
        for (int k = 0; k < 2; k++) config_append_integer(pair, (int64_t)sizes[2 * i + k]);
        config_append(pairs, pair);
    }
    config_set(c, key, pairs);
}

void edges_describe(const layer *l, config *c, const char *key)
{
    const edges *e = (const edges *)l;
    edges_set(c, key, e->sizes[WINDOW_AXES - e->axes.axes], e->axes.axes);
    if (e->axes.axes > 1 || l->channels_first) layer_describe_data_format(l, c);
}

/* ---- shapes ---- */

horn_status edges_place_padding(const layer *l, call *c)
{
    const edges *e = (const edges *)l;
    horn_status status = window_check_input(&e->axes, l, c->inputs);
    for (int i = 0, k = WINDOW_AXES - e->axes.axes; !status && i < e->axes.axes; i++)
        if (c->inputs->dim[i] != SHAPE_OPEN) c->outputs->dim[i] += e->sizes[k + i][0] + e->sizes[k + i][1];
    return status;
}

horn_status edges_place_cropping(const layer *l, call *c)
{
    const edges *e = (const edges *)l;
    char text[SHAPE_TEXT];
    horn_status status = window_check_input(&e->axes, l, c->inputs);
    for (int i = 0, k = WINDOW_AXES - e->axes.axes; !status && i < e->axes.axes; i++) {
        const size_t n = c->inputs->dim[i], less = e->sizes[k + i][0] + e->sizes[k + i][1];
        if (n != SHAPE_OPEN && less >= n)
            return layer_fail(l, HORN_ERROR_SHAPE,
                              "of its input %s it takes off %zu along axis %d: nothing is left",
                              shape_print(text, c->inputs), less, i + 1);
        if (n != SHAPE_OPEN) c->outputs->dim[i] -= less;
    }
    return status;
}

/* ---- computing ---- */

/* Copies between the samples of the larger shape and those of the smaller one, which lies in it. */
static void copy(const call *c, const shape *larger, const shape *smaller, size_t rows, float *large,
                 float *small, bool to_large)
{
    const edges *e = (const edges *)c->layer;
    size_t in[WINDOW_AXES], out[WINDOW_AXES];
    window_input(&e->axes, smaller, in);
    window_input(&e->axes, larger, out);
    const size_t C = larger->dim[larger->rank - 1], line = in[2] * C;
    if (to_large) memset(large, 0, rows * shape_count(larger) * sizeof *large);
    for (size_t i = 0; i < rows * in[0] * in[1]; i++, small += line) {
        const size_t n = i / (in[0] * in[1]), z = i / in[1] % in[0] + e->sizes[0][0],
                     y = i % in[1] + e->sizes[1][0];
        float *at = large + (((n * out[0] + z) * out[1] + y) * out[2] + e->sizes[2][0]) * C;
        memcpy(to_large ? at : small, to_large ? small : at, line * sizeof *at);
    }
}

void edges_pad(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    copy(c, c->outputs, c->inputs, x->rows, y->data, x->data, true);
}

void edges_pad_back(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)own, (void)x, (void)y;
    if (dx) copy(c, c->outputs, c->inputs, dx->rows, dy->data, dx->data, false);
}

void edges_crop(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    copy(c, c->inputs, c->outputs, x->rows, x->data, y->data, false);
}

void edges_crop_back(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)own, (void)x, (void)y;
    if (dx) copy(c, c->inputs, c->outputs, dx->rows, dx->data, dy->data, true);
}

size_t edges_operate_crop(const call *c, graph *g, const size_t *x)
{
    const edges *e = (const edges *)c->layer;
    const int axes = e->axes.axes;
    operation o = { .kind = OPERATION_CROP, .inputs = { *x }, .input_count = 1, .shape = *c->outputs };
    memcpy(o.padding, e->sizes[WINDOW_AXES - axes], 2 * (size_t)axes * sizeof *o.padding);
    return graph_add(g, &o);
}
