#include "config/arguments.h"

#include <math.h>
#include "base/option.h"

static bool reads(const horn_arguments *a, const char *key)
{
    return a && key && a->reader;
}

static bool says(const horn_arguments *a, const char *key)
{
    return a && key && a->object;
}

/* ---- reading; after a failure nothing more is read ---- */

int64_t horn_arguments_integer(horn_arguments *a, const char *key, int64_t otherwise)
{
    const config *value = NULL;
    if (reads(a, key)) config_read_value(a->reader, key, &value);
    if (value && !config_integer(value, &otherwise)) config_reader_refuse(a->reader, key, "an integer");
    return otherwise;
}

double horn_arguments_number(horn_arguments *a, const char *key, double otherwise)
{
    if (reads(a, key)) config_read_number(a->reader, key, -INFINITY, INFINITY, &otherwise);
    return otherwise;
}

bool horn_arguments_boolean(horn_arguments *a, const char *key, bool otherwise)
{
    if (reads(a, key)) config_read_boolean(a->reader, key, &otherwise);
    return otherwise;
}

const char *horn_arguments_string(horn_arguments *a, const char *key, const char *otherwise)
{
    if (reads(a, key)) config_read_string(a->reader, key, &otherwise);
    return otherwise;
}

void horn_arguments_require(horn_arguments *a, const char *key)
{
    if (reads(a, key)) config_require(a->reader, key);
}

void horn_arguments_refuse(horn_arguments *a, const char *key, const char *expected)
{
    if (reads(a, key)) config_reader_refuse(a->reader, key, expected ? expected : "another value");
}

/* ---- writing ---- */

void horn_arguments_set_integer(horn_arguments *a, const char *key, int64_t value)
{
    if (says(a, key)) config_set_integer(a->object, key, value);
}

void horn_arguments_set_number(horn_arguments *a, const char *key, double value)
{
    if (says(a, key)) config_set_number(a->object, key, value);
}

void horn_arguments_set_boolean(horn_arguments *a, const char *key, bool value)
{
    if (says(a, key)) config_set_boolean(a->object, key, value);
}

void horn_arguments_set_string(horn_arguments *a, const char *key, const char *value)
{
    if (says(a, key)) config_set_string(a->object, key, value);
}

void arguments_put(config *into, const horn_argument list[HORN_MAX_ARGUMENTS])
{
    for (size_t i = 0; i < HORN_MAX_ARGUMENTS && list[i].key; i++) {
        const horn_argument *a = &list[i];
        switch (a->kind) {
        case HORN_ARGUMENT_NULL:
            config_set_null(into, a->key);
            break;
        case HORN_ARGUMENT_INTEGER:
            config_set_integer(into, a->key, a->integer);
            break;
        case HORN_ARGUMENT_NUMBER:
            config_set_number(into, a->key, option_number(a->number, 0));
            break;
        case HORN_ARGUMENT_BOOLEAN:
            config_set_boolean(into, a->key, a->integer != 0);
            break;
        case HORN_ARGUMENT_STRING:
            config_set_string(into, a->key, a->string);
            break;
        }
    }
}
