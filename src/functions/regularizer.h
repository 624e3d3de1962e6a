/* Regularizers by Keras' names: L1, L2, L1L2. A loss that grows with a parameter's values:
 *
 *     l1 sum |w| + l2 sum w^2
 *
 * Read from a string ("l2") or a config in any of Keras' spellings; described as Keras' module form. */
#ifndef FUNCTIONS_REGULARIZER_H
#define FUNCTIONS_REGULARIZER_H

#include <stddef.h>
#include <horn/status.h>
#include "config/config.h"

typedef struct regularizer_class regularizer_class;

typedef struct regularizer {
    const regularizer_class *class; /* NULL: none; all zeros is none */
    double l1, l2;
} regularizer;

/* NULL or null: none. `where` begins the message. */
HORN_CHECKED horn_status regularizer_read(regularizer *out, const config *value, const char *where);
/* Sets the member `key`: null for none. */
void regularizer_describe(const regularizer *r, config *into, const char *key);

double regularizer_loss(const regularizer *r, size_t n, const float *w); /* sums in double */

/* dw += l1 sign(w) + 2 l2 w, with sign(0) = 0. */
void regularizer_add_gradient(const regularizer *r, size_t n, const float *w, float *dw);

#endif
