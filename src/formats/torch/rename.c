#include "formats/torch/rename.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

/* The module of a tensor: what stands before its name's last dot. */
typedef struct scope {
    const char *name;
    size_t length, index, number;
} scope;

static scope scope_of(const char *name, size_t index)
{
    const char *dot = strrchr(name, '.');
    return (scope){ .name = name, .length = dot ? (size_t)(dot - name) : 0, .index = index };
}

static int compare_text(const scope *a, const scope *b)
{
    const size_t least = a->length < b->length ? a->length : b->length;
    const int order = memcmp(a->name, b->name, least);
    return order ? order : a->length < b->length ? -1 : a->length > b->length;
}

/* ---- a Sequential of other indices ---- */

/* Cuts the number at the end of a scope off. */
static bool cut_number(scope *s)
{
    size_t digits = 0, length = s->length;
    while (length && isdigit((unsigned char)s->name[length - 1])) length--, digits++;
    if (!digits || digits > 9 || (length && s->name[length - 1] != '.')) return false;
    s->number = 0;
    for (size_t i = length; i < s->length; i++) s->number = s->number * 10 + (size_t)(s->name[i] - '0');
    return true;
}

static int by_number(const void *a, const void *b)
{
    const size_t x = ((const scope *)a)->number, y = ((const scope *)b)->number;
    return x < y ? -1 : x > y;
}

/* Sorts the scopes by number, each once. False unless all have a number behind one prefix. */
static bool sort_numbered(scope *scopes, size_t *count)
{
    size_t kept = 0, prefix = 0;
    for (size_t i = 0; i < *count; i++) {
        scope *s = &scopes[i];
        if (!cut_number(s)) return false;
        size_t length = s->length;
        while (length && isdigit((unsigned char)s->name[length - 1])) length--;
        if (i == 0) prefix = length;
        if (length != prefix || memcmp(s->name, scopes[0].name, prefix) != 0) return false;
    }
    qsort(scopes, *count, sizeof *scopes, by_number);
    for (size_t i = 0; i < *count; i++)
        if (i == 0 || scopes[i].number != scopes[kept - 1].number) scopes[kept++] = scopes[i];
    *count = kept;
    return true;
}

horn_status torch_rename(torch_modules *m, const char *const *names, size_t count)
{
    horn_status status = HORN_OK;
    scope *scopes = NULL;
    size_t weighted = 0, next = 0;
    for (size_t i = 0; i < m->count; i++) weighted += m->items[i].place_count > 0;
    TRY(memory_new(&scopes, count, sizeof *scopes));
    for (size_t i = 0; i < count; i++) scopes[i] = scope_of(names[i], i);
    if (!sort_numbered(scopes, &count) || count != weighted) goto done;
    for (size_t i = 0; i < m->count; i++) {
        char *name;
        if (!m->items[i].place_count) continue;
        TRY(memory_copy_text(&name, scopes[next].name, scopes[next].length));
        next++;
        free(m->items[i].name);
        m->items[i].name = name;
    }
done:
    free(scopes);
    return status;
}

/* ---- without a model ---- */

static int by_text(const void *a, const void *b)
{
    const int order = compare_text(a, b);
    if (order) return order;
    const size_t x = ((const scope *)a)->index, y = ((const scope *)b)->index;
    return x < y ? -1 : x > y;
}

/* Appends the tensors of one scope, which stand in the order of the file. */
static horn_status add_scope(snapshot *out, const torch_state *s, const char *const *names,
                             const scope *scopes, size_t count)
{
    horn_status status = HORN_OK;
    snapshot_layer *layer;
    char *name = NULL;
    TRY(memory_copy_text(&name, scopes->name, scopes->length));
    TRY(snapshot_add_layer(out, NULL, name, &layer));
    for (size_t i = 0; i < count; i++) {
        const torch_tensor *from = &s->tensors[scopes[i].index];
        const char *own = names[scopes[i].index] + (scopes->length ? scopes->length + 1 : 0);
        horn_view like = { .dtype = from->dtype, .rank = from->rank };
        snapshot_tensor *t;
        memcpy(like.shape, from->shape, sizeof like.shape);
        TRY(snapshot_layer_add(layer, own, &like, &t));
        memcpy(t->data, from->data, snapshot_tensor_bytes(t));
        t->trainable = from->is_parameter;
    }
done:
    free(name);
    return status;
}

static int by_index(const void *a, const void *b)
{
    const size_t x = (*(const scope *const *)a)->index, y = (*(const scope *const *)b)->index;
    return x < y ? -1 : x > y;
}

/* Layers stand in the order of their first tensors. */
horn_status torch_read_by_name(snapshot *out, const torch_state *s, const char *const *names)
{
    horn_status status = HORN_OK;
    scope *scopes = NULL;
    const scope **first = NULL;
    size_t layers = 0;
    out->by_name = out->torch_layouts = true;
    TRY(memory_new(&scopes, s->count + 1, sizeof *scopes));
    TRY(memory_new(&first, s->count, sizeof *first));
    for (size_t i = 0; i < s->count; i++) scopes[i] = scope_of(names[i], i);
    qsort(scopes, s->count, sizeof *scopes, by_text);
    for (size_t i = 0; i < s->count; i++)
        if (i == 0 || compare_text(&scopes[i - 1], &scopes[i]) != 0) first[layers++] = &scopes[i];
    qsort(first, layers, sizeof *first, by_index);
    for (size_t i = 0; i < layers; i++) {
        size_t count = 1;
        while (first[i] + count < scopes + s->count && compare_text(first[i], first[i] + count) == 0) count++;
        TRY(add_scope(out, s, names, first[i], count));
    }
done:
    free(scopes);
    free(first);
    return status;
}
