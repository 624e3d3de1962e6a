#include "formats/contents.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

horn_status contents_add(contents *c, contents_tensor **out)
{
    horn_status status = memory_grow(&c->tensors, c->count, &c->capacity, sizeof *c->tensors);
    if (!status) *out = &c->tensors[c->count++];
    return status;
}

horn_status contents_count_operator(contents *c, const char *name, size_t length)
{
    static const char others[] = "others";
    for (size_t i = 0; i < c->operator_count; i++) {
        const bool is_last = i == CONTENTS_MOST_OPERATORS;
        const char *known = c->operators[i].name;
        if (!is_last && (strlen(known) != length || memcmp(known, name, length) != 0)) continue;
        c->operators[i].count++;
        return HORN_OK;
    }
    contents_operator *added = &c->operators[c->operator_count];
    const bool is_last = c->operator_count == CONTENTS_MOST_OPERATORS;
    horn_status status =
        memory_copy_text(&added->name, is_last ? others : name, is_last ? strlen(others) : length);
    if (status) return status;
    added->count = 1;
    c->operator_count++;
    return HORN_OK;
}

horn_status contents_check_size(const contents *c, size_t index, size_t values, size_t size)
{
    if (size == values) return HORN_OK;
    return fail(HORN_ERROR_ARGUMENT, "tensor '%s' has %zu bytes, expected %zu", c->tensors[index].name,
                values, size);
}

horn_status contents_take(const contents *c, size_t index, size_t size, void **out)
{
    enum { BEHIND = 8 };
    horn_status status = HORN_OK;
    void *data = NULL;
    TRY(c->read(c, index, NULL, size));
    TRY(memory_new(&data, size + BEHIND, 1));
    TRY(c->read(c, index, data, size));
    *out = data;
    data = NULL;
done:
    free(data);
    return status;
}

horn_status contents_check(const contents *c, const char *where)
{
    for (size_t i = 0; i < c->count; i++) {
        const contents_tensor *t = &c->tensors[i];
        if (!t->name || !*t->dtype || !memchr(t->dtype, 0, sizeof t->dtype) || t->rank < -1 ||
            t->rank > HORN_MAX_RANK)
            return fail(HORN_ERROR_FORMAT, "%s: tensor %zu '%s' has no name, type or shape", where, i,
                        t->name ? t->name : "");
    }
    return HORN_OK;
}

void contents_free(contents *c)
{
    if (c->close) c->close(c->owner);
    for (size_t i = 0; i < c->count; i++) free(c->tensors[i].name);
    for (size_t i = 0; i < c->operator_count; i++) free(c->operators[i].name);
    free(c->tensors);
    free(c->producer);
    *c = (contents){ 0 };
}
