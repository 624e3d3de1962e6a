/* Private to config/: what a plain scalar of YAML 1.1 means to PyYAML. */
#ifndef CONFIG_YAML_SCALARS_H
#define CONFIG_YAML_SCALARS_H

#include "config/config.h"

typedef enum yaml_meaning {
    MEANS_STRING,
    MEANS_NULL,
    MEANS_TRUE,
    MEANS_FALSE,
    MEANS_INTEGER,
    MEANS_FLOAT,
    /* A number in another base or with underscores, a date, "=" or "<<". */
    MEANS_OTHER
} yaml_meaning;

yaml_meaning yaml_meaning_of(const char *text);

/* The value of an integer or a float, as JSON writes it: appends the text. */
void yaml_number_as_json(const char *text, bytes *out);

#endif
