/* A JSON-shaped value: null, boolean, integer, number, string, list or object. What Keras calls a config.
 * Hides cJSON.
 *
 * An integer prints as 10, a number always as Python prints a float (10.0, 1e-07, the shortest digits that
 * give the same double back), and parsing keeps them apart, as Keras does. Objects keep their order and hold
 * no key twice.
 *
 * Building never needs a check at each line: a setter that found no memory marks its object, and
 * config_status tells. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/status.h>
#include "base/bytes.h"

typedef struct cJSON config;

/* ---- text ---- */

/* Reads NaN, Infinity and -Infinity as Python's json does, which writes them. Refuses more than 16 MiB, nesting deeper than 64, a key twice in one object, and whatever is not JSON.
 * `name` is for the message. */
HORN_CHECKED horn_status config_parse(config **out, const char *text, size_t size, const char *name);

/* Appends the text: on one line with Python's separators, or indented for people to read. */
HORN_CHECKED horn_status config_print(const config *value, bool indented, bytes *out);

/* The shortest text that reads back as the same double, as Python's repr: "0.1", "1e-07", "10.0". */
void config_format_number(double value, char out[32]);

/* ---- building; values are owned by their parent once set ---- */

config *config_object(
    void); /* these four return NULL where there is no memory; every function here takes NULL */
config *config_list(void);
config *config_from_string(const char *text);
config *config_copy(const config *value);
void config_free(config *value);

void config_set(config *object, const char *key, config *value); /* takes value; replaces what the key held */
void config_set_null(config *object, const char *key);
void config_set_boolean(config *object, const char *key, bool value);
void config_set_integer(config *object, const char *key, int64_t value); /* exact below 2^53 */
void config_set_number(config *object, const char *key, double value);
/* An option of a constructor: sets nothing if it was left out (base/option.h). */
void config_set_option(config *object, const char *key, double value);
void config_set_string(config *object, const char *key, const char *value); /* NULL sets null */
void config_set_sizes(config *object, const char *key, const size_t *values, size_t count);
void config_remove(config *object, const char *key);

void config_append(config *list, config *value); /* takes value */
void config_append_string(config *list, const char *value);
void config_append_integer(config *list, int64_t value);
void config_append_number(config *list, double value);
void config_append_null(config *list);

/* HORN_ERROR_MEMORY where the value is NULL or a part of it could not be set. */
HORN_CHECKED horn_status config_status(const config *value);

/* ---- looking at values; each answers false / NULL / 0 for a value of another kind and for NULL ---- */

const config *config_get(const config *object, const char *key);      /* NULL where absent */
const char *config_get_string(const config *object, const char *key); /* NULL where absent or no string */
bool config_is_null(const config *value);                             /* true for NULL too */
bool config_is_object(const config *value);
bool config_is_list(const config *value);
bool config_is_true(const config *value);
const char *config_string(const config *value); /* NULL for no string */
bool config_integer(const config *value, int64_t *out);
bool config_number(const config *value, double *out); /* integers too */
size_t config_count(const config *value);             /* members of a list or an object */
const config *config_at(const config *value, size_t index);
const char *config_key_at(const config *object, size_t index);
bool config_equal(const config *a,
                  const config *b); /* same values, NaN as NaN; members of objects in any order */

#endif
