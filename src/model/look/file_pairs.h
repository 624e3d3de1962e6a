/* Inside of horn_file_compare: the tensors of two files in pairs. */
#ifndef MODEL_LOOK_FILE_PAIRS_H
#define MODEL_LOOK_FILE_PAIRS_H

#include "model/look/file.h"

/* A tensor under the name by which it is paired: of the file as it is, or of its model. */
typedef struct item {
    char *name; /* owned by the comparison that takes it, or freed with the list */
    horn_file_tensor tensor;
    const void *data; /* NULL: read from the file, by its index */
    size_t index;
    bool taken;
} item;

typedef struct item_list {
    const horn_file *file;
    item *items;
    size_t count, capacity;
    item **sorted;
} item_list;

/* Pairs them, and says by what; each list is freed by item_list_free, after a failure too. */
HORN_CHECKED horn_status file_pair(item_list *first, item_list *second, const char **by, const horn_file *a,
                                   const horn_file *b);
item *item_list_find(const item_list *, item *like);
void item_list_free(item_list *);

#endif
