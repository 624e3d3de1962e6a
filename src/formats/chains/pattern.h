/* Pattern matching on the intermediate representation. A pattern is a text:
 *
 *     Sub(upper, Mul(#slope, Relu(Neg(x))))
 *
 *     Sub(...)     an operation of that kind; Add, Mul, Minimum and Maximum take their inputs in either order
 *     x            the input of the pattern: any value that depends on the model's input
 *     kernel       a constant, as it stands or in another shape; an optional input may be missing
 *     #slope       a constant that is one number
 *     0            a constant that is that number
 *     upper        a definition of that name: any of its choices
 *
 * A name that occurs twice must be the same value, or the same number. The matcher backtracks through all choices. */
#ifndef FORMATS_CHAINS_PATTERN_H
#define FORMATS_CHAINS_PATTERN_H

#include "formats/chains/imported.h"

enum { PATTERN_CHOICES = 4, PATTERN_NAMES = 12 };

typedef struct pattern_definition {
    const char *name;
    const char *choices[PATTERN_CHOICES];
} pattern_definition;

/* What the names of a pattern stand for. */
typedef struct pattern_match {
    const imported *im;
    const pattern_definition *definitions; /* a name of NULL ends them */
    struct {
        const char *name; /* in a pattern; not ended by a 0 */
        size_t length, value;
    } names[PATTERN_NAMES];
    size_t count;
} pattern_match;

/* Whether the value is what the pattern says. */
bool pattern_fits(pattern_match *out, const imported *, const pattern_definition *, const char *pattern,
                  size_t value);

size_t pattern_value(const pattern_match *, const char *name); /* NO_VALUE: the name is not in it */
float pattern_number(const pattern_match *, const char *name, float other); /* `other`: the same */

#endif
