/* What the readers of data sets fill: the arrays of a horn_dataset, and the names of its classes. */
#ifndef DATA_DATASET_H
#define DATA_DATASET_H

#include <stdbool.h>
#include <horn/dataset.h>
#include "base/bytes.h"
#include "codecs/npy.h"
#include "snapshot/class_names.h"

enum { X_TRAIN, Y_TRAIN, X_TEST, Y_TEST, W_TRAIN, W_TEST, ARRAYS };

struct horn_dataset {
    npy_array arrays[ARRAYS];
    horn_view views[ARRAYS];
    bool there[ARRAYS];
    /* The archive, from which arrays borrow. */
    bytes file;
    /* Empty: labels are numbers. */
    class_names classes;
};

/* Takes the array, which becomes empty, and makes its view. */
void dataset_put(horn_dataset *, int which, npy_array *array);

/* Keeps the first `samples` of a view; 0: all. Fails if there are fewer, or none. `path` begins the error line. */
HORN_CHECKED horn_status dataset_cut(horn_dataset *, int which, size_t samples, const char *path);

#endif
