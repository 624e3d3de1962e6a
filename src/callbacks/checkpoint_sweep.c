/* Removes what killed saves left in a directory of checkpoints. A data file does not say who wrote it: it is a leftover if
 * the main file that names it is there under a temporary name, and all checksums match. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/bytes.h"
#include "base/files/folder.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/files/temporary.h"
#include "callbacks/checkpoint_files.h"
#include "callbacks/checkpoint_name.h"
#include "formats/format.h"
#include "model/files/save_load.h"

/* Reads NAME + suffix; follows no links. */
static horn_status read_in(const char *directory, const char *name, const char *suffix, bytes *out)
{
    struct stat facts;
    bytes path = { 0 };
    bytes_print(&path, "%s/%s%s", directory, name, suffix);
    horn_status status = bytes_status(&path);
    bool regular = !status && lstat(bytes_text(&path), &facts) == 0 && S_ISREG(facts.st_mode);
    if (!status)
        status = regular ? file_read(out, bytes_text(&path), 0)
                         : fail(HORN_ERROR_FILE, "%s: is no regular file", bytes_text(&path));
    bytes_free(&path);
    return status;
}

static bool is_there(const char *directory, const char *name, const char *suffix)
{
    struct stat facts;
    bytes path = { 0 };
    bytes_print(&path, "%s/%s%s", directory, name, suffix);
    bool there = bytes_status(&path) || lstat(bytes_text(&path), &facts) == 0;
    bytes_free(&path);
    return there;
}

/* Fails if one of the other files is missing or does not belong to the main file. */
static horn_status verify(const source *save, const name_list *others, const char *directory,
                          const char *name)
{
    horn_status status = HORN_OK;
    contents found = { 0 };
    bytes report = { 0 };
    for (size_t i = 0; i < others->count; i++) {
        bytes content = { 0 };
        status = read_in(directory, name, others->names[i], &content);
        bytes_free(&content);
        if (status) goto done;
    }
    TRY(format_contents(format_of_bare_names(), &found, save));
    TRY(found.verify(&found, &report));
done:
    contents_free(&found);
    bytes_free(&report);
    return status;
}

/* True if the main file under its final name names one of these files, too, or cannot be read. */
static bool is_in_use(const char *directory, const char *name, const name_list *others)
{
    const format_files *f = checkpoint_files_of(name);
    bytes main = { 0 };
    name_list present = { 0 };
    if (!is_there(directory, name, f->main)) return false;
    bool in_use = read_in(directory, name, f->main, &main) || f->others(&present, &main, name);
    for (size_t i = 0; i < others->count; i++) in_use = in_use || name_list_has(&present, others->names[i]);
    name_list_free(&present);
    bytes_free(&main);
    return in_use;
}

/* Opens the save of a temporary main file, and lists the other files that this names. */
static horn_status open_left(source *out, name_list *others, const char *directory, const char *left,
                             const char *name)
{
    horn_status status = HORN_OK;
    const format_files *f = checkpoint_files_of(name);
    bytes main = { 0 }, path = { 0 };
    bytes_print(&path, "%s/%s", directory, name);
    TRY(bytes_status(&path));
    TRY(read_in(directory, left, "", &main));
    TRY(f->others(others, &main, left));
    TRY(source_open_main(out, bytes_text(&path), f, &main));
done:
    bytes_free(&main);
    bytes_free(&path);
    return status;
}

/* Removes the files that a temporary main file names. */
static horn_status sweep_others(const char *directory, const char *left, const char *name)
{
    horn_status status = HORN_OK;
    source save = { 0 };
    name_list others = { 0 };
    horn_status read = open_left(&save, &others, directory, left, name);
    if (!read && is_in_use(directory, name, &others)) read = HORN_ERROR_FILE;
    if (!read) read = verify(&save, &others, directory, name);
    if (read == HORN_ERROR_MEMORY) TRY(read);
    for (size_t i = 0; !read && i < others.count; i++)
        TRY(checkpoint_remove_file(directory, name, others.names[i]));
    /* Before the temporary main file goes. */
    if (!read) TRY(folder_sync(directory));
done:
    name_list_free(&others);
    source_close(&save);
    return status;
}

/* NAME in ".NAME.index.PID-N.horn-tmp"; NULL for other files, and for names of other templates. */
static horn_status take_name(char **out, const char *file, const char *template)
{
    const char *tail = format_of_bare_names()->files->main;
    const size_t length = temporary_target(file), end = strlen(tail);
    *out = NULL;
    if (length <= end || strncmp(file + 1 + length - end, tail, end) != 0) return HORN_OK;
    horn_status status = memory_copy_text(out, file + 1, length - end);
    if (status ||
        (checkpoint_files_of(*out) && (checkpoint_name_fits(template, *out) || checkpoint_is_best(*out))))
        return status;
    free(*out);
    *out = NULL;
    return HORN_OK;
}

static horn_status is_equal(const char *directory, const char *name, const char *const suffixes[FILES_USUAL],
                            bool *equal)
{
    bytes first = { 0 }, second = { 0 };
    horn_status status = read_in(directory, name, suffixes[0], &first);
    if (!status) status = read_in(directory, name, suffixes[1], &second);
    *equal = !status && first.size == second.size && memcmp(first.data, second.data, first.size) == 0;
    bytes_free(&first);
    bytes_free(&second);
    return status == HORN_ERROR_MEMORY ? status : HORN_OK;
}

/* While `best` is replaced, its main file names the second usual file instead of the first. If a run saved what is there
 * now, the file that is not named belongs to the state before or after it. */
static horn_status sweep_best(const char *directory)
{
    static const char name[] = "best";
    horn_status status = HORN_OK;
    bytes path = { 0 }, main = { 0 };
    run_facts facts = { 0 };
    name_list others = { 0 };
    checkpoint_mark mark;
    bool stale = false;
    const format_files *f = checkpoint_files_of(name);
    if (!checkpoint_mark_take(&mark, directory, name) || !mark.files[1].st_ino || !mark.files[2].st_ino)
        return HORN_OK;
    bytes_print(&path, "%s/%s", directory, name);
    bytes_print(&main, "%s%s", name, f->main);
    TRY(bytes_status(&path));
    TRY(bytes_status(&main));
    horn_status read = model_read_run(&facts, bytes_text(&path));
    if (!read) read = checkpoint_read_others(&others, directory, name, bytes_text(&main));
    if (read == HORN_ERROR_MEMORY) TRY(read);
    if (read || !facts.name || strcmp(facts.name, name) != 0) goto done;
    const bool second = name_list_has(&others, f->usual[1]), first = name_list_has(&others, f->usual[0]);
    if (first && !second) TRY(is_equal(directory, name, f->usual, &stale));
    if (second && !first) TRY(checkpoint_remove_file(directory, name, f->usual[0]));
    if (stale) TRY(checkpoint_remove_file(directory, name, f->usual[1]));
done:
    name_list_free(&others);
    run_facts_free(&facts);
    bytes_free(&path);
    bytes_free(&main);
    return status;
}

horn_status checkpoint_files_sweep(const char *directory, const char *template)
{
    char **files;
    size_t count;
    horn_status status = folder_list(directory, &files, &count);
    for (size_t i = 0; i < count && !status; i++) {
        char *name = NULL;
        status = take_name(&name, files[i], template);
        if (!status && name && temporary_is_left(directory, files[i]))
            status = sweep_others(directory, files[i], name);
        free(name);
    }
    folder_list_free(files, count);
    if (!status) status = sweep_best(directory);
    return status ? status : temporary_sweep(directory);
}
