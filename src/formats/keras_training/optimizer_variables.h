/* Converts between Keras' list of an optimizer's variables and the snapshot's iteration, learning rate and slots. The order
 * alone says which variable is which; names are free.
 *
 *     keras2   iteration, slots                 iteration:0  RMSprop/velocity/dense/kernel:0
 *     keras3   iteration, learning_rate, slots  rm_sprop/iteration  rm_sprop/sequential_dense_kernel_velocity
 *     legacy   iter, slots                      RMSprop/iter:0  RMSprop/dense/kernel/rms:0
 *              Keras 2.0 to 2.3, which is read only: iter may be a float, or missing (RMSprop), and Adam has an unused vhat of
 *              shape (1,) for each weight behind its slots
 *
 *     RMSprop  all velocity, all momentum (if it is > 0), all average_gradient (if centered)
 *     Adam     momentum and velocity of one weight after the other, then all velocity_hat (amsgrad)
 *              legacy: all momentum, all velocity, all velocity_hat
 *     Nadam    as Adam; keras3: the product of its momentum behind them; legacy: the product (momentum_cache) before them, but
 *              not in Keras 2.0 to 2.2
 *     SGD      all momentum (if it is > 0)
 *              keras2: at momentum 0 too, unused: written as zeros, skipped in reading
 *
 * The learning rate is recognized by its rank, 0. A model that never trained may have no slots at all. Slots of an unknown class
 * are read and written kind by kind. */
#ifndef FORMATS_KERAS_TRAINING_OPTIMIZER_VARIABLES_H
#define FORMATS_KERAS_TRAINING_OPTIMIZER_VARIABLES_H

#include "formats/keras/dialect.h"
#include "snapshot/snapshot.h"

/* ---- reading ---- */

typedef struct keras_variable_source {
    const char *where; /* begins error lines */
    char *const *names;
    size_t count;
    bool
        settings_tell; /* the compile settings say whether this is the legacy order; else the first name does */
    const void *owner; /* passed to both functions */
    horn_status (*describe)(const void *owner, size_t index, horn_view *like);
    horn_status (*read)(const void *owner, size_t index, horn_dtype, void *data, size_t size);
} keras_variable_source;

/* Fills a snapshot that has weights and compile settings. UNSUPPORTED if the variables are not those of an optimizer with these
 * settings for the weights that train: for example if layers were frozen after training. */
HORN_CHECKED horn_status keras_optimizer_variables_read(snapshot *out, const keras_variable_source *source);
bool keras_variables_are_legacy(char *const *names, size_t count); /* the first ends in "/iter:0" */

/* ---- writing ---- */

typedef struct keras_variable {
    char *name;
    horn_view view;
    /* The view's data are the snapshot's, and stay when the list is freed. */
    bool stays;
} keras_variable;

typedef struct keras_variables {
    keras_variable *items;
    size_t count, capacity;
    int64_t iteration; /* items[].view point to these four: the list must not move */
    float learning_rate, product;
    float *zeros;
} keras_variables;

/* The caller frees *out by keras_variables_free; its views borrow from the snapshot. */
HORN_CHECKED horn_status keras_optimizer_variables_list(keras_variables *out, const snapshot *s,
                                                        keras_dialect dialect);
void keras_variables_free(keras_variables *list);

#endif
