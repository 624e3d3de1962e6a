#include "data/classes.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

horn_status classes_append(horn_dataset *d, const char *name, size_t length)
{
    char **grown = realloc(d->classes, (d->class_count + 1) * sizeof *grown);
    if (!grown) return fail_memory("names of classes", (d->class_count + 1) * sizeof *grown);
    d->classes = grown;
    const horn_status status = memory_copy_text(&grown[d->class_count], name, length);
    if (!status) d->class_count++;
    return status;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All, or without those that are as the one before. */
static horn_status take(horn_dataset *d, const char *const *names, size_t count, bool all)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < count && !status; i++)
        if (all || i == 0 || strcmp(names[i - 1], names[i]) != 0)
            status = classes_append(d, names[i], strlen(names[i]));
    return status;
}

horn_status classes_choose(horn_dataset *d, const horn_dataset_options *options, const char *const *names,
                           size_t count)
{
    horn_status status = HORN_OK;
    const char **sorted = NULL;
    if (options->class_count) return take(d, options->class_names, options->class_count, true);
    TRY(memory_new(&sorted, count, sizeof *sorted));
    if (count) memcpy(sorted, names, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_bytes);
    TRY(take(d, sorted, count, false));
done:
    free(sorted);
    return status;
}

int64_t classes_find(const horn_dataset *d, const char *name)
{
    for (size_t i = 0; i < d->class_count; i++)
        if (strcmp(d->classes[i], name) == 0) return (int64_t)i;
    return -1;
}

size_t horn_dataset_class_count(const horn_dataset *dataset)
{
    return dataset ? dataset->class_count : 0;
}

const char *horn_dataset_class_name(const horn_dataset *dataset, size_t class_index)
{
    return dataset && class_index < dataset->class_count ? dataset->classes[class_index] : NULL;
}
