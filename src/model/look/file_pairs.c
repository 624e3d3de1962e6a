#include "model/look/file_pairs.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "snapshot/index.h"

void item_list_free(item_list *list)
{
    for (size_t i = 0; i < list->count; i++) free(list->items[i].name);
    free(list->items);
    free(list->sorted);
    *list = (item_list){ 0 };
}

/* ---- names ---- */

static horn_status add_item(item_list *list, bytes *name, const horn_file_tensor *tensor, const void *data,
                            size_t index)
{
    horn_status status = bytes_status(name);
    if (!status) status = memory_grow(&list->items, list->count, &list->capacity, sizeof *list->items);
    if (status) return status;
    item *i = &list->items[list->count];
    *i = (item){ .tensor = *tensor, .data = data, .index = index };
    status = memory_copy_string(&i->name, bytes_text(name));
    list->count += !status;
    i->tensor.name = i->name;
    name->size = 0;
    return status;
}

static horn_status list_stored(item_list *list, const horn_file *f)
{
    horn_status status = HORN_OK;
    bytes name = { 0 };
    for (size_t i = 0; !status && i < f->found.count; i++) {
        bytes_print(&name, "%s", f->tensors[i].name);
        status = add_item(list, &name, &f->tensors[i], NULL, i);
    }
    bytes_free(&name);
    return status;
}

static horn_status add_view(item_list *list, bytes *name, const horn_view *v)
{
    horn_file_tensor t = { .dtype_name = horn_dtype_name(v->dtype),
                           .rank = v->rank,
                           .bytes = horn_view_count(v) * horn_dtype_size(v->dtype),
                           .is_readable = true,
                           .dtype = v->dtype };
    memcpy(t.shape, v->shape, sizeof t.shape);
    return add_item(list, name, &t, v->data, 0);
}

static horn_status list_optimizer(item_list *list, const snapshot *s, bytes *name)
{
    horn_status status = HORN_OK;
    bytes_print(name, "optimizer/iteration");
    TRY(add_view(list, name, &(horn_view){ .data = &s->iteration, .dtype = HORN_INT64 }));
    for (size_t k = 0; k < s->slot_count; k++)
        for (size_t i = 0; i < s->slots[k].tensor_count; i++) {
            horn_view v = snapshot_tensor_view(&s->slots[k].tensors[i]);
            bytes_print(name, "optimizer/%s/%zu", s->slots[k].name, i);
            TRY(add_view(list, name, &v));
        }
done:
    return status;
}

static horn_status list_layer(item_list *list, const snapshot_layer *l, size_t place, bool by_place,
                              bytes *name)
{
    horn_status status = HORN_OK;
    snapshot_index index;
    const snapshot_weight *w;
    TRY(snapshot_index_layer(&index, l));
    for (size_t i = 0; (w = snapshot_weight_at(&index, SNAPSHOT_TRAINED_FIRST, i)); i++) {
        horn_view v = snapshot_tensor_view(w->tensor);
        if (by_place)
            bytes_print(name, "layer %zu/weight %zu", place, i);
        else
            snapshot_path(name, w, &path_slashes);
        TRY(add_view(list, name, &v));
    }
done:
    snapshot_index_free(&index);
    return status;
}

/* Names are "dense/kernel", or, if by_place, "layer 0/kernel". */
static horn_status list_model(item_list *list, const horn_file *f, bool by_place, bool with_optimizer)
{
    horn_status status = HORN_OK;
    const snapshot *s = f->snapshot;
    size_t place = 0;
    bytes name = { 0 };
    for (size_t i = 0; i < s->layer_count; i++) {
        TRY(list_layer(list, &s->layers[i], place, by_place, &name));
        place += snapshot_weight_count(&s->layers[i]) > 0;
    }
    if (with_optimizer) TRY(list_optimizer(list, s, &name));
done:
    bytes_free(&name);
    return status;
}

/* ---- pairs ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(item *const *)a)->name, (*(item *const *)b)->name);
}

static horn_status sort(item_list *list)
{
    horn_status status = memory_new(&list->sorted, list->count, sizeof *list->sorted);
    if (status) return status;
    for (size_t i = 0; i < list->count; i++) list->sorted[i] = &list->items[i];
    qsort(list->sorted, list->count, sizeof *list->sorted, compare_names);
    return HORN_OK;
}

item *item_list_find(const item_list *list, item *like)
{
    item **found = bsearch(&like, list->sorted, list->count, sizeof *list->sorted, compare_names);
    return found ? *found : NULL;
}

enum { BY_NAME, BY_LAYER, BY_PLACE, WAYS };

static horn_status list_way(item_list *list, const horn_file *f, int way, bool with_optimizer)
{
    item_list_free(list);
    list->file = f;
    return way == BY_NAME ? list_stored(list, f) : list_model(list, f, way == BY_PLACE, with_optimizer);
}

static size_t count_pairs(const item_list *first, const item_list *second)
{
    size_t pairs = 0;
    for (size_t i = 0; i < first->count; i++) pairs += item_list_find(second, &first->items[i]) != NULL;
    return pairs;
}

static bool shares_any(const item_list *first, const item_list *second)
{
    for (size_t i = 0; i < first->count; i++)
        if (first->items[i].tensor.rank > 0 && item_list_find(second, &first->items[i])) return true;
    return false;
}

/* Whether both snapshots hold the same parts and left nothing unread, so that they can be compared in place of the files. */
static bool has_same_parts(const horn_file *a, const horn_file *b)
{
    const unsigned parts = PART_WEIGHTS | PART_OPTIMIZER;
    if (a->format != b->format) return true;
    return (a->snapshot->parts & parts) == (b->snapshot->parts & parts) && !a->snapshot->unread &&
           !b->snapshot->unread;
}

/* Chooses the first way by which every tensor has a pair; else the first by which any names, other than the optimizers', are
 * shared; else by the names in the files. */
horn_status file_pair(item_list *first, item_list *second, const char **by, const horn_file *a,
                      const horn_file *b)
{
    static const char *const ways[] = { "name", "layer", "place" };
    static const int order[] = { BY_NAME, BY_LAYER, BY_PLACE, BY_NAME };
    horn_status status = HORN_OK;
    const unsigned both = a->snapshot->parts & b->snapshot->parts;
    for (size_t w = 0, found = false; w < 2 * WAYS + 1 && !found; w++) {
        const int way = order[w % WAYS];
        const bool must_be_whole = w < WAYS;
        if (way != BY_NAME && !(both & PART_WEIGHTS)) continue;
        if (way != BY_NAME && must_be_whole && !has_same_parts(a, b)) continue;
        TRY(list_way(first, a, way, both & PART_OPTIMIZER));
        TRY(list_way(second, b, way, both & PART_OPTIMIZER));
        TRY(sort(second));
        *by = ways[way];
        const bool is_whole = first->count == second->count && count_pairs(first, second) == first->count;
        found = must_be_whole ? is_whole && shares_any(first, second) : shares_any(first, second);
    }
done:
    return status;
}
