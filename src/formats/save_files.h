/* The files of a save, for formats whose saves have several: a checkpoint of TensorFlow, a SavedModel. Code that lists,
 * replaces or removes saves asks here and knows no suffix.
 *
 *     main file   NAME + `main`. The save is there if this file is; its content says which others belong to it.
 *     others      NAME + a suffix
 *     pointer     a file beside them that lists the saves of its directory and says which of them is the newest
 *
 * NAME may be a path. If `main` begins with '/', NAME is a directory. A format whose save is one file, NAME itself, has no
 * format_files. */
#ifndef FORMATS_SAVE_FILES_H
#define FORMATS_SAVE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include "base/bytes.h"

/* Names or suffixes. Owned; freed by name_list_free. */
typedef struct name_list {
    char **names;
    size_t count, capacity;
    /* Of the names in a pointer: the index of the newest save. */
    size_t newest;
} name_list;

/* Appends a copy, and makes it the newest. */
HORN_CHECKED horn_status name_list_add(name_list *, const char *name);
bool name_list_has(const name_list *, const char *name);
void name_list_free(name_list *);

enum { FILES_USUAL = 2 };

typedef struct format_files {
    const char *main;
    /* The suffixes of the others that a save without options has, and that exist while one is replaced; NULL if there are fewer. */
    const char *usual[FILES_USUAL];
    /* Returns the length of NAME if `file` has the name of one of the others, else 0. NULL: there are no others. */
    size_t (*name_in)(const char *file);
    /* Appends the suffixes of the others of a save whose main file has this content. `where` begins messages. */
    horn_status (*others)(name_list *out, const bytes *main, const char *where);
    /* False if a file has the main file's name, but another kind of content. NULL: the name decides. */
    bool (*fits)(const bytes *content);

    /* The pointer's name; NULL: there is none. */
    const char *pointer;
    /* Reads the names in a pointer into an empty list: at least one, without directories, the oldest first, each once. `where`
     * begins messages. */
    horn_status (*read_pointer)(name_list *out, const bytes *text, const char *where);
    /* Appends the pointer's text; nothing if the list is empty. */
    horn_status (*write_pointer)(bytes *out, const name_list *);
} format_files;

/* True if `file` has the name of a file of the save NAME. Both are in the same directory. */
bool files_include(const format_files *, const char *name, const char *file);

/* Returns the length of NAME if the path is that of its main file: "run/ckpt" in "run/ckpt.index". Else *found is false. NAME may
 * be empty: in "saved_model.pb" it is the working directory. */
size_t files_cut_main(const format_files *, const char *path, bool *found);

#endif
