#include "formats/frozen_graph/frozen_graph.h"

#include <string.h>
#include "base/status.h"
#include "formats/graph_nodes/operations.h"
#include "formats/graph_unrolling.h"

enum { PRODUCER = 1087, LEAST_READER = 12 };

static horn_status put_graph(tf_nodes *n, const snapshot *s, const char *where)
{
    const char *last = "", *input = tf_nodes_name(n, NULL, "input"),
               *output = tf_nodes_name(n, NULL, "output");
    tf_node_begin(n, input, "Placeholder");
    tf_node_type(n, "dtype", TF_FLOAT);
    tf_node_shape(n, "shape", s->input_shape, s->input_rank, true);
    tf_node_end(n);
    horn_status status = tf_operations_write(n, s, input, &last, where);
    tf_node_begin(n, output, "Identity");
    tf_node_input(n, last);
    tf_node_type(n, "T", TF_FLOAT);
    tf_node_end(n);
    bytes versions = { 0 };
    protobuf_put_integer(&versions, 1, PRODUCER);
    protobuf_put_integer(&versions, 2, LEAST_READER);
    protobuf_put_message(&n->out, 4, &versions);
    return status ? status : tf_nodes_status(n);
}

static horn_status write(const snapshot *s, transaction *t, const format_options *options)
{
    const char *where = transaction_target(t);
    tf_nodes n = { .field = TF_IN_GRAPH };
    if (options && options->dialect)
        return fail(HORN_ERROR_ARGUMENT, "%s: dialect is '%s', expected none", where, options->dialect);
    horn_status status = put_graph(&n, s, where);
    if (!status && n.out.size > INT32_MAX)
        status = fail(HORN_ERROR_UNSUPPORTED,
                      "%s: the graph has %zu bytes, TensorFlow reads at most 2^31 - 1", where, n.out.size);
    if (!status) status = transaction_add(t, "", &n.out);
    tf_nodes_free(&n);
    return status;
}

/* Recurrent layers are steps then, which are no layers. */
static bool gives_back(const snapshot *s)
{
    return !s->operations || !graph_is_recurrent(s->operations);
}

static const char *const suffixes[] = { ".pb", NULL };

const format frozen_graph_format = {
    .name = "frozen-graph",
    .suffixes = suffixes,
    .reads = PART_ARCHITECTURE | PART_WEIGHTS,
    .writes = PART_ARCHITECTURE | PART_WEIGHTS | PART_OPERATIONS,
    .inference_alone = true,
    .recognizes = frozen_graph_recognizes,
    .read = frozen_graph_read,
    .write = write,
    .gives_back = gives_back,
    .list = frozen_graph_list,
};
