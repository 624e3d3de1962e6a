/* TensorFlow's file `checkpoint` beside checkpoints, which names them. One that names what this run did not save is
 * somebody else's. */
#ifndef CALLBACKS_CHECKPOINT_POINTER_H
#define CALLBACKS_CHECKPOINT_POINTER_H

#include "callbacks/checkpoint_files.h"

/* Whether there is none, or one as Horn writes it that names checkpoints of these lists alone, and such that the
 * template can make and that are gone. */
HORN_CHECKED horn_status checkpoint_pointer_is_own(const char *directory, const char *template,
                                                   const checkpoint_list *const lists[], bool *own);

/* Makes it name the newest `keep` of a list, unless it does. */
HORN_CHECKED horn_status checkpoint_pointer_write(const char *directory, const checkpoint_list *,
                                                  size_t keep);

/* Those, as the lists of names that saves take: {name, ..., NULL}; the caller frees the array. */
HORN_CHECKED horn_status checkpoint_newest_names(const checkpoint_list *, size_t keep, const char ***out);

#endif
