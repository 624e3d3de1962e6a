/* Translates operations on any values: products, activations, normalization. */
#include <float.h>
#include <math.h>
#include <string.h>
#include "base/status.h"
#include "formats/onnx/translation.h"

/* Dropout, Identity: nothing in inference. */
horn_status onnx_same(onnx_translation *t, operation_kind kind)
{
    (void)kind;
    const size_t value = onnx_input(t, 0);
    if (value == ONNX_NONE) return onnx_refuse(t, "lacks an input");
    const size_t output = t->m->nodes[t->node].output;
    if (t->m->values[value].tensor.at && output != ONNX_NONE)
        t->m->values[output].tensor = t->m->values[value].tensor;
    onnx_alias(t, &t->values[value]);
    return HORN_OK;
}

/* ---- products ---- */

/* A kernel (inputs, units), or the other way round; its inputs are in the order of x. */
static horn_status kernel_of(onnx_translation *t, const onnx_translated *x, bool is_turned, size_t *out)
{
    onnx_tensor found;
    imported_view v = { 0 };
    bool is_back;
    horn_status status = onnx_matrix_of(t, 1, &found, &is_back);
    if (status) return status;
    is_turned = is_turned != is_back;
    const size_t D = found.shape[is_turned], U = found.shape[!is_turned], row = is_turned ? 1 : U,
                 column = is_turned ? D : 1, H = x->image[0], W = x->image[1], C = x->image[2];
    if (x->order == ORDER_FLATTENED && D != H * W * C)
        return onnx_refuse(t, "its kernel is of another size than its input");
    if (x->order == ORDER_FLATTENED)
        v = (imported_view){ .rank = 4,
                             .size = { H, W, C, U },
                             .stride = { W * row, row, H * W * row, column } };
    else if (is_turned)
        v = (imported_view){ .rank = 2, .size = { D, U }, .stride = { row, column } };
    return onnx_weight(t, 1, &(shape){ 2, { D, U } }, &v, out);
}

static horn_status multiply(onnx_translation *t, bool is_turned, operation *o)
{
    onnx_translated x;
    horn_status status = onnx_computed(t, 0, &x);
    if (status) return status;
    if (x.order == ORDER_CHANNELS_FIRST)
        return onnx_refuse(t, "multiplies an image whose channels are in front along its last axis");
    o->inputs[0] = x.operation - 1;
    return kernel_of(t, &x, is_turned, &o->inputs[1]);
}

horn_status onnx_product(onnx_translation *t, operation_kind kind)
{
    if (onnx_multiplies_values(t)) return onnx_dot(t);
    operation o = { .kind = kind, .input_count = 2 };
    horn_status status = multiply(t, false, &o);
    return status ? status : onnx_result(t, &o, ORDER_PLAIN);
}

static horn_status add_bias(onnx_translation *t, size_t value, onnx_order order)
{
    operation o = { .kind = OPERATION_BIAS_ADD, .inputs = { value }, .input_count = 2 };
    const onnx_translated y = { .operation = value + 1, .order = order };
    horn_status status = onnx_vector(t, 2, &y, &o.inputs[1]);
    return status ? status : onnx_result(t, &o, order);
}

horn_status onnx_gemm(onnx_translation *t, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 2 };
    float alpha = 1, beta = 1;
    int64_t turned[2] = { 0, 0 };
    size_t product;
    horn_status status = HORN_OK;
    TRY(onnx_attribute_number(t->m, t->node, "alpha", &alpha));
    TRY(onnx_attribute_number(t->m, t->node, "beta", &beta));
    TRY(onnx_attribute_integer(t->m, t->node, "transA", &turned[0]));
    TRY(onnx_attribute_integer(t->m, t->node, "transB", &turned[1]));
    if (alpha != 1 || turned[0] || (beta != 1 && onnx_has(t, 2)))
        TRY(onnx_refuse(t, "is no Dense layer: its alpha or beta is not 1, or its transA not 0"));
    TRY(multiply(t, turned[1], &o));
    if (!onnx_has(t, 2)) return onnx_result(t, &o, ORDER_PLAIN);
    TRY(onnx_inner(t, &o, &product));
    TRY(add_bias(t, product, ORDER_PLAIN));
done:
    return status;
}

/* ---- activations ---- */

static horn_status apply(onnx_translation *t, operation *o)
{
    onnx_translated x;
    size_t number;
    o->input_count = 1;
    horn_status status = onnx_computed(t, 0, &x);
    if (status) return status;
    o->inputs[0] = x.operation - 1;
    if ((status = onnx_inner(t, o, &number))) return status;
    x.operation = number + 1;
    onnx_alias(t, &x);
    return HORN_OK;
}

/* Of a constant, too. */
horn_status onnx_unary(onnx_translation *t, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 1 };
    const size_t value = onnx_input(t, 0);
    if (value != ONNX_NONE && t->m->values[value].tensor.at) {
        horn_status status = onnx_plain(t, 0, &o.inputs[0]);
        return status ? status : onnx_result(t, &o, ORDER_PLAIN);
    }
    return apply(t, &(operation){ .kind = kind });
}

horn_status onnx_leaky_relu(onnx_translation *t, operation_kind kind)
{
    float slope = 0.01f;
    horn_status status = onnx_attribute_number(t->m, t->node, "alpha", &slope);
    return status ? status : apply(t, &(operation){ .kind = kind, .number = slope });
}

horn_status onnx_elu(onnx_translation *t, operation_kind kind)
{
    float alpha = 1;
    horn_status status = onnx_attribute_number(t->m, t->node, "alpha", &alpha);
    if (!status && alpha != 1) return onnx_none(t, "its alpha is not 1");
    return status ? status : apply(t, &(operation){ .kind = kind });
}

horn_status onnx_selu(onnx_translation *t, operation_kind kind)
{
    const float own[2] = { 1.67326319217681884765625f, 1.05070102214813232421875f };
    float alpha = own[0], gamma = own[1];
    horn_status status = onnx_attribute_number(t->m, t->node, "alpha", &alpha);
    if (!status) status = onnx_attribute_number(t->m, t->node, "gamma", &gamma);
    if (!status && (fabsf(alpha - own[0]) > 1e-6f || fabsf(gamma - own[1]) > 1e-6f))
        return onnx_none(t, "its alpha and gamma are not those of SELU");
    return status ? status : apply(t, &(operation){ .kind = kind });
}

/* min(relu(x), most): one of ReLU's forms. */
horn_status onnx_clip(onnx_translation *t, operation_kind kind)
{
    float least = -FLT_MAX, most = FLT_MAX;
    onnx_translated x;
    size_t number, limit;
    operation o = { .kind = kind, .input_count = 1 };
    horn_status status = HORN_OK;
    TRY(onnx_attribute_number(t->m, t->node, "min", &least));
    TRY(onnx_attribute_number(t->m, t->node, "max", &most));
    if (onnx_has(t, 1)) TRY(onnx_scalar_of(t, 1, &least));
    if (onnx_has(t, 2)) TRY(onnx_scalar_of(t, 2, &most));
    if (least != 0) return onnx_none(t, "its least value is not 0");
    if (most >= FLT_MAX) return apply(t, &o);
    TRY(onnx_computed(t, 0, &x));
    o.inputs[0] = x.operation - 1;
    TRY(onnx_inner(t, &o, &number));
    TRY(onnx_inner(t, &(operation){ .kind = OPERATION_NUMBER, .number = most }, &limit));
    o = (operation){ .kind = OPERATION_MINIMUM, .inputs = { number, limit }, .input_count = 2 };
    TRY(onnx_inner(t, &o, &number));
    x.operation = number + 1;
    onnx_alias(t, &x);
done:
    return status;
}

/* Before operator set 13 over all axes from the given one on. */
horn_status onnx_softmax(onnx_translation *t, operation_kind kind)
{
    const bool is_old = t->m->operators < 13;
    onnx_translated x;
    int64_t axis = is_old ? 1 : -1;
    horn_status status = onnx_attribute_integer(t->m, t->node, "axis", &axis);
    if (!status) status = onnx_computed(t, 0, &x);
    if (status) return status;
    const int rank = onnx_shape_of(t, &x)->rank + 1;
    const int64_t last = x.order == ORDER_CHANNELS_FIRST ? 1 : rank - 1;
    if (axis < 0) axis += rank;
    if (axis != last || (is_old && x.order == ORDER_CHANNELS_FIRST))
        return onnx_none(t, "is not over the channels");
    return apply(t, &(operation){ .kind = kind });
}

/* A condition as a number; float32 to float32 is nothing. */
horn_status onnx_cast(onnx_translation *t, operation_kind kind)
{
    int64_t to = 0;
    onnx_translated x;
    horn_status status = onnx_attribute_integer(t->m, t->node, "to", &to);
    if (!status) status = onnx_computed(t, 0, &x);
    if (status) return status;
    if (to == 6 || to == 7) {
        if (x.order != ORDER_PLAIN) return onnx_none(t, "makes integers of an image in another order");
        x.order = ORDER_INTEGERS;
        onnx_alias(t, &x);
        return HORN_OK;
    }
    if (to != 1) return onnx_none(t, "makes values that are not float32");
    if (t->im->graph->operations[x.operation - 1].kind == OPERATION_GREATER)
        return apply(t, &(operation){ .kind = kind });
    onnx_alias(t, &x);
    return HORN_OK;
}

/* ---- 1 / sqrt(x) ---- */

horn_status onnx_root(onnx_translation *t, operation_kind kind)
{
    const size_t value = onnx_input(t, 0);
    (void)kind;
    if (value == ONNX_NONE || !t->values[value].operation || t->values[value].order != ORDER_PLAIN)
        return onnx_none(t, NULL);
    onnx_alias(t, &(onnx_translated){ .operation = t->values[value].operation, .order = ORDER_ROOT });
    return HORN_OK;
}

horn_status onnx_reciprocal(onnx_translation *t, operation_kind kind)
{
    const size_t value = onnx_input(t, 0);
    if (value == ONNX_NONE || t->values[value].order != ORDER_ROOT) return onnx_none(t, NULL);
    return onnx_result(
        t, &(operation){ .kind = kind, .inputs = { t->values[value].operation - 1 }, .input_count = 1 },
        ORDER_PLAIN);
}

/* ---- normalization ---- */

/* Horn writes ones and zeros for a gamma and a beta that a layer does not have. */
static bool is_filled(const onnx_translation *t, size_t index, const char *name)
{
    const protobuf_text text = t->m->values[onnx_input(t, index)].name;
    const size_t length = strlen(name);
    const char *at = text.size > length ? memrchr(text.at, '/', text.size) : NULL;
    return t->is_own && at && (size_t)(text.at + text.size - at) > length && !memcmp(at + 1, name, length);
}

horn_status onnx_normalization(onnx_translation *t, operation_kind kind)
{
    enum { GAMMA = 1, BETA, MEAN, VARIANCE };
    static const size_t order[] = { MEAN, VARIANCE, GAMMA, BETA };
    horn_status status = HORN_OK;
    operation o = { .kind = kind, .input_count = 5 };
    onnx_translated x;
    float epsilon = 1e-5f;
    int64_t trains = 0, spatial = 1;
    size_t number;
    TRY(onnx_attribute_number(t->m, t->node, "epsilon", &epsilon));
    TRY(onnx_attribute_integer(t->m, t->node, "training_mode", &trains));
    TRY(onnx_attribute_integer(t->m, t->node, "spatial", &spatial));
    if (trains || !spatial || t->m->nodes[t->node].input_count != 5)
        return onnx_none(t, "normalizes otherwise than by a mean and a variance for each channel");
    TRY(onnx_computed(t, 0, &x));
    if (onnx_shape_of(t, &x)->rank != 1) TRY(onnx_image(t, 0, &x));
    o.number = epsilon;
    o.inputs[0] = x.operation - 1;
    for (int i = 0; i < 4; i++) TRY(onnx_vector(t, order[i], &x, &o.inputs[1 + i]));
    if (is_filled(t, GAMMA, "ones")) o.inputs[3] = NO_VALUE;
    if (is_filled(t, BETA, "zeros")) o.inputs[4] = NO_VALUE;
    TRY(onnx_inner(t, &o, &number));
    x.operation = number + 1;
    onnx_alias(t, &x);
done:
    return status;
}
