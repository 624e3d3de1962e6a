/* Writes how two runs differ: "optimizer: RMSprop there, Adam here". */
#include <stdio.h>
#include <string.h>
#include "base/bytes.h"
#include "base/status.h"
#include "model/files/identity.h"

enum { MOST_ITEMS = 8 };

/* Writes "learning_rate" as "learning rate". */
static void print_words(bytes *out, const char *key)
{
    for (; *key; key++) bytes_print(out, "%c", *key == '_' ? ' ' : *key);
}

/* Prints a float with the fewest digits that identify it: 0.1, not 0.10000000149011612. */
static void print_number(bytes *out, double value)
{
    char text[32];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        double read = 0;
        sscanf(text, "%lf", &read);
        if (read == value || (digits < 10 && (double)(float)value == value && (float)read == (float)value))
            break;
    }
    bytes_print(out, "%s", text);
}

static void print_value(bytes *out, const config *value)
{
    double number;
    const char *class_name = config_get_string(value, "class_name");
    if (config_string(value))
        bytes_print(out, "%s", config_string(value));
    else if (config_number(value, &number))
        print_number(out, number);
    else if (class_name)
        bytes_print(out, "%s", class_name);
    else if (config_is_object(value))
        bytes_print(out, "%zu settings", config_count(value));
    else if (config_is_list(value)) {
        for (size_t i = 0; i < config_count(value) && i < MOST_ITEMS; i++) {
            if (i) bytes_print(out, " and ");
            print_value(out, config_at(value, i));
        }
        if (config_count(value) > MOST_ITEMS)
            bytes_print(out, " and %zu more", config_count(value) - MOST_ITEMS);
        if (config_count(value) == 0) bytes_print(out, "none");
    } else
        bytes_print(out, "%s", config_is_null(value) ? "none" : config_is_true(value) ? "yes" : "no");
}

/* Prints both values, named by the key. If both print alike, they differ in omitted arguments. */
static void print_both(bytes *out, const char *key, const config *there, const config *here)
{
    bytes a = { 0 }, b = { 0 };
    print_value(&a, there);
    print_value(&b, here);
    print_words(out, key);
    const char *x = bytes_text(&a), *y = bytes_text(&b);
    if (x && y && strcmp(x, y) != 0)
        bytes_print(out, ": %s there, %s here", x, y);
    else
        bytes_print(out, ": %s on both sides, with other details", x ? x : "?");
    bytes_free(&a);
    bytes_free(&b);
}

/* The first key of either object whose values differ; NULL: none. */
static const char *find_key(const config *there, const config *here)
{
    for (int side = 0; side < 2; side++) {
        const config *object = side ? there : here;
        for (size_t i = 0; i < config_count(object); i++) {
            const char *key = config_key_at(object, i);
            if (!config_equal(config_get(there, key), config_get(here, key))) return key;
        }
    }
    return NULL;
}

/* Descends to the value that differs: from {class_name, config} of one class to its argument. */
static void print_difference(bytes *out, const char *key, const config *there, const config *here)
{
    while (config_is_object(there) && config_is_object(here)) {
        const char *a = config_get_string(there, "class_name"), *b = config_get_string(here, "class_name");
        if ((a || b) && (!a || !b || strcmp(a, b) != 0)) break;
        const char *next = find_key(there, here);
        if (!next) break;
        if (strcmp(next, "config") != 0) key = next;
        there = config_get(there, next);
        here = config_get(here, next);
    }
    print_both(out, key, there, here);
}

/* JSON texts are compared by their parts; other texts are printed whole. */
static horn_status print_fact(bytes *out, const char *key, const char *there, const char *here)
{
    config *a = NULL, *b = NULL;
    bool is_json = there && here && strpbrk(there, "{[\"") == there && strpbrk(here, "{[\"") == here;
    bool is_checksum =
        strcmp(key, "architecture") == 0 || strcmp(key, "starting weights") == 0 || strcmp(key, "data") == 0;
    const char *what = is_checksum ? "checksum " : "";
    if (is_json && !config_parse(&a, there, strlen(there), key) && !config_parse(&b, here, strlen(here), key))
        print_difference(out, key, a, b);
    else
        bytes_print(out, "%s: %s%s there, %s%s here", key, there ? what : "", there ? there : "not given",
                    here ? what : "", here ? here : "not given");
    config_free(a);
    config_free(b);
    return bytes_status(out);
}

static horn_status refuse(const char *name, const char *key, const char *there, const char *here)
{
    bytes words = { 0 };
    horn_status status = print_fact(&words, key, there, here);
    if (!status) status = fail(HORN_ERROR_ARGUMENT, "%s: is of another run: %s", name, bytes_text(&words));
    bytes_free(&words);
    return status;
}

horn_status identity_compare(const config *mine, const config *found, const char *name)
{
    /* In the second round: keys that only the other side has. */
    for (int side = 0; side < 2; side++) {
        const config *facts = side ? found : mine;
        for (size_t i = 0; i < config_count(facts); i++) {
            const char *key = config_key_at(facts, i), *here = config_get_string(mine, key),
                       *there = config_get_string(found, key);
            if (!here != !there || (here && strcmp(here, there) != 0)) return refuse(name, key, there, here);
        }
    }
    return HORN_OK;
}
