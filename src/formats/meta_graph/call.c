#include "formats/meta_graph/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/tensorflow/nodes.h"
#include "formats/tensorflow/object_graph.h"
#include "formats/tensorflow/tensor.h"

enum { OBJECTS = 7, FUNCTION = 6, VARIABLE = 7, CONSTANT = 9, MAX_DEPTH = 16, MAX_WORK = 1 << 26 };

typedef struct calling {
    const char *where;
    const tensor_bundle *bundle;
    protobuf_text *objects; /* messages, by number */
    size_t count, capacity;
    protobuf_text message; /* of all objects */
    object_graph keys;
    protobuf_text *key_text;
    tf_nodes nodes;
    size_t work; /* bytes of objects that were looked through: many may refer to one */
} calling;

/* ---- messages ---- */

/* The field of that number that holds bytes, the last one; at is NULL if there is none. */
static protobuf_text field_of(protobuf_text message, uint32_t number)
{
    protobuf_text found = { NULL, 0 };
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f;
    while (message.at && protobuf_next(&r, &f))
        if (f.number == number && f.type == PROTOBUF_BYTES) found = f.text;
    return found;
}

static int64_t number_of(protobuf_text message, uint32_t number)
{
    int64_t found = 0;
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f;
    while (message.at && protobuf_next(&r, &f))
        if (f.number == number && f.type == PROTOBUF_VARINT) found = (int64_t)f.value;
    return found;
}

/* The object of that number; at is NULL if there is none. */
static horn_status take_object(calling *c, uint64_t number, protobuf_text *out)
{
    *out = number < c->count ? c->objects[number] : (protobuf_text){ NULL, 0 };
    if (out->size + 64 > MAX_WORK - c->work)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: object %llu is taken by too many others for its size",
                    c->where, (unsigned long long)number);
    c->work += out->size + 64;
    return HORN_OK;
}

static horn_status read_objects(calling *c)
{
    protobuf_reader r = protobuf_read(c->message.at, c->message.size);
    protobuf_field f;
    horn_status status = HORN_OK;
    while (!status && protobuf_next(&r, &f)) {
        if (f.number != 1) continue;
        status = memory_grow(&c->objects, c->count, &c->capacity, sizeof *c->objects);
        if (!status) c->objects[c->count++] = protobuf_bytes(&r, &f);
    }
    return !status && r.failed ? fail(HORN_ERROR_FORMAT, "%s: the objects are broken", c->where) : status;
}

/* ---- functions ---- */

/* The function of the root called __call__, else its only one; at is NULL if there is none. */
static horn_status find_function(calling *c, protobuf_text *out)
{
    protobuf_text name = { NULL, 0 };
    protobuf_reader r = protobuf_read(c->objects[0].at, c->objects[0].size);
    protobuf_field f;
    *out = name;
    while (protobuf_next(&r, &f)) {
        if (f.number != 1 || f.type != PROTOBUF_BYTES) continue;
        protobuf_text object;
        horn_status status = take_object(c, (uint64_t)number_of(f.text, 1), &object);
        if (status) return status;
        const protobuf_text function = field_of(object, FUNCTION), called = field_of(f.text, 2);
        if (!function.at || !called.at) continue;
        if (protobuf_text_is(called, "__call__")) {
            *out = function;
            return HORN_OK;
        }
        if (out->at)
            return fail(
                HORN_ERROR_UNSUPPORTED,
                "%s: has no signature and several functions, '%.*s' and '%.*s', expected one, or __call__",
                c->where, protobuf_text_shown(name), name.at, protobuf_text_shown(called), called.at);
        *out = function;
        name = called;
    }
    return HORN_OK;
}

/* The arguments of a concrete function: how many tensors, the last of them, and whether one argument is true, as `training` may be. */
typedef struct arguments {
    size_t count;
    protobuf_text spec;
    bool is_true;
} arguments;

static void read_arguments(protobuf_text value, int depth, arguments *out)
{
    protobuf_reader r = protobuf_read(value.at, value.size);
    protobuf_field f, part;
    while (value.at && depth < MAX_DEPTH && protobuf_next(&r, &f)) {
        if (f.number == 14 && f.type == PROTOBUF_VARINT) out->is_true |= f.value != 0;
        if (f.type != PROTOBUF_BYTES) continue;
        if (f.number == 33) {
            out->spec = f.text;
            out->count++;
        }
        if (f.number < 51 || f.number > 54) continue;
        protobuf_reader in = protobuf_read(f.text.at, f.text.size);
        while (protobuf_next(&in, &part)) {
            if (part.type != PROTOBUF_BYTES || part.number != (f.number == 54 ? 2U : 1U)) continue;
            read_arguments(f.number < 53 ? part.text : field_of(part.text, 2), depth + 1, out);
        }
    }
}

static protobuf_text find_concrete(const calling *c, protobuf_text name)
{
    protobuf_reader r = protobuf_read(c->message.at, c->message.size);
    protobuf_field f;
    while (protobuf_next(&r, &f)) {
        const protobuf_text key =
            f.number == 2 && f.type == PROTOBUF_BYTES ? field_of(f.text, 1) : (protobuf_text){ NULL, 0 };
        if (key.at && key.size == name.size && memcmp(key.at, name.at, key.size) == 0)
            return field_of(f.text, 2);
    }
    return (protobuf_text){ NULL, 0 };
}

/* Of one tensor, without an argument that is true: the first that takes any number of samples, else the first. */
static horn_status choose_concrete(const calling *c, protobuf_text function, protobuf_text *name,
                                   protobuf_text *concrete, protobuf_text *spec)
{
    protobuf_reader r = protobuf_read(function.at, function.size);
    protobuf_field f;
    size_t tried = 0;
    bool is_open = false;
    concrete->at = NULL;
    while (protobuf_next(&r, &f) && tried < 64 && !is_open) {
        int64_t sizes[HORN_MAX_RANK + 1];
        int rank = -1;
        arguments found = { .count = 0 };
        if (f.number != 1 || f.type != PROTOBUF_BYTES) continue;
        const protobuf_text message = find_concrete(c, f.text);
        read_arguments(field_of(message, 3), 0, &found);
        tried++;
        if (!message.at || found.count != 1 || found.is_true) continue;
        const protobuf_text shape_of = field_of(found.spec, 2);
        if (!shape_of.at || tf_shape_read(shape_of, sizes, HORN_MAX_RANK + 1, &rank) || rank < 1) continue;
        is_open = sizes[0] < 0;
        if (concrete->at && !is_open) continue;
        *name = f.text;
        *concrete = message;
        *spec = found.spec;
    }
    if (concrete->at) return HORN_OK;
    return fail(HORN_ERROR_UNSUPPORTED,
                "%s: has no signature, and its function was traced with no single tensor of a known rank",
                c->where);
}

/* ---- nodes ---- */

static horn_status put_value(calling *c, const char *name, const char *op, protobuf_text shape_of,
                             int64_t type, protobuf_text key)
{
    int64_t found[HORN_MAX_RANK + 1];
    size_t sizes[HORN_MAX_RANK + 1] = { 0 };
    char text[1024];
    int rank = -1;
    horn_status status = tf_shape_read(shape_of, found, HORN_MAX_RANK + 1, &rank);
    if (status) return status;
    if (rank > HORN_MAX_RANK + 1 || key.size >= sizeof text)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: a variable has too many axes or too long a key", c->where);
    const bool is_open = rank > 0 && found[0] < 0;
    for (int i = is_open; i < rank; i++) {
        if (found[i] < 0)
            return fail(HORN_ERROR_UNSUPPORTED, "%s: axis %d of '%s' is open, expected a size", c->where, i,
                        name);
        sizes[i - is_open] = (size_t)found[i];
    }
    tf_node_begin(&c->nodes, name, op);
    tf_node_type(&c->nodes, "dtype", (int)type);
    if (rank >= 0) tf_node_shape(&c->nodes, "shape", sizes, rank - is_open, is_open);
    snprintf(text, sizeof text, "%.*s", (int)key.size, key.at);
    if (key.size) tf_node_text(&c->nodes, "shared_name", text);
    tf_node_end(&c->nodes);
    return HORN_OK;
}

static horn_status put_variable(calling *c, protobuf_text variable, uint64_t number, const char *name)
{
    const protobuf_text shape_of = field_of(variable, 2), none = { "", 0 };
    const bool is_known = c->bundle && number < c->keys.node_count && c->keys.nodes[number].key.at;
    if (c->bundle && !is_known)
        return fail(HORN_ERROR_FORMAT, "%s: the checkpoint has no variable for object %llu", c->where,
                    (unsigned long long)number);
    return put_value(c, name, "VarHandleOp", shape_of.at ? shape_of : none, number_of(variable, 1),
                     is_known ? c->keys.nodes[number].key : none);
}

/* What the function is given: a variable, or a node of the graph. Appends the node's name to the names. */
static horn_status put_bound(calling *c, uint64_t number, size_t index, bytes *names)
{
    char name[40];
    protobuf_text object;
    horn_status status = take_object(c, number, &object);
    if (status) return status;
    const protobuf_text constant = field_of(field_of(object, CONSTANT), 1),
                        variable = field_of(object, VARIABLE);
    if (!constant.at && !variable.at)
        return fail(object.at ? HORN_ERROR_UNSUPPORTED : HORN_ERROR_FORMAT,
                    "%s: a function is given object %llu of %zu, which is neither a variable nor a constant",
                    c->where, (unsigned long long)number, c->count);
    snprintf(name, sizeof name, "horn/variable_%zu", index);
    if (constant.at)
        bytes_append(names, constant.at, constant.size);
    else
        bytes_print(names, "%s", name);
    bytes_append(names, "", 1);
    return constant.at ? bytes_status(names) : put_variable(c, variable, number, name);
}

/* The numbers of a packed list, and of single ones. */
static horn_status put_all_bound(calling *c, protobuf_text concrete, bytes *names)
{
    protobuf_reader r = protobuf_read(concrete.at, concrete.size);
    protobuf_field f;
    size_t index = 0;
    horn_status status = HORN_OK;
    while (!status && protobuf_next(&r, &f)) {
        if (f.number != 2) continue;
        byte_reader in = byte_reader_of(f.text.at, f.type == PROTOBUF_BYTES ? f.text.size : 0);
        if (f.type == PROTOBUF_VARINT) status = put_bound(c, f.value, index++, names);
        while (!status && byte_reader_left(&in) && !in.failed) {
            const uint64_t number = varint_read(&in);
            if (!in.failed) status = put_bound(c, number, index++, names);
        }
        r.failed |= in.failed;
    }
    return !status && r.failed ? fail(HORN_ERROR_FORMAT, "%s: a function is broken", c->where) : status;
}

static horn_status put_call(calling *c, protobuf_text name, const bytes *inputs)
{
    char *text;
    horn_status status = memory_copy_text(&text, name.at, name.size);
    if (status) return status;
    tf_node_begin(&c->nodes, META_GRAPH_OUTPUT, "StatefulPartitionedCall");
    tf_node_input(&c->nodes, META_GRAPH_INPUT);
    for (size_t at = 0; at < inputs->size; at += strlen((const char *)inputs->data + at) + 1)
        tf_node_input(&c->nodes, (const char *)inputs->data + at);
    tf_node_function(&c->nodes, "f", text);
    tf_node_end(&c->nodes);
    free(text);
    return tf_nodes_status(&c->nodes);
}

/* ---- the whole ---- */

static horn_status read_keys(calling *c)
{
    const protobuf_text key = { OBJECT_GRAPH_KEY, sizeof OBJECT_GRAPH_KEY - 1 };
    const bundle_entry *entry = c->bundle ? tensor_bundle_find(c->bundle, key) : NULL;
    if (!entry) return HORN_OK;
    if (entry->count != 1)
        return fail(HORN_ERROR_FORMAT, "%s: '%s' is not one text", c->where, OBJECT_GRAPH_KEY);
    horn_status status = bundle_entry_texts(c->bundle, entry, &c->key_text);
    return status ? status : object_graph_read(&c->keys, *c->key_text, c->where);
}

static horn_status put_nodes(calling *c, bytes *graph)
{
    horn_status status = HORN_OK;
    protobuf_text function, name = { "", 0 }, concrete = { NULL, 0 }, spec = { NULL, 0 };
    bytes inputs = { 0 };
    TRY(find_function(c, &function));
    if (!function.at) goto done;
    TRY(choose_concrete(c, function, &name, &concrete, &spec));
    TRY(read_keys(c));
    TRY(put_value(c, META_GRAPH_INPUT, "Placeholder", field_of(spec, 2), number_of(spec, 3),
                  (protobuf_text){ "", 0 }));
    TRY(put_all_bound(c, concrete, &inputs));
    TRY(put_call(c, name, &inputs));
    bytes_append(graph, c->nodes.out.data, c->nodes.out.size);
    TRY(bytes_status(graph));
done:
    bytes_free(&inputs);
    return status;
}

horn_status meta_graph_call(bytes *graph, protobuf_text meta_graph, const tensor_bundle *bundle,
                            const char *where)
{
    calling c = { .where = where,
                  .bundle = bundle,
                  .message = field_of(meta_graph, OBJECTS),
                  .nodes = { .field = TF_IN_GRAPH } };
    horn_status status = c.message.at ? read_objects(&c) : HORN_OK;
    if (!status && c.count) status = put_nodes(&c, graph);
    tf_nodes_free(&c.nodes);
    object_graph_free(&c.keys);
    free(c.key_text);
    free(c.objects);
    return status;
}
