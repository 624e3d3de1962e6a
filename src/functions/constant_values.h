/* The list of values that the initializer Constant may have: nested lists of numbers, or an array as Keras 3 writes it,
 * {"class_name": "__numpy__", "config": {"value": lists, "dtype": "float32"}}. */
#ifndef FUNCTIONS_CONSTANT_VALUES_H
#define FUNCTIONS_CONSTANT_VALUES_H

#include <horn/status.h>
#include "config/config.h"
#include "tensor/tensor.h"

/* Returns the lists of a Constant's value; NULL if it is none, such as a number. Borrowed. */
const config *constant_values_of(const config *value);

/* Fails unless the lists are regular, hold finite numbers only, and fit the shape: broadcast to it, or as many as it has. `where`
 * begins the error line. */
HORN_CHECKED horn_status constant_values_check(const config *values, const shape *s, const char *where);

/* Fills out[shape] with values that were checked. */
HORN_CHECKED horn_status constant_values_fill(const config *values, const shape *s, float *out);

#endif
