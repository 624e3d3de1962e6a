#include <string.h>
#include "base/status.h"
#include "formats/graphs/translation.h"

bool tf_node_is(const tf_translation *t, size_t node, const char *op)
{
    return node != NO_NODE && tf_graph_is(&t->g->nodes[node], op);
}

size_t tf_operand(const tf_translation *t, size_t node, size_t index)
{
    const tf_graph_node *n = &t->g->nodes[node];
    return index >= n->input_count || n->inputs[index].output ? NO_NODE : t->behind[n->inputs[index].node];
}

bool tf_is_constant(const tf_translation *t, size_t node)
{
    return tf_node_is(t, node, "Const") || (node != NO_NODE && tf_is_variable(&t->g->nodes[node]));
}

static horn_status take_message(tf_translation *t, size_t node, protobuf_text message)
{
    if (message.size > t->most_read - t->read)
        return tf_graph_fail(t->g, node, HORN_ERROR_UNSUPPORTED, "is taken by too many others for its size");
    t->read += message.size;
    return HORN_OK;
}

horn_status tf_constant(tf_translation *t, size_t node, tf_tensor *out)
{
    protobuf_text message = { NULL, 0 };
    if (node != NO_NODE && tf_is_variable(&t->g->nodes[node])) {
        horn_status status = tf_variable_read(t->variables, t->g, node, out);
        return status ? status : take_message(t, node, out->message);
    }
    if (!tf_node_is(t, node, "Const"))
        return tf_graph_fail(t->g, node, HORN_ERROR_UNSUPPORTED, "stands where a constant is expected");
    horn_status status = tf_graph_tensor(t->g, node, "value", &message);
    if (!status && !message.at)
        return tf_graph_fail(t->g, node, HORN_ERROR_FORMAT, "has no attribute 'value'");
    if (!status) status = take_message(t, node, message);
    if (!status && (status = tf_tensor_read(out, message))) status = tf_graph_fail_in(t->g, node, status);
    return status;
}

bool tf_integers(const tf_tensor *found, int64_t *out, size_t most)
{
    int32_t narrow;
    if (!found->is_readable || found->count > most) return false;
    if (found->dtype != HORN_INT32 && found->dtype != HORN_INT64) return false;
    tf_tensor_copy(found, out);
    if (found->dtype == HORN_INT64) return true;
    for (size_t i = found->count; i-- > 0;) { /* in place: the wide ones end behind the narrow ones */
        memcpy(&narrow, (const char *)out + i * sizeof narrow, sizeof narrow);
        out[i] = narrow;
    }
    return true;
}

imported_origin tf_origin_of(const tf_translation *t, size_t node)
{
    return (imported_origin){ .name = t->g->nodes[node].name, .op = t->g->nodes[node].op };
}
