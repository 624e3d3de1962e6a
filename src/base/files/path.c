#include "base/files/path.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/files/folder.h"
#include "base/memory.h"
#include "base/status.h"

enum { MOST_LINKS = 8 };

static horn_status too_long(const char *path)
{
    return fail(HORN_ERROR_FILE, "%.200s: %s", path, strerror(ENAMETOOLONG));
}

static horn_status go(char place[PATH_MAX], const char *path, int links);

/* Appends one part of a path to `place`. A link continues from its own directory. */
static horn_status step(char place[PATH_MAX], const char *name, size_t size, int links)
{
    char target[PATH_MAX];
    const size_t before = strlen(place);
    if (size == 0 || (size == 1 && *name == '.')) return HORN_OK;
    if (size == 2 && memcmp(name, "..", 2) == 0) {
        char *slash = strrchr(place, '/');
        slash[slash == place] = 0;
        return HORN_OK;
    }
    if (before + 1 + size >= PATH_MAX) return too_long(name);
    if (before > 1) strcat(place, "/");
    strncat(place, name, size);
    const ssize_t length = readlink(place, target, sizeof target - 1);
    if (length < 0) return HORN_OK;
    if (links == MOST_LINKS) return fail(HORN_ERROR_FILE, "%s: %s", place, strerror(ELOOP));
    target[length] = 0;
    place[before] = 0;
    return go(place, target, links + 1);
}

static horn_status go(char place[PATH_MAX], const char *path, int links)
{
    horn_status status = HORN_OK;
    if (*path == '/') strcpy(place, "/");
    while (*path && !status) {
        const size_t size = strcspn(path, "/");
        status = step(place, path, size, links);
        path += size + (path[size] == '/');
    }
    return status;
}

horn_status path_resolve(char **out, const char *path)
{
    char place[PATH_MAX];
    if (*path != '/' && !getcwd(place, sizeof place)) return fail(HORN_ERROR_FILE, ".: %s", strerror(errno));
    horn_status status = go(place, path, 0);
    return status ? status : memory_copy_string(out, place);
}

bool path_is_same(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

horn_status path_is_in(bool *out, const char *path, const char *directory)
{
    char *place = NULL;
    horn_status status = path_resolve(&place, path);
    *out = false;
    while (!status && !*out) {
        *out = path_is_same(place, directory);
        char *slash = strrchr(place, '/');
        if (!slash[1]) break;
        slash[slash == place] = 0;
    }
    free(place);
    return status;
}
