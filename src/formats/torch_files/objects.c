/* What is checked of the object in a file before anybody looks at it. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/torch_files/parts.h"

enum { MOST_AXES = 64 };

static horn_status broken(const torch_file *f, const char *what)
{
    return fail(HORN_ERROR_FORMAT, "%s: %s", f->from->path, what);
}

/* ---- storages ---- */

static bool is_size(const pickle_value *v)
{
    return pickle_is(v, PICKLE_INTEGER) && v->integer >= 0;
}

/* The id of a persistent object. */
static horn_status read_id(torch_storage *out, const torch_file *f, const pickle_value *object)
{
    const pickle_value *id = pickle_at(object, 0);
    const char *kind = pickle_is(id, PICKLE_TUPLE) ? pickle_string(pickle_at(id, 0)) : NULL;
    const size_t count = pickle_count(id);
    if (kind && strcmp(kind, "module") == 0)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: holds a whole module, expected its state_dict",
                    f->from->path);
    if (!kind || strcmp(kind, "storage") != 0 || (count != 5 && count != 6))
        return broken(f, "a persistent object that is no storage");
    *out = (torch_storage){ .key = pickle_string(pickle_at(id, 2)), .type = torch_type_of(pickle_at(id, 1)) };
    if (!out->key || !out->type || !pickle_string(pickle_at(id, 3)) || !is_size(pickle_at(id, 4)))
        return broken(f, "a storage without type, key, place or size");
    if (count == 6 && !pickle_is(pickle_at(id, 5), PICKLE_NONE))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: storage '%.100s' is part of another one", f->from->path,
                    out->key);
    out->count = (size_t)pickle_at(id, 4)->integer;
    if (out->count > SIZE_MAX / 16)
        return fail(HORN_ERROR_FORMAT, "%s: storage '%.100s' has %zu elements", f->from->path, out->key,
                    out->count);
    return HORN_OK;
}

static int compare_storages(const void *a, const void *b)
{
    return strcmp(((const torch_storage *)a)->key, ((const torch_storage *)b)->key);
}

torch_storage *torch_find_storage(const torch_file *f, const char *key)
{
    const torch_storage like = { .key = key };
    if (!f->storage_count) return NULL;
    return bsearch(&like, f->storages, f->storage_count, sizeof like, compare_storages);
}

/* Each once, by key. */
static horn_status sort_storages(torch_file *f)
{
    torch_storage *s = f->storages;
    size_t count = 0;
    if (!f->storage_count) return HORN_OK;
    qsort(s, f->storage_count, sizeof *s, compare_storages);
    for (size_t i = 0; i < f->storage_count; i++) {
        if (count && strcmp(s[i].key, s[count - 1].key) == 0) {
            if (s[i].type != s[count - 1].type || s[i].count != s[count - 1].count)
                return fail(HORN_ERROR_FORMAT, "%s: storage '%.100s' is of two types or sizes", f->from->path,
                            s[i].key);
            continue;
        }
        s[count++] = s[i];
    }
    f->storage_count = count;
    return HORN_OK;
}

/* ---- tensors ---- */

bool torch_is_tensor(const pickle_value *v)
{
    return pickle_is(v, PICKLE_CALL) &&
           (v->global->number == TORCH_TENSOR || v->global->number == TORCH_OLD_TENSOR ||
            v->global->number == TORCH_PARAMETER);
}

static const pickle_value *tensor_of(const pickle_value *v)
{
    return v->global->number == TORCH_PARAMETER ? pickle_at(v, 0) : v;
}

static bool are_sizes(const pickle_value *v)
{
    if (!pickle_is(v, PICKLE_TUPLE)) return false;
    for (size_t i = 0; i < pickle_count(v); i++)
        if (!is_size(pickle_at(v, i))) return false;
    return true;
}

/* Number of elements, and the last one that the view reaches; false if a number is too large. */
static bool measure(const pickle_value *sizes, const pickle_value *strides, size_t offset, size_t *count,
                    size_t *last)
{
    *count = 1;
    *last = offset;
    for (size_t i = 0; i < pickle_count(sizes); i++)
        if (pickle_at(sizes, i)->integer == 0) *count = 0;
    for (size_t i = 0; *count && i < pickle_count(sizes); i++) {
        const size_t size = (size_t)pickle_at(sizes, i)->integer;
        size_t way = (size_t)pickle_at(strides, i)->integer;
        if (!memory_multiply(count, size) || !memory_multiply(&way, size - 1) ||
            __builtin_add_overflow(*last, way, last))
            return false;
    }
    return *count <= SIZE_MAX / 16;
}

static bool is_nothing(const pickle_value *v)
{
    return pickle_is(v, PICKLE_NONE) || (pickle_is(v, PICKLE_DICT) && pickle_count(v) == 0);
}

/* The arguments behind those of _rebuild_tensor: requires_grad, hooks, metadata. */
static horn_status check_rest(const torch_file *f, const pickle_value *v)
{
    const size_t count = pickle_count(v);
    if ((count != 6 && count != 7) || !pickle_is(pickle_at(v, 4), PICKLE_BOOLEAN) ||
        !is_nothing(pickle_at(v, 5)))
        return broken(f, "a tensor with wrong arguments");
    if (count == 7 && !is_nothing(pickle_at(v, 6)))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: a tensor with metadata (conjugate or negative)",
                    f->from->path);
    return HORN_OK;
}

static horn_status add_storage(torch_file *f, size_t *capacity, const torch_storage *s)
{
    horn_status status = memory_grow(&f->storages, f->storage_count, capacity, sizeof *s);
    if (!status) f->storages[f->storage_count++] = *s;
    return status;
}

static horn_status check_tensor(torch_file *f, size_t *capacity, const pickle_value *v)
{
    torch_storage s;
    size_t count, last;
    const pickle_value *offset = pickle_at(v, 1), *sizes = pickle_at(v, 2), *strides = pickle_at(v, 3);
    if (!pickle_is(pickle_at(v, 0), PICKLE_PERSISTENT) || !is_size(offset) || !are_sizes(sizes) ||
        !are_sizes(strides) || pickle_count(sizes) != pickle_count(strides) ||
        pickle_count(sizes) > MOST_AXES || (v->global->number == TORCH_OLD_TENSOR && pickle_count(v) != 4))
        return broken(f, "a tensor with wrong arguments");
    horn_status status = v->global->number == TORCH_TENSOR ? check_rest(f, v) : HORN_OK;
    if (!status) status = read_id(&s, f, pickle_at(v, 0));
    if (status) return status;
    if (!measure(sizes, strides, (size_t)offset->integer, &count, &last) ||
        (count ? last >= s.count : (size_t)offset->integer > s.count))
        return fail(HORN_ERROR_FORMAT, "%s: a tensor leaves its storage '%.100s', which has %zu elements",
                    f->from->path, s.key, s.count);
    return add_storage(f, capacity, &s);
}

/* ---- the object ---- */

static horn_status visit(torch_file *f, size_t *capacity, const pickle_value *v);

static horn_status visit_items(torch_file *f, size_t *capacity, const pickle_value *v)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < v->items.count; i++) status = visit(f, capacity, v->items.at[i]);
    if (!status && v->state) status = visit(f, capacity, v->state);
    return status;
}

static horn_status visit_call(torch_file *f, size_t *capacity, const pickle_value *v)
{
    const pickle_value *first = pickle_at(v, 0);
    switch (v->global->number) {
    case TORCH_TENSOR:
    case TORCH_OLD_TENSOR:
        return check_tensor(f, capacity, v);
    case TORCH_PARAMETER:
        if (pickle_count(v) != 3 || !torch_is_tensor(first) || first->global->number == TORCH_PARAMETER ||
            !pickle_is(pickle_at(v, 1), PICKLE_BOOLEAN) || !is_nothing(pickle_at(v, 2)))
            return broken(f, "a parameter with wrong arguments");
        return check_tensor(f, capacity, first);
    case TORCH_SIZE:
        if (pickle_count(v) != 1 || !are_sizes(first)) return broken(f, "a torch.Size with wrong arguments");
        return HORN_OK;
    default: /* TORCH_COUNTER */
        if (pickle_count(v) > 1 || (first && !pickle_is(first, PICKLE_DICT)))
            return broken(f, "a Counter with wrong arguments");
        return visit_items(f, capacity, v);
    }
}

static horn_status visit(torch_file *f, size_t *capacity, const pickle_value *v)
{
    switch (v->kind) {
    case PICKLE_TUPLE:
    case PICKLE_LIST:
    case PICKLE_DICT:
        return visit_items(f, capacity, v);
    case PICKLE_CALL:
        return visit_call(f, capacity, v);
    case PICKLE_GLOBAL:
        return fail(HORN_ERROR_UNSUPPORTED, "%s: holds the name %s.%s of Python itself", f->from->path,
                    v->global->module, v->global->name);
    case PICKLE_PERSISTENT:
        return fail(HORN_ERROR_UNSUPPORTED, "%s: holds a storage that is no tensor", f->from->path);
    default:
        return HORN_OK;
    }
}

horn_status torch_check_object(torch_file *f)
{
    size_t capacity = 0;
    horn_status status = visit(f, &capacity, f->root);
    return status ? status : sort_storages(f);
}

/* ---- views ---- */

torch_array torch_file_array(const torch_file *f, const pickle_value *tensor)
{
    const pickle_value *v = tensor_of(tensor), *sizes = pickle_at(v, 2), *strides = pickle_at(v, 3);
    torch_array a = { .offset = (size_t)pickle_at(v, 1)->integer, .rank = pickle_count(sizes) };
    size_t last;
    const pickle_value *id = pickle_at(pickle_at(v, 0), 0);
    a.storage = torch_find_storage(f, pickle_string(pickle_at(id, 2)));
    (void)measure(sizes, strides, a.offset, &a.count, &last);
    for (size_t i = 0; i < a.rank && i < HORN_MAX_RANK; i++) {
        a.shape[i] = (size_t)pickle_at(sizes, i)->integer;
        a.stride[i] = (size_t)pickle_at(strides, i)->integer;
    }
    return a;
}

horn_status torch_array_view(horn_view *out, const torch_file *f, const torch_array *a, const char *name)
{
    const torch_type *type = a->storage->type;
    if (a->rank > HORN_MAX_RANK)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: tensor '%.200s' has %zu axes, expected at most %d",
                    f->from->path, name, a->rank, HORN_MAX_RANK);
    if (a->count > a->storage->count && a->count * type->size > f->from->size + (1 << 16))
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: tensor '%.200s' has %zu elements, which are %zu ones many times", f->from->path,
                    name, a->count, a->storage->count);
    *out = (horn_view){ .dtype = type->dtype, .rank = (int)a->rank };
    memcpy(out->shape, a->shape, sizeof out->shape);
    return HORN_OK;
}

/* How many of the last axes are one row of elements without gaps. */
static size_t plain_axes(const torch_array *a, size_t *count)
{
    size_t axes = 0;
    *count = 1;
    while (axes < a->rank && (a->shape[a->rank - 1 - axes] == 1 || a->stride[a->rank - 1 - axes] == *count)) {
        *count *= a->shape[a->rank - 1 - axes];
        axes++;
    }
    return axes;
}

void torch_array_read(void *out, const torch_array *a)
{
    const torch_type *type = a->storage->type;
    size_t row, at[HORN_MAX_RANK] = { 0 }, place = a->offset, outer = a->rank - plain_axes(a, &row), step = 1;
    unsigned char *to = out;
    if (!a->count) return;
    if (row == 1 && outer) { /* the last axis has gaps */
        outer--;
        row = a->shape[outer];
        step = a->stride[outer];
    }
    for (;;) {
        torch_type_read(to, type, a->storage->data + place * type->size, row, step);
        to += row * horn_dtype_size(type->dtype);
        size_t axis = outer;
        while (axis > 0) {
            axis--;
            place += a->stride[axis];
            if (++at[axis] < a->shape[axis]) break;
            place -= a->stride[axis] * a->shape[axis];
            at[axis] = 0;
            if (axis == 0) return;
        }
        if (outer == 0) return;
    }
}
