/* Names of classes: the class of a name is its place in the list. */
#ifndef DATA_CLASSES_H
#define DATA_CLASSES_H

#include "data/dataset.h"

/* Takes the names that the caller gave (options->class_names), in their order; else the different ones of names[count], sorted by
 * bytes, as Keras sorts the folders of classes. */
HORN_CHECKED horn_status classes_choose(horn_dataset *, const horn_dataset_options *,
                                        const char *const *names, size_t count);

#endif
