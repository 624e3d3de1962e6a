#include "formats/deepdish/paths.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The first `length` bytes of a name are a name of the sorted list. */
static bool is_listed(const char *const *sorted, size_t count, const char *name, size_t length)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strncmp(sorted[middle], name, length);
        if (order == 0 && sorted[middle][length] == 0) return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static bool is_proper(const char *name)
{
    size_t length;
    for (const char *part = name;; part += length + 1) {
        length = strcspn(part, "/");
        if (length == 0 || (length == 1 && *part == '.')) return false;
        if (!part[length]) return true;
    }
}

static horn_status make_path(char **out, const char *name, const char *const *sorted, size_t count,
                             const char *where)
{
    if (!is_proper(name))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the tensor '%s' cannot be called so in HDF5", where, name);
    horn_status status = memory_copy_string(out, name);
    if (status) return status;
    bool is_behind = false;
    for (char *slash = strchr(*out, '/'); slash; slash = strchr(slash + 1, '/')) {
        is_behind = is_behind || is_listed(sorted, count, name, (size_t)(slash - *out));
        if (is_behind) *slash = '.';
    }
    return HORN_OK;
}

void deepdish_paths_free(char **paths, size_t count)
{
    for (size_t i = 0; paths && i < count; i++) free(paths[i]);
    free(paths);
}

/* Neither the same path twice, nor one path in another. */
static horn_status check_paths(const char **sorted, char *const *paths, size_t count, const char *where)
{
    for (size_t i = 0; i < count; i++) sorted[i] = paths[i];
    qsort(sorted, count, sizeof *sorted, by_text);
    for (size_t i = 1; i < count; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            return fail(HORN_ERROR_UNSUPPORTED, "%s: two tensors would be called '%s'", where, sorted[i]);
    for (size_t i = 0; i < count; i++)
        for (const char *slash = strchr(paths[i], '/'); slash; slash = strchr(slash + 1, '/'))
            if (is_listed(sorted, count, paths[i], (size_t)(slash - paths[i])))
                return fail(HORN_ERROR_UNSUPPORTED, "%s: the tensor '%s' would be in another one", where,
                            paths[i]);
    return HORN_OK;
}

horn_status deepdish_paths(char ***out, const char *const *names, size_t count, const char *where)
{
    horn_status status = HORN_OK;
    const char **sorted = NULL;
    char **paths = NULL;
    TRY(memory_new(&sorted, count, sizeof *sorted));
    TRY(memory_new(&paths, count, sizeof *paths));
    if (count) memcpy(sorted, names, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_text);
    for (size_t i = 0; i < count; i++) TRY(make_path(&paths[i], names[i], sorted, count, where));
    TRY(check_paths(sorted, paths, count, where));
    *out = paths;
    paths = NULL;
done:
    free(sorted);
    deepdish_paths_free(paths, count);
    return status;
}
