/* A conversion changes nothing that it reads. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/bytes.h"
#include "base/folder.h"
#include "base/path.h"
#include "base/status.h"
#include "model/files/convert.h"

static horn_status refuse(const char *target, const char *source)
{
    return fail(HORN_ERROR_FILE, "%s: would change %s, which is read: expected another name", target, source);
}

static bool is_folder(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

/* Whether what is written is that file, or a directory that it lies in, which is replaced as a whole. */
static horn_status check_file(const transaction *files, const char *source)
{
    horn_status status = HORN_OK;
    const char *path;
    bool holds = false;
    for (size_t i = 0; (path = transaction_path(files, i)); i++)
        if (path_is_same(path, source)) return refuse(path, source);
    if (is_folder(transaction_target(files))) status = path_is_in(&holds, source, transaction_target(files));
    return !status && holds ? refuse(transaction_target(files), source) : status;
}

/* Nothing is written into a SavedModel. A directory of checkpoints may get more of them. */
static horn_status check_folder(const transaction *files, const char *source)
{
    bytes graph = { 0 };
    const char *path;
    struct stat facts;
    bytes_print(&graph, "%s/saved_model.pb", source);
    horn_status status = bytes_status(&graph);
    const bool is_model = !status && stat(bytes_text(&graph), &facts) == 0;
    bytes_free(&graph);
    if (status || !is_model) return status;
    status = check_file(files, source);
    for (size_t i = 0; !status && (path = transaction_path(files, i)); i++) {
        bool lies = false;
        status = path_is_in(&lies, path, source);
        if (lies) status = refuse(path, source);
    }
    return status;
}

/* PREFIX.index and the data files, of any number. */
static horn_status check_prefix(const transaction *files, const char *prefix)
{
    horn_status status = HORN_OK;
    char *directory = NULL, **names = NULL;
    size_t count = 0;
    const char *base = folder_name_of(prefix);
    const size_t length = strlen(base);
    bytes path = { 0 };
    TRY(folder_of(&directory, prefix));
    TRY(folder_list(directory, &names, &count));
    for (size_t i = 0; i < count; i++) {
        const char *rest = names[i] + length;
        if (strncmp(names[i], base, length) != 0 ||
            (strcmp(rest, ".index") != 0 && strncmp(rest, ".data-", 6) != 0))
            continue;
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

horn_status convert_check_place(const transaction *files, const char *source)
{
    if (is_folder(source)) return check_folder(files, source);
    horn_status status = check_prefix(files, source);
    return status ? status : check_file(files, source);
}
