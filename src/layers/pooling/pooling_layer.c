#include "layers/pooling/pooling_layer.h"

#include "layers/steps.h"

/* ---- windows ---- */

void pooling_layer_configure(layer *l, config_reader *r, int axes)
{
    window *w = &((pooling_layer *)l)->window;
    *w = window_of(axes, 2, 0);
    window_read(w, r, "pool_size", false);
    for (size_t i = 0, cells = 1; i < WINDOW_AXES; cells *= w->size[i++])
        if (w->size[i] > UINT32_MAX / cells)
            config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "pool_size", "has more than 2^32 - 1 cells");
    layer_read_data_format(l, r);
}

void pooling_layer_describe(const layer *l, config *c)
{
    const window *w = &((const pooling_layer *)l)->window;
    window_describe_sizes(w, c, "pool_size", w->size);
    window_describe_padding(w, c);
    window_describe_sizes(w, c, "strides", w->stride);
    layer_describe_data_format(l, c);
}

static pooling image_of(const window *w, const window_fit *fit, size_t channels)
{
    return (pooling){ .channels = channels,
                      .height = fit->in[1],
                      .width = fit->in[2],
                      .window_height = w->size[1],
                      .window_width = w->size[2],
                      .stride_y = w->stride[1],
                      .stride_x = w->stride[2],
                      .pad_top = fit->pad[1],
                      .pad_left = fit->pad[2],
                      .out_height = fit->out[1],
                      .out_width = fit->out[2] };
}

static pooling depth_of(const window *w, const window_fit *fit, size_t channels)
{
    const size_t pixels = fit->out[1] * fit->out[2];
    return (pooling){ .channels = channels,
                      .height = fit->in[0],
                      .width = pixels,
                      .window_height = w->size[0],
                      .window_width = 1,
                      .stride_y = w->stride[0],
                      .stride_x = 1,
                      .pad_top = fit->pad[0],
                      .out_height = fit->out[0],
                      .out_width = pixels };
}

/* Floats of a sample between the two stages. */
static size_t middle_of(const pooling_call *p)
{
    return p->planes * p->image.out_height * p->image.out_width * p->image.channels;
}

horn_status pooling_layer_place(const layer *l, call *c)
{
    const window *w = &((const pooling_layer *)l)->window;
    const shape *input = c->inputs;
    pooling_call *own = c->own;
    window_fit fit;
    horn_status status = window_check_input(w, l, input);
    if (!status) status = window_place(&fit, w, l, input);
    if (status) return status;
    const size_t C = input->dim[input->rank - 1];
    c->outputs[0] = window_shape(w, fit.out, C);
    if (shape_is_open(input)) return HORN_OK;
    *own = (pooling_call){ .image = image_of(w, &fit, C) };
    if (w->axes < WINDOW_AXES) return HORN_OK;
    own->depth = depth_of(w, &fit, C);
    own->planes = fit.in[0];
    call_ask_scratch(c, middle_of(own));
    return HORN_OK;
}

horn_layer *pooling_layer_construct(const layer_class *class, int axes, const char *name,
                                    const size_t input_shape[HORN_MAX_RANK], const size_t *pool_size,
                                    const size_t *strides, const char *padding)
{
    config *arguments = layer_arguments(name, input_shape);
    window_set_sizes(arguments, "pool_size", pool_size, (size_t)axes);
    window_set_sizes(arguments, "strides", strides, (size_t)axes);
    config_set_string(arguments, "padding", padding);
    return layer_construct(class, arguments);
}

/* ---- the whole input ---- */

void pooling_layer_configure_global(layer *l, config_reader *r, int axes)
{
    pooling_layer *p = (pooling_layer *)l;
    p->window = window_of(axes, 1, 1);
    layer_read_data_format(l, r);
    config_read_boolean(r, "keepdims", &p->keepdims);
}

void pooling_layer_describe_global(const layer *l, config *c)
{
    layer_describe_data_format(l, c);
    config_set_boolean(c, "keepdims", ((const pooling_layer *)l)->keepdims);
}

horn_status pooling_layer_place_global(const layer *l, call *c)
{
    const pooling_layer *p = (const pooling_layer *)l;
    size_t in[WINDOW_AXES];
    horn_status status = window_check_input(&p->window, l, c->inputs);
    if (status) return status;
    window_input(&p->window, c->inputs, in);
    const size_t H = in[0] * in[1], W = in[2], C = c->inputs->dim[c->inputs->rank - 1];
    if (W && H > UINT32_MAX / W)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED, "its input has more than 2^32 - 1 pixels");
    c->outputs[0] = p->keepdims ? window_shape(&p->window, (size_t[]){ 1, 1, 1 }, C) : (shape){ 1, { C } };
    *(pooling_call *)c->own = (pooling_call){ .image = { .channels = C,
                                                         .height = H,
                                                         .width = W,
                                                         .window_height = H,
                                                         .window_width = W,
                                                         .stride_y = H,
                                                         .stride_x = W,
                                                         .out_height = 1,
                                                         .out_width = 1 } };
    return HORN_OK;
}

horn_layer *pooling_layer_construct_global(const layer_class *class,
                                           const horn_global_pooling_options *options)
{
    horn_global_pooling_options o = options ? *options : (horn_global_pooling_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_boolean(arguments, "keepdims", o.keepdims);
    return layer_construct(class, arguments);
}

/* ---- computing ---- */

/* Global pooling writes a window of zeros. */
size_t pooling_layer_operate(const call *c, graph *g, size_t x, operation_kind kind)
{
    const window *w = &((const pooling_layer *)c->layer)->window;
    const bool is_global = kind == OPERATION_MAX || kind == OPERATION_MEAN;
    operation o = { .kind = kind, .inputs = { x }, .input_count = 1, .shape = c->outputs[0] };
    if (!is_global) window_operate(w, &o);
    if (w->axes > 1) return graph_add(g, &o);
    if (!is_global) return steps_operate(g, &o, x, NO_VALUE, &c->outputs[0]);
    const size_t C = c->inputs->dim[1];
    o.inputs[0] = steps_image(g, x);
    if (c->outputs->rank == 1) return graph_add(g, &o);
    o.shape = (shape){ 3, { 1, 1, C } };
    return steps_squeeze(g, graph_add(g, &o), &c->outputs[0]);
}

/* Bytes of a sample's positions in the first stage. */
static size_t image_places(const pooling_call *p)
{
    const size_t images = p->planes ? p->planes : 1;
    return images * p->image.out_height * p->image.out_width * p->image.channels *
           pooling_position_size(&p->image);
}

/* Cannot overflow: the output has at most as many values as the input, whose size was checked. */
void pooling_layer_ask_places(call *c)
{
    const pooling_call *p = c->own;
    size_t places = image_places(p);
    if (p->planes) places += shape_count(c->outputs) * pooling_position_size(&p->depth);
    call_ask_keep(c, places);
}

/* A sample of two stages. */
typedef struct sample {
    float *x, *y, *middle;
    /* NULL: are not needed. */
    unsigned char *places, *depth_places;
} sample;

static sample sample_at(const call *c, lane *own, size_t row, const float *x, const float *y, bool places)
{
    const pooling_call *p = c->own;
    unsigned char *keep = places ? (unsigned char *)lane_keep(own, c) + row * c->keep : NULL;
    return (sample){ .x = (float *)(uintptr_t)x + row * shape_count(c->inputs),
                     .y = (float *)(uintptr_t)y + row * shape_count(c->outputs),
                     .middle = lane_scratch(own, c),
                     .places = keep,
                     .depth_places = keep ? keep + image_places(p) : NULL };
}

void pooling_layer_max(const call *c, lane *own, const tensor *x, tensor *y)
{
    const pooling_call *p = c->own;
    if (!p->planes)
        pooling_max(&p->image, x->rows, x->data, y->data, own->training ? lane_keep(own, c) : NULL);
    for (size_t i = 0; p->planes && i < x->rows; i++) {
        const sample s = sample_at(c, own, i, x->data, y->data, own->training);
        pooling_max(&p->image, p->planes, s.x, s.middle, s.places);
        pooling_max(&p->depth, 1, s.middle, s.y, s.depth_places);
    }
}

void pooling_layer_max_back(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy,
                            tensor *dx)
{
    const pooling_call *p = c->own;
    const float *relu_y = own->relu ? y->data : NULL;
    (void)x;
    if (!dx) return;
    if (!p->planes) pooling_max_gradient(&p->image, dy->rows, lane_keep(own, c), relu_y, dy->data, dx->data);
    for (size_t i = 0; p->planes && i < dy->rows; i++) {
        const sample s = sample_at(c, own, i, dx->data, dy->data, true);
        pooling_max_gradient(&p->depth, 1, s.depth_places,
                             relu_y ? relu_y + i * shape_count(c->outputs) : NULL, s.y, s.middle);
        pooling_max_gradient(&p->image, p->planes, s.places, NULL, s.middle, s.x);
    }
}

void pooling_layer_average(const call *c, lane *own, const tensor *x, tensor *y)
{
    const pooling_call *p = c->own;
    if (!p->planes) pooling_average(&p->image, x->rows, x->data, y->data);
    for (size_t i = 0; p->planes && i < x->rows; i++) {
        const sample s = sample_at(c, own, i, x->data, y->data, false);
        pooling_average(&p->image, p->planes, s.x, s.middle);
        pooling_average(&p->depth, 1, s.middle, s.y);
    }
}

void pooling_layer_average_back(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy,
                                tensor *dx)
{
    const pooling_call *p = c->own;
    (void)x, (void)y;
    if (!dx) return;
    if (!p->planes) pooling_average_gradient(&p->image, dy->rows, dy->data, dx->data);
    for (size_t i = 0; p->planes && i < dy->rows; i++) {
        const sample s = sample_at(c, own, i, dx->data, dy->data, false);
        pooling_average_gradient(&p->depth, 1, s.y, s.middle);
        pooling_average_gradient(&p->image, p->planes, s.middle, s.x);
    }
}
