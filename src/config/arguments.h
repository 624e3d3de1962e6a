/* The internal part of <horn/arguments.h>: reads from a config, or writes to one. */
#ifndef CONFIG_ARGUMENTS_H
#define CONFIG_ARGUMENTS_H

#include <horn/arguments.h>
#include "config/config_reader.h"

struct horn_arguments {
    /* NULL while writing. */
    config_reader *reader;
    /* NULL while reading. */
    config *object;
};

/* Copies the arguments of an options struct into a config. */
void arguments_put(config *into, const horn_argument list[HORN_MAX_ARGUMENTS]);

#endif
