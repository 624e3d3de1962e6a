/* Regularizers by Keras' names: L1, L2, L1L2. They add a penalty of a weight's values to the loss:
 *
 * l1 sum |w| + l2 sum w^2
 *
 * They are read from a string ("l2") or from a config in any of Keras' forms, and written in Keras' form with
 * module. */
#ifndef FUNCTIONS_REGULARIZER_H
#define FUNCTIONS_REGULARIZER_H

#include <stddef.h>
#include <horn/status.h>
#include "config/config.h"

typedef struct regularizer_class regularizer_class;

typedef struct regularizer {
    /* NULL: no regularizer. All zero: no regularizer. */
    const regularizer_class *class;
    double l1, l2;
} regularizer;

/* Reads a regularizer; for NULL and null there is none. `where` begins the error line. */
HORN_CHECKED horn_status regularizer_read(regularizer *out, const config *value, const char *where);
/* Sets the member `key`; null if there is no regularizer. */
void regularizer_describe(const regularizer *r, config *into, const char *key);

/* The penalty of w[n]; adds in double. */
double regularizer_loss(const regularizer *r, size_t n, const float *w);

/* dw += l1 sign(w) + 2 l2 w, with sign(0) = 0. */
void regularizer_add_gradient(const regularizer *r, size_t n, const float *w, float *dw);

#endif
