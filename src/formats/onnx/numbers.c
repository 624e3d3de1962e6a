/* What a graph computes of small lists of integers: pads, as PyTorch's exporter puts them together. */
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/onnx/translation.h"

/* The numbers of an input: of a constant, or computed before. False if it is no short list of one or two axes. */
static bool take(onnx_translation *t, size_t index, onnx_numbers *out)
{
    onnx_tensor found;
    const size_t value = onnx_input(t, index);
    if (value == ONNX_NONE) return false;
    if (t->values[value].numbers) {
        *out = t->numbers[t->values[value].numbers - 1];
        return true;
    }
    if (!t->m->values[value].tensor.at || onnx_constant_of(t, index, &found)) return false;
    if (found.rank > 2 || !onnx_tensor_integers(&found, out->at, ONNX_MOST_NUMBERS)) return false;
    out->count = found.count;
    out->rank = found.rank;
    for (int i = 0; i < found.rank; i++) out->dim[i] = found.shape[i];
    return true;
}

static bool is_list(const onnx_numbers *n, size_t most)
{
    return n->rank <= 1 && n->count <= most;
}

static bool fill(onnx_translation *t, onnx_numbers *out)
{
    onnx_numbers size;
    onnx_tensor value = { 0 };
    protobuf_text message = { NULL, 0 };
    if (!take(t, 0, &size) || !is_list(&size, 1) || !size.count || size.at[0] < 0 ||
        size.at[0] > ONNX_MOST_NUMBERS)
        return false;
    int64_t each = 0;
    if (onnx_attribute_tensor(t->m, t->node, "value", &message)) return false;
    if (message.at && (onnx_tensor_read(&value, message) || !onnx_tensor_integers(&value, &each, 1)))
        return false;
    *out = (onnx_numbers){ .count = (size_t)size.at[0], .rank = 1, .dim = { (size_t)size.at[0] } };
    for (size_t i = 0; i < out->count; i++) out->at[i] = each;
    return true;
}

static bool join(onnx_translation *t, onnx_numbers *out)
{
    onnx_numbers part;
    *out = (onnx_numbers){ .rank = 1 };
    for (size_t i = 0; i < t->m->nodes[t->node].input_count; i++) {
        if (!take(t, i, &part) || !is_list(&part, ONNX_MOST_NUMBERS - out->count)) return false;
        memcpy(out->at + out->count, part.at, part.count * sizeof *part.at);
        out->count += part.count;
    }
    out->dim[0] = out->count;
    return true;
}

/* Into one axis, or rows of some columns. */
static bool reshape(onnx_translation *t, onnx_numbers *out)
{
    onnx_numbers to;
    if (!take(t, 0, out) || !take(t, 1, &to) || !is_list(&to, 2) || !to.count) return false;
    const int64_t columns = to.at[to.count - 1];
    if (to.count == 1) {
        out->rank = 1;
        out->dim[0] = out->count;
        return to.at[0] == -1 || to.at[0] == (int64_t)out->count;
    }
    if (columns < 1 || (int64_t)out->count % columns ||
        (to.at[0] != -1 && to.at[0] * columns != (int64_t)out->count))
        return false;
    out->rank = 2;
    out->dim[0] = out->count / (size_t)columns;
    out->dim[1] = (size_t)columns;
    return true;
}

/* All rows, from the last to the first. */
static bool reverse(onnx_translation *t, onnx_numbers *out)
{
    onnx_numbers x, start, axis, step;
    if (!take(t, 0, &x) || !take(t, 1, &start) || !take(t, 3, &axis) || !take(t, 4, &step)) return false;
    if (x.rank != 2 || start.count != 1 || axis.count != 1 || step.count != 1) return false;
    if (start.at[0] != -1 || axis.at[0] || step.at[0] != -1) return false;
    *out = x;
    for (size_t i = 0; i < x.dim[0]; i++)
        memcpy(out->at + i * x.dim[1], x.at + (x.dim[0] - 1 - i) * x.dim[1], x.dim[1] * sizeof *x.at);
    return true;
}

static bool turn(onnx_translation *t, onnx_numbers *out)
{
    onnx_numbers x;
    int64_t order[2];
    int count;
    if (!take(t, 0, &x) || x.rank != 2) return false;
    if (onnx_attribute_integers(t->m, t->node, "perm", order, 2, &count)) return false;
    if (count == 2 && (order[0] != 1 || order[1] != 0)) return false;
    *out = x;
    for (size_t i = 0; i < x.dim[0]; i++)
        for (size_t k = 0; k < x.dim[1]; k++) out->at[k * x.dim[0] + i] = x.at[i * x.dim[1] + k];
    out->dim[0] = x.dim[1];
    out->dim[1] = x.dim[0];
    return true;
}

static bool same(onnx_translation *t, onnx_numbers *out)
{
    return take(t, 0, out);
}

static const struct {
    const char *op;
    bool (*compute)(onnx_translation *, onnx_numbers *out);
} ops[] = { { "ConstantOfShape", fill }, { "Concat", join },    { "Reshape", reshape },
            { "Slice", reverse },        { "Transpose", turn }, { "Cast", same } };

/* The end of all rows is any number far below 0. */
horn_status onnx_compute_numbers(onnx_translation *t, bool *done)
{
    onnx_numbers found;
    const size_t output = t->m->nodes[t->node].output;
    *done = false;
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        if (!onnx_node_is(t->m, t->node, ops[i].op) || !ops[i].compute(t, &found)) continue;
        horn_status status =
            memory_grow(&t->numbers, t->number_count, &t->number_capacity, sizeof *t->numbers);
        if (status) return status;
        t->numbers[t->number_count++] = found;
        t->values[output].numbers = t->number_count;
        *done = true;
    }
    return HORN_OK;
}
