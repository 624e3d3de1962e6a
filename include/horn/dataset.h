/* Data for training and testing, from files.
 *
 * A data set has training and test images with their labels, each one array whose first axis counts samples.
 * Images are kept as stored: uint8 gets the divisor 255, float32 is taken as it is. Labels are kept as stored
 * too: integers, or one row per sample. The views live as long as their owner. */
#ifndef HORN_DATASET_H
#define HORN_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/export.h>
#include <horn/status.h>
#include <horn/view.h>

HORN_BEGIN

typedef struct horn_dataset horn_dataset;

typedef struct horn_dataset_options {
    size_t train_samples, test_samples; /* the first so many; 0 = all; more than there are is refused */
    bool no_train, no_test;             /* leaves these out: their files need not be there */
    bool fall_back; /* with no_train: loads the training set after all if there is no test set */
    /* Of a .csv. The label is the last column; another one: its name in the header, or its number, from 1, or from -1 at the end. */
    const char *label_column; /* with classes: whole numbers from 0, or names */
    const char *target;       /* with numbers, for regression; then label_column is ignored */
    size_t
        features; /* a .csv with so many columns has no labels: horn_dataset_y_train is NULL; 0: it always has */
    /* The classes' names in order, as a model was trained with them: other ones are refused. None: those of the data, sorted. */
    const char *const *class_names;
    size_t class_count;
} horn_dataset_options;

/* Loads a directory of IDX files (train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte,
 * t10k-labels-idx1-ubyte; plain or .gz) or an .npz with x_train, y_train, x_test, y_test. There may be no test
 * set: no t10k files, or an .npz with x_train and y_train alone, or with x and y. An .npz may also have w_train and
 * w_test, or w beside x and y: a weight for each sample. Or a .csv, which has no test set: a row for each sample, all columns but the label's are numbers; the
 * first row may be a header. Options may be NULL. */
HORN_CHECKED horn_status horn_dataset_load(horn_dataset **out, const char *path,
                                           const horn_dataset_options *options);
void horn_dataset_free(horn_dataset *dataset);

/* Shuffles the training samples, each with its label: the order is a function of the seed and their number. */
HORN_CHECKED horn_status horn_dataset_shuffle(horn_dataset *dataset, uint64_t seed);

/* Borrowed, until the data set is shuffled; NULL if it was left out or is not there. The last two: weights of the samples. */
const horn_view *horn_dataset_x_train(const horn_dataset *dataset);
const horn_view *horn_dataset_y_train(const horn_dataset *dataset);
const horn_view *horn_dataset_x_test(const horn_dataset *dataset);
const horn_view *horn_dataset_y_test(const horn_dataset *dataset);
const horn_view *horn_dataset_w_train(const horn_dataset *dataset);
const horn_view *horn_dataset_w_test(const horn_dataset *dataset);

/* Names of the classes, where the data have them instead of numbers; borrowed. Without names the count is 0, the name NULL. */
size_t horn_dataset_class_count(const horn_dataset *dataset);
const char *horn_dataset_class_name(const horn_dataset *dataset, size_t class_index);

/* CRC-32 over types, shapes and elements of all that was loaded: the same data from another kind of file
 * gives the same. */
unsigned horn_dataset_checksum(const horn_dataset *dataset);

/* One array from a numpy file. */
typedef struct horn_array horn_array;

/* Whether the file is there and begins as a .npy does. */
bool horn_array_recognizes(const char *path);

/* Reads a .npy. As for images, uint8 gets the divisor 255. */
HORN_CHECKED horn_status horn_array_load(horn_array **out, const char *path);
const horn_view *horn_array_view(const horn_array *array);
void horn_array_free(horn_array *array);

/* Writes a .npy, or where the path ends with .csv a line of numbers for each sample, whole or not at all: the elements as they
 * are, without the divisor. Missing directories are made. */
HORN_CHECKED horn_status horn_array_save(const char *path, const horn_view *view);

/* Arrays of an .npz, for a model with several inputs or outputs. */
typedef struct horn_arrays horn_arrays;

/* Reads the array NAME for each name; with a suffix, such as "_test", NAME_test if the file has that. Fails with the names that the
 * file has if one is missing. */
HORN_CHECKED horn_status horn_arrays_load(horn_arrays **out, const char *path, const char *const *names,
                                          size_t count, const char *suffix);
/* [count] in the order of the names, which are theirs, each of which points to the next (horn_view); borrowed, and may be changed. */
horn_view *horn_arrays_views(horn_arrays *arrays);
void horn_arrays_free(horn_arrays *arrays);

/* Writes the arrays of a list, each of which has a name, as an .npz, whole or not at all: the elements as they are. */
HORN_CHECKED horn_status horn_arrays_save(const char *path, const horn_view *list);

HORN_END
#endif
