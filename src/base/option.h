/* Numbers among the options of the public API: 0 was left out, HORN_ZERO is a 0 that is meant. Their bits are compared, not
 * their values: HORN_ZERO is a denormal number, which equals 0 in a program that sets DAZ (one linked with -ffast-math). */
#ifndef BASE_OPTION_H
#define BASE_OPTION_H

#include <stdbool.h>

bool option_is_given(double value);
/* The number that is meant: `otherwise` where it was left out, 0 for HORN_ZERO. */
double option_number(double value, double otherwise);

#endif
