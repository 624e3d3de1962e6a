#include "base/option.h"

#include <stdint.h>
#include <string.h>
#include <horn/options.h>

/* The bits without the sign: -0.0 is 0. */
static uint64_t magnitude(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits & INT64_MAX;
}

bool option_is_given(double value)
{
    return magnitude(value) != 0;
}

double option_number(double value, double otherwise)
{
    if (!option_is_given(value)) return otherwise;
    return magnitude(value) == magnitude(HORN_ZERO) ? 0 : value;
}
