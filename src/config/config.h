/* A JSON value (null, boolean, integer, number, string, list or object): what Keras calls a config. Hides cJSON.
 *
 * Integers and numbers are different, as in Keras: an integer prints as 10; a number prints as Python prints a float
 * (10.0, 1e-07; the shortest digits that read back to the same double). Objects keep the order of their members and
 * hold no key twice.
 *
 * Setters need no check after each call: if one runs out of memory, it marks the object, and config_status returns
 * HORN_ERROR_MEMORY. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/status.h>
#include "base/bytes.h"

typedef struct cJSON config;

/* ---- text ---- */

/* Parses JSON text. NaN, Infinity and -Infinity are numbers, as in Python's json module. Refuses more than 16 MiB,
 * nesting deeper than 320 (LAYER_MAX_DEPTH layers within each other are 3 levels each), a key twice in one object, and what is not JSON. `name` begins the error line. The caller
 * frees *out. */
HORN_CHECKED horn_status config_parse(config **out, const char *text, size_t size, const char *name);

/* Appends the text: on one line with Python's separators, or indented for people. */
HORN_CHECKED horn_status config_print(const config *value, bool indented, bytes *out);

/* Writes the shortest text that reads back as the same double, as Python's repr: "0.1", "1e-07", "10.0". */
void config_format_number(double value, char out[32]);

/* ---- building; a value that is set belongs to its parent ---- */

/* The first four return NULL if there is no memory. Every function here accepts NULL. */
config *config_object(void);
config *config_list(void);
config *config_from_string(const char *text);
config *config_copy(const config *value);
void config_free(config *value);

/* Takes `value`; replaces the value of an existing key. */
void config_set(config *object, const char *key, config *value);
void config_set_null(config *object, const char *key);
void config_set_boolean(config *object, const char *key, bool value);

/* Exact below 2^53. */
void config_set_integer(config *object, const char *key, int64_t value);
void config_set_number(config *object, const char *key, double value);
/* Sets an option of a constructor; sets nothing if the option is not given (base/option.h). */
void config_set_option(config *object, const char *key, double value);

/* NULL sets null. */
void config_set_string(config *object, const char *key, const char *value);
void config_set_sizes(config *object, const char *key, const size_t *values, size_t count);
void config_remove(config *object, const char *key);

/* Takes `value`. */
void config_append(config *list, config *value);
void config_append_string(config *list, const char *value);
void config_append_integer(config *list, int64_t value);
void config_append_number(config *list, double value);
void config_append_null(config *list);
void config_append_size(config *list, size_t size); /* 0: null */
/* Makes Keras' shape of a batch: [null, sizes...], null for a size of 0. */
config *config_batch_shape(const size_t *sizes, int rank);

/* HORN_ERROR_MEMORY if the value is NULL or a part of it could not be set. */
HORN_CHECKED horn_status config_status(const config *value);

/* ---- reading; for NULL and for a value of another kind these return false, NULL or 0 ---- */

/* NULL if the key is missing. */
const config *config_get(const config *object, const char *key);

/* NULL if the key is missing or its value is no string. */
const char *config_get_string(const config *object, const char *key);

/* True for NULL, too. */
bool config_is_null(const config *value);
bool config_is_object(const config *value);
bool config_is_list(const config *value);
bool config_is_true(const config *value);
bool config_is_false(const config *value);

/* NULL if it is no string. */
const char *config_string(const config *value);
/* True for 1.0, too. */
bool config_integer(const config *value, int64_t *out);
/* True for a number that is written as a float: 1.0, 1e0. */
bool config_is_float(const config *value);

/* True for integers, too. */
bool config_number(const config *value, double *out);

/* Members of a list or an object. */
size_t config_count(const config *value);
const config *config_next(
    const config *member); /* the one behind it; NULL: none. config_at goes through all before */
const config *config_at(const config *value, size_t index);
const char *config_key(const config *member); /* NULL of a member of a list */
const char *config_key_at(const config *object, size_t index);

/* True if both have the same values: NaN equals NaN; members of objects may be in any order. */
bool config_equal(const config *a, const config *b);

#endif
