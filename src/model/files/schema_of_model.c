/* Schemas for readers of files, made by asking the layers. */
#include <string.h>
#include "base/status.h"
#include "model/files/flatten.h"
#include "model/files/snapshot_of_model.h"

static horn_status add_some(snapshot_layer *out, const layer *l, range part)
{
    horn_status status = HORN_OK;
    snapshot_tensor *t;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = part.first; i < part.end && !status; i++) {
            const weight *p = &l->weights[i];
            horn_view like = { .dtype = p->is_whole ? HORN_INT64 : HORN_FLOAT32, .rank = p->shape.rank };
            if (p->trainable != (pass == 0)) continue;
            memcpy(like.shape, p->shape.dim, (size_t)like.rank * sizeof *like.shape);
            status = schema_add(out, p->name, &like, &t);
            if (status) break;
            strcpy(t->axes, p->axes);
            t->trainable = p->trainable;
        }
    return status;
}

static horn_status add_own(snapshot_layer *out, const layer *l)
{
    const size_t holders = layer_holder_count(l);
    horn_status status = out->inner_count ? HORN_OK : model_add_holders(out, l);
    if (!holders && !status) status = add_some(out, l, (range){ 0, l->weight_count });
    for (size_t i = 0; i < holders && i < out->inner_count && !status; i++)
        status = add_some(&out->inner[i], l, layer_held_weights(l, i));
    return status;
}

/* `out` has the layers inside it already, as its architecture says, or none. */
static horn_status add_weights(snapshot_layer *out, const layer *l)
{
    if (l->class->holders) return add_own(out, l);
    horn_status status = add_own(out, l);
    const bool has_inner = out->inner_count;
    if (has_inner && out->inner_count != l->inner_count) schema_forget(out);
    for (size_t i = 0; !status && !out->is_unknown && i < l->inner_count; i++) {
        const layer *inner = l->inner[i].layer;
        snapshot_layer *added = &out->inner[i];
        if (!has_inner)
            status = snapshot_add_inner(out, l->inner[i].attribute, inner->class->name, inner->name, &added);
        if (!status) status = add_weights(added, inner);
    }
    return status;
}

horn_status model_describe_weights(snapshot *s, const horn_model *m)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < s->layer_count && !status; i++) {
        const layer *l = i < m->layer_count ? m->layers[i] : NULL;
        if (l && strcmp(l->name, s->layers[i].name) == 0)
            status = add_weights(&s->layers[i], l);
        else
            s->layers[i].is_unknown = true;
    }
    return status;
}

/* If a layer cannot be added, it and the following ones are unknown; building the model reports why. */
static horn_status of_architecture(snapshot **out, const snapshot *architecture)
{
    horn_status status = HORN_OK;
    horn_model *m = NULL;
    snapshot *s = NULL;
    snapshot_layer *added;
    TRY(horn_sequential_new(&m, NULL));
    TRY(snapshot_new(&s));
    if (model_add_layers(m, architecture) == HORN_ERROR_MEMORY) TRY(HORN_ERROR_MEMORY);
    for (size_t i = 0; i < architecture->layer_count; i++) {
        const snapshot_layer *l = &architecture->layers[i];
        if (!layer_class_by_name(l->class_name)) s->unsure = true;
        TRY(snapshot_add_layer(s, l->class_name, l->name, &added));
    }
    TRY(model_describe_weights(s, m));
    if (m->layer_count == s->layer_count && !model_holds_layers(m) && model_is_chain(m))
        TRY(model_try_operations(s, m));
    *out = s;
    s = NULL;
done:
    snapshot_free(s);
    horn_model_free(m);
    return status;
}

schema model_schema(const snapshot *model)
{
    return (schema){ .model = model, .of_architecture = of_architecture };
}

horn_status snapshot_without_values(snapshot **out, const horn_model *m)
{
    horn_status status = HORN_OK;
    snapshot *s = NULL;
    TRY(snapshot_of_model(&s, m, PART_ARCHITECTURE | PART_COMPILE));
    TRY(model_describe_weights(s, m));
    *out = s;
    s = NULL;
done:
    snapshot_free(s);
    return status;
}
