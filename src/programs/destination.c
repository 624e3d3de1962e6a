#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "programs/destination.h"
#include "programs/terminal.h"

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

/* Whether something can be made where the path says. */
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

bool destination_check(const char *path)
{
    struct stat found;
    size_t length = strlen(path);
    if (length && (path[length - 1] == '/' || (stat(path, &found) == 0 && S_ISDIR(found.st_mode))))
        return !print_error("%s: is a directory, expected a file", path);
    return check_place(path, length);
}

bool destination_check_folder(const char *path)
{
    struct stat found;
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    if (stat(path, &found) == 0 && !S_ISDIR(found.st_mode))
        return !print_error("%s: is a file, expected a directory or a free name", path);
    return check_place(path, length);
}
