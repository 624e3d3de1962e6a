/* A folder for the files of a test. */
#ifndef TESTS_META_GRAPH_PLACE_H
#define TESTS_META_GRAPH_PLACE_H

#include "formats/files.h"

static folder place;

static inline const char *in_place(const char *name)
{
    static char paths[4][128];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", place.path, name);
    return path;
}

/* In memory, if there is a place for files: thousands of them wait for a busy disk. */
static inline void make_place(void)
{
    strcpy(place.path, "/dev/shm/horn-formats-XXXXXX");
    if (!mkdtemp(place.path)) place = folder_make();
}

static inline void clear(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", place.path);
    ck_assert_int_eq(system(command), 0);
}

static inline void write_file(const char *path, const bytes *content)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content->data, 1, content->size, file), content->size);
    ck_assert_int_eq(fclose(file), 0);
}

#endif
