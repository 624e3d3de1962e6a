#include "snapshot/schema.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

bool schema_fits(const snapshot_layer *layer, const snapshot_layer *expected)
{
    return !expected->is_unknown && layer->tensor_count == expected->tensor_count;
}

void schema_apply_to(snapshot_tensor *t, const snapshot_tensor *expected)
{
    t->trainable = expected->trainable;
    if (strlen(expected->axes) == (size_t)t->rank) strcpy(t->axes, expected->axes);
}

static const snapshot_tensor *find(const snapshot_layer *expected, const char *name)
{
    for (size_t i = 0; name && i < expected->tensor_count; i++)
        if (strcmp(expected->tensors[i].name, name) == 0) return &expected->tensors[i];
    return NULL;
}

static horn_status rename_tensor(snapshot_tensor *t, const char *name)
{
    char *copy = NULL;
    horn_status status = memory_copy_string(&copy, name);
    if (status) return status;
    free(t->name);
    t->name = copy;
    return HORN_OK;
}

horn_status schema_apply(snapshot_layer *layer, const snapshot_layer *expected)
{
    horn_status status = HORN_OK;
    bool by_name = true;
    for (size_t i = 0; i < layer->tensor_count; i++)
        by_name = by_name && find(expected, layer->tensors[i].name);
    for (size_t i = 0; i < layer->tensor_count && !status; i++) {
        snapshot_tensor *t = &layer->tensors[i];
        schema_apply_to(t, by_name ? find(expected, t->name) : &expected->tensors[i]);
        if (!by_name) status = rename_tensor(t, expected->tensors[i].name);
    }
    return status;
}
