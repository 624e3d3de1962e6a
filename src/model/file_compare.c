/* How far the tensors of two files are apart. */
#include "model/file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras_architecture.h"

_Static_assert((int)HORN_PART_ARCHITECTURE == PART_ARCHITECTURE && (int)HORN_PART_WEIGHTS == PART_WEIGHTS &&
                   (int)HORN_PART_COMPILE == PART_TRAINING && (int)HORN_PART_OPTIMIZER == PART_OPTIMIZER &&
                   (int)HORN_PART_PROGRESS == PART_PROGRESS,
               "parts of files are those of snapshots");

/* A tensor under the name by which it is paired: of the file as it is, or of its model. */
typedef struct item {
    char *name; /* owned by the comparison that takes it, or freed with the list */
    horn_file_tensor tensor;
    const void *data; /* NULL: read from the file, by its index */
    size_t index;
    bool taken;
} item;

typedef struct item_list {
    const horn_file *file;
    item *items;
    size_t count, capacity;
    item **sorted;
} item_list;

typedef struct comparison {
    horn_file_comparison base; /* first member: what the caller sees */
    item_list first, second;   /* own the names */
} comparison;

static void free_list(item_list *list)
{
    for (size_t i = 0; i < list->count; i++) free(list->items[i].name);
    free(list->items);
    free(list->sorted);
    *list = (item_list){ 0 };
}

void horn_file_comparison_free(horn_file_comparison *base)
{
    comparison *c = (comparison *)base;
    if (!c) return;
    free_list(&c->first);
    free_list(&c->second);
    free(c->base.tensors);
    free(c);
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

/* "dense/kernel", or where places count "layer 0/kernel". */
static horn_status list_model(item_list *list, const horn_file *f, bool by_place, bool with_optimizer)
{
    horn_status status = HORN_OK;
    const snapshot *s = f->picture;
    size_t place = 0;
    bytes name = { 0 };
    for (size_t i = 0; i < s->layer_count; i++) {
        const snapshot_layer *l = &s->layers[i];
        for (size_t k = 0; k < l->tensor_count; k++) {
            horn_view v = snapshot_tensor_view(&l->tensors[k]);
            if (by_place)
                bytes_print(&name, "layer %zu/weight %zu", place, k);
            else
                bytes_print(&name, "%s/%s", l->name ? l->name : "", l->tensors[k].name);
            TRY(add_view(list, &name, &v));
        }
        place += l->tensor_count > 0;
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

static item *find(const item_list *list, item *like)
{
    item **found = bsearch(&like, list->sorted, list->count, sizeof *list->sorted, compare_names);
    return found ? *found : NULL;
}

enum { BY_NAME, BY_LAYER, BY_PLACE, WAYS };

static horn_status list_way(item_list *list, const horn_file *f, int way, bool with_optimizer)
{
    free_list(list);
    list->file = f;
    return way == BY_NAME ? list_stored(list, f) : list_model(list, f, way == BY_PLACE, with_optimizer);
}

/* The first way in which any names are shared but the optimizers'; where none does, by the files' names. */
static horn_status pair(comparison *c, const horn_file *a, const horn_file *b)
{
    static const char *const by[] = { "name", "layer", "place" };
    static const int order[] = { BY_NAME, BY_LAYER, BY_PLACE, BY_NAME };
    horn_status status = HORN_OK;
    unsigned both = a->picture->parts & b->picture->parts;
    bool shared = false;
    for (size_t w = 0; w <= WAYS && !shared; w++) {
        int way = order[w];
        if (way != BY_NAME && !(both & PART_WEIGHTS)) continue;
        TRY(list_way(&c->first, a, way, both & PART_OPTIMIZER));
        TRY(list_way(&c->second, b, way, both & PART_OPTIMIZER));
        TRY(sort(&c->second));
        c->base.by = by[way];
        for (size_t i = 0; i < c->first.count && !shared; i++)
            shared = c->first.items[i].tensor.rank > 0 && find(&c->second, &c->first.items[i]);
    }
done:
    return status;
}

/* ---- values ---- */

static double value_at(horn_dtype dtype, const void *data, size_t i)
{
    switch (dtype) {
    case HORN_FLOAT32:
        return ((const float *)data)[i];
    case HORN_FLOAT64:
        return ((const double *)data)[i];
    case HORN_INT8:
        return ((const int8_t *)data)[i];
    case HORN_INT16:
        return ((const int16_t *)data)[i];
    case HORN_INT32:
        return ((const int32_t *)data)[i];
    case HORN_UINT8:
    case HORN_BOOL:
        return ((const uint8_t *)data)[i];
    case HORN_UINT16:
        return ((const uint16_t *)data)[i];
    case HORN_UINT32:
        return ((const uint32_t *)data)[i];
    case HORN_INT64:
    case HORN_UINT64:
        break;
    }
    return 0;
}

/* Of 64 bits a double does not hold all: the difference is taken first. */
static double apart(horn_dtype dtype, const void *a, const void *b, size_t i)
{
    if (dtype == HORN_INT64 || dtype == HORN_UINT64) {
        uint64_t x = ((const uint64_t *)a)[i], y = ((const uint64_t *)b)[i];
        bool less = dtype == HORN_INT64 ? (int64_t)x < (int64_t)y : x < y;
        return (double)(less ? y - x : x - y);
    }
    double x = value_at(dtype, a, i), y = value_at(dtype, b, i);
    return x == y || (isnan(x) && isnan(y)) ? 0 : fabs(x - y);
}

/* NaN wins over everything. */
static double greater(double a, double b)
{
    return isnan(a) || a > b ? a : b; /* isnan(b): a > b is false */
}

static bool same_shape(const horn_file_tensor *a, const horn_file_tensor *b)
{
    return a->rank == b->rank && strcmp(a->dtype_name, b->dtype_name) == 0 &&
           a->is_readable == b->is_readable &&
           memcmp(a->shape, b->shape, (size_t)(a->rank > 0 ? a->rank : 0) * sizeof *a->shape) == 0;
}

/* Values as they are read: their size in memory, and in *owned what is to be freed. */
static horn_status get_data(const item_list *list, const item *i, size_t size, void **owned, const void **out)
{
    *out = i->data;
    if (i->data) return HORN_OK;
    horn_status status = memory_new(owned, size + 1, 1);
    if (!status) status = list->file->found.read(&list->file->found, i->index, *owned, size);
    *out = *owned;
    return status;
}

static horn_status compare_values(comparison *c, const item *a, const item *b, horn_file_difference *d)
{
    horn_status status = HORN_OK;
    void *own_a = NULL, *own_b = NULL;
    const void *x, *y;
    const horn_file_tensor *t = &a->tensor;
    horn_view like = { .dtype = t->dtype, .rank = t->rank };
    memcpy(like.shape, t->shape, sizeof like.shape);
    size_t count = t->is_readable ? horn_view_count(&like) : t->bytes;
    size_t size = t->is_readable ? count * horn_dtype_size(t->dtype) : t->bytes;
    if (!t->is_readable && t->bytes != b->tensor.bytes) {
        d->match = HORN_FILE_DIFFERS;
        d->greatest = NAN;
        return HORN_OK;
    }
    status = get_data(&c->first, a, size, &own_a, &x);
    if (!status) status = get_data(&c->second, b, size, &own_b, &y);
    if (!t->is_readable && status == HORN_ERROR_UNSUPPORTED) {
        d->match = HORN_FILE_NOT_COMPARED;
        status = HORN_OK;
        goto done;
    }
    TRY(status);
    if (!t->is_readable) d->greatest = memcmp(x, y, size) ? NAN : 0;
    for (size_t i = 0; t->is_readable && i < count; i++)
        d->greatest = greater(d->greatest, apart(t->dtype, x, y, i));
    d->match = d->greatest == 0 ? HORN_FILE_EQUAL : HORN_FILE_DIFFERS;
done:
    free(own_a);
    free(own_b);
    return status;
}

static horn_status compare_items(comparison *c)
{
    horn_status status = HORN_OK;
    horn_file_comparison *out = &c->base;
    TRY(memory_new(&out->tensors, c->first.count + c->second.count, sizeof *out->tensors));
    for (size_t i = 0; i < c->first.count; i++) {
        item *a = &c->first.items[i], *b = find(&c->second, a);
        horn_file_difference *d = &out->tensors[out->count++];
        *d = (horn_file_difference){ .name = a->name, .match = HORN_FILE_ONLY_FIRST, .first = a->tensor };
        if (!b || b->taken) continue;
        b->taken = true;
        d->second = b->tensor;
        d->match = HORN_FILE_OTHER_SHAPE;
        if (same_shape(&a->tensor, &b->tensor)) TRY(compare_values(c, a, b, d));
    }
    for (size_t i = 0; i < c->second.count; i++) {
        item *b = &c->second.items[i];
        if (b->taken) continue;
        out->tensors[out->count++] =
            (horn_file_difference){ .name = b->name, .match = HORN_FILE_ONLY_SECOND, .second = b->tensor };
    }
done:
    return status;
}

static void sum_up(horn_file_comparison *out)
{
    for (size_t i = 0; i < out->count; i++) {
        const horn_file_difference *d = &out->tensors[i];
        out->not_compared += d->match == HORN_FILE_NOT_COMPARED;
        out->different += d->match != HORN_FILE_EQUAL && d->match != HORN_FILE_NOT_COMPARED;
        if (d->match == HORN_FILE_DIFFERS && d->first.is_readable)
            out->greatest = greater(out->greatest, d->greatest);
    }
    out->is_equal = out->different == 0;
}

/* One that cannot be written as Keras' is not compared. */
static horn_status compare_architecture(bool *differs, const snapshot *a, const snapshot *b)
{
    config *x = NULL, *y = NULL;
    horn_status status = keras_architecture_write(&x, a, KERAS_2, "first");
    if (!status) status = keras_architecture_write(&y, b, KERAS_2, "second");
    *differs = !status && !config_equal(x, y);
    config_free(x);
    config_free(y);
    return status == HORN_ERROR_MEMORY ? status : HORN_OK;
}

horn_status horn_file_compare(horn_file_comparison **out, const horn_file *first, const horn_file *second)
{
    horn_status status = HORN_OK;
    comparison *c = NULL;
    TRY(memory_new(&c, 1, sizeof *c));
    TRY(pair(c, first, second));
    TRY(compare_items(c));
    const unsigned both = first->picture->parts & second->picture->parts;
    if (both & PART_ARCHITECTURE)
        TRY(compare_architecture(&c->base.other_architecture, first->picture, second->picture));
    if (both & PART_TRAINING)
        TRY(file_compare_settings(&c->base.other_compile, first->picture, second->picture));
    sum_up(&c->base);
    *out = &c->base;
    c = NULL;
done:
    if (c) horn_file_comparison_free(&c->base);
    return status;
}
