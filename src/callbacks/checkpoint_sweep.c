/* Removes what killed saves left in a directory of checkpoints. A data file does not say who wrote it: it is a
 * leftover if its index is there under a temporary name, and all its checksums match. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/bytes.h"
#include "base/folder.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/temporary.h"
#include "callbacks/checkpoint_files.h"
#include "callbacks/checkpoint_name.h"
#include "codecs/tensorflow/tensor_bundle.h"
#include "model/files/save_load.h"

static horn_status read_in(const char *directory, const char *file, bytes *out)
{
    struct stat facts;
    bytes path = { 0 };
    bytes_print(&path, "%s/%s", directory, file);
    horn_status status = bytes_status(&path);
    bool regular = !status && lstat(bytes_text(&path), &facts) == 0 && S_ISREG(facts.st_mode);
    if (!status)
        status = regular ? file_read(out, bytes_text(&path), 0)
                         : fail(HORN_ERROR_FILE, "%s: is no regular file", bytes_text(&path));
    bytes_free(&path);
    return status;
}

static horn_status open_index(tensor_bundle **out, const char *directory, const char *file)
{
    bytes index = { 0 };
    horn_status status = read_in(directory, file, &index);
    if (!status) status = tensor_bundle_open(out, index.data, index.size, file);
    bytes_free(&index);
    return status;
}

static horn_status print_data(bytes *out, const char *name, size_t shard, size_t shards)
{
    char suffix[32];
    tensor_bundle_suffix(suffix, shard, shards);
    out->size = 0;
    bytes_print(out, "%s%s", name, suffix);
    return bytes_status(out);
}

/* Fails if a data file is missing or does not belong to the index. */
static horn_status verify_data(tensor_bundle *bundle, const char *directory, const char *name)
{
    horn_status status = HORN_OK;
    bytes file = { 0 }, content = { 0 };
    const size_t shards = tensor_bundle_shards(bundle);
    for (size_t i = 0; i < shards; i++) {
        if (!tensor_bundle_needs(bundle, i)) continue;
        TRY(print_data(&file, name, i, shards));
        TRY(read_in(directory, bytes_text(&file), &content));
        TRY(tensor_bundle_give(bundle, i, &content));
    }
    status = tensor_bundle_verify(bundle);
done:
    bytes_free(&file);
    bytes_free(&content);
    return status;
}

/* True if the index under its final name has these data files, too, or cannot be read. */
static bool is_in_use(const char *directory, const char *name, size_t shards)
{
    bytes file = { 0 }, path = { 0 };
    struct stat facts;
    tensor_bundle *present = NULL;
    bytes_print(&file, "%s.index", name);
    bytes_print(&path, "%s/%s.index", directory, name);
    bool failed = bytes_status(&file) || bytes_status(&path);
    bool there = failed || lstat(bytes_text(&path), &facts) == 0;
    bool other = there && !failed && !open_index(&present, directory, bytes_text(&file)) &&
                 tensor_bundle_shards(present) != shards;
    tensor_bundle_close(present);
    bytes_free(&file);
    bytes_free(&path);
    return there && !other;
}

/* Removes the data that a temporary index describes. */
static horn_status sweep_data(const char *directory, const char *left, const char *name)
{
    horn_status status = HORN_OK;
    tensor_bundle *bundle = NULL;
    bytes file = { 0 };
    horn_status read = open_index(&bundle, directory, left);
    if (!read && !is_in_use(directory, name, tensor_bundle_shards(bundle)))
        read = verify_data(bundle, directory, name);
    else
        read = read ? read : HORN_ERROR_FILE;
    if (read == HORN_ERROR_MEMORY) TRY(read);
    for (size_t i = 0; !read && i < tensor_bundle_shards(bundle); i++) {
        if (!tensor_bundle_needs(bundle, i)) continue;
        TRY(print_data(&file, name, i, tensor_bundle_shards(bundle)));
        TRY(folder_remove_file(directory, bytes_text(&file)));
    }
    /* Before the temporary index goes. */
    if (!read) TRY(folder_sync(directory));
done:
    tensor_bundle_close(bundle);
    bytes_free(&file);
    return status;
}

/* NAME in ".NAME.index.PID-N.horn-tmp"; NULL for other files, and for names of other templates. */
static horn_status take_name(char **out, const char *file, const char *template)
{
    static const char tail[] = ".index";
    const size_t length = temporary_target(file), end = sizeof tail - 1;
    *out = NULL;
    if (length <= end || strncmp(file + 1 + length - end, tail, end) != 0) return HORN_OK;
    horn_status status = memory_copy_text(out, file + 1, length - end);
    if (status || checkpoint_name_fits(template, *out) || checkpoint_is_best(*out)) return status;
    free(*out);
    *out = NULL;
    return HORN_OK;
}

static horn_status is_equal(const char *directory, const char *a, const char *b, bool *equal)
{
    bytes first = { 0 }, second = { 0 };
    horn_status status = read_in(directory, a, &first);
    if (!status) status = read_in(directory, b, &second);
    *equal = !status && first.size == second.size && memcmp(first.data, second.data, first.size) == 0;
    bytes_free(&first);
    bytes_free(&second);
    return status == HORN_ERROR_MEMORY ? status : HORN_OK;
}

/* While `best` is replaced, its index says two data files. If a run saved what is there now, the other data file
 * belongs to the state before or after it. */
static horn_status sweep_best(const char *directory)
{
    static const char one[] = "best.data-00000-of-00001", two[] = "best.data-00000-of-00002";
    horn_status status = HORN_OK;
    bytes path = { 0 };
    run_facts facts = { 0 };
    tensor_bundle *bundle = NULL;
    checkpoint_mark mark;
    bool stale = false;
    if (!checkpoint_mark_take(&mark, directory, "best") || !mark.files[1].st_ino || !mark.files[2].st_ino)
        return HORN_OK;
    bytes_print(&path, "%s/best", directory);
    TRY(bytes_status(&path));
    horn_status read = model_read_run(&facts, bytes_text(&path));
    if (!read) read = open_index(&bundle, directory, "best.index");
    if (read == HORN_ERROR_MEMORY) TRY(read);
    if (read || !facts.name || strcmp(facts.name, "best") != 0) goto done;
    if (tensor_bundle_shards(bundle) == 1) TRY(is_equal(directory, one, two, &stale));
    if (tensor_bundle_shards(bundle) == 2)
        TRY(folder_remove_file(directory, one));
    else if (stale)
        TRY(folder_remove_file(directory, two));
done:
    tensor_bundle_close(bundle);
    run_facts_free(&facts);
    bytes_free(&path);
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
            status = sweep_data(directory, files[i], name);
        free(name);
    }
    folder_list_free(files, count);
    if (!status) status = sweep_best(directory);
    return status ? status : temporary_sweep(directory);
}
