/* Tells runs apart before their first checkpoint, so that each gets a directory of its own. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <horn/callback.h>
#include "base/status.h"
#include "callbacks/checkpoint_files.h"
#include "codecs/crc32c.h"
#include "model/files/identity.h"
#include "model/train/progress.h"
#include "model/files/save_load.h"
#include "model/use.h"

horn_status horn_run_checksum(unsigned *out, horn_model *m, const char *const *identity)
{
    NEED(out, "checksum");
    bytes text = { 0 };
    horn_status status = model_enter(m, __func__, true);
    if (status) return status;
    status = identity_take(m, identity);
    if (!status) status = config_print(m->progress->identity, false, &text);
    if (!status) status = bytes_status(&text);
    if (!status) *out = crc32c_extend(0, text.data, text.size);
    bytes_free(&text);
    return model_leave(m, status);
}

/* Checks whether a valid checkpoint is the newest so far, and of this run. */
static horn_status look_at(const horn_model *m, const char *path, int64_t *newest, bool *same)
{
    run_facts facts = { 0 };
    horn_status status = model_read_run(&facts, path);
    if (status == HORN_ERROR_MEMORY) return status;
    if (!status && facts.iteration > *newest) {
        *newest = facts.iteration;
        *same = !identity_compare(m->progress->identity, facts.identity, path);
    }
    run_facts_free(&facts);
    return HORN_OK;
}

static horn_status is_in(horn_model *m, const char *const *identity, const char *directory, bool *found)
{
    horn_status status = HORN_OK;
    checkpoint_list names = { 0 };
    int64_t newest = -1;
    bytes path = { 0 };
    struct stat facts;
    *found = false;
    if (stat(directory, &facts) != 0 || !S_ISDIR(facts.st_mode)) return HORN_OK;
    TRY(identity_take(m, identity));
    TRY(checkpoint_files_list(directory, &names));
    for (size_t i = 0; i < names.count; i++) {
        path.size = 0;
        bytes_print(&path, "%s/%s", directory, names.names[i]);
        TRY(bytes_status(&path));
        TRY(look_at(m, bytes_text(&path), &newest, found));
    }
done:
    checkpoint_list_free(&names);
    bytes_free(&path);
    return status;
}

horn_status horn_run_is_in(bool *found, horn_model *m, const char *const *identity, const char *directory)
{
    NEED(directory, "directory");
    NEED(found, "found");
    horn_status status = model_enter(m, __func__, true);
    if (status) return status;
    status = is_in(m, identity, directory, found);
    return model_leave(m, status);
}
