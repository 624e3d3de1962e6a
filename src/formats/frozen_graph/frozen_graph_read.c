#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/frozen_graph/frozen_graph.h"
#include "formats/graphs/graph.h"
#include "formats/graphs/layers.h"
#include "formats/tensorflow/tensor.h"

bool frozen_graph_recognizes(const source *from)
{
    return !from->files && tf_graph_begins(from->data, from->size);
}

horn_status frozen_graph_read(snapshot *out, const source *from, const format_options *options,
                              const schema *known)
{
    (void)known;
    return tf_graph_layers(
        out, &(tf_graph_file){ .data = from->data,
                               .size = from->size,
                               .where = from->path,
                               .without_weights = options && options->leave_out & PART_WEIGHTS });
}

/* ---- what stands in it ---- */

typedef struct opened {
    tf_graph g;
    tf_tensor *tensors; /* of the listed nodes */
    size_t count, capacity;
} opened;

static void close_graph(void *owner)
{
    opened *o = owner;
    tf_graph_free(&o->g);
    free(o->tensors);
    free(o);
}

static horn_status read_values(const contents *c, size_t index, void *data, size_t size)
{
    const tf_tensor *t = &((const opened *)c->owner)->tensors[index];
    horn_status status = contents_check_size(c, index, t->count * horn_dtype_size(t->dtype), size);
    if (!status && data) tf_tensor_copy(t, data);
    return status;
}

static horn_status verify(const contents *c, bytes *report)
{
    const opened *o = c->owner;
    bytes_print(report,
                "%zu nodes, their names and inputs, and the sizes of %zu constants; it carries no checksum",
                o->g.count, c->count);
    return HORN_OK;
}

static horn_status add_constant(contents *out, opened *o, size_t node)
{
    horn_status status = HORN_OK;
    protobuf_text message = { "", 0 };
    contents_tensor *t;
    tf_tensor found;
    TRY(tf_graph_tensor(&o->g, node, "value", &message));
    if ((status = tf_tensor_read(&found, message))) return tf_graph_fail_in(&o->g, node, status);
    TRY(memory_grow(&o->tensors, o->count, &o->capacity, sizeof *o->tensors));
    TRY(contents_add(out, &t));
    o->tensors[o->count++] = found;
    TRY(memory_copy_text(&t->name, o->g.nodes[node].name.at, o->g.nodes[node].name.size));
    strcpy(t->dtype, tf_type_name(found.type));
    t->rank = found.rank;
    memcpy(t->shape, found.shape, sizeof t->shape);
    t->is_readable = found.is_readable && (!found.repeats || found.count <= TF_GRAPH_EXPANSION / 8);
    t->as = found.dtype;
    t->is_own =
        !found.is_readable || found.dtype != HORN_FLOAT32 || found.rank == 0; /* shapes, axes, an epsilon */
    t->size = t->is_readable ? found.count * horn_dtype_size(found.dtype) : found.stored;
done:
    return status;
}

horn_status frozen_graph_list(contents *out, const source *from)
{
    horn_status status = HORN_OK;
    opened *o = NULL;
    TRY(memory_new(&o, 1, sizeof *o));
    out->owner = o;
    out->close = close_graph;
    out->read = read_values;
    out->verify = verify;
    TRY(tf_graph_read(&o->g, from->data, from->size, from->path));
    for (size_t i = 0; i < o->g.count; i++)
        if (tf_graph_is(&o->g.nodes[i], "Const")) TRY(add_constant(out, o, i));
done:
    return status;
}
