/* The options that say what a file of data has in it, and the names of its classes; the same in train, evaluate and predict. */
#ifndef PROGRAMS_TRAINING_SOURCE_H
#define PROGRAMS_TRAINING_SOURCE_H

#include <stddef.h>
#include <horn/horn.h>

typedef struct source_request {
    /* Of a .csv; NULL: not given. */
    const char *label_column, *target;
} source_request;

/* For a table of options: `type` is the request, which has a source_request as `source`. */
#define SOURCE_OPTIONS(type)                                                        \
    { "label-column",                                                               \
      "NAME|N",                                                                     \
      OPTION_TEXT,                                                                  \
      offsetof(type, source.label_column),                                          \
      "of a .csv: the classes, as numbers or names; -1 is the last [-1]",           \
      0,                                                                            \
      0 },                                                                          \
    {                                                                               \
        "target", "NAME|N", OPTION_TEXT, offsetof(type, source.target),             \
            "of a .csv: the column of numbers to predict, instead of classes", 0, 0 \
    }

/* Wrong usage if options exclude each other. */
void source_check(const source_request *);

/* Loads the data. Names of classes go by the model's, if it has any. */
HORN_CHECKED horn_status source_load(horn_dataset **out, const char *path, const source_request *,
                                     const horn_model *, horn_dataset_options options);

/* The names of the model's classes, borrowed; the caller frees the list. NULL: there is no memory. */
const char **source_class_names(size_t *count, const horn_model *);

/* Makes the model remember the names of the data's classes. */
HORN_CHECKED horn_status source_remember(const horn_dataset *, horn_model *);

/* The product of the model's input shape; 0 if it has an open axis. */
size_t source_features(const horn_model *);

/* Reads names of classes, one a line, into the model. Returns the exit status. */
int source_read_labels(const char *path, horn_model *);

#endif
