#include <stdlib.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/source.h"
#include "model/files/save_load.h"

/* Fails unless a checkpoint is valid, also one that Horn does not support; *step is the one that it was saved at. */
static horn_status look(const char *path, int64_t *step)
{
    snapshot *s = NULL;
    horn_status status = model_read_path(&s, path, 0, NULL);
    if (!status) status = snapshot_need(s, ~0u);
    *step = status ? 0 : s->iteration;
    snapshot_free(s);
    return status == HORN_ERROR_UNSUPPORTED ? HORN_OK : status;
}

static horn_status choose(char **out, const char *path, char *const *found, size_t count, bool ordered)
{
    horn_status status = HORN_OK;
    char *line = NULL;
    const char *best = NULL;
    int64_t highest = 0, step;
    for (size_t i = 0; i < count && !(best && ordered); i++) {
        horn_status failed = look(found[i], &step);
        if (failed == HORN_ERROR_MEMORY) TRY(failed);
        if (failed && !line) TRY(memory_copy_string(&line, horn_last_error()));
        if (failed || (best && step < highest)) continue;
        best = found[i];
        highest = step;
    }
    if (best)
        status = memory_copy_string(out, best);
    else
        status =
            fail(HORN_ERROR_FORMAT, "%s: none of its %zu checkpoints can be read: %s", path, count, line);
done:
    free(line);
    return status;
}

horn_status model_find_newest(char **out, const char *path)
{
    char **found = NULL;
    size_t count = 0;
    bool ordered;
    horn_status status = source_list(path, &found, &count, &ordered);
    if (status) return status;
    status = count ? choose(out, path, found, count, ordered) : memory_copy_string(out, path);
    source_list_free(found, count);
    return status;
}
