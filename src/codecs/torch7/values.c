#include <math.h>
#include <string.h>
#include "codecs/torch7/torch7.h"
#include "codecs/torch7/types.h"

static const struct {
    const char *name;
    horn_dtype dtype;
} types[] = { { "Float", HORN_FLOAT32 },  { "Double", HORN_FLOAT64 },     { "Long", HORN_INT64 },
              { "Int", HORN_INT32 },      { "Short", HORN_INT16 },        { "Char", HORN_INT8 },
              { "Byte", HORN_UINT8 },     { "CudaDouble", HORN_FLOAT64 }, { "CudaLong", HORN_INT64 },
              { "CudaInt", HORN_INT32 },  { "CudaShort", HORN_INT16 },    { "CudaChar", HORN_INT8 },
              { "CudaByte", HORN_UINT8 }, { "Cuda", HORN_FLOAT32 } };

/* "torch.CudaTensor" holds floats, so the name without another type stands last. */
const char *torch7_type_of(const char *class_name, size_t length, horn_dtype *out)
{
    if (length < 6 || memcmp(class_name, "torch.", 6) != 0) return NULL;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const size_t own = strlen(types[i].name);
        const char *rest = class_name + 6 + own;
        if (length < 6 + own + 6 || memcmp(class_name + 6, types[i].name, own) != 0) continue;
        if (*rest != 'T' && *rest != 'S') continue;
        *out = types[i].dtype;
        return rest;
    }
    return NULL;
}

const char *torch7_type_name(horn_dtype dtype)
{
    for (size_t i = 0; i < 7; i++)
        if (types[i].dtype == dtype) return types[i].name;
    return NULL;
}

bool torch7_recognizes(const void *data, size_t size)
{
    static const unsigned char table[8] = { 3, 0, 0, 0, 1 }, object[8] = { 4, 0, 0, 0, 1 };
    return size >= 12 && (memcmp(data, table, 8) == 0 || memcmp(data, object, 8) == 0);
}

bool torch7_is_text(const void *data, size_t size)
{
    return size >= 8 && (memcmp(data, "3\n1\n", 4) == 0 || memcmp(data, "4\n1\n3\nV ", 8) == 0);
}

const torch7_value *torch7_get(const torch7_value *table, const char *key)
{
    const size_t length = strlen(key);
    for (size_t i = 0; table && table->kind == TORCH7_TABLE && i < table->count; i++) {
        const torch7_value *own = table->pairs[i].key;
        if (own->kind == TORCH7_STRING && own->length == length && memcmp(own->text, key, length) == 0)
            return table->pairs[i].value;
    }
    return NULL;
}

const torch7_value *torch7_at(const torch7_value *table, size_t index)
{
    for (size_t i = 0; table && table->kind == TORCH7_TABLE && i < table->count; i++) {
        /* Lists are written in order. */
        const torch7_pair *p = &table->pairs[(i + index - 1) % table->count];
        if (p->key->kind == TORCH7_NUMBER && p->key->number == (double)index) return p->value;
    }
    return NULL;
}

bool torch7_is_class(const torch7_value *v, const char *name)
{
    return v && v->kind == TORCH7_OBJECT && v->length == strlen(name) &&
           memcmp(v->text, name, v->length) == 0;
}

bool torch7_number(const torch7_value *v, double *out)
{
    if (!v || v->kind != TORCH7_NUMBER || !isfinite(v->number)) return false;
    *out = v->number;
    return true;
}

size_t torch7_count(const torch7_value *tensor)
{
    size_t count = tensor->rank > 0;
    for (int i = 0; i < tensor->rank; i++) count *= tensor->shape[i];
    return count;
}

/* Element by element: the strides may be any. */
void torch7_copy(const torch7_value *t, void *out)
{
    const size_t size = horn_dtype_size(t->dtype), count = torch7_count(t);
    size_t at[HORN_MAX_RANK] = { 0 }, place = t->offset;
    unsigned char *to = out;
    for (size_t n = 0; n < count; n++, to += size) {
        memcpy(to, t->data + place * size, size);
        for (int i = t->rank - 1; i >= 0; i--) {
            place += t->stride[i];
            if (++at[i] < t->shape[i]) break;
            place -= t->stride[i] * t->shape[i];
            at[i] = 0;
        }
    }
}
