#include "config/python_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/plain_numbers.h"

static void put_value(bytes *out, const config *value);

/* A float32 that JSON spelled as a double is put with the digits that it has. */
static void put_number(bytes *out, const config *value, double number)
{
    char text[32];
    int digits = 1;
    int64_t integer;
    if (config_integer(value, &integer) || (double)(float)number != number) {
        if (config_print(value, false, out)) out->failed = true;
        return;
    }
    const plain_numbers before = plain_numbers_begin();
    do snprintf(text, sizeof text, "%.*g", digits, number);
    while (strtof(text, NULL) != (float)number && ++digits <= 9);
    config_format_number(strtod(text, NULL), text);
    plain_numbers_end(before);
    bytes_print(out, "%s", text);
}

/* Class(a=1, b='x'), without the name that nobody chose. */
static void put_object(bytes *out, const char *class_name, const config *arguments)
{
    const char *key, *comma = "";
    bytes_print(out, "%s(", class_name);
    for (size_t i = 0; (key = config_key_at(arguments, i)); i++) {
        if (strcmp(key, "name") == 0) continue;
        bytes_print(out, "%s%s=", comma, key);
        put_value(out, config_at(arguments, i));
        comma = ", ";
    }
    bytes_print(out, ")");
}

static void put_list(bytes *out, const config *list)
{
    for (size_t i = 0; i < config_count(list); i++) {
        if (i) bytes_print(out, ", ");
        put_value(out, config_at(list, i));
    }
}

static void put_value(bytes *out, const config *value)
{
    const char *class_name = config_get_string(value, "class_name"), *text = config_string(value);
    double number;
    if (class_name) {
        put_object(out, class_name, config_get(value, "config"));
    } else if (text) {
        bytes_print(out, "'%s'", text);
    } else if (config_is_list(value)) {
        bytes_print(out, "[");
        put_list(out, value);
        bytes_print(out, "]");
    } else if (config_number(value, &number)) {
        put_number(out, value, number);
    } else if (config_is_object(value)) {
        if (config_print(value, false, out)) out->failed = true;
    } else {
        bytes_print(out, config_is_null(value) ? "None" : config_is_true(value) ? "True" : "False");
    }
}

horn_status python_text(char **out, const config *value)
{
    bytes text = { 0 };
    if (config_is_null(value)) return HORN_OK;
    if (config_is_list(value))
        put_list(&text, value);
    else
        put_value(&text, value);
    horn_status status = bytes_status(&text);
    if (!status) status = memory_copy_string(out, bytes_text(&text));
    bytes_free(&text);
    return status;
}
