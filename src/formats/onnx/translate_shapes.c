/* Translates what changes shapes: Flatten, Reshape, Squeeze, Transpose. */
#include <string.h>
#include "base/status.h"
#include "formats/onnx/translation.h"

/* One axis in ONNX's order: of an image whose channels are in front that is another order than the operation's, but for one
 * channel or one pixel. */
static horn_status as_one_axis(onnx_translation *t, const onnx_translated *x)
{
    size_t number;
    const shape *s = onnx_shape_of(t, x);
    if (shape_is_open(s)) return onnx_none(t, "flattens an open axis");
    onnx_translated out = { 0 };
    operation o = { .kind = OPERATION_RESHAPE,
                    .inputs = { x->operation - 1 },
                    .input_count = 1,
                    .shape = { 1, { shape_count(s) } } };
    const operation *from = &t->im->graph->operations[o.inputs[0]];
    const bool is_pool = from->kind == OPERATION_MEAN || from->kind == OPERATION_MAX;
    if (x->order == ORDER_CHANNELS_FIRST && s->dim[2] != 1 && s->dim[0] * s->dim[1] != 1) {
        out.order = ORDER_FLATTENED;
        memcpy(out.image, s->dim, sizeof out.image);
    }
    if (!t->is_own && is_pool && from->shape.rank == 3) { /* a global pool that does not keep its axes */
        o = *from;
        o.shape = (shape){ 1, { s->dim[2] } };
    }
    horn_status status = onnx_inner(t, &o, &number);
    out.operation = number + 1;
    if (!status) onnx_alias(t, &out);
    return status;
}

horn_status onnx_flatten(onnx_translation *t, operation_kind kind)
{
    onnx_translated x;
    int64_t axis = 1;
    (void)kind;
    horn_status status = onnx_attribute_integer(t->m, t->node, "axis", &axis);
    if (!status) status = onnx_computed(t, 0, &x);
    if (status) return status;
    if (axis != 1 && axis != -onnx_shape_of(t, &x)->rank)
        return onnx_none(t, "does not keep the samples apart: its axis is not 1");
    if (x.order != ORDER_FLATTENED) return as_one_axis(t, &x);
    onnx_alias(t, &x);
    return HORN_OK;
}

/* ---- Reshape ---- */

/* What the sizes make of `count` values of a sample; false if they do not keep samples apart. */
static bool resolve(const onnx_translation *t, const int64_t *sizes, size_t rank, const shape *x,
                    bool zero_copies, shape *out)
{
    size_t known = 1, open = 0;
    *out = (shape){ .rank = (int)rank - 1 };
    for (size_t i = 1; i < rank; i++) {
        const bool copies = sizes[i] == 0 && zero_copies && (int)i - 1 < x->rank;
        if (sizes[i] < -1 || (sizes[i] == 0 && !copies)) return false;
        out->dim[i - 1] = copies ? x->dim[i - 1] : sizes[i] < 0 ? 1 : (size_t)sizes[i];
        if (sizes[i] < 0 && open) return false;
        if (sizes[i] < 0) open = i;
        if (!out->dim[i - 1] || __builtin_mul_overflow(known, out->dim[i - 1], &known)) return false;
    }
    const size_t count = shape_count(x);
    if (open) {
        if (!known || count % known) return false;
        out->dim[open - 1] = count / known;
        known = count;
    }
    const bool keeps =
        (sizes[0] == 0 && zero_copies) || sizes[0] == -1 || (t->batch > 0 && sizes[0] == t->batch);
    return known == count && keeps && !(open && sizes[0] == -1);
}

/* In ONNX's order of axes. */
static shape shape_seen(const onnx_translation *t, const onnx_translated *x)
{
    const shape *s = onnx_shape_of(t, x);
    if (x->order != ORDER_CHANNELS_FIRST) return *s;
    return (shape){ 3, { s->dim[2], s->dim[0], s->dim[1] } };
}

static horn_status as_shape(onnx_translation *t, const onnx_translated *x, const shape *to)
{
    const shape *s = onnx_shape_of(t, x);
    if (to->rank == 1) return as_one_axis(t, x);
    if (x->order == ORDER_CHANNELS_FIRST && s->dim[2] != 1 && s->dim[0] * s->dim[1] != 1)
        return onnx_none(t, "gives an image whose channels are in front other axes");
    return onnx_result(
        t,
        &(operation){
            .kind = OPERATION_RESHAPE, .inputs = { x->operation - 1 }, .input_count = 1, .shape = *to },
        ORDER_PLAIN);
}

/* Plain sizes of as many elements. */
static horn_status reshape_constant(onnx_translation *t)
{
    operation o = { .kind = OPERATION_RESHAPE, .input_count = 1 };
    int64_t sizes[HORN_MAX_RANK];
    size_t rank;
    horn_status status = onnx_plain(t, 0, &o.inputs[0]);
    if (!status) status = onnx_numbers_of(t, 1, sizes, HORN_MAX_RANK, &rank);
    if (status) return status;
    o.shape.rank = (int)rank;
    for (size_t i = 0; i < rank; i++) {
        if (sizes[i] < 1 || sizes[i] > INT32_MAX) return onnx_none(t, NULL);
        o.shape.dim[i] = (size_t)sizes[i];
    }
    if (shape_count(&o.shape) != t->im->origins[o.inputs[0]].constant.count) return onnx_none(t, NULL);
    return onnx_result(t, &o, ORDER_PLAIN);
}

horn_status onnx_reshape(onnx_translation *t, operation_kind kind)
{
    const size_t value = onnx_input(t, 0);
    if (value != ONNX_NONE && t->m->values[value].tensor.at) return reshape_constant(t);
    onnx_translated x;
    int64_t sizes[HORN_MAX_RANK + 1], keeps_zero = 0;
    size_t rank;
    shape to;
    (void)kind;
    horn_status status = onnx_attribute_integer(t->m, t->node, "allowzero", &keeps_zero);
    if (!status) status = onnx_computed(t, 0, &x);
    if (!status) status = onnx_numbers_of(t, 1, sizes, HORN_MAX_RANK + 1, &rank);
    if (status) return status;
    const shape seen = shape_seen(t, &x);
    if (rank < 2 || !resolve(t, sizes, rank, &seen, !keeps_zero, &to))
        return onnx_none(t, "gives other shapes than one for each sample with the same number of values");
    if (x.order != ORDER_FLATTENED) return as_shape(t, &x, &to);
    if (to.rank != 1) return onnx_none(t, "gives a flattened image other axes");
    onnx_alias(t, &x);
    return HORN_OK;
}

/* Reads the axes of the node; 0: there are none, or more than two. */
static horn_status read_axes(onnx_translation *t, int64_t axes[2], size_t *out)
{
    int count = -1;
    horn_status status = onnx_attribute_integers(t->m, t->node, "axes", axes, 2, &count);
    *out = count > 0 && count <= 2 ? (size_t)count : 0;
    return !status && onnx_has(t, 1) ? onnx_numbers_of(t, 1, axes, 2, out) : status;
}

/* One axis of what is in the order of the operation. */
horn_status onnx_unsqueeze(onnx_translation *t, operation_kind kind)
{
    onnx_translated x;
    int64_t axes[2] = { 0 };
    size_t count;
    horn_status status = read_axes(t, axes, &count);
    if (!status) status = onnx_computed(t, 0, &x);
    if (status) return status;
    const shape *s = onnx_shape_of(t, &x);
    if (axes[0] < 0) axes[0] += s->rank + 2;
    if (count != 1 || x.order != ORDER_PLAIN || axes[0] < 1 || axes[0] > s->rank + 1 ||
        s->rank == HORN_MAX_RANK)
        return onnx_none(t, NULL);
    operation o = {
        .kind = kind, .inputs = { x.operation - 1 }, .input_count = 1, .shape = { .rank = s->rank + 1 }
    };
    for (int i = 0; i < o.shape.rank; i++)
        o.shape.dim[i] = i == axes[0] - 1 ? 1 : s->dim[i - (i > axes[0] - 1)];
    return onnx_result(t, &o, ORDER_PLAIN);
}

static horn_status squeeze_axis(onnx_translation *t, const onnx_translated *x, int64_t axis,
                                operation_kind kind)
{
    const shape *s = onnx_shape_of(t, x);
    if (axis < 0) axis += s->rank + 1;
    if (x->order != ORDER_PLAIN || axis < 1 || axis > s->rank || s->dim[axis - 1] != 1)
        return onnx_none(t, NULL);
    operation o = {
        .kind = kind, .inputs = { x->operation - 1 }, .input_count = 1, .shape = { .rank = s->rank - 1 }
    };
    for (int i = 0; i < o.shape.rank; i++) o.shape.dim[i] = s->dim[i + (i >= axis - 1)];
    return onnx_result(t, &o, ORDER_PLAIN);
}

/* Of an image of one pixel, as global pools give it, or one axis. */
horn_status onnx_squeeze(onnx_translation *t, operation_kind kind)
{
    onnx_translated x;
    int64_t axes[2] = { 0 };
    size_t count;
    horn_status status = read_axes(t, axes, &count);
    if (!status && onnx_squeeze_steps(t, axes, count)) return HORN_OK;
    if (!status) status = onnx_computed(t, 0, &x);
    if (status) return status;
    if (count == 1) return squeeze_axis(t, &x, axes[0], kind);
    const shape *s = onnx_shape_of(t, &x);
    for (int i = 0; i < 2; i++) axes[i] += axes[i] < 0 ? 4 : 0;
    if (count != 2 || x.order != ORDER_CHANNELS_FIRST || s->dim[0] * s->dim[1] != 1 ||
        axes[0] + axes[1] != 5 || axes[0] * axes[1] != 6)
        return onnx_none(t, NULL);
    return as_one_axis(t, &x);
}

/* ---- Transpose ---- */

/* Of a constant of two axes. */
static horn_status turn_constant(onnx_translation *t, const int64_t *order, int count)
{
    const size_t from = onnx_input(t, 0), to = t->m->nodes[t->node].output;
    if (to == ONNX_NONE || count != 2 || order[0] != 1 || order[1] != 0) return onnx_none(t, NULL);
    t->m->values[to].tensor = t->m->values[from].tensor;
    t->values[to].is_turned = !t->values[from].is_turned;
    return HORN_OK;
}

/* Horn's Permute, which may have the order of a change of layout. */
static bool is_permute(const onnx_translation *t)
{
    static const char own[] = "/Permute";
    const protobuf_text name = onnx_node_name(t->m, t->node);
    const char *slash = name.size ? memrchr(name.at, '/', name.size) : NULL;
    return t->is_own && slash && (size_t)(name.at + name.size - slash) >= sizeof own - 1 &&
           memcmp(slash, own, sizeof own - 1) == 0;
}

/* Of axes behind the samples. */
static horn_status permute(onnx_translation *t, const onnx_translated *x, const int64_t *order, int count)
{
    operation o = { .kind = OPERATION_TRANSPOSE, .inputs = { x->operation - 1 }, .input_count = 1 };
    if (x->order != ORDER_PLAIN || order[0])
        return onnx_none(t, "changes the order of axes otherwise than channels in front and behind");
    for (int i = 1; i < count; i++)
        o.order[i - 1] = order[i] >= 1 && order[i] < count ? (int)order[i] - 1 : -1;
    return onnx_result(t, &o, ORDER_PLAIN);
}

/* Of a volume, between the two layouts. */
static bool turn_volume(onnx_translation *t, const int64_t *order, int count)
{
    const size_t value = onnx_input(t, 0);
    onnx_translated x = value == ONNX_NONE ? (onnx_translated){ 0 } : t->values[value];
    if (count != 5 || !x.operation || onnx_is_none(t, &x) || onnx_shape_of(t, &x)->rank != 4) return false;
    const bool to_front = !memcmp(order, (int64_t[]){ 0, 4, 1, 2, 3 }, 5 * sizeof *order),
               to_back = !memcmp(order, (int64_t[]){ 0, 2, 3, 4, 1 }, 5 * sizeof *order);
    if (!(to_front && x.order == ORDER_PLAIN) && !(to_back && x.order == ORDER_VOLUME_FIRST)) return false;
    x.order = to_front ? ORDER_VOLUME_FIRST : ORDER_PLAIN;
    onnx_alias(t, &x);
    return true;
}

horn_status onnx_transpose(onnx_translation *t, operation_kind kind)
{
    onnx_translated x;
    int64_t order[HORN_MAX_RANK + 1];
    int count;
    bool is_plain = true;
    (void)kind;
    horn_status status = onnx_attribute_integers(t->m, t->node, "perm", order, HORN_MAX_RANK + 1, &count);
    const size_t value = onnx_input(t, 0);
    if (!status && value != ONNX_NONE && t->m->values[value].tensor.at) return turn_constant(t, order, count);
    if (!status && !is_permute(t) && (turn_volume(t, order, count) || onnx_turn_steps(t, order, count)))
        return HORN_OK;
    if (!status) status = onnx_computed(t, 0, &x);
    if (status) return status;
    const int rank = onnx_shape_of(t, &x)->rank + 1;
    if (count != rank) return onnx_none(t, NULL);
    if (is_permute(t)) return permute(t, &x, order, count);
    for (int i = 0; i < count; i++) is_plain = is_plain && order[i] == i;
    const bool to_front = count == 4 && !memcmp(order, (int64_t[]){ 0, 3, 1, 2 }, 4 * sizeof *order),
               to_back = count == 4 && !memcmp(order, (int64_t[]){ 0, 2, 3, 1 }, 4 * sizeof *order);
    if (to_front && x.order == ORDER_PLAIN)
        x.order = ORDER_CHANNELS_FIRST;
    else if (to_back && x.order == ORDER_CHANNELS_FIRST)
        x.order = ORDER_PLAIN;
    else if (!is_plain)
        return permute(t, &x, order, count);
    onnx_alias(t, &x);
    return HORN_OK;
}
