/* Counts the tensors of a conversion: compares what the containers list with the snapshots read from them. This finds tensors
 * that the reader or the writer skipped. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "model/files/convert.h"
#include "snapshot/index.h"

enum { MOST_NAMES = 8 };

/* A tensor by its values, in any order: formats have their own orders of axes, and convert_check compares orders. 64-bit floats are
 * converted as Horn converts them, single integers to int64. */
typedef struct value {
    size_t size;
    uint64_t digest;
    bool taken, is_carried;
    /* Of the optimizer: its reader may have derived it. */
    bool is_slot;
    /* Borrowed. */
    const char *name;
    /* Bytes in the container. */
    size_t stored;
} value;

typedef struct value_list {
    value *items;
    size_t count, capacity;
} value_list;

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* The sum of the mixed words of 4 bytes, or bytes, if the size is no multiple of 4. */
static uint64_t digest_of(const void *data, size_t size)
{
    const size_t step = size % sizeof(uint32_t) ? 1 : sizeof(uint32_t);
    uint64_t sum = 0;
    for (size_t i = 0; i < size; i += step) {
        uint32_t word = 0;
        memcpy(&word, (const unsigned char *)data + i, step);
        sum += mix(word + UINT64_C(0x9e3779b97f4a7c15));
    }
    return sum;
}

static horn_status add(value_list *list, const char *name, const void *data, size_t size, bool is_carried)
{
    horn_status status = memory_grow(&list->items, list->count, &list->capacity, sizeof *list->items);
    if (status) return status;
    list->items[list->count++] = (value){
        .size = size, .digest = digest_of(data, size), .is_carried = is_carried, .name = name, .stored = size
    };
    return HORN_OK;
}

/* ---- numbers, as both sides count them ---- */

static int64_t integer_of(horn_dtype dtype, const void *data)
{
    switch (dtype) {
    case HORN_INT8:
        return *(const int8_t *)data;
    case HORN_INT16:
        return *(const int16_t *)data;
    case HORN_INT32:
        return *(const int32_t *)data;
    case HORN_UINT8:
    case HORN_BOOL:
        return *(const uint8_t *)data;
    case HORN_UINT16:
        return *(const uint16_t *)data;
    case HORN_UINT32:
        return *(const uint32_t *)data;
    default:
        return *(const int64_t *)data;
    }
}

static horn_status add_doubles(value_list *list, const char *name, const double *data, size_t count,
                               bool is_carried)
{
    float *floats;
    horn_status status = memory_new(&floats, count, sizeof *floats);
    if (status) return status;
    for (size_t i = 0; i < count; i++) floats[i] = (float)data[i];
    status = add(list, name, floats, count * sizeof *floats, is_carried);
    free(floats);
    return status;
}

static horn_status add_numbers(value_list *list, const char *name, const horn_view *v, bool is_carried)
{
    const size_t count = horn_view_count(v);
    if (v->dtype == HORN_FLOAT64) return add_doubles(list, name, v->data, count, is_carried);
    if (v->dtype == HORN_FLOAT32 || v->rank)
        return add(list, name, v->data, count * horn_dtype_size(v->dtype), is_carried);
    const int64_t number = integer_of(v->dtype, v->data);
    return add(list, name, &number, sizeof number, is_carried);
}

/* ---- what was read ---- */

static horn_status add_tensors(value_list *list, const snapshot_tensor *t, size_t count, bool is_carried)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < count; i++) {
        const horn_view v = snapshot_tensor_view(&t[i]);
        status = add_numbers(list, t[i].name, &v, is_carried);
    }
    return status;
}

/* Lists the snapshot's tensors; marks those of the parts `carried`. */
static horn_status list_snapshot(value_list *list, const snapshot *s, unsigned carried)
{
    horn_status status = HORN_OK;
    snapshot_index index;
    TRY(snapshot_index_new(&index, s));
    for (size_t i = 0; i < index.count; i++) {
        const snapshot_tensor *t = index.weights[i].tensor;
        /* Graphs have no numbers of samples, such as a Normalization's count. */
        const bool is_left_out = carried & PART_OPERATIONS && t->dtype == HORN_INT64;
        TRY(add_tensors(list, t, 1, carried & PART_WEIGHTS && !is_left_out));
    }
    const size_t first = list->count;
    for (size_t i = 0; i < s->slot_count; i++)
        TRY(add_tensors(list, s->slots[i].tensors, s->slots[i].tensor_count, carried & PART_OPTIMIZER));
    for (size_t i = first; i < list->count; i++) list->items[i].is_slot = true;
    TRY(add(list, "iteration", &s->iteration, sizeof s->iteration, carried & PART_OPTIMIZER));
done:
    snapshot_index_free(&index);
    return status;
}

/* ---- what the container lists ---- */

/* A tensor that cannot be read equals no other. */
static horn_status list_tensor(value_list *list, const contents *c, size_t index)
{
    horn_status status = HORN_OK;
    const contents_tensor *t = &c->tensors[index];
    horn_view like = { .dtype = t->as, .rank = t->rank };
    void *data = NULL;
    if (!t->is_readable) {
        TRY(add(list, t->name, NULL, 0, false));
        list->items[list->count - 1].stored = t->size;
        return HORN_OK;
    }
    memcpy(like.shape, t->shape, sizeof like.shape);
    const size_t count = horn_view_count(&like), size = count * horn_dtype_size(t->as);
    if (!count) return HORN_OK;
    TRY(contents_take(c, index, size, &data));
    like.data = data;
    TRY(add_numbers(list, t->name, &like, false));
    list->items[list->count - 1].stored = size;
done:
    free(data);
    return status;
}

/* `with_own`: also the format's own entries. */
static horn_status list_contents(value_list *list, const contents *c, bool with_own)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < c->count; i++)
        if (with_own || !c->tensors[i].is_own) status = list_tensor(list, c, i);
    return status;
}

/* ---- pairs ---- */

static int compare(const void *a, const void *b)
{
    const value *x = a, *y = b;
    if (x->size != y->size) return x->size < y->size ? -1 : 1;
    if (x->digest != y->digest) return x->digest < y->digest ? -1 : 1;
    return x->is_carried == y->is_carried ? 0 : x->is_carried ? -1 : 1;
}

static void sort(value_list *list)
{
    if (list->count) qsort(list->items, list->count, sizeof *list->items, compare);
}

/* Pairs equal values of both sorted lists, each once; without `by_bytes`, pairs values of the same size with slots of b. */
static void pair(value_list *a, value_list *b, bool by_bytes)
{
    size_t k = 0;
    for (size_t i = 0; i < a->count; i++) {
        value *x = &a->items[i];
        if (x->taken || !x->size) continue;
        while (k < b->count &&
               (b->items[k].taken || b->items[k].size < x->size || (!by_bytes && !b->items[k].is_slot) ||
                (by_bytes && b->items[k].size == x->size && b->items[k].digest < x->digest)))
            k++;
        if (k == b->count) return;
        if (b->items[k].size != x->size || (by_bytes && b->items[k].digest != x->digest)) continue;
        x->taken = b->items[k].taken = true;
    }
}

/* Pairs values with two of half their size in the other list, which together have the same words: a weight that a format has in parts. */
static void pair_halves(value_list *wholes, value_list *halves)
{
    enum { MOST_HALVES = 1000 };
    for (size_t i = 0; i < wholes->count; i++) {
        value *x = &wholes->items[i];
        value *found[MOST_HALVES];
        size_t count = 0;
        for (size_t k = 0; !x->taken && x->size && k < halves->count && count < MOST_HALVES; k++)
            if (!halves->items[k].taken && halves->items[k].size * 2 == x->size)
                found[count++] = &halves->items[k];
        for (size_t a = 0; a < count; a++)
            for (size_t b = a + 1; b < count && !x->taken; b++)
                if (found[a]->digest + found[b]->digest == x->digest)
                    x->taken = found[a]->taken = found[b]->taken = true;
    }
}

/* Pairs equal values, each once, and wholes with their halves. */
static void pair_all(value_list *a, value_list *b)
{
    pair(a, b, true);
    pair_halves(a, b);
    pair_halves(b, a);
}

static horn_status list_both(value_list *own, value_list *listed, const snapshot *s, unsigned carried,
                             const contents *c, bool with_own)
{
    horn_status status = list_snapshot(own, s, carried);
    if (!status) status = list_contents(listed, c, with_own);
    sort(own);
    sort(listed);
    return status;
}

/* Pairs variables with the optimizer's arguments of the same name, which some files store as variables. */
static void pair_with_settings(value_list *listed, const snapshot *s)
{
    const config *settings = config_get(s->optimizer, "config");
    const char *key;
    double number;
    for (size_t i = 0; i < listed->count; i++) {
        value *x = &listed->items[i];
        if (x->taken || x->size != sizeof(float)) continue;
        x->taken = (s->has_learning_rate && x->digest == digest_of(&s->learning_rate, sizeof(float))) ||
                   (s->has_product && x->digest == digest_of(&s->product, sizeof(float)));
        for (size_t k = 0; (key = config_key_at(settings, k)) && !x->taken; k++) {
            if (!config_number(config_at(settings, k), &number) || !strstr(x->name, key)) continue;
            const float stored = (float)number;
            x->taken = x->digest == digest_of(&stored, sizeof stored);
        }
    }
}

/* ---- counting ---- */

horn_status convert_count_result(const snapshot *wanted, const contents *result, unsigned parts,
                                 const char *where)
{
    horn_status status = HORN_OK;
    value_list own = { 0 }, listed = { 0 };
    TRY(list_both(&own, &listed, wanted, parts, result, true));
    pair_all(&own, &listed);
    for (size_t i = 0; i < own.count; i++)
        if (own.items[i].is_carried && own.items[i].size && !own.items[i].taken)
            TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: the tensor '%s', %zu bytes, is not in what was written",
                     where, own.items[i].name ? own.items[i].name : "", own.items[i].size));
done:
    free(own.items);
    free(listed.items);
    return status;
}

/* Pairs the rest with the result's other tensors, such as zeros that Keras stores unused. */
static horn_status pair_with_result(value_list *lost, const snapshot *s, unsigned carried,
                                    const contents *result)
{
    value_list own = { 0 }, listed = { 0 };
    horn_status status = list_both(&own, &listed, s, carried, result, true);
    if (!status) {
        pair_all(&own, &listed);
        pair_all(lost, &listed);
    }
    free(own.items);
    free(listed.items);
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const value *)a)->name, ((const value *)b)->name);
}

static void say(bytes *report, value_list *lost)
{
    size_t count = 0, total = 0, left = 0;
    for (size_t i = 0; i < lost->count; i++) {
        if (lost->items[i].taken) continue;
        lost->items[count] = lost->items[i];
        total += lost->items[count++].stored;
    }
    if (!count) return;
    qsort(lost->items, count, sizeof *lost->items, by_name);
    bytes_print(report, "not carried: %zu tensor%s, %zu bytes, which no part of the model takes: ", count,
                count == 1 ? "" : "s", total);
    for (size_t i = 0; i < count; i++)
        if (i < MOST_NAMES)
            bytes_print(report, "%s'%s'", i ? ", " : "", lost->items[i].name);
        else
            left++;
    if (left) bytes_print(report, " and %zu more", left);
    bytes_print(report, "\n");
}

/* A reader may derive an optimizer's values (a sum of steps from a sum of gradients): such a value is paired with one of the
 * same size. Weights are never derived. */
horn_status convert_count_source(bytes *report, const contents *before, const snapshot *read,
                                 const contents *result, const snapshot *found, unsigned parts)
{
    horn_status status = HORN_OK;
    value_list own = { 0 }, listed = { 0 };
    TRY(list_both(&own, &listed, read, 0, before, false));
    pair_all(&listed, &own);
    pair_with_settings(&listed, read);
    pair(&listed, &own, false);
    if (result) TRY(pair_with_result(&listed, found, parts, result));
    say(report, &listed);
    status = bytes_status(report);
done:
    free(own.items);
    free(listed.items);
    return status;
}

/* ---- a part that is left out ---- */

static void count_layer(const snapshot_layer *l, size_t *count, size_t *total)
{
    *count += l->tensor_count;
    for (size_t i = 0; i < l->tensor_count; i++) *total += snapshot_tensor_bytes(&l->tensors[i]);
    for (size_t i = 0; i < l->inner_count; i++) count_layer(&l->inner[i], count, total);
}

void convert_count_part(bytes *report, const snapshot *s, unsigned part)
{
    size_t count = 0, total = 0;
    for (size_t i = 0; part == PART_WEIGHTS && i < s->layer_count; i++)
        count_layer(&s->layers[i], &count, &total);
    for (size_t i = 0; part == PART_OPTIMIZER && i < s->slot_count; i++)
        for (size_t k = 0; k < s->slots[i].tensor_count; k++, count++)
            total += snapshot_tensor_bytes(&s->slots[i].tensors[k]);
    if (part == PART_OPTIMIZER && s->parts & part) count++, total += sizeof s->iteration;
    if (count) bytes_print(report, ": %zu tensors, %zu bytes", count, total);
}
