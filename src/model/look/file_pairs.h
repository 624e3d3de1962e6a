/* Pairs the tensors of two files, for horn_file_compare. */
#ifndef MODEL_LOOK_FILE_PAIRS_H
#define MODEL_LOOK_FILE_PAIRS_H

#include "model/look/file.h"

/* A tensor and the name by which it is paired: its name in the file, or in the model. */
typedef struct item {
    /* Owned by the list, or by the comparison that takes it. */
    char *name;
    horn_file_tensor tensor;
    /* NULL: to be read from the file, by its index. */
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

/* Fills both lists with names that pair and sets *by to "name", "layer" or "place". The caller frees each list by
 * item_list_free, after a failure too. */
HORN_CHECKED horn_status file_pair(item_list *first, item_list *second, const char **by, const horn_file *a,
                                   const horn_file *b);
item *item_list_find(const item_list *, item *like);
void item_list_free(item_list *);

#endif
