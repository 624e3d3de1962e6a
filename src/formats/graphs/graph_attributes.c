#include <string.h>
#include "base/status.h"
#include "formats/graphs/graph.h"

/* The last value of that key. */
static bool find_attribute(const tf_graph_node *n, const char *key, protobuf_text *value)
{
    protobuf_reader r = protobuf_read(n->message.at, n->message.size);
    protobuf_field f, part;
    bool found = false;
    while (protobuf_next(&r, &f)) {
        protobuf_text name = { "", 0 }, held = { "", 0 };
        if (f.number != 5) continue;
        protobuf_reader in = protobuf_enter(&r, &f);
        while (protobuf_next(&in, &part)) {
            if (part.number == 1) name = part.text;
            if (part.number == 2) held = part.text;
        }
        if (!protobuf_text_is(name, key)) continue;
        *value = held;
        found = true;
    }
    return found;
}

/* The field of that number and type in an attribute's value; *found: there is the attribute. */
static horn_status find_value(const tf_graph *g, size_t node, const char *key, uint32_t number,
                              protobuf_type type, protobuf_field *out, bool *found)
{
    protobuf_text value;
    protobuf_field f;
    bool is_there = false;
    *found = find_attribute(&g->nodes[node], key, &value);
    if (!*found) return HORN_OK;
    protobuf_reader r = protobuf_read(value.at, value.size);
    while (protobuf_next(&r, &f)) {
        if (f.number != number || f.type != type) continue;
        *out = f;
        is_there = true;
    }
    if (is_there && !r.failed) return HORN_OK;
    return tf_graph_fail(g, node, HORN_ERROR_FORMAT, "its attribute '%s' is broken or of another kind", key);
}

static horn_status find_message(const tf_graph *g, size_t node, const char *key, uint32_t number,
                                protobuf_text *out)
{
    protobuf_field f;
    bool found;
    horn_status status = find_value(g, node, key, number, PROTOBUF_BYTES, &f, &found);
    if (!status && found) *out = f.text;
    return status;
}

static horn_status find_varint(const tf_graph *g, size_t node, const char *key, uint32_t number, int64_t *out)
{
    protobuf_field f;
    bool found;
    horn_status status = find_value(g, node, key, number, PROTOBUF_VARINT, &f, &found);
    if (!status && found) *out = (int64_t)f.value;
    return status;
}

horn_status tf_graph_text(const tf_graph *g, size_t node, const char *key, protobuf_text *out)
{
    return find_message(g, node, key, 2, out);
}

horn_status tf_graph_shape(const tf_graph *g, size_t node, const char *key, protobuf_text *message)
{
    return find_message(g, node, key, 7, message);
}

horn_status tf_graph_tensor(const tf_graph *g, size_t node, const char *key, protobuf_text *message)
{
    return find_message(g, node, key, 8, message);
}

horn_status tf_graph_function(const tf_graph *g, size_t node, const char *key, protobuf_text *message)
{
    return find_message(g, node, key, 10, message);
}

horn_status tf_graph_integer(const tf_graph *g, size_t node, const char *key, int64_t *out)
{
    return find_varint(g, node, key, 3, out);
}

horn_status tf_graph_type(const tf_graph *g, size_t node, const char *key, int64_t *out)
{
    return find_varint(g, node, key, 6, out);
}

horn_status tf_graph_boolean(const tf_graph *g, size_t node, const char *key, bool *out)
{
    int64_t value = *out;
    horn_status status = find_varint(g, node, key, 5, &value);
    *out = value != 0;
    return status;
}

horn_status tf_graph_number(const tf_graph *g, size_t node, const char *key, float *out)
{
    protobuf_field f;
    bool found;
    horn_status status = find_value(g, node, key, 4, PROTOBUF_FIXED32, &f, &found);
    const uint32_t bits = found && !status ? (uint32_t)f.value : 0;
    if (!status && found) memcpy(out, &bits, sizeof bits);
    return status;
}

horn_status tf_graph_integers(const tf_graph *g, size_t node, const char *key, int64_t *out, size_t count)
{
    protobuf_field list, f;
    bool found;
    size_t seen = 0;
    horn_status status = find_value(g, node, key, 1, PROTOBUF_BYTES, &list, &found);
    if (status || !found) return status;
    protobuf_reader r = protobuf_read(list.text.at, list.text.size);
    while (protobuf_next(&r, &f)) {
        if (f.number != 3) continue;
        byte_reader in = byte_reader_of(f.text.at, f.text.size);
        const bool packed = f.type == PROTOBUF_BYTES;
        while (packed ? byte_reader_left(&in) > 0 : !r.failed) {
            const int64_t value = packed ? (int64_t)varint_read(&in) : protobuf_integer(&r, &f);
            if (seen < count) out[seen] = value;
            seen++;
            if (!packed) break;
        }
        r.failed |= in.failed;
    }
    if (r.failed) return tf_graph_fail(g, node, HORN_ERROR_FORMAT, "its attribute '%s' is broken", key);
    if (seen == count) return HORN_OK;
    return tf_graph_fail(g, node, HORN_ERROR_FORMAT, "its attribute '%s' has %zu numbers, expected %zu", key,
                         seen, count);
}
