/* Translates operators on any values. */
#include <string.h>
#include "base/status.h"
#include "formats/tflite/translation.h"

/* As many inputs as the kind takes. */
static horn_status take(tflite_translation *t, operation_kind kind, operation *o, bool *fits)
{
    horn_status status = HORN_OK;
    *o = (operation){ .kind = kind, .input_count = operation_facts_of(kind)->needed };
    *fits = tflite_now(t)->input_count == (size_t)o->input_count;
    for (int i = 0; *fits && !status && i < o->input_count; i++)
        status = tflite_operand_of(t, (size_t)i, &o->inputs[i]);
    return status;
}

static horn_status translate(tflite_translation *t, operation_kind kind, int activation)
{
    operation o;
    bool fits;
    horn_status status = take(t, kind, &o, &fits);
    if (status) return status;
    return fits ? tflite_result(t, &o, activation) : tflite_none(t, NULL);
}

horn_status tflite_plain(tflite_translation *t, operation_kind kind)
{
    return translate(t, kind, -1);
}

horn_status tflite_arithmetic(tflite_translation *t, operation_kind kind)
{
    return translate(t, kind, 0);
}

/* min(relu(x), 6) */
horn_status tflite_relu6(tflite_translation *t, operation_kind kind)
{
    horn_status status = HORN_OK;
    operation relu = { .kind = OPERATION_RELU, .input_count = 1 }, o = { .kind = kind, .input_count = 2 };
    const imported_origin origin = { .name = { "", 0 }, .op = { "RELU6", 5 } };
    TRY(tflite_operand_of(t, 0, &relu.inputs[0]));
    TRY(tflite_inner(t, &relu, &o.inputs[0]));
    TRY(imported_add_number(t->im, 6, &origin, &o.inputs[1]));
    TRY(tflite_result(t, &o, -1));
done:
    return status;
}

static float number_option(const tflite_translation *t, unsigned number)
{
    const uint32_t bits = (uint32_t)tflite_option(t, number, 4, 0);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

horn_status tflite_leaky(tflite_translation *t, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 1, .number = number_option(t, 0) };
    horn_status status = tflite_operand_of(t, 0, &o.inputs[0]);
    return status ? status : tflite_result(t, &o, -1);
}

horn_status tflite_softmax(tflite_translation *t, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 1 };
    if (number_option(t, 0) != 1) return tflite_none(t, "has a beta that is not 1");
    horn_status status = tflite_operand_of(t, 0, &o.inputs[0]);
    return status ? status : tflite_result(t, &o, -1);
}

static horn_status apply(tflite_translation *t, operation_kind kind, size_t x, size_t y, size_t *out)
{
    return tflite_inner(
        t, &(operation){ .kind = kind, .inputs = { x, y }, .input_count = y == NO_VALUE ? 1 : 2 }, out);
}

/* relu(x) + -alpha relu(-x) */
horn_status tflite_prelu(tflite_translation *t, operation_kind kind)
{
    horn_status status = HORN_OK;
    size_t x, alpha, below, slope;
    operation o = { .kind = kind, .input_count = 2 };
    TRY(tflite_operand_of(t, 0, &x));
    TRY(tflite_operand_of(t, 1, &alpha));
    TRY(apply(t, OPERATION_RELU, x, NO_VALUE, &o.inputs[0]));
    TRY(apply(t, OPERATION_NEG, x, NO_VALUE, &below));
    TRY(apply(t, OPERATION_RELU, below, NO_VALUE, &below));
    TRY(apply(t, OPERATION_NEG, alpha, NO_VALUE, &slope));
    TRY(apply(t, OPERATION_MUL, below, slope, &o.inputs[1]));
    TRY(tflite_result(t, &o, -1));
done:
    return status;
}

/* ---- products ---- */

/* The kernel is (units, inputs). */
horn_status tflite_product(tflite_translation *t, operation_kind kind)
{
    horn_status status = HORN_OK;
    const tflite_known *k = tflite_known_of(t, 1);
    operation o = { .kind = kind, .input_count = 2 };
    size_t y;
    TRY(tflite_operand_of(t, 0, &o.inputs[0]));
    const int rank = tflite_shape_of(t, o.inputs[0])->rank;
    if (tflite_option(t, 1, 1, 0))
        return tflite_none(t, "has its weights in another order than one after the other");
    if (!k || k->rank != 2 || (rank > 1 && !tflite_option(t, 2, 1, 0)))
        return tflite_none(t, "multiplies otherwise than the last axis of each sample by a kernel");
    const size_t U = (size_t)(k->size[0] < 0 ? 0 : k->size[0]), D = (size_t)(k->size[1] < 0 ? 0 : k->size[1]);
    TRY(tflite_weight_as(t, 1, &(shape){ 2, { D, U } },
                         &(imported_view){ .rank = 2, .size = { D, U }, .stride = { 1, D } }, &o.inputs[1]));
    if (tflite_input(t, 2) != SIZE_MAX) {
        TRY(tflite_inner(t, &o, &y));
        o = (operation){ .kind = OPERATION_BIAS_ADD, .inputs = { y }, .input_count = 2 };
        TRY(tflite_weight_as(t, 2, &(shape){ 1, { U } }, NULL, &o.inputs[1]));
    }
    TRY(tflite_result(t, &o, 0));
done:
    return status;
}

/* Rows of x with rows of y. */
horn_status tflite_dot(tflite_translation *t, operation_kind kind)
{
    horn_status status = HORN_OK;
    operation o = { .kind = kind, .input_count = 2 };
    if (tflite_now(t)->input_count != 2) return tflite_none(t, NULL);
    for (unsigned i = 0; i < 2; i++) {
        operation turn = { .kind = OPERATION_TRANSPOSE, .input_count = 1, .order = { 1, 0 } };
        TRY(tflite_operand_of(t, i, &turn.inputs[0]));
        o.inputs[i] = turn.inputs[0];
        if (tflite_shape_of(t, turn.inputs[0])->rank != 2 || tflite_is_constant(t, i))
            return tflite_none(t, NULL);
        if ((tflite_option(t, i, 1, 0) != 0) == (i == 0)) TRY(tflite_inner(t, &turn, &o.inputs[i]));
    }
    TRY(tflite_result(t, &o, -1));
done:
    return status;
}

/* ---- tables ---- */

/* To integers, which only a GATHER takes, or of a condition. */
horn_status tflite_cast(tflite_translation *t, operation_kind kind)
{
    const tflite_known *from = tflite_known_of(t, 0);
    size_t value;
    horn_status status = tflite_operand_of(t, 0, &value);
    if (status) return status;
    if (from->type == TFLITE_BOOL)
        return tflite_result(t, &(operation){ .kind = kind, .inputs = { value }, .input_count = 1 }, -1);
    return from->type == TFLITE_FLOAT32 ? tflite_give(t, value) : tflite_none(t, NULL);
}

horn_status tflite_gather(tflite_translation *t, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 2 };
    const tflite_known *table = tflite_known_of(t, 0);
    if (!tflite_is_constant(t, 0) || table->rank != 2 || tflite_option(t, 0, 4, 0) ||
        tflite_option(t, 1, 4, 0))
        return tflite_none(t, "takes no rows of a table");
    horn_status status = tflite_operand_of(t, 0, &o.inputs[0]);
    if (!status) status = tflite_operand_of(t, 1, &o.inputs[1]);
    return status ? status : tflite_result(t, &o, -1);
}
