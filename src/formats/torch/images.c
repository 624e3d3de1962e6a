/* Modules of images without tensors: pads, pools, Flatten and Unflatten. */
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/torch/translate.h"

/* ---- padding ---- */

/* PyTorch's pads are numbers: those of an open axis must not depend on its size. */
static horn_status find_padding(torch_padding *out, const torch_walk *w, const operation *o)
{
    size_t pads[6];
    for (int i = 0; i < 2; i++)
        if (o->same && o->stride[i] > 1 && w->shape.dim[i] == SHAPE_OPEN)
            return torch_refuse(w, "pads an open axis by its size, for which PyTorch has no module");
    graph_padding(w->graph, o, pads);
    *out = (torch_padding){ { pads[0], pads[2] }, { pads[1], pads[3] } };
    return HORN_OK;
}

static bool is_symmetric(const torch_padding *p)
{
    return p->before[0] == p->after[0] && p->before[1] == p->after[1];
}

static bool is_none(const torch_padding *p)
{
    return !p->after[0] && !p->after[1];
}

static horn_status add_pad(torch_walk *w, const torch_padding *p, const char *class_name, const char *value)
{
    return torch_add(w, class_name, NULL, "(%zu, %zu, %zu, %zu)%s", p->before[1], p->after[1], p->before[0],
                     p->after[0], value);
}

/* An explicit pad counts as a module: those behind it get other indices. */
static horn_status add_explicit(torch_walk *w, const torch_padding *p, const char *class_name,
                                const char *value)
{
    static const char comment[] = "'same' padding, which this stride makes uneven";
    horn_status status = add_pad(w, p, class_name, value);
    if (status) return status;
    torch_module *m = &w->out->items[w->out->count - 1];
    torch_note(w, "'same' padding is uneven here, so a module nn.%s stands before it: number %zu", class_name,
               w->out->count - 1);
    return memory_copy_string(&m->comment, comment);
}

horn_status torch_pad_convolution(torch_walk *w, const operation *o, bytes *argument)
{
    torch_padding p;
    horn_status status = find_padding(&p, w, o);
    if (status || is_none(&p)) return status;
    if (is_symmetric(&p)) {
        bytes_print(argument, ", padding=");
        torch_put_pair(argument, p.before);
    } else if (o->stride[0] == 1 && o->stride[1] == 1) {
        bytes_print(argument, ", padding='same'");
    } else {
        status = add_explicit(w, &p, "ZeroPad2d", "");
    }
    return status ? status : bytes_status(argument);
}

horn_status torch_pad(torch_walk *w, const operation *o)
{
    const torch_padding p = { { o->padding[0], o->padding[2] }, { o->padding[1], o->padding[3] } };
    return add_pad(w, &p, "ZeroPad2d", "");
}

horn_status torch_crop(torch_walk *w, const operation *o)
{
    const size_t *n = o->padding;
    if (w->shape.rank != 3)
        return torch_refuse(w, "takes edges off what is no image, for which torch.nn has no module");
    return torch_add(w, "ZeroPad2d", NULL, "(-%zu, -%zu, -%zu, -%zu)", n[2], n[3], n[0], n[1]);
}

horn_status torch_enlarge(torch_walk *w, const operation *o)
{
    bytes text = { 0 };
    torch_put_pair(&text, o->size);
    if (o->kind == OPERATION_RESIZE_BILINEAR) bytes_print(&text, ", mode='bilinear', align_corners=False");
    horn_status status = bytes_status(&text);
    if (!status) status = torch_add(w, "Upsample", NULL, "scale_factor=%s", bytes_text(&text));
    bytes_free(&text);
    return status;
}

/* ---- pools ---- */

/* Whether PyTorch's ceil_mode, with `before` lines on each side, has as many windows as Keras: they begin at the same places, and
 * what reaches beyond the image does not count. */
static bool fits_ceiling(const torch_walk *w, const operation *o, const torch_padding *p)
{
    for (int i = 0; i < 2; i++) {
        const size_t n = w->shape.dim[i] + 2 * p->before[i], stride = o->stride[i];
        if (n < o->size[i] || 2 * p->before[i] > o->size[i]) return false;
        const size_t windows = (n - o->size[i] + stride - 1) / stride + 1;
        if (windows != o->shape.dim[i]) return false;
    }
    return true;
}

horn_status torch_pool(torch_walk *w, const operation *o)
{
    const bool is_max = o->kind == OPERATION_MAX_POOL;
    const char *class_name = is_max ? "MaxPool2d" : "AvgPool2d";
    torch_padding p;
    bytes text = { 0 };
    horn_status status = w->shape.rank == 3 ? find_padding(&p, w, o) : torch_refuse(w, "pools no image");
    if (status) return status;
    const bool is_even = is_symmetric(&p), fits = is_even || fits_ceiling(w, o, &p);
    if (!fits && !is_max) return torch_own_average(w, o, &p);
    if (!fits) TRY(add_explicit(w, &p, "ConstantPad2d", ", float('-inf')"));
    if (!fits) p = (torch_padding){ 0 };
    torch_put_pair(&text, o->size);
    if (memcmp(o->size, o->stride, sizeof o->size) != 0)
        bytes_print(&text, ", stride="), torch_put_pair(&text, o->stride);
    if (p.before[0] || p.before[1]) bytes_print(&text, ", padding="), torch_put_pair(&text, p.before);
    if (!is_none(&p) && !is_even) bytes_print(&text, ", ceil_mode=True");
    if (!is_none(&p) && !is_max) bytes_print(&text, ", count_include_pad=False");
    TRY(bytes_status(&text));
    TRY(torch_add(w, class_name, NULL, "%s", bytes_text(&text)));
done:
    bytes_free(&text);
    return status;
}

horn_status torch_global_pool(torch_walk *w, const operation *o)
{
    const char *class_name = o->kind == OPERATION_MEAN ? "AdaptiveAvgPool2d" : "AdaptiveMaxPool2d";
    if (w->shape.rank != 3) return torch_refuse(w, "pools no image");
    horn_status status = torch_add(w, class_name, NULL, "1");
    return !status && o->shape.rank == 1 ? torch_add(w, "Flatten", NULL, "%s", "") : status;
}

/* ---- shapes ---- */

/* Whether the values stand in the same order in PyTorch. */
static bool is_plain(const shape *s)
{
    return s->rank != 3 || s->dim[2] == 1 || (s->dim[0] == 1 && s->dim[1] == 1);
}

static void put_shape(bytes *out, const shape *s)
{
    const bool is_image = s->rank == 3;
    for (int i = 0; i < s->rank; i++)
        bytes_print(out, "%s%zu", i ? ", " : "", s->dim[is_image ? (i + 2) % 3 : i]);
}

horn_status torch_reshape(torch_walk *w, const operation *o)
{
    const shape from = w->shape, *to = &o->shape;
    const bool is_back = w->is_split && to->rank == 3 && memcmp(to->dim, w->image, sizeof w->image) == 0;
    horn_status status = HORN_OK;
    bytes text = { 0 };
    if (!is_plain(&from) && to->rank == 1) {
        memcpy(w->image, from.dim, sizeof w->image);
        w->is_split = true;
        return torch_add(w, "Flatten", NULL, "%s", "");
    }
    if (!is_back && (w->is_split || !is_plain(&from) || !is_plain(to))) return torch_own_reshape(w, to);
    w->is_split = false;
    if (from.rank == 2 && to->rank == 3 && to->dim[0] == from.dim[0] && to->dim[1] == from.dim[1])
        return torch_add(w, "Unflatten", NULL, "1, (1, %zu)", from.dim[0]);
    if (from.rank > 1) TRY(torch_add(w, "Flatten", NULL, "%s", ""));
    put_shape(&text, to);
    TRY(bytes_status(&text));
    if (to->rank > 1) TRY(torch_add(w, "Unflatten", NULL, "1, (%s)", bytes_text(&text)));
done:
    bytes_free(&text);
    return status;
}
