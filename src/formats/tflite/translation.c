#include "formats/tflite/translation.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

static const struct row {
    tflite_op op;
    operation_kind kind;
    tflite_translator *translate;
} rows[] = {
    { TFLITE_ADD, OPERATION_ADD, tflite_arithmetic },
    { TFLITE_SUB, OPERATION_SUB, tflite_arithmetic },
    { TFLITE_MUL, OPERATION_MUL, tflite_arithmetic },
    { TFLITE_MAXIMUM, OPERATION_MAXIMUM, tflite_plain },
    { TFLITE_MINIMUM, OPERATION_MINIMUM, tflite_plain },
    { TFLITE_GREATER, OPERATION_GREATER, tflite_plain },
    { TFLITE_SELECT_V2, OPERATION_SELECT, tflite_plain },
    { TFLITE_NEG, OPERATION_NEG, tflite_plain },
    { TFLITE_RSQRT, OPERATION_RSQRT, tflite_plain },
    { TFLITE_RELU, OPERATION_RELU, tflite_plain },
    { TFLITE_RELU6, OPERATION_MINIMUM, tflite_relu6 },
    { TFLITE_LOGISTIC, OPERATION_SIGMOID, tflite_plain },
    { TFLITE_TANH, OPERATION_TANH, tflite_plain },
    { TFLITE_ELU, OPERATION_ELU, tflite_plain },
    { TFLITE_LEAKY_RELU, OPERATION_LEAKY_RELU, tflite_leaky },
    { TFLITE_PRELU, OPERATION_ADD, tflite_prelu },
    { TFLITE_SOFTMAX, OPERATION_SOFTMAX, tflite_softmax },
    { TFLITE_FULLY_CONNECTED, OPERATION_MATMUL, tflite_product },
    { TFLITE_BATCH_MATMUL, OPERATION_DOT, tflite_dot },
    { TFLITE_CONV_2D, OPERATION_CONV2D, tflite_convolution },
    { TFLITE_DEPTHWISE_CONV_2D, OPERATION_DEPTHWISE_CONV2D, tflite_depthwise },
    { TFLITE_MAX_POOL_2D, OPERATION_MAX_POOL, tflite_pool },
    { TFLITE_AVERAGE_POOL_2D, OPERATION_AVG_POOL, tflite_pool },
    { TFLITE_MEAN, OPERATION_MEAN, tflite_reduction },
    { TFLITE_REDUCE_MAX, OPERATION_MAX, tflite_reduction },
    { TFLITE_PAD, OPERATION_PAD, tflite_padding },
    { TFLITE_STRIDED_SLICE, OPERATION_CROP, tflite_crop },
    { TFLITE_RESHAPE, OPERATION_RESHAPE, tflite_reshape },
    { TFLITE_EXPAND_DIMS, OPERATION_RESHAPE, tflite_reshape },
    { TFLITE_SQUEEZE, OPERATION_RESHAPE, tflite_reshape },
    { TFLITE_TRANSPOSE, OPERATION_TRANSPOSE, tflite_transpose },
    { TFLITE_TILE, OPERATION_TILE, tflite_tile },
    { TFLITE_CONCATENATION, OPERATION_JOIN, tflite_join },
    { TFLITE_CAST, OPERATION_CAST, tflite_cast },
    { TFLITE_GATHER, OPERATION_GATHER, tflite_gather },
};

static const struct row *row_of(uint64_t op)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].op == op) return &rows[i];
    return NULL;
}

static horn_status read_input(tflite_translation *t)
{
    const tflite_known *k = &t->m->tensors[t->m->input];
    const imported_origin origin = { .name = k->name, .op = { "input", 5 } };
    operation o = { .kind = OPERATION_INPUT };
    size_t value;
    if (k->type != TFLITE_FLOAT32 || k->is_quantized)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the input is %s%s, expected float32", t->m->where,
                    tflite_type_name(k->type), k->is_quantized ? ", quantized" : "");
    if (k->rank < 2 || k->rank > HORN_MAX_RANK + 1)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the input has %d axes, expected 2 to %d", t->m->where,
                    k->rank, HORN_MAX_RANK + 1);
    o.shape.rank = k->rank - 1;
    for (int i = 1; i < k->rank; i++) {
        if (k->size[i] < -1 || k->size[i] == 0)
            return fail(HORN_ERROR_FORMAT, "%s: the input has an axis of %d", t->m->where, k->size[i]);
        o.shape.dim[i - 1] = k->size[i] < 0 ? SHAPE_OPEN : (size_t)k->size[i];
    }
    horn_status status = imported_add(t->im, &o, &origin, &value);
    t->values[t->m->input] = value + 1;
    return status;
}

/* What takes something without a counterpart has none itself. *out: its operation, or NO_VALUE. */
static size_t takes_none(const tflite_translation *t)
{
    for (size_t i = 0; i < tflite_now(t)->input_count; i++) {
        const size_t place = tflite_input(t, i);
        if (place == SIZE_MAX || !t->values[place]) continue;
        if (t->im->graph->operations[t->values[place] - 1].kind == OPERATION_NONE)
            return t->values[place] - 1;
    }
    return NO_VALUE;
}

static horn_status translate_node(tflite_translation *t)
{
    const struct row *row = row_of(tflite_now(t)->op);
    const size_t none = takes_none(t);
    /* The sizes of a Reshape may be computed. */
    if (none != NO_VALUE && (!row || row->translate != tflite_reshape)) return tflite_give(t, none);
    return row ? row->translate(t, row->kind) : tflite_none(t, NULL);
}

static horn_status translate(tflite_translation *t)
{
    horn_status status = read_input(t);
    const tflite_known *last = &t->m->tensors[t->m->output];
    for (t->node = 0; !status && t->node < t->m->node_count; t->node++) status = translate_node(t);
    if (!status && t->m->r.failed)
        return fail(HORN_ERROR_FORMAT,
                    "%s: is no whole model of TensorFlow Lite: a place lies outside the file", t->m->where);
    if (!status && (!t->values[t->m->output] || !t->im->origins[t->values[t->m->output] - 1].is_computed))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: output '%.*s' is not computed of the input", t->m->where,
                    protobuf_text_shown(last->name), last->name.at);
    if (!status) t->im->graph->output = t->values[t->m->output] - 1;
    return status;
}

horn_status tflite_translate(imported *out, tflite_model *m)
{
    tflite_translation t = { .m = m, .im = out };
    *out = (imported){ .where = m->where, .readable = 8 * m->r.size + (1 << 20) };
    horn_status status = memory_new(&t.values, m->tensor_count, sizeof *t.values);
    if (!status) status = translate(&t);
    free(t.values);
    return status;
}
