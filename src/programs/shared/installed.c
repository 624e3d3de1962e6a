#include "programs/shared/installed.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *installed(const char *name)
{
    static char paths[2][4096];
    char *path = paths[strcmp(name, INSTALLED_MODEL) == 0], self[2048];
    if (access(name, F_OK) == 0) return name;
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0) return name;
    self[n] = '\0';
    char *slash = strrchr(self, '/');
    if (!slash) return name;
    *slash = '\0';
    snprintf(path, sizeof paths[0], "%s/../share/horn/%s", self, name);
    return access(path, F_OK) == 0 ? path : name;
}
