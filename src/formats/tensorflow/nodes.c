#include "formats/tensorflow/nodes.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

void tf_nodes_free(tf_nodes *n)
{
    for (size_t i = 0; i < n->count; i++) free(n->names[i]);
    free(n->names);
    bytes_free(&n->out);
    bytes_free(&n->node);
    bytes_free(&n->value);
    bytes_free(&n->part);
    *n = (tf_nodes){ 0 };
}

horn_status tf_nodes_status(const tf_nodes *n)
{
    horn_status status = n->status;
    if (!status) status = bytes_status(&n->out);
    if (!status) status = bytes_status(&n->node);
    return status ? status : bytes_status(&n->value);
}

/* ---- names ---- */

/* Letters, digits and _ . - / alone, and a letter, digit or . in front. */
static void put_clean(bytes *out, const char *name)
{
    for (; *name; name++) {
        const unsigned char c = (unsigned char)*name;
        const bool fits = c < 128 && (isalnum(c) || c == '.' || (out->size && strchr("_-/", c)));
        bytes_print(out, "%c", fits ? c : out->size ? '_' : '.');
    }
}

static bool is_taken(const tf_nodes *n, const char *name)
{
    for (size_t i = 0; i < n->count; i++)
        if (strcmp(n->names[i], name) == 0) return true;
    return false;
}

/* Takes the text, which stays for as long as the nodes do. */
static const char *keep(tf_nodes *n, bytes *text)
{
    horn_status status = n->status;
    if (!status) status = bytes_status(text);
    if (!status) status = memory_grow(&n->names, n->count, &n->capacity, sizeof *n->names);
    if (!status) status = memory_copy_text(&n->names[n->count], (const char *)text->data, text->size);
    if (!status) n->count++;
    bytes_free(text);
    n->status = status;
    return status ? "" : n->names[n->count - 1];
}

const char *tf_nodes_reference(tf_nodes *n, const char *name, const char *argument)
{
    bytes text = { 0 };
    if (n->field == TF_IN_GRAPH) return name;
    bytes_print(&text, "%s:%s:0", name, argument);
    return keep(n, &text);
}

/* The first number that may be free behind the name. */
static unsigned *next_number(tf_nodes *n, const char *name)
{
    enum { KNOWN = sizeof n->next / sizeof *n->next };
    const size_t length = strlen(name) < sizeof n->next->name ? strlen(name) : sizeof n->next->name - 1;
    for (size_t i = 0; i < n->next_count; i++)
        if (strlen(n->next[i].name) == length && memcmp(n->next[i].name, name, length) == 0)
            return &n->next[i].number;
    if (n->next_count == KNOWN) n->next_count = 0;
    memcpy(n->next[n->next_count].name, name, length);
    n->next[n->next_count].name[length] = 0;
    n->next[n->next_count].number = 1;
    return &n->next[n->next_count++].number;
}

const char *tf_nodes_name(tf_nodes *n, const char *layer, const char *what)
{
    bytes name = { 0 };
    if (layer) put_clean(&name, layer);
    if (layer && what) bytes_print(&name, "/");
    if (what) put_clean(&name, what);
    size_t size = name.size;
    unsigned *next =
        bytes_text(&name) && is_taken(n, bytes_text(&name)) ? next_number(n, bytes_text(&name)) : NULL;
    while (next && bytes_text(&name) && is_taken(n, bytes_text(&name))) {
        name.size = size;
        bytes_print(&name, "_%u", (*next)++);
    }
    return keep(n, &name);
}

/* ---- nodes ---- */

void tf_node_begin(tf_nodes *n, const char *name, const char *op)
{
    n->node.size = 0;
    protobuf_put_text(&n->node, 1, name);
    protobuf_put_text(&n->node, 2, op);
}

void tf_node_input(tf_nodes *n, const char *reference)
{
    protobuf_put_text(&n->node, 3, reference);
}

/* What stands in `value` is the attribute's. */
static void put_attribute(tf_nodes *n, const char *key)
{
    protobuf_put_text(&n->part, 1, key);
    protobuf_put_message(&n->part, 2, &n->value);
    protobuf_put_message(&n->node, 5, &n->part);
}

void tf_node_text(tf_nodes *n, const char *key, const char *text)
{
    protobuf_put_text(&n->value, 2, text);
    put_attribute(n, key);
}

void tf_node_number(tf_nodes *n, const char *key, float number)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    protobuf_put_fixed32(&n->value, 4, bits);
    put_attribute(n, key);
}

void tf_node_integer(tf_nodes *n, const char *key, int64_t value)
{
    protobuf_put_integer(&n->value, 3, (uint64_t)value);
    put_attribute(n, key);
}

void tf_node_boolean(tf_nodes *n, const char *key, bool value)
{
    protobuf_put_integer(&n->value, 5, value);
    put_attribute(n, key);
}

void tf_node_type(tf_nodes *n, const char *key, int type)
{
    protobuf_put_integer(&n->value, 6, (uint64_t)type);
    put_attribute(n, key);
}

/* A list, packed in `part`. */
static void put_list(tf_nodes *n, const char *key, uint32_t number)
{
    bytes list = { 0 };
    if (n->part.size) protobuf_put_message(&list, number, &n->part);
    protobuf_put_message(&n->value, 1, &list);
    put_attribute(n, key);
}

void tf_node_types(tf_nodes *n, const char *key, const int *types, size_t count)
{
    for (size_t i = 0; i < count; i++) varint_append(&n->part, (uint64_t)types[i]);
    put_list(n, key, 6);
}

void tf_node_integers(tf_nodes *n, const char *key, const size_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++) varint_append(&n->part, values[i]);
    put_list(n, key, 3);
}

void tf_node_function(tf_nodes *n, const char *key, const char *name)
{
    protobuf_put_text(&n->part, 1, name);
    protobuf_put_message(&n->value, 10, &n->part);
    put_attribute(n, key);
}

void tf_node_shape(tf_nodes *n, const char *key, const size_t *sizes, int rank, bool batch)
{
    tf_put_shape(&n->value, 7, sizes, rank, batch);
    put_attribute(n, key);
}

void tf_node_tensor(tf_nodes *n, const horn_view *v)
{
    bytes tensor = { 0 };
    protobuf_put_integer(&tensor, 1, (uint64_t)tf_type_of(v->dtype));
    tf_put_shape(&tensor, 2, v->shape, v->rank, false);
    protobuf_put_bytes(&tensor, 4, v->data, horn_view_count(v) * horn_dtype_size(v->dtype));
    protobuf_put_message(&n->value, 8, &tensor);
    put_attribute(n, "value");
}

void tf_node_texts(tf_nodes *n, const char *const *texts, size_t count)
{
    bytes tensor = { 0 };
    protobuf_put_integer(&tensor, 1, TF_STRING);
    tf_put_shape(&tensor, 2, &count, 1, false);
    for (size_t i = 0; i < count; i++) protobuf_put_text(&tensor, 8, texts ? texts[i] : "");
    protobuf_put_message(&n->value, 8, &tensor);
    put_attribute(n, "value");
}

void tf_node_end(tf_nodes *n)
{
    protobuf_put_message(&n->out, n->field, &n->node);
}

/* ---- parts ---- */

int tf_type_of(horn_dtype dtype)
{
    return dtype == HORN_FLOAT32 ? TF_FLOAT
           : dtype == HORN_INT32 ? TF_INT32
           : dtype == HORN_INT64 ? TF_INT64
                                 : 0;
}

void tf_put_shape(bytes *out, uint32_t number, const size_t *sizes, int rank, bool batch)
{
    bytes all = { 0 }, one = { 0 };
    for (int i = batch ? -1 : 0; i < rank; i++) {
        if (i < 0 || (batch && !sizes[i]))
            protobuf_put_integer(&one, 1, UINT64_MAX);
        else if (sizes[i])
            protobuf_put_integer(&one, 1, sizes[i]);
        protobuf_put_message(&all, 2, &one);
    }
    protobuf_put_message(out, number, &all);
}
