/* What both graph.c, which reads a graph's nodes, and functions.c, which adds those of functions, need of a node. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/status.h"
#include "formats/chains/imported.h"
#include "formats/graphs/graph.h"

bool tf_graph_is(const tf_graph_node *n, const char *op)
{
    return protobuf_text_is(n->op, op);
}

int tf_text_compare(protobuf_text a, protobuf_text b)
{
    const int order = memcmp(a.at, b.at, a.size < b.size ? a.size : b.size);
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

horn_status tf_graph_fail_in(const tf_graph *g, size_t node, horn_status status)
{
    return imported_node_fail(g->where, g->nodes[node].name, g->nodes[node].op, status);
}

horn_status tf_graph_fail(const tf_graph *g, size_t node, horn_status status, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return tf_graph_fail_in(g, node, fail(status, "%s", text));
}

static void check_attribute(protobuf_reader *r, const protobuf_field *f)
{
    protobuf_reader in = protobuf_enter(r, f);
    protobuf_field part;
    while (protobuf_next(&in, &part))
        if (part.number == 1 || part.number == 2) (void)protobuf_bytes(&in, &part);
    protobuf_leave(r, &in);
}

tf_graph_node tf_graph_take_node(protobuf_reader *r, const protobuf_field *f)
{
    tf_graph_node n = { .name = { "", 0 }, .op = { "", 0 }, .message = protobuf_bytes(r, f) };
    protobuf_reader in = protobuf_enter(r, f);
    protobuf_field part;
    while (protobuf_next(&in, &part)) {
        if (part.number == 1) n.name = protobuf_bytes(&in, &part);
        if (part.number == 2) n.op = protobuf_bytes(&in, &part);
        if (part.number == 3) {
            const protobuf_text input = protobuf_bytes(&in, &part);
            n.link_count++;
            n.value_count += !input.size || *input.at != '^';
        }
        if (part.number == 5) check_attribute(&in, &part);
    }
    protobuf_leave(r, &in);
    return n;
}
