#include "model/look/file_layouts.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/torch/state.h"
#include "model/files/snapshot_of_model.h"

static const torch_place matrix = { .axes = 2, .order = { 1, 0 } },
                         kernel = { .axes = 4, .order = { 3, 2, 0, 1 } };

static horn_status turn_tensor(snapshot_tensor *t)
{
    void *turned = NULL;
    torch_place place = t->rank == 2 ? matrix : kernel;
    const size_t size = horn_dtype_size(t->dtype);
    if (t->rank != 2 && t->rank != 4) return HORN_OK;
    horn_status status = memory_new_aligned(&turned, snapshot_tensor_bytes(t), 1);
    if (status) return status;
    for (int i = 0; i < t->rank; i++) place.split[place.order[i]] = t->shape[i];
    torch_place_from(&place, size, t->data, turned);
    memcpy(t->shape, place.split, (size_t)t->rank * sizeof *t->shape);
    free(t->data);
    t->data = turned;
    return HORN_OK;
}

static horn_status turn_layer(snapshot_layer *l)
{
    horn_status status = HORN_OK;
    size_t kept = 0;
    for (size_t i = 0; !status && i < l->tensor_count; i++) {
        snapshot_tensor *t = &l->tensors[i];
        if (t->name && torch_is_counter(t->name)) {
            free(t->name);
            free(t->data);
            continue;
        }
        if (kept != i) l->tensors[kept] = *t;
        status = turn_tensor(&l->tensors[kept++]);
    }
    l->tensor_count = kept;
    return status;
}

static horn_status turn_all(snapshot *s)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < s->layer_count; i++) status = turn_layer(&s->layers[i]);
    return status;
}

/* A file without an architecture that is of PyTorch's layouts, or of others. */
static bool is_such(const horn_file *f, bool torch)
{
    return f->snapshot->parts & PART_WEIGHTS && !(f->snapshot->parts & PART_ARCHITECTURE) &&
           f->snapshot->torch_layouts == torch;
}

horn_status file_layouts_turn(horn_file **out, const horn_file *f, const horn_file *other)
{
    horn_status status = HORN_OK;
    horn_file *again = NULL;
    const schema known = model_schema(NULL);
    *out = NULL;
    if (!is_such(f, true) || !is_such(other, false)) return HORN_OK;
    TRY(file_read_again(&again, f, &known));
    TRY(turn_all(again->snapshot));
    *out = again;
    again = NULL;
done:
    file_again_free(again);
    return status;
}
