#include <stdio.h>
#include <string.h>
#include "base/status.h"
#include "formats/saved_model/saved_model.h"
#include "formats/graph_nodes/operations.h"

void saved_model_put_entry(bytes *out, uint32_t number, const char *key, bytes *message)
{
    bytes entry = { 0 };
    protobuf_put_text(&entry, 1, key);
    protobuf_put_message(&entry, 2, message);
    protobuf_put_message(out, number, &entry);
}

static void put_text_entry(bytes *out, uint32_t number, const char *key, const char *text)
{
    bytes entry = { 0 };
    protobuf_put_text(&entry, 1, key);
    protobuf_put_text(&entry, 2, text);
    protobuf_put_message(out, number, &entry);
}

const shape *saved_model_output_shape(const saved_model *m)
{
    return &m->s->operations->operations[m->s->operations->output].shape;
}

/* ---- structured values ---- */

enum { NONE = 1, TEXT = 13, SPEC = 33, LIST = 51, TUPLE = 52, DICT = 53, NAMED = 54 };

/* Appends a value that holds values; empties them. */
static void put_values(bytes *out, uint32_t kind, bytes *first, bytes *second)
{
    bytes values = { 0 };
    if (first) protobuf_put_message(&values, 1, first);
    if (second) protobuf_put_message(&values, 1, second);
    protobuf_put_message(out, kind, &values);
}

static void put_spec(bytes *out, const char *name, const size_t *sizes, int rank)
{
    bytes spec = { 0 };
    if (name) protobuf_put_text(&spec, 1, name);
    tf_put_shape(&spec, 2, sizes, rank, true);
    protobuf_put_integer(&spec, 3, TF_FLOAT);
    protobuf_put_message(out, SPEC, &spec);
}

static void put_dict(bytes *out, const char *key, bytes *value)
{
    bytes entries = { 0 };
    if (key) saved_model_put_entry(&entries, 1, key, value);
    protobuf_put_message(out, DICT, &entries);
}

static void put_pair(bytes *named, const char *key, bytes *value)
{
    saved_model_put_entry(named, 2, key, value);
}

/* Appends the arguments of __call__(inputs). */
void saved_model_put_call(bytes *out)
{
    bytes named = { 0 }, value = { 0 }, text = { 0 }, spec = { 0 }, object = { 0 };
    protobuf_put_text(&named, 1, "FullArgSpec");
    protobuf_put_text(&text, TEXT, "inputs");
    put_values(&value, LIST, &text, NULL);
    put_pair(&named, "args", &value);
    static const char *const none[] = { "varargs", "varkw", "defaults", "kwonlydefaults" };
    for (int i = 0; i < 4; i++) {
        protobuf_put_bytes(&value, NONE, "", 0);
        put_pair(&named, none[i], &value);
    }
    put_values(&value, LIST, NULL, NULL);
    put_pair(&named, "kwonlyargs", &value);
    put_dict(&value, NULL, NULL);
    put_pair(&named, "annotations", &value);
    protobuf_put_message(&value, NAMED, &named);
    protobuf_put_message(&spec, 1, &value);
    protobuf_put_bytes(&value, NONE, "", 0);
    protobuf_put_message(&spec, 5, &value);
    protobuf_put_text(&object, 1, CALL);
    protobuf_put_message(&object, 2, &spec);
    protobuf_put_message(out, 6, &object);
}

void saved_model_put_signature(const saved_model *m, bytes *out)
{
    bytes object = { 0 };
    protobuf_put_text(&object, 1, SIGNATURE);
    protobuf_put_text(&object, 2, m->input);
    protobuf_put_integer(&object, 3, 1); /* TFSMLayer hands its input over by place */
    protobuf_put_message(out, 8, &object);
}

/* ---- functions ---- */

/* The node of a weight that an operation names. */
size_t saved_model_node_of(const saved_model *m, const operation *o)
{
    const snapshot_leaf *leaf = &m->leaves.at[o->layer];
    size_t i = 0;
    while (strcmp(leaf->layer->tensors[i].name, o->weight) != 0) i++;
    return m->objects.weights[leaf->first_weight + i];
}

const operation *saved_model_next_weight(const saved_model *m, size_t *at)
{
    const graph *g = m->s->operations;
    while (*at < g->count)
        if (g->operations[(*at)++].kind == OPERATION_WEIGHT) return &g->operations[*at - 1];
    return NULL;
}

static void put_argument(bytes *out, uint32_t number, const char *name, int type)
{
    bytes argument = { 0 };
    protobuf_put_text(&argument, 1, name);
    protobuf_put_integer(&argument, 3, (uint64_t)type);
    protobuf_put_message(out, number, &argument);
}

/* Appends a function. Both functions have the same body. */
static void put_function(bytes *out, const saved_model *m, const char *name, const tf_nodes *body,
                         const char *result)
{
    bytes function = { 0 }, signature = { 0 };
    char argument[40];
    size_t at = 0;
    protobuf_put_text(&signature, 1, name);
    put_argument(&signature, 2, "inputs", TF_FLOAT);
    for (size_t i = 0; saved_model_next_weight(m, &at); i++) {
        snprintf(argument, sizeof argument, "weight_%zu", i);
        put_argument(&signature, 2, argument, TF_RESOURCE);
    }
    put_argument(&signature, 3, "identity", TF_FLOAT);
    protobuf_put_integer(&signature, 17, 1);
    protobuf_put_message(&function, 1, &signature);
    bytes_append(&function, body->out.data, body->out.size);
    put_text_entry(&function, 4, "identity", result);
    protobuf_put_message(out, 1, &function);
}

horn_status saved_model_put_functions(const saved_model *m, bytes *out)
{
    horn_status status = HORN_OK;
    tf_nodes body = { .field = TF_IN_FUNCTION };
    char argument[40];
    const char *last, *identity;
    size_t at = 0;
    (void)tf_nodes_name(&body, NULL, "inputs");
    for (size_t i = 0; saved_model_next_weight(m, &at); i++) {
        snprintf(argument, sizeof argument, "weight_%zu", i);
        (void)tf_nodes_name(&body, NULL, argument);
    }
    identity = tf_nodes_name(&body, NULL, "Identity");
    TRY(tf_operations_write(&body, m->s, "inputs", &last, m->where));
    tf_node_begin(&body, identity, "Identity");
    tf_node_input(&body, last);
    tf_node_type(&body, "T", TF_FLOAT);
    tf_node_end(&body);
    const char *result = tf_nodes_reference(&body, identity, "output");
    TRY(tf_nodes_status(&body));
    put_function(out, m, SIGNATURE, &body, result);
    put_function(out, m, CALL, &body, result);
done:
    tf_nodes_free(&body);
    return status;
}

/* Appends a function's variables, arguments and results, by name or by position. */
void saved_model_put_concrete(bytes *out, const saved_model *m, bool by_name)
{
    bytes function = { 0 }, bound = { 0 }, spec = { 0 }, place = { 0 }, named = { 0 }, value = { 0 };
    const operation *weight;
    const shape *result = saved_model_output_shape(m);
    size_t at = 0;
    while ((weight = saved_model_next_weight(m, &at)))
        varint_append(&bound, graph_writer_number(m->objects.graph, saved_model_node_of(m, weight)));
    protobuf_put_message(&function, 2, &bound);
    put_spec(&spec, m->input, m->s->input_shape, m->s->input_rank);
    put_values(&place, TUPLE, by_name ? NULL : &spec, NULL);
    put_dict(&named, by_name ? m->input : NULL, &spec);
    put_values(&value, TUPLE, &place, &named);
    protobuf_put_message(&function, 3, &value);
    put_spec(&spec, by_name ? m->output : NULL, result->dim, result->rank);
    if (by_name) put_dict(&value, m->output, &spec);
    protobuf_put_message(&function, 4, by_name ? &value : &spec);
    saved_model_put_entry(out, 2, by_name ? SIGNATURE : CALL, &function);
}
