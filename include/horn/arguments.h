/* Arguments of layers, losses and optimizers of your own, which files keep as Keras' config: integers, numbers, true or false,
 * and texts, each under a name.
 *
 *     horn_custom_layer("demo>Swish", &(horn_custom_layer_options){ .arguments = { HORN_NUMBER("beta", 1.5) } })
 *
 * What is given there, or stands in a file, the class reads in its `configure`, and says again in its `describe`. */
#ifndef HORN_ARGUMENTS_H
#define HORN_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/export.h>
#include <horn/status.h>

HORN_BEGIN

/* ---- giving ---- */

enum { HORN_MAX_ARGUMENTS = 16 };

typedef enum horn_argument_kind {
    HORN_ARGUMENT_NULL = 0,
    HORN_ARGUMENT_INTEGER,
    HORN_ARGUMENT_NUMBER,
    HORN_ARGUMENT_BOOLEAN,
    HORN_ARGUMENT_STRING
} horn_argument_kind;

/* One of the four below; a list of them ends at the first without a key. */
typedef struct horn_argument {
    const char *key;
    horn_argument_kind kind;
    int64_t integer;
    double number;
    const char *string;
} horn_argument;

#define HORN_INTEGER(key, value) HORN_ARGUMENT(key, INTEGER, value, 0, NULL)
#define HORN_NUMBER(key, value)  HORN_ARGUMENT(key, NUMBER, 0, value, NULL)
#define HORN_BOOLEAN(key, value) HORN_ARGUMENT(key, BOOLEAN, value, 0, NULL)
#define HORN_STRING(key, value)  HORN_ARGUMENT(key, STRING, 0, 0, value)

#define HORN_ARGUMENT(key, kind, integer, number, string)          \
    {                                                              \
        (key), HORN_ARGUMENT_##kind, (integer), (number), (string) \
    }

/* ---- in a class: reading and saying them ---- */

typedef struct horn_arguments horn_arguments;

/* The value, or `otherwise` where it is absent or null. One of another type is refused by itself, and so is, in the end, each
 * argument that nobody asked for. Numbers may be integers, and are finite. A string is borrowed for as long as `configure` runs. */
int64_t horn_arguments_integer(horn_arguments *arguments, const char *key, int64_t otherwise);
double horn_arguments_number(horn_arguments *arguments, const char *key, double otherwise);
bool horn_arguments_boolean(horn_arguments *arguments, const char *key, bool otherwise);
const char *horn_arguments_string(horn_arguments *arguments, const char *key, const char *otherwise);

/* Refused where it is absent or null. */
void horn_arguments_require(horn_arguments *arguments, const char *key);
/* For checks of your own: "argument 'units' is 0, expected 1 or more". */
void horn_arguments_refuse(horn_arguments *arguments, const char *key, const char *expected);

/* Integers are exact below 2^53. Strings are copied; NULL is null. */
void horn_arguments_set_integer(horn_arguments *arguments, const char *key, int64_t value);
void horn_arguments_set_number(horn_arguments *arguments, const char *key, double value);
void horn_arguments_set_boolean(horn_arguments *arguments, const char *key, bool value);
void horn_arguments_set_string(horn_arguments *arguments, const char *key, const char *value);

HORN_END
#endif
