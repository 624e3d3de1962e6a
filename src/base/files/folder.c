#include "base/files/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"

/* Some file systems have no fsync for directories and return EINVAL; that is no error. */
horn_status folder_sync(const char *path)
{
    horn_status status = HORN_OK;
    int file = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return fail(HORN_ERROR_FILE, "%s: %s", path, strerror(errno));
    while (fsync(file) < 0) {
        if (errno == EINTR) continue;
        if (errno != EINVAL) status = fail(HORN_ERROR_FILE, "%s: %s", path, strerror(errno));
        break;
    }
    close(file);
    return status;
}

/* Changes `path` while it runs, and restores it. */
static horn_status make(char *path)
{
    struct stat facts;
    if (stat(path, &facts) == 0)
        return S_ISDIR(facts.st_mode) ? HORN_OK
                                      : fail(HORN_ERROR_FILE, "%s: is a file, expected a directory", path);
    char *slash = strrchr(path, '/');
    if (slash && slash != path) {
        *slash = 0;
        horn_status status = make(path);
        *slash = '/';
        if (status) return status;
    }
    /* It exists: another process made it, or the path ends in a slash. */
    if (mkdir(path, 0777) < 0) {
        int reason = errno;
        if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode)) return HORN_OK;
        return fail(HORN_ERROR_FILE, "%s: %s", path, strerror(reason));
    }
    if (!slash) return folder_sync(".");
    if (slash == path) return folder_sync("/");
    *slash = 0;
    horn_status status = folder_sync(path);
    *slash = '/';
    return status;
}

horn_status folder_make(const char *path)
{
    char *copy;
    horn_status status = memory_copy_string(&copy, path);
    if (status) return status;
    status = make(copy);
    free(copy);
    return status;
}

horn_status folder_lock(int *lock, const char *path)
{
    int file = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return fail(HORN_ERROR_FILE, "%s: %s", path, strerror(errno));
    if (flock(file, LOCK_EX | LOCK_NB)) {
        horn_status status =
            errno == EWOULDBLOCK
                ? fail(HORN_ERROR_FILE, "%s: another run is writing its checkpoints there", path)
                : fail(HORN_ERROR_FILE, "%s: %s", path, strerror(errno));
        close(file);
        return status;
    }
    *lock = file;
    return HORN_OK;
}

void folder_unlock(int lock)
{
    if (lock >= 0) close(lock);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

horn_status folder_list(const char *path, char ***names, size_t *count)
{
    horn_status status = HORN_OK;
    char **found = NULL;
    size_t n = 0, capacity = 0;
    *names = NULL;
    *count = 0;
    DIR *folder = opendir(path);
    if (!folder && errno != ENOENT) return fail(HORN_ERROR_FILE, "%s: %s", path, strerror(errno));
    while (folder) {
        errno = 0;
        struct dirent *entry = readdir(folder);
        if (!entry && errno) TRY(fail(HORN_ERROR_FILE, "%s: %s", path, strerror(errno)));
        if (!entry) break;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        TRY(memory_grow(&found, n, &capacity, sizeof *found));
        TRY(memory_copy_string(&found[n], entry->d_name));
        n++;
    }
    if (n) qsort(found, n, sizeof *found, compare);
    *names = found;
    *count = n;
    found = NULL;
    n = 0;
done:
    if (folder) closedir(folder);
    folder_list_free(found, n);
    return status;
}

void folder_list_free(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++) free(names[i]);
    free(names);
}

horn_status folder_remove_file(const char *path, const char *name)
{
    char full[4096];
    if (snprintf(full, sizeof full, "%s/%s", path, name) >= (int)sizeof full)
        return fail(HORN_ERROR_FILE, "%s: the name of a file in it is too long", path);
    return unlink(full) && errno != ENOENT ? fail(HORN_ERROR_FILE, "%s: %s", full, strerror(errno)) : HORN_OK;
}

static void remove_tree(int at, const char *name, int depth)
{
    if (unlinkat(at, name, 0) == 0 || (errno != EISDIR && errno != EPERM)) return;
    int file = depth ? openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    DIR *folder = file < 0 ? NULL : fdopendir(file);
    struct dirent *entry;
    while (folder && (entry = readdir(folder)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove_tree(dirfd(folder), entry->d_name, depth - 1);
    if (folder)
        closedir(folder);
    else if (file >= 0)
        close(file);
    (void)unlinkat(at, name, AT_REMOVEDIR);
}

void folder_remove_tree(int at, const char *name)
{
    enum { DEEPEST = 16 };
    remove_tree(at, name, DEEPEST);
}

/* ---- members ---- */

/* True if the members allow a file, or a directory, of this path. */
static bool is_member(const char *const *members, const char *path, mode_t mode)
{
    if (!S_ISREG(mode) && !S_ISDIR(mode)) return false;
    for (const char *const *member = members; *member; member++) {
        const size_t length = strlen(*member);
        const bool is_folder = (*member)[length - 1] == '/';
        if (is_folder && S_ISDIR(mode) && strlen(path) == length - 1 &&
            strncmp(path, *member, length - 1) == 0)
            return true;
        if (!is_folder && S_ISREG(mode) && fnmatch(*member, path, FNM_PATHNAME | FNM_PERIOD) == 0)
            return true;
    }
    return false;
}

static horn_status check_inside(const char *folder, const char *const *members, const char *inside);

static horn_status check_member(const char *folder, const char *const *members, const char *path)
{
    struct stat facts;
    bytes full = { 0 };
    bytes_print(&full, "%s/%s", folder, path);
    horn_status status = bytes_status(&full);
    if (!status && lstat(bytes_text(&full), &facts) < 0)
        status = fail(HORN_ERROR_FILE, "%s: %s", bytes_text(&full), strerror(errno));
    bytes_free(&full);
    if (status) return status;
    if (!is_member(members, path, facts.st_mode))
        return fail(HORN_ERROR_FILE,
                    "%s: holds '%s', which is no part of what would replace it: expected a free name", folder,
                    path);
    return S_ISDIR(facts.st_mode) ? check_inside(folder, members, path) : HORN_OK;
}

/* Checks the entries of a directory, and of the directories in it. */
static horn_status check_inside(const char *folder, const char *const *members, const char *inside)
{
    char **names = NULL;
    size_t count = 0;
    bytes path = { 0 };
    bytes_print(&path, "%s/%s", folder, inside);
    horn_status status = bytes_status(&path);
    if (!status) status = folder_list(bytes_text(&path), &names, &count);
    for (size_t i = 0; !status && i < count; i++) {
        path.size = 0;
        bytes_print(&path, "%s%s%s", inside, *inside ? "/" : "", names[i]);
        status = bytes_status(&path);
        if (!status) status = check_member(folder, members, bytes_text(&path));
    }
    folder_list_free(names, count);
    bytes_free(&path);
    return status;
}

horn_status folder_holds_only(const char *path, const char *const *members)
{
    return check_inside(path, members, "");
}

horn_status folder_of(char **out, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return memory_copy_string(out, ".");
    return memory_copy_text(out, path, slash == path ? 1 : (size_t)(slash - path));
}

const char *folder_name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* If *path is a symbolic link, replaces it by the link's target. */
static horn_status follow_once(char **path, bool *is_link)
{
    horn_status status = HORN_OK;
    char said[PATH_MAX];
    char *directory = NULL;
    bytes whole = { 0 };
    const ssize_t size = readlink(*path, said, sizeof said - 1);
    *is_link = size > 0;
    if (!*is_link) return HORN_OK;
    said[size] = 0;
    TRY(folder_of(&directory, *path));
    bytes_print(&whole, "%s%s%s", *said == '/' ? "" : directory, *said == '/' ? "" : "/", said);
    TRY(bytes_status(&whole));
    char *next;
    TRY(memory_copy_string(&next, bytes_text(&whole)));
    free(*path);
    *path = next;
done:
    bytes_free(&whole);
    free(directory);
    return status;
}

horn_status folder_follow(char **out, const char *path)
{
    /* As in Linux. */
    enum { LONGEST_CHAIN = 40 };
    char *at = NULL;
    bool is_link = true;
    horn_status status = memory_copy_string(&at, path);
    for (int i = 0; !status && is_link; i++) {
        status = follow_once(&at, &is_link);
        if (!status && is_link && i == LONGEST_CHAIN)
            status = fail(HORN_ERROR_FILE, "%s: %s", path, strerror(ELOOP));
    }
    if (status) {
        free(at);
        return status;
    }
    *out = at;
    return HORN_OK;
}
