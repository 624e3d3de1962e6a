#include "layers/images/window.h"

#include <string.h>
#include <strings.h>
#include "base/status.h"

void window_read_pair(config_reader *r, const char *key, size_t out[2])
{
    config_read_sizes(r, key, 1, out, 2);
    if (out[0] > INT32_MAX || out[1] > INT32_MAX)
        config_reader_fail(r, HORN_ERROR_FORMAT, key, "is %zu and %zu, expected less than 2^31", out[0],
                           out[1]);
}

void window_read(window *w, config_reader *r, const char *size_key)
{
    const char *padding = w->same ? "same" : "valid";
    window_read_pair(r, size_key, w->size);
    window_read_pair(r, "strides", w->stride);
    config_read_string(r, "padding", &padding);
    w->same = strcasecmp(padding, "same") == 0;
    if (!w->same && strcasecmp(padding, "valid") != 0)
        config_reader_fail(r, HORN_ERROR_FORMAT, "padding", "is \"%.60s\", expected \"valid\" or \"same\"",
                           padding);
    for (int i = 0; i < 2; i++)
        if (w->stride[i] == 0) w->stride[i] = w->size[i];
}

void window_check_dilation(const window *w, config_reader *r)
{
    if ((w->stride[0] > 1 || w->stride[1] > 1) && (w->dilation[0] > 1 || w->dilation[1] > 1))
        config_reader_fail(r, HORN_ERROR_FORMAT, "dilation_rate",
                           "is %zu and %zu: only without strides may it be above 1", w->dilation[0],
                           w->dilation[1]);
}

void window_describe_padding(const window *w, config *c)
{
    config_set_string(c, "padding", w->same ? "same" : "valid");
}

horn_status window_check_image(const layer *l, const shape *input)
{
    char text[SHAPE_TEXT];
    if (input->rank == 3) return HORN_OK;
    return layer_fail(l, HORN_ERROR_SHAPE, "its input is %s, expected (height, width, channels)",
                      shape_print(text, input));
}

horn_status window_place(window_fit *out, const window *w, const layer *l, const shape *input)
{
    char text[SHAPE_TEXT];
    for (int i = 0; i < 2; i++) {
        const size_t n = input->dim[i], reach = (w->size[i] - 1) * w->dilation[i] + 1;
        out->out[i] = SHAPE_OPEN;
        out->pad[i] = 0;
        if (n == SHAPE_OPEN) continue;
        if (!w->same && reach > n)
            return layer_fail(l, HORN_ERROR_SHAPE, "a window that is %zu %s does not fit into %s", reach,
                              i ? "wide" : "high", shape_print(text, input));
        /* Pixels in which the windows after the first can begin. */
        const size_t room = w->same ? n - 1 : n - reach;
        const size_t last = room / w->stride[i] * w->stride[i];
        out->out[i] = room / w->stride[i] + 1;
        out->pad[i] = w->same && last + reach > n ? (last + reach - n) / 2 : 0;
    }
    return HORN_OK;
}

void window_operate(const window *w, operation *o)
{
    memcpy(o->size, w->size, sizeof o->size);
    memcpy(o->stride, w->stride, sizeof o->stride);
    memcpy(o->dilation, w->dilation, sizeof o->dilation);
    o->same = w->same;
}

void window_set_pair(config *c, const char *key, const size_t pair[2])
{
    if (pair[0] || pair[1]) config_set_sizes(c, key, (size_t[2]){ pair[0], pair[1] ? pair[1] : pair[0] }, 2);
}
