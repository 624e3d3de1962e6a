/* Where the model in a graph begins and ends. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/chains/chain.h"
#include "formats/graphs/translation.h"

enum { MAX_INPUTS = 16 };

/* ---- graphs for inference alone ---- */

static horn_status take_end(const tf_graph *g, size_t *end, size_t node, const char *what)
{
    if (*end != NO_NODE)
        return tf_graph_fail(g, node, HORN_ERROR_UNSUPPORTED,
                             "is a second %s beside node '%.*s', expected one", what,
                             protobuf_text_shown(g->nodes[*end].name), g->nodes[*end].name.at);
    *end = node;
    return HORN_OK;
}

horn_status tf_ends_only(tf_ends *out, const tf_graph *g)
{
    bool *taken = NULL;
    horn_status status = memory_new(&taken, g->count, sizeof *taken);
    *out = (tf_ends){ NO_NODE, NO_NODE, false };
    for (size_t i = 0; !status && i < g->count; i++)
        for (size_t k = 0; k < g->nodes[i].input_count; k++) taken[g->nodes[i].inputs[k].node] = true;
    for (size_t i = 0; !status && i < g->count; i++) {
        const tf_graph_node *n = &g->nodes[i];
        if (tf_graph_is(n, "Placeholder"))
            status = take_end(g, &out->input, i, "input");
        else if (!taken[i] && !n->frame && !tf_graph_is(n, "Const") && !tf_graph_is(n, "NoOp"))
            status = take_end(g, &out->output, i, "output");
    }
    free(taken);
    if (status) return status;
    if (out->input == NO_NODE || out->output == NO_NODE)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the graph has no %s", g->where,
                    out->input == NO_NODE ? "input (Placeholder)" : "output");
    out->is_own = protobuf_text_is(g->nodes[out->input].name, "input") &&
                  protobuf_text_is(g->nodes[out->output].name, "output") &&
                  tf_graph_is(&g->nodes[out->output], "Identity");
    return HORN_OK;
}

/* ---- as a signature says ---- */

static horn_status find_end(const tf_graph *g, protobuf_text name, const char *what, size_t *out)
{
    protobuf_text node = name;
    if (node.size > 2 && memcmp(node.at + node.size - 2, ":0", 2) == 0) node.size -= 2;
    if (tf_graph_find(g, node, out)) return HORN_OK;
    return fail(HORN_ERROR_FORMAT, "%s: the signature's %s is '%.*s', which names no node's first output",
                g->where, what, protobuf_text_shown(name), name.at);
}

horn_status tf_ends_named(tf_ends *out, const tf_graph *g, protobuf_text input, protobuf_text output)
{
    *out = (tf_ends){ NO_NODE, NO_NODE, false };
    horn_status status = find_end(g, input, "input", &out->input);
    if (!status) status = find_end(g, output, "output", &out->output);
    if (!status && !tf_graph_is(&g->nodes[out->input], "Placeholder"))
        status = tf_graph_fail(g, out->input, HORN_ERROR_UNSUPPORTED,
                               "is the signature's input, expected a Placeholder");
    return status;
}

/* ---- graphs that also train ---- */

typedef struct ends_search {
    const tf_graph *g;
    const tf_variables *variables;
    tf_ends *out;
    size_t steps, second;
} ends_search;

/* A Placeholder for samples: float32, with the size of each axis but the first. */
static bool may_be_input(const tf_graph *g, size_t node)
{
    int64_t type = 0, sizes[HORN_MAX_RANK + 1];
    int rank = -1;
    protobuf_text message = { NULL, 0 };
    if (!tf_graph_is(&g->nodes[node], "Placeholder") || g->nodes[node].frame) return false;
    if (tf_graph_type(g, node, "dtype", &type) || type != 1 || tf_graph_shape(g, node, "shape", &message))
        return false;
    if (!message.at || tf_shape_read(message, sizes, HORN_MAX_RANK + 1, &rank)) return false;
    bool fits = rank >= 2 && rank <= HORN_MAX_RANK + 1;
    for (int i = 1; fits && i < rank; i++) fits = sizes[i] >= 1;
    return fits;
}

static horn_status try_input(ends_search *s, size_t input)
{
    imported im = { 0 };
    size_t *nodes = NULL, value = NO_VALUE, steps = 0, second = NO_VALUE;
    horn_status status = tf_translate_all(&im, s->g, s->variables, input, &nodes);
    if (!status) status = chain_longest(&im, &value, &steps, &second);
    if (!status && value != NO_VALUE && steps >= s->steps) {
        s->second = second != NO_VALUE ? nodes[second] : steps == s->steps ? nodes[value] : NO_NODE;
        if (steps > s->steps) *s->out = (tf_ends){ input, nodes[value], false };
        s->steps = steps;
    }
    free(nodes);
    imported_free(&im);
    return status;
}

/* TensorFlow calls them so: "gradients", "gradients_1", "gradient_tape". */
static bool is_gradient(protobuf_text name)
{
    static const char word[] = "gradient";
    for (size_t at = 0; at + sizeof word - 1 <= name.size; at++)
        if ((!at || name.at[at - 1] == '/') && memcmp(name.at + at, word, sizeof word - 1) == 0) return true;
    return false;
}

/* Whether the node multiplies by a variable, past Identity and ReadVariableOp. */
static bool has_weights(const tf_graph *g, size_t node)
{
    static const char *const products[] = { "MatMul",        "Conv2D",        "DepthwiseConv2dNative",
                                            "BatchMatMul",   "BatchMatMulV2", "BatchMatMulV3",
                                            "Conv1D",        "Conv3D",        "Conv2DBackpropInput",
                                            "SpaceToBatchND" };
    const tf_graph_node *n = &g->nodes[node];
    bool is_product = false;
    for (size_t i = 0; i < sizeof products / sizeof *products; i++) is_product |= tf_graph_is(n, products[i]);
    for (size_t k = 0; is_product && k < n->input_count; k++) {
        const tf_graph_node *from = &g->nodes[n->inputs[k].node];
        while ((tf_graph_is(from, "Identity") || tf_graph_is(from, "ReadVariableOp")) && from->input_count)
            from = &g->nodes[from->inputs[0].node];
        if (tf_is_variable(from)) return true;
    }
    return false;
}

/* A layer that the chain does not have would be lost without a word. */
static horn_status check_outside(const ends_search *s, const bool *is_inside, bool *reached)
{
    const tf_graph *g = s->g;
    reached[s->out->input] = true;
    for (size_t i = 0; i < g->count; i++) {
        const size_t node = g->order[i];
        for (size_t k = 0; k < g->nodes[node].input_count; k++)
            reached[node] |= reached[g->nodes[node].inputs[k].node];
        if (!reached[node] || is_inside[node] || is_gradient(g->nodes[node].name) || !has_weights(g, node))
            continue;
        const protobuf_text end = g->nodes[s->out->output].name;
        return tf_graph_fail(g, node, HORN_ERROR_UNSUPPORTED,
                             "is no part of the chain of layers that ends with node '%.*s', and no signature "
                             "says what the output is",
                             protobuf_text_shown(end), end.at);
    }
    return HORN_OK;
}

static horn_status check_found(const ends_search *s)
{
    bool *is_inside = NULL, *reached = NULL;
    horn_status status = HORN_OK;
    if (!s->steps)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: the graph has no chain of layers behind an input (Placeholder of float32 whose "
                    "shape is known)",
                    s->g->where);
    if (s->second != NO_NODE)
        return tf_graph_fail(s->g, s->second, HORN_ERROR_UNSUPPORTED,
                             "may be the output as well as node '%.*s', and no signature says which is",
                             protobuf_text_shown(s->g->nodes[s->out->output].name),
                             s->g->nodes[s->out->output].name.at);
    TRY(memory_new(&is_inside, s->g->count, sizeof *is_inside));
    TRY(memory_new(&reached, s->g->count, sizeof *reached));
    tf_find_needed(s->g, s->out->output, is_inside);
    TRY(check_outside(s, is_inside, reached));
done:
    free(is_inside);
    free(reached);
    return status;
}

horn_status tf_ends_search(tf_ends *out, const tf_graph *g, const tf_variables *v)
{
    const tf_variables unknown = { .keys = v->keys }; /* a value that is missing is no matter of the search */
    ends_search s = { .g = g, .variables = &unknown, .out = out, .second = NO_NODE };
    size_t tried = 0;
    horn_status status = HORN_OK;
    *out = (tf_ends){ NO_NODE, NO_NODE, false };
    for (size_t i = 0; !status && i < g->count && tried < MAX_INPUTS; i++) {
        if (!may_be_input(g, i)) continue;
        status = try_input(&s, i);
        tried++;
    }
    return status ? status : check_found(&s);
}
