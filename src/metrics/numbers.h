/* An argument of a metric that is a list of numbers: label_weights, normalizer. Keras makes float32 of them. */
#ifndef METRICS_NUMBERS_H
#define METRICS_NUMBERS_H

#include <stddef.h>
#include "config/config_reader.h"

typedef struct numbers {
    /* Owned. */
    double *values;
    size_t count;
    /* It was one number, not a list. */
    bool is_single;
} numbers;

/* Reads a number, a list of numbers, or an array as Keras writes it into a .keras; leaves 0 numbers if the key is missing or null. */
void numbers_read(numbers *out, config_reader *, const char *key);
/* null if there are none. */
void numbers_describe(const numbers *, config *, const char *key);
void numbers_free(numbers *);

/* Of options: sets the list, unless there is none. */
void numbers_set(config *arguments, const char *key, const double *values, size_t count);

#endif
