#include "config/config_reader.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/plain_numbers.h"
#include "base/status.h"

config_reader config_reader_begin(const config *object, const char *where)
{
    config_reader r = { object, where, 0, HORN_OK };
    if (object && !config_is_object(object))
        r.status = fail(HORN_ERROR_FORMAT, "%s: its config is no JSON object", where);
    else if (config_count(object) > 64)
        r.status = fail(HORN_ERROR_FORMAT, "%s: its config has %zu arguments, expected at most 64", where,
                        config_count(object));
    return r;
}

void config_reader_fail(config_reader *r, horn_status status, const char *key, const char *format, ...)
{
    char text[512];
    va_list arguments;
    if (r->status) return;
    va_start(arguments, format);
    const plain_numbers before = plain_numbers_begin();
    vsnprintf(text, sizeof text, format, arguments);
    plain_numbers_end(before);
    va_end(arguments);
    r->status = fail(status, "%s: argument '%s' %s", r->where, key, text);
}

/* Finds a member and marks it as read; NULL if there is nothing to read. */
static const config *find(config_reader *r, const char *key)
{
    if (r->status) return NULL;
    size_t index = 0;
    for (const char *name; (name = config_key_at(r->object, index)); index++)
        if (strcmp(name, key) == 0) break;
    const config *value = config_at(r->object, index);
    if (value) r->read |= (uint64_t)1 << index;
    return config_is_null(value) ? NULL : value;
}

/* Refuses a value, with its text in the error line. */
static void refuse(config_reader *r, horn_status status, const char *key, const config *value,
                   const char *expected)
{
    bytes text = { 0 };
    if (config_print(value, false, &text) == HORN_OK && bytes_text(&text))
        config_reader_fail(r, status, key, "is %.200s, expected %s", bytes_text(&text), expected);
    else
        config_reader_fail(r, status, key, "is not %s", expected);
    bytes_free(&text);
}

void config_require(config_reader *r, const char *key)
{
    if (!find(r, key)) config_reader_fail(r, HORN_ERROR_FORMAT, key, "is missing");
}

void config_read_value(config_reader *r, const char *key, const config **out)
{
    *out = find(r, key);
}

void config_ignore(config_reader *r, const char *key)
{
    (void)find(r, key);
}

void config_read_string(config_reader *r, const char *key, const char **out)
{
    const config *value = find(r, key);
    if (!value) return;
    if (config_string(value))
        *out = config_string(value);
    else
        refuse(r, HORN_ERROR_FORMAT, key, value, "a string");
}

static bool is_boolean(const config *value)
{
    int64_t number;
    return !config_string(value) && !config_is_list(value) && !config_is_object(value) &&
           !config_integer(value, &number);
}

void config_read_boolean(config_reader *r, const char *key, bool *out)
{
    const config *value = find(r, key);
    double number;
    if (!value) return;
    if (is_boolean(value) && !config_number(value, &number))
        *out = config_is_true(value);
    else
        refuse(r, HORN_ERROR_FORMAT, key, value, "true or false");
}

void config_read_count(config_reader *r, const char *key, size_t least, size_t *out)
{
    const config *value = find(r, key);
    int64_t number;
    if (!value) return;
    if (config_integer(value, &number) && number >= 0 && (size_t)number >= least) {
        *out = (size_t)number;
        return;
    }
    char expected[64];
    snprintf(expected, sizeof expected, "an integer >= %zu", least);
    refuse(r, HORN_ERROR_FORMAT, key, value, expected);
}

void config_read_number(config_reader *r, const char *key, double least, double most, double *out)
{
    const config *value = find(r, key);
    double number = 0;
    if (!value) return;
    if (config_number(value, &number) && number >= least && number <= most) { /* Also refuses NaN. */
        *out = number;
        return;
    }
    char expected[96];
    const plain_numbers before = plain_numbers_begin();
    if (isinf(least) && isinf(most))
        strcpy(expected, "a number");
    else if (isinf(most))
        snprintf(expected, sizeof expected, "a number >= %g", least);
    else
        snprintf(expected, sizeof expected, "a number from %g to %g", least, most);
    plain_numbers_end(before);
    refuse(r, isfinite(number) ? HORN_ERROR_FORMAT : HORN_ERROR_UNSUPPORTED, key, value, expected);
}

void config_read_sizes(config_reader *r, const char *key, size_t least, size_t *out, size_t count)
{
    const config *value = find(r, key);
    int64_t number;
    char expected[96];
    if (!value) return;
    snprintf(expected, sizeof expected, "%zu integers >= %zu", count, least);
    if (config_is_list(value) && config_count(value) != count) {
        refuse(r, HORN_ERROR_FORMAT, key, value, expected);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (!config_integer(config_is_list(value) ? config_at(value, i) : value, &number) || number < 0 ||
            (size_t)number < least) {
            refuse(r, HORN_ERROR_FORMAT, key, value, expected);
            return;
        }
        out[i] = (size_t)number;
    }
}

void config_only_null(config_reader *r, const char *key)
{
    const config *value = find(r, key);
    if (value) refuse(r, HORN_ERROR_UNSUPPORTED, key, value, "null: anything else is not supported");
}

void config_only_string(config_reader *r, const char *key, const char *only)
{
    const config *value = find(r, key);
    char expected[128];
    if (!value || (config_string(value) && strcmp(config_string(value), only) == 0)) return;
    snprintf(expected, sizeof expected, "\"%s\": anything else is not supported", only);
    refuse(r, HORN_ERROR_UNSUPPORTED, key, value, expected);
}

void config_only_boolean(config_reader *r, const char *key, bool only)
{
    const config *value = find(r, key);
    bool found = only;
    if (!value) return;
    config_read_boolean(r, key, &found);
    if (!r->status && found != only)
        refuse(r, HORN_ERROR_UNSUPPORTED, key, value,
               only ? "true: anything else is not supported" : "false: anything else is not supported");
}

void config_reader_refuse(config_reader *r, const char *key, const char *expected)
{
    const config *value = find(r, key);
    if (value)
        refuse(r, HORN_ERROR_ARGUMENT, key, value, expected);
    else
        config_reader_fail(r, HORN_ERROR_ARGUMENT, key, "is absent, expected %s", expected);
}

horn_status config_reader_end(config_reader *r)
{
    for (size_t i = 0; !r->status && i < config_count(r->object); i++)
        if (!(r->read >> i & 1))
            r->status = fail(HORN_ERROR_UNSUPPORTED, "%s: unknown argument '%s'", r->where,
                             config_key_at(r->object, i));
    return r->status;
}

void config_only_last_axis(config_reader *r)
{
    const config *axis;
    int64_t number;
    config_read_value(r, "axis", &axis);
    if (axis && (!config_integer(axis, &number) || number != -1))
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "axis", "is not -1: anything else is not supported");
}
