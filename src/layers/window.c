#include "layers/window.h"

#include <string.h>
#include <strings.h>
#include "base/status.h"

/* The first place of the arrays that the layer uses. */
static int first_of(const window *w)
{
    return WINDOW_AXES - w->axes;
}

window window_of(int axes, size_t size, size_t stride)
{
    window w = { .axes = axes };
    for (int i = 0; i < WINDOW_AXES; i++) {
        const bool is_used = i >= first_of(&w);
        w.size[i] = is_used ? size : 1;
        w.stride[i] = is_used ? stride : 1;
        w.dilation[i] = 1;
    }
    return w;
}

/* ---- arguments ---- */

void window_read_sizes(const window *w, config_reader *r, const char *key, size_t least,
                       size_t out[WINDOW_AXES])
{
    config_read_sizes(r, key, least, out + first_of(w), (size_t)w->axes);
    for (int i = first_of(w); i < WINDOW_AXES; i++)
        if (out[i] > INT32_MAX)
            config_reader_fail(r, HORN_ERROR_FORMAT, key, "is %zu, expected less than 2^31", out[i]);
}

static const char *const paddings[] = { "valid", "same", "causal" };

static void read_padding(window *w, config_reader *r, bool takes_causal)
{
    const char *padding = paddings[w->padding];
    config_read_string(r, "padding", &padding);
    for (int i = WINDOW_VALID; i <= (takes_causal ? WINDOW_CAUSAL : WINDOW_SAME); i++) {
        if (strcasecmp(padding, paddings[i]) != 0) continue;
        w->padding = (window_padding)i;
        return;
    }
    config_reader_fail(r, HORN_ERROR_FORMAT, "padding", "is \"%.60s\", expected %s", padding,
                       takes_causal ? "\"valid\", \"same\" or \"causal\"" : "\"valid\" or \"same\"");
}

void window_read(window *w, config_reader *r, const char *size_key, bool takes_causal)
{
    window_read_sizes(w, r, size_key, 1, w->size);
    window_read_sizes(w, r, "strides", 1, w->stride);
    read_padding(w, r, takes_causal);
    for (int i = 0; i < WINDOW_AXES; i++)
        if (w->stride[i] == 0) w->stride[i] = w->size[i];
}

void window_check_dilation(const window *w, config_reader *r)
{
    size_t stride = 1, dilation = 1;
    for (int i = 0; i < WINDOW_AXES; i++) {
        if (w->stride[i] > 1) stride = w->stride[i];
        if (w->dilation[i] > 1) dilation = w->dilation[i];
    }
    if (stride > 1 && dilation > 1)
        config_reader_fail(r, HORN_ERROR_FORMAT, "dilation_rate",
                           "is %zu with strides of %zu: only without strides may it be above 1", dilation,
                           stride);
}

void window_describe_padding(const window *w, config *c)
{
    config_set_string(c, "padding", paddings[w->padding]);
}

void window_describe_sizes(const window *w, config *c, const char *key, const size_t sizes[WINDOW_AXES])
{
    config_set_sizes(c, key, sizes + first_of(w), (size_t)w->axes);
}

void window_set_sizes(config *c, const char *key, const size_t *sizes, size_t count)
{
    size_t filled[WINDOW_AXES] = { 0 };
    bool is_given = false;
    for (size_t i = 0; i < count && i < WINDOW_AXES; i++) {
        is_given |= sizes[i] > 0;
        filled[i] = sizes[i] || i == 0 ? sizes[i] : filled[i - 1];
    }
    if (is_given) config_set_sizes(c, key, filled, count);
}

/* ---- shapes ---- */

horn_status window_check_input(const window *w, const layer *l, const shape *input)
{
    static const char *const expected[] = { "(steps, channels)", "(height, width, channels)",
                                            "(depth, height, width, channels)" };
    char text[SHAPE_TEXT];
    if (input->rank == w->axes + 1) return HORN_OK;
    return layer_fail(l, HORN_ERROR_SHAPE, "its input is %s, expected %s", shape_print(text, input),
                      expected[w->axes - 1]);
}

void window_input(const window *w, const shape *input, size_t out[WINDOW_AXES])
{
    for (int i = 0; i < WINDOW_AXES; i++) out[i] = i < first_of(w) ? 1 : input->dim[i - first_of(w)];
}

shape window_shape(const window *w, const size_t sizes[WINDOW_AXES], size_t channels)
{
    shape s = { .rank = w->axes + 1 };
    memcpy(s.dim, sizes + first_of(w), (size_t)w->axes * sizeof *sizes);
    s.dim[w->axes] = channels;
    return s;
}

horn_status window_place(window_fit *out, const window *w, const layer *l, const shape *input)
{
    static const char *const measures[] = { "deep", "high", "wide" };
    char text[SHAPE_TEXT];
    window_input(w, input, out->in);
    for (int i = 0; i < WINDOW_AXES; i++) {
        const size_t n = out->in[i], reach = (w->size[i] - 1) * w->dilation[i] + 1;
        out->out[i] = SHAPE_OPEN;
        out->pad[i] = 0;
        if (n == SHAPE_OPEN) continue;
        if (w->padding == WINDOW_VALID && reach > n)
            return layer_fail(l, HORN_ERROR_SHAPE, "a window that is %zu %s does not fit into %s", reach,
                              w->axes == 1 ? "long" : measures[i], shape_print(text, input));
        /* Cells in which the windows after the first can begin. */
        const size_t room = w->padding == WINDOW_VALID ? n - reach : n - 1;
        const size_t last = room / w->stride[i] * w->stride[i];
        out->out[i] = room / w->stride[i] + 1;
        if (w->padding == WINDOW_CAUSAL)
            out->pad[i] = reach - 1;
        else if (w->padding == WINDOW_SAME && last + reach > n)
            out->pad[i] = (last + reach - n) / 2;
    }
    return HORN_OK;
}

void window_operate(const window *w, operation *o)
{
    const int axes = w->axes == WINDOW_AXES ? WINDOW_AXES : 2;
    const size_t size = (size_t)axes * sizeof *o->size;
    memcpy(o->size, w->size + WINDOW_AXES - axes, size);
    memcpy(o->stride, w->stride + WINDOW_AXES - axes, size);
    memcpy(o->dilation, w->dilation + WINDOW_AXES - axes, size);
    o->same = w->padding == WINDOW_SAME;
}
