/* The file NAME.meta beside the checkpoint NAME. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/format.h"
#include "formats/meta_graph/meta_graph.h"
#include "formats/tensorflow/checkpoint.h"

static const char suffix[] = ".meta";

static bool recognizes(const source *from)
{
    return !from->files && meta_graph_begins(from->data, from->size);
}

/* Opens the checkpoint whose name is that of the file without its suffix. */
static horn_status open_checkpoint(source *out, const source *from)
{
    const size_t size = strlen(from->path), length = sizeof suffix - 1;
    char *name;
    if (size <= length || strcmp(from->path + size - length, suffix) != 0)
        return fail(HORN_ERROR_ARGUMENT,
                    "%s: is the graph of a checkpoint, expected the name NAME%s beside NAME%s", from->path,
                    suffix, tf_files.main);
    horn_status status = memory_copy_text(&name, from->path, size - length);
    if (status) return status;
    const source beside = { .path = name, .pending = from->pending };
    status = source_open_inside(out, &beside, "", &tf_files);
    free(name);
    return status;
}

static horn_status read(snapshot *out, const source *from, const format_options *options, const schema *known)
{
    (void)known;
    const bool without_weights = options && options->leave_out & PART_WEIGHTS;
    const protobuf_text message = { (const char *)from->data, from->size };
    source checkpoint = { 0 };
    horn_status status = without_weights ? HORN_OK : open_checkpoint(&checkpoint, from);
    if (!status)
        status =
            meta_graph_read(out, message, without_weights ? NULL : &checkpoint, from->path, without_weights);
    source_close(&checkpoint);
    return status;
}

/* Its lengths, of the messages down to the graph's nodes. */
static horn_status verify(const source *from, bytes *report)
{
    protobuf_reader r = protobuf_read(from->data, from->size);
    protobuf_field f, node;
    while (protobuf_next(&r, &f)) {
        if (f.number != 2) continue;
        protobuf_reader in = protobuf_enter(&r, &f);
        while (protobuf_next(&in, &node))
            if (node.number == 1) (void)protobuf_bytes(&in, &node);
        protobuf_leave(&r, &in);
    }
    if (r.failed)
        return fail(HORN_ERROR_FORMAT, "%s: is broken: no message that ends where it should", from->path);
    bytes_print(report, "the lengths in the graph, which carries no checksum");
    return HORN_OK;
}

static horn_status list(contents *out, const source *from)
{
    source checkpoint = { 0 };
    horn_status status = open_checkpoint(&checkpoint, from);
    return status ? status : tf_list_inside(out, from, &checkpoint, verify);
}

static const char *const suffixes[] = { NULL };

const format meta_graph_format = {
    .name = "meta-graph",
    .suffixes = suffixes,
    .reads = PART_ARCHITECTURE | PART_WEIGHTS,
    .inference_alone = true,
    .recognizes = recognizes,
    .read = read,
    .list = list,
};
