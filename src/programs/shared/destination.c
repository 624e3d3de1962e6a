#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <horn/file.h>
#include "programs/shared/destination.h"
#include "programs/shared/nearest.h"
#include "programs/shared/options.h"
#include "programs/shared/terminal.h"

bool has_suffix(const char *path, const char *suffix)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t length = strlen(name), end = strlen(suffix);
    return length > end && strcmp(name + length - end, suffix) == 0;
}

/* "a/b/c" -> "a/b", "a" -> ".", "/a" -> "/" */
static void go_up(char *path)
{
    char *slash = strrchr(path, '/');
    while (slash && slash > path && slash[-1] == '/') slash--;
    if (!slash)
        strcpy(path, ".");
    else if (slash == path)
        path[1] = '\0';
    else
        *slash = '\0';
}

/* True if a file or directory can be made at the path. */
static bool check_place(const char *path, size_t length)
{
    char place[4096];
    struct stat found;
    if (length + 2 > sizeof place) return !print_error("%s: too long for a file's name", path);
    memcpy(place, path, length);
    place[length] = '\0';
    do go_up(place);
    while (stat(place, &found) != 0 && errno == ENOENT && strcmp(place, ".") != 0);
    if (access(place, W_OK | X_OK) != 0) return !print_error("%s: %s: %s", path, place, strerror(errno));
    if (!S_ISDIR(found.st_mode)) return !print_error("%s: %s is not a directory", path, place);
    return true;
}

/* True in /dev, and in /proc, to which /dev/stdout leads. */
static bool is_device_name(const char *path)
{
    char place[4096];
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    if (length + 2 > sizeof place) return false;
    memcpy(place, path, length);
    place[length] = '\0';
    go_up(place);
    char *real = realpath(place, NULL);
    const bool is = real && (strcmp(real, "/dev") == 0 || strncmp(real, "/proc/", 6) == 0);
    free(real);
    return is;
}

static bool check_file(const char *path, bool may_be_device)
{
    struct stat found;
    const size_t length = strlen(path);
    const bool is_there = stat(path, &found) == 0;
    if (!is_there && errno == ELOOP) return !print_error("%s: %s", path, strerror(errno));
    if (length && (path[length - 1] == '/' || (is_there && S_ISDIR(found.st_mode))))
        return !print_error("%s: is a directory, expected a file", path);
    if (is_there && may_be_device && S_ISCHR(found.st_mode)) return true;
    if (is_device_name(path) || (is_there && !S_ISREG(found.st_mode)))
        return !print_error("%s: is no regular file, expected one or a free name", path);
    return check_place(path, length);
}

bool destination_check(const char *path)
{
    return check_file(path, false);
}

bool destination_check_log(const char *path)
{
    return check_file(path, true);
}

bool destination_check_prefix(const char *path)
{
    struct stat found;
    const bool is_there = stat(path, &found) == 0;
    if (!is_device_name(path) && (!is_there || S_ISREG(found.st_mode) || S_ISDIR(found.st_mode))) return true;
    return !print_error("%s: is no regular file, expected one or a free name", path);
}

bool destination_check_folder(const char *path)
{
    struct stat found;
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    if (stat(path, &found) == 0 && !S_ISDIR(found.st_mode))
        return !print_error("%s: is a file, expected a directory or a free name", path);
    if (is_device_name(path)) return !print_error("%s: is a directory of devices, expected another one", path);
    return check_place(path, length);
}

/* Copies a template with "0" in place of each field. */
static void fill_fields(char *out, size_t size, const char *path)
{
    size_t used = 0;
    while (*path && used + 1 < size) {
        const char *end = *path == '{' ? strchr(path, '}') : NULL;
        out[used++] = end ? '0' : *path;
        path = end ? end + 1 : path + 1;
    }
    out[used] = '\0';
}

void destination_check_suffix(const char *option, const char *path, const char *advice)
{
    enum { MOST = 32 };
    const char *known[MOST], *suffix;
    char filled[4096];
    size_t count = 0;
    fill_fields(filled, sizeof filled, path);
    const char *unknown = horn_unknown_suffix(filled);
    if (!unknown) return;
    for (size_t i = 0; count < MOST && (suffix = horn_suffix_at(i)); i++) known[count++] = suffix;
    const char *near = nearest_name(unknown, known, count);
    if (near) usage_error("%s%s: did you mean %s? %s", option, path, near, advice);
    usage_error("%s%s: no format has the suffix %s; %s", option, path, unknown, advice);
}
