#include "formats/graphs/chain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

enum { MAX_STEPS = 1 << 16 };

void tf_chain_free(tf_chain *c)
{
    free(c->steps);
    free(c->step_of);
    *c = (tf_chain){ 0 };
}

bool tf_chain_is(const tf_chain *c, size_t node, const char *op)
{
    return node != NO_NODE && tf_graph_is(&c->g->nodes[node], op);
}

/* ---- what stands between ---- */

static bool gives_its_input(tf_chain *c, size_t node)
{
    static const char *const ops[] = { "Identity", "StopGradient", "Snapshot", "PreventGradient" };
    const tf_graph_node *n = &c->g->nodes[node];
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (tf_graph_is(n, ops[i])) return true;
    if (!tf_graph_is(n, "Transpose") || n->input_count != 2 || c->work > c->most_work) return false;
    tf_sizes order;
    if (tf_sizes_of(c, n->inputs[1].node, &order)) return false;
    for (size_t i = 0; i < order.count; i++)
        if (order.at[i].of_batch || order.at[i].number != (int64_t)i) return false;
    return true;
}

size_t tf_chain_skip(tf_chain *c, size_t node)
{
    const tf_graph_node *nodes = c->g->nodes;
    while (c->work++ < c->most_work && nodes[node].input_count && !nodes[node].inputs[0].output &&
           gives_its_input(c, node))
        node = nodes[node].inputs[0].node;
    return node;
}

size_t tf_chain_operand(tf_chain *c, size_t node, size_t index)
{
    const tf_graph_node *n = &c->g->nodes[node];
    if (index >= n->input_count || n->inputs[index].output) return NO_NODE;
    return tf_chain_skip(c, n->inputs[index].node);
}

horn_status tf_chain_constant(tf_chain *c, size_t node, tf_tensor *out)
{
    protobuf_text message = { NULL, 0 };
    if (!tf_chain_is(c, node, "Const"))
        return tf_graph_fail(c->g, node, HORN_ERROR_UNSUPPORTED, "stands where a constant is expected");
    horn_status status = tf_graph_tensor(c->g, node, "value", &message);
    if (!status && !message.at)
        return tf_graph_fail(c->g, node, HORN_ERROR_FORMAT, "has no attribute 'value'");
    if (!status && message.size > c->most_read - c->read)
        return tf_graph_fail(c->g, node, HORN_ERROR_UNSUPPORTED, "is taken by too many others for its size");
    if (!status) {
        c->read += message.size;
        status = tf_tensor_read(out, message);
        if (status) status = tf_graph_fail_in(c->g, node, status);
    }
    return status;
}

/* ---- both ends ---- */

static horn_status read_input_shape(tf_chain *c)
{
    int64_t type = 0, sizes[HORN_MAX_RANK + 1];
    int rank = -1;
    protobuf_text message = { NULL, 0 };
    horn_status status = tf_graph_type(c->g, c->input, "dtype", &type);
    if (!status) status = tf_graph_shape(c->g, c->input, "shape", &message);
    if (!status && message.at && (status = tf_shape_read(message, sizes, HORN_MAX_RANK + 1, &rank)))
        return tf_graph_fail_in(c->g, c->input, status);
    if (status) return status;
    if (type != 1)
        return tf_graph_fail(c->g, c->input, HORN_ERROR_UNSUPPORTED, "the input is %s, expected float32",
                             tf_type_name((uint64_t)type));
    if (rank < 0)
        return tf_graph_fail(c->g, c->input, HORN_ERROR_UNSUPPORTED, "does not say the input's shape");
    if (rank < 2 || rank > HORN_MAX_RANK + 1)
        return tf_graph_fail(c->g, c->input, HORN_ERROR_UNSUPPORTED,
                             "the input has %d axes, expected 2 to %d", rank, HORN_MAX_RANK + 1);
    c->batch = sizes[0] > 0 ? sizes[0] : -1;
    c->extent = (tf_extent){ 1, { .rank = rank - 1 } };
    for (int i = 1; i < rank; i++) {
        if (sizes[i] < 1)
            return tf_graph_fail(c->g, c->input, HORN_ERROR_UNSUPPORTED,
                                 "axis %d of the input is %lld, expected a size", i, (long long)sizes[i]);
        c->extent.each.dim[i - 1] = (size_t)sizes[i];
    }
    if (shape_count(&c->extent.each) > SIZE_MAX / 16)
        return tf_graph_fail(c->g, c->input, HORN_ERROR_FORMAT, "the input is larger than memory");
    return HORN_OK;
}

static horn_status take_end(const tf_chain *c, size_t *end, size_t node, const char *what)
{
    if (*end != NO_NODE)
        return tf_graph_fail(c->g, node, HORN_ERROR_UNSUPPORTED,
                             "is a second %s beside node '%.*s', expected one", what,
                             c->g->nodes[*end].name.size < 160 ? (int)c->g->nodes[*end].name.size : 160,
                             c->g->nodes[*end].name.at);
    *end = node;
    return HORN_OK;
}

/* The one Placeholder, and the one node of the graph's own that is no constant and that nobody takes. */
static horn_status find_ends(tf_chain *c, size_t *output)
{
    const tf_graph *g = c->g;
    bool *taken = NULL;
    horn_status status = memory_new(&taken, g->count, sizeof *taken);
    c->input = *output = NO_NODE;
    for (size_t i = 0; !status && i < g->count; i++)
        for (size_t k = 0; k < g->nodes[i].input_count; k++) taken[g->nodes[i].inputs[k].node] = true;
    for (size_t i = 0; !status && i < g->count; i++) {
        const tf_graph_node *n = &g->nodes[i];
        if (tf_graph_is(n, "Placeholder"))
            status = take_end(c, &c->input, i, "input");
        else if (!taken[i] && !n->frame && !tf_graph_is(n, "Const") && !tf_graph_is(n, "NoOp"))
            status = take_end(c, output, i, "output");
    }
    free(taken);
    if (status) return status;
    if (c->input == NO_NODE || *output == NO_NODE)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the graph has no %s", g->where,
                    c->input == NO_NODE ? "input (Placeholder)" : "output");
    return HORN_OK;
}

/* ---- steps ---- */

/* Ops that are a step of their own, with so many inputs. */
static const struct {
    const char *op;
    size_t inputs;
} simple[] = {
    { "Reshape", 2 },       { "MatMul", 2 },         { "BatchMatMul", 2 },
    { "BatchMatMulV2", 2 }, { "BatchMatMulV3", 2 },  { "BiasAdd", 2 },
    { "Conv2D", 2 },        { "MaxPool", 1 },        { "DepthwiseConv2dNative", 2 },
    { "AvgPool", 1 },       { "Mean", 2 },           { "Max", 2 },
    { "Pad", 2 },           { "SpaceToBatchND", 3 }, { "BatchToSpaceND", 3 },
    { "Relu", 1 },          { "Relu6", 1 },          { "Elu", 1 },
    { "Selu", 1 },          { "Softmax", 1 },        { "Softplus", 1 },
    { "Sigmoid", 1 },       { "Tanh", 1 },           { "LeakyRelu", 1 },
};

static bool match_simple(tf_chain *c, size_t node, tf_step *s)
{
    for (size_t i = 0; i < sizeof simple / sizeof *simple; i++) {
        if (!tf_chain_is(c, node, simple[i].op)) continue;
        if (c->g->nodes[node].input_count != simple[i].inputs) return false;
        s->kind = simple[i].op;
        s->from = tf_chain_operand(c, node, 0);
        for (size_t k = 1; k < simple[i].inputs; k++)
            if ((s->operands[k - 1] = tf_chain_operand(c, node, k)) == NO_NODE) return false;
        return s->from != NO_NODE;
    }
    return false;
}

static horn_status find_step(tf_chain *c, size_t node, tf_step *s)
{
    int64_t type = 1;
    *s = (tf_step){ .node = node, .most = INFINITY };
    for (int i = 0; i < TF_STEP_OPERANDS; i++) s->operands[i] = NO_NODE;
    const bool is_known = match_simple(c, node, s) || tf_match_bias(c, node, s) ||
                          tf_match_normalization(c, node, s) || tf_match_relu(c, node, s);
    if (c->work > c->most_work)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the graph has too many ways between its nodes", c->g->where);
    if (!is_known)
        return tf_graph_fail(c->g, node, HORN_ERROR_UNSUPPORTED,
                             "is no part, in a form that is known, of a layer in a chain of layers");
    horn_status status = tf_graph_type(c->g, node, "T", &type);
    if (!status && type != 1)
        return tf_graph_fail(c->g, node, HORN_ERROR_UNSUPPORTED, "works on %s, expected float32",
                             tf_type_name((uint64_t)type));
    return status;
}

/* Against the arrows, from the output; the graph has no circles, so it comes to an end. */
static horn_status walk(tf_chain *c, size_t output)
{
    horn_status status = HORN_OK;
    for (size_t node = tf_chain_skip(c, output); !status && node != c->input;) {
        tf_step s;
        if (c->count == MAX_STEPS)
            return fail(HORN_ERROR_UNSUPPORTED, "%s: the graph has more than %d operations in a row",
                        c->g->where, MAX_STEPS);
        status = find_step(c, node, &s);
        if (!status) status = memory_grow(&c->steps, c->count, &c->capacity, sizeof *c->steps);
        if (status) return status;
        c->steps[c->count++] = s;
        node = s.from;
    }
    return status;
}

horn_status tf_chain_read(tf_chain *out, const tf_graph *g)
{
    horn_status status = HORN_OK;
    size_t output;
    *out = (tf_chain){ .g = g, .most_work = 64 * g->count + 4096, .most_read = 1 << 20 };
    for (size_t i = 0; i < g->count; i++) {
        if (tf_graph_is(&g->nodes[i], "NextIteration"))
            TRY(tf_graph_fail(g, i, HORN_ERROR_UNSUPPORTED, "while loops are not supported"));
        out->most_read += 8 * g->nodes[i].message.size;
    }
    TRY(memory_new(&out->step_of, g->count, sizeof *out->step_of));
    TRY(find_ends(out, &output));
    TRY(read_input_shape(out));
    TRY(walk(out, output));
    for (size_t i = 0; i < out->count / 2; i++) {
        const tf_step other = out->steps[i];
        out->steps[i] = out->steps[out->count - 1 - i];
        out->steps[out->count - 1 - i] = other;
    }
    for (size_t i = 0; i < out->count; i++) out->step_of[out->steps[i].node] = i + 1;
    out->is_own = protobuf_text_is(g->nodes[out->input].name, "input") &&
                  protobuf_text_is(g->nodes[output].name, "output") &&
                  tf_graph_is(&g->nodes[output], "Identity");
done:
    return status;
}
