/* What a caller asks of a format: what all formats have, and options of the format's own, by name. A format declares its own
 * options; one that it does not declare is refused by name. */
#ifndef FORMATS_OPTIONS_H
#define FORMATS_OPTIONS_H

#include <stddef.h>
#include <horn/status.h>

typedef enum format_option_kind {
    FORMAT_NUMBER, /* from `least` to `most` */
    FORMAT_NAMES   /* a list of names, which may be empty */
} format_option_kind;

/* As a format declares it, in an array that one without a name ends. */
typedef struct format_option {
    const char *name; /* "shards" */
    format_option_kind kind;
    size_t least, most;
} format_option;

/* As a caller sets it. The name and the value are borrowed. */
typedef struct format_value {
    const char *name;
    size_t number;
    const char *const *names; /* {name, ..., NULL} */
} format_value;

typedef struct format_options {
    /* NULL: the format's default; the format's header lists the others */
    const char *dialect;
    /* parts not to be written or read */
    unsigned leave_out;
    /* options of the format's own, in an array that one without a name ends; NULL: none */
    const format_value *own;
} format_options;

/* An option's value; `otherwise`, or NULL, if it is not set. The options may be NULL. */
size_t format_options_number(const format_options *, const char *name, size_t otherwise);
const char *const *format_options_names(const format_options *, const char *name);

/* Fails for the first option that is not declared or whose value does not fit. `where` begins the message, which calls the format
 * `format`. `declared` may be NULL. */
HORN_CHECKED horn_status format_options_check(const format_options *, const format_option *declared,
                                              const char *format, const char *where);

#endif
