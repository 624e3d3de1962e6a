#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/tflite/translation.h"

const tflite_node *tflite_now(const tflite_translation *t)
{
    return &t->m->nodes[t->node];
}

size_t tflite_input(const tflite_translation *t, size_t index)
{
    const tflite_node *n = tflite_now(t);
    const int32_t place = index < n->input_count ? flatbuffers_integer_at(&t->m->r, n->inputs, index) : -1;
    return place < 0 ? SIZE_MAX : (size_t)place;
}

static size_t output_of(const tflite_translation *t)
{
    const tflite_node *n = tflite_now(t);
    const int32_t place = n->output_count ? flatbuffers_integer_at(&t->m->r, n->outputs, 0) : -1;
    return place < 0 ? SIZE_MAX : (size_t)place;
}

const tflite_known *tflite_known_of(const tflite_translation *t, size_t index)
{
    const size_t place = tflite_input(t, index);
    return place == SIZE_MAX ? NULL : &t->m->tensors[place];
}

uint64_t tflite_option(const tflite_translation *t, unsigned number, size_t size, uint64_t otherwise)
{
    const size_t options = tflite_now(t)->options;
    return options ? flatbuffers_number(&t->m->r, options, number, size, otherwise) : otherwise;
}

bool tflite_is_constant(const tflite_translation *t, size_t index)
{
    const tflite_known *k = tflite_known_of(t, index);
    return k && k->data.at;
}

/* ---- constants ---- */

/* Elements of a tensor; 0 if an axis is open. */
static size_t count_of(const tflite_known *k)
{
    size_t count = 1;
    for (int i = 0; i < k->rank; i++)
        if (k->size[i] < 0 || !memory_multiply(&count, (size_t)k->size[i])) return 0;
    return k->rank < 0 ? 0 : count;
}

static horn_status fail_tensor(const tflite_translation *t, const tflite_known *k, horn_status status,
                               const char *what)
{
    return fail(status, "%s: tensor '%.*s': %s", t->m->where, protobuf_text_shown(k->name), k->name.at, what);
}

static horn_status add_constant(tflite_translation *t, const tflite_known *k, const shape *as,
                                const imported_view *view, size_t *out)
{
    static const protobuf_text constant = { "constant", 8 };
    const bool is_float = k->type == TFLITE_FLOAT32 && !k->is_quantized;
    const size_t count = count_of(k);
    imported_origin origin = { .name = k->name,
                               .op = constant,
                               .view = view ? *view : (imported_view){ 0 },
                               .constant = { .type = tflite_type_name(k->type),
                                             .is_float = is_float,
                                             .rank = k->rank > HORN_MAX_RANK ? -1 : k->rank,
                                             .count = count,
                                             .message = k->data,
                                             .is_plain = true } };
    if (is_float && k->data.size != count * sizeof(float))
        return fail_tensor(t, k, HORN_ERROR_FORMAT, "has not as many bytes as its shape needs");
    for (int i = 0; i < origin.constant.rank; i++) origin.constant.shape[i] = (size_t)k->size[i];
    return imported_add(t->im, &(operation){ .kind = OPERATION_WEIGHT, .shape = *as }, &origin, out);
}

static horn_status add_plain(tflite_translation *t, size_t place, size_t *out)
{
    const tflite_known *k = &t->m->tensors[place];
    shape as = { .rank = k->rank < 0 || k->rank > HORN_MAX_RANK ? 0 : k->rank };
    for (int i = 0; i < as.rank; i++) as.dim[i] = k->size[i] < 0 ? 0 : (size_t)k->size[i];
    horn_status status = add_constant(t, k, &as, NULL, out);
    if (!status) t->values[place] = *out + 1;
    return status;
}

horn_status tflite_operand_of(tflite_translation *t, size_t index, size_t *out)
{
    const size_t place = tflite_input(t, index);
    if (place == SIZE_MAX)
        return fail(HORN_ERROR_FORMAT, "%s: operator %zu lacks its input %zu", t->m->where, t->node, index);
    if (t->values[place]) {
        *out = t->values[place] - 1;
        return HORN_OK;
    }
    const tflite_known *k = &t->m->tensors[place];
    if (!k->data.at)
        return fail(HORN_ERROR_FORMAT,
                    "%s: operator %zu takes tensor '%.*s', which none in front of it makes", t->m->where,
                    t->node, protobuf_text_shown(k->name), k->name.at);
    return add_plain(t, place, out);
}

horn_status tflite_weight_as(tflite_translation *t, size_t index, const shape *as, const imported_view *view,
                             size_t *out)
{
    const tflite_known *k = tflite_known_of(t, index);
    if (!k || !tflite_is_constant(t, index))
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: operator %zu (%s) takes what is no constant where weights are expected", t->m->where,
                    t->node, tflite_op_name(tflite_now(t)->op));
    if (k->type != TFLITE_FLOAT32 || k->is_quantized)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: tensor '%.*s' is weights of %s%s, expected float32",
                    t->m->where, protobuf_text_shown(k->name), k->name.at, tflite_type_name(k->type),
                    k->is_quantized ? ", quantized" : "");
    if (!count_of(k) || count_of(k) != shape_count(as))
        return fail_tensor(t, k, HORN_ERROR_FORMAT, "has another number of values than its operator takes");
    return add_constant(t, k, as, view, out);
}

bool tflite_integers_of(const tflite_translation *t, size_t index, int64_t *out, size_t most, size_t *count)
{
    const tflite_known *k = tflite_known_of(t, index);
    if (!k || !k->data.at || k->type != TFLITE_INT32 || k->data.size % 4 || k->data.size / 4 > most)
        return false;
    *count = k->data.size / 4;
    for (size_t i = 0; i < *count; i++) {
        int32_t one;
        memcpy(&one, k->data.at + 4 * i, sizeof one);
        out[i] = one;
    }
    return true;
}

/* ---- results ---- */

bool tflite_result_shape(const tflite_translation *t, size_t x, shape *out)
{
    const size_t place = output_of(t);
    const tflite_known *k = place == SIZE_MAX ? NULL : &t->m->tensors[place];
    const int first = t->im->origins[x].is_computed;
    const bool is_open = shape_is_open(tflite_shape_of(t, x));
    if (!k || k->rank < first || k->rank > HORN_MAX_RANK) return false;
    *out = (shape){ .rank = k->rank - first };
    for (int i = first; i < k->rank; i++) {
        const int32_t size = is_open ? k->size[i] : k->size_of_one[i];
        out->dim[i - first] = size < 0 ? SHAPE_OPEN : (size_t)size;
    }
    return true;
}

const shape *tflite_shape_of(const tflite_translation *t, size_t value)
{
    return &t->im->graph->operations[value].shape;
}

static imported_origin origin_of(const tflite_translation *t)
{
    const size_t place = output_of(t);
    const char *op = tflite_op_name(tflite_now(t)->op);
    if (!op) op = "operator of a number that is not known";
    return (imported_origin){ .name =
                                  place == SIZE_MAX ? (protobuf_text){ "", 0 } : t->m->tensors[place].name,
                              .op = { op, strlen(op) } };
}

horn_status tflite_inner(tflite_translation *t, const operation *o, size_t *out)
{
    const imported_origin origin = origin_of(t);
    return imported_add(t->im, o, &origin, out);
}

horn_status tflite_give(tflite_translation *t, size_t value)
{
    const size_t place = output_of(t);
    if (place == SIZE_MAX) return HORN_OK;
    if (t->values[place] || t->m->tensors[place].data.at)
        return fail(HORN_ERROR_FORMAT, "%s: operator %zu gives a tensor that there is already", t->m->where,
                    t->node);
    t->values[place] = value + 1;
    return HORN_OK;
}

horn_status tflite_none(tflite_translation *t, const char *fault)
{
    size_t value;
    imported_origin origin = origin_of(t);
    origin.fault = fault;
    horn_status status = imported_add(t->im, &(operation){ .kind = OPERATION_NONE }, &origin, &value);
    return status ? status : tflite_give(t, value);
}

horn_status tflite_result(tflite_translation *t, const operation *o, int activation)
{
    horn_status status = HORN_OK;
    size_t value, six;
    const imported_origin origin = origin_of(t);
    const uint64_t fused =
        activation < 0 ? TFLITE_NO_ACTIVATION : tflite_option(t, (unsigned)activation, 1, 0);
    TRY(tflite_inner(t, o, &value));
    if (fused != TFLITE_NO_ACTIVATION && fused != TFLITE_FUSED_RELU && fused != TFLITE_FUSED_RELU6)
        return tflite_none(t, "has an activation that no layer has");
    operation next = { .kind = OPERATION_RELU, .inputs = { value }, .input_count = 1 };
    if (fused != TFLITE_NO_ACTIVATION) TRY(tflite_inner(t, &next, &value));
    if (fused == TFLITE_FUSED_RELU6) {
        TRY(imported_add_number(t->im, 6, &origin, &six));
        next = (operation){ .kind = OPERATION_MINIMUM, .inputs = { value, six }, .input_count = 2 };
        TRY(tflite_inner(t, &next, &value));
    }
    TRY(tflite_give(t, value));
done:
    return status;
}
