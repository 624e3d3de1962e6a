#include "layers/images/up_sampling.h"

horn_status up_sampling_place(const layer *l, call *c)
{
    const up_sampling *u = (const up_sampling *)l;
    size_t in[WINDOW_AXES], out[WINDOW_AXES];
    horn_status status = window_check_input(&u->factors, l, c->inputs);
    if (status) return status;
    const size_t C = c->inputs->dim[c->inputs->rank - 1];
    window_input(&u->factors, c->inputs, in);
    for (int i = 0; i < WINDOW_AXES; i++) {
        if (in[i] > SIZE_MAX / u->factors.size[i])
            return layer_fail(l, HORN_ERROR_SHAPE, "its output is too large");
        out[i] = in[i] * u->factors.size[i];
    }
    c->outputs[0] = window_shape(&u->factors, out, C);
    *(resizing *)c->own = (resizing){ .channels = C,
                                      .image_height = in[1],
                                      .image_width = in[2],
                                      .height = in[1],
                                      .width = in[2],
                                      .out_height = out[1],
                                      .out_width = out[2],
                                      .is_bilinear = u->is_bilinear };
    return HORN_OK;
}

void up_sampling_forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    resizing_forward(c->own, x->rows, x->data, y->data);
}

void up_sampling_backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy,
                          tensor *dx)
{
    (void)own, (void)x, (void)y;
    if (dx) resizing_gradient(c->own, dy->rows, dy->data, dx->data);
}
