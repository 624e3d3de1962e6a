/* What files do not tell of layers of a user's own, their classes do. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "layers/custom/custom_layer.h"
#include "model/files/snapshot_of_model.h"

/* Whether some of the layers are of a user's own; unsure where a class is not known at all. */
static bool has_own_layers(snapshot *s)
{
    bool has = false;
    for (size_t i = 0; i < s->layer_count; i++) {
        const char *class_name = s->layers[i].class_name;
        if (class_name && custom_layer_class(class_name)) has = true;
        if (class_name && !layer_class_by_name(class_name)) s->unsure = true;
    }
    return has;
}

/* By name, or, where the file only counts its weights, by place: those that train come first. */
static const weight *find_weight(const layer *l, const char *name, size_t place)
{
    for (size_t p = 0; p < l->weight_count; p++)
        if (strcmp(l->weights[p].name, name) == 0) return &l->weights[p];
    for (int pass = 0; pass < 2; pass++)
        for (size_t p = 0; p < l->weight_count; p++)
            if (l->weights[p].trainable == (pass == 0) && place-- == 0) return &l->weights[p];
    return NULL;
}

/* A number for a name becomes the name. */
static horn_status mark(snapshot_tensor *t, const layer *l, size_t place)
{
    const weight *p = find_weight(l, t->name, place);
    char *name = NULL;
    if (!p) return HORN_OK;
    t->trainable = p->trainable;
    if (!isdigit((unsigned char)*t->name)) return HORN_OK;
    horn_status status = memory_copy_string(&name, p->name);
    if (status) return status;
    free(t->name);
    t->name = name;
    return HORN_OK;
}

horn_status model_mark_weights(snapshot *s)
{
    horn_status status = HORN_OK;
    horn_model *m = NULL;
    if (!has_own_layers(s) || s->unsure) return HORN_OK;
    TRY(horn_sequential_new(&m, NULL));
    TRY(model_add_layers(m, s));
    for (size_t i = 0; i < s->layer_count; i++) {
        snapshot_layer *from = &s->layers[i];
        const layer *l = m->layers[i];
        if (!custom_layer_class(l->class->name) || from->tensor_count != (size_t)l->weight_count) continue;
        for (size_t k = 0; k < from->tensor_count; k++) TRY(mark(&from->tensors[k], l, k));
    }
done:
    horn_model_free(m);
    return status == HORN_ERROR_MEMORY ? status
                                       : HORN_OK; /* whoever needs the model will say what is wrong with it */
}
