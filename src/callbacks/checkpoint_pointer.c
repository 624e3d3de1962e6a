#include "callbacks/checkpoint_pointer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/files/atomic_file.h"
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"
#include "callbacks/checkpoint_name.h"

/* The index of the first of the newest `keep`. */
static size_t first_of(const checkpoint_list *l, size_t keep)
{
    return l->count > keep ? l->count - keep : 0;
}

horn_status checkpoint_newest_names(const checkpoint_list *l, size_t keep, const char ***out)
{
    const size_t first = first_of(l, keep);
    horn_status status = memory_new(out, l->count - first + 1, sizeof **out);
    for (size_t i = first; !status && i < l->count; i++) (*out)[i - first] = l->names[i];
    return status;
}

static bool is_known(const char *directory, const char *template, const checkpoint_list *const lists[],
                     const char *name)
{
    for (; *lists; lists++)
        if (checkpoint_list_has(*lists, name)) return true;
    return checkpoint_name_fits(template, name) && !checkpoint_files_exist(directory, name);
}

/* True if Horn would write the same bytes for these names. */
static horn_status is_of_horn(const format_files *f, const name_list *names, const bytes *text, bool *own)
{
    bytes again = { 0 };
    horn_status status = f->write_pointer(&again, names);
    *own = !status && again.size == text->size && memcmp(again.data, text->data, text->size) == 0;
    bytes_free(&again);
    return status;
}

horn_status checkpoint_pointer_is_own(const char *directory, const char *template,
                                      const checkpoint_list *const lists[], bool *own)
{
    horn_status status = HORN_OK;
    const format_files *f = checkpoint_files_of(template);
    bytes path = { 0 }, text = { 0 };
    name_list names = { 0 };
    struct stat facts;
    *own = false;
    bytes_print(&path, "%s/%s", directory, f->pointer);
    TRY(bytes_status(&path));
    if (lstat(bytes_text(&path), &facts) != 0) {
        *own = errno == ENOENT;
        goto done;
    }
    if (!S_ISREG(facts.st_mode)) goto done;
    status = file_read(&text, bytes_text(&path), 0);
    if (!status) status = f->read_pointer(&names, &text, bytes_text(&path));
    /* Horn did not write it. */
    if (status && status != HORN_ERROR_MEMORY) {
        status = HORN_OK;
        goto done;
    }
    if (!status) TRY(is_of_horn(f, &names, &text, own));
    for (size_t i = 0; i < names.count; i++)
        *own = *own && is_known(directory, template, lists, names.names[i]);
done:
    name_list_free(&names);
    bytes_free(&path);
    bytes_free(&text);
    return status;
}

horn_status checkpoint_pointer_write(const format_files *f, const char *directory, const checkpoint_list *l,
                                     size_t keep)
{
    horn_status status = HORN_OK;
    bytes path = { 0 }, text = { 0 }, present = { 0 };
    name_list names = { 0 };
    transaction *t = NULL;
    bool found;
    bytes_print(&path, "%s/%s", directory, f->pointer);
    TRY(bytes_status(&path));
    for (size_t i = first_of(l, keep); i < l->count; i++) TRY(name_list_add(&names, l->names[i]));
    TRY(f->write_pointer(&text, &names));
    TRY(transaction_begin(&t, bytes_text(&path)));
    TRY(transaction_present(t, "", &present, &found));
    if (found && present.size == text.size && memcmp(present.data, text.data, text.size) == 0) goto done;
    TRY(transaction_add(t, "", &text));
    TRY(transaction_commit(t));
done:
    transaction_free(t);
    name_list_free(&names);
    bytes_free(&path);
    bytes_free(&text);
    bytes_free(&present);
    return status;
}
