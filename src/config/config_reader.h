/* Reads the members of an object one after another; one check at the end.
 *
 *     config_reader r = config_reader_begin(object, "layer 'dense' (Dense)");
 *     config_read_count(&r, "units", 1, &dense->units);
 *     config_read_boolean(&r, "use_bias", &dense->use_bias);
 *     return config_reader_end(&r);          // the first failure, or a member that was not read: an unknown argument
 *
 * A member that is missing or null leaves *out as it is (its default); after config_require it fails. */
#ifndef CONFIG_CONFIG_READER_H
#define CONFIG_CONFIG_READER_H

#include "config/config.h"

typedef struct config_reader {
    const config *object;
    /* Borrowed; begins each error line. */
    const char *where;
    /* Bit i: member i has been read. */
    uint64_t read;
    horn_status status;
} config_reader;

config_reader config_reader_begin(const config *object, const char *where);

/* Fails if the key is missing or null. */
void config_require(config_reader *r, const char *key);

/* *out is borrowed from the object. */
void config_read_string(config_reader *r, const char *key, const char **out);
void config_read_boolean(config_reader *r, const char *key, bool *out);

/* An integer >= least. */
void config_read_count(config_reader *r, const char *key, size_t least, size_t *out);

/* Never NaN; infinite only if a bound is. */
void config_read_number(config_reader *r, const char *key, double least, double most, double *out);
/* Reads a list of exactly `count` integers >= least, or one integer for all of them. */
void config_read_sizes(config_reader *r, const char *key, size_t least, size_t *out, size_t count);

/* Any value; *out is NULL if the key is missing or null. Borrowed. */
void config_read_value(config_reader *r, const char *key, const config **out);

/* Accepts any value of a key that has no effect here. */
void config_ignore(config_reader *r, const char *key);
/* Accepts only this value, or null, of a known key. Fails with UNSUPPORTED, naming the argument, for any other. */
void config_only_null(config_reader *r, const char *key);
void config_only_string(config_reader *r, const char *key, const char *value);
void config_only_boolean(config_reader *r, const char *key, bool value);
/* The argument `axis`, which may be -1 alone. */
void config_only_last_axis(config_reader *r);

/* Reports a failure of the caller's own check. Only the first failure is kept. */
void config_reader_fail(config_reader *r, horn_status status, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* As config_reader_fail, with the value in the message: "is 0, expected 1 or more". */
void config_reader_refuse(config_reader *r, const char *key, const char *expected);

HORN_CHECKED horn_status config_reader_end(config_reader *r);

#endif
