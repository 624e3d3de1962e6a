/* Inside of <horn/arguments.h>: what stands behind it, a reader of a config, or an object that is filled. */
#ifndef CONFIG_ARGUMENTS_H
#define CONFIG_ARGUMENTS_H

#include <horn/arguments.h>
#include "config/config_reader.h"

struct horn_arguments {
    config_reader *reader; /* NULL where arguments are said */
    config *object;        /* NULL where they are read */
};

/* Adds the arguments of an options struct. */
void arguments_put(config *into, const horn_argument list[HORN_MAX_ARGUMENTS]);

#endif
