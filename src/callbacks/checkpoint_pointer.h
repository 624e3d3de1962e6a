/* The pointer of a format (formats/save_files.h), which names the checkpoints beside it: TensorFlow's file `checkpoint`. If it
 * names one that this run did not save, it belongs to others. */
#ifndef CALLBACKS_CHECKPOINT_POINTER_H
#define CALLBACKS_CHECKPOINT_POINTER_H

#include "callbacks/checkpoint_files.h"

/* *own is true if there is no pointer, or if it has Horn's form and names only checkpoints of these lists, or removed ones
 * that the template can make. The template's format has a pointer. */
HORN_CHECKED horn_status checkpoint_pointer_is_own(const char *directory, const char *template,
                                                   const checkpoint_list *const lists[], bool *own);

/* Writes the names of the newest `keep` checkpoints of a list, unless the pointer has them already. */
HORN_CHECKED horn_status checkpoint_pointer_write(const format_files *, const char *directory,
                                                  const checkpoint_list *, size_t keep);

/* Gives these names as saves need them: {name, ..., NULL}; the caller frees the array. */
HORN_CHECKED horn_status checkpoint_newest_names(const checkpoint_list *, size_t keep, const char ***out);

#endif
