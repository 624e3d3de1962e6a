/* What the command line says of compiling: optimizer and loss. */
#ifndef PROGRAMS_TRAINING_SETTINGS_H
#define PROGRAMS_TRAINING_SETTINGS_H

#include <stdbool.h>
#include <horn/model.h>

typedef struct settings {
    const char *optimizer, *loss;   /* Keras' names; NULL: not given */
    double learning_rate, momentum; /* NaN: not given */
    bool tutorial;                  /* RMSprop at 0.1 is the default; else Adam at its own rate */
} settings;

/* Ends the process with exit status 2 where names are unknown or do not go together. */
void settings_check(const settings *);

/* A model that is not compiled gets what was given, and for the rest the defaults: Adam at its own rate (in the tutorial
 * RMSprop at 0.1), sparse categorical cross-entropy, accuracy. One that is keeps its own; a learning rate is changed in place, while
 * an optimizer or a loss compiles it anew. */
HORN_CHECKED horn_status settings_apply(const settings *, horn_model *);

#endif
