/* The internal part of horn_file_compare: pairs the tensors of two files. */
#ifndef MODEL_LOOK_FILE_PAIRS_H
#define MODEL_LOOK_FILE_PAIRS_H

#include "model/look/file.h"

/* A tensor with the name by which it is paired: its name in the file, or in the model. */
typedef struct item {
    /* Owned by the list, or by the comparison that takes it. */
    char *name;
    horn_file_tensor tensor;
    /* NULL: read it from the file by its index. */
    const void *data;
    size_t index;
    bool taken;
} item;

typedef struct item_list {
    const horn_file *file;
    item *items;
    size_t count, capacity;
    item **sorted;
} item_list;

/* Pairs the tensors; *by says how. The caller frees both lists with item_list_free, also after a failure. */
HORN_CHECKED horn_status file_pair(item_list *first, item_list *second, const char **by, const horn_file *a,
                                   const horn_file *b);
item *item_list_find(const item_list *, item *like);
void item_list_free(item_list *);

#endif
