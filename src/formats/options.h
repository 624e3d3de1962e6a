/* The options of reading and writing: those that all formats have, and a format's own options, by name. A format declares its
 * own options; options that it does not declare are refused by name. */
#ifndef FORMATS_OPTIONS_H
#define FORMATS_OPTIONS_H

#include <stddef.h>
#include <horn/status.h>

typedef enum format_option_kind {
    /* From `least` to `most`. */
    FORMAT_NUMBER,
    /* A list of names, which may be empty. */
    FORMAT_NAMES
} format_option_kind;

/* An option as a format declares it, in an array that ends with an option without a name. */
typedef struct format_option {
    /* "shards". */
    const char *name;
    format_option_kind kind;
    size_t least, most;
} format_option;

/* An option as a caller sets it. Name and value are borrowed. */
typedef struct format_value {
    const char *name;
    size_t number;
    /* Ended by NULL. */
    const char *const *names;
} format_value;

typedef struct format_options {
    /* NULL: the format's default. The format's header lists the others. */
    const char *dialect;
    /* Parts that are not written or read. */
    unsigned leave_out;
    /* The format's own options, in an array that ends with one without a name; NULL: none. */
    const format_value *own;
} format_options;

/* Return an option's value; `otherwise`, or NULL, if it is not set. The options may be NULL. */
size_t format_options_number(const format_options *, const char *name, size_t otherwise);
const char *const *format_options_names(const format_options *, const char *name);

/* Fails for the first option that is not declared or whose value does not fit. `where` begins the message; `format` is the
 * format's name. `declared` may be NULL. */
HORN_CHECKED horn_status format_options_check(const format_options *, const format_option *declared,
                                              const char *format, const char *where);

#endif
