#include "formats/tflite/nodes.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

enum { MOST_CODES = 64, MOST_OLD_CODE = 127, ALIGNMENT = 16 };

void tflite_nodes_free(tflite_nodes *n)
{
    for (size_t i = 0; i < n->tensor_count; i++)
        if (n->tensors[i].is_owned) free(n->tensors[i].data);
    for (size_t i = 0; i < n->operator_count; i++) free(n->operators[i].many);
    free(n->tensors);
    free(n->operators);
    graph_names_free(&n->names);
    *n = (tflite_nodes){ 0 };
}

int32_t tflite_nodes_tensor(tflite_nodes *n, const tflite_tensor *added)
{
    if (!n->status)
        n->status = memory_grow(&n->tensors, n->tensor_count, &n->tensor_capacity, sizeof *n->tensors);
    if (n->status) {
        if (added->is_owned) free(added->data);
        return 0;
    }
    n->tensors[n->tensor_count] = *added;
    return (int32_t)n->tensor_count++;
}

void tflite_nodes_operator(tflite_nodes *n, const tflite_operator *added)
{
    if (!n->status)
        n->status =
            memory_grow(&n->operators, n->operator_count, &n->operator_capacity, sizeof *n->operators);
    if (n->status)
        free(added->many);
    else
        n->operators[n->operator_count++] = *added;
}

/* ---- operator codes: each op in each version once ---- */

typedef struct code {
    tflite_op op;
    int version;
} code;

typedef struct codes {
    code at[MOST_CODES];
    size_t count;
} codes;

static size_t find_code(codes *c, const tflite_operator *o)
{
    size_t i = 0;
    while (i < c->count && (c->at[i].op != o->op || c->at[i].version != o->version)) i++;
    if (i == c->count && i < MOST_CODES) c->at[c->count++] = (code){ o->op, o->version };
    return i;
}

static void put_codes(bytes *out, size_t model, const codes *c)
{
    const size_t list = flatbuffers_places(out, c->count);
    flatbuffers_point(out, model, 1, list);
    for (size_t i = 0; i < c->count; i++) {
        const tflite_op op = c->at[i].op;
        const flatbuffers_field fields[] = { { 0, 1,
                                               (uint32_t)op < MOST_OLD_CODE ? (uint32_t)op : MOST_OLD_CODE },
                                             { 2, 4, (uint32_t)c->at[i].version },
                                             { 3, 4, (uint32_t)op } };
        flatbuffers_point_element(out, list, i, flatbuffers_table(out, fields, 3));
    }
}

/* ---- the graph ---- */

/* The axis of samples, and open ones, have this size: 1, or in a signature -1. */
static size_t put_shape(bytes *out, const tflite_tensor *t, int32_t open)
{
    int32_t sizes[HORN_MAX_RANK + 1] = { open };
    const int first = t->is_computed;
    for (int i = 0; i < t->shape.rank; i++)
        sizes[first + i] = t->shape.dim[i] == SHAPE_OPEN ? open : (int32_t)t->shape.dim[i];
    return flatbuffers_vector(out, sizes, (size_t)(first + t->shape.rank), sizeof *sizes, 4);
}

static void put_tensors(bytes *out, size_t graph_at, const tflite_nodes *n)
{
    const size_t list = flatbuffers_places(out, n->tensor_count);
    uint32_t buffer = 1;
    flatbuffers_point(out, graph_at, 0, list);
    for (size_t i = 0; i < n->tensor_count; i++) {
        const tflite_tensor *t = &n->tensors[i];
        const flatbuffers_field fields[] = { { 0, 4, 0 },
                                             { 1, 1, (uint32_t)t->type },
                                             { 2, 4, t->data ? buffer++ : 0 },
                                             { 3, 4, 0 },
                                             { 7, 4, 0 } };
        const size_t table = flatbuffers_table(out, fields, t->is_computed ? 5 : 4);
        flatbuffers_point_element(out, list, i, table);
        flatbuffers_point(out, table, 0, put_shape(out, t, 1));
        flatbuffers_point(out, table, 3, flatbuffers_text(out, t->name));
        if (t->is_computed) flatbuffers_point(out, table, 7, put_shape(out, t, -1));
    }
}

static void put_operators(bytes *out, size_t graph_at, const tflite_nodes *n, codes *c)
{
    const size_t list = flatbuffers_places(out, n->operator_count);
    flatbuffers_point(out, graph_at, 3, list);
    for (size_t i = 0; i < n->operator_count; i++) {
        const tflite_operator *o = &n->operators[i];
        const flatbuffers_field fields[] = { { 0, 4, (uint32_t)find_code(c, o) },
                                             { 1, 4, 0 },
                                             { 2, 4, 0 },
                                             { 3, 1, (uint32_t)o->kind },
                                             { 4, 4, 0 } };
        const size_t table = flatbuffers_table(out, fields, o->kind ? 5 : 3);
        flatbuffers_point_element(out, list, i, table);
        flatbuffers_point(out, table, 1,
                          flatbuffers_vector(out, o->many ? o->many : o->inputs, o->input_count, 4, 4));
        flatbuffers_point(out, table, 2, flatbuffers_vector(out, &o->output, 1, 4, 4));
        if (o->kind) flatbuffers_point(out, table, 4, flatbuffers_table(out, o->options, o->option_count));
    }
}

static void put_graph(bytes *out, size_t model, const tflite_nodes *n, const char *title, int32_t input,
                      int32_t output, codes *c)
{
    static const flatbuffers_field fields[] = {
        { 0, 4, 0 }, { 1, 4, 0 }, { 2, 4, 0 }, { 3, 4, 0 }, { 4, 4, 0 }
    };
    const size_t list = flatbuffers_places(out, 1), table = flatbuffers_table(out, fields, 5);
    flatbuffers_point(out, model, 2, list);
    flatbuffers_point_element(out, list, 0, table);
    flatbuffers_point(out, table, 1, flatbuffers_vector(out, &input, 1, 4, 4));
    flatbuffers_point(out, table, 2, flatbuffers_vector(out, &output, 1, 4, 4));
    flatbuffers_point(out, table, 4, flatbuffers_text(out, title));
    put_tensors(out, table, n);
    put_operators(out, table, n, c);
}

/* ---- the signature, by which interpreters find both ends by name ---- */

static size_t put_end(bytes *out, const char *name, int32_t number)
{
    const size_t list = flatbuffers_places(out, 1),
                 table = flatbuffers_table(
                     out, (const flatbuffers_field[]){ { 0, 4, 0 }, { 1, 4, (uint32_t)number } }, 2);
    flatbuffers_point_element(out, list, 0, table);
    flatbuffers_point(out, table, 0, flatbuffers_text(out, name));
    return list;
}

static void put_signature(bytes *out, size_t model, int32_t input, int32_t output)
{
    static const flatbuffers_field fields[] = { { 0, 4, 0 }, { 1, 4, 0 }, { 2, 4, 0 } };
    const size_t list = flatbuffers_places(out, 1), table = flatbuffers_table(out, fields, 3);
    flatbuffers_point(out, model, 7, list);
    flatbuffers_point_element(out, list, 0, table);
    flatbuffers_point(out, table, 0, put_end(out, "input", input));
    flatbuffers_point(out, table, 1, put_end(out, "output", output));
    flatbuffers_point(out, table, 2, flatbuffers_text(out, "serving_default"));
}

/* ---- the file ---- */

static void put_buffers(bytes *out, size_t model, const tflite_nodes *n)
{
    size_t count = 1, at = 1;
    for (size_t i = 0; i < n->tensor_count; i++) count += n->tensors[i].data != NULL;
    const size_t list = flatbuffers_places(out, count);
    flatbuffers_point(out, model, 4, list);
    flatbuffers_point_element(out, list, 0, flatbuffers_table(out, NULL, 0));
    for (size_t i = 0; i < n->tensor_count; i++) {
        const tflite_tensor *t = &n->tensors[i];
        if (!t->data) continue;
        const size_t table = flatbuffers_table(out, (const flatbuffers_field[]){ { 0, 4, 0 } }, 1);
        flatbuffers_point_element(out, list, at++, table);
        flatbuffers_point(out, table, 0, flatbuffers_vector(out, t->data, t->size, 1, ALIGNMENT));
    }
}

horn_status tflite_nodes_write(bytes *out, const tflite_nodes *n, const char *title, int32_t input,
                               int32_t output)
{
    static const flatbuffers_field fields[] = {
        { 0, 4, TFLITE_VERSION }, { 1, 4, 0 }, { 2, 4, 0 }, { 3, 4, 0 }, { 4, 4, 0 }, { 7, 4, 0 }
    };
    codes c = { .count = 0 };
    flatbuffers_begin(out, TFLITE_IDENTIFIER);
    const size_t model = flatbuffers_table(out, fields, 6);
    put_graph(out, model, n, title, input, output, &c);
    put_codes(out, model, &c);
    flatbuffers_point(out, model, 3, flatbuffers_text(out, "Horn"));
    put_signature(out, model, input, output);
    put_buffers(out, model, n);
    return bytes_status(out);
}
