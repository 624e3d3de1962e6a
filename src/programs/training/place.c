#include "programs/training/place.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <horn/callback.h>

#define PARENT "checkpoints"

enum { DIGITS = 6, NAME = 256, MOST_NAMED = 3 };

/* "mlp" of models/mlp.json */
static void print_model_name(char out[NAME], const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    size_t start = length;
    while (start > 0 && path[start - 1] != '/') start--;
    const char *dot = memrchr(path + start, '.', length - start);
    if (dot && dot > path + start) length = (size_t)(dot - path);
    size_t size = length - start < NAME - 40 ? length - start : NAME - 40;
    memcpy(out, path + start, size);
    out[size] = '\0';
    /* Braces would be fields of a template. */
    for (char *c = out; *c; c++)
        if (*c == '{' || *c == '}') *c = '_';
}

static bool is_directory(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

/* ---- the other runs ---- */

typedef struct other {
    char name[NAME];
    struct timespec changed;
} other;

/* "mlp", the name in earlier versions of Horn, or "mlp-adam-1a2b3c". */
static bool is_of_model(const char *name, const char *model)
{
    const size_t own = strlen(model), length = strlen(name);
    if (strncmp(name, model, own) != 0) return false;
    if (length == own) return true;
    const char *optimizer = name + own + 1, *dash = strchr(optimizer, '-');
    return name[own] == '-' && dash > optimizer && strlen(dash) == 1 + DIGITS &&
           strspn(dash + 1, "0123456789abcdef") == DIGITS;
}

static int newest_first(const void *a, const void *b)
{
    const other *x = a, *y = b;
    if (x->changed.tv_sec != y->changed.tv_sec) return x->changed.tv_sec < y->changed.tv_sec ? 1 : -1;
    if (x->changed.tv_nsec != y->changed.tv_nsec) return x->changed.tv_nsec < y->changed.tv_nsec ? 1 : -1;
    return strcmp(x->name, y->name);
}

/* The caller frees the list; NULL if there is none. */
static other *list_others(const char *model, size_t *count)
{
    other *list = NULL;
    DIR *parent = opendir(PARENT);
    *count = 0;
    for (struct dirent *entry; parent && (entry = readdir(parent));) {
        struct stat facts;
        if (strlen(entry->d_name) >= NAME || !is_of_model(entry->d_name, model)) continue;
        if (fstatat(dirfd(parent), entry->d_name, &facts, 0) != 0 || !S_ISDIR(facts.st_mode)) continue;
        other *more = realloc(list, (*count + 1) * sizeof *list);
        if (!more) break;
        list = more;
        list[*count].changed = facts.st_mtim;
        strcpy(list[(*count)++].name, entry->d_name);
    }
    if (parent) closedir(parent);
    if (*count) qsort(list, *count, sizeof *list, newest_first);
    return list;
}

static void describe_others(char *out, size_t size, const char *model, const char *own)
{
    size_t count, used;
    other *list = list_others(model, &count);
    *out = '\0';
    if (count) {
        used = (size_t)snprintf(out, size, "a run of its own, in %s; other runs of %s are in", own, model);
        for (size_t i = 0; i < count && i < MOST_NAMED && used < size; i++)
            used += (size_t)snprintf(out + used, size - used, "%s %s/%s", i ? "," : "", PARENT, list[i].name);
        if (count > MOST_NAMED && used < size)
            snprintf(out + used, size - used, " and %zu more", count - MOST_NAMED);
    }
    free(list);
}

/* ---- its own ---- */

horn_status place_choose(place *p, const char *model_path, horn_model *model, const char *const *identity)
{
    char name[NAME], optimizer[32], own[NAME + 60], before[NAME + 20];
    unsigned checksum;
    bool found = false;
    horn_status status = horn_run_checksum(&checksum, model, identity);
    if (status) return status;
    print_model_name(name, model_path);
    snprintf(optimizer, sizeof optimizer, "%s", horn_model_optimizer(model));
    for (char *c = optimizer; *c; c++)
        *c = isalnum((unsigned char)*c) ? (char)tolower((unsigned char)*c) : '_';
    snprintf(own, sizeof own, PARENT "/%s-%s-%0*x", name, optimizer, DIGITS, checksum & 0xffffff);
    snprintf(before, sizeof before, PARENT "/%s", name);
    *p = (place){ 0 };
    if (!is_directory(own)) status = horn_run_is_in(&found, model, identity, before);
    if (!status && !found && !is_directory(own)) describe_others(p->others, sizeof p->others, name, own);
    snprintf(p->template, sizeof p->template, "%s/ckpt-{epoch:04d}", found ? before : own);
    return status;
}
