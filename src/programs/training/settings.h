/* The compile settings on the command line: optimizer and loss. */
#ifndef PROGRAMS_TRAINING_SETTINGS_H
#define PROGRAMS_TRAINING_SETTINGS_H

#include <stdbool.h>
#include <horn/model.h>

typedef struct settings {
    /* Keras' names; NULL: not given. */
    const char *optimizer, *loss;
    /* NaN: not given. */
    double learning_rate, momentum;
    /* The default is RMSprop at 0.1; otherwise Adam at its own rate. */
    bool tutorial;
} settings;

/* Wrong usage if names are unknown or exclude each other. */
void settings_check(const settings *);

/* Compiles the model. A model that is not compiled gets the given settings, and defaults for the rest: Adam at its
 * own rate (tutorial: RMSprop at 0.1), sparse categorical cross-entropy, accuracy. A compiled model keeps its
 * settings; a learning rate is changed in place; an optimizer or a loss compiles it anew. */
HORN_CHECKED horn_status settings_apply(const settings *, horn_model *);

#endif
