/* Configs of Keras objects as Python would write them, for people to read: "SparseCategoricalCrossentropy(from_logits=True)". */
#ifndef CONFIG_PYTHON_TEXT_H
#define CONFIG_PYTHON_TEXT_H

#include "config/config.h"

/* The caller frees the text with free(). A list has no brackets around it. For NULL and null *out stays as it is. */
HORN_CHECKED horn_status python_text(char **out, const config *value);

#endif
