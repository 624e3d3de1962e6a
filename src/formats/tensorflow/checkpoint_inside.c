/* Lists a checkpoint that belongs to another file: of a SavedModel, of a .meta. */
#include <stdlib.h>
#include "base/memory.h"
#include "formats/tensorflow/checkpoint.h"

typedef struct opened {
    const source *from;
    source variables;
    tf_verifier *verify;
    /* Of the checkpoint, without its tensors, which the caller has. */
    contents inside;
} opened;

static void close_both(void *owner)
{
    opened *o = owner;
    contents_free(&o->inside);
    source_close(&o->variables);
    free(o);
}

/* The checkpoint's contents with the caller's tensors; borrowed. */
static contents inside_of(const contents *c)
{
    contents inside = ((const opened *)c->owner)->inside;
    inside.tensors = c->tensors;
    inside.count = c->count;
    return inside;
}

static horn_status read_values(const contents *c, size_t index, void *data, size_t size)
{
    const contents inside = inside_of(c);
    return inside.read(&inside, index, data, size);
}

static horn_status verify(const contents *c, bytes *report)
{
    const opened *o = c->owner;
    const contents inside = inside_of(c);
    bytes own = { 0 };
    horn_status status = o->verify(o->from, &own);
    if (!status && inside.verify) status = inside.verify(&inside, report);
    if (!status) bytes_print(report, "%s", inside.verify ? "; " : "");
    if (!status) bytes_append(report, own.data, own.size);
    bytes_free(&own);
    return status;
}

horn_status tf_list_inside(contents *out, const source *from, source *variables, tf_verifier *verifies)
{
    opened *o = NULL;
    horn_status status = memory_new(&o, 1, sizeof *o);
    if (status) {
        source_close(variables);
        return status;
    }
    *o = (opened){ .from = from, .variables = *variables, .verify = verifies };
    *variables = (source){ 0 };
    out->owner = o;
    out->close = close_both;
    out->read = read_values;
    out->verify = verify;
    if (!o->variables.data) return HORN_OK;
    status = tf_list(&o->inside, &o->variables);
    if (status) return status;
    out->tensors = o->inside.tensors;
    out->count = o->inside.count;
    o->inside.tensors = NULL;
    o->inside.count = 0;
    return HORN_OK;
}
