/* Lists a SavedModel: the tensors of its checkpoint. Its other files are messages without a checksum, so only their structure can
 * be verified. */
#include <stdlib.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/saved_model/saved_model.h"
#include "formats/tensorflow/checkpoint.h"

/* ---- messages ---- */

/* Fields that are messages; the last has number 0. */
typedef struct place {
    uint32_t number;
    const struct place *inside;
} place;

static const place leaf[] = { { 0, NULL } };
static const place function[] = { { 1, leaf }, { 3, leaf }, { 0, NULL } };
static const place library[] = { { 1, function }, { 0, NULL } };
static const place graph_def[] = { { 1, leaf }, { 2, library }, { 0, NULL } };
static const place objects[] = { { 1, leaf }, { 0, NULL } };
static const place meta_graph[] = { { 1, leaf }, { 2, graph_def }, { 3, leaf }, { 7, objects }, { 0, NULL } };
static const place graph_file[] = { { 2, meta_graph }, { 0, NULL } };
static const place metadata[] = { { 1, leaf }, { 0, NULL } };

static void walk(protobuf_reader *r, const place *known)
{
    protobuf_field field;
    while (protobuf_next(r, &field))
        for (const place *p = known; p->number; p++) {
            if (field.number != p->number) continue;
            protobuf_reader inner = protobuf_enter(r, &field);
            walk(&inner, p->inside);
            protobuf_leave(r, &inner);
        }
}

static horn_status check_message(const source *from, const void *data, size_t size, const char *file,
                                 const place *known)
{
    protobuf_reader r = protobuf_read(data, size);
    walk(&r, known);
    return r.failed ? fail(HORN_ERROR_FORMAT, "%s%s: is broken: no message that ends where it should",
                           from->path, file)
                    : HORN_OK;
}

#define METADATA "/keras_metadata.pb"

static horn_status check_metadata(const source *from)
{
    bytes content = { 0 };
    horn_status status = source_read(from, METADATA, &content);
    if (!status) status = check_message(from, content.data, content.size, METADATA, metadata);
    bytes_free(&content);
    return status;
}

static horn_status verify(const source *from, bytes *report)
{
    horn_status status = HORN_OK;
    bool has_metadata;
    TRY(source_has(&has_metadata, from, METADATA));
    TRY(check_message(from, from->data, from->size, "/saved_model.pb", graph_file));
    if (has_metadata) TRY(check_metadata(from));
    bytes_print(report, "the lengths in saved_model.pb%s, which %s no checksum",
                has_metadata ? " and keras_metadata.pb" : "", has_metadata ? "carry" : "carries");
done:
    return status;
}

/* ---- who wrote it ---- */

/* Reads the producer's version from the first graph; Horn writes none. */
static horn_status name_producer(contents *out, const source *from)
{
    const protobuf_text file = { (const char *)from->data, from->size },
                        version = saved_model_field(saved_model_field(saved_model_field(file, 2), 1), 5);
    bytes text = { 0 };
    if (!version.size) return HORN_OK;
    bytes_print(&text, "TensorFlow %.*s", (int)(version.size < 40 ? version.size : 40), version.at);
    horn_status status = bytes_status(&text);
    if (!status) status = memory_copy_string(&out->producer, bytes_text(&text));
    bytes_free(&text);
    return status;
}

/* A graph may be without variables. */
horn_status saved_model_list(contents *out, const source *from)
{
    horn_status status = HORN_OK;
    source variables = { 0 };
    bool has_variables;
    TRY(name_producer(out, from));
    TRY(source_has(&has_variables, from, SAVED_MODEL_VARIABLES ".index"));
    if (has_variables) TRY(source_open_inside(&variables, from, SAVED_MODEL_VARIABLES, &tf_files));
    TRY(tf_list_inside(out, from, &variables, verify));
done:
    return status;
}
