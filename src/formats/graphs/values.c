#include <string.h>
#include "base/status.h"
#include "formats/graphs/translation.h"

horn_status tf_refuse(const tf_translation *t, size_t node, const char *what)
{
    return tf_graph_fail(t->g, node, HORN_ERROR_UNSUPPORTED, "%s", what);
}

/* ---- constants ---- */

static horn_status add_constant(tf_translation *t, size_t node, bool transposed, size_t *out)
{
    tf_tensor found;
    operation o = { .kind = OPERATION_WEIGHT };
    imported_origin origin = tf_origin_of(t, node);
    imported_constant *c = &origin.constant;
    horn_status status = tf_constant(t, node, &found);
    if (status) return status;
    const bool is_variable = tf_is_variable(&t->g->nodes[node]),
               is_unknown = is_variable && !t->variables->bundle;
    *c = (imported_constant){ .type = tf_type_name(found.type),
                              .is_float = is_unknown ? found.type == 1
                                                     : found.is_readable && found.dtype == HORN_FLOAT32,
                              .rank = found.rank,
                              .count = found.count,
                              .message = found.message,
                              .is_plain = is_variable,
                              .is_unknown = is_unknown };
    memcpy(c->shape, found.shape, sizeof c->shape);
    o.shape.rank = found.rank < 0 ? 0 : found.rank;
    if (transposed)
        origin.view = (imported_view){ .rank = 2,
                                       .size = { found.shape[1], found.shape[0] },
                                       .stride = { 1, found.shape[1] } };
    for (int i = 0; i < o.shape.rank; i++) o.shape.dim[i] = found.shape[transposed ? 1 - i : i];
    return imported_add(t->im, &o, &origin, out);
}

horn_status tf_value_of(tf_translation *t, size_t node, size_t *out)
{
    horn_status status = HORN_OK;
    if (!t->values[node] && tf_is_constant(t, node)) {
        status = add_constant(t, node, false, out);
        if (!status) t->values[node] = *out + 1;
    }
    *out = t->values[node] ? t->values[node] - 1 : NO_VALUE;
    return status;
}

horn_status tf_kernel_of(tf_translation *t, size_t node, int rank, bool transposed, size_t *out)
{
    if (!tf_is_constant(t, node)) return tf_refuse(t, node, "stands where a constant is expected");
    horn_status status = tf_value_of(t, node, out);
    if (status) return status;
    const imported_constant *c = imported_constant_of(t->im, *out);
    if (!c->is_float || c->rank != rank || !c->count)
        return tf_graph_fail(t->g, node, HORN_ERROR_UNSUPPORTED,
                             "is %s of rank %d with %zu elements, expected weights: float32 of rank %d",
                             c->type, c->rank, c->count, rank);
    return transposed ? add_constant(t, node, true, out) : HORN_OK;
}

horn_status tf_vector_of(tf_translation *t, size_t node, size_t operand, size_t *out)
{
    size_t behind = operand;
    while (behind != NO_NODE && (tf_node_is(t, behind, "Reshape") || tf_node_is(t, behind, "Squeeze")))
        behind = tf_operand(t, behind, 0);
    if (behind == NO_NODE) return tf_refuse(t, node, "takes what is no constant");
    if (!tf_is_constant(t, behind)) return tf_refuse(t, behind, "stands where a constant is expected");
    return tf_value_of(t, behind, out);
}

/* ---- operations ---- */

horn_status tf_add(tf_translation *t, size_t node, const operation *o)
{
    size_t value;
    const imported_origin origin = tf_origin_of(t, node);
    horn_status status = imported_add(t->im, o, &origin, &value);
    if (status) return status;
    t->values[node] = value + 1;
    t->extents[node] = (tf_extent){ 1, t->im->graph->operations[value].shape };
    return HORN_OK;
}

horn_status tf_add_none(tf_translation *t, size_t node, const char *type, const char *fault)
{
    size_t value;
    imported_origin origin = tf_origin_of(t, node);
    origin.type = type;
    origin.fault = fault;
    horn_status status = imported_add(t->im, &(operation){ .kind = OPERATION_NONE }, &origin, &value);
    if (!status) t->values[node] = value + 1;
    return status;
}

size_t tf_takes_none(const tf_translation *t, size_t node, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const size_t operand = tf_operand(t, node, i);
        if (operand == NO_NODE || !t->values[operand]) continue;
        if (t->im->graph->operations[t->values[operand] - 1].kind == OPERATION_NONE)
            return t->values[operand] - 1;
    }
    return NO_VALUE;
}
