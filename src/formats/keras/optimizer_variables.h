/* The optimizer's variables as Keras lists them <-> the snapshot's iteration, learning rate and slots.
 * Order is everything, names are free.
 *
 *     keras2   iteration, slots                 iteration:0  RMSprop/velocity/dense/kernel:0
 *     keras3   iteration, learning_rate, slots  rm_sprop/iteration  rm_sprop/sequential_dense_kernel_velocity
 *     legacy   iter, slots                      RMSprop/iter:0  RMSprop/dense/kernel/rms:0
 *              Keras 2.0 to 2.3, read alone: iter may be a float, or missing (RMSprop), and Adam has a vhat of shape
 *              (1,) for each weight behind its slots, which says nothing
 *
 *     RMSprop  all velocity, all momentum (where it is > 0), all average_gradient (where centered)
 *     Adam     momentum and velocity of one weight after the other, then all velocity_hat (amsgrad)
 *              legacy: all momentum, all velocity, all velocity_hat
 *     SGD      all momentum (where it is > 0)
 *              keras2: at momentum 0 too, without use: written as zeros, read over
 *
 * The learning rate is told by its rank. Slots that are missing as a whole are those of a model that never
 * trained. Slots of a class that is not listed are taken and written one kind after the other. */
#ifndef FORMATS_KERAS_OPTIMIZER_VARIABLES_H
#define FORMATS_KERAS_OPTIMIZER_VARIABLES_H

#include "formats/keras/dialect.h"
#include "snapshot/snapshot.h"

/* ---- reading ---- */

typedef struct keras_variable_source {
    const char *where; /* begins messages */
    char *const *names;
    size_t count;
    bool settings_tell; /* whether they stand in the legacy order; else the name of the first does */
    const void *owner;  /* handed to both functions */
    horn_status (*describe)(const void *owner, size_t index, horn_view *like);
    horn_status (*read)(const void *owner, size_t index, horn_dtype, void *data, size_t size);
} keras_variable_source;

/* Into a snapshot that has its weights and training settings. UNSUPPORTED for variables that are not those that an
 * optimizer with these settings has for the weights that train: of layers that were frozen since, averages, ... */
HORN_CHECKED horn_status keras_optimizer_variables_read(snapshot *out, const keras_variable_source *source);
bool keras_variables_are_legacy(char *const *names, size_t count); /* the first ends in "/iter:0" */

/* ---- writing ---- */

typedef struct keras_variable {
    char *name;
    horn_view view;
} keras_variable;

typedef struct keras_variables {
    keras_variable *items;
    size_t count, capacity;
    int64_t iteration;   /* viewed by items: the list must not move */
    float learning_rate; /* the same */
    float *zeros;
} keras_variables;

HORN_CHECKED horn_status keras_optimizer_variables_list(keras_variables *out, const snapshot *s,
                                                        keras_dialect dialect);
void keras_variables_free(keras_variables *list);

#endif
