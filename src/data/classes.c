#include "data/classes.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

horn_status classes_choose(horn_dataset *d, const horn_dataset_options *options, const char *const *names,
                           size_t count)
{
    horn_status status = HORN_OK;
    const char **different = NULL;
    size_t taken = 0;
    if (options->class_count)
        return class_names_copy(&d->classes, options->class_names, options->class_count);
    TRY(memory_new(&different, count, sizeof *different));
    if (count) memcpy(different, names, count * sizeof *different);
    qsort(different, count, sizeof *different, by_bytes);
    for (size_t i = 0; i < count; i++)
        if (!taken || strcmp(different[taken - 1], different[i]) != 0) different[taken++] = different[i];
    TRY(class_names_copy(&d->classes, different, taken));
done:
    free(different);
    return status;
}

size_t horn_dataset_class_count(const horn_dataset *dataset)
{
    return dataset ? dataset->classes.count : 0;
}

const char *horn_dataset_class_name(const horn_dataset *dataset, size_t class_index)
{
    return class_index < horn_dataset_class_count(dataset) ? dataset->classes.at[class_index] : NULL;
}
