/* A double as the shortest text that reads back as the same double, as Python's repr writes it. */
#include "config/config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/plain_numbers.h"

/* Writes the digits and the exponent of "d.ddde-XX" in Python's notation. */
static void place_point(const char *digits, int count, int exponent, char out[32])
{
    char *at = out;
    if (exponent < -4 || exponent >= 16) {
        *at++ = digits[0];
        if (count > 1) {
            *at++ = '.';
            memcpy(at, digits + 1, (size_t)count - 1);
            at += count - 1;
        }
        sprintf(at, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
        return;
    }
    for (int i = exponent < 0 ? exponent : 0; i < count || i <= exponent + 1; i++) {
        if (i == exponent + 1) *at++ = '.';
        *at++ = i >= 0 && i < count ? digits[i] : '0';
    }
    *at = 0;
}

void config_format_number(double value, char out[32])
{
    char text[32], digits[20];
    if (!isfinite(value)) {
        strcpy(out, isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity");
        return;
    }
    const plain_numbers before = plain_numbers_begin();
    int precision = 0;
    do {
        snprintf(text, sizeof text, "%.*e", precision, fabs(value));
    } while (strtod(text, NULL) != fabs(value) && precision++ < 17);
    plain_numbers_end(before);
    int count = 0;
    const char *c = text;
    for (; *c && *c != 'e'; c++)
        if (*c != '.') digits[count++] = *c;
    if (signbit(value)) *out++ = '-';
    place_point(digits, count, atoi(c + 1), out);
}
