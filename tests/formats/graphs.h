/* What the tests of TensorFlow's graphs share: a small model's snapshot, and a graph taken apart into nodes. */
#ifndef TESTS_FORMATS_GRAPHS_H
#define TESTS_FORMATS_GRAPHS_H

#include <horn/model.h>
#include "codecs/protobuf.h"
#include "formats/files.h"
#include "model/files/snapshot_of_model.h"
#include "snapshot/graph.h"

static inline snapshot *snapshot_of_layers(horn_layer *const *layers, size_t count, unsigned parts)
{
    horn_model *m = NULL;
    snapshot *s = NULL;
    ck_ok(horn_sequential_new(&m, NULL));
    for (size_t i = 0; i < count; i++) ck_ok(horn_model_add(m, layers[i]));
    if (parts & PART_COMPILE)
        ck_ok(horn_model_compile(m, &(horn_compile_options){ .optimizer = horn_adam(NULL),
                                                             .loss = horn_categorical_crossentropy(NULL) }));
    ck_ok(model_build(m));
    ck_ok(snapshot_of_model(&s, m, parts));
    ck_ok(snapshot_check(s, "snapshot"));
    horn_model_free(m);
    return s;
}

typedef struct found_node {
    protobuf_text name, op, inputs[8], tensor; /* the first inputs; tensor: a Const's bytes */
    size_t input_count;
} found_node;

static inline protobuf_text field_in(protobuf_text message, uint32_t number)
{
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f;
    protobuf_text found = { NULL, 0 };
    while (protobuf_next(&r, &f))
        if (f.number == number) found = f.text;
    ck_assert(!r.failed);
    return found;
}

static inline found_node node_in(protobuf_text message)
{
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f;
    found_node n = { 0 };
    while (protobuf_next(&r, &f)) {
        if (f.number == 1) n.name = f.text;
        if (f.number == 2) n.op = f.text;
        if (f.number == 3 && n.input_count++ < 8) n.inputs[n.input_count - 1] = f.text;
        if (f.number == 5 && protobuf_text_is(field_in(f.text, 1), "value"))
            n.tensor = field_in(field_in(field_in(f.text, 2), 8), 4);
    }
    ck_assert(!r.failed);
    return n;
}

/* The nodes of a GraphDef (field 1) or of a function (field 3): how many. */
static inline size_t nodes_in(protobuf_text message, uint32_t field, found_node *out, size_t most)
{
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f;
    size_t count = 0;
    while (protobuf_next(&r, &f)) {
        if (f.number != field) continue;
        ck_assert_uint_lt(count, most);
        out[count++] = node_in(f.text);
    }
    ck_assert(!r.failed);
    return count;
}

#endif
