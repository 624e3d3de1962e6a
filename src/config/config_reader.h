/* Reading the arguments of an object straight through, and asking once.
 *
 *     config_reader r = config_reader_begin(object, "layer 'dense' (Dense)");
 *     config_read_count(&r, "units", 1, &dense->units);
 *     config_read_boolean(&r, "use_bias", &dense->use_bias);
 *     return config_reader_end(&r);          // the first failure, or a key that nobody read: an unknown
 * argument
 *
 * An argument that is absent or null leaves *out as it is (its default). config_require makes the next ones
 * compulsory. */
#ifndef CONFIG_CONFIG_READER_H
#define CONFIG_CONFIG_READER_H

#include "config/config.h"

typedef struct config_reader {
    const config *object;
    const char *where; /* borrowed; begins each message */
    uint64_t read;     /* bit i: member i was asked for */
    horn_status status;
} config_reader;

config_reader config_reader_begin(const config *object, const char *where);

void config_require(config_reader *r, const char *key); /* fails where the key is absent or null */

void config_read_string(config_reader *r, const char *key, const char **out); /* borrowed from the object */
void config_read_boolean(config_reader *r, const char *key, bool *out);
void config_read_count(config_reader *r, const char *key, size_t least, size_t *out); /* an integer */
void config_read_number(config_reader *r, const char *key, double least, double most,
                        double *out); /* never NaN; infinite only where a bound is */
/* A list of exactly `count` integers >= least, or one integer that stands for all of them. */
void config_read_sizes(config_reader *r, const char *key, size_t least, size_t *out, size_t count);
void config_read_value(config_reader *r, const char *key,
                       const config **out); /* any value; NULL where absent or null */

void config_ignore(config_reader *r, const char *key); /* known, without effect here */
/* Known, but only this value (null is always allowed) is supported: UNSUPPORTED names the argument otherwise.
 */
void config_only_null(config_reader *r, const char *key);
void config_only_string(config_reader *r, const char *key, const char *value);
void config_only_boolean(config_reader *r, const char *key, bool value);

/* For a check of the caller's own; keeps the first failure. */
void config_reader_fail(config_reader *r, horn_status status, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for a value that is read and will not do: "is 0, expected 1 or more". */
void config_reader_refuse(config_reader *r, const char *key, const char *expected);

HORN_CHECKED horn_status config_reader_end(config_reader *r);

#endif
