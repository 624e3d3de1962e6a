#include "formats/meta_graph/meta_graph.h"

#include "base/status.h"
#include "formats/graphs/graph.h"
#include "formats/graphs/layers.h"
#include "formats/meta_graph/call.h"
#include "formats/tensorflow/checkpoint.h"

enum { GRAPH = 2, SIGNATURE = 5 };

/* ---- what a meta graph is ---- */

bool meta_graph_begins(const void *data, size_t size)
{
    protobuf_reader r = protobuf_read(data, size);
    protobuf_field f;
    while (protobuf_next(&r, &f) && f.type == PROTOBUF_BYTES) {
        if (f.number == GRAPH) return tf_graph_begins(f.text.at, f.text.size);
        if (f.number != 1) return false;
    }
    return false;
}

/* ---- signatures ---- */

typedef struct signature {
    protobuf_text name, message;
} signature;

/* The name of a map's entry, and its value. */
static signature take_entry(protobuf_reader *r, const protobuf_field *f)
{
    signature s = { .name = { "", 0 }, .message = { "", 0 } };
    protobuf_reader in = protobuf_enter(r, f);
    protobuf_field part;
    while (protobuf_next(&in, &part)) {
        if (part.number == 1) s.name = protobuf_bytes(&in, &part);
        if (part.number == 2) s.message = protobuf_bytes(&in, &part);
    }
    protobuf_leave(r, &in);
    return s;
}

/* The nodes of one side, 1 or 2: how many there are, and the last. False if the message is broken. */
static bool read_side(protobuf_text message, uint32_t side, size_t *count, protobuf_text *node)
{
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f, part;
    *count = 0;
    while (protobuf_next(&r, &f)) {
        if (f.number != side) continue;
        const protobuf_text info = take_entry(&r, &f).message;
        protobuf_reader in = protobuf_read(info.at, info.size);
        while (protobuf_next(&in, &part))
            if (part.number == 1) *node = protobuf_bytes(&in, &part);
        r.failed |= in.failed;
        ++*count;
    }
    return !r.failed;
}

static horn_status read_signature(const signature *s, tf_graph_file *out)
{
    static const char *const sides[] = { "input", "output" };
    protobuf_text *const nodes[] = { &out->input, &out->output };
    for (uint32_t i = 0; i < 2; i++) {
        size_t count;
        if (!read_side(s->message, i + 1, &count, nodes[i]))
            return fail(HORN_ERROR_FORMAT, "%s: the signature '%.*s' is broken", out->where,
                        protobuf_text_shown(s->name), s->name.at);
        if (count != 1)
            return fail(HORN_ERROR_UNSUPPORTED, "%s: the signature '%.*s' has %zu %ss, expected one",
                        out->where, protobuf_text_shown(s->name), s->name.at, count, sides[i]);
        if (!nodes[i]->size)
            return fail(HORN_ERROR_FORMAT, "%s: the signature '%.*s' names no node", out->where,
                        protobuf_text_shown(s->name), s->name.at);
    }
    return HORN_OK;
}

/* Whether it has an input: one that only initializes has none. */
static bool predicts(protobuf_text message)
{
    size_t count;
    protobuf_text node = { "", 0 };
    return read_side(message, 1, &count, &node) && count;
}

/* Finds the graph, and the signature that serves: "serving_default", else the first. */
static horn_status read_parts(protobuf_text message, protobuf_text *graph, signature *found)
{
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f;
    while (protobuf_next(&r, &f)) {
        if (f.number == GRAPH) *graph = protobuf_bytes(&r, &f);
        if (f.number != SIGNATURE) continue;
        const signature s = take_entry(&r, &f);
        if (protobuf_text_is(s.name, "serving_default") || (!found->message.size && predicts(s.message)))
            *found = s;
    }
    return r.failed ? HORN_ERROR_FORMAT : HORN_OK;
}

/* ---- the whole ---- */

static horn_status open_bundle(tensor_bundle **out, const source *checkpoint, size_t *size)
{
    size_t files;
    horn_status status = tensor_bundle_open(out, checkpoint->data, checkpoint->size, checkpoint->path);
    return status ? status : tf_give_shards(*out, checkpoint, size, &files);
}

/* Without a signature the graph gets one: it calls the function of the objects, if there is one. */
static horn_status add_call(tf_graph_file *file, bytes *longer, protobuf_text message)
{
    bytes_append(longer, file->data, file->size);
    horn_status status = bytes_status(longer);
    if (!status) status = meta_graph_call(longer, message, file->bundle, file->where);
    if (status || longer->size == file->size) return status;
    file->data = longer->data;
    file->size = longer->size;
    file->input = (protobuf_text){ META_GRAPH_INPUT, sizeof META_GRAPH_INPUT - 1 };
    file->output = (protobuf_text){ META_GRAPH_OUTPUT, sizeof META_GRAPH_OUTPUT - 1 };
    return HORN_OK;
}

horn_status meta_graph_read(snapshot *out, protobuf_text message, const source *checkpoint, const char *where,
                            bool without_weights)
{
    horn_status status = HORN_OK;
    protobuf_text graph = { "", 0 };
    signature found = { .name = { "", 0 }, .message = { "", 0 } };
    tensor_bundle *bundle = NULL;
    bytes longer = { 0 };
    tf_graph_file file = { .where = where, .without_weights = without_weights };
    if (read_parts(message, &graph, &found))
        TRY(fail(HORN_ERROR_FORMAT, "%s: the graph or its signatures are broken", where));
    if (found.message.size) TRY(read_signature(&found, &file));
    if (checkpoint) TRY(open_bundle(&bundle, checkpoint, &file.bundle_size));
    file.bundle = bundle;
    file.data = graph.at;
    file.size = graph.size;
    if (!found.message.size) TRY(add_call(&file, &longer, message));
    TRY(tf_graph_layers(out, &file));
done:
    bytes_free(&longer);
    tensor_bundle_close(bundle);
    return status;
}
