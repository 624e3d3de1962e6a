/* Compares two files: their tensors, architectures and compile settings. */
#include "model/look/file_pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras/architecture.h"
#include "formats/keras/layer_modules.h"
#include "model/files/snapshot_of_model.h"
#include "model/look/file_layouts.h"
#include "tensor/view.h"

_Static_assert((int)HORN_PART_ARCHITECTURE == PART_ARCHITECTURE && (int)HORN_PART_WEIGHTS == PART_WEIGHTS &&
                   (int)HORN_PART_COMPILE == PART_COMPILE && (int)HORN_PART_OPTIMIZER == PART_OPTIMIZER &&
                   (int)HORN_PART_PROGRESS == PART_PROGRESS,
               "parts of files are those of snapshots");

typedef struct comparison {
    /* First member: the caller's view of the struct. */
    horn_file_comparison base;
    /* They own the names. */
    item_list first, second;
} comparison;

void horn_file_comparison_free(horn_file_comparison *base)
{
    comparison *c = (comparison *)base;
    if (!c) return;
    item_list_free(&c->first);
    item_list_free(&c->second);
    free(c->base.tensors);
    free(c);
}

/* ---- values ---- */

/* Absolute difference. 64-bit integers are subtracted before the conversion to double, which cannot hold all their bits. */
static double apart(horn_dtype dtype, const void *a, const void *b, size_t i)
{
    if (dtype == HORN_INT64 || dtype == HORN_UINT64) {
        uint64_t x = ((const uint64_t *)a)[i], y = ((const uint64_t *)b)[i];
        bool less = dtype == HORN_INT64 ? (int64_t)x < (int64_t)y : x < y;
        return (double)(less ? y - x : x - y);
    }
    const double x = view_number(&(horn_view){ .dtype = dtype, .data = a }, i),
                 y = view_number(&(horn_view){ .dtype = dtype, .data = b }, i);
    return x == y || (isnan(x) && isnan(y)) ? 0 : fabs(x - y);
}

/* The greater of two; NaN if either is NaN (a > b is false if b is NaN). */
static double greater(double a, double b)
{
    return isnan(a) || a > b ? a : b;
}

static bool same_shape(const horn_file_tensor *a, const horn_file_tensor *b)
{
    return a->rank == b->rank && strcmp(a->dtype_name, b->dtype_name) == 0 &&
           a->is_readable == b->is_readable &&
           memcmp(a->shape, b->shape, (size_t)(a->rank > 0 ? a->rank : 0) * sizeof *a->shape) == 0;
}

/* Gets `size` bytes of values. *owned is what the caller must free; NULL if they are borrowed. */
static horn_status get_data(const item_list *list, const item *i, size_t size, void **owned, const void **out)
{
    *out = i->data;
    if (i->data) return HORN_OK;
    horn_status status = contents_take(&list->file->found, i->index, size, owned);
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
        item *a = &c->first.items[i], *b = item_list_find(&c->second, a);
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

/* Compares with the modules of inner classes filled in, as some files do not contain them. */
static horn_status compare_models(bool *differs, const config *a, const config *b)
{
    *differs = !config_equal(a, b);
    if (!*differs) return HORN_OK;
    config *x = keras_layer_with_modules(config_get(a, "config"), true, true),
           *y = keras_layer_with_modules(config_get(b, "config"), true, true);
    horn_status status = config_status(x);
    if (!status) status = config_status(y);
    *differs = !status && !config_equal(x, y);
    config_free(x);
    config_free(y);
    return status;
}

/* An architecture that cannot be written in Keras' format counts as equal. */
static horn_status compare_architecture(bool *differs, const snapshot *a, const snapshot *b)
{
    config *x = NULL, *y = NULL;
    *differs = false;
    horn_status status = keras_architecture_write_own(&x, a, "first");
    if (!status) status = keras_architecture_write_own(&y, b, "second");
    if (!status) status = compare_models(differs, x, y);
    config_free(x);
    config_free(y);
    return status == HORN_ERROR_MEMORY ? status : HORN_OK;
}

/* A file of weights without an architecture is read again with the schema of the other file's model. *out stays NULL if that is
 * not needed, or if the weights do not fit that model. */
static horn_status read_for(horn_file **out, const horn_file *f, const horn_file *other)
{
    const schema known = model_schema(other->snapshot);
    if (!f->format->needs || !(other->snapshot->parts & PART_ARCHITECTURE) ||
        (f->snapshot->parts & PART_WEIGHTS && !f->snapshot->by_name))
        return HORN_OK;
    const horn_status status = file_read_again(out, f, &known);
    return status == HORN_ERROR_MEMORY ? status : HORN_OK;
}

static horn_status compare_files(comparison *c, const horn_file *first, const horn_file *second)
{
    horn_status status = HORN_OK;
    TRY(file_pair(&c->first, &c->second, &c->base.by, first, second));
    TRY(compare_items(c));
    const unsigned both = first->snapshot->parts & second->snapshot->parts;
    if (both & PART_ARCHITECTURE)
        TRY(compare_architecture(&c->base.other_architecture, first->snapshot, second->snapshot));
    if (both & PART_COMPILE)
        TRY(file_compare_settings(&c->base.other_compile, first->snapshot, second->snapshot));
    sum_up(&c->base);
done:
    return status;
}

/* Compares with the weights of a PyTorch file turned, if that fits better. */
static horn_status compare_turned(comparison **best, const horn_file *first, const horn_file *second)
{
    horn_status status = HORN_OK;
    comparison *c = NULL;
    horn_file *a = NULL, *b = NULL;
    if ((*best)->base.is_equal) return HORN_OK;
    TRY(file_layouts_turn(&a, first, second));
    TRY(file_layouts_turn(&b, second, first));
    if (!a && !b) goto done;
    TRY(memory_new(&c, 1, sizeof *c));
    TRY(compare_files(c, a ? a : first, b ? b : second));
    if (c->base.different >= (*best)->base.different) goto done;
    c->base.by = "place, in Keras' layouts";
    comparison *worse = *best;
    *best = c;
    c = worse;
done:
    file_again_free(a);
    file_again_free(b);
    if (c) horn_file_comparison_free(&c->base);
    return status;
}

horn_status horn_file_compare(horn_file_comparison **out, const horn_file *first, const horn_file *second)
{
    NEED(out, "out");
    NEED(first, "first");
    NEED(second, "second");
    const arithmetic host = arithmetic_begin();
    status_begin();
    horn_status status = HORN_OK;
    comparison *c = NULL;
    horn_file *a = NULL, *b = NULL;
    TRY(memory_new(&c, 1, sizeof *c));
    TRY(read_for(&a, first, second));
    TRY(read_for(&b, second, first));
    TRY(compare_files(c, a ? a : first, b ? b : second));
    TRY(compare_turned(&c, first, second));
    *out = &c->base;
    c = NULL;
done:
    file_again_free(a);
    file_again_free(b);
    if (c) horn_file_comparison_free(&c->base);
    arithmetic_end(host);
    return status_end(status);
}
