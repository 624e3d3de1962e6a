/* Records what a save does to a folder, so that every state after a loss of power can be made. */
#ifndef TESTS_FOLDER_CHANGES_H
#define TESTS_FOLDER_CHANGES_H

#include "robustness/small_checkpoints.h"

enum { OLD = 0, NEW = 1 };

/* ---- power loss: what was done ---- */

enum { MAX_ENTRIES = 400, MAX_OBJECTS = 100, ROOT = 0 };

typedef struct entry {
    /* o m create; n rename; x exchange two names; u remove; w f of a file; d fsync of a folder. */
    char letter;
    /* Object that contains the name. */
    int folder;
    /* After n: object is at `to`; after x: other is at `name`. */
    int object, other;
    char name[64], to[64];
    unsigned char *data;
    size_t size;
    off_t offset;
} entry;

typedef struct object {
    ino_t inode;
    bool is_folder;
} object;

static entry entries[MAX_ENTRIES];
static object objects[MAX_OBJECTS];
static int entry_count, object_count, old_end;

static inline int object_of(ino_t inode)
{
    int i = object_count - 1;
    while (i >= 0 && objects[i].inode != inode) i--;
    if (i < 0) abort();
    return i;
}

static inline int add_object(ino_t inode, bool is_folder)
{
    if (object_count == MAX_OBJECTS) abort();
    objects[object_count] = (object){ inode, is_folder };
    return object_count++;
}

/* The folder that a path is in, and the name there. */
static inline int split(const char *path, char name[64])
{
    char copy[512];
    struct stat facts;
    snprintf(copy, sizeof copy, "%s", path);
    size_t size = strlen(copy);
    while (size && copy[size - 1] == '/') copy[--size] = 0;
    char *slash = strrchr(copy, '/');
    if (strlen(slash + 1) >= 64) abort();
    strcpy(name, slash + 1);
    *slash = 0;
    if (stat(copy, &facts) != 0) abort();
    return object_of(facts.st_ino);
}

static inline void record(const file_call *c)
{
    struct stat facts;
    if (entry_count == MAX_ENTRIES) abort();
    entry *e = &entries[entry_count++];
    *e = (entry){ .letter = c->exchanged ? 'x' : c->letter, .size = c->size, .offset = c->offset };
    if (strchr("omnu", c->letter)) e->folder = split(c->path, e->name);
    if (c->letter == 'n' && split(c->to, e->to) != e->folder) abort();
    if (c->letter == 'o' || c->letter == 'm')
        e->object = add_object(c->inode, c->letter == 'm');
    else if (c->letter != 'u')
        e->object = object_of(c->inode);
    if (c->exchanged && lstat(c->path, &facts) != 0) abort();
    if (c->exchanged) e->other = object_of(facts.st_ino);
    if (c->letter == 'f' && objects[e->object].is_folder) e->letter = 'd';
    if (c->data && !(e->data = malloc(c->size))) abort();
    if (c->data) memcpy(e->data, c->data, c->size);
}

#endif
