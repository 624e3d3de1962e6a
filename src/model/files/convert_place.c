/* Checks that a conversion does not change a file that it reads. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/bytes.h"
#include "base/files/folder.h"
#include "base/files/path.h"
#include "base/status.h"
#include "formats/format.h"
#include "model/files/convert.h"

static horn_status refuse(const char *target, const char *from)
{
    return fail(HORN_ERROR_FILE, "%s: would change %s, which is read: expected another name", target, from);
}

static bool is_folder(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

/* Fails if the target is the file, or a directory with it in it, which would be replaced. */
static horn_status check_file(const transaction *files, const char *from)
{
    horn_status status = HORN_OK;
    const char *path;
    bool holds = false;
    for (size_t i = 0; (path = transaction_path(files, i)); i++)
        if (path_is_same(path, from)) return refuse(path, from);
    if (is_folder(transaction_target(files))) status = path_is_in(&holds, from, transaction_target(files));
    return !status && holds ? refuse(transaction_target(files), from) : status;
}

/* Fails if the target is in a directory that is one save. A directory of saves may get more saves. */
static horn_status check_folder(const transaction *files, const char *from)
{
    const char *path;
    if (!source_is_folder(from)) return HORN_OK;
    horn_status status = check_file(files, from);
    for (size_t i = 0; !status && (path = transaction_path(files, i)); i++) {
        bool lies = false;
        status = path_is_in(&lies, path, from);
        if (lies) status = refuse(path, from);
    }
    return status;
}

static bool belongs(const char *file, const char *name)
{
    const format *f;
    bool is_one = false;
    for (size_t i = 0; !is_one && (f = format_at(i)); i++)
        is_one = f->files && files_include(f->files, name, file);
    return is_one;
}

/* Fails if the target is one of the files of the source, a save of several files. */
static horn_status check_prefix(const transaction *files, const char *prefix)
{
    horn_status status = HORN_OK;
    char *directory = NULL, **names = NULL;
    size_t count = 0;
    bytes path = { 0 };
    TRY(folder_of(&directory, prefix));
    TRY(folder_list(directory, &names, &count));
    for (size_t i = 0; i < count; i++) {
        if (!belongs(names[i], folder_name_of(prefix))) continue;
        path.size = 0;
        bytes_print(&path, "%s/%s", directory, names[i]);
        TRY(bytes_status(&path));
        TRY(check_file(files, bytes_text(&path)));
    }
done:
    folder_list_free(names, count);
    free(directory);
    bytes_free(&path);
    return status;
}

horn_status convert_check_place(const transaction *files, const char *from)
{
    if (is_folder(from)) return check_folder(files, from);
    horn_status status = check_prefix(files, from);
    return status ? status : check_file(files, from);
}
