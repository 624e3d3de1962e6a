#include "snapshot/class_names.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

static int by_bytes(const void *a, const void *b)
{
    char *const *x = *(char **const *)a, *const *y = *(char **const *)b;
    const int order = strcmp(*x, *y);
    return order ? order : (x > y) - (x < y);
}

horn_status class_names_copy(class_names *n, const char *const *texts, size_t count)
{
    horn_status status = HORN_OK;
    *n = (class_names){ 0 };
    TRY(memory_new(&n->at, count, sizeof *n->at));
    TRY(memory_new(&n->sorted, count, sizeof *n->sorted));
    for (; n->count < count; n->count++) {
        TRY(memory_copy_string(&n->at[n->count], texts[n->count]));
        n->sorted[n->count] = &n->at[n->count];
    }
    qsort(n->sorted, count, sizeof *n->sorted, by_bytes);
done:
    if (status) class_names_free(n);
    return status;
}

int64_t class_names_find(const class_names *n, const char *text)
{
    size_t first = 0, end = n->count;
    while (first < end) {
        const size_t middle = first + (end - first) / 2;
        if (strcmp(*n->sorted[middle], text) < 0)
            first = middle + 1;
        else
            end = middle;
    }
    return first < n->count && strcmp(*n->sorted[first], text) == 0 ? n->sorted[first] - n->at : -1;
}

size_t class_names_first_again(const class_names *n)
{
    size_t found = n->count;
    for (size_t i = 1; i < n->count; i++) {
        const size_t index = (size_t)(n->sorted[i] - n->at);
        if (index < found && strcmp(*n->sorted[i - 1], *n->sorted[i]) == 0) found = index;
    }
    return found;
}

void class_names_free(class_names *n)
{
    for (size_t i = 0; i < n->count; i++) free(n->at[i]);
    free(n->at);
    free(n->sorted);
    *n = (class_names){ 0 };
}
